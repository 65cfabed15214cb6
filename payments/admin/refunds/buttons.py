"""The buttons of refunds on the pages of other things: an order, a receipt that waits, a refund
made elsewhere (4.6).
"""

from django.utils.translation import gettext_lazy as _

from enrollment.models import Order
from offer_site.admin.buttons import Button
from payments.models import EntryKind, LedgerEntry
from payments.operations.ledger.allocations import is_test_money, left_of
from payments.operations.refunds.sums import received_anything

from .forms import (
    GroundForm,
    OrderDemandForm,
    ReturnForm,
    explain_refund,
    has_no_ground,
    open_for_order,
    open_for_receipt,
)

OPEN = "payments.add_refundcase"


def has_money(order: Order) -> bool:
    return received_anything(order)


def has_something_left(entry: LedgerEntry) -> bool:
    return entry.kind == EntryKind.RECEIPT and left_of(entry) > 0 and not is_test_money(entry)


FOR_ORDER = Button(
    "refund",
    _("Open a refund case"),
    permission=OPEN,
    operate=open_for_order,
    form=OrderDemandForm,
    note=_(
        "A demand is neither granted nor refused here: it becomes a case, and its answer is due in "
        "ten days (10.2.3)."
    ),
    is_offered=has_money,
)
FOR_RECEIPT = Button(
    "return",
    _("Return the money"),
    permission=OPEN,
    operate=open_for_receipt,
    form=ReturnForm,
    note=_(
        "This opens a case for what waits of this money. It goes back when two people have decided "
        "so (4.6)."
    ),
    is_offered=has_something_left,
)
FOR_REFUND = Button(
    "ground",
    _("Give a ground"),
    permission=OPEN,
    operate=explain_refund,
    form=GroundForm,
    note=_(
        "The money has left already. Say why: in a case that stands, or in a new one. "
        "If it was the payout of a decided"
        " case, record it on that case instead."
    ),
    is_offered=has_no_ground,
)
LEDGER_BUTTONS = (FOR_RECEIPT, FOR_REFUND)
