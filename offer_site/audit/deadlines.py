"""Deadlines, counted again from their events and calendars; claims and answers (D1, D2)."""

import hashlib
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import lru_cache

import holidays

from .reading import Note, content, day, end_of, moment, plain, rows

ONE_DAY = timedelta(days=1)
Exceptions = tuple[frozenset[date], frozenset[date]]  # working days, and days off


def deadlines_recompute(at: datetime) -> Iterator[str]:
    """D1: a deadline agrees with its event and its calendar."""
    calendars = _calendars()
    sql = """
        SELECT o.code, d.id, d.clause, d.event_on, d.days, d.in_working_days, d.due_on,
               d.due_before, d.calendar_version
        FROM enrollment_deadline d
        JOIN enrollment_order o ON o.id = d.order_id
    """
    for code, number, clause, event, days, in_working_days, due, before, version in rows(sql):
        name = f"{code}: deadline {number} of {clause}"
        library, _plus, marks = version.partition("+")
        exceptions = calendars.get(marks)
        if exceptions is None:
            yield f"{name} was counted on a calendar that never was, {version}"
            continue
        counted = _last_day(day(event), days, exceptions, in_working_days=bool(in_working_days))
        if counted != day(due):
            sentence = f"{name} is due on {day(due)}, and counts to {counted}"
            of_now = library == f"holidays-{holidays.__version__}"
            yield (
                sentence
                if of_now
                else Note(f"{sentence} with {holidays.__version__} instead of {library}")
            )
        if moment(before) != end_of(day(due)):
            yield f"{name} does not end with its day"


def deadlines_are_those_of_the_journal(at: datetime) -> Iterator[str]:
    """D1: each agrees with the journal on how it was opened and when it ended."""
    opened = """
        SELECT o.code, d.id, d.clause, d.event_on, d.days, d.due_on, d.calendar_version,
               d.opened_at, j.facts
        FROM enrollment_deadline d
        JOIN enrollment_order o ON o.id = d.order_id
        LEFT JOIN journal_entry j ON j.chain = o.code
            AND j.verb = 'deadline.opened'
            AND j.clause = d.clause
            AND j.at = d.opened_at
        ORDER BY d.id
    """
    agrees: dict[int, tuple[str, bool]] = {}
    for code, number, clause, event, days, due, version, _opened_at, facts in rows(opened):
        expected = {
            "event_on": day(event).isoformat(),
            "days": days,
            "due_on": day(due).isoformat(),
            "calendar": version,
        }
        is_so = facts is not None and content(facts).items() >= expected.items()
        before = agrees.pop(number, ("", False))[1]
        yield from (
            f"{name} is not what its journal says" for name, was in agrees.values() if not was
        )
        agrees = {number: (f"{code}: deadline {number} of {clause}", is_so or before)}
    yield from (f"{name} is not what its journal says" for name, was in agrees.values() if not was)
    ended = """
        SELECT o.code, d.id, d.clause
        FROM enrollment_deadline d
        JOIN enrollment_order o ON o.id = d.order_id
        LEFT JOIN journal_entry j ON j.chain = o.code
            AND j.clause = d.clause
            AND j.at = d.met_at
            AND j.verb IN ('deadline.met', 'deadline.lifted', 'deadline.stopped')
        WHERE d.met_at IS NOT NULL
            AND j.id IS NULL
    """
    for code, number, clause in rows(ended):
        yield f"{code}: deadline {number} of {clause} ended at a time that no journal row tells"


def _calendars() -> dict[str, Exceptions]:
    """Every calendar there ever was: the exceptions in force at each change, by version mark."""
    known = [
        (day(on), bool(is_working), moment(since), moment(until) if until is not None else None)
        for on, is_working, since, until in rows(
            "SELECT day, is_working, recorded_at, removed_at FROM calendar_dayexception"
        )
    ]
    changes = {when for _day, _is_working, since, until in known for when in (since, until) if when}
    found: dict[str, Exceptions] = {_mark(()): (frozenset(), frozenset())}
    for change in changes:
        standing = {
            (on, is_working)
            for on, is_working, since, until in known
            if since <= change and (until is None or until > change)
        }
        found[_mark(standing)] = (
            frozenset(on for on, is_working in standing if is_working),
            frozenset(on for on, is_working in standing if not is_working),
        )
    return found


def _mark(standing: set[tuple[date, bool]] | tuple[()]) -> str:
    marks = sorted(f"{on}{'+' if is_working else '-'}" for on, is_working in standing)
    return f"{len(marks)}@{hashlib.sha256(' '.join(marks).encode()).hexdigest()[:8]}"


def _last_day(event: date, days: int, exceptions: Exceptions, *, in_working_days: bool) -> date:
    """Counted from the day after the event; a deadline of calendar days ends on a working day."""
    last = event
    if in_working_days:
        while days:
            last += ONE_DAY
            days -= _is_worked(last, exceptions)
        return last
    last += timedelta(days=days)
    while not _is_worked(last, exceptions):
        last += ONE_DAY
    return last


def _is_worked(on: date, exceptions: Exceptions) -> bool:
    worked, off = exceptions
    return on in worked or (on not in off and _is_worked_by_law(on))


@lru_cache(maxsize=4096)
def _is_worked_by_law(on: date) -> bool:
    return bool(_kazakhstan(on.year).is_working_day(on))


@lru_cache(maxsize=64)
def _kazakhstan(year: int) -> holidays.HolidayBase:
    """A year with its neighbors: a transfer is listed under the year of the day off."""
    return holidays.country_holidays("KZ", years=(year - 1, year, year + 1))


def claims_have_their_day_and_answer(at: datetime) -> Iterator[str]:
    """D2: a demand for money has a deadline for the answer, open or met by a reasoned answer."""
    sql = """
        SELECT c.id, c.order_id, c.asked_by, c.cancelled_at, c.cancel_reason, d.id, d.met_at,
               d.event_on, c.asked_on, r.approved_at, r.reasons_kk, r.reasons_ru
        FROM payments_refundcase c
        LEFT JOIN enrollment_deadline d ON d.id = c.deadline_id
        LEFT JOIN payments_refunddecision r ON r.case_id = c.id
            AND r.approved_at IS NOT NULL
        WHERE c.claim_id IS NULL
    """
    for (
        case,
        order,
        asked_by,
        cancelled,
        why,
        deadline,
        met,
        event,
        asked_on,
        approved,
        kk,
        ru,
    ) in rows(sql):
        name = f"refund case R-{case}"
        if order is not None and asked_by != "academy" and deadline is None:
            yield f"{name} has no day by which it is answered"
        if deadline is not None and day(event) != day(asked_on):
            yield f"{name} was asked on {day(asked_on)}, and its deadline runs from {day(event)}"
        if approved is not None and not ((plain(kk) or "").strip() and (plain(ru) or "").strip()):
            yield f"{name} was decided without reasons"
        if cancelled is not None and not why:
            yield f"{name} was cancelled for no reason"
        ended = approved if approved is not None else cancelled
        if deadline is not None and (met is None) != (ended is None):
            yield (
                f"{name}: its deadline "
                f"{'has ended without an answer' if ended is None else 'runs on after its answer'}"
            )
