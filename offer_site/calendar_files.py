"""Files for calendars (RFC 5545): lessons with their hours, and days without one.

A program that opens such a file again finds the same `uid` and moves what it has.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

CONTENT_TYPE = "text/calendar; charset=utf-8"
LONGEST_LINE = 75  # octets, without the line break


@dataclass(frozen=True)
class CalendarEvent:
    """A whole day, or a moment with its end; an event without `ends_at` ends as it begins."""

    uid: str
    title: str
    day: date | None = None
    begins_at: datetime | None = None
    ends_at: datetime | None = None
    url: str = ""

    def lines(self, *, at: datetime) -> Iterator[str]:
        yield "BEGIN:VEVENT"
        yield f"UID:{self.uid}"
        yield f"DTSTAMP:{_moment(at)}"
        if self.begins_at:
            yield f"DTSTART:{_moment(self.begins_at)}"
            if self.ends_at:
                yield f"DTEND:{_moment(self.ends_at)}"
        elif self.day:
            yield f"DTSTART;VALUE=DATE:{self.day:%Y%m%d}"
            yield f"DTEND;VALUE=DATE:{self.day + timedelta(days=1):%Y%m%d}"
            yield "TRANSP:TRANSPARENT"
        yield f"SUMMARY:{_escaped(self.title)}"
        if self.url:
            yield f"URL:{self.url}"
            yield f"DESCRIPTION:{_escaped(self.url)}"
        yield "END:VEVENT"


def calendar_file(events: Iterable[CalendarEvent], *, at: datetime) -> bytes:
    """The file, with line breaks and folds as the standard wants them."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//offer-site//KK", "METHOD:PUBLISH"]
    for event in events:
        lines += event.lines(at=at)
    lines.append("END:VCALENDAR")
    return b"".join(b"\r\n ".join(_folded(line)) + b"\r\n" for line in lines)


def _moment(at: datetime) -> str:
    """A moment in UTC: no program then needs to know the zone of Almaty."""
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _escaped(text: str) -> str:
    plain = " ".join(text.split())
    return plain.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")


def _folded(line: str) -> list[bytes]:
    """A line in pieces of 75 octets; no letter is cut in two."""
    pieces = [b""]
    for sign in line:
        octets = sign.encode()
        longest = LONGEST_LINE - (len(pieces) > 1)  # a space begins every piece but the first
        if len(pieces[-1]) + len(octets) > longest:
            pieces.append(b"")
        pieces[-1] += octets
    return pieces
