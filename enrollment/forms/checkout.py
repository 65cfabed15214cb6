"""The checkout form: who learns, whose data, which consents.

Only what this party and the certificate need is asked.
"""

from collections.abc import Iterable
from copy import deepcopy
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from django import forms
from django.forms.utils import ErrorDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from enrollment.models import Academy, PartyKind, Relation
from enrollment.operations.ordering.applications import (
    Application,
    GuardianData,
    LearnerData,
    PartyData,
)
from enrollment.rules.identifiers import (
    ADULT_AGE,
    AGE_OF_CONSENT,
    age_on,
    as_bin_or_iin,
    birth_date_of,
)
from enrollment.rules.names import NamedParts, doubt_about
from enrollment.rules.recipient import (
    ASKED_AT_THE_FIELD,
    Doubt,
    Field,
    Reason,
    Recipient,
    doubts_of,
)
from offer_site.mailboxes import is_misspelt
from offer_site.web.forms import ChoiceRows, shares_its_fields

from .confirmation import AsksConsents, consent_field
from .consents import CONSENTS
from .doubts import DoubtError, DoubtingForm
from .fields import (
    BirthDateField,
    CompanyNumberField,
    EmailField,
    NameField,
    PhoneField,
    PrintedField,
    TwelveDigitsField,
)

F = TypeVar("F", bound=type[forms.BaseForm])

# What each kind of party must fill in besides the common fields.
NEEDED_BY = {
    PartyKind.PERSON: (),
    PartyKind.MINOR: (
        "own_birth_date",
        "iin",
        "guardian_surname",
        "guardian_name",
        "guardian_relation",
        "guardian_email",
        "guardian_phone",
    ),
    PartyKind.GUARDIAN: (
        "relation",
        "iin",
        "learner_surname",
        "learner_name",
        "birth_date",
        "learner_iin",
    ),
    PartyKind.COMPANY: (
        "company_name",
        "bin",
        "company_address",
        "postal_address",
        "position",
        "learner_surname",
        "learner_name",
    ),
}
ASKED_ONLY_OF = {
    name: tuple(kind for kind, names in NEEDED_BY.items() if name in names)
    for names in NEEDED_BY.values()
    for name in names
} | {
    # No page asks for it before the payment; whoever gives it at once, to a caller, may.
    "address": (PartyKind.PERSON, PartyKind.MINOR, PartyKind.GUARDIAN),
    "learner_patronymic": (PartyKind.GUARDIAN, PartyKind.COMPANY),
    "guardian_patronymic": (PartyKind.MINOR,),
}
LEARNS_ALONE = (PartyKind.PERSON, PartyKind.MINOR)  # the party is the learner
REQUIRED = _("Fill this in.")
READ_FROM_IIN = _("It may be left empty: the IIN states it.")
# How the line above the form calls a field whose label is a sentence.
BRIEFLY = {
    "kind": _("who learns"),
    "consent_truth": _("the offer"),
    "consent_contract": _("consent to the processing of data"),
    "consent_employees": _("consent of the employees"),
    "replace": _("the earlier order"),
}
OWN_NAME = ("surname", "name", "patronymic")
LEARNERS_NAME = ("learner_surname", "learner_name", "learner_patronymic")
GUARDIANS_NAME = ("guardian_surname", "guardian_name", "guardian_patronymic")
PLAIN = (
    Field.ADDRESS,
    Field.EMAIL,
    Field.POSTAL_ADDRESS,
    Field.COMPANY_NAME,
    Field.BIN,
    Field.POSITION,
    Field.LEARNER_IIN,
)


def asks_to_fill_in(form: F) -> F:
    """Ask in our words for what is missing, where a field of the form has none of its own."""
    for field in form.base_fields.values():
        if field.error_messages["required"] is forms.Field.default_error_messages["required"]:
            field.error_messages["required"] = REQUIRED
    return form


@dataclass(frozen=True)
class Pointer:
    """A field named in the line above the form: where the link leads, and what it says."""

    anchor: str
    words: str


def _has_mistake(field: forms.BoundField) -> bool:
    return any(not isinstance(error, DoubtError) for error in field.errors.as_data())


@shares_its_fields
@asks_to_fill_in
class CheckoutForm(AsksConsents, DoubtingForm):
    """What a buyer fills in.

    `day` is the day of the order in Almaty; `academy` is named in the consents.
    """

    error_css_class = "invalid"

    kind = forms.ChoiceField(
        label=_("Who will learn?"),
        choices=[
            (PartyKind.PERSON, _("Myself")),
            (PartyKind.MINOR, _("Myself, and I am 14 to 17")),
            (PartyKind.GUARDIAN, _("My child")),
            (PartyKind.COMPANY, _("An employee of a company")),
        ],
        widget=ChoiceRows(
            notes={
                PartyKind.PERSON: _("I am 18 or older"),
                PartyKind.GUARDIAN: _("Under 18; a parent or guardian orders"),
                PartyKind.COMPANY: _("A company or a sole trader: one order, one employee"),
            },
        ),
        error_messages={"required": _("Choose who will learn.")},
    )
    company_name = PrintedField(
        label=_("Full name of the company"),
        max_length=200,
        autocomplete="organization",
        help_text=_("With its legal form: ТОО, АО, ИП, КХ"),
    )
    bin = CompanyNumberField()
    company_address = PrintedField(label=_("Address of the company"), max_length=250)
    postal_address = PrintedField(label=_("Postal address"), max_length=250)
    surname = NameField(label=_("Surname"), autocomplete="family-name")
    name = NameField(label=_("Given name"), autocomplete="given-name")
    patronymic = NameField(label=_("Patronymic"), required=False, autocomplete="additional-name")
    position = PrintedField(label=_("Position"), autocomplete="organization-title")
    relation = forms.ChoiceField(
        label=_("Who are you to the child?"),
        choices=[
            ("", "—"),
            ("parent", _("Parent")),
            ("guardian", _("Guardian")),
            ("adopter", _("Adopter")),
        ],
    )
    iin = TwelveDigitsField(label=_("Your IIN"), help_text=_("12 digits, as in the identity card"))
    phone = PhoneField(
        label=_("Mobile phone"),
        help_text=_("A number from abroad begins with + and the country's code"),
    )
    email = EmailField(
        label=_("E-mail"), help_text=_("The contract, sign-in codes and the certificate come here")
    )
    address = PrintedField(
        label=_("Home address"),
        max_length=250,
        required=False,
        autocomplete="street-address",
        help_text=_(
            "It stands in the contract and on the second page of the certificate (9.3), and "
            "nowhere else"
        ),
    )
    own_birth_date = BirthDateField(
        label=_("Your birth date"), required=False, help_text=READ_FROM_IIN
    )
    guardian_surname = NameField(label=_("Surname of your parent or guardian"))
    guardian_name = NameField(label=_("Given name of your parent or guardian"))
    guardian_patronymic = NameField(
        label=_("Patronymic of your parent or guardian"), required=False
    )
    guardian_relation = forms.ChoiceField(
        label=_("Who is this to you?"), choices=[("", "—"), *Relation.choices]
    )
    guardian_phone = PhoneField(label=_("Phone of your parent or guardian"))
    guardian_email = EmailField(
        label=_("E-mail of your parent or guardian"),
        help_text=_("We send there the text of the consent, with a button"),
    )
    learner_surname = NameField(label=_("Learner's surname"))
    learner_name = NameField(label=_("Learner's given name"))
    learner_patronymic = NameField(label=_("Learner's patronymic"), required=False)
    birth_date = BirthDateField(
        label=_("Child's birth date"), required=False, help_text=READ_FROM_IIN
    )
    learner_iin = TwelveDigitsField(label=_("Child's IIN"), help_text=_("12 digits"))
    replace = forms.BooleanField(
        label=_("Replace my earlier unpaid order with this one"), required=False
    )

    consents = CONSENTS

    def __init__(
        self,
        *args: Any,
        academy: Academy,
        day: date,
        is_shown_again: bool = False,
        offers_company: bool = True,
        **kwargs: Any,
    ) -> None:
        """`is_shown_again`: the page in another language or theme, where nothing is judged.

        Without `offers_company` a link leads companies to a page of their own.
        """
        super().__init__(*args, use_required_attribute=False, **kwargs)
        self.academy = academy
        self.day = day
        self.is_shown_again = is_shown_again
        if not offers_company:
            kinds = deepcopy(self.fields["kind"])
            kinds.choices = [  # type: ignore[attr-defined]
                (kind, words)
                for kind, words in kinds.choices  # type: ignore[attr-defined]
                if kind != PartyKind.COMPANY
            ]
            self.fields["kind"] = kinds
        for consent in self.consents:
            self.fields[f"consent_{consent.purpose}"] = consent_field(consent, academy)

    def full_clean(self) -> None:
        if self.is_shown_again:
            self._errors = ErrorDict(renderer=self.renderer)
            self.cleaned_data = {}
            return
        super().full_clean()

    def _clean_fields(self) -> None:
        """Only fields asked of this kind of party are checked: a mistake in others is ignored.

        Until a kind is chosen these are the fields that everybody is asked.
        """
        fields = self.fields
        kind = self.data.get("kind")
        self.fields = {
            name: field
            for name, field in fields.items()
            if name not in ASKED_ONLY_OF or kind in ASKED_ONLY_OF[name]
        }
        try:
            super()._clean_fields()
        finally:
            self.fields = fields

    def clean(self) -> dict[str, Any]:
        """Check the age of whoever is under 18, and that the IIN has the same birth date (1.1)."""
        values = super().clean() or self.cleaned_data
        if values.get("kind") == PartyKind.MINOR:
            self._clean_minor(values)
            return values
        if values.get("kind") != PartyKind.GUARDIAN:
            return values
        born = self._born("birth_date", iin="learner_iin")
        if not born:
            return values
        if born > self.day:
            self.add_error("birth_date", gettext("This day has not come yet."))
        elif age_on(born, self.day) >= ADULT_AGE:
            self.add_error(
                "birth_date",
                gettext(
                    "The learner is 18 already. Choose “Myself” above: adults order for themselves."
                ),
            )
        stated = birth_date_of(values.get("learner_iin") or "")
        if stated and stated != born:
            self.add_error(
                "learner_iin", gettext("This IIN states another birth date. Check both.")
            )
        return values

    def _born(self, name: str, *, iin: str) -> date | None:
        """The birth date that was typed, or else the one that the IIN states."""
        values = self.cleaned_data
        if name in self.errors:
            return None
        if not values.get(name):
            values[name] = birth_date_of(values.get(iin) or "")
        if not values[name] and iin not in self.errors:
            self.add_error(name, gettext("This IIN states no birth date. Write it here."))
            return None
        born: date | None = values[name]
        return born

    def _clean_minor(self, values: dict[str, Any]) -> None:
        """From 14 to 18 a minor orders; another person, who reads another mailbox, consents."""
        born = self._born("own_birth_date", iin="iin")
        if born:
            age = age_on(born, self.day)
            if age < AGE_OF_CONSENT:
                sentence = gettext(
                    "Under 14 a parent or guardian orders. Ask them to choose “My child” above."
                )
                self.add_error("own_birth_date", sentence)
            elif age >= ADULT_AGE:
                self.add_error(
                    "own_birth_date", gettext("You are 18 already. Choose “Myself” above.")
                )
            stated = birth_date_of(values.get("iin") or "")
            if stated and stated != born:
                self.add_error("iin", gettext("This IIN states another birth date. Check both."))
        if values.get("email") and values.get("guardian_email") == values["email"]:
            sentence = gettext("This is your own e-mail. Write that of your parent or guardian.")
            self.add_error("guardian_email", sentence)
        own = [(values.get(part) or "").casefold() for part in OWN_NAME[:2]]
        if all(own) and own == [
            (values.get(f"guardian_{part}") or "").casefold() for part in OWN_NAME[:2]
        ]:
            sentence = gettext("This is your own name. Write that of your parent or guardian.")
            self.add_error("guardian_surname", sentence)

    @property
    def party_kind(self) -> str:
        return str(self.data.get("kind", ""))

    def parts_of(self, field: Field) -> tuple[str, ...]:
        if field == Field.AUTHORIZED:
            return OWN_NAME
        if field == Field.LEARNER:
            return OWN_NAME if self.party_kind in LEARNS_ALONE else LEARNERS_NAME
        if field == Field.GUARDIAN:
            return GUARDIANS_NAME
        if field == Field.ADDRESS and self.party_kind == PartyKind.COMPANY:
            return ("company_address",)
        return (str(field),)

    def doubts(self) -> Iterable[Doubt]:
        """What 9.5 would ask of this recipient after the payment, and the guardian's own name."""
        recipient = self.recipient()
        doubts = doubts_of(recipient)
        if self.party_kind == PartyKind.GUARDIAN and doubt_about(recipient.party):
            doubts.append(Doubt(Field.AUTHORIZED, Reason(doubt_about(recipient.party))))
        elif self.party_kind == PartyKind.MINOR:
            doubts += self._doubts_about_guardian()
        return doubts

    def _doubts_about_guardian(self) -> Iterable[Doubt]:
        """The letter to a guardian shows whose child orders, and one tick there consents."""
        given = self.cleaned_data
        reason = doubt_about(NamedParts(*(given.get(part) or "" for part in GUARDIANS_NAME)))
        if reason:
            yield Doubt(Field.GUARDIAN, Reason(reason))
        if is_misspelt(given.get("guardian_email") or ""):
            yield Doubt(Field.GUARDIAN_EMAIL, Reason.MISSPELT)

    def recipient(self) -> Recipient:
        """The recipient as far as it is known; what is wrong or not asked is empty."""
        given = self.cleaned_data
        texts = {field: given.get(self.parts_of(field)[0]) or "" for field in PLAIN}
        return Recipient(
            kind=self.party_kind,
            learner=NamedParts(*(given.get(part) or "" for part in self.parts_of(Field.LEARNER))),
            party=NamedParts(*(given.get(part) or "" for part in OWN_NAME)),
            iin=given.get("iin") or "",
            birth_date=given.get("birth_date"),
            **texts,
        )

    def to_correct(self) -> list[Pointer]:
        """The fields with a mistake, in the order of the form."""
        return [self._pointer(field) for field in self if _has_mistake(field)]

    def to_check(self) -> list[Pointer]:
        """The fields with a doubt and no mistake."""
        return [self._pointer(field) for field in self if field.errors and not _has_mistake(field)]

    def _pointer(self, field: forms.BoundField) -> Pointer:
        words = str(BRIEFLY.get(field.name, field.label)).rstrip("?")
        is_abbreviation = words[1:2].isupper()
        return Pointer(
            field.id_for_label or field.auto_id,
            words if is_abbreviation else words[:1].lower() + words[1:],
        )

    def application(
        self, *, origin_address: str | None, origin_agent: str, origin_browser: str
    ) -> Application:
        """The cleaned form for place_order; what this kind of party is not asked is left out."""
        values = self.cleaned_data
        kind = self.cleaned_data["kind"]
        asked = {name for name, kinds in ASKED_ONLY_OF.items() if kind in kinds}

        def value(name: str) -> Any:
            return values.get(name) or "" if name in asked else ""

        business_number, owners_iin = as_bin_or_iin(value("bin"))
        party = PartyData(
            kind=kind,
            surname=values["surname"],
            name=values["name"],
            patronymic=values["patronymic"],
            phone=values["phone"],
            email=values["email"],
            address=value("company_address") or value("address"),
            postal_address=value("postal_address"),
            iin=value("iin") or owners_iin,
            relation=value("relation"),
            company_name=value("company_name"),
            bin=business_number,
            position=value("position"),
        )
        if kind == PartyKind.PERSON:
            learner = LearnerData(party.surname, party.name, party.patronymic)
        elif kind == PartyKind.MINOR:
            learner = LearnerData(
                party.surname,
                party.name,
                party.patronymic,
                birth_date=values["own_birth_date"],
                iin=party.iin,
            )
        else:
            learner = LearnerData(
                surname=value("learner_surname"),
                name=value("learner_name"),
                patronymic=value("learner_patronymic"),
                birth_date=value("birth_date") or None,
                iin=value("learner_iin"),
            )
        return Application(
            party=party,
            learner=learner,
            origin_address=origin_address,
            origin_agent=origin_agent[:300],
            origin_browser=origin_browser,
            consents=tuple(
                (consent.purpose, consent.full_text(self.academy))
                for consent in CONSENTS
                if values.get(f"consent_{consent.purpose}")
            ),
            confirmed=tuple(field for field in self.confirmed if field not in ASKED_AT_THE_FIELD),
            guardian=self._guardian() if kind == PartyKind.MINOR else None,
        )

    def _guardian(self) -> GuardianData:
        """Who has to consent before a minor pays."""
        names = ("surname", "name", "patronymic", "relation", "email", "phone")
        return GuardianData(**{name: self.cleaned_data[f"guardian_{name}"] for name in names})
