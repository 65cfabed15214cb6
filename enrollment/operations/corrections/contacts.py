"""The phone and the address of a party: corrected in the cabinet (5.4, 11.4), and the home address
told after the payment, when the certificate needs it (5.2, 9.3).
"""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from enrollment.models import Order
from enrollment.operations.clarification.questions import UNDER_CONTRACT, follow_correction
from enrollment.operations.clarification.recipient import digest_of_field
from enrollment.rules.recipient import Field
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


@transaction.atomic(savepoint=False)
def tell_address(*, order: Order, address: str, confirmed: bool, by: str, at: datetime) -> Order:
    """Take the home address that was not asked for before the payment (5.2, 9.3).

    Only while there is none: whoever opens the order by its cookie or link neither reads nor
    changes an address, and correcting one is for the cabinet. `confirmed` says that a doubtful one
    was kept: 9.5 asks about it no more. The same address again changes nothing. Locks the order
    with its people.
    """
    order = Order.objects.people_locked().get(pk=order.pk)
    order.require(
        *UNDER_CONTRACT,
        message=_("The address is asked for when there is a contract."),
        clause="9.3",
    )
    party = order.party
    if party.address == address and party.salt:
        return order
    if not party.lacks_address:
        raise RuleViolation(
            _("The address is there already. It is corrected in the cabinet."), clause="11.4"
        )
    before = party.digest()
    party.keep_former()
    party.address = address
    party.save(update_fields=["address"])
    facts: dict[str, object] = {"party_before": before, "party": party.digest()}
    if confirmed:
        kept = [each for each in order.confirmed if each[0] != Field.ADDRESS]
        order.confirmed = [*kept, [Field.ADDRESS, digest_of_field(order, Field.ADDRESS)]]
        order.save(update_fields=["confirmed"])
        facts["confirmed"] = [str(Field.ADDRESS)]
    record(
        "party.corrected",
        about=("order", order.code),
        order=order.code,
        facts=facts,
        by=by,
        at=at,
        clause="9.3",
    )
    follow_correction(order, by=by, at=at)
    return order
