"""Days that a force majeure put off and that are no terms: of the rest and of performance (L7)."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta

from .deadlines import every_calendar, marks, on_a_working_day
from .reading import content, day, has_column, moment, rows

VERBS = {"rest": "rest.put_off", "performance": "enrollment.put_off"}
HINDERED = {"rest": "user", "performance": "academy"}


def days_put_off_are_those_of_their_event(at: datetime) -> Iterator[str]:
    """L7: a confirmed event that is over and hinders that side put the day off, by its days."""
    if not has_column("enrollment_dayputoff", "id"):
        return
    calendars = every_calendar()
    sql = """
        SELECT o.code, p.what, p.from_on, p.to_on, p.days, p.calendar_version, p.at, p."by",
               e.id, e.began_on, e.ended_on, e.confirmed_at, e.hinders, e.closed_at,
               c.academy_days, c.user_days
        FROM enrollment_dayputoff p
        JOIN enrollment_forcemajeurecontract c ON c.id = p.contract_id
        JOIN enrollment_forcemajeure e ON e.id = c.event_id
        JOIN enrollment_order o ON o.id = c.order_id
    """
    told = _told()
    for (
        code,
        what,
        from_on,
        to_on,
        days,
        version,
        put_off_at,
        by,
        event,
        began,
        ended,
        confirmed,
        hinders,
        closed,
        of_academy,
        of_user,
    ) in rows(sql):
        name = f"{code}: the day of {what} put off to {day(to_on)}"
        if confirmed is None or ended is None or moment(closed) != moment(put_off_at):
            yield f"{name} is of no force majeure that is over"
        if hinders not in ("both", HINDERED[what]):
            yield f"{name} is of a side that force majeure {event} did not hinder"
        if day(from_on) < day(began):
            yield f"{name} had passed before force majeure {event} began"
        longest = of_user if what == "rest" else of_academy
        if days > longest:
            yield f"{name} moved by {days} days, and its contract's row says {longest} at most"
        counted = day(from_on) + timedelta(days=days)
        if what == "rest" and marks(version) in calendars:
            counted = on_a_working_day(counted, calendars[marks(version)])
        if counted != day(to_on):
            yield f"{name} counts to {counted}"
        says = {
            "from": day(from_on).isoformat(),
            "to": day(to_on).isoformat(),
            "days": days,
            "because": f"force-majeure {event}",
        }
        if not any(
            verb == VERBS[what]
            and actor == by
            and when == moment(put_off_at)
            and facts.items() >= says.items()
            for verb, actor, when, facts in told[code]
        ):
            yield f"{name} is not in the journal so"
    kept = {
        (code, VERBS[what], moment(when))
        for code, what, when in rows(
            """
            SELECT o.code, p.what, p.at
            FROM enrollment_dayputoff p
            JOIN enrollment_forcemajeurecontract c ON c.id = p.contract_id
            JOIN enrollment_order o ON o.id = c.order_id
            """
        )
    }
    for code, entries in told.items():
        for verb, _actor, when, _facts in entries:
            if (code, verb, when) not in kept:
                yield f"{code}: its journal tells of {verb} that no force majeure did"


def each_day_is_where_its_last_move_led(at: datetime) -> Iterator[str]:
    """L7: the day of the rest is as accepted, or where its last move led; so is a day put off."""
    if not has_column("enrollment_dayputoff", "id"):
        return
    moves: defaultdict[str, list[tuple[datetime, int, date]]] = defaultdict(list)
    by_agreement = """
        SELECT o.code, m.recorded_at, m.id, m.to_day
        FROM enrollment_restmove m
        JOIN enrollment_installment i ON i.id = m.installment_id
        JOIN enrollment_order o ON o.id = i.order_id
    """
    by_event = """
        SELECT o.code, p.at, p.id, p.to_on
        FROM enrollment_dayputoff p
        JOIN enrollment_forcemajeurecontract c ON c.id = p.contract_id
        JOIN enrollment_order o ON o.id = c.order_id
        WHERE p.what = 'rest'
    """
    for question in (by_agreement, by_event):
        for code, when, number, to_on in rows(question):
            moves[code].append((moment(when), number, day(to_on)))
    sql = """
        SELECT o.code, i.moved_to
        FROM enrollment_installment i
        JOIN enrollment_order o ON o.id = i.order_id
        WHERE i.number = 2
    """
    for code, moved_to in rows(sql):
        stands = day(moved_to) if moved_to is not None else None
        last = max(moves[code])[2] if moves[code] else None
        if stands != last:
            yield f"{code}: its rest is due on {stands or 'the day accepted'}, and moved to {last}"
    sql = """
        SELECT o.code, n.performed_on, j.verb, j.facts
        FROM enrollment_enrollment n
        JOIN enrollment_order o ON o.id = n.order_id
        JOIN journal_entry j ON j.chain = o.code
            AND j.verb IN ('enrollment.day_set', 'enrollment.put_off', 'move.made')
        WHERE EXISTS (
            SELECT 1
            FROM enrollment_dayputoff p
            JOIN enrollment_forcemajeurecontract c ON c.id = p.contract_id
            WHERE c.order_id = o.id
                AND p.what = 'performance'
        )
        ORDER BY o.code, j.number
    """
    own_days: dict[str, tuple[date | None, date | None]] = {}
    for code, performed_on, verb, facts in rows(sql):
        stands = day(performed_on) if performed_on is not None else None
        to = content(facts).get("to")
        leads = None if verb == "move.made" else date.fromisoformat(str(to))
        own_days[code] = (stands, leads)
    for code, (stands, leads) in own_days.items():
        if stands != leads:
            yield f"{code} is performed on {stands}, and its journal leads to {leads}"


def _told() -> defaultdict[str, list[tuple[str, str, datetime, dict[str, object]]]]:
    """The rows of the journal about days put off, by the order's code."""
    told: defaultdict[str, list[tuple[str, str, datetime, dict[str, object]]]] = defaultdict(list)
    sql = """
        SELECT chain, verb, "by", at, facts
        FROM journal_entry
        WHERE verb IN ('rest.put_off', 'enrollment.put_off')
    """
    for code, verb, by, when, facts in rows(sql):
        told[code].append((verb, by, moment(when), content(facts)))
    return told
