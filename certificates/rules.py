"""The contents of a certificate: number, code, and the rows of 9.2 and 9.3 in both languages."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from enrollment.rules.companies import BUSINESS_NUMBER
from enrollment.rules.identifiers import (
    clean_text,
    has_invisible,
    has_markup,
    is_of_a_person,
)
from enrollment.rules.letters import undrawable, undrawable_in_name

PREFIX = "LZA"
GROUPS = ((4, 4, 5), (4, 4, 5))  # how the 26 characters of a check code stand on two lines
# With any dash or space between its parts; А may be Cyrillic.
_NUMBER = re.compile(r"\bLZ[AА][\W_]{0,3}(20\d\d)[\W_]{0,3}(\d{1,6})\b")
LONGEST_VALUE = 400  # letters: three names of 120, or an address; there is no room for more
ARTS = ("ozim", "birge", "vip")  # packages that have a face of their own

Row = dict[str, str]


class RecordIncompleteError(Exception):
    """A row of 9.2 or 9.3 is empty: a person must ask (9.5)."""

    def __init__(self, label: str) -> None:
        super().__init__(label)
        self.label = label


class UnprintableError(Exception):
    """A value that the forms would not have taken: it came into the database in another way."""


@dataclass(frozen=True)
class SharedValues:
    """The values that every holder's rows share: the course, the issuer, the signatory."""

    course: str
    package: str
    period: str
    issuer_kk: str
    issuer_ru: str
    signatory: str
    position_kk: str
    position_ru: str


def certificate_number(year: int, count: int) -> str:
    """A number such as LZA-2026-000123."""
    return f"{PREFIX}-{year}-{count:06d}"


def number_in(text: str) -> str | None:
    """A certificate's number in a text, as it is printed; None if the text has none.

    Whether there is such a certificate it does not say.
    """
    found = _NUMBER.search(text.upper())
    return f"{PREFIX}-{found[1]}-{int(found[2]):06d}" if found else None


def code_lines(code: str) -> list[str]:
    """A check code on two lines of three groups, as it is printed and typed."""
    lines = []
    start = 0
    for groups in GROUPS:
        words = []
        for length in groups:
            words.append(code[start : start + length])
            start += length
        lines.append(" ".join(words))
    return lines


def art_of(package: str) -> str:
    """The art of a package's face, by slug; a package without its own gets the plainest."""
    return package if package in ARTS else ARTS[0]


def printable(value: str) -> str:
    """A cleaned value; UnprintableError for one that would hang, garble or forge a paper.

    The limits are those of the forms. A value that breaks them was written by an import or by hand
    (9.2, 9.3).
    """
    if len(value) > LONGEST_VALUE:
        raise UnprintableError("too long")
    try:
        cleaned = clean_text(value)
    except ValueError as error:
        raise UnprintableError(str(error)) from error
    if has_invisible(value) or has_markup(cleaned):
        raise UnprintableError("characters that no paper has")
    letter = undrawable(cleaned)
    if letter:
        raise UnprintableError(f"the font has no {letter}")
    return cleaned


def printable_name(value: str) -> str:
    """A cleaned name of the holder, which stands on the face in a font of its own."""
    cleaned = printable(value)
    letter = undrawable_in_name(cleaned)
    if letter:
        raise UnprintableError(f"the font of names has no {letter}")
    return cleaned


def rows_for_person(*, name: str, address: str, email: str, shared: SharedValues) -> list[Row]:
    """The rows of 9.3."""
    return [
        _row("Толық аты-жөні", "ФИО полностью", name),
        _row("Тұрғылықты мекенжайы", "Адрес места жительства", address),
        _row("Электрондық пошта мекенжайы", "Адрес электронной почты", email),
        *_rows_for_everybody(shared),
    ]


def rows_for_company(
    *,
    name: str,
    address: str,
    postal_address: str,
    business_number: str,
    email: str,
    authorised_person: str,
    learner: str,
    shared: SharedValues,
) -> list[Row]:
    """The rows of 9.2, and the employee who was taught; a sole trader's number is an IIN."""
    return [
        _row("Толық атауы", "Полное наименование", name),
        _row("Орналасқан жерінің мекенжайы", "Адрес места нахождения", address),
        _row("Пошталық мекенжайы", "Почтовый адрес", postal_address or address),
        _row(*BUSINESS_NUMBER[is_of_a_person(business_number)], business_number),
        _row("Электрондық пошта мекенжайы", "Адрес электронной почты", email),
        _row(
            "Уәкілетті тұлғаның аты-жөні, лауазымы",
            "ФИО и должность уполномоченного лица",
            authorised_person,
        ),
        _row("Тыңдаушы", "Слушатель", learner),
        *_rows_for_everybody(shared),
    ]


def require_complete(rows: Iterable[Mapping[str, str]]) -> None:
    """Raise RecordIncompleteError for the first empty row (9.5)."""
    for row in rows:
        if not row["value"].strip():
            raise RecordIncompleteError(row["ru"])


def _rows_for_everybody(shared: SharedValues) -> list[Row]:
    course = (
        f"«{shared.course}» авторлық онлайн-курсы, {shared.package} пакеті\n"
        f"Авторский онлайн-курс «{shared.course}», пакет {shared.package}"
    )
    signed = f"{shared.position_kk}\n{shared.position_ru}\n{shared.signatory}"
    return [
        _row("Курс атауы", "Наименование курса", course),
        _row("Оқу мерзімі", "Период обучения", shared.period),
        _row("Кім берді", "Кем выдан", f"{shared.issuer_kk}\n{shared.issuer_ru}"),
        _row(
            "Қол қойған тұлғаның лауазымы, тегі, инициалдары",
            "Должность, фамилия, инициалы подписавшего",
            signed,
        ),
    ]


def _row(kk: str, ru: str, value: str) -> Row:
    return {"kk": kk, "ru": ru, "value": value}
