"""The price level a visitor is offered: by dated windows, or a signed webinar code (4.1)."""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from offer_site.codes import ALPHABET

WEBINAR = "webinar"
STANDARD = "standard"
FULL = "full"
CHEAPEST_FIRST = (WEBINAR, STANDARD, FULL)


class Window(Protocol):
    level: str
    opens_at: datetime
    closes_at: datetime | None


@dataclass(frozen=True)
class OfferedLevel:
    """A level, and the instant when it stops being offered (None: no end is set)."""

    level: str
    ends_at: datetime | None


def is_open(window: Window, at: datetime) -> bool:
    return window.opens_at <= at and (window.closes_at is None or at < window.closes_at)


def offered_level(
    windows: Sequence[Window], at: datetime, webinar_until: datetime | None = None
) -> OfferedLevel | None:
    """The lowest price level open at `at`; None when the cohort is not on sale.

    A webinar code lowers the price of a cohort that is on sale; it does not put a cohort on sale.
    """
    opened = [window for window in windows if is_open(window, at)]
    if not opened:
        return None
    if webinar_until and at < webinar_until:
        return OfferedLevel(WEBINAR, webinar_until)
    best = min(opened, key=lambda window: CHEAPEST_FIRST.index(window.level))
    return OfferedLevel(best.level, best.closes_at)


def following_level(windows: Sequence[Window], offered: OfferedLevel) -> OfferedLevel | None:
    """The level offered when the present one ends; None when nothing follows."""
    return offered_level(windows, offered.ends_at) if offered.ends_at else None


def webinar_code(*, secret: str, cohort_id: int, ends_at: datetime) -> str:
    """The code of a webinar: its end in minutes and a signature of 50 bits, easy to type."""
    body = _digits(int(ends_at.timestamp()) // 60, 6)
    return f"W{body}-{_signature(secret, cohort_id, body)}"


def webinar_code_end(code: str, *, secret: str, cohort_id: int) -> datetime | None:
    """The end of a webinar code; None when it is not a code of this cohort."""
    plain = "".join(char for char in code.upper() if char.isalnum())
    body = plain[1:7]
    signature = plain[7:]
    if (
        len(plain) != 17
        or not plain.startswith("W")
        or not all(char in ALPHABET for char in body + signature)
    ):
        return None
    if not hmac.compare_digest(signature, _signature(secret, cohort_id, body)):
        return None
    minutes = 0
    for char in body:
        minutes = minutes * len(ALPHABET) + ALPHABET.index(char)
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)


def _digits(number: int, length: int) -> str:
    digits = ""
    for _ in range(length):
        number, digit = divmod(number, len(ALPHABET))
        digits = ALPHABET[digit] + digits
    return digits


def _signature(secret: str, cohort_id: int, body: str) -> str:
    sealed = hmac.new(
        secret.encode(), f"webinar:{cohort_id}:{body}".encode(), hashlib.sha256
    ).digest()
    return _digits(int.from_bytes(sealed[:8], "big"), 10)
