"""Sending a queued notice: leased, rendered once, sent outside a transaction, recorded (N1, N2)."""

import hashlib
import logging
import smtplib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.mail import EmailMessage, get_connection
from django.core.mail.message import BadHeaderError
from django.db import transaction
from django.utils.module_loading import import_string

from offer_site.leases import Clock, Pauses, held, sweep, take

from .answers import Fault, fault_of, is_final
from .letters import letter_bytes
from .models import LEASE, Notice, NoticeState
from .stops import is_stopped, note_refusal, note_taken

log = logging.getLogger(__name__)

MOST_AT_ONCE = 500  # letters in one run
MOST_ATTEMPTS = 12  # about twenty hours in all
PAUSES = Pauses(first=timedelta(minutes=1), longest=timedelta(hours=6))
# What a stop of sending costs a notice at most: the pause of eight minutes.
HELD_ATTEMPTS = 4
TOO_LATE = "the letter came to its turn too late to be of use"
WITHDRAWN = "withdrawn: what it says is true no more"


@dataclass(frozen=True)
class NoticeResult:
    """The result of one attempt: `sent`, `postponed`, `held`, `withdrawn`, `dead` or `failed`.

    `held`: the mail server refused us, and all notices wait.
    """

    notice: int
    kind: str
    result: str
    error_text: str = ""

    def __str__(self) -> str:
        end = f": {self.error_text}" if self.error_text else ""
        return f"{self.result} notice {self.notice} {self.kind}{end}"


class StoredMessage(EmailMessage):
    """A letter whose bytes are final: every mail backend sends exactly these."""

    def __init__(self, notice: Notice, raw: bytes) -> None:
        super().__init__(from_email=notice.sender, to=[notice.recipient])
        self.raw = raw

    def message(self, **options: Any) -> Any:
        return self

    def as_bytes(self, unixfrom: bool = False, linesep: str = "\r\n") -> bytes:
        return self.raw


def send_due_notices(*, at: datetime, limit: int = MOST_AT_ONCE) -> list[NoticeResult]:
    """Send every notice that is due, each on its own, including those that a lost task left.

    The most urgent goes first, also one that was queued after this run began.
    """
    return sweep(
        _due_one_by_one(at, limit),
        lambda notice, now: send_notice(notice_id=notice.pk, at=now),
        failed=lambda notice, error: NoticeResult(
            notice.pk, notice.kind, "failed", described(error)
        ),
        at=at,
    )


def _due_one_by_one(at: datetime, limit: int) -> Iterator[Notice]:
    """The next notice each time; while sending is stopped, those that need no server."""
    clock = Clock(at)
    tried: list[int] = []
    while len(tried) < limit:
        now = clock.now()
        due = Notice.objects.due(now).exclude(pk__in=tried)
        if is_stopped(now):
            due = due.of_no_use(now)
        notice = due.most_urgent_first().only("pk", "kind").first()
        if notice is None:
            return
        tried.append(notice.pk)
        yield notice


def send_notice(*, notice_id: int, at: datetime) -> NoticeResult | None:
    """Send one notice over SMTP if it is due and nobody else is sending it (12.1).

    It is sent twice only after a crash between sending and recording: with the same Message-ID and
    the same bytes (N1). While sending is stopped it stays where it is.
    """
    clock = Clock(at)
    notice = claim(notice_id, at=at)
    if notice is None:
        return None
    if notice.withdrawn_at:
        return lay_aside(notice)
    if not has_recipient(notice):
        drop(notice, at=clock.now())
        return None
    if notice.is_too_late(at):
        return bury(notice, TOO_LATE)
    if is_stopped(at):
        give_back(notice)
        return None
    try:
        if not is_still_true(notice, at=at):
            owned(notice).update(withdrawn_at=at)
            return lay_aside(notice)
        raw = settled_bytes(notice, at=at)
    # Any error is recorded on this notice and must not stop the others.
    except Exception as error:
        return put_off(notice, error, at=clock.now())
    try:
        deliver(StoredMessage(notice, raw), sent=lambda: record_sent(notice, at=clock.now()))
    except Exception as error:
        if is_final(error):
            return bury(notice, described(error))
        if fault_of(error) == Fault.OURS:
            return hold(notice, described(error), at=clock.now())
        return put_off(notice, error, at=clock.now())
    note_taken(at=clock.now())
    return NoticeResult(notice.pk, notice.kind, "sent", notice.order_code)


def has_recipient(notice: Notice) -> bool:
    """False for a letter that was queued for whoever typed an e-mail, and is for nobody.

    settings.NOTICE_RECIPIENTS names, by what a notice is about, the function of an e-mail that
    knows. Nothing is kept of an e-mail that is no student's.
    """
    knows = settings.NOTICE_RECIPIENTS.get(notice.about_kind)
    return knows is None or bool(import_string(knows)(notice.recipient))


def is_still_true(notice: Notice, *, at: datetime) -> bool:
    """False for a reminder of what was done, moved or lost since it was queued.

    settings.NOTICE_STILL_TRUE names, by kind, the function of a notice and the moment that knows.
    """
    knows = settings.NOTICE_STILL_TRUE.get(notice.kind)
    return knows is None or bool(import_string(knows)(notice, at=at))


@transaction.atomic
def drop(notice: Notice, *, at: datetime) -> None:
    """Delete a letter that is for nobody, and do what its wish asks for instead.

    settings.NOTICE_INSTEAD names the function, by what a notice is about. Both happen, or neither.
    """
    instead = settings.NOTICE_INSTEAD.get(notice.about_kind)
    gone, _rows = owned(notice).delete()
    if gone and instead:
        import_string(instead)(notice=notice, at=at)


def claim(notice_id: int, *, at: datetime) -> Notice | None:
    """The notice, leased to this process; None if it is not due or another process has it."""
    due = Notice.objects.due(at).filter(pk=notice_id)
    return Notice.objects.get(pk=notice_id) if take(due, at=at, lease=LEASE) else None


def settled_bytes(notice: Notice, *, at: datetime) -> bytes:
    """The letter's bytes: those of an earlier attempt, or written and stored now, before sending.

    Raises TimeoutError if the lease ended meanwhile.
    """
    raw = notice.stored_letter()
    if raw is None:
        subject, raw = letter_bytes(notice, at=at)
        name = default_storage.save(
            f"notices/{notice.queued_at:%Y/%m}/{notice.message_id[1:33]}.eml", ContentFile(raw)
        )
        settled = owned(notice).update(
            raw=name, raw_sha256=hashlib.sha256(raw).hexdigest(), subject=subject
        )
        if not settled:
            default_storage.delete(name)
            raise TimeoutError("the letter took longer to write than its lease")
    return raw


def deliver(message: StoredMessage, *, sent: Any) -> None:
    """Send the letter and call `sent` before QUIT, whose failure means nothing."""
    connection = get_connection()
    try:
        connection.open()
        if connection.send_messages([message]) != 1:
            raise smtplib.SMTPException("the mail server took nothing")
        sent()
    finally:
        try:
            connection.close()
        except OSError:
            log.info("The mail server hung up without a good-bye.")


def owned(notice: Notice) -> Any:
    """The row, while it is queued and this process holds its lease."""
    return held(notice).filter(state=NoticeState.QUEUED)


def record_sent(notice: Notice, *, at: datetime) -> None:
    """Record the dispatch, even if the lease has ended meanwhile: the letter did leave."""
    row = Notice.objects.filter(pk=notice.pk).exclude(state=NoticeState.SENT)
    left = row.filter(bounced_at=None).update(
        state=NoticeState.SENT, sent_at=at, lease_until=None, **forgotten(notice, link=True)
    )
    if not left:
        row.filter(sent_at=None).update(sent_at=at)  # it came back before its dispatch was recorded


def put_off(notice: Notice, error: Exception, *, at: datetime) -> NoticeResult:
    """Try this notice again later; after MOST_ATTEMPTS it is given up, for staff to send again."""
    why = described(error)
    if isinstance(error, BadHeaderError) or notice.attempts >= MOST_ATTEMPTS:
        return bury(notice, why)
    owned(notice).update(
        next_attempt_at=at + PAUSES.after(notice.attempts), lease_until=None, last_error=why
    )
    log.warning("Notice %s waits for another attempt: %s", notice.pk, why)
    return NoticeResult(notice.pk, notice.kind, "postponed", why)


def hold(notice: Notice, why: str, *, at: datetime) -> NoticeResult:
    """Let this notice and all others wait: the server refused us, and no recipient did.

    It costs the notice no attempts, however long the stop stands.
    """
    stop = note_refusal(answer=why, at=at)
    attempts = min(notice.attempts, HELD_ATTEMPTS)
    owned(notice).update(
        attempts=attempts,
        next_attempt_at=max(stop.next_attempt_at, at + PAUSES.after(attempts)),
        lease_until=None,
        last_error=why,
    )
    return NoticeResult(notice.pk, notice.kind, "held", why)


def give_back(notice: Notice) -> None:
    """Leave a notice that was claimed as it was."""
    owned(notice).update(lease_until=None, attempts=notice.attempts - 1)


def bury(notice: Notice, why: str) -> NoticeResult:
    """Mark a notice as dead, with the reason, for staff to see (N2)."""
    owned(notice).update(
        state=NoticeState.DEAD, lease_until=None, last_error=why, **forgotten(notice)
    )
    log.error("Notice %s is given up: %s", notice.pk, why)
    return NoticeResult(notice.pk, notice.kind, "dead", why)


def lay_aside(notice: Notice) -> NoticeResult:
    """End a notice that was withdrawn while queued: a decision, not an error in the log."""
    owned(notice).update(
        state=NoticeState.DEAD, lease_until=None, last_error=WITHDRAWN, **forgotten(notice)
    )
    return NoticeResult(notice.pk, notice.kind, "withdrawn", notice.order_code)


def forgotten(notice: Notice, *, link: bool = False) -> dict[str, Any]:
    """What to overwrite so that no secret stays in the database.

    A secret notice loses all its facts. Any other notice loses its link once it is sent: the link
    opens an order's page and its contract to whoever reads a copy of the database. What a person
    wrote may name anything, and stands in the encrypted bytes alone from then on.
    """
    letter = notice.letter
    lost = {each[1] for each in (letter.action, letter.link) if each}
    if letter.is_by_hand:
        lost |= set(letter.also) | {letter.said}
    if letter.secret:
        return {"facts": {}}
    if link and lost:
        return {"facts": {name: fact for name, fact in notice.facts.items() if name not in lost}}
    return {}


def described(error: Exception) -> str:
    """The error in one line, never empty: a dead notice must have its reason."""
    match error:
        case smtplib.SMTPRecipientsRefused():
            answer = "; ".join(
                f"{code} {text(answer)}" for code, answer in error.recipients.values()
            )
        case smtplib.SMTPResponseException():
            answer = f"{error.smtp_code} {text(error.smtp_error)}"
        case _:
            answer = str(error)
    return " ".join(f"{type(error).__name__}: {answer}".split())[:1000]


def text(answer: bytes | str) -> str:
    return answer.decode(errors="replace") if isinstance(answer, bytes) else answer
