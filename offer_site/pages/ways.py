"""The ways in which an order can be paid now: the cost of each,
and the part of the page that tells how.
"""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from enrollment.models import Order
from enrollment.rules.order_states import OrderState
from enrollment.rules.ways import Way
from payments.models import InstallmentBank
from payments.operations.paying.checks import due_now, payable_by_transfer, refusal_now
from payments.operations.paying.methods import OfferedMethod, offered_methods
from payments.providers import KASPI
from payments.providers.bank_transfer.details import TransferDetails
from payments.providers.kaspi.static_link import StaticLink, static_link

ICONS = {
    Way.CARD: "card",
    Way.TRANSFER: "bank",
    Way.KASPI: "phone",
    Way.INSTALLMENT: "split",
    Way.KASPI_RED: "phone",
}


@dataclass(frozen=True)
class OpenWay:
    """A way that is open for an order: its name and cost,
    and the template that tells how to go it.
    """

    method: OfferedMethod
    template: str

    @property
    def slug(self) -> str:
        return self.method.slug

    @property
    def icon(self) -> str:
        return ICONS[Way(self.method.slug)]


@dataclass(frozen=True)
class Ways:
    """What is due now, the ways that are open, and what their parts of the page tell."""

    due: int
    card: OfferedMethod | None = None
    others: tuple[OpenWay, ...] = ()
    transfer: TransferDetails | None = None
    kaspi_service: str = ""
    kaspi_link: StaticLink | None = None


def ways_of(order: Order, *, at: datetime) -> Ways:
    """List the ways that are open for an order now; none when it takes no money (4.3, 4.4, 4.5)."""
    due = due_now(order)
    if not due or refusal_now(order, amount=due, at=at):
        return Ways(due)
    offered = offered_methods(due)
    transfer = payable_by_transfer(order, at=at)
    # Money that no bank tells us of is reported on the order's day: the rest of 4.3.1 is paid by
    # the ways that tell.
    by_hand = order.state == OrderState.AWAITING_PAYMENT
    service = settings.KASPI_SERVICE_NAME if KASPI.is_open else ""
    link = static_link() if by_hand and not service else None
    by_kaspi = (
        "pages/order/kaspi.html" if service else "pages/order/kaspi_link.html" if link else ""
    )
    has_banks = by_hand and InstallmentBank.objects.offered().exists()
    templates = {
        Way.KASPI: by_kaspi,
        Way.KASPI_RED: by_kaspi,
        Way.TRANSFER: "pages/order/transfer.html" if transfer else "",
        Way.INSTALLMENT: "pages/order/instalments.html" if has_banks else "",
    }
    opened = ((method, templates.get(Way(method.slug), "")) for method in offered)
    return Ways(
        due=due,
        card=next((method for method in offered if method.slug == Way.CARD), None),
        others=tuple(OpenWay(method, template) for method, template in opened if template),
        transfer=transfer,
        kaspi_service=service,
        kaspi_link=link,
    )
