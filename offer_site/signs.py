"""Text as people see it: what a message or a spreadsheet adds on the way is taken out."""

import unicodedata
from collections.abc import Iterator
from typing import Literal

UNSEEN = {"Cc", "Cf"}
# Unicode's own bound for a stream is 30; no letter of a name has more than four.
MOST_MARKS = 10
NARROW_MARKS = "\uff9e\uff9f"  # marks of Japanese that are letters by their category


def composed(form: Literal["NFC", "NFKC"], text: str) -> str:
    """The text with composed letters; marks beyond MOST_MARKS on one letter are left out.

    The marks of a letter are sorted at the cost of the square of their number: a page of them would
    hold the whole process for minutes.
    """
    if text.isascii():
        return text
    return unicodedata.normalize(form, "".join(_with_few_marks(text)))


def _with_few_marks(text: str) -> Iterator[str]:
    marks = 0
    for char in text:
        is_mark = unicodedata.category(char)[0] == "M" or char in NARROW_MARKS
        marks = marks + 1 if is_mark else 0
        if marks <= MOST_MARKS:
            yield char


def as_seen(text: str) -> str:
    """The text with plain spaces and plain forms of wide letters, without signs that nobody sees.

    A number that was copied brings marks of direction, joiners and a byte order mark. It is for
    numbers and e-mails: names keep their own forms.
    """
    plain = composed("NFKC", text)
    if plain.isascii() and plain.isprintable():
        return plain
    return "".join(
        " " if char.isspace() else char
        for char in plain
        if char.isspace() or unicodedata.category(char) not in UNSEEN
    )
