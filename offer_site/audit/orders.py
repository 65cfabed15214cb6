"""Orders, their places and their days: O1 to O5."""

from collections.abc import Iterator
from datetime import datetime
from itertools import groupby

from .reading import content, day, in_almaty, moment, rows

UNDER_CONTRACT = ("prepaid", "paid", "completed")
MOVES = {
    ("awaiting_payment", "prepaid"),
    ("awaiting_payment", "paid"),
    ("awaiting_payment", "lapsed"),
    ("prepaid", "paid"),
    ("paid", "prepaid"),  # the entry of the rest was corrected
    ("prepaid", "terminated"),
    ("paid", "completed"),
    ("paid", "terminated"),
    ("lapsed", "awaiting_payment"),
    ("lapsed", "prepaid"),
    ("lapsed", "paid"),
}
# The state after a journal row that names none; `order.moved` has both states in its facts.
LEADS_TO = {
    "order.placed": "awaiting_payment",
    "order.lapsed": "lapsed",
    "order.cancelled": "lapsed",
    "order.replaced": "lapsed",
    "order.reopened": "awaiting_payment",
    "order.restored": "awaiting_payment",
}


def no_cohort_is_oversold(at: datetime) -> Iterator[str]:
    """O1: a cohort has as many places as seats decided on, and no more learners than places."""
    sql = """
        SELECT c.id, p.places, p.last, e.learners
        FROM enrollment_cohort c
        LEFT JOIN
            (SELECT cohort_id, COUNT(*) AS places, MAX(number) AS last
             FROM enrollment_place
             GROUP BY cohort_id) p ON p.cohort_id = c.id
        LEFT JOIN
            (SELECT cohort_id, COUNT(*) AS learners
             FROM enrollment_enrollment
             WHERE state <> 'terminated'
             GROUP BY cohort_id) e ON e.cohort_id = c.id
    """
    decided = {
        key: content(facts)["to"]
        for key, facts in rows(
            "SELECT about_key, facts FROM journal_entry WHERE verb = 'cohort.seats_set' ORDER BY id"
        )
    }
    for cohort, places, _last, learners in rows(sql):
        if (places or 0) != decided.get(str(cohort), 0):
            yield (
                f"cohort {cohort} has {places or 0} places, "
                f"and {decided.get(str(cohort), 0)} seats were decided on"
            )
        if (learners or 0) > (places or 0):
            yield f"cohort {cohort} has {places or 0} places and {learners} learners"


def a_place_is_sold_to_each_contract_and_to_nobody_else(at: datetime) -> Iterator[str]:
    """O1: a contract keeps its place, an unpaid order at most holds one, a lapsed one has none."""
    sql = """
        SELECT o.code, o.state, o.cohort_id, p.id, p.cohort_id, p.held_until
        FROM enrollment_order o
        LEFT JOIN enrollment_place p ON p.order_id = o.id
    """
    for code, state, cohort, place, of_cohort, until in rows(sql):
        if place is not None and of_cohort != cohort:
            yield f"{code} has a place of another cohort"
        if state in UNDER_CONTRACT and (place is None or until is not None):
            yield (
                f"{code} is {state}, and its place is {'held for a while' if place else 'nowhere'}"
            )
        if state == "awaiting_payment" and place is not None and until is None:
            yield f"{code} is unpaid, and its place is sold"
        if state in ("lapsed", "terminated") and place is not None:
            yield f"{code} is {state}, and keeps a place"


def the_journal_leads_to_the_state(at: datetime) -> Iterator[str]:
    """O2: an order's moves in the journal are in the table, and lead to its state."""
    sql = """
        SELECT o.code, o.state, j.verb, j.facts
        FROM enrollment_order o
        LEFT JOIN journal_entry j ON j.chain = o.code
            AND j.verb IN (
                'order.placed', 'order.moved', 'order.lapsed', 'order.cancelled', 'order.replaced',
                'order.reopened', 'order.restored'
            )
        ORDER BY o.code, j.number
    """
    for (code, state), moves in groupby(rows(sql), key=lambda row: row[:2]):
        stands = ""
        for _code, _state, verb, text in moves:
            if verb is None:
                break
            facts = content(text)
            after = facts["to"] if verb == "order.moved" else LEADS_TO[verb]
            if verb == "order.moved" and facts["from"] != stands:
                yield f"{code} was {stands}, and its journal moves it from {facts['from']}"
            if not _is_a_move(verb, stands, after):
                yield f"{code} went from {stands or 'nothing'} to {after} by {verb}"
            stands = after
        if stands != state:
            yield f"{code} is {state}, and its journal leads to {stands or 'nothing'}"
    sql = """
        SELECT j.chain, COUNT(*)
        FROM journal_entry j
        LEFT JOIN enrollment_order o ON o.code = j.chain
        WHERE o.id IS NULL
            AND j.chain <> 'house'
        GROUP BY j.chain
    """
    yield from (f"{chain} has {count} journal rows, and is no order" for chain, count in rows(sql))


def _is_a_move(verb: str, before: str, after: str) -> bool:
    """True if a row may stand here: an order begins once, and an unpaid one may be reopened."""
    if not before or verb == "order.placed":
        return not before and verb == "order.placed"
    return (before, after) in MOVES or (verb == "order.reopened" and before == after)


def only_a_cancellation_of_the_same_day_is_taken_back(at: datetime) -> Iterator[str]:
    """O2: a restored order had been cancelled by its buyer last, on that day in Almaty."""
    ended = ("order.lapsed", "order.cancelled", "order.replaced")
    sql = f"""
        SELECT r.chain, r.at, e.verb, e.at
        FROM journal_entry r
        LEFT JOIN journal_entry e ON e.chain = r.chain
            AND e.number =
            (SELECT MAX(l.number)
             FROM journal_entry l
             WHERE l.chain = r.chain
                 AND l.number < r.number
                 AND l.verb IN {ended})
        WHERE r.verb = 'order.restored'
        ORDER BY r.id
    """  # noqa: S608 - verbs of ours
    for code, restored_at, verb, ended_at in rows(sql):
        if verb != "order.cancelled":
            yield f"{code} was restored after {verb or 'nothing'}"
        elif in_almaty(restored_at) != in_almaty(ended_at):
            yield (
                f"{code} was cancelled on {in_almaty(ended_at)}, "
                f"and restored on {in_almaty(restored_at)}"
            )


def only_money_of_the_day_concludes_a_contract(at: datetime) -> Iterator[str]:
    """O3: by the provider's time, within the day of placing or the last day that staff set."""
    sql = """
        SELECT o.code, o.placed_on, o.reopened_on, o.placed_at, a.accepted_at, e.happened_at,
               j.facts, p.at
        FROM enrollment_order o
        LEFT JOIN enrollment_acceptance a ON a.order_id = o.id
        LEFT JOIN payments_ledgerentry e ON e.provider = a.provider
            AND e.reference = a.reference
            AND e.kind = 'receipt'
        LEFT JOIN journal_entry p ON p.chain = o.code
            AND p.number = 1
        LEFT JOIN journal_entry j ON j.chain = o.code
            AND j.number =
            (SELECT MAX(l.number)
             FROM journal_entry l
             WHERE l.chain = o.code
                 AND l.verb = 'order.reopened')
    """
    for code, ends_on, since, placed_at, accepted_at, paid_at, reopened, journalled in rows(sql):
        named = day(content(reopened)["to"]) if reopened is not None else in_almaty(placed_at)
        if day(ends_on) != named or (since is None) != (reopened is None):
            yield f"{code} was placed or reopened for {named}, and its day is {day(ends_on)}"
        if journalled is not None and moment(journalled) != moment(placed_at):
            yield f"{code} was placed at another time than its journal says"
        if accepted_at is None or paid_at is None:
            continue
        if moment(paid_at) != moment(accepted_at):
            yield f"{code} was accepted at another time than its money was paid"
        if not day(since or ends_on) <= in_almaty(paid_at) <= day(ends_on):
            yield f"{code} of {day(ends_on)} was concluded by money of {in_almaty(paid_at)}"


def a_learner_has_one_order_that_lives(at: datetime) -> Iterator[str]:
    """O4: a learner has one live enrollment and one unpaid order in a cohort.

    An order has one enrollment and one place, and its enrollment agrees with it.
    """
    for what, table, condition in (
        ("live enrollments", "enrollment_enrollment", "state <> 'terminated'"),
        ("unpaid orders", "enrollment_order", "state = 'awaiting_payment'"),
    ):
        sql = f"""
            SELECT cohort_id, COUNT(*), MIN(id)
            FROM {table}
            WHERE {condition}
            GROUP BY learner_key, cohort_id
            HAVING COUNT(*) > 1
        """  # noqa: S608 - names of ours
        for cohort, count, first in rows(sql):
            yield f"one learner has {count} {what} in cohort {cohort}, the first of them {first}"
    for column, table in (("order_id", "enrollment_place"), ("order_id", "enrollment_enrollment")):
        sql = f"""
            SELECT {column}, COUNT(*)
            FROM {table}
            WHERE {column} IS NOT NULL
            GROUP BY {column}
            HAVING COUNT(*) > 1
        """  # noqa: S608
        yield from (
            f"order {order} stands on {count} rows of {table}" for order, count in rows(sql)
        )
    sql = """
        SELECT o.code, n.id
        FROM enrollment_enrollment n
        JOIN enrollment_order o ON o.id = n.order_id
        WHERE n.cohort_id <> o.cohort_id
            OR n.learner_id <> o.learner_id
            OR n.learner_key <> o.learner_key
    """
    yield from (
        f"{code}: its enrollment {number} is of another learner or cohort"
        for code, number in rows(sql)
    )
    sql = """
        SELECT o.code, o.state, n.state
        FROM enrollment_enrollment n
        JOIN enrollment_order o ON o.id = n.order_id
        WHERE n.state <> CASE
            WHEN o.state = 'completed' THEN 'completed'
            WHEN o.state = 'terminated' THEN 'terminated'
            ELSE 'active'
        END
    """
    yield from (
        f"{code} is {state}, and its enrollment is {other}" for code, state, other in rows(sql)
    )


def nobody_is_shut_off_without_a_ground(at: datetime) -> Iterator[str]:
    """O5, as far as rows show: access suspended for the rest means that it was overdue.

    What a breach shuts off is asked in conduct.py.
    """
    sql = """
        SELECT o.code, o.state, s.begun_at, COALESCE(i.moved_to,
                                                i.due_on)
        FROM enrollment_suspension s
        JOIN enrollment_enrollment e ON e.id = s.enrollment_id
        JOIN enrollment_order o ON o.id = e.order_id
        LEFT JOIN enrollment_installment i ON i.order_id = o.id
            AND i.number = 2
        WHERE s.ended_at IS NULL
            AND s.ground = 'rest_unpaid'
    """
    for code, state, begun_at, due_on in rows(sql):
        if (
            state not in ("prepaid", "terminated")
            or due_on is None
            or in_almaty(begun_at) <= day(due_on)
        ):
            yield (
                f"{code} is {state}, its rest was due on {due_on}, "
                f"and it is shut off since {in_almaty(begun_at)}"
            )
