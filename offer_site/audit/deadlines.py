"""Deadlines, counted again from their events and calendars; claims and answers (D1, D2)."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache

import holidays

from .reading import Note, content, day, end_of, has_column, moment, plain, rows

ONE_DAY = timedelta(days=1)
TIME_TO_PROPOSE = timedelta(hours=2)  # the clock needs minutes
TIME_TO_TELL = timedelta(days=1)  # letters go out by day
REOPENED = "deadline.reopened"
CERTIFICATES = "9.1"  # the clock of certificates tells of them daily
REST = "4.3.1"  # access is suspended, which tells
SILENCE_IS_AN_ANSWER = ("12.2", "12.4")  # when the day is over, nothing is owed
Exceptions = tuple[frozenset[date], frozenset[date]]  # working days, and days off


@dataclass(frozen=True)
class Move:
    """A recorded move of a deadline: from which day to which, by days (8.6) or by a review."""

    from_on: date
    to_on: date
    from_calendar: str
    to_calendar: str
    days: int


def deadlines_recompute(at: datetime) -> Iterator[str]:
    """D1: a deadline agrees with its event, its calendar and its moves."""
    calendars = every_calendar()
    moves = _moves()
    sql = """
        SELECT o.code, d.id, d.clause, d.event_on, d.days, d.in_working_days, d.due_on,
               d.due_before, d.calendar_version
        FROM enrollment_deadline d
        JOIN enrollment_order o ON o.id = d.order_id
    """
    for code, number, clause, event, days, in_working_days, due, before, version in rows(sql):
        name = f"{code}: deadline {number} of {clause}"
        its = moves.get(number, [])
        known = {version, *(move.from_calendar for move in its)}
        if unknown := sorted(each for each in known if marks(each) not in calendars):
            yield f"{name} was counted on a calendar that never was, {unknown[0]}"
            continue
        term = (day(event), days, bool(in_working_days))
        stands, on_calendar = (its[0].from_on, its[0].from_calendar) if its else (day(due), version)
        yield from _otherwise(
            name, stands, _last_day_of(term, calendars[marks(on_calendar)]), on_calendar
        )
        for place, move in enumerate(its):
            if (move.from_on, move.from_calendar) != (stands, on_calendar):
                yield f"{name} moved from a day that it did not have"
            calendar = calendars[marks(move.to_calendar)]
            put_off = [each.days for each in its[:place] if each.days]
            counted = (
                _put_off(move.from_on, [move.days], calendar)
                if move.days
                else _put_off(_last_day_of(term, calendar), put_off, calendar)
            )
            yield from _otherwise(name, move.to_on, counted, move.to_calendar)
            stands, on_calendar = move.to_on, move.to_calendar
        if (stands, on_calendar) != (day(due), version):
            yield f"{name} is due on {day(due)}, and its moves lead to {stands}"
        if moment(before) != end_of(day(due)):
            yield f"{name} does not end with its day"


def _otherwise(name: str, stands: date, counted: date, version: str) -> Iterator[str]:
    """A day that counts otherwise; with another library of holidays it is only noted."""
    if counted != stands:
        sentence = f"{name} is due on {stands}, and counts to {counted}"
        library = version.partition("+")[0]
        of_now = library == f"holidays-{holidays.__version__}"
        yield (
            sentence
            if of_now
            else Note(f"{sentence} with {holidays.__version__} instead of {library}")
        )


def deadlines_are_those_of_the_journal(at: datetime) -> Iterator[str]:
    """D1: each agrees with the journal on how it was opened and how it ended."""
    moves = _moves()
    opened = """
        SELECT o.code, d.id, d.clause, d.occasion, d.event_on, d.days, d.due_on,
               d.calendar_version, d.opened_at, j.facts
        FROM enrollment_deadline d
        JOIN enrollment_order o ON o.id = d.order_id
        LEFT JOIN journal_entry j ON j.chain = o.code
            AND j.verb = 'deadline.opened'
            AND j.clause = d.clause
            AND j.at = d.opened_at
        ORDER BY d.id
    """
    agrees: dict[int, tuple[str, bool]] = {}
    for code, number, clause, occasion, event, days, due, version, _at, facts in rows(opened):
        its = moves.get(number, [])
        begun, calendar = (its[0].from_on, its[0].from_calendar) if its else (day(due), version)
        told = content(facts) if facts is not None else {}
        expected = {
            "event_on": day(event).isoformat(),
            "days": days,
            "due_on": begun.isoformat(),
            "calendar": calendar,
        }
        if "occasion" in told:  # releases before 0.5 did not tell it
            expected["occasion"] = occasion
        is_so = told.items() >= expected.items()
        before = agrees.pop(number, ("", False))[1]
        yield from (
            f"{name} is not what its journal says" for name, was in agrees.values() if not was
        )
        agrees = {number: (f"{code}: deadline {number} of {clause}", is_so or before)}
    yield from (f"{name} is not what its journal says" for name, was in agrees.values() if not was)
    lifted = "d.was_lifted" if has_column("enrollment_deadline", "was_lifted") else "1 = 0"
    ended = f"""
        SELECT o.code, d.id, d.clause
        FROM enrollment_deadline d
        JOIN enrollment_order o ON o.id = d.order_id
        LEFT JOIN journal_entry j ON j.chain = o.code
            AND j.clause = d.clause
            AND j.at = d.met_at
            AND j.verb = CASE WHEN d.stopped_for <> '' THEN 'deadline.stopped'
                              WHEN {lifted} THEN 'deadline.lifted'
                              ELSE 'deadline.met' END
        WHERE d.met_at IS NOT NULL
            AND j.id IS NULL
    """  # noqa: S608 - a column of ours
    for code, number, clause in rows(ended):
        yield f"{code}: deadline {number} of {clause} ended otherwise than any journal row tells"


def moves_have_their_reasons(at: datetime) -> Iterator[str]:
    """D1: no deadline moves silently: each move has its journal row, and one that a changed
    calendar made has a person's decision that names its day.
    """
    if not has_column("enrollment_deadlinemove", "id"):
        return
    sql = """
        SELECT o.code, d.id, d.clause, d.occasion, m.from_on, m.to_on, m.because, m.at, m."by",
               m.review_id, r.outcome, r.decided_at, r.decided_by, p.id, j.facts, j."by"
        FROM enrollment_deadlinemove m
        JOIN enrollment_deadline d ON d.id = m.deadline_id
        JOIN enrollment_order o ON o.id = d.order_id
        LEFT JOIN enrollment_calendarreview r ON r.id = m.review_id
        LEFT JOIN enrollment_proposedday p ON p.review_id = m.review_id
            AND p.deadline_id = m.deadline_id
            AND p.from_on = m.from_on
            AND p.to_on = m.to_on
        LEFT JOIN journal_entry j ON j.chain = o.code
            AND j.verb = 'deadline.moved'
            AND j.clause = d.clause
            AND j.at = m.at
        ORDER BY m.id
    """
    journalled: dict[str, bool] = {}
    for (
        code,
        number,
        clause,
        occasion,
        from_on,
        to_on,
        because,
        moved_at,
        by,
        review,
        outcome,
        decided_at,
        decided_by,
        proposed,
        facts,
        actor,
    ) in rows(sql):
        name = f"{code}: the move of deadline {number} of {clause} to {day(to_on)}"
        expected = {
            "occasion": occasion,
            "from_on": day(from_on).isoformat(),
            "to_on": day(to_on).isoformat(),
            "because": because,
        }
        is_told = facts is not None and content(facts).items() >= expected.items() and actor == by
        if name not in journalled and review is not None:
            if outcome != "confirmed" or moment(decided_at) != moment(moved_at):
                yield f"{name} was confirmed by nobody"
            elif decided_by != by:
                yield f"{name} is of another person than the decision"
            if proposed is None:
                yield f"{name} was not proposed"
        journalled[name] = journalled.get(name, False) or is_told
    yield from (f"{name} is not in the journal so" for name, told in journalled.items() if not told)
    sql = """
        SELECT j.chain, j.number
        FROM journal_entry j
        LEFT JOIN enrollment_order o ON o.code = j.chain
        LEFT JOIN enrollment_deadline d ON d.order_id = o.id
            AND d.clause = j.clause
        LEFT JOIN enrollment_deadlinemove m ON m.deadline_id = d.id
            AND m.at = j.at
        WHERE j.verb = 'deadline.moved'
        GROUP BY j.chain, j.number
        HAVING COUNT(m.id) = 0
    """
    for code, row in rows(sql):
        yield f"{code}: row {row} of its journal tells of a move that no deadline made"
    sql = """
        SELECT r.id, r.outcome, r.decided_by, r.reason, j.id, j."by", j.facts
        FROM enrollment_calendarreview r
        LEFT JOIN journal_entry j ON j.about_kind = 'calendar_review'
            AND j.about_key = CAST(r.id AS VARCHAR(20))
            AND j.at = r.decided_at
            AND j.verb = 'calendar_review.' || r.outcome
        WHERE r.outcome <> 'open'
    """
    for review, outcome, by, reason, row, actor, facts in rows(sql):
        is_so = row is not None and actor == by and content(facts).get("reason", "") == reason
        if not is_so:
            yield f"the decision on review {review} of deadlines is not in the journal so"
        if outcome != "superseded" and not by.startswith("staff:"):
            yield f"review {review} of deadlines was {outcome} by no member of staff"


def a_changed_calendar_was_proposed(at: datetime) -> Iterator[str]:
    """D1: a running deadline that the calendar of now counts otherwise was shown to a person.

    The clock proposes within minutes; a student's term is never made shorter.
    """
    if not has_column("enrollment_proposedday", "id"):
        return
    changed = [
        moment(when)
        for pair in rows("SELECT recorded_at, removed_at FROM calendar_dayexception")
        for when in pair
        if when is not None
    ]
    if not changed or max(changed) + TIME_TO_PROPOSE > at:
        return
    calendar = _calendar_of_now()
    moves = _moves()
    sql = """
        SELECT d.id, p.from_on, p.to_on
        FROM enrollment_proposedday p
        JOIN enrollment_deadline d ON d.id = p.deadline_id
        JOIN enrollment_calendarreview r ON r.id = p.review_id
        WHERE d.met_at IS NULL
            AND r.outcome IN ('open', 'rejected')
    """
    shown = {(number, day(from_on), day(to_on)) for number, from_on, to_on in rows(sql)}
    reopened = {
        code
        for code, when in rows("SELECT chain, at FROM journal_entry WHERE verb = %s", REOPENED)
        if moment(when) + TIME_TO_PROPOSE > at
    }
    sql = """
        SELECT o.code, d.id, d.clause, d.owed_by, d.event_on, d.days, d.in_working_days, d.due_on
        FROM enrollment_deadline d
        JOIN enrollment_order o ON o.id = d.order_id
        WHERE d.met_at IS NULL
    """
    for code, number, clause, owed_by, event, days, in_working_days, due in rows(sql):
        put_off = [move.days for move in moves.get(number, []) if move.days]
        term = (day(event), days, bool(in_working_days))
        counted = _put_off(_last_day_of(term, calendar), put_off, calendar)
        keeps = counted == day(due) or (owed_by == "user" and counted < day(due))
        if not keeps and (number, day(due), counted) not in shown and code not in reopened:
            yield (
                f"{code}: the calendar counts deadline {number} of {clause} to {counted}, "
                f"and nobody was asked"
            )


def late_terms_were_told(at: datetime) -> Iterator[str]:
    """D2: whoever owes what is late was told, and the letter is there."""
    if not has_column("enrollment_deadline", "alarmed_at"):
        return
    sql = """
        SELECT o.code, d.id, d.clause, d.owed_by, d.due_on, d.due_before, d.met_at, d.alarmed_at
        FROM enrollment_deadline d
        JOIN enrollment_order o ON o.id = d.order_id
        WHERE d.met_at IS NULL
            OR d.alarmed_at IS NOT NULL
    """
    to_students = {
        (key, occasion)
        for key, occasion in rows(
            "SELECT about_key, occasion FROM notices_notice WHERE kind = 'term-over'"
        )
    }
    to_staff = {
        moment(when)
        for (when,) in rows("SELECT queued_at FROM notices_notice WHERE kind = 'terms-over'")
    }
    of_certificates = [
        moment(when)
        for (when,) in rows("SELECT queued_at FROM notices_notice WHERE kind = 'deadline-alarm'")
    ]
    for code, number, clause, owed_by, due, before, met, alarmed in rows(sql):
        name = f"{code}: deadline {number} of {clause}"
        ends = moment(before)
        is_late = met is None and ends + TIME_TO_TELL <= at
        if clause == CERTIFICATES:
            if is_late and not any(ends <= when for when in of_certificates):
                yield f"{name} is late, and nobody was told"
        elif clause != REST and is_late and alarmed is None:
            yield f"{name} is late, and nobody was told"
        elif alarmed is not None and owed_by == "academy":
            if moment(alarmed) not in to_staff:
                yield f"{name} was told of by no letter to staff"
        elif (
            alarmed is not None
            and not clause.startswith(SILENCE_IS_AN_ANSWER)
            and (str(number), day(due).isoformat()) not in to_students
        ):
            yield f"{name} was told of by no letter to the student"


def _moves() -> dict[int, list[Move]]:
    """The moves of each deadline in their order; none in a database of before."""
    if not has_column("enrollment_deadlinemove", "id"):
        return {}
    sql = """
        SELECT deadline_id, from_on, to_on, from_calendar, to_calendar, days
        FROM enrollment_deadlinemove
        ORDER BY deadline_id, number
    """
    found: dict[int, list[Move]] = {}
    for deadline, from_on, to_on, from_calendar, to_calendar, days in rows(sql):
        move = Move(day(from_on), day(to_on), from_calendar, to_calendar, days)
        found.setdefault(deadline, []).append(move)
    return found


def marks(version: str) -> str:
    """What a calendar's version says of its exceptions, without the library's."""
    return version.partition("+")[2]


def _calendar_of_now() -> Exceptions:
    standing = [
        (day(on), bool(is_working))
        for on, is_working in rows(
            "SELECT day, is_working FROM calendar_dayexception WHERE removed_at IS NULL"
        )
    ]
    return (
        frozenset(on for on, is_working in standing if is_working),
        frozenset(on for on, is_working in standing if not is_working),
    )


def every_calendar() -> dict[str, Exceptions]:
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


def _last_day_of(term: tuple[date, int, bool], exceptions: Exceptions) -> date:
    event, days, in_working_days = term
    return _last_day(event, days, exceptions, in_working_days=in_working_days)


def _put_off(last: date, lengths: list[int], exceptions: Exceptions) -> date:
    """A day put off by each length in calendar days, and then to a working day (8.6)."""
    for length in lengths:
        last = on_a_working_day(last + timedelta(days=length), exceptions)
    return last


def on_a_working_day(last: date, exceptions: Exceptions) -> date:
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
        if asked_by == "academy" and deadline is not None:
            yield f"{name} has a term, and nobody asked"
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
