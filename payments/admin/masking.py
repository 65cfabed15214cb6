"""What staff read of a number that tells a birth date: enough to compare (5.4)."""

import re

from enrollment.rules.identifiers import birth_date_of

TWELVE_DIGITS = re.compile(r"(?<![0-9])[0-9]{12}(?![0-9])")


def in_part(number: str) -> str:
    """The last four signs of a number, the others as dots."""
    return f"{'•' * (len(number) - 4)}{number[-4:]}"


def without_iins(text: str) -> str:
    """A text as a bank or a person wrote it, with every IIN in it in part."""
    return TWELVE_DIGITS.sub(_if_iin, text)


def _if_iin(found: re.Match[str]) -> str:
    """A mistyped IIN tells a birth date too: the check digit is not asked for. A BIN has no day."""
    number = found[0]
    return in_part(number) if birth_date_of(number) else number
