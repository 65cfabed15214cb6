"""Doubts: what is missing or contradictory in a recipient's data (9.2, 9.3, 9.5).

Only what would stop a human reader is a doubt: a false one costs trust, and each can be confirmed
as right. What is empty must be filled in.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from offer_site.mailboxes import is_misspelt

from .addresses import has_no_house, is_no_address
from .companies import has_legal_form, is_named_like, is_sole_trader
from .identifiers import birth_date_of, has_check_digit, is_of_a_person, is_organization
from .names import NamedParts, doubt_about

PERSON = "person"
GUARDIAN = "guardian"
COMPANY = "company"


class Field(StrEnum):
    """What is asked about as one thing: a whole name, an address."""

    LEARNER = "learner"
    BIRTH_DATE = "birth_date"
    LEARNER_IIN = "learner_iin"
    COMPANY_NAME = "company_name"
    BIN = "bin"
    ADDRESS = "address"
    POSTAL_ADDRESS = "postal_address"
    AUTHORIZED = "authorized"
    POSITION = "position"
    EMAIL = "email"
    # No part of a recipient: of a minor's order the guardian is asked about at the field alone.
    GUARDIAN = "guardian"
    GUARDIAN_EMAIL = "guardian_email"


ASKED_AT_THE_FIELD = (Field.GUARDIAN, Field.GUARDIAN_EMAIL)


class Reason(StrEnum):
    """Why it is asked; `ASKED` is a question of staff in words of their own."""

    MISSING = "missing"
    MIXED_ALPHABETS = "mixed-alphabets"
    WHOLE_NAME = "whole-name"
    SINGLE_NAME = "single-name"
    INITIAL = "initial"
    REPEATED = "repeated"
    FILLER = "filler"
    LIKE_COMPANY = "like-company"
    LIKE_GUARDIAN = "like-guardian"
    NOT_AN_ADDRESS = "not-an-address"
    NO_HOUSE = "no-house"
    MISSPELT = "misspelt"
    NOT_OF_IIN = "not-of-iin"
    NOT_AN_ORGANIZATION = "not-an-organization"
    NO_LEGAL_FORM = "no-legal-form"
    ASKED = "asked"


class Doubt(NamedTuple):
    field: Field
    reason: Reason


@dataclass(frozen=True)
class Recipient:
    """The values that a certificate states, and those that they are compared with.

    `bin` is the number of a company: a BIN, or the IIN of a sole trader.
    """

    kind: str
    learner: NamedParts
    party: NamedParts
    address: str
    email: str
    postal_address: str = ""
    company_name: str = ""
    bin: str = ""
    position: str = ""
    iin: str = ""
    birth_date: date | None = None
    learner_iin: str = ""

    def value(self, field: Field) -> str:
        """The field's value as one text; empty where there is none."""
        match field:
            case Field.LEARNER:
                return self.learner.in_full
            case Field.AUTHORIZED:
                return self.party.in_full
            case Field.BIRTH_DATE:
                return self.birth_date.isoformat() if self.birth_date else ""
        return str(getattr(self, field.value))

    @property
    def fields(self) -> tuple[Field, ...]:
        """The fields that this kind of recipient has: those that can be asked about."""
        if self.kind == COMPANY:
            return (
                Field.COMPANY_NAME,
                Field.BIN,
                Field.ADDRESS,
                Field.POSTAL_ADDRESS,
                Field.AUTHORIZED,
                Field.POSITION,
                Field.EMAIL,
                Field.LEARNER,
            )
        if self.kind == GUARDIAN:
            return (Field.LEARNER, Field.BIRTH_DATE, Field.LEARNER_IIN, Field.ADDRESS, Field.EMAIL)
        return (Field.LEARNER, Field.ADDRESS, Field.EMAIL)


def doubts_of(recipient: Recipient) -> list[Doubt]:
    """What is incomplete or contradictory, at most one doubt a field (9.5)."""
    found: dict[Field, Doubt] = {}
    for doubt in _all_doubts(recipient):
        found.setdefault(doubt.field, doubt)
    return [found[field] for field in recipient.fields if field in found]


def _all_doubts(recipient: Recipient) -> Iterator[Doubt]:
    yield from _missing(recipient)
    yield from _of_name(Field.LEARNER, recipient.learner)
    if recipient.kind == COMPANY:
        yield from _of_company(recipient)
    elif recipient.kind == GUARDIAN:
        yield from _of_minor(recipient)
    for field in (Field.ADDRESS, Field.POSTAL_ADDRESS):
        reason = doubt_about_address(recipient.value(field))
        if reason:
            yield Doubt(field, reason)
    if is_misspelt(recipient.email):
        yield Doubt(Field.EMAIL, Reason.MISSPELT)


def doubt_about_address(address: str) -> Reason | None:
    """Why an address that is told is doubtful."""
    if address and is_no_address(address):
        return Reason.NOT_AN_ADDRESS
    return Reason.NO_HOUSE if address and has_no_house(address) else None


def _missing(recipient: Recipient) -> Iterator[Doubt]:
    """The rows of 9.2 and 9.3 that would be empty; for a postal address the address serves."""
    needed = {Field.LEARNER, Field.ADDRESS, Field.EMAIL}
    if recipient.kind == COMPANY:
        needed |= {Field.COMPANY_NAME, Field.BIN, Field.AUTHORIZED, Field.POSITION}
    names = {Field.LEARNER: recipient.learner, Field.AUTHORIZED: recipient.party}
    for field in recipient.fields:
        halved = field in names and not (names[field].surname and names[field].name)
        if field in needed and (halved or not recipient.value(field).strip()):
            yield Doubt(field, Reason.MISSING)


def _of_name(field: Field, parts: NamedParts) -> Iterator[Doubt]:
    reason = doubt_about(parts)
    if reason:
        yield Doubt(field, Reason(reason))


def _of_company(recipient: Recipient) -> Iterator[Doubt]:
    yield from _of_name(Field.AUTHORIZED, recipient.party)
    if not has_legal_form(recipient.company_name):
        yield Doubt(Field.COMPANY_NAME, Reason.NO_LEGAL_FORM)
    if not _fits(recipient.bin, recipient.company_name):
        yield Doubt(Field.BIN, Reason.NOT_AN_ORGANIZATION)
    if is_named_like(recipient.learner.in_full, recipient.company_name):
        yield Doubt(Field.LEARNER, Reason.LIKE_COMPANY)


def _fits(number: str, company: str) -> bool:
    """True for a BIN, and for an IIN of one who has none; a name without a form decides nothing."""
    if not has_check_digit(number):
        return False
    if is_of_a_person(number):
        return is_sole_trader(company) or not has_legal_form(company)
    return is_organization(number)


def _of_minor(recipient: Recipient) -> Iterator[Doubt]:
    if _folded(recipient.learner.in_full) == _folded(recipient.party.in_full):
        yield Doubt(Field.LEARNER, Reason.LIKE_GUARDIAN)
    if recipient.learner_iin and recipient.learner_iin == recipient.iin:
        yield Doubt(Field.LEARNER_IIN, Reason.LIKE_GUARDIAN)
    stated = birth_date_of(recipient.learner_iin)
    if stated and recipient.birth_date and stated != recipient.birth_date:
        yield Doubt(Field.BIRTH_DATE, Reason.NOT_OF_IIN)


def _folded(text: str) -> str:
    return re.sub(r"\W+", " ", text.casefold()).strip()
