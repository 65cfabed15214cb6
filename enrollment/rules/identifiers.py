"""Names, phones, IIN and BIN, checked to the letter and the digit (3.1, 5.2;
facts of Kazakhstan, 4.1 and 4.3).
"""

import re
import unicodedata
from datetime import date

import phonenumbers

NAME_LIMIT = 120
# The faces of the certificate have no other letters, and print boxes for them.
ALPHABETS = ("LATIN ", "CYRILLIC ", "MODIFIER LETTER ")
UNPRINTABLE = ("Cc", "Cn", "Co")
MARKUP = frozenset("<>{}")
FIRST_WEIGHTS = (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)
SECOND_WEIGHTS = (3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2)
_CENTURIES = {"1": 1800, "2": 1800, "3": 1900, "4": 1900, "5": 2000, "6": 2000}
_NAME = re.compile(r"[^\W\d_]+(?:[ '’ʼ.‐-]+[^\W\d_]+)*\.?")


def clean_text(text: str) -> str:
    """Fold spaces, compose letters, drop what is invisible (it could turn a line round on a public
    page).

    Raise ValueError for what no paper could print: surrogates, control and unassigned characters,
    stacked marks.
    """
    if any(0xD800 <= ord(char) <= 0xDFFF for char in text):
        raise ValueError("a lone surrogate")
    seen = "".join(char for char in text if not has_invisible(char))
    composed = " ".join(unicodedata.normalize("NFC", seen).split())
    marks = 0
    for char in composed:
        if unicodedata.category(char) in UNPRINTABLE:
            raise ValueError("a control character")
        marks = marks + 1 if unicodedata.combining(char) else 0
        if marks > 2:
            raise ValueError("too many combining marks")
    return composed


def has_invisible(text: str) -> bool:
    """Tell whether a text holds what has no shape of its own: joiners,
    and marks that turn a line round.
    """
    return any(unicodedata.category(char) == "Cf" for char in text)


def has_markup(text: str) -> bool:
    """Tell whether a text holds signs of markup or of a template:
    no name and no address has them.
    """
    return any(char in MARKUP for char in text)


def is_name(text: str) -> bool:
    """Tell whether a text can be a person's name: letters, joined by spaces, hyphens,
    apostrophes.
    """
    plain = "".join(
        char for char in unicodedata.normalize("NFC", text) if not unicodedata.combining(char)
    )
    return len(text) <= NAME_LIMIT and bool(_NAME.fullmatch(plain))


def is_in_our_alphabets(text: str) -> bool:
    """Tell whether every letter can be printed on a certificate: Latin or Cyrillic."""
    return all(unicodedata.name(char, "").startswith(ALPHABETS) for char in text if char.isalpha())


def parse_phone(text: str) -> str | None:
    """Read a phone of Kazakhstan however it is written, as +7 and ten digits;
    None when it is none.
    """
    try:
        number = phonenumbers.parse(text, "KZ")
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number_for_region(number, "KZ"):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def missing_phone_digits(text: str) -> int:
    """Count how many digits a phone lacks; negative when it has too many."""
    digits = re.sub(r"\D", "", text)
    if digits[:1] in ("7", "8") and (len(digits) > 10 or text.strip().startswith(("+7", "8"))):
        digits = digits[1:]
    return 10 - len(digits)


def has_check_digit(number: str) -> bool:
    """Tell whether twelve digits end with the check digit of an IIN or BIN;
    a second ten is never issued.
    """
    if not re.fullmatch(r"[0-9]{12}", number):
        return False
    digits = [int(char) for char in number]
    for weights in (FIRST_WEIGHTS, SECOND_WEIGHTS):
        remainder = sum(digit * weight for digit, weight in zip(digits, weights, strict=False)) % 11
        if remainder < 10:
            return remainder == digits[11]
    return False


def is_organization(number: str) -> bool:
    """Tell whether the fifth digit is one that a BIN has: a resident,
    a non-resident or a joint enterprise.
    """
    return number[4:5] in ("4", "5", "6")


def birth_date_of(iin: str) -> date | None:
    """Read the birth date that an IIN states; None where its structure states none."""
    century = _CENTURIES.get(iin[6:7])
    try:
        return date(century + int(iin[:2]), int(iin[2:4]), int(iin[4:6])) if century else None
    except ValueError:
        return None


def age_on(birth_date: date, day: date) -> int:
    """Count full years on a day."""
    return day.year - birth_date.year - ((day.month, day.day) < (birth_date.month, birth_date.day))
