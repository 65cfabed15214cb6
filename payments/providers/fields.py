"""Reading messages in the form of a query: `name=value` joined with `&`, percent-encoded UTF-8."""

from urllib.parse import parse_qsl

from .base import UnreadableError


def fields_of(body: bytes) -> dict[str, str]:
    """Split the body into its fields; raise UnreadableError for bytes that are no text."""
    try:
        fields = dict(
            parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=200, errors="strict")
        )
    except ValueError as error:
        raise UnreadableError(str(error)) from error
    if any("\0" in value for value in fields.values()):
        raise UnreadableError("a character that no text has")
    return fields


def required(fields: dict[str, str], name: str) -> str:
    """A field that must be there; raises ValueError when it is missing or too long."""
    value = fields.get(name, "").strip()
    if not value or len(value) > 80:
        raise ValueError(f"{name} is missing or too long")
    return value


def as_kept(body: bytes) -> str:
    """The body as text that the database accepts, whatever its bytes are."""
    return body.decode(errors="backslashreplace").replace("\0", "\\x00")
