"""Orders, their places, their days: O1 to O4, and 2.4."""

from collections import defaultdict
from collections.abc import Iterator

from tests.machine.reading import Mark, Told, content, day, in_almaty, moment, rows, twice
from tests.machine.register import invariant

UNDER_CONTRACT = {"prepaid", "paid", "completed"}
TABLE_OF_MOVES = {
    ("awaiting_payment", "prepaid"),
    ("awaiting_payment", "paid"),
    ("awaiting_payment", "lapsed"),
    ("prepaid", "paid"),
    ("prepaid", "terminated"),
    ("paid", "completed"),
    ("paid", "terminated"),
    ("lapsed", "awaiting_payment"),
    ("lapsed", "prepaid"),
    ("lapsed", "paid"),
}
# What a journal row says of its order's state; `order.moved` says both states itself.
LEADS_TO = {
    "order.placed": "awaiting_payment",
    "order.lapsed": "lapsed",
    "order.cancelled": "lapsed",
    "order.replaced": "lapsed",
    "order.reopened": "awaiting_payment",
    "order.restored": "awaiting_payment",
}


@invariant("O1")
def no_cohort_is_oversold(mark: Mark, told: Told) -> Iterator[str]:
    places = defaultdict(int)
    sold = defaultdict(int)
    for cohort, count in rows(
        "SELECT cohort_id, COUNT(*) FROM enrollment_place GROUP BY cohort_id"
    ):
        places[cohort] = count
    sql = (
        "SELECT cohort_id, COUNT(*) FROM enrollment_enrollment"
        " WHERE state <> 'terminated' GROUP BY cohort_id"
    )
    for cohort, count in rows(sql):
        sold[cohort] = count
    for cohort, seats in told.seats.items():
        if places[cohort] != seats or sold[cohort] > seats:
            yield (
                f"cohort {cohort} of {seats} seats has {places[cohort]} places "
                f"and {sold[cohort]} learners"
            )


@invariant("O1")
def a_place_is_sold_to_each_contract_and_to_nobody_else(mark: Mark, told: Told) -> Iterator[str]:
    sql = """
        SELECT o.code, o.state, o.cohort_id, p.cohort_id, p.held_until FROM enrollment_order o
        LEFT JOIN enrollment_place p ON p.order_id = o.id WHERE o.id > %s
    """
    for code, state, cohort, place, until in rows(sql, mark["order"]):
        if place is not None and place != cohort:
            yield f"{code} has a place of another cohort"
        if state in UNDER_CONTRACT and (place is None or until is not None):
            yield (
                f"{code} is {state}, and its place is "
                f"{'held until ' + str(until) if place else 'nowhere'}"
            )
        if state == "awaiting_payment" and place is not None and until is None:
            yield f"{code} is unpaid, and its place is sold"
        if state == "lapsed" and place is not None:
            yield f"{code} has lapsed and keeps a place"


@invariant("O2")
def the_journal_replays_to_the_state(mark: Mark, told: Told) -> Iterator[str]:
    states = dict(rows("SELECT code, state FROM enrollment_order WHERE id > %s", mark["order"]))
    replayed: dict[str, str] = {}
    sql = (
        "SELECT chain, verb, facts FROM journal_entry"
        " WHERE id > %s AND verb LIKE 'order.%%' ORDER BY id"
    )
    for code, verb, facts in rows(sql, mark["row"]):
        if code not in states or not (verb in LEADS_TO or verb == "order.moved"):
            continue
        before = replayed.get(code)
        after = LEADS_TO.get(verb) or content(facts)["to"]
        if verb == "order.moved" and content(facts)["from"] != before:
            yield (
                f"{code} was {before}, and its journal says that it moved from "
                f"{content(facts)['from']}"
            )
        if (before is None) != (verb == "order.placed") or (
            before
            and (before, after) not in TABLE_OF_MOVES
            and (verb, before) != ("order.reopened", after)
        ):
            yield f"{code} went from {before} to {after} by {verb}"
        replayed[code] = after
    for code, state in states.items():
        if replayed.get(code) != state:
            yield f"{code} is {state}, and its journal leads to {replayed.get(code)}"


@invariant("O3")
def only_money_of_the_day_concludes_a_contract(mark: Mark, told: Told) -> Iterator[str]:
    """The day is that of the placing; or the one that staff set last,
    and then from the day they decided or named.
    """
    sql = (
        "SELECT chain, facts FROM journal_entry"
        " WHERE id > %s AND verb = 'order.reopened' ORDER BY id"
    )
    reopened = {code: day(content(facts)["to"]) for code, facts in rows(sql, mark["row"])}
    sql = """
        SELECT o.code, o.placed_on, o.reopened_on, o.placed_at, a.accepted_at, e.happened_at
        FROM enrollment_order o
        LEFT JOIN enrollment_acceptance a ON a.order_id = o.id
        LEFT JOIN payments_ledgerentry e
            ON e.provider = a.provider AND e.reference = a.reference AND e.kind = 'receipt'
            WHERE o.id > %s
    """
    for code, ends_on, since, placed_at, accepted_at, paid_at in rows(sql, mark["order"]):
        if day(ends_on) != reopened.get(code, in_almaty(placed_at)) or (since is None) != (
            code not in reopened
        ):
            yield (
                f"{code} was placed at {placed_at}, reopened for {reopened.get(code)}, "
                f"and its day is {ends_on}"
            )
        if accepted_at is None:
            continue
        if paid_at is None or moment(paid_at) != moment(accepted_at):
            yield f"{code} was accepted at {accepted_at} by money of {paid_at}"
        elif not day(since or ends_on) <= in_almaty(paid_at) <= day(ends_on):
            yield f"{code} of {ends_on} was paid by money of {moment(paid_at).isoformat()}"


@invariant("2.4")
def a_withdrawn_offer_is_accepted_by_nobody(mark: Mark, told: Told) -> Iterator[str]:
    is_withdrawn = False
    verbs = ("offer.withdrawn", "offer.withdrawal-lifted", "offer.accepted")
    sql = "SELECT chain, verb FROM journal_entry WHERE id > %s AND verb IN (%s, %s, %s) ORDER BY id"
    for chain, verb in rows(sql, mark["row"], *verbs):
        if verb == "offer.accepted" and is_withdrawn:
            yield f"{chain} was accepted while the offer was withdrawn"
        is_withdrawn = verb == "offer.withdrawn" if verb != "offer.accepted" else is_withdrawn


@invariant("O4")
def a_learner_has_one_order_that_lives(mark: Mark, told: Told) -> Iterator[str]:
    sql = (
        "SELECT learner_key, cohort_id FROM enrollment_enrollment"
        " WHERE cohort_id > %s AND state <> 'terminated'"
    )
    yield from (f"enrolled twice: {found}" for found in twice(sql, mark["cohort"]))
    sql = (
        "SELECT learner_key, cohort_id FROM enrollment_order"
        " WHERE cohort_id > %s AND state = 'awaiting_payment'"
    )
    yield from (f"two unpaid orders: {found}" for found in twice(sql, mark["cohort"]))
    yield from (
        f"two places: {found}"
        for found in twice("SELECT order_id FROM enrollment_place WHERE order_id > 0")
    )


@invariant("O5")
def nobody_is_shut_off_for_a_rest_that_is_paid(mark: Mark, told: Told) -> Iterator[str]:
    """And who is shut off for the rest owes it past its day."""
    sql = """
        SELECT o.code, o.state, s.begun_at, COALESCE(i.moved_to, i.due_on)
        FROM enrollment_suspension s
        JOIN enrollment_enrollment e ON e.id = s.enrollment_id
        JOIN enrollment_order o ON o.id = e.order_id
        LEFT JOIN enrollment_installment i ON i.order_id = o.id AND i.number = 2
        WHERE o.id > %s AND s.ended_at IS NULL
    """
    for code, state, begun_at, due_on in rows(sql, mark["order"]):
        if state not in ("prepaid", "terminated") or in_almaty(moment(begun_at)).isoformat() <= str(
            due_on
        ):
            yield (
                f"{code} is {state}, its rest was due on {due_on}, "
                f"and it is shut off since {begun_at}"
            )
