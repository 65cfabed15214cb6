"""The methods by which an order can be paid now, what each costs, and its panel."""

from dataclasses import dataclass
from datetime import datetime

from enrollment.models import Order
from enrollment.rules.methods import Method
from enrollment.rules.order_states import OrderState
from payments.operations.paying.checks import due_now, refusal_now
from payments.operations.paying.methods import OfferedMethod, offered_methods
from payments.providers import BY_METHOD
from payments.providers.base import Panel, Payable


@dataclass(frozen=True)
class OpenMethod:
    """A method that is open for an order: its name and cost, and its panel."""

    offered: OfferedMethod
    icon: str
    panel: Panel

    @property
    def slug(self) -> str:
        return self.offered.slug


@dataclass(frozen=True)
class OpenMethods:
    """What is due now, in whole tenge, and the open methods; the card is shown first."""

    due: int
    card: OfferedMethod | None = None
    others: tuple[OpenMethod, ...] = ()


def open_methods_of(order: Order, *, at: datetime) -> OpenMethods:
    """The methods open for an order now; none when it takes no money (4.3, 4.4, 4.5)."""
    due = due_now(order)
    if not due or refusal_now(order, amount=due, at=at):
        return OpenMethods(due)
    payable = Payable(order, due, is_first=order.state == OrderState.AWAITING_PAYMENT)
    card = None
    others = []
    for offered in offered_methods(due):
        method = Method(offered.slug)
        if method == Method.CARD:
            card = offered
            continue
        provider = BY_METHOD[method]
        panel = provider.panel(payable, method)
        if panel:
            others.append(OpenMethod(offered, provider.icon, panel))
    return OpenMethods(due, card, tuple(others))
