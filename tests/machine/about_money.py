"""Money: M1 to M11."""

from collections import Counter
from collections.abc import Iterator

from tests.machine.reading import Mark, Told, content, money, rows, twice
from tests.machine.register import invariant


@invariant("M1")
def the_ledger_is_what_was_told(mark: Mark, told: Told) -> Iterator[str]:
    for kind, expected in (("receipt", told.receipts), ("refund", told.refunds)):
        sql = (
            "SELECT provider, reference, amount FROM payments_ledgerentry"
            " WHERE id > %s AND kind = %s"
        )
        found = {
            (provider, reference): money(amount)
            for provider, reference, amount in rows(sql, mark["entry"], kind)
        }
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
        JOIN payments_allocation a ON a.entry_id = e.id WHERE e.id > %s
        GROUP BY e.id, e.reference, e.kind, e.amount
    """
    for reference, kind, amount, given, _count in rows(sql, mark["entry"]):
        if kind != "receipt" or not 0 <= money(given) <= money(amount):
            yield f"{kind} {reference} of {money(amount)} is given away to {money(given)}"


@invariant("M4")
def an_order_stands_where_its_money_put_it(mark: Mark, told: Told) -> Iterator[str]:
    sql = """
        SELECT o.code, o.state, o.price, o.prepayment, COALESCE(SUM(a.amount), 0)
        FROM enrollment_order o
        LEFT JOIN payments_allocation a ON a.order_id = o.id WHERE o.id > %s
        GROUP BY o.id, o.code, o.state, o.price, o.prepayment
    """
    for code, state, price, prepayment, given in rows(sql, mark["order"]):
        received = money(given)
        agrees = {
            "awaiting_payment": received < prepayment,
            "lapsed": received < prepayment,
            "terminated": received > 0,
            "prepaid": prepayment <= received < price,
            "paid": received == price,
            "completed": received == price,
        }
        if not agrees[state]:
            yield f"{code} is {state} and has {received} of {price}"


@invariant("M6")
def money_given_by_itself_agrees_with_its_order(mark: Mark, told: Told) -> Iterator[str]:
    """The currency, and the number that the provider repeated: of an attempt,
    or of the order itself.
    """
    sql = """
        SELECT e.reference, e.provider, e.currency, e.invoice_id, e.amount, o.code, p.amount
        FROM payments_allocation a
        JOIN payments_ledgerentry e ON e.id = a.entry_id
        JOIN enrollment_order o ON o.id = a.order_id
        LEFT JOIN payments_payment p
            ON p.order_id = o.id AND p.invoice_id = e.invoice_id AND p.provider = e.provider
        WHERE e.id > %s AND a.amount > 0 AND a."by" = 'system'
    """
    for reference, provider, currency, invoice, amount, code, asked in rows(sql, mark["entry"]):
        if currency != "KZT":
            yield f"{reference} is in {currency!r} and was given to {code}"
        if provider == "card" and (asked is None or money(asked) != money(amount)):
            yield (
                f"{reference} of {invoice!r} over {money(amount)} was given to {code}, "
                f"which asked for {asked}"
            )
        if provider == "kaspi" and invoice != code:
            yield f"{reference} is for {invoice!r} and was given to {code}"


@invariant("M7")
def a_reference_told_otherwise_changes_nothing(mark: Mark, told: Told) -> Iterator[str]:
    """Of several tellings of one payment, one at most was made money;
    the others are conflicts or repetitions.
    """
    sql = """
        SELECT provider, reference FROM payments_providermessage
        WHERE id > %s AND outcome IN ('applied', 'unmatched') AND kind IN ('pay', 'confirm')
    """
    yield from map(str, twice(sql, mark["message"]))


@invariant("M8")
def refunds_do_not_exceed_what_came(mark: Mark, told: Told) -> Iterator[str]:
    sql = """
        SELECT r.provider, r.refunds_reference, SUM(r.amount), MAX(e.amount)
        FROM payments_ledgerentry r
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
        SELECT o.code, o.price, o.prepayment, SUM(i.amount),
        MIN(CASE WHEN i.number = 1 THEN i.amount END)
        FROM enrollment_order o LEFT JOIN enrollment_installment i ON i.order_id = o.id
        WHERE o.id > %s
        GROUP BY o.id, o.code, o.price, o.prepayment
    """
    for code, price, prepayment, due, first in rows(sql, mark["order"]):
        if (due, first) != (price, prepayment):
            yield f"{code} costs {price}, first {prepayment}; due are {due}, first {first}"


@invariant("M10")
def a_price_stays_that_of_the_tariff(mark: Mark, told: Told) -> Iterator[str]:
    """What stands on the order is what its tariff says, what the journal noted first,
    and what the buyer was shown.
    """
    sql = """
        SELECT o.code, o.price, t.price, j.facts FROM enrollment_order o
        JOIN enrollment_tariff t ON t.id = o.tariff_id AND t.edition_id = o.edition_id
        JOIN journal_entry j ON j.chain = o.code AND j.number = 1 WHERE o.id > %s
    """
    found = {
        code: (*prices, content(facts)["price"])
        for code, *prices, facts in rows(sql, mark["order"])
    }
    for code, shown in told.prices.items():
        if found.get(code) != (shown,) * 3:
            yield f"{code} was shown at {shown}; order, tariff and journal say {found.get(code)}"


@invariant("M11")
def a_statement_tells_of_each_transfer_once(mark: Mark, told: Told) -> Iterator[str]:
    found = Counter(
        number
        for (number,) in rows(
            "SELECT number FROM payments_statementline WHERE id > %s", mark["line"]
        )
    )
    if found != told.transfers:
        yield f"the bank's files had {dict(told.transfers)}, and the lines are {dict(found)}"
    sql = """
        SELECT l.fingerprint, l.state, l.amount, l.order_id, e.amount,
        SUM(CASE WHEN a.order_id = l.order_id
            THEN a.amount END), l.reason FROM payments_statementline l
        LEFT JOIN payments_ledgerentry e ON e.provider = 'bank' AND e.reference = l.fingerprint
        LEFT JOIN payments_allocation a ON a.entry_id = e.id
        WHERE l.id > %s
        GROUP BY l.id, l.fingerprint, l.state, l.amount, l.order_id, l.reason, e.amount
    """
    for line, state, amount, order, recorded, given, reason in rows(sql, mark["line"]):
        if state == "matched" and (
            order is None or not money(amount) == money(recorded) == money(given)
        ):
            yield f"line {line} of {money(amount)} is matched; recorded {recorded}, given {given}"
        if state == "set-aside" and not reason:
            yield f"line {line} is set aside for no reason"
