"""What staff write on the home page: its parts and fields, and how each is read (12.2 binds none).

A field that is empty is absent from the page; nothing is invented in its place.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

LANGUAGES = ("kk", "ru")
ONE_A_LINE = _("One a line, in the same order in both languages.")


PICTURE_HELP = _("JPEG, PNG or WebP, 960 pixels across or more; its middle is taken.")


class FieldKind(StrEnum):
    LINE = "line"  # one line of words
    STORY = "story"  # paragraphs, parted by an empty line
    LIST = "list"  # one a line
    PAIRS = "pairs"  # «term: value», one a line
    ANSWERS = "answers"  # a question, its answer below; parted by an empty line
    NUMBER = "number"
    ADDRESS = "address"  # https://…
    PICTURE = "picture"  # kept by offer_site/pictures.py, which cuts it to the field's shape


SPOKEN = frozenset(
    {FieldKind.LINE, FieldKind.STORY, FieldKind.LIST, FieldKind.PAIRS, FieldKind.ANSWERS}
)


@dataclass(frozen=True)
class HomeField:
    """One thing that staff fill in: in both languages, unless it is a number or an address."""

    name: str
    kind: FieldKind
    label: Promise
    most: int
    help: Promise | str = ""
    shape: tuple[int, int] = (1, 1)

    @property
    def is_spoken(self) -> bool:
        return self.kind in SPOKEN

    @property
    def columns(self) -> tuple[str, ...]:
        """Its names in a form: one for each language."""
        if not self.is_spoken:
            return (self.name,)
        return tuple(f"{self.name}_{language}" for language in LANGUAGES)


@dataclass(frozen=True)
class HomePart:
    title: Promise
    fields: tuple[HomeField, ...]


PARTS = (
    HomePart(
        _("First screen"),
        (
            HomeField("promise", FieldKind.LINE, _("Promise, the heading"), 80),
            HomeField("place", FieldKind.LINE, _("Where lessons are held"), 40),
            HomeField("hours", FieldKind.NUMBER, _("Hours a week"), 60),
            HomeField(
                "months",
                FieldKind.NUMBER,
                _("Months of a bank's instalments"),
                60,
                _("The price divided by it stands as “a month”. Empty: no such sum is shown."),
            ),
        ),
    ),
    HomePart(
        _("Lesson to look at"),
        (
            HomeField("lesson_title", FieldKind.LINE, _("Title of the sample lesson"), 120),
            HomeField("lesson_note", FieldKind.LINE, _("How long it is, and where it opens"), 80),
            HomeField(
                "lesson_poster",
                FieldKind.PICTURE,
                _("Picture of the sample lesson"),
                0,
                PICTURE_HELP,
                (16, 9),
            ),
            HomeField("lesson_url", FieldKind.ADDRESS, _("Address of the recording"), 300),
            HomeField(
                "lesson_rows",
                FieldKind.PAIRS,
                _("How lessons are held"),
                1500,
                _("“Term: words”, one a line, in the same order in both languages."),
            ),
        ),
    ),
    HomePart(
        _("Author"),
        (
            HomeField("author_photo", FieldKind.PICTURE, _("Photograph"), 0, PICTURE_HELP, (4, 5)),
            HomeField("author_name", FieldKind.LINE, _("Name of the author"), 80),
            HomeField("author_story", FieldKind.STORY, _("The author's story, in own words"), 3000),
        ),
    ),
    HomePart(
        _("For whom"),
        (
            HomeField("whom_yes", FieldKind.LIST, _("It is for you if …"), 1000, ONE_A_LINE),
            HomeField("whom_no", FieldKind.LIST, _("It is not for you yet if …"), 1000, ONE_A_LINE),
        ),
    ),
    HomePart(
        _("Questions"),
        (
            HomeField(
                "questions",
                FieldKind.ANSWERS,
                _("Questions and answers"),
                4000,
                _("The question in one line, its answer below; an empty line before the next."),
            ),
            HomeField("chat_hours", FieldKind.LINE, _("When somebody answers in the chat"), 120),
        ),
    ),
)
FIELDS: dict[str, HomeField] = {field.name: field for part in PARTS for field in part.fields}


def read(field: HomeField, text: str) -> Any:
    """What a page shows of a text: a string, or the pieces of its kind."""
    match field.kind:
        case FieldKind.LIST:
            return lines(text)
        case FieldKind.STORY:
            return blocks(text)
        case FieldKind.PAIRS:
            return [pair(line) for line in lines(text)]
        case FieldKind.ANSWERS:
            return [pair(block, "\n") for block in blocks(text)]
    return text


def lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def blocks(text: str) -> list[str]:
    """The parts of a text that an empty line parts."""
    plain = "\n".join(line.strip() for line in text.splitlines())
    return [block.strip() for block in plain.split("\n\n") if block.strip()]


def pair(text: str, sign: str = ":") -> tuple[str, str]:
    """What stands before the sign and after it."""
    before, _sign, after = text.partition(sign)
    return before.strip(), after.strip()


def is_whole(field: HomeField, text: str) -> bool:
    """False for a pair of which one side is missing."""
    if field.kind not in (FieldKind.PAIRS, FieldKind.ANSWERS):
        return True
    return all(before and after for before, after in read(field, text))


def said_in_one_language(content: Mapping[str, Any]) -> list[str]:
    """The fields that one language has and the other has not, or has in another number."""
    found = []
    for field in FIELDS.values():
        if field.is_spoken:
            kk, ru = (content.get(column, "") for column in field.columns)
            if bool(kk) != bool(ru) or _count(field, kk) != _count(field, ru):
                found.append(field.name)
    return found


def _count(field: HomeField, text: str) -> int:
    """How many pieces a text has; paragraphs of a story may differ."""
    if field.kind in (FieldKind.LINE, FieldKind.STORY):
        return 0
    return len(read(field, text))


def a_month(price: int, months: int | None) -> int | None:
    """A price divided by the months of a bank's instalments, rounded up to a whole tenge."""
    return -(-price // months) if months else None
