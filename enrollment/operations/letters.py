"""Letters that a visitor causes by typing an e-mail: few, until somebody opens one of them."""

from datetime import datetime
from typing import Any

from django.db.models import Q

from enrollment.models import GuardianConsent, Party
from enrollment.rules.bounds import DAY, LETTERS_TO_A_READER, LETTERS_TO_A_STRANGER
from offer_site.attempts.operations import attempts_about
from offer_site.notices.kinds import NoticeKind
from offer_site.notices.models import Notice
from offer_site.notices.operations import queue_notice, withhold_notice

WITHHELD = "withheld: this mailbox has had enough letters of a day, and opened none"


def write_to_visitor(
    kind: NoticeKind,
    *,
    to: str,
    at: datetime,
    is_only_door: bool = False,
    counted_as: str = "letters",
    **letter: Any,
) -> Notice:
    """Queue a letter, or keep it as withheld when its mailbox has had enough of them today.

    The order or correction itself stands: nobody can shut a buyer out by typing his e-mail.
    `is_only_door`: its reader has no other way in, as a guardian, so that staff may send it again.
    `counted_as`: letters of another count neither use up these nor are used up by them.
    """
    notice = queue_notice(kind, to=to, at=at, **letter)
    # Whatever follows a plus sign comes to the same mailbox.
    local, _at, domain = to.partition("@")
    mailbox = f"{local.partition('+')[0]}@{domain}"
    today = attempts_about(mailbox, counted_as, seconds=DAY).add(at=at)
    if today > LETTERS_TO_A_STRANGER and (today > LETTERS_TO_A_READER or not _is_read(to)):
        withhold_notice(notice, why=WITHHELD, at=at, is_withdrawn=not is_only_door)
    return notice


def _is_read(email: str) -> bool:
    """True if a letter to this e-mail was opened, an order with it paid, or a minor's allowed."""
    alive = Q(email_seen_at__isnull=False) | Q(order__acceptance__isnull=False)
    return (
        Party.objects.filter(alive, email=email).exists()
        or GuardianConsent.objects.given().filter(email=email).exists()
    )
