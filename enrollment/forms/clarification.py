"""The answer to a question about the recipient: the fields asked about, and no others (9.5).

They are checked as in the checkout.
"""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from enrollment.models import Clarification, Order, PartyKind
from enrollment.operations.clarification.recipient import PARTS, value_of
from enrollment.rules.names import in_one_alphabet
from enrollment.rules.questions import TITLES, question_about
from enrollment.rules.recipient import Field, Reason
from offer_site.mailboxes import mended

from .fields import (
    CompanyNumberField,
    DayField,
    EmailField,
    NameField,
    PrintedField,
    TwelveDigitsField,
)

REQUIRED = {"required": _("Fill this in.")}
PRIVATE = {Field.ADDRESS, Field.POSTAL_ADDRESS, Field.LEARNER_IIN, Field.BIRTH_DATE}
OPTIONAL = {"patronymic", "learner_patronymic", "postal_address"}
CONFIRMED = "confirmed_"


def field_for(part: str, *, kind: str) -> forms.Field:
    """The field for one part, as the checkout has it."""
    optional: dict[str, Any] = {"required": part not in OPTIONAL, "error_messages": REQUIRED}
    match part:
        case "learner_surname" | "surname":
            return NameField(label=_("Surname"), **optional)
        case "learner_name" | "name":
            return NameField(label=_("Given name"), **optional)
        case "learner_patronymic" | "patronymic":
            return NameField(label=_("Patronymic"), **optional)
        case "address":
            words = _("Address of the company") if kind == PartyKind.COMPANY else _("Home address")
            return PrintedField(
                label=words, max_length=250, autocomplete="street-address", **optional
            )
        case "postal_address":
            return PrintedField(label=_("Postal address"), max_length=250, **optional)
        case "company_name":
            return PrintedField(label=_("Full name of the company"), max_length=200, **optional)
        case "position":
            return PrintedField(label=_("Position"), **optional)
        case "bin":
            return CompanyNumberField(**optional)
        case "learner_iin":
            return TwelveDigitsField(label=_("Child's IIN"), help_text=_("12 digits"), **optional)
        case "birth_date":
            return DayField(
                label=_("Child's birth date"),
                **({"help_text": _("Day, month, year: 22.11.2012")} | optional),
            )
    return EmailField(label=_("E-mail"), **optional)


class AnswerForm(forms.Form):
    """The fields of one question, each with a tick "it is right", unless the field is empty.

    `private` tells whether addresses are shown: the student sees them; staff request them, and it
    is journalled (5.4). A field that is confirmed and left empty keeps its value.
    """

    use_required_attribute = False

    def __init__(
        self, *args: Any, question: Clarification, order: Order, private: bool, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.question = question
        self.order = order
        self.asked = list(dict.fromkeys(doubt.field for doubt in question.doubts))
        empty = {doubt.field for doubt in question.doubts if doubt.reason == Reason.MISSING}
        for field in self.asked:
            for part in PARTS[field]:
                self.fields[part] = field_for(part, kind=order.party.kind)
                if private or not self._is_protected(field):
                    self.fields[part].initial = self._suggested(part)
            if field not in empty:
                self.fields[f"{CONFIRMED}{field}"] = forms.BooleanField(
                    label=_("It is right as it is written here"), required=False
                )

    def _is_protected(self, field: Field) -> bool:
        """True for what staff see on request only (5.4): a sole trader's number is an IIN."""
        return field in PRIVATE or (field == Field.BIN and self.order.party.is_sole_trader)

    def _suggested(self, part: str) -> Any:
        """The present value; a typing mistake is corrected if only one correction is possible."""
        value = value_of(self.order, part)
        if isinstance(self.fields[part], NameField):
            return in_one_alphabet(value)
        return mended(value) if part == "email" else value

    def _clean_fields(self) -> None:
        """A confirmed field may stay empty: then it keeps its stored value."""
        for field in self.asked:
            if self.data.get(self.add_prefix(f"{CONFIRMED}{field}")):
                for part in PARTS[field]:
                    self.fields[part].required = False
        super()._clean_fields()

    @property
    def values(self) -> dict[str, Any]:
        """The parts as they were written, without empty parts of confirmed fields."""
        typed = {part: self.cleaned_data[part] for field in self.asked for part in PARTS[field]}
        kept = {part for field in self.confirmed for part in PARTS[field]}
        return {part: value for part, value in typed.items() if value or part not in kept}

    @property
    def confirmed(self) -> set[Field]:
        return {field for field in self.asked if self.cleaned_data.get(f"{CONFIRMED}{field}")}

    def groups(self) -> Iterator[dict[str, Any]]:
        """The fields as the page shows them: a title, why they are asked, the parts, the tick."""
        for field in self.asked:
            name = f"{CONFIRMED}{field}"
            yield {
                "title": TITLES[field],
                "why": [
                    question_about(doubt) for doubt in self.question.doubts if doubt.field == field
                ],
                "parts": [self[part] for part in PARTS[field]],
                "tick": self[name] if name in self.fields else None,
            }
