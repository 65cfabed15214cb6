"""Letters: one an occasion, none lost, each sent as stored or dead with a reason (N1, N2)."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from email.parser import BytesHeaderParser
from email.utils import getaddresses

from .reading import (
    ANOTHER,
    MISSING,
    Note,
    has_column,
    moment,
    rows,
    sha256,
    stored,
    was_erased,
)

LEASE = timedelta(minutes=10)
STATES = {
    "notices_notice": ("queued", "sent", "dead"),
    "telegram_telegrammessage": ("queued", "sent", "closing", "closed", "dead"),
}
CONTRACT = ("prepaid", "paid", "completed", "terminated")


def one_letter_an_occasion(at: datetime) -> Iterator[str]:
    """N1: no notice is there twice, and none that must be there is lost."""
    sql = """
        SELECT kind, about_kind, about_key, occasion, COUNT(*)
        FROM notices_notice
        GROUP BY kind, about_kind, about_key, recipient, occasion
        HAVING COUNT(*) > 1
    """
    for kind, about, key, occasion, count in rows(sql):
        yield f"{kind} about {about} {key}, {occasion}: {count} letters to one person"
    sql = "SELECT MIN(id), COUNT(*) FROM notices_notice GROUP BY message_id HAVING COUNT(*) > 1"
    yield from (
        f"letter {number}: {count} letters have its Message-ID" for number, count in rows(sql)
    )
    # A company's invoice has one letter for all its orders.
    company = "MAX(o.invoice_id)" if has_column("enrollment_order", "invoice_id") else "NULL"
    sql = f"""
        SELECT o.code, o.state, {company},
               SUM(CASE WHEN n.kind = 'order-placed' THEN 1 ELSE 0
                   END), SUM(CASE WHEN n.kind = 'contract-concluded' THEN 1 ELSE 0
                             END)
        FROM enrollment_order o
        LEFT JOIN notices_notice n ON n.order_code = o.code
            AND n.kind IN ('order-placed', 'contract-concluded')
        GROUP BY o.id, o.code, o.state
    """  # noqa: S608 - a column of ours
    for code, state, of_company, placed, concluded in rows(sql):
        if placed < 1 and of_company is None:
            yield f"{code}: the letter that it was placed is lost"
        if of_company is None and concluded != (1 if state in CONTRACT else 0):
            yield f"{code} is {state}, and {concluded} letters say that its contract is concluded"
    sql = """
        SELECT c.number
        FROM certificates_certificate c
        LEFT JOIN notices_notice n ON n.kind = 'certificate-ready'
            AND n.about_kind = 'certificate'
            AND n.about_key = c.number
        WHERE c.rendered_at IS NOT NULL
            AND n.id IS NULL
    """
    yield from (f"{number} was issued, and its letter is lost" for (number,) in rows(sql))


def what_was_sent_is_stored(at: datetime) -> Iterator[str]:
    """N1: the bytes of each letter are stored as written, with its Message-ID and recipient.

    That includes letters that only their reader may read: the bytes are encrypted.
    """
    sql = """
        SELECT id, kind, raw, raw_sha256, message_id, recipient, state, sent_at
        FROM notices_notice
        WHERE raw <> ''
            OR raw_sha256 <> ''
            OR state = 'sent'
    """
    for number, kind, raw, digest, message_id, recipient, state, sent_at in rows(sql):
        name = f"letter {number} {kind}"
        if state == "sent" and sent_at is None:
            yield f"{name} was sent at no time"
        letter, fault = stored(raw)
        if fault == MISSING and was_erased(raw):
            yield Note(f"{name}: its file is erased")
        elif fault or sha256(letter) != digest:
            yield f"{name}: its file {fault or ANOTHER}"
        else:
            head = BytesHeaderParser().parsebytes(letter)
            to = {address for _name, address in getaddresses(head.get_all("To", []))}
            if str(head["Message-ID"]).strip() != message_id or recipient not in to:
                yield f"{name}: its bytes have another Message-ID or recipient"


def every_letter_is_somewhere(at: datetime) -> Iterator[str]:
    """N2: queued, sent, or dead with its reason; none waits longer than two leases.

    Letters may wait longer while the mail server refuses all of them and is still being asked.
    """
    stopped = _sending_is_stopped(at)
    for table, states in STATES.items():
        what = "letter" if table == "notices_notice" else "Telegram message"
        sql = f"""
            SELECT id, state, last_error, next_attempt_at, lease_until
            FROM {table}
            WHERE state <> 'sent'
        """  # noqa: S608
        for number, state, error, next_at, lease in rows(sql):
            if state not in states:
                yield f"{what} {number} is {state}"
            elif state == "dead" and not error:
                yield f"{what} {number} is dead for no reason"
            elif state in ("queued", "closing") and not (what == "letter" and stopped):
                free_since = max(moment(next_at), moment(lease or next_at))
                if free_since + 2 * LEASE <= at:
                    yield (
                        f"{what} {number} has been without an owner since {free_since.isoformat()}"
                    )


def _sending_is_stopped(at: datetime) -> bool:
    if not has_column("notices_sendingstop", "ended_at"):
        return False
    sql = "SELECT next_attempt_at FROM notices_sendingstop WHERE ended_at IS NULL"
    return any(moment(next_at) + 2 * LEASE > at for (next_at,) in rows(sql))
