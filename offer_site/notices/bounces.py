"""Reports that a notice came back: each is kept, and the notice is dead until staff act (12.1).

A report counts only if it contains our Message-ID, which nobody can guess, and names the recipient
of that notice.
"""

import hashlib
from datetime import datetime

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction

from offer_site.journal.operations import SYSTEM, record

from .models import Bounce, Notice, NoticeState
from .outbox import forgotten
from .reports import FAILED, Report

BOUNCED = "bounced"
KNOWN = "known"
NOTHING_NEW = "not bounced"
OF_ANOTHER = "of another letter"


@transaction.atomic
def record_report(*, report: Report, raw: bytes, at: datetime) -> str:
    """Record what a mail server reports of a notice; return one of the words above.

    The notice is locked. A delay changes nothing, nor does the same report twice. OF_ANOTHER means
    that the mail is not about a notice of ours and must stay where it is.
    """
    named = Notice.objects.select_for_update().filter(message_id__in=report.message_ids)
    ours = [each for each in named.order_by("pk") if each.raw_sha256]
    notice = next((each for each in ours if report.about(each.recipient)), None)
    delivery = report.about(notice.recipient) if notice else None
    if notice is None or delivery is None:
        return OF_ANOTHER
    if delivery.action != FAILED:
        return NOTHING_NEW
    digest = hashlib.sha256(raw).hexdigest()
    if notice.bounces.filter(raw_sha256=digest).exists():
        return KNOWN
    before = notice.bounces.first() if _is_of_a_dispatch_before(notice, report) else None
    kept_as = default_storage.save(f"bounces/{at:%Y/%m}/{digest[:32]}.eml", ContentFile(raw))
    try:
        Bounce.objects.create(
            notice=notice,
            status=delivery.status,
            sent_at=(before or notice).sent_at,
            read_at=at,
            raw=kept_as,
            raw_sha256=digest,
        )
        facts = {
            "kind": notice.kind,
            "order": notice.order_code,
            "status": delivery.status,
            "report": digest,
        }
        record(
            "notice.bounced",
            about=("notice", str(notice.pk)),
            facts=facts,
            by=SYSTEM,
            at=at,
            clause="12.1",
        )
        if before is None:
            why = f"bounced: {delivery.status} {delivery.diagnostic}".strip()
            Notice.objects.filter(pk=notice.pk).update(
                state=NoticeState.DEAD,
                bounced_at=at,
                lease_until=None,
                last_error=why,
                **forgotten(notice),
            )
    except BaseException:
        default_storage.delete(kept_as)
        raise
    return BOUNCED


def _is_of_a_dispatch_before(notice: Notice, report: Report) -> bool:
    """True for a report of an earlier dispatch: it must not end the notice that was sent again."""
    if not notice.bounces.exists():
        return False
    if notice.state != NoticeState.SENT or notice.sent_at is None:
        return True
    return report.written_at is not None and report.written_at < notice.sent_at
