"""What people did with money: statement lines, money entered by hand, refunds (M11, M12)."""

import hashlib
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from .reading import content, day, fault_of_file, finding, has_column, money, plain, rows

MOST_EQUAL = 100  # identical lines of one file


def a_line_is_matched_or_waits_or_is_set_aside(at: datetime) -> Iterator[str]:
    """M11: a matched line is its order's money, of the same sum; a waiting one is in no ledger."""
    company = has_column("payments_statementline", "invoice_id")
    of_company = (
        "a.order_id IN (SELECT o.id FROM enrollment_order o WHERE o.invoice_id = l.invoice_id)"
    )
    sql = f"""
        SELECT l.id, l.fingerprint, l.state, l.amount, l.reason, l.doubt, e.id, e.amount,
            (SELECT COUNT(*)
             FROM payments_allocation a
             WHERE a.entry_id = e.id
                 AND (a.order_id = l.order_id {"OR " + of_company if company else ""}))
        FROM payments_statementline l
        LEFT JOIN payments_ledgerentry e ON e.provider = 'bank'
            AND e.reference = l.fingerprint
            AND e.kind = 'receipt'
    """  # noqa: S608 - expressions of ours
    for number, _fingerprint, state, amount, reason, doubt, entry, recorded, allocations in rows(
        sql
    ):
        if state not in ("unmatched", "matched", "set-aside", "taken"):
            yield f"line {number} is {state}"
        elif state in ("matched", "taken"):
            if entry is None or money(recorded) != money(amount):
                yield f"line {number} of {money(amount)} is {state}, and the ledger has {recorded}"
            if state == "matched" and not allocations:
                yield f"line {number} is matched, and its order was given nothing of it"
        elif entry is not None:
            yield f"line {number} is {state}, and the ledger has it"
        elif state == "set-aside" and not reason and doubt != "aggregate":
            yield f"line {number} is set aside for no reason"
    sql = """
        SELECT e.reference
        FROM payments_ledgerentry e
        LEFT JOIN payments_statementline l ON l.fingerprint = e.reference
        WHERE e.provider = 'bank'
            AND e.kind = 'receipt'
            AND l.id IS NULL
    """
    yield from (
        f"bank {reference}: no line of a statement tells of it" for (reference,) in rows(sql)
    )


def a_line_is_what_the_bank_told(at: datetime) -> Iterator[str]:
    """M11: a line's fingerprint recomputes, so that no overlapping file adds it twice.

    Of two equal lines both stay: the first and the second.
    """
    sql = """
        SELECT l.id, l.fingerprint, f.account, l.number, l.documented_on, l.amount, l.told
        FROM payments_statementline l
        JOIN payments_statementfile f ON f.id = l.file_id
    """
    for number, fingerprint, account, document, documented_on, amount, told in rows(sql):
        facts = content(plain(told) or "{}")
        parts = (
            account,
            document,
            day(documented_on).isoformat(),
            str(money(amount)),
            facts.get("payer_id", ""),
            facts.get("purpose", ""),
        )
        if fingerprint not in _fingerprints(parts) and len(document) < 40:
            yield f"line {number} is not what the bank told: its fingerprint does not recompute"
    sql = """
        SELECT f.id, f.incoming, COUNT(l.id)
        FROM payments_statementfile f
        LEFT JOIN payments_statementline l ON l.file_id = f.id
        WHERE f.stored_at IS NOT NULL
        GROUP BY f.id, f.incoming
        HAVING COUNT(l.id) > f.incoming
    """
    for number, incoming, lines in rows(sql):
        yield f"statement {number} told of {incoming} operations and has {lines} lines"


def _fingerprints(parts: tuple[str, ...]) -> Iterator[str]:
    key = hashlib.blake2b("\x1f".join(parts).encode(), digest_size=16).digest()
    for occurrence in range(1, MOST_EQUAL):
        yield hashlib.blake2b(key + str(occurrence).encode(), digest_size=16).hexdigest()


def money_by_hand_has_two_persons(at: datetime) -> Iterator[str]:
    """M12: a person, a reason, a document and a time; a second person; an entry of the same sum."""
    provider = "CASE WHEN m.way = 'installment' THEN 'installment' ELSE 'manual' END"
    reference = (
        "CASE WHEN m.way = 'installment' THEN m.reference ELSE m.way || ' ' || m.reference END"
    )
    sql = f"""
        SELECT m.id, m.amount, m.reason, m.document, m.document_sha256, m.entered_by,
               m.approved_by, m.approved_at, e.amount
        FROM payments_manualreceipt m
        LEFT JOIN payments_ledgerentry e ON e.provider = {provider}
            AND e.reference = {reference}
            AND e.kind = 'receipt'
        ORDER BY m.id
    """  # noqa: S608 - expressions of ours
    for number, amount, reason, document, digest, entered, approved, approved_at, recorded in rows(
        sql
    ):
        name = f"money by hand {number}"
        yield from _two_persons(name, entered, approved, is_approved=approved_at is not None)
        if not (reason and document and digest):
            yield f"{name} lacks its reason or document"
        elif fault := fault_of_file(document, digest):
            yield finding(f"{name}: its document", document, fault)
        if approved_at is not None and money(recorded) != money(amount):
            yield f"{name} of {money(amount)} is approved, and the ledger has {recorded}"
    sql = f"""
        SELECT e.provider, e.reference
        FROM payments_ledgerentry e
        WHERE e.provider IN ('manual', 'installment')
            AND e.kind = 'receipt'
            AND NOT EXISTS
                (SELECT 1
                 FROM payments_manualreceipt m
                 WHERE m.approved_at IS NOT NULL
                     AND e.provider = {provider}
                     AND e.reference = {reference})
    """  # noqa: S608
    for provider_, reference_ in rows(sql):
        yield f"{provider_} {reference_}: nobody entered and approved it"


def corrections_have_two_persons(at: datetime) -> Iterator[str]:
    """M3, M12: a counter-entry is of the whole sum, and two persons decided it by a document."""
    if not has_column("payments_ledgercorrection", "id"):
        return
    sql = """
        SELECT x.id, x.provider, x.reference, x.amount, e.amount, e.provider, e.reference,
               c.id, c.reason, c.document, c.document_sha256, c.entered_by, c.approved_by,
               c.approved_at
        FROM payments_ledgerentry x
        LEFT JOIN payments_ledgerentry e ON e.id = x.corrects_id
        LEFT JOIN payments_ledgercorrection c ON c.entry_id = x.corrects_id
            AND c.approved_at IS NOT NULL
        WHERE x.kind = 'correction'
    """
    for (
        _number,
        provider,
        reference,
        amount,
        wrong,
        wrong_provider,
        wrong_reference,
        correction,
        reason,
        document,
        digest,
        entered,
        approved,
        approved_at,
    ) in rows(sql):
        name = f"counter-entry {provider} {reference}"
        if (provider, reference) != (wrong_provider, wrong_reference):
            yield f"{name} corrects {wrong_provider} {wrong_reference}"
        if money(amount) + money(wrong) != 0:
            yield f"{name} takes {money(amount)} from an entry of {money(wrong)}"
        if correction is None:
            yield f"{name}: nobody proposed and approved it"
            continue
        yield from _two_persons(name, entered, approved, is_approved=approved_at is not None)
        if not (reason and document and digest):
            yield f"{name} lacks its reason or document"
        elif fault := fault_of_file(document, digest):
            yield finding(f"{name}: its document", document, fault)


def typed_transfers_have_two_persons(at: datetime) -> Iterator[str]:
    """M12: the same for a typed transfer, unless a file of the bank brought it later."""
    sql = """
        SELECT l.id, l.state, f.sha256, t.id, t.reason, t.document, t.document_sha256, t.entered_by,
               t.approved_by, t.approved_at, t.told_in_id
        FROM payments_statementline l
        JOIN payments_statementfile f ON f.id = l.file_id
        LEFT JOIN payments_typedtransfer t ON t.line_id = l.id
        WHERE t.id IS NOT NULL
            OR f.sha256 IS NULL
    """
    for (
        line,
        state,
        _file,
        typed,
        reason,
        document,
        digest,
        entered,
        approved,
        approved_at,
        told,
    ) in rows(sql):
        name = f"typed transfer of line {line}"
        if typed is None:
            yield f"{name}: nobody entered it"
            continue
        yield from _two_persons(name, entered, approved, is_approved=approved_at is not None)
        if not (reason and document and digest):
            yield f"{name} lacks its reason or document"
        elif fault := fault_of_file(document, digest):
            yield finding(f"{name}: its document", document, fault)
        if state in ("matched", "taken") and approved_at is None and told is None:
            yield f"{name} is {state}, and no second person approved it"


def _two_persons(name: str, first: str, second: str, *, is_approved: bool) -> Iterator[str]:
    if not first:
        yield f"{name} names nobody who entered it"
    if is_approved and (not second or second == first):
        yield f"{name} was approved by {second or 'nobody'}, and entered by {first}"


def refunds_have_two_persons(at: datetime) -> Iterator[str]:
    """M12: a refund has a decision of two people and its demand's document, and stays within it."""
    sql = """
        SELECT d.case_id, d.proposed_by_id, d.approved_by_id, d.approved_at, d.proposed_at,
               c.document
        FROM payments_refunddecision d
        JOIN payments_refundcase c ON c.id = d.case_id
    """
    for case, proposed, approved, approved_at, proposed_at, document in rows(sql):
        if proposed is None or proposed_at is None or not document:
            yield f"refund case R-{case} lacks who proposed it, when, or its document"
        if approved_at is not None and approved in (None, proposed):
            yield f"refund case R-{case} was proposed and approved by one person"
    sql = """
        SELECT c.id, d.granted, d.made, p.paid, p.done, p.faulty
        FROM payments_refundcase c
        JOIN
            (SELECT p.case_id, SUM(p.amount) AS paid,
                    SUM(CASE WHEN p.state = 'done' THEN 1 ELSE 0
                        END) AS done,
                    SUM(CASE
                            WHEN p.state = 'done'
                                 AND (r.id IS NULL
                                      OR r.kind <> 'refund'
                                      OR r.amount <> p.amount
                                      OR r.refunds_reference <> e.reference
                                      OR r.reference <> p.reference
                                      OR x.id IS NOT NULL) THEN 1 ELSE 0
                        END) AS faulty
             FROM payments_refundpayout p
             JOIN payments_ledgerentry e ON e.id = p.receipt_id
             LEFT JOIN payments_ledgerentry r ON r.id = p.refund_id
             LEFT JOIN payments_ledgerentry x ON x.corrects_id = r.id
             GROUP BY p.case_id) p ON p.case_id = c.id
        LEFT JOIN payments_refunddecision d ON d.case_id = c.id
            AND d.approved_at IS NOT NULL
    """
    for case, granted, made, paid, _done, faulty in rows(sql):
        if granted is None:
            yield f"refund case R-{case} pays out {money(paid)}, and no two people decided so"
        elif money(paid) > money(granted) - money(made):
            yield f"refund case R-{case} grants {money(granted)} and pays out {money(paid)}"
        if faulty:
            yield f"refund case R-{case}: a payout that is done is not the refund of the ledger"
    yield from _refunds_by_hand(at)
    yield from _refunds_corrected(at)


def _refunds_by_hand(at: Any) -> Iterator[str]:
    """M12: a payout made by a person has its document and time."""
    sql = """
        SELECT id, case_id
        FROM payments_refundpayout
        WHERE state = 'done'
            AND done_by_id IS NOT NULL
            AND (document = ''
                 OR done_at IS NULL)
    """
    yield from (
        f"payout {number} of R-{case} was made by hand without its document"
        for number, case in rows(sql)
    )


def _refunds_corrected(at: Any) -> Iterator[str]:
    """M3, M8: a refund that is corrected was a payout of the case that it names."""
    sql = """
        SELECT r.provider, r.reference
        FROM payments_ledgerentry x
        JOIN payments_ledgerentry r ON r.id = x.corrects_id
        WHERE r.kind = 'refund'
            AND NOT EXISTS
                (SELECT 1
                 FROM payments_refundground g
                 JOIN payments_refundpayout p ON p.case_id = g.case_id
                 JOIN payments_ledgerentry e ON e.id = p.receipt_id
                 WHERE g.entry_id = r.id
                     AND e.provider = r.provider
                     AND e.reference = r.refunds_reference)
    """
    for provider, reference in rows(sql):
        yield f"{provider} {reference}: a refund is corrected that was the payout of no case"
