"""The outbox: a notice is queued in the caller's transaction and sent outside any (outbox.py)."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from offer_site.after_commit import call_after_commit
from offer_site.errors import RuleViolation
from offer_site.journal.operations import record
from offer_site.prepared import insert

from .kinds import LETTERS, NoticeKind
from .models import Notice, NoticeState
from .outbox import send_due_notices, send_notice
from .tasks import send_notice_task

# The clock of a worker's machine may be behind: without this, the task would find the notice
# not yet due and do nothing.
CLOCKS_DIFFER = timedelta(seconds=5)

# Without a worker the caller sends each notice himself, which takes about a second.
_calls_senders = ContextVar("rings", default=True)

__all__ = [
    "left_to_the_sweep",
    "queue_notice",
    "send_again",
    "send_due_notices",
    "send_many_again",
    "send_notice",
    "withdraw_marketing",
    "withdraw_notices",
    "withhold_notice",
]


def queue_notice(
    kind: str,
    *,
    about: tuple[str, str],
    to: str,
    language: str,
    order: str = "",
    occasion: str = "first",
    facts: dict[str, Any] | None = None,
    attachments: list[tuple[str, str]] | None = None,
    answers: tuple[str, ...] = (),
    at: datetime,
) -> Notice:
    """Queue a notice with one INSERT, and start a task after commit (12.1).

    `facts` are those the kind names in kinds.py; they hold no address, income or IIN. A missing
    fact is a ValueError. The same notice for the same occasion twice is an IntegrityError: callers
    hold a lock on what the notice is about. `answers`: Message-IDs, the answered letter's first.
    """
    kind = NoticeKind(kind)
    missing = LETTERS[kind].needs - set(facts or {})
    if missing:
        raise ValueError(f"a letter {kind} needs the facts {', '.join(sorted(missing))}")
    notice = Notice(
        kind=kind,
        about_kind=about[0],
        about_key=str(about[1]),
        occasion=occasion,
        recipient=to,
        sender=settings.PROVIDER_EMAIL,
        language=language,
        order_code=order,
        facts=facts or {},
        attachments=[list(each) for each in attachments or []],
        message_id=new_message_id(),
        in_reply_to=answers[0] if answers else "",
        thread=" ".join(reversed(answers)),
        queued_at=at,
        next_attempt_at=at - CLOCKS_DIFFER,
    )
    insert([notice])
    _call_sender(notice)
    return notice


@transaction.atomic
def send_again(*, notice: Notice, by: str, at: datetime) -> Notice:
    """Queue a dead notice again for staff, with the same Message-ID and bytes (12.1).

    Raises RuleViolation if the notice is not dead, was withdrawn (12.1), or is a code (3.1).
    """
    notice = Notice.objects.select_for_update().get(pk=notice.pk)
    if notice.state != NoticeState.DEAD:
        raise RuleViolation(_("Only a letter that was given up can be sent again."), clause="12.1")
    if notice.withdrawn_at:
        raise RuleViolation(
            _("This letter was withdrawn: what it says is true no more."), clause="12.1"
        )
    if notice.letter.secret:
        raise RuleViolation(
            _("A code is not sent again. The person asks for a new one."), clause="3.1"
        )
    record(
        "notice.sent_again",
        about=("notice", str(notice.pk)),
        by=by,
        at=at,
        clause="12.1",
        facts={"kind": notice.kind, "order": notice.order_code, "attempts": notice.attempts},
    )
    notice.state = NoticeState.QUEUED
    notice.attempts = 0
    notice.next_attempt_at = at
    notice.sent_at = None  # the dispatch that came back is recorded in its Bounce
    notice.bounced_at = None
    notice.save(update_fields=["state", "attempts", "next_attempt_at", "sent_at", "bounced_at"])
    _call_sender(notice)
    return notice


def send_many_again(*, notices: Iterable[Notice], by: str, at: datetime) -> tuple[int, int]:
    """Queue each dead notice again, as after a fault that killed many.

    The clock sends them. Returns how many are queued, and how many may not be sent again.
    """
    queued = 0
    refused = 0
    with left_to_the_sweep():
        for notice in notices:
            try:
                send_again(notice=notice, by=by, at=at)
                queued += 1
            except RuleViolation:
                refused += 1
    return queued, refused


def withdraw_notices(
    *, about: tuple[str, str], kind: NoticeKind | None = None, at: datetime
) -> int:
    """Withdraw the queued and dead notices about a thing, or only those of a kind.

    They will not be sent; one that is being sent at this moment may still leave.
    """
    waiting = Notice.objects.filter(about_kind=about[0], about_key=str(about[1]), withdrawn_at=None)
    if kind:
        waiting = waiting.filter(kind=kind)
    return waiting.exclude(state=NoticeState.SENT).update(withdrawn_at=at, next_attempt_at=at)


def withdraw_marketing(*, recipients: Iterable[str], at: datetime) -> int:
    """Withdraw the marketing to these addresses that has not left (5.3.5).

    The caller holds the lock under which such letters are queued.
    """
    kinds = [kind for kind, letter in LETTERS.items() if letter.is_marketing]
    waiting = Notice.objects.filter(kind__in=kinds, recipient__in=recipients, withdrawn_at=None)
    return waiting.exclude(state=NoticeState.SENT).update(withdrawn_at=at, next_attempt_at=at)


def withhold_notice(notice: Notice, *, why: str, at: datetime, is_withdrawn: bool = True) -> None:
    """End a notice that was queued in this transaction: it stays as a row.

    It is never sent, or, if it is not withdrawn, only when staff send it again.
    """
    Notice.objects.filter(pk=notice.pk).update(
        state=NoticeState.DEAD, last_error=why, withdrawn_at=at if is_withdrawn else None
    )


@contextmanager
def left_to_the_sweep() -> Iterator[None]:
    """No tasks for notices queued inside: an import queues hundreds, and the sweep sends them."""
    token = _calls_senders.set(False)
    try:
        yield
    finally:
        _calls_senders.reset(token)


def _call_sender(notice: Notice) -> None:
    """Have a worker send the notice after the commit, unless that is left to the clock."""
    if _calls_senders.get():
        call_after_commit(send_notice_task, notice.pk, priority=notice.letter.priority)


def new_message_id() -> str:
    """The Message-ID that a notice keeps through every attempt, on the domain of the site (N1)."""
    return f"<{uuid4().hex}@{urlsplit(settings.SITE_URL).hostname}>"
