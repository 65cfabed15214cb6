"""The day of a letter as a file for calendars: what its reader does, and until when."""

from datetime import date, datetime
from typing import Any

from offer_site.calendar_files import CalendarEvent, calendar_file
from offer_site.days import short_day
from offer_site.languages import speaking

from .attachments import Attachment
from .models import Notice


def day_of_letter(notice: Notice, *, brand: str, at: datetime) -> list[Attachment]:
    """The day until which its reader does what the button says; nothing for most letters."""
    letter = notice.letter
    facts: dict[str, Any] = notice.facts
    last = facts.get(letter.calendar) if letter.calendar else None
    if not last or letter.action is None:
        return []
    day = date.fromisoformat(last)
    with speaking(notice.language):
        what = str(letter.action[0])
    title = f"{what}: {brand} {notice.order_code}".strip()
    # The same thing with another day moves in the calendar, where a program can.
    uid = f"{notice.kind}-{notice.about_kind}-{notice.about_key}@{notice.sender.partition('@')[2]}"
    event = CalendarEvent(uid, title, day=day, url=facts.get(letter.action[1], ""))
    name = f"{'-'.join(what.split())}-{short_day(day)}.ics"
    return [Attachment(name, CONTENT, calendar_file([event], at=at))]


CONTENT = "text/calendar"
