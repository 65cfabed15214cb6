"""Personal data are kept as long as they may be, and no longer (5.2, 11.2; S3)."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import groupby

from .reading import day, has_column, in_almaty, moment, rows, stored

# The terms, repeated here: days and years after the end, and how long the clock may be late.
UNPAID_DAYS = 30
CONTRACT_YEARS = 5
LATE_DAYS = 3
DISPUTE = timedelta(days=3 * 366)  # a court can be asked for three years


def nothing_is_kept_beyond_its_term(at: datetime) -> Iterator[str]:
    """S3: an order that nobody paid is blank after 30 days, a contract five years after its end.

    Orders with a running deadline, an open refund case or claim, a dispute, a talk, a force majeure
    or a standing report are held.
    """
    today = in_almaty(at)
    sql = """
        SELECT o.code, o.state, (
            SELECT MAX(j.at)
            FROM journal_entry j
            WHERE j.chain = o.code
                AND j.verb IN (
                    'order.lapsed', 'order.cancelled', 'order.replaced', 'order.moved'
                )
        ), EXISTS (SELECT 1 FROM payments_allocation a WHERE a.order_id = o.id)
            OR EXISTS (
                SELECT 1
                FROM payments_ledgerentry e
                LEFT JOIN enrollment_invoice i ON i.id = o.invoice_id
                WHERE e.invoice_id = o.code OR e.invoice_id = i.code
            )
        FROM enrollment_order o
        JOIN enrollment_party p ON p.id = o.party_id
        WHERE o.state IN ('lapsed', 'completed', 'terminated')
            AND p.salt <> ''
            AND NOT EXISTS (
                SELECT 1 FROM enrollment_deadline d WHERE d.order_id = o.id AND d.met_at IS NULL
            )
            AND NOT EXISTS (
                SELECT 1
                FROM enrollment_clarification q
                WHERE q.order_id = o.id AND q.answered_at IS NULL AND q.withdrawn_at IS NULL
            )
            AND NOT EXISTS (
                SELECT 1
                FROM enrollment_paymentreport r
                WHERE r.order_id = o.id AND r.ended_at IS NULL
            )
            AND NOT EXISTS (
                SELECT 1
                FROM enrollment_claim k
                LEFT JOIN enrollment_claimanswer a ON a.claim_id = k.id
                WHERE k.order_id = o.id AND a.id IS NULL AND k.withdrawn_at IS NULL
            )
            AND NOT EXISTS (
                SELECT 1
                FROM enrollment_editiontalk t
                JOIN enrollment_editionanswer a ON a.id = t.answer_id
                JOIN enrollment_editionnotice n ON n.id = a.notice_id
                WHERE n.order_id = o.id AND t.closed_at IS NULL
            )
            AND NOT EXISTS (
                SELECT 1
                FROM enrollment_forcemajeurecontract f
                JOIN enrollment_forcemajeure e ON e.id = f.event_id
                WHERE f.order_id = o.id
                    AND f.settled_at IS NULL
                    AND e.rejected_at IS NULL
                    AND (e.confirmed_at IS NULL OR e.ended_on IS NULL)
            )
            AND NOT EXISTS (
                SELECT 1
                FROM payments_refundcase c
                WHERE c.order_id = o.id
                    AND c.cancelled_at IS NULL
                    AND (
                        NOT EXISTS (
                            SELECT 1
                            FROM payments_refunddecision d
                            WHERE d.case_id = c.id AND d.approved_at IS NOT NULL
                        )
                        OR EXISTS (
                            SELECT 1
                            FROM payments_refundpayout p
                            WHERE p.case_id = c.id AND p.done_at IS NULL
                        )
                    )
            )
    """
    disputed = set(_disputed(at))
    for code, state, ended_at, has_money in rows(sql):
        if ended_at is None or code in disputed:
            continue  # of the first, another line says that the journal leads to no such state
        ended = in_almaty(ended_at)
        if state == "lapsed" and not has_money:
            last = ended + timedelta(days=UNPAID_DAYS)
        else:
            last = day(f"{ended.year + CONTRACT_YEARS}-{ended.month:02}-{min(ended.day, 28):02}")
            last += timedelta(days=3)
        if last + timedelta(days=LATE_DAYS) < today:
            yield f"{code}: its data are kept since {ended}, longer than they may be"


def _disputed(at: datetime) -> Iterator[str]:
    """The orders with a claim whose proposal was declined so late that a court may be asked."""
    sql = """
        SELECT o.code, a.replied_at
        FROM enrollment_claimanswer a
        JOIN enrollment_claim k ON k.id = a.claim_id
        JOIN enrollment_order o ON o.id = k.order_id
        WHERE a.accepted = %s
    """
    for code, replied_at in rows(sql, False):
        if moment(replied_at) >= at - DISPUTE:
            yield code


def erased_files_are_gone(at: datetime) -> Iterator[str]:
    """S3: the bytes of a file that was erased are deleted, and a journal row tells of it."""
    if not has_column("retention_erasedfile", "name"):
        return
    sql = """
        SELECT f.name, f.deleted_at, j.id
        FROM retention_erasedfile f
        LEFT JOIN journal_entry j ON j.verb = 'personal_data.erased'
            AND j.chain = CASE WHEN f.order_code = '' THEN 'house' ELSE f.order_code END
    """
    for name, deleted_at, line in rows(sql):
        if line is None:
            yield f"{name} was erased without a journal row"
        if deleted_at is not None and not stored(name)[1]:
            yield f"{name} was erased, and its bytes are still there"


def wishes_are_answered_in_time(at: datetime) -> Iterator[str]:
    """S3: a wish to erase is answered within its term, and leaves its journal rows."""
    if not has_column("retention_erasurerequest", "due_before"):
        return
    sql = """
        SELECT w.id, w.due_on, w.asked_at, w.done_at, w.withdrawn_at, asked.id, done.id
        FROM retention_erasurerequest w
        LEFT JOIN journal_entry asked ON asked.verb = 'erasure.asked'
            AND asked.about_kind = 'erasure'
            AND asked.about_key = CAST(w.id AS VARCHAR(20))
        LEFT JOIN journal_entry done ON done.verb = 'erasure.answered'
            AND done.about_kind = 'erasure'
            AND done.about_key = CAST(w.id AS VARCHAR(20))
    """
    for number, due_on, asked_at, done_at, withdrawn_at, asked, done in rows(sql):
        if asked is None or (done_at is not None) != (done is not None):
            yield f"wish to erase {number}: the journal tells of it otherwise"
        if (day(due_on) - in_almaty(asked_at)).days > 15:
            yield f"wish to erase {number}: its term is longer than 15 days"
        if done_at is None and withdrawn_at is None and day(due_on) < in_almaty(at):
            yield f"wish to erase {number} is not answered, due {due_on}"


def leaks_are_told_in_time(at: datetime) -> Iterator[str]:
    """S3: the authority is told of a leak within its clock; each step has its journal row."""
    if not has_column("retention_leak", "due_before"):
        return
    sql = """
        SELECT l.id, l.due_on, l.found_at, l.reported_at, l.persons_told_at, j.verb
        FROM retention_leak l
        LEFT JOIN journal_entry j ON j.about_kind = 'leak'
            AND j.about_key = CAST(l.id AS VARCHAR(20))
        ORDER BY l.id
    """
    for number, group in groupby(rows(sql), key=lambda row: row[0]):
        of_leak = list(group)
        _number, due_on, found_at, reported_at, told_at, _verb = of_leak[0]
        verbs = {row[-1] for row in of_leak}
        steps = {
            "leak.recorded": True,
            "leak.reported": reported_at is not None,
            "leak.persons_told": told_at is not None,
        }
        for verb, is_done in steps.items():
            if is_done != (verb in verbs):
                yield f"leak {number}: the journal tells of {verb} otherwise"
        if reported_at is None and day(due_on) < in_almaty(at):
            yield f"leak {number}: the authority was not told, due {due_on}"
        if day(due_on) <= in_almaty(found_at):
            yield f"leak {number}: its clock ends before it begins"
