"""Correcting the phone and the address of a party, in the cabinet (5.4, 11.4)."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from enrollment.models import Order
from enrollment.operations.clarification.questions import follow_correction
from offer_site.errors import RuleViolation
from offer_site.journal.operations import record


@transaction.atomic(savepoint=False)
def correct_contacts(*, order: Order, phone: str, address: str, by: str, at: datetime) -> Order:
    """Correct phone and address; the accepted ones are kept beside them by digest (A3).

    The same values again change nothing. Locks the order with its people. Raises RuleViolation
    where the values were erased.
    """
    order = Order.objects.people_locked().get(pk=order.pk)
    party = order.party
    if not party.salt:
        raise RuleViolation(_("The data of this order are erased."), clause="11.4")
    if (party.phone, party.address) == (phone, address):
        return order
    before = party.digest()
    party.keep_former()
    party.phone = phone
    party.address = address
    party.save(update_fields=["phone", "address"])
    record(
        "party.corrected",
        about=("order", order.code),
        order=order.code,
        facts={"party_before": before, "party": party.digest()},
        by=by,
        at=at,
        clause="11.4",
    )
    follow_correction(order, by=by, at=at)
    return order
