"""Lessons, assignments and reports of a cohort, as staff write them (7.2.3)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from enrollment.models import Cohort, ProgrammeItem
from enrollment.operations.training.programme import remove_item
from enrollment.rules.programme import ItemKind
from offer_site.accounts.models import User
from offer_site.admin.buttons import Button
from offer_site.admin.forms import NATIVE_FIELDS
from offer_site.admin.links import list_url
from offer_site.admin.pages import StaffAdmin
from offer_site.days import short_day
from offer_site.journal.operations import actor

HOURS = {"widget": forms.TimeInput(format="%H:%M", attrs={"type": "time"})}


class ProgrammeItemForm(forms.ModelForm):
    class Meta:
        model = ProgrammeItem
        fields = (
            "cohort",
            "kind",
            "number",
            "day",
            "begins_at",
            "minutes",
            "is_recorded",
            "title_kk",
            "title_ru",
            "text_kk",
            "text_ru",
        )
        widgets = {name: forms.Textarea(attrs={"rows": 3}) for name in ("text_kk", "text_ru")}

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        cohort = values.get("cohort") or (self.instance.cohort if self.instance.pk else None)
        day = values.get("day")
        if cohort and day and not cohort.starts_on <= day <= cohort.taught_until:
            words = _("The course lasts from %(first)s to %(last)s.") % {
                "first": short_day(cohort.starts_on),
                "last": short_day(cohort.taught_until),
            }
            self.add_error("day", words)
        kind = values.get("kind") or self.instance.kind
        if values.get("begins_at") and kind != ItemKind.LESSON:
            self.add_error("begins_at", _("Only a lesson has an hour."))
        if values.get("is_recorded") and kind != ItemKind.LESSON:
            self.add_error("is_recorded", _("Only a lesson is recorded."))
        return values


def remove(item: ProgrammeItem, values: dict[str, Any], *, by: User, at: datetime) -> HttpResponse:
    remove_item(item=item, by=actor(by), at=at)
    return redirect(list_url(ProgrammeItem))


@admin.register(ProgrammeItem)
class ProgrammeItemAdmin(StaffAdmin):
    form = ProgrammeItemForm
    formfield_overrides = NATIVE_FIELDS | {models.TimeField: HOURS}
    list_display = ["code", "title", "kind", "day", "begins_at", "cohort"]
    list_display_links = ["code", "title"]
    list_filter = [("cohort", admin.RelatedOnlyFieldListFilter), "kind"]
    list_select_related = ["cohort"]
    buttons = [
        Button(
            "removal",
            _("Take out of the programme"),
            permission="enrollment.change_programmeitem",
            operate=remove,
            note=_("Only while no student has a result for it."),
        )
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[ProgrammeItem]:
        """A curator sees the programme of the own cohorts (3.5)."""
        return ProgrammeItem.objects.seen_by(request.user).select_related("cohort")  # type: ignore[arg-type]

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **wishes: Any) -> Any:
        if db_field.name == "cohort":
            wishes["queryset"] = Cohort.objects.seen_by(request.user)  # type: ignore[arg-type]
        return super().formfield_for_foreignkey(db_field, request, **wishes)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Sequence[str]:
        """Results hang on the kind and the cohort: they stay as they were entered."""
        return ("cohort", "kind") if obj else ()

    @admin.display(description=_("code"), ordering="kind")
    def code(self, item: ProgrammeItem) -> str:
        return item.code

    @admin.display(description=_("title"))
    def title(self, item: ProgrammeItem) -> str:
        return item.title
