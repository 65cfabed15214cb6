"""What must never be false, asked by SQL of its own: nothing here shares code with what it checks.

An invariant is a function that yields what it found; `@invariant("M1")` puts it among those that are asked. Rows are
asked from a `Mark` on: an example of the machine only ever adds, so it looks at its own rows and at nobody's faults.
"""

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

from django.db import connection

ALMATY = timedelta(hours=5)  # since 1 March 2024
UNDER_CONTRACT = {"prepaid", "paid", "completed"}
TABLE_OF_MOVES = {
    ("awaiting_payment", "prepaid"), ("awaiting_payment", "paid"), ("awaiting_payment", "lapsed"),
    ("prepaid", "paid"), ("prepaid", "terminated"), ("paid", "completed"), ("paid", "terminated"),
    ("lapsed", "awaiting_payment"), ("lapsed", "prepaid"), ("lapsed", "paid"),
}  # fmt: skip
# What a journal row says of its order's state; `order.moved` says both states itself.
LEADS_TO = {"order.placed": "awaiting_payment", "order.lapsed": "lapsed", "order.cancelled": "lapsed",
            "order.replaced": "lapsed"}  # fmt: skip

TABLES = {"order": "enrollment_order", "cohort": "enrollment_cohort", "entry": "payments_ledgerentry",
          "row": "journal_entry", "notice": "notices_notice", "message": "payments_providermessage",
          "line": "payments_statementline"}  # fmt: skip


@dataclass
class Mark:
    """The last row of each table at a moment; what comes after it belongs to whoever set the mark."""

    last: dict[str, int] = field(default_factory=dict)

    @classmethod
    def now(cls) -> "Mark":
        return cls({name: one(f"SELECT COALESCE(MAX(id), 0) FROM {table}") for name, table in TABLES.items()})

    def __getitem__(self, name: str) -> int:
        return self.last.get(name, 0)


@dataclass
class Told:
    """What the outside world knows by itself: the money it was told is accepted, and the seats that there are."""

    receipts: dict[tuple[str, str], Decimal] = field(default_factory=dict)
    refunds: dict[tuple[str, str], Decimal] = field(default_factory=dict)
    seats: dict[int, int] = field(default_factory=dict)
    prices: dict[str, int] = field(default_factory=dict)  # by the code of the order
    transfers: Counter[str] = field(default_factory=Counter)  # by the number of the payment order, in any one file


Invariant = Callable[[Mark, Told], Iterable[str]]
INVARIANTS: list[tuple[str, Invariant]] = []


def invariant(name: str) -> Callable[[Invariant], Invariant]:
    """Put a question among those that are asked after every step."""

    def add(question: Invariant) -> Invariant:
        INVARIANTS.append((name, question))
        return question

    return add


def violations(mark: Mark, told: Told) -> list[str]:
    """Ask everything; say what is false."""
    return [f"{name}: {found}" for name, question in INVARIANTS for found in question(mark, told)]


# --- reading, on both engines ---------------------------------------------------------------------------------------


def rows(sql: str, *params: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return list(cursor.fetchall())


def one(sql: str, *params: Any) -> Any:
    return rows(sql, *params)[0][0]


def money(value: Any) -> Decimal:
    """Read an amount, which SQLite keeps as a number."""
    return Decimal(str(value or 0)).quantize(Decimal("0.01"))


def moment(value: Any) -> datetime:
    """Read an instant, which SQLite keeps as text in UTC."""
    when = datetime.fromisoformat(value) if isinstance(value, str) else value
    return when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)


def day(value: Any) -> date:
    return date.fromisoformat(value) if isinstance(value, str) else value


def in_almaty(value: Any) -> date:
    """Tell the day of an instant by adding the hours of the zone."""
    return (moment(value) + ALMATY).date()


def content(value: Any) -> Any:
    """Read JSON, which comes as text from a bare cursor."""
    return json.loads(value) if isinstance(value, str) else value


def canonical(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def twice(sql: str, *params: Any) -> list[tuple[Any, ...]]:
    """List what stands more than once among the answers."""
    return [row for row, count in Counter(rows(sql, *params)).items() if count > 1]


# --- money ----------------------------------------------------------------------------------------------------------


@invariant("M1")
def the_ledger_is_what_was_told(mark: Mark, told: Told) -> Iterator[str]:
    for kind, expected in (("receipt", told.receipts), ("refund", told.refunds)):
        sql = "SELECT provider, reference, amount FROM payments_ledgerentry WHERE id > %s AND kind = %s"
        found = {(provider, reference): money(amount) for provider, reference, amount in rows(sql, mark["entry"], kind)}
        if found != expected:
            yield f"{kind}s: told {sorted(expected.items())}, recorded {sorted(found.items())}"


@invariant("M2")
def a_movement_of_money_is_named_once(mark: Mark, told: Told) -> Iterator[str]:
    sql = "SELECT provider, reference, kind FROM payments_ledgerentry WHERE id > %s"
    yield from map(str, twice(sql, mark["entry"]))


@invariant("M4")
def allocations_stay_within_their_receipts(mark: Mark, told: Told) -> Iterator[str]:
    sql = """
        SELECT e.reference, e.kind, e.amount, SUM(a.amount), COUNT(*) FROM payments_ledgerentry e
        JOIN payments_allocation a ON a.entry_id = e.id WHERE e.id > %s GROUP BY e.id, e.reference, e.kind, e.amount
    """
    for reference, kind, amount, given, _count in rows(sql, mark["entry"]):
        if kind != "receipt" or not 0 <= money(given) <= money(amount):
            yield f"{kind} {reference} of {money(amount)} is given away to {money(given)}"


@invariant("M4")
def an_order_stands_where_its_money_put_it(mark: Mark, told: Told) -> Iterator[str]:
    sql = """
        SELECT o.code, o.state, o.price, o.prepayment, COALESCE(SUM(a.amount), 0) FROM enrollment_order o
        LEFT JOIN payments_allocation a ON a.order_id = o.id WHERE o.id > %s
        GROUP BY o.id, o.code, o.state, o.price, o.prepayment
    """
    for code, state, price, prepayment, given in rows(sql, mark["order"]):
        received = money(given)
        agrees = {
            "awaiting_payment": received < prepayment, "lapsed": received < prepayment, "terminated": received > 0,
            "prepaid": prepayment <= received < price, "paid": received == price, "completed": received == price,
        }  # fmt: skip
        if not agrees[state]:
            yield f"{code} is {state} and has {received} of {price}"


@invariant("M6")
def money_given_by_itself_agrees_with_its_order(mark: Mark, told: Told) -> Iterator[str]:
    """The currency, and the number that the provider repeated: of an attempt, or of the order itself."""
    sql = """
        SELECT e.reference, e.provider, e.currency, e.invoice_id, e.amount, o.code, p.amount FROM payments_allocation a
        JOIN payments_ledgerentry e ON e.id = a.entry_id JOIN enrollment_order o ON o.id = a.order_id
        LEFT JOIN payments_payment p
            ON p.order_id = o.id AND p.invoice_id = e.invoice_id AND p.provider = e.provider
        WHERE e.id > %s AND a.amount > 0 AND a."by" = 'system'
    """
    for reference, provider, currency, invoice, amount, code, asked in rows(sql, mark["entry"]):
        if currency != "KZT":
            yield f"{reference} is in {currency!r} and was given to {code}"
        if provider == "card" and (asked is None or money(asked) != money(amount)):
            yield f"{reference} of {invoice!r} over {money(amount)} was given to {code}, which asked for {asked}"
        if provider == "kaspi" and invoice != code:
            yield f"{reference} is for {invoice!r} and was given to {code}"


@invariant("M7")
def a_reference_told_otherwise_changes_nothing(mark: Mark, told: Told) -> Iterator[str]:
    """Of several tellings of one payment, one at most was made money; the others are conflicts or repetitions."""
    sql = """
        SELECT provider, reference FROM payments_providermessage
        WHERE id > %s AND outcome IN ('applied', 'unmatched') AND kind IN ('pay', 'confirm')
    """
    yield from map(str, twice(sql, mark["message"]))


@invariant("M8")
def refunds_do_not_exceed_what_came(mark: Mark, told: Told) -> Iterator[str]:
    sql = """
        SELECT r.provider, r.refunds_reference, SUM(r.amount), MAX(e.amount) FROM payments_ledgerentry r
        JOIN payments_ledgerentry e
            ON e.provider = r.provider AND e.reference = r.refunds_reference AND e.kind = 'receipt'
        WHERE r.id > %s AND r.kind = 'refund' GROUP BY r.provider, r.refunds_reference
    """
    for provider, reference, gone, came in rows(sql, mark["entry"]):
        if money(gone) > money(came):
            yield f"{provider} {reference}: {money(came)} came and {money(gone)} went back"


@invariant("M9")
def installments_sum_to_the_price(mark: Mark, told: Told) -> Iterator[str]:
    sql = """
        SELECT o.code, o.price, o.prepayment, SUM(i.amount), MIN(CASE WHEN i.number = 1 THEN i.amount END)
        FROM enrollment_order o LEFT JOIN enrollment_installment i ON i.order_id = o.id WHERE o.id > %s
        GROUP BY o.id, o.code, o.price, o.prepayment
    """
    for code, price, prepayment, due, first in rows(sql, mark["order"]):
        if (due, first) != (price, prepayment):
            yield f"{code} costs {price}, first {prepayment}; due are {due}, first {first}"


@invariant("M10")
def a_price_stays_that_of_the_tariff(mark: Mark, told: Told) -> Iterator[str]:
    """What stands on the order is what its tariff says, what the journal noted first, and what the buyer was shown."""
    sql = """
        SELECT o.code, o.price, t.price, j.facts FROM enrollment_order o
        JOIN enrollment_tariff t ON t.id = o.tariff_id AND t.edition_id = o.edition_id
        JOIN journal_entry j ON j.chain = o.code AND j.number = 1 WHERE o.id > %s
    """
    found = {code: (*prices, content(facts)["price"]) for code, *prices, facts in rows(sql, mark["order"])}
    for code, shown in told.prices.items():
        if found.get(code) != (shown,) * 3:
            yield f"{code} was shown at {shown}; order, tariff and journal say {found.get(code)}"


@invariant("M11")
def a_statement_tells_of_each_transfer_once(mark: Mark, told: Told) -> Iterator[str]:
    found = Counter(
        number for (number,) in rows("SELECT number FROM payments_statementline WHERE id > %s", mark["line"])
    )
    if found != told.transfers:
        yield f"the bank's files had {dict(told.transfers)}, and the lines are {dict(found)}"
    sql = """
        SELECT l.fingerprint, l.state, l.amount, l.order_id, e.amount, SUM(CASE WHEN a.order_id = l.order_id
            THEN a.amount END), l.reason FROM payments_statementline l
        LEFT JOIN payments_ledgerentry e ON e.provider = 'bank' AND e.reference = l.fingerprint
        LEFT JOIN payments_allocation a ON a.entry_id = e.id
        WHERE l.id > %s GROUP BY l.id, l.fingerprint, l.state, l.amount, l.order_id, l.reason, e.amount
    """
    for line, state, amount, order, recorded, given, reason in rows(sql, mark["line"]):
        if state == "matched" and (order is None or not money(amount) == money(recorded) == money(given)):
            yield f"line {line} of {money(amount)} is matched; recorded {recorded}, given {given}"
        if state == "set-aside" and not reason:
            yield f"line {line} is set aside for no reason"


# --- orders and seats -----------------------------------------------------------------------------------------------


@invariant("O1")
def no_cohort_is_oversold(mark: Mark, told: Told) -> Iterator[str]:
    places, sold = defaultdict(int), defaultdict(int)
    for cohort, count in rows("SELECT cohort_id, COUNT(*) FROM enrollment_place GROUP BY cohort_id"):
        places[cohort] = count
    sql = "SELECT cohort_id, COUNT(*) FROM enrollment_enrollment WHERE state <> 'terminated' GROUP BY cohort_id"
    for cohort, count in rows(sql):
        sold[cohort] = count
    for cohort, seats in told.seats.items():
        if places[cohort] != seats or sold[cohort] > seats:
            yield f"cohort {cohort} of {seats} seats has {places[cohort]} places and {sold[cohort]} learners"


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
            yield f"{code} is {state}, and its place is {'held until ' + str(until) if place else 'nowhere'}"
        if state == "awaiting_payment" and place is not None and until is None:
            yield f"{code} is unpaid, and its place is sold"
        if state == "lapsed" and place is not None:
            yield f"{code} has lapsed and keeps a place"


@invariant("O2")
def the_journal_replays_to_the_state(mark: Mark, told: Told) -> Iterator[str]:
    states = dict(rows("SELECT code, state FROM enrollment_order WHERE id > %s", mark["order"]))
    replayed: dict[str, str] = {}
    sql = "SELECT chain, verb, facts FROM journal_entry WHERE id > %s AND verb LIKE 'order.%%' ORDER BY id"
    for code, verb, facts in rows(sql, mark["row"]):
        if code not in states or not (verb in LEADS_TO or verb == "order.moved"):
            continue
        before, after = replayed.get(code), LEADS_TO.get(verb) or content(facts)["to"]
        if verb == "order.moved" and content(facts)["from"] != before:
            yield f"{code} was {before}, and its journal says that it moved from {content(facts)['from']}"
        if (before is None) != (verb == "order.placed") or (before and (before, after) not in TABLE_OF_MOVES):
            yield f"{code} went from {before} to {after} by {verb}"
        replayed[code] = after
    for code, state in states.items():
        if replayed.get(code) != state:
            yield f"{code} is {state}, and its journal leads to {replayed.get(code)}"


@invariant("O3")
def only_money_of_the_day_concludes_a_contract(mark: Mark, told: Told) -> Iterator[str]:
    sql = """
        SELECT o.code, o.placed_on, o.placed_at, a.accepted_at, e.happened_at FROM enrollment_acceptance a
        JOIN enrollment_order o ON o.id = a.order_id
        LEFT JOIN payments_ledgerentry e
            ON e.provider = a.provider AND e.reference = a.reference AND e.kind = 'receipt' WHERE o.id > %s
    """
    for code, placed_on, placed_at, accepted_at, paid_at in rows(sql, mark["order"]):
        if day(placed_on) != in_almaty(placed_at):
            yield f"{code} was placed at {placed_at}, and its day is {placed_on}"
        if paid_at is None or moment(paid_at) != moment(accepted_at):
            yield f"{code} was accepted at {accepted_at} by money of {paid_at}"
        elif in_almaty(paid_at) != day(placed_on):
            yield f"{code} of {placed_on} was paid by money of {moment(paid_at).isoformat()}"


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
    sql = "SELECT learner_key, cohort_id FROM enrollment_enrollment WHERE cohort_id > %s AND state <> 'terminated'"
    yield from (f"enrolled twice: {found}" for found in twice(sql, mark["cohort"]))
    sql = "SELECT learner_key, cohort_id FROM enrollment_order WHERE cohort_id > %s AND state = 'awaiting_payment'"
    yield from (f"two unpaid orders: {found}" for found in twice(sql, mark["cohort"]))
    yield from (f"two places: {found}" for found in twice("SELECT order_id FROM enrollment_place WHERE order_id > 0"))


# --- the acceptance, the evidence, the letters ----------------------------------------------------------------------


@invariant("A1")
def each_contract_was_made_by_one_payment_in_its_transaction(mark: Mark, told: Told) -> Iterator[str]:
    """PostgreSQL itself says which transaction a row came from; elsewhere the instant of recording must do."""
    transaction = "MAX(a.xmin::text), MAX(e.xmin::text)" if connection.vendor == "postgresql" else "'', ''"
    sql = f"""
        SELECT o.code, o.state, COUNT(*), COUNT(a.id), COUNT(n.id), COUNT(e.id), MAX(a.recorded_at),
            MAX(n.opened_at), MAX(e.recorded_at), {transaction} FROM enrollment_order o
        LEFT JOIN enrollment_acceptance a ON a.order_id = o.id
        LEFT JOIN enrollment_enrollment n ON n.order_id = o.id
        LEFT JOIN payments_ledgerentry e ON e.provider = a.provider AND e.reference = a.reference AND e.kind = 'receipt'
        WHERE o.id > %s GROUP BY o.id, o.code, o.state, a.id, e.id
    """
    for code, state, count, accepted, enrolled, paid, *made in rows(sql, mark["order"]):
        expected = 1 if state in {*UNDER_CONTRACT, "terminated"} else 0
        if (count, accepted, enrolled, paid) != (1, *[expected] * 3):
            yield f"{code} is {state}: {accepted} acceptances, {enrolled} enrollments, {paid} payments that made them"
        elif expected and (len({moment(at) for at in made[:3]}) > 1 or made[3] != made[4]):
            yield f"{code}: its payment, acceptance and enrollment were not recorded at once: {made}"


@invariant("A3")
def an_acceptance_recomputes(mark: Mark, told: Told) -> Iterator[str]:
    """From stored bytes: what was sealed, the files of the edition, and the rows that it speaks of."""
    texts = {
        (edition, name): hashlib.sha256(bytes(stored)).hexdigest()
        for edition, name, stored in rows(
            "SELECT edition_id, name, content FROM enrollment_editionfile WHERE name IN ('kk.md', 'ru.md')"
        )
    }
    sql = """
        SELECT o.code, a.sealed, a.digest, a.edition_id, o.price, e.provider, e.reference, e.amount, e.happened_at,
            j.facts FROM enrollment_acceptance a
        JOIN enrollment_order o ON o.id = a.order_id
        JOIN payments_ledgerentry e ON e.provider = a.provider AND e.reference = a.reference AND e.kind = 'receipt'
        JOIN journal_entry j ON j.chain = o.code AND j.verb = 'offer.accepted' WHERE o.id > %s
    """
    for code, stored, digest, edition, price, provider, reference, amount, at, facts in rows(sql, mark["order"]):
        sealed = content(stored)
        if hashlib.sha256(canonical(sealed)).hexdigest() != digest or content(facts)["digest"] != digest:
            yield f"{code}: the digest of its acceptance does not recompute"
        paid = {**sealed["payment"], "happened_at": moment(sealed["payment"]["happened_at"])}
        expected = {"provider": provider, "reference": reference, "amount": str(money(amount)), "currency": "KZT",
                    "happened_at": moment(at)}  # fmt: skip
        if {name: paid[name] for name in expected} != expected or (sealed["order"], sealed["price"]) != (code, price):
            yield f"{code}: what was sealed is not what was paid"
        if (sealed["kk_sha256"], sealed["ru_sha256"]) != (texts[edition, "kk.md"], texts[edition, "ru.md"]):
            yield f"{code}: the texts that were sealed are not those that are stored"


@invariant("A5")
def the_chains_verify(mark: Mark, told: Told) -> Iterator[str]:
    chains = defaultdict(list)
    sql = """
        SELECT chain, number, at, "by", about_kind, about_key, verb, facts, clause, previous, digest
        FROM journal_entry WHERE id > %s ORDER BY chain, number
    """
    for chain, number, at, *said, previous, digest in rows(sql, mark["row"]):
        by, kind, key, verb, facts, clause = said
        when = moment(at).isoformat(timespec="microseconds")
        row = [chain, number, when, by, kind, key, verb, content(facts), clause, previous]
        if hashlib.sha256(canonical(row)).hexdigest() != digest:
            yield f"{chain} {number} was edited"
        chains[chain].append((number, previous, digest))
    for chain, links in chains.items():
        if any(later[:2] != (earlier[0] + 1, earlier[2]) for earlier, later in pairwise(links)):
            yield f"{chain} has a gap"
    for (code,) in rows("SELECT code FROM enrollment_order WHERE id > %s", mark["order"]):
        if not chains[code] or chains[code][0][:2] != (1, ""):
            yield f"{code} has no beginning"


@invariant("N1")
def one_letter_an_occasion(mark: Mark, told: Told) -> Iterator[str]:
    sql = "SELECT kind, about_kind, about_key, recipient, occasion FROM notices_notice WHERE id > %s"
    yield from map(str, twice(sql, mark["notice"]))
    sql = """
        SELECT o.code, o.state, COUNT(n.id) FROM enrollment_order o LEFT JOIN notices_notice n
            ON n.order_code = o.code AND n.kind = 'contract-concluded' WHERE o.id > %s GROUP BY o.id, o.code, o.state
    """
    for code, state, letters in rows(sql, mark["order"]):
        if letters != (1 if state in {*UNDER_CONTRACT, "terminated"} else 0):
            yield f"{code} is {state} and got {letters} letters that its contract is concluded"
