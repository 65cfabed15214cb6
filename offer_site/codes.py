"""Codes that people read aloud, type and mistype, and secret codes that nobody can guess."""

import re
import secrets
import unicodedata

# Crockford's letters without Z, which is read as 2: a prime number of characters,
# so that every single mistake is noticed.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXY"
PREFIX = "SM"
INVOICE_PREFIX = "SH"  # шот; both letters are read alike in either alphabet
# With another shift, a code under the other prefix has another check character.
_SHIFTS = {PREFIX: 0, INVOICE_PREFIX: 1}
SECRET_LENGTH = 26
_LOOKALIKES = str.maketrans("АВЕКМНОРСТУХІ" + "IOLUZ", "ABEKMH0PCTYX1" + "101V2")

_CHARACTER = f"[{ALPHABET}]"
# Among look-alikes "verify" is read as VER1FY.
_IN_AN_ADDRESS = re.compile(f"/VER1FY/({_CHARACTER}{{{SECRET_LENGTH}}})(?![0-9A-Z])")
_IN_ONE_WORD = re.compile(f"(?<![0-9A-Z])({_CHARACTER}{{{SECRET_LENGTH}}})(?![0-9A-Z])")
# As it is printed (certificates/rules.py: GROUPS), with whatever a copy leaves between the groups.
_IN_GROUPS = re.compile(
    "(?<![0-9A-Z])("
    + "[^0-9A-Z]{1,9}".join(f"{_CHARACTER}{{{length}}}" for length in (4, 4, 5, 4, 4, 5))
    + ")(?![0-9A-Z])"
)

# A lookahead: codes may overlap with words that look like them.
_IN_A_RUN = re.compile(f"(?=((?:{'|'.join(_SHIFTS)})[{ALPHABET}]{{6}}))")


def new_order_code() -> str:
    """An order code such as SM4K7Q2X: prefix, five random characters and a check character.

    At most 16 characters of `[A-Z0-9]`, as the Kaspi protocol allows for an account (facts, 1a).
    """
    body = "".join(secrets.choice(ALPHABET) for _ in range(5))
    return PREFIX + body + _check_character(body)


def new_request_code() -> str:
    """The code of a request before an order, such as HF4K7Q2X; it never reads as an order's."""
    body = "".join(secrets.choice(ALPHABET) for _ in range(5))
    return f"HF{body}{_check_character(body)}"


def new_invoice_code() -> str:
    """The code of a company's invoice, such as SH4K7Q2X; not valid under an order's prefix."""
    body = "".join(secrets.choice(ALPHABET) for _ in range(5))
    return INVOICE_PREFIX + body + _check_character(body, _SHIFTS[INVOICE_PREFIX])


def normalize_order_code(text: str) -> str | None:
    """An order code as a person typed or dictated it; None if its check character is wrong."""
    return _normalize(text, PREFIX)


def normalize_invoice_code(text: str) -> str | None:
    """An invoice code as a person typed it; None if its check character is wrong."""
    return _normalize(text, INVOICE_PREFIX)


def codes_in(text: str) -> list[str]:
    """Every order or invoice code in a free text, however it is spaced and joined to other words.

    Each once, in the order of the text. A word that only looks like a code may be among them: the
    caller looks up whether there is such an order or invoice.
    """
    run = "".join(char for char in text.upper().translate(_LOOKALIKES) if char.isalnum())
    found = (_normalize(match[1], match[1][:2]) for match in _IN_A_RUN.finditer(run))
    return list(dict.fromkeys(code for code in found if code))


def new_secret_code() -> str:
    """A public check code: 128.8 bits in 26 lower-case letters and digits (C1 asks for 128)."""
    return "".join(secrets.choice(ALPHABET.lower()) for _ in range(SECRET_LENGTH))


def normalize_secret_code(text: str) -> str | None:
    """The check code in whatever was typed or pasted; None if there is none.

    It may stand in groups, in any case, with look-alike letters or invisible signs, inside an
    address with what programs add to one (`?lang=ru`, `?fbclid=…`, `#…`, a full stop), or in a
    whole sentence.
    """
    plain = "".join(char for char in text if unicodedata.category(char) != "Cf")
    plain = plain.upper().translate(_LOOKALIKES)
    for shape in (_IN_AN_ADDRESS, _IN_ONE_WORD, _IN_GROUPS):
        if found := shape.search(plain):
            return _joined(found[1]).lower()
    cleaned = _joined(plain)
    is_whole = len(cleaned) == SECRET_LENGTH and all(char in ALPHABET for char in cleaned)
    return cleaned.lower() if is_whole else None


def _joined(text: str) -> str:
    return "".join(char for char in text if char.isalnum())


def _normalize(text: str, prefix: str) -> str | None:
    cleaned = "".join(char for char in text.upper().translate(_LOOKALIKES) if char.isalnum())
    if cleaned.startswith(prefix) and len(cleaned) == len(prefix) + 6:
        body = cleaned[len(prefix) : -1]
        check = cleaned[-1]
        if (
            all(char in ALPHABET for char in body)
            and _check_character(body, _SHIFTS[prefix]) == check
        ):
            return cleaned
    return None


def _check_character(body: str, shift: int = 0) -> str:
    """Each character is weighted by its place, so that a changed or swapped one is noticed."""
    total = shift + sum((place + 2) * ALPHABET.index(char) for place, char in enumerate(body))
    return ALPHABET[total % 31]
