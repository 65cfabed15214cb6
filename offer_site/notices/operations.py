"""The outbox: a letter is queued in the transaction that needs it, and sent outside any."""

from datetime import datetime
from urllib.parse import urlsplit
from uuid import uuid4

from django.conf import settings

from .kinds import LETTERS, NoticeKind
from .models import Notice


def queue_notice(
    kind: str,
    *,
    about: tuple[str, str],
    to: str,
    language: str,
    order: str = "",
    occasion: str = "first",
    facts: dict[str, str | int] | None = None,
    attachments: list[tuple[str, str]] | None = None,
    at: datetime,
) -> Notice:
    """Put a letter into the outbox with one INSERT, and ring for a worker after commit (12.1).

    `facts` are those the kind names in kinds.py, and hold no address, income or IIN. The same letter for the same
    occasion twice is an IntegrityError: callers hold a lock on what the letter is about.
    """
    kind = NoticeKind(kind)
    missing = LETTERS[kind].needs - set(facts or {})
    if missing:
        raise ValueError(f"a letter {kind} needs the facts {', '.join(sorted(missing))}")
    notice = Notice.objects.create(
        kind=kind, about_kind=about[0], about_key=str(about[1]), occasion=occasion, recipient=to,
        sender=settings.PROVIDER_EMAIL, language=language, order_code=order, facts=facts or {},
        attachments=[list(each) for each in attachments or []], message_id=new_message_id(), queued_at=at,
        next_attempt_at=at,
    )  # fmt: skip
    return notice


def new_message_id() -> str:
    """Make the Message-ID that a letter keeps through every attempt, on the domain of the site (N1)."""
    return f"<{uuid4().hex}@{urlsplit(settings.SITE_URL).hostname}>"
