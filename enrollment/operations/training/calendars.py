"""The days of a course as a file for calendars: lessons, the first and the last day, the rest."""

from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from enrollment.models import Enrollment, Order, ProgrammeItem
from enrollment.operations.links import cabinet_link
from enrollment.rules.order_states import OrderState
from enrollment.rules.programme import ItemKind
from offer_site.calendar_files import CalendarEvent, calendar_file
from offer_site.days import ALMATY
from offer_site.languages import speaking
from offer_site.money import tenge_text
from offer_site.notices.attachments import Attachment


def course_attachment(key: str, *, at: datetime) -> list[Attachment]:
    """The days of the contract with this code, for a letter."""
    order = Order.objects.with_people().get(code=key)
    return [Attachment(calendar_name(order), "text/calendar", course_calendar(order, at=at))]


def calendar_name(order: Order) -> str:
    """The name of the file for people, in the order's language."""
    with speaking(order.language):
        return _("%(course)s-lessons.ics") % {"course": order.cohort.course.name}


def course_calendar(order: Order, *, at: datetime) -> bytes:
    """The days as they are now: a lesson or a rest that moved has the same name in the file.

    Without a programme the first and the last day stand for it.
    """
    enrollment = Enrollment.objects.select_related("cohort__course").get(order=order)
    with speaking(order.language):
        return calendar_file(_events(order, enrollment), at=at)


def _events(order: Order, enrollment: Enrollment) -> list[CalendarEvent]:
    cohort = enrollment.cohort
    course = cohort.course.name
    cabinet = cabinet_link(order.language)
    lessons = ProgrammeItem.objects.filter(cohort=cohort, kind=ItemKind.LESSON)
    events = [
        _lesson(each, course, cohort.lesson_minutes, cabinet)
        for each in lessons.order_by("day", "begins_at", "number")
    ]
    if not events:
        begins = _("%(course)s: the course begins") % {"course": course}
        events.append(
            CalendarEvent(_uid(f"begins-{order.code}"), begins, day=cohort.starts_on, url=cabinet)
        )
    ends = _("%(course)s: the last day of the course") % {"course": course}
    last = enrollment.day_of_performance
    events.append(CalendarEvent(_uid(f"ends-{order.code}"), ends, day=last, url=cabinet))
    if order.state == OrderState.PREPAID:
        rest = order.installments.get(number=2)
        words = _("Pay the rest, %(rest)s, until 24:00") % {"rest": tenge_text(rest.amount)}
        events.append(CalendarEvent(_uid(f"rest-{order.code}"), words, day=rest.day, url=cabinet))
    return events


def _lesson(lesson: ProgrammeItem, course: str, minutes: int | None, cabinet: str) -> CalendarEvent:
    """A lesson with its hour; without one it is a whole day."""
    title = f"{course}: {lesson.title}"
    uid = _uid(f"lesson-{lesson.pk}")
    if lesson.begins_at is None:
        return CalendarEvent(uid, title, day=lesson.day, url=cabinet)
    begins_at = datetime.combine(lesson.day, lesson.begins_at, ALMATY)
    ends_at = begins_at + timedelta(minutes=minutes) if minutes else None
    return CalendarEvent(uid, title, begins_at=begins_at, ends_at=ends_at, url=cabinet)


def _uid(name: str) -> str:
    return f"{name}@{urlsplit(settings.SITE_URL).hostname}"
