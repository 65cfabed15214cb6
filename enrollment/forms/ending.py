"""The user's proposal to end the contract, and the answer to the academy's (12.4)."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from enrollment.operations.endings.proposals import EndingDays
from offer_site.days import short_day
from offer_site.web.answering import AnswerAbout
from offer_site.web.forms import ChoiceRows

from .fields import DayField

ANOTHER = "another"
REQUIRED = {"required": _("Fill this in.")}


class EndingForm(forms.Form):
    """Two usual days, or another one; `taken` is the day, whichever way it was named."""

    day = forms.ChoiceField(
        label=_("The contract ends on"), widget=ChoiceRows, error_messages=REQUIRED
    )
    ends_on = DayField(
        label=_("Another day"),
        required=False,
        help_text=_("Only if you chose another day. For example: 22.12.2026"),
    )
    returned = forms.IntegerField(
        label=_("Sum to be returned, tenge"),
        required=False,
        min_value=0,
        help_text=_("It holds only if the academy accepts your proposal."),
    )
    why = forms.CharField(
        label=_("Reason"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, days: EndingDays, **kwargs: Any) -> None:
        super().__init__(*args, use_required_attribute=False, **kwargs)
        usual = {days.first: _("the earliest day")}
        if days.day_before_course:
            usual[days.day_before_course] = _("the day before the course begins")
        day: Any = self.fields["day"]
        day.choices = [
            *((each.isoformat(), short_day(each)) for each in usual),
            (ANOTHER, _("Another day")),
        ]
        day.widget.notes = {each.isoformat(): note for each, note in usual.items()}
        day.initial = days.first.isoformat()

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        chosen = values.get("day")
        if chosen == ANOTHER and not values.get("ends_on") and "ends_on" not in self.errors:
            self.add_error("ends_on", _("Fill this in."))
        elif chosen and chosen != ANOTHER:
            values["ends_on"] = date.fromisoformat(chosen)
        values["returned"] = values.get("returned") or 0
        return values


class EndingAnswerForm(AnswerAbout):
    """The answer to the proposal of this number."""

    answer = forms.ChoiceField(
        label=_("Your answer"),
        choices=[("accept", _("I accept")), ("decline", _("I do not accept"))],
        widget=ChoiceRows(
            notes={
                "accept": _("The contract ends on the day named above."),
                "decline": _("The contract goes on."),
            }
        ),
        error_messages=REQUIRED,
    )
    reason = forms.CharField(
        label=_("Reason"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, use_required_attribute=False, **kwargs)
