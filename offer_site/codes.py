"""Codes that people read aloud, type and mistype, and codes that nobody can guess."""

import re
import secrets

# Crockford's letters without Z, which is read as 2: a prime number of characters, so that every single mistake shows.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXY"
PREFIX = "SM"
SECRET_LENGTH = 26
_LOOKALIKES = str.maketrans("АВЕКМНОРСТУХІ" + "IOLUZ", "ABEKMH0PCTYX1" + "101V2")

_IN_A_RUN = re.compile(f"(?=({PREFIX}[{ALPHABET}]{{6}}))")  # codes may overlap with words that look like them


def new_order_code() -> str:
    """Make an order code such as SM4K7Q2X: prefix, five random characters and a check character.

    At most 16 characters of `[A-Z0-9]`, as the Kaspi protocol allows for an account (facts, 1a).
    """
    body = "".join(secrets.choice(ALPHABET) for _ in range(5))
    return PREFIX + body + _check_character(body)


def new_request_code() -> str:
    """Make the code of a request that comes before an order, such as HF4K7Q2X; it is never mistaken for an order's."""
    body = "".join(secrets.choice(ALPHABET) for _ in range(5))
    return f"HF{body}{_check_character(body)}"


def normalize_order_code(text: str) -> str | None:
    """Read an order code as a person typed or dictated it; None if its check character does not agree."""
    cleaned = "".join(char for char in text.upper().translate(_LOOKALIKES) if char.isalnum())
    if cleaned.startswith(PREFIX) and len(cleaned) == len(PREFIX) + 6:
        body, check = cleaned[len(PREFIX) : -1], cleaned[-1]
        if all(char in ALPHABET for char in body) and _check_character(body) == check:
            return cleaned
    return None


def order_codes_in(text: str) -> list[str]:
    """Find every order code in a free text, however it is spaced and joined to other words; each once, as they stand.

    A word that only looks like a code may be among them: whether there is such an order, the caller asks.
    """
    run = "".join(char for char in text.upper().translate(_LOOKALIKES) if char.isalnum())
    found = (normalize_order_code(match[1]) for match in _IN_A_RUN.finditer(run))
    return list(dict.fromkeys(code for code in found if code))


def new_secret_code() -> str:
    """Make a public check code of 128.8 bits in 26 lower-case letters and digits (C1 asks for at least 128)."""
    return "".join(secrets.choice(ALPHABET.lower()) for _ in range(SECRET_LENGTH))


def normalize_secret_code(text: str) -> str | None:
    """Read a check code as a person typed it: spaces, case, look-alike letters, or the whole address it stands in."""
    last = text.strip().rstrip("/").rpartition("/")[2]
    cleaned = "".join(char for char in last.upper().translate(_LOOKALIKES) if char.isalnum()).lower()
    is_whole = len(cleaned) == SECRET_LENGTH and all(char in ALPHABET.lower() for char in cleaned)
    return cleaned if is_whole else None


def _check_character(body: str) -> str:
    """Weigh each character by its place, so that a changed or swapped character is noticed."""
    total = sum((place + 2) * ALPHABET.index(char) for place, char in enumerate(body))
    return ALPHABET[total % 31]
