"""Reading messages in the form of a query: `name=value` joined with `&`, percent-encoded UTF-8."""

from datetime import UTC, datetime
from urllib.parse import parse_qsl

from .base import UnreadableError

MOST_FIELDS = 200
# No payment of this shop was made before it; a time after the second one overflows in some zones.
EARLIEST = datetime(2020, 1, 1, tzinfo=UTC)
LATEST = datetime(2100, 1, 1, tzinfo=UTC)


def fields_of(body: bytes) -> dict[str, str]:
    """Split the body into its fields.

    Raises UnreadableError for bytes that are no text, and for a field that stands twice: nobody can
    say which of its values was meant.
    """
    try:
        pairs = parse_qsl(
            body.decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="strict"
        )
    except ValueError as error:
        raise UnreadableError(str(error)) from error
    fields = dict(pairs)
    if len(fields) != len(pairs):
        names = [name for name, _value in pairs]
        twice = sorted({name[:40] for name in names if names.count(name) > 1})
        raise UnreadableError(f"told twice: {', '.join(twice)[:200]}")
    if any("\0" in text for pair in pairs for text in pair):
        raise UnreadableError("a character that no text has")
    return fields


def values_of(body: bytes, name: str) -> list[str]:
    """All different values of a field, even in a message that cannot be read."""
    try:
        pairs = parse_qsl(
            body.decode(errors="replace"), keep_blank_values=True, max_num_fields=MOST_FIELDS
        )
    except ValueError:
        return []
    found = [value.replace("\0", "").strip() for each, value in pairs if each == name]
    return list(dict.fromkeys(found))


def value_of(body: bytes, name: str) -> str:
    """The value of a field, even in a message that cannot be read; empty where it has several."""
    values = values_of(body, name)
    return values[0] if len(values) == 1 else ""


def required(told: dict[str, str], name: str) -> str:
    """A field that must be there; raises ValueError when it is missing or too long."""
    value = told.get(name, "").strip()
    if not value or len(value) > 80:
        raise ValueError(f"{name} is missing or too long")
    return value


def currency_of(text: str) -> str:
    """A currency's three letters; ValueError for what is longer: cut off, it could become KZT."""
    currency = text.strip()
    if len(currency) > 3:
        raise ValueError(f"not a currency: {currency[:40]!r}")
    return currency


def is_plausible(moment: datetime) -> bool:
    """True for a time that a provider can mean; a message of another one is unreadable."""
    return EARLIEST <= moment < LATEST


def as_kept(body: bytes) -> str:
    """The body as text that the database accepts, whatever its bytes are."""
    return body.decode(errors="backslashreplace").replace("\0", "\\x00")
