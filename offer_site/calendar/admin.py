"""The calendar for staff: exceptions are recorded and removed, never edited."""

from datetime import date
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from offer_site.journal.operations import actor
from offer_site.languages import in_language

from .models import DayException
from .operations import record_exception, remove_exception

ENTERED = ("day", "is_working", "name_kk", "name_ru", "source")
ACTS = ("recorded_by", "recorded_at", "removed_by", "removed_at")


class DayExceptionForm(forms.ModelForm):
    class Meta:
        model = DayException
        fields = ENTERED
        help_texts = {
            "day": _(
                "Deadlines that already run keep their day: new days are proposed to you, "
                "and a person decides."
            ),
            "is_working": _(
                "Tick it for a day off that becomes a working day; "
                "leave it empty for a new day off."
            ),
            "source": _("The government's decree: its name, number and date."),
        }

    def clean_day(self) -> date:
        day = self.cleaned_data["day"]
        if DayException.objects.standing().on(day).exists():
            raise forms.ValidationError(_("This day already has an exception. Remove it first."))
        return day


@admin.register(DayException)
class DayExceptionAdmin(admin.ModelAdmin):
    form = DayExceptionForm
    list_display = ["day", "becomes", "name", "source", "removed_at"]
    list_filter = ["is_working"]
    date_hierarchy = "day"
    actions = None  # an exception is removed on its own page, which explains the consequences

    @admin.display(description=_("becomes"), ordering="is_working")
    def becomes(self, exception: DayException) -> str:
        return gettext("a working day") if exception.is_working else gettext("a day off")

    @admin.display(description=_("name"))
    def name(self, exception: DayException) -> str:
        return in_language(exception.name_kk, exception.name_ru)

    def get_fields(self, request: HttpRequest, obj: DayException | None = None) -> tuple[str, ...]:
        return ENTERED + ACTS if obj else ENTERED

    def has_change_permission(self, request: HttpRequest, obj: DayException | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: DayException | None = None) -> bool:
        return super().has_delete_permission(request, obj) and (obj is None or obj.is_standing)

    def save_model(self, request: HttpRequest, obj: DayException, form: Any, change: bool) -> None:
        obj.pk = record_exception(**form.cleaned_data, by=actor(request.user), at=timezone.now()).pk

    def delete_model(self, request: HttpRequest, obj: DayException) -> None:
        remove_exception(exception=obj, by=actor(request.user), at=timezone.now())
