"""The checkout of a company for several employees (1.1, 5.2).

Its data are asked once; its learners are rows, or come from a file.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from enrollment.models import PartyKind
from enrollment.operations.ordering.applications import Application, LearnerData, PartyData
from enrollment.operations.ordering.company_orders import NAMED_TWICE
from enrollment.operations.ordering.consents import OPTIONAL
from enrollment.rules.identifiers import as_bin_or_iin
from enrollment.rules.learner_list import (
    LARGEST_FILE,
    MOST_ROWS,
    ListedLearner,
    ListError,
    Unreadable,
    named_twice,
)
from enrollment.rules.learner_list import read_list as read_learners
from enrollment.rules.names import NamedParts, doubt_about, in_one_alphabet
from enrollment.rules.recipient import Doubt, Field, Reason

from .checkout import ASKED_ONLY_OF, OWN_NAME, REQUIRED, CheckoutForm
from .consents import CONSENTS, EMPLOYEES_CONSENT
from .doubts import KEPT, TAKE, DoubtingForm
from .fields import NameField

ROWS_AT_A_TIME = 5
PREFIX = "learners"
REASONS = {
    Unreadable.TOO_LARGE: _("The file is larger than 100 kB. A list of 100 learners takes less."),
    Unreadable.WORKBOOK: _(
        "This workbook cannot be read. Take its password away and save it in Excel as “.xlsx” or "
        "“CSV UTF-8”."
    ),
    Unreadable.NO_TEXT: _(
        "This file is not a table of text. In Excel choose “Save as” and the kind “CSV UTF-8”."
    ),
    Unreadable.EMPTY: _(
        "There is nobody in this file. A row holds a surname, a given name and a patronymic."
    ),
    Unreadable.TOO_LONG: _(
        "There are more than 100 learners. At most 100 are ordered for at once."
    ),
}


class CompanyForm(CheckoutForm):
    """What a company fills in once for all its learners."""

    kind = None  # type: ignore[assignment]
    learner_surname = learner_name = learner_patronymic = None  # type: ignore[assignment]
    replace = forms.BooleanField(
        label=_("The new list replaces what is unpaid there"), required=False
    )

    consents = (*CONSENTS[:2], EMPLOYEES_CONSENT, *CONSENTS[2:])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Leave out what is asked of people alone."""
        super().__init__(*args, **kwargs)
        for name, kinds in ASKED_ONLY_OF.items():
            if PartyKind.COMPANY not in kinds:
                self.fields.pop(name, None)

    def _clean_fields(self) -> None:
        """Check every field: the kind of party is given by the page, not by the request."""
        forms.Form._clean_fields(self)

    @property
    def party_kind(self) -> str:
        return str(PartyKind.COMPANY)

    def applications(
        self,
        learners: Sequence[LearnerData],
        *,
        kept: Collection[int] = (),
        origin_address: str | None,
        origin_agent: str,
        origin_browser: str,
    ) -> list[Application]:
        """An application for each learner; `kept` are the places of names that were asked about.

        The consents that a contract needs are given for each; those that can be withdrawn are kept
        once (5.3.5).
        """
        values = self.cleaned_data
        business_number, owners_iin = as_bin_or_iin(values["bin"])
        party = PartyData(
            kind=PartyKind.COMPANY,
            surname=values["surname"],
            name=values["name"],
            patronymic=values["patronymic"],
            phone=values["phone"],
            email=values["email"],
            address=values["company_address"],
            postal_address=values["postal_address"],
            company_name=values["company_name"],
            bin=business_number,
            iin=owners_iin,
            position=values["position"],
        )
        consents = [
            (consent.purpose, consent.full_text(self.academy))
            for consent in self.consents
            if values.get(f"consent_{consent.purpose}")
        ]
        needed = [(purpose, text) for purpose, text in consents if purpose not in OPTIONAL]
        return [
            Application(
                party=party,
                learner=learner,
                consents=tuple(needed if number else consents),
                origin_address=origin_address,
                origin_agent=origin_agent[:300],
                origin_browser=origin_browser,
                confirmed=(*self.confirmed, *([Field.LEARNER] if number in kept else [])),
            )
            for number, learner in enumerate(learners)
        ]


class LearnerForm(DoubtingForm):
    """One row of the list, as the certificate will print it."""

    error_css_class = "invalid"

    surname = NameField(label=_("Surname"), error_messages={"required": REQUIRED})
    name = NameField(label=_("Given name"), error_messages={"required": REQUIRED})
    patronymic = NameField(label=_("Patronymic"), required=False)

    def parts_of(self, field: Field) -> tuple[str, ...]:
        return OWN_NAME if field == Field.LEARNER else (str(field),)

    def doubts(self) -> Iterable[Doubt]:
        reason = doubt_about(NamedParts(*(self.cleaned_data.get(part, "") for part in OWN_NAME)))
        return [Doubt(Field.LEARNER, Reason(reason))] if reason else []


class _LearnerRows(forms.BaseFormSet):
    """The list; empty rows are left out."""

    default_error_messages = {
        "missing_management_form": _("The list came incomplete. Send the page again."),
        "too_many_forms": REASONS[Unreadable.TOO_LONG],
    }

    def clean(self) -> None:
        """Refuse an empty list; a repeated name gets an error in its row (3.3)."""
        filled = self.filled()
        if not filled and not any(self.errors):
            raise forms.ValidationError(
                gettext("The list names nobody. Enter at least one learner.")
            )
        names = [
            " ".join(form.cleaned_data.get(part, "") for part in form.fields).casefold()
            for _place, form in filled
        ]
        for place, first in named_twice(names).items():
            filled[place][1].add_error(
                "surname", str(NAMED_TWICE) % {"number": filled[first][0] + 1}
            )

    def filled(self) -> list[tuple[int, LearnerForm]]:
        """The valid rows that are not empty, with their indexes on the page."""
        return [
            (place, form)
            for place, form in enumerate(self.forms)
            if form.is_valid() and form.cleaned_data
        ]

    @property
    def has_only_doubts(self) -> bool:
        """True for a list in which nothing is wrong for certain."""
        return not self.non_form_errors() and all(
            form.has_only_doubts or not form.errors for form in self.forms
        )

    def learners(self) -> list[LearnerData]:
        """Call it only on a valid list."""
        return [LearnerData(**form.cleaned_data) for _place, form in self.filled()]

    def kept(self) -> set[int]:
        """The places among the learners of names that were asked about and kept."""
        return {place for place, (_row, form) in enumerate(self.filled()) if form.confirmed}

    def refuse(self, reasons: dict[int, str]) -> None:
        """Put the reasons of a refused order into the rows of a valid list."""
        filled = self.filled()
        for number, reason in reasons.items():
            filled[number][1].add_error("surname", reason)


LearnerRows = forms.formset_factory(
    LearnerForm,
    formset=_LearnerRows,
    extra=ROWS_AT_A_TIME,
    max_num=MOST_ROWS,
    absolute_max=MOST_ROWS,
    validate_max=True,
)


def rows_of(learners: Sequence[ListedLearner], *, empty: int, kept: Sequence[str] = ()) -> Any:
    """The rows with these learners in them, already checked, and some empty rows."""
    data: dict[str, Any] = {
        KEPT: kept,
        f"{PREFIX}-TOTAL_FORMS": min(len(learners) + empty, MOST_ROWS),
        f"{PREFIX}-INITIAL_FORMS": 0,
    }
    for place, learner in enumerate(learners):
        data |= {
            f"{PREFIX}-{place}-{part}": getattr(learner, part)
            for part in ("surname", "name", "patronymic")
        }
    return LearnerRows(data, prefix=PREFIX, form_kwargs={"use_required_attribute": False})


def rows_typed(data: Any) -> list[ListedLearner]:
    """What was typed into the rows, with the proposal that was taken; empty rows are left out."""
    taken = data.get(TAKE)

    def row_at(place: int) -> ListedLearner:
        typed = [data.get(f"{PREFIX}-{place}-{part}", "") for part in OWN_NAME]
        is_taken = taken == f"{PREFIX}-{place}-{Field.LEARNER}"
        return ListedLearner(*(in_one_alphabet(part) if is_taken else part for part in typed))

    rows = map(row_at, range(MOST_ROWS))
    return [
        row for row in rows if row.surname.strip() or row.name.strip() or row.patronymic.strip()
    ]


class ListField(forms.FileField):
    """A file with a list of learners; its clean value is the list, or None without a file."""

    default_error_messages = {
        "empty": REASONS[Unreadable.EMPTY],
        "max_length": _("The file's name is too long."),
    }

    def clean(self, data: Any, initial: Any = None) -> Any:
        file = super().clean(data, initial)
        if not file:
            return None
        try:
            return read_learners(file.read(LARGEST_FILE + 1))
        except ListError as error:
            raise forms.ValidationError(REASONS[error.reason]) from error


class ListFileForm(forms.Form):
    """The file that is read into the rows, so that the buyer sees what will be ordered."""

    file = ListField(
        label=_("A file with the list"),
        required=False,
        max_length=200,
        widget=forms.FileInput(attrs={"accept": ".xlsx,.csv,.txt,text/csv,text/plain"}),
        help_text=_(
            "Excel (.xlsx) or CSV, at most 100 learners: surname, given name, patronymic. "
            "It is read into the rows above, where you correct them."
        ),
    )
