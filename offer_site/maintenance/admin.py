"""Maintenance for staff: it is announced, and ended by a button; never edited."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from offer_site.accounts.models import User
from offer_site.admin.buttons import Button
from offer_site.admin.links import moment
from offer_site.admin.pages import StaffAdmin
from offer_site.errors import RuleViolation
from offer_site.journal.operations import actor

from .models import Maintenance
from .operations import announce_maintenance, end_maintenance, require_time_for_works

ENTERED = ("starts_at", "ends_at", "words_kk", "words_ru")
SHOWN = ("begins", "ends", "words_kk", "words_ru", "announced", "announced_by", "ended", "ended_by")


class MaintenanceForm(forms.ModelForm):
    class Meta:
        model = Maintenance
        fields = ENTERED
        help_texts = {
            "starts_at": _("The time in Almaty. Until then a banner on every page announces it."),
            "ends_at": _("The site opens again at this time by itself."),
            "words_kk": _("What is done, in one sentence; the time stands beside it."),
            "words_ru": _("The same in Russian."),
        }

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        starts_at = values.get("starts_at")
        ends_at = values.get("ends_at")
        if starts_at and ends_at:
            try:
                require_time_for_works(starts_at=starts_at, ends_at=ends_at, at=timezone.now())
            except RuleViolation as refused:
                self.add_error(refused.field, str(refused))
        return values

    def save(self, commit: bool = True) -> Maintenance:
        """Nothing is saved here: `announce_maintenance` does it in `save_model`."""
        return self.instance


def end(maintenance: Maintenance, values: dict[str, Any], *, by: User, at: datetime) -> str:
    end_maintenance(maintenance=maintenance, by=actor(by), at=at)
    return gettext("The works are ended. Within ten seconds every page is open again.")


def is_not_over(maintenance: Maintenance) -> bool:
    return maintenance.ended_at is None and timezone.now() < maintenance.ends_at


@admin.register(Maintenance)
class MaintenanceAdmin(StaffAdmin):
    form = MaintenanceForm
    list_display = ["begins", "ends", "ended"]
    buttons = [
        Button(
            "end",
            _("End the works"),
            permission="maintenance.change_maintenance",
            operate=end,
            is_offered=is_not_over,
            note=_("The banner and the closed pages go away at once. What was announced is kept."),
        ),
    ]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return SHOWN if obj else ENTERED

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return SHOWN if obj else ()

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        saved = announce_maintenance(**form.cleaned_data, by=actor(request.user), at=timezone.now())
        obj.pk = saved.pk

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Nothing more: the operation has journalled it."""

    @admin.display(description=_("works begin at"), ordering="starts_at")
    def begins(self, maintenance: Maintenance) -> str:
        return moment(maintenance.starts_at)

    @admin.display(description=_("works end at"), ordering="ends_at")
    def ends(self, maintenance: Maintenance) -> str:
        return moment(maintenance.ends_at)

    @admin.display(description=_("announced at"))
    def announced(self, maintenance: Maintenance) -> str:
        return moment(maintenance.announced_at)

    @admin.display(description=_("ended early at"))
    def ended(self, maintenance: Maintenance) -> str:
        return moment(maintenance.ended_at)
