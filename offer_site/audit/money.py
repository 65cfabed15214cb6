"""Money that came and went: M1, M4, M6, M7, M8."""

import json
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal, InvalidOperation
from urllib.parse import parse_qs

from .reading import content, has_column, money, on_postgresql, rows

AMOUNT_OF = ("Amount", "sum")  # the field's name at the card provider and at Kaspi


def what_was_accepted_is_in_the_ledger(at: datetime) -> Iterator[str]:
    """M1: every accepted message has an entry of the sum that the provider named."""
    sql = """
        SELECT m.provider, m.kind, m.reference, m.body, e.amount
        FROM payments_providermessage m
        LEFT JOIN payments_ledgerentry e ON e.provider = m.provider
            AND e.reference = m.reference
            AND e.kind = CASE WHEN m.kind = 'refund' THEN 'refund' ELSE 'receipt'
                     END
        WHERE m.kind IN ('pay', 'confirm', 'refund')
            AND m.outcome IN ('applied', 'unmatched', 'refunded', 'repeated')
    """
    for provider, kind, reference, body, amount in rows(sql):
        named = _named_amount(body)
        if amount is None:
            yield f"{provider} {reference}: {kind} of {named} was accepted, and the ledger has none"
        elif named is not None and named != money(amount):
            yield (
                f"{provider} {reference}: {kind} of {named} was accepted, "
                f"and the ledger has {money(amount)}"
            )
    sql = """
        SELECT h.provider, h.reference
        FROM payments_hold h
        WHERE h.confirmed_at IS NOT NULL
            AND NOT EXISTS
                (SELECT 1
                 FROM payments_ledgerentry e
                 WHERE e.provider = h.provider
                     AND e.reference = h.reference
                     AND e.kind = 'receipt')
    """
    for provider, reference in rows(sql):
        yield f"{provider} {reference}: a hold was taken, and the ledger has no receipt"


def _named_amount(body: str) -> Decimal | None:
    """The sum in a message; None if it cannot be read."""
    try:
        fields = (
            json.loads(body)
            if body.startswith("{")
            else {name: all_[0] for name, all_ in parse_qs(body).items()}
        )
        return next(
            (
                Decimal(str(fields[name])).quantize(Decimal("0.01"))
                for name in AMOUNT_OF
                if name in fields
            ),
            None,
        )
    except (ValueError, InvalidOperation):
        return None


def the_ledger_is_what_the_journal_says(at: datetime) -> Iterator[str]:
    """M1: each receipt and refund has a journal row of its sum, and each row an entry."""
    sql = """
        SELECT e.provider, e.reference, e.kind, e.amount, j.facts
        FROM payments_ledgerentry e
        LEFT JOIN journal_entry j ON j.about_kind = e.kind
            AND j.about_key = SUBSTR(e.provider || ' ' || e.reference, 1, 64)
            AND j.verb IN ('receipt.recorded', 'receipt.unmatched', 'refund.recorded')
        WHERE e.kind IN ('receipt', 'refund')
    """
    for provider, reference, kind, amount, facts in rows(sql):
        if facts is None:
            yield f"{provider} {reference}: no journal row tells of this {kind}"
        elif money(content(facts)["amount"]) != money(amount):
            yield (
                f"{provider} {reference}: a {kind} of {money(amount)}, "
                f"journalled as {content(facts)['amount']}"
            )
    split = "STRPOS" if on_postgresql() else "INSTR"
    sql = f"""
        SELECT j.about_kind, j.about_key
        FROM journal_entry j
        LEFT JOIN payments_ledgerentry e ON e.provider = SUBSTR(j.about_key,
                                                             1,
                                                             {split}(j.about_key || ' ',
                                                                 ' ') - 1)
        AND e.reference = SUBSTR(j.about_key,
                              {split}(j.about_key, ' ') + 1)
        AND e.kind = j.about_kind
        WHERE j.verb IN ('receipt.recorded', 'receipt.unmatched', 'refund.recorded')
            AND LENGTH(j.about_key) < 64
            AND e.id IS NULL
    """  # noqa: S608 - a name of a function; a longer key is cut off and names no single entry
    for kind, key in rows(sql):
        yield f"{key}: a {kind} was journalled, and the ledger has none"


def allocations_stay_within_their_receipts(at: datetime) -> Iterator[str]:
    """M4: allocations do not exceed their receipt, and a reversal takes back what was given."""
    sql = """
        SELECT e.provider, e.reference, e.kind, e.amount, SUM(a.amount), COUNT(*), MIN(a.number),
               MAX(a.number)
        FROM payments_ledgerentry e
        JOIN payments_allocation a ON a.entry_id = e.id
        GROUP BY e.id, e.provider, e.reference, e.kind, e.amount
    """
    for provider, reference, kind, amount, allocated, count, first, last in rows(sql):
        if kind != "receipt" or not 0 <= money(allocated) <= money(amount):
            yield (
                f"{provider} {reference}: of a {kind} of {money(amount)}, "
                f"{money(allocated)} is given away"
            )
        if (first, last) != (1, count):
            yield f"{provider} {reference}: its {count} allocations are numbered {first} to {last}"
    sql = """
        SELECT e.provider, e.reference, a.number
        FROM payments_allocation a
        JOIN payments_allocation b ON b.id = a.takes_back_id
        JOIN payments_ledgerentry e ON e.id = a.entry_id
        WHERE a.entry_id <> b.entry_id
            OR a.order_id <> b.order_id
            OR a.amount + b.amount <> 0
    """
    for provider, reference, number in rows(sql):
        yield (
            f"{provider} {reference}: allocation {number} takes back something else than was given"
        )


def orders_stand_where_their_money_put_them(at: datetime) -> Iterator[str]:
    """M4: an order has received the sum of its allocations, and its state follows from it."""
    sql = """
        SELECT o.code, o.state, o.price, o.prepayment, a.given
        FROM enrollment_order o
        LEFT JOIN
            (SELECT order_id, SUM(amount) AS given
             FROM payments_allocation
             GROUP BY order_id) a ON a.order_id = o.id
    """
    for code, state, price, prepayment, allocated in rows(sql):
        received = money(allocated)
        agrees = {
            "awaiting_payment": 0 <= received < prepayment,
            "lapsed": 0 <= received < prepayment,
            "prepaid": prepayment <= received < price,
            "paid": received == price,
            "completed": received == price,
            "terminated": prepayment <= received <= price,
        }
        if not agrees.get(state):
            yield f"{code} is {state} and has {received} of {price}"


def money_given_by_itself_agrees_with_its_order(at: datetime) -> Iterator[str]:
    """M6: the currency is tenge, and the provider's number and sum are those of the order."""
    # One transfer pays all orders of a company's invoice: each gets its part of it.
    company = "o.invoice_id" if has_column("enrollment_order", "invoice_id") else "NULL"
    sql = f"""
        SELECT e.provider, e.reference, e.currency, e.invoice_id, e.amount, a."by", a.amount,
               o.code, p.amount, l.order_id, o.id, {company}
        FROM payments_allocation a
        JOIN payments_ledgerentry e ON e.id = a.entry_id
        JOIN enrollment_order o ON o.id = a.order_id
        LEFT JOIN payments_payment p ON p.invoice_id = e.invoice_id
            AND p.provider = e.provider
            AND p.order_id = o.id
        LEFT JOIN payments_statementline l ON l.fingerprint = e.reference
            AND e.provider = 'bank'
        WHERE a.amount > 0
    """  # noqa: S608 - a column of ours
    for (
        provider,
        reference,
        currency,
        invoice,
        came,
        by,
        allocated,
        code,
        requested,
        line_order,
        order,
        of_company,
    ) in rows(sql):
        name = f"{provider} {reference}"
        if currency != "KZT":
            yield f"{name} is in {currency or 'no currency'}, and was given to {code}"
        if by != "system" or of_company is not None:
            continue
        if money(allocated) != money(came):
            yield f"{name}: {money(allocated)} of {money(came)} was given to {code} by itself"
        if requested is not None and money(requested) != money(came):
            yield f"{name} over {money(came)} was given to {code}, which asked for {requested}"
        if requested is None and invoice != code and line_order != order:
            yield f"{name} names {invoice or 'no invoice'}, and was given to {code}"


def a_reference_is_made_money_once(at: datetime) -> Iterator[str]:
    """M7: of several messages about one payment at most one became money."""
    sql = """
        SELECT provider, reference, COUNT(*)
        FROM payments_providermessage
        WHERE outcome IN ('applied', 'unmatched')
            AND kind IN ('pay', 'confirm')
        GROUP BY provider, reference
        HAVING COUNT(*) > 1
    """
    for provider, reference, count in rows(sql):
        yield f"{provider} {reference} was made money of {count} different messages"
    sql = """
        SELECT id
        FROM payments_providermessage
        WHERE looked_at IS NOT NULL
            AND (reason = ''
                 OR looked_by = '')
    """
    yield from (
        f"message {number} was settled by nobody or for no reason" for (number,) in rows(sql)
    )


def refunds_stay_within_receipts(at: datetime) -> Iterator[str]:
    """M8: no more is returned of a receipt, or of an order's part of it, than came."""
    sql = """
        SELECT e.provider, e.reference, e.amount, SUM(r.amount)
        FROM payments_ledgerentry r
        JOIN payments_ledgerentry e ON e.provider = r.provider
            AND e.reference = r.refunds_reference
            AND e.kind = 'receipt'
        WHERE r.kind = 'refund'
            AND NOT EXISTS
                (SELECT 1
                 FROM payments_ledgerentry x
                 WHERE x.corrects_id = r.id)
        GROUP BY e.id, e.provider, e.reference, e.amount
    """
    for provider, reference, came, returned in rows(sql):
        if money(returned) > money(came):
            yield f"{provider} {reference}: {money(came)} came and {money(returned)} went back"
    sql = """
        SELECT o.code, SUM(r.amount),
            (SELECT SUM(a.amount)
             FROM payments_allocation a
             WHERE a.order_id = o.id
                 AND a.amount > 0)
        FROM payments_refundground g
        JOIN payments_ledgerentry r ON r.id = g.entry_id
        JOIN payments_refundcase c ON c.id = g.case_id
        JOIN enrollment_order o ON o.id = c.order_id
        WHERE c.entry_id IS NULL
            AND NOT EXISTS
                (SELECT 1
                 FROM payments_ledgerentry x
                 WHERE x.corrects_id = r.id)
        GROUP BY o.id, o.code
    """
    for code, returned, came in rows(sql):
        if money(returned) > money(came):
            yield f"{code} received {money(came)}, and {money(returned)} went back"
    sql = """
        SELECT p.receipt_id, p.received, e.amount, e.kind
        FROM payments_refundpayout p
        JOIN payments_ledgerentry e ON e.id = p.receipt_id
        WHERE p.received <> e.amount
    """
    for receipt, counted, came, kind in rows(sql):
        yield (
            f"a payout of entry {receipt} counted with {money(counted)}, "
            f"and the {kind} is of {money(came)}"
        )
