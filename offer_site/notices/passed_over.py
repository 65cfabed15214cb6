"""Mails that the site passed over, and the person who has looked through them (12.1, 0064).

A mail is passed over when it was too old at the first look, or could not be read for a fortnight.
Silence about a later edition counts against nobody who may have written in one (0057).
"""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from offer_site.errors import RuleViolation
from offer_site.journal.operations import record

from .models import MailboxPlace


@transaction.atomic
def look_through(*, place: MailboxPlace, by: str, at: datetime) -> MailboxPlace:
    """Note who has looked through the mails that were passed over; once more changes nothing.

    What is passed over later needs another look. Raises RuleViolation where nothing was.
    """
    place = MailboxPlace.objects.select_for_update().get(pk=place.pk)
    if place.passed_over_at is None:
        raise RuleViolation(_("No mail was passed over in this mailbox."), clause="12.1")
    if place.looked_through_at is not None:
        return place
    place.looked_through_at = at
    place.looked_through_by = by
    place.save(update_fields=["looked_through_at", "looked_through_by"])
    record(
        "mailbox.looked_through",
        about=("mailbox", str(place.pk)),
        facts={"passed_over_at": place.passed_over_at.isoformat()},
        by=by,
        at=at,
        clause="12.1",
    )
    return place
