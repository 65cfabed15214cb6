"""Whether all that contract holders wrote until a moment is read, before silence says anything."""

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db.models import Q

from offer_site.notices.incoming import folder_of, name_of
from offer_site.notices.models import MailboxPlace
from offer_site.notices.spool import mails_of

from .models import Letter
from .rules import Standing


def may_have_unread(
    orders: Iterable[int], *, since: datetime, before: datetime, read_until: datetime
) -> bool:
    """True while a letter about these orders that came between two moments may still be unread.

    Of a mail that was set aside nobody knows whose it is. The mailbox was read at `read_until` or
    later: a report of a letter that came back is known too.
    """
    of_these = Q(concerns__order__in=list(orders)) | Q(standing=Standing.SET_ASIDE)
    if Letter.objects.unread().filter(of_these, arrived_at__lt=before).exists():
        return True
    return _waits_in_mailbox(since, read_until) or _waits_in_spool()


def _waits_in_mailbox(since: datetime, read_until: datetime) -> bool:
    """True unless all its folders were read to their ends, and no mail failed or was too old."""
    url = settings.INCOMING_MAIL_URL
    if not url:
        return False
    waits = ~Q(again=[]) | Q(failing_since__isnull=False) | Q(passed_over_at__gte=since)
    if MailboxPlace.objects.filter(waits).exists():
        return True
    inbox = MailboxPlace.objects.filter(mailbox=name_of(url, folder_of(url)))
    return not inbox.filter(whole_at__gte=read_until).exists()


def _waits_in_spool() -> bool:
    spool = settings.INCOMING_MAIL_SPOOL
    return bool(spool) and any(mails_of(Path(spool)))
