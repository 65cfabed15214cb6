"""Checks of names, phones, IIN and BIN (3.1, 5.2; facts of Kazakhstan, 4.1 and 4.3)."""

import re
import unicodedata
from datetime import date

import phonenumbers

from offer_site.signs import as_seen, composed

NAME_LIMIT = 120
AGE_OF_CONSENT = 14  # from here a minor orders, with a guardian's consent (1.1)
ADULT_AGE = 18
# Phones and keyboards have many shapes of one sign: names that look alike must be alike.
_LETTER = r"[^\W\d_]"
_APOSTROPHE = re.compile(rf"(?<={_LETTER})['‘ʻʼʹ`´′](?={_LETTER})")
_HYPHEN = re.compile(rf"[\u2010\u2011\u2012]|(?<={_LETTER})[–—−](?={_LETTER})")
UNPRINTABLE = ("Cc", "Cn", "Co")
MARKUP = frozenset("<>{}")
FIRST_WEIGHTS = (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)
SECOND_WEIGHTS = (3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2)
_CENTURIES = {"1": 1800, "2": 1800, "3": 1900, "4": 1900, "5": 2000, "6": 2000}
_NAME = re.compile(r"[^\W\d_]+(?:[ '’ʼ.‐-]+[^\W\d_]+)*\.?")


def clean_text(text: str) -> str:
    """The text with single spaces and composed letters, without invisible characters.

    Every apostrophe between letters is ’, and every hyphen is -.

    Invisible characters could reverse a line on a public page. Raises ValueError for what no paper
    can print: surrogates, control and unassigned characters, more than two combining marks.
    """
    if any(0xD800 <= ord(char) <= 0xDFFF for char in text):
        raise ValueError("a lone surrogate")
    seen = text
    if has_invisible(text):
        seen = "".join(char for char in text if not has_invisible(char))
    plain = " ".join(composed("NFC", seen).split())
    plain = _HYPHEN.sub("-", _APOSTROPHE.sub("’", plain))
    marks = 0
    for char in plain:
        if unicodedata.category(char) in UNPRINTABLE:
            raise ValueError("a control character")
        marks = marks + 1 if unicodedata.combining(char) else 0
        if marks > 2:
            raise ValueError("too many combining marks")
    return plain


def has_invisible(text: str) -> bool:
    """True for a text with joiners, or with marks that reverse the direction of a line."""
    return not text.isprintable() and any(unicodedata.category(char) == "Cf" for char in text)


def has_markup(text: str) -> bool:
    """True for a text with < > { }: no name and no address has them."""
    return any(char in MARKUP for char in text)


def is_name(text: str) -> bool:
    """True when a text can be a person's name: letters, spaces, hyphens, apostrophes."""
    plain = "".join(char for char in composed("NFC", text) if not unicodedata.combining(char))
    return len(text) <= NAME_LIMIT and bool(_NAME.fullmatch(plain))


def parse_phone(text: str) -> str | None:
    """A phone, written in any way, as + and digits; None when it is not one.

    The country is chosen by + and its code; without them it is Kazakhstan.
    """
    plain = _with_country(text)
    try:
        number = phonenumbers.parse(plain, "KZ")
    except phonenumbers.NumberParseException:
        return None
    is_valid = (
        phonenumbers.is_valid_number(number)
        if plain.startswith("+")
        else phonenumbers.is_valid_number_for_region(number, "KZ")
    )
    if not is_valid:
        return None
    number.extension = None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def country_code_of(text: str) -> int | None:
    """The country's code of a phone that begins with +; None without one that exists."""
    plain = _with_country(text)
    if not plain.startswith("+"):
        return None
    digits = re.sub(r"\D", "", plain)
    codes = (int(digits[:length]) for length in (1, 2, 3) if len(digits) >= length)
    return next((code for code in codes if code in phonenumbers.COUNTRY_CODE_TO_REGION_CODE), None)


def missing_phone_digits(text: str) -> int:
    """How many digits a phone lacks; negative when it has too many.

    Numbers of most countries have several lengths: an example of a mobile one is the measure.
    """
    code = country_code_of(text)
    digits = re.sub(r"\D", "", as_seen(text))
    if code and code != 7:
        region = phonenumbers.region_code_for_country_code(code)
        example = phonenumbers.example_number_for_type(region, phonenumbers.PhoneNumberType.MOBILE)
        if example is None:
            return 0
        national = re.sub(r"\D", "", _with_country(text))[len(str(code)) :]
        return len(phonenumbers.national_significant_number(example)) - len(national)
    if digits[:1] in ("7", "8") and (
        len(digits) > 10 or as_seen(text).strip().startswith(("+7", "8"))
    ):
        digits = digits[1:]
    return 10 - len(digits)


def readable_phone(number: str) -> str:
    """+77010001234 as people read it: +7 701 000 12 34."""
    ours = re.fullmatch(r"(\+7)(\d{3})(\d{3})(\d\d)(\d\d)", number)
    if ours:
        return " ".join(ours.groups())
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return number
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def _with_country(text: str) -> str:
    """The phone from its + on; 00 before a country's code is the same as +."""
    plain = as_seen(text).strip()
    if "+" in plain:
        return plain[plain.index("+") :]
    return f"+{plain[2:]}" if plain.startswith("00") else plain


def digits_as_typed(text: str) -> str:
    """An IIN or BIN without the spaces, dashes and unseen signs between its digits."""
    return re.sub(r"[\s\u2010-\u2015\u2212-]", "", as_seen(text))


def has_check_digit(number: str) -> bool:
    """True when twelve digits end with the check digit of an IIN or BIN.

    A number whose check gives ten twice is never issued.
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
    """True when the fifth digit is that of a BIN: resident, non-resident or joint enterprise."""
    return number[4:5] in ("4", "5", "6")


def is_of_a_person(number: str) -> bool:
    """True when the fifth digit is that of an IIN: the first digit of a day."""
    return number[4:5] in ("0", "1", "2", "3")


def as_bin_or_iin(number: str) -> tuple[str, str]:
    """The number of a buyer in business as BIN and IIN, one of them empty.

    A sole trader has no BIN: the number is the owner's IIN, which is a protected value.
    """
    return ("", number) if is_of_a_person(number) else (number, "")


def birth_date_of(iin: str) -> date | None:
    """The birth date in an IIN; None when the IIN has none."""
    century = _CENTURIES.get(iin[6:7])
    try:
        return date(century + int(iin[:2]), int(iin[2:4]), int(iin[4:6])) if century else None
    except ValueError:
        return None


def age_on(birth_date: date, day: date) -> int:
    """The age in full years."""
    return day.year - birth_date.year - ((day.month, day.day) < (birth_date.month, birth_date.day))
