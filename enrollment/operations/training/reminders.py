"""Letters before the course begins and on the day of a lesson, each once (7.2.3).

Days and access are read when the letter is queued, and once more when it leaves: cohorts move,
programmes change, a force majeure stops the course (8.6).
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from enrollment.models import (
    Cohort,
    Enrollment,
    EnrollmentState,
    ForceMajeure,
    ForceMajeureContract,
    Order,
    ProgrammeItem,
)
from enrollment.operations.access.questions import access_now
from enrollment.operations.chat import tell_in_chat
from enrollment.operations.links import cabinet_link, lessons_link, service_name
from enrollment.rules.force_majeure import Hindered
from enrollment.rules.programme import ItemKind
from enrollment.rules.reminders import TELL_BEFORE, beginning_due, is_told_at_all
from offer_site.days import ALMATY, almaty_day, day_on, short_day, start_of_day
from offer_site.languages import reading_order, speaking
from offer_site.notices.kinds import NoticeKind
from offer_site.notices.models import Notice
from offer_site.notices.operations import queue_notice
from offer_site.sweeps import one_by_one


# --- The course begins
def tell_of_beginnings(*, at: datetime) -> list[tuple[str, int]]:
    """Tell every student whose course begins in a week or tomorrow; return codes and days left.

    Each is told in its own transaction. A missed run is made up for by one letter.
    """
    today = almaty_day(at)
    soon = Cohort.objects.filter(
        starts_on__gt=today, starts_on__lte=today + timedelta(days=max(TELL_BEFORE))
    )
    told: list[tuple[str, int]] = []
    for cohort in soon.order_by("pk"):
        days = beginning_due(starts_on=cohort.starts_on, today=today) or min(TELL_BEFORE)
        written = _written(NoticeKind.COURSE_BEGINS, f"{cohort.starts_on} {days}")
        due = _students(cohort).exclude(order__code__in=written.values("about_key"))
        if days != min(TELL_BEFORE):
            due = due.filter(opened_at__lt=start_of_day(cohort.starts_on - timedelta(days=days)))
        done = one_by_one(due, lambda each: tell_of_beginning(enrollment=each, at=at))
        told += [(each.order.code, left) for each, left in done if left]
    return told


@transaction.atomic(savepoint=False)
def tell_of_beginning(*, enrollment: Enrollment, at: datetime) -> int | None:
    """Write to one student; the days that are left, or None where nothing is to be told now."""
    order, enrollment = _locked(enrollment)
    cohort = enrollment.cohort
    days = beginning_due(starts_on=cohort.starts_on, today=almaty_day(at))
    if days is None or not is_told_at_all(
        days=days, starts_on=cohort.starts_on, opened_on=almaty_day(enrollment.opened_at)
    ):
        return None
    occasion = f"{cohort.starts_on} {days}"
    if not _is_taught(enrollment, at=at) or _is_written(NoticeKind.COURSE_BEGINS, order, occasion):
        return None
    left = (cohort.starts_on - almaty_day(at)).days
    first = _lessons(cohort).first()
    queue_notice(
        NoticeKind.COURSE_BEGINS,
        about=("order", order.code),
        to=order.party.email,
        language=order.language,
        order=order.code,
        occasion=occasion,
        attachments=[("course-calendar", order.code)],
        at=at,
        facts={
            "days": left,
            "starts_on": cohort.starts_on.isoformat(),
            "begins": begins_text(first, cohort) if first else short_day(cohort.starts_on),
            "learner": order.learner.full_name,
            "package": service_name(order),
            "cabinet_url": cabinet_link(order.language),
            **({"topic": _topic(first, order.language)} if first else {}),
            **_joining(order, cohort, at=at),
        },
    )
    with speaking(order.language):
        words = _("Your course begins tomorrow: %(begins)s. The cabinet: %(link)s")
        if left != 1:
            words = _("Your course begins on %(day)s: %(begins)s. The cabinet: %(link)s")
        text = words % {
            "day": day_on(cohort.starts_on, order.language),
            "begins": begins_text(first, cohort) if first else short_day(cohort.starts_on),
            "link": cabinet_link(order.language),
        }
        tell_in_chat(order, "course-begins", text=text, occasion=occasion, at=at)
    return left


def still_begins(notice: Notice, *, at: datetime) -> bool:
    """False once the first day or the cohort is another one, or the student is taught no more."""
    enrollment = Enrollment.objects.select_related("cohort", "order").get(
        order__code=notice.order_code
    )
    starts_on = enrollment.cohort.starts_on
    left = (starts_on - almaty_day(at)).days
    facts = notice.facts
    is_same = (starts_on.isoformat(), left) == (facts["starts_on"], facts["days"])
    return is_same and _is_taught(enrollment, at=at)


# --- A lesson of today
def tell_of_lessons(*, at: datetime) -> list[tuple[str, str]]:
    """Tell of the lessons of today where the cohort wants it; return codes of orders and lessons.

    A lesson that has begun is not told of any more.
    """
    today = almaty_day(at)
    lessons = ProgrammeItem.objects.filter(
        kind=ItemKind.LESSON, day=today, cohort__tells_of_lessons=True
    )
    told: list[tuple[str, str]] = []
    for lesson in lessons.select_related("cohort__course").order_by("begins_at", "pk"):
        if not is_ahead(lesson, at=at):
            continue
        codes = _tell_all_of(lesson, at=at)
        told += [(code, lesson.code) for code in codes]
    return told


def _tell_all_of(lesson: ProgrammeItem, *, at: datetime) -> list[str]:
    """Tell all students of its cohort who were not told yet; return the codes of their orders."""
    written = _written(NoticeKind.LESSON_TODAY, _occasion(lesson)).values("about_key")
    due = _students(lesson.cohort).exclude(order__code__in=written)
    done = one_by_one(due, lambda each: tell_of_lesson(enrollment=each, lesson=lesson, at=at))
    return [each.order.code for each, is_told in done if is_told]


@transaction.atomic(savepoint=False)
def tell_of_lesson(*, enrollment: Enrollment, lesson: ProgrammeItem, at: datetime) -> bool:
    """Write to one student of one lesson; False where nothing is to be told now."""
    order, enrollment = _locked(enrollment)
    lesson = ProgrammeItem.objects.select_related("cohort__course").get(pk=lesson.pk)
    if (
        lesson.cohort_id != enrollment.cohort_id
        or not lesson.cohort.tells_of_lessons
        or not is_ahead(lesson, at=at)
        or not _is_taught(enrollment, at=at)
        or _is_written(NoticeKind.LESSON_TODAY, order, _occasion(lesson))
    ):
        return False
    begins = begins_text(lesson, lesson.cohort)
    queue_notice(
        NoticeKind.LESSON_TODAY,
        about=("order", order.code),
        to=order.party.email,
        language=order.language,
        order=order.code,
        occasion=_occasion(lesson),
        attachments=[("course-calendar", order.code)],
        at=at,
        facts={
            "item": lesson.pk,
            "begins": begins,
            "topic": _topic(lesson, order.language),
            "package": service_name(order),
            "cabinet_url": cabinet_link(order.language),
            **_joining(order, lesson.cohort, at=at),
        },
    )
    with speaking(order.language):
        text = _("You have a lesson today: %(begins)s. %(topic)s. The cabinet: %(link)s") % {
            "begins": begins,
            "topic": lesson.title,
            "link": cabinet_link(order.language),
        }
        tell_in_chat(order, "lesson-today", text=text, occasion=_occasion(lesson), at=at)
    return True


def is_still_today(notice: Notice, *, at: datetime) -> bool:
    """False once the lesson has begun or moved, or the student is taught no more."""
    lesson = ProgrammeItem.objects.filter(pk=notice.facts["item"]).first()
    enrollment = Enrollment.objects.select_related("cohort", "order").get(
        order__code=notice.order_code
    )
    return (
        lesson is not None
        and lesson.cohort_id == enrollment.cohort_id
        and is_ahead(lesson, at=at)
        and begins_text(lesson, enrollment.cohort) == notice.facts["begins"]
        and _is_taught(enrollment, at=at)
    )


def is_ahead(lesson: ProgrammeItem, *, at: datetime) -> bool:
    """True on the day of a lesson, until it begins."""
    now = at.astimezone(ALMATY)
    return lesson.day == now.date() and (lesson.begins_at is None or now.time() < lesson.begins_at)


# --- What both say
def begins_text(lesson: ProgrammeItem, cohort: Cohort) -> str:
    """When a lesson begins and how long it is: it reads the same in both languages."""
    parts = [short_day(lesson.day)]
    if lesson.begins_at:
        parts.append(f"{lesson.begins_at:%H:%M}")
        if cohort.lesson_minutes:
            parts.append(f"{cohort.lesson_minutes} минут")
    return ", ".join(parts)


def _topic(lesson: ProgrammeItem, language: str) -> str:
    """The title in both languages, the student's own first."""
    titles = [getattr(lesson, f"title_{each}") for each in reading_order(language)]
    return " · ".join(dict.fromkeys(titles))


def _joining(order: Order, cohort: Cohort, *, at: datetime) -> dict[str, str]:
    """The page that leads to the lessons, or the day from which it does."""
    if not cohort.joining_link:
        return {}
    opens_on = cohort.joining_opens_on
    if opens_on and opens_on > almaty_day(at):
        return {"joins_on": opens_on.isoformat()}
    return {"lessons_url": lessons_link(order)}


def _lessons(cohort: Cohort) -> QuerySet[ProgrammeItem]:
    lessons = ProgrammeItem.objects.filter(
        cohort=cohort, kind=ItemKind.LESSON, day__gte=cohort.starts_on
    )
    return lessons.order_by("day", "begins_at", "number")


def _students(cohort: Cohort) -> QuerySet[Enrollment]:
    return (
        Enrollment.objects.not_completed()
        .filter(cohort=cohort)
        .select_related("order")
        .order_by("pk")
    )


def _locked(enrollment: Enrollment) -> tuple[Order, Enrollment]:
    """The order with its people under its lock, and the enrollment as it is under it."""
    order = Order.objects.people_locked().with_people().get(enrollment=enrollment.pk)
    enrollment = Enrollment.objects.select_related("cohort__course").get(pk=enrollment.pk)
    enrollment.order = order
    return order, enrollment


def _is_taught(enrollment: Enrollment, *, at: datetime) -> bool:
    """True with access, unless a force majeure that lasts hinders the academy (8.6)."""
    if enrollment.state != EnrollmentState.ACTIVE:
        return False
    stopped = ForceMajeureContract.objects.filter(
        order=enrollment.order,
        event__in=ForceMajeure.objects.lasting().exclude(hinders=Hindered.USER),
    )
    return access_now(enrollment.order, at=at).is_open and not stopped.exists()


def _occasion(lesson: ProgrammeItem) -> str:
    """A lesson that moved to another day is told of on that day again."""
    return f"{lesson.pk} {lesson.day}"


def _written(kind: NoticeKind, occasion: str) -> QuerySet[Notice]:
    """The letters of one occasion, whoever they went to."""
    return Notice.objects.filter(kind=kind, about_kind="order", occasion=occasion)


def _is_written(kind: NoticeKind, order: Order, occasion: str) -> bool:
    return _written(kind, occasion).filter(about_key=order.code).exists()
