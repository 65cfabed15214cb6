"""The methods by which an order can be paid now, what each costs, and its panel."""

from dataclasses import dataclass, replace
from datetime import datetime

from django.utils.translation import gettext as _

from enrollment.models import Order
from enrollment.rules.methods import Method
from enrollment.rules.order_states import OrderState
from offer_site.money import tenge_text
from payments.operations.paying.checks import due_now, refusal_now
from payments.operations.paying.methods import OfferedMethod, offered_methods
from payments.providers import BY_METHOD
from payments.providers.base import Panel, Payable

# What most people use stands first, as far as staff do not say otherwise by their positions.
FIRST = (Method.KASPI, Method.KASPI_RED, Method.CARD, Method.TRANSFER, Method.INSTALLMENT)

# The panels whose first thing is a button to the bank's page.
BUTTONS = {
    "pages/order/kaspi.html": "pages/order/kaspi_button.html",
    "pages/order/card.html": "pages/order/card_button.html",
}


@dataclass(frozen=True)
class OpenMethod:
    """A method that is open for an order: its name and cost, and its panel."""

    offered: OfferedMethod
    icon: str
    panel: Panel

    @property
    def slug(self) -> str:
        return self.offered.slug

    @property
    def button(self) -> str:
        """The template of the button that starts a payment; empty where there is none."""
        return BUTTONS.get(self.panel.template, "")

    @property
    def starts(self) -> bool:
        return bool(self.button)

    @property
    def note(self) -> str:
        """What staff say of it, or else how soon the money is seen; and what it costs (4.5)."""
        offered = self.offered
        said = offered.note or _seen_when(Method(self.slug))
        if not offered.commission:
            return said
        commission = _("commission %(sum)s (%(taker)s), %(total)s in all") % {
            "sum": tenge_text(offered.commission),
            "taker": offered.taken_by,
            "total": tenge_text(offered.total),
        }
        return f"{said}; {commission}"


@dataclass(frozen=True)
class OpenMethods:
    """What is due now, in whole tenge, and the open methods; the first is shown unfolded."""

    due: int
    ways: tuple[OpenMethod, ...] = ()

    @property
    def costs_nothing(self) -> bool:
        """True when no way has a commission, so that it is said once (4.5)."""
        return not any(way.offered.commission for way in self.ways)

    @property
    def names_kaspi_red(self) -> bool:
        """True when Kaspi Red is chosen in the app, and is no way of its own."""
        return all(way.slug != Method.KASPI_RED for way in self.ways)

    def of_another(self) -> "OpenMethods":
        """The ways of somebody who pays for another: by the others one tells who one is."""
        return replace(self, ways=tuple(way for way in self.ways if way.starts))


def open_methods_of(order: Order, *, at: datetime) -> OpenMethods:
    """The methods open for an order now; none when it takes no money (4.3, 4.4, 4.5)."""
    due = due_now(order)
    if not due or refusal_now(order, amount=due, at=at):
        return OpenMethods(due)
    payable = Payable(order, due, is_first=order.state == OrderState.AWAITING_PAYMENT)
    ways = []
    for offered in offered_methods(due):
        method = Method(offered.slug)
        provider = BY_METHOD[method]
        panel = provider.panel(payable, method)
        if panel:
            ways.append(OpenMethod(offered, provider.icon, panel))
    ways.sort(key=lambda way: (way.offered.position, FIRST.index(Method(way.slug))))
    return OpenMethods(due, tuple(_without_a_second_kaspi(ways)))


def _without_a_second_kaspi(ways: list[OpenMethod]) -> list[OpenMethod]:
    """Kaspi Red is chosen in the same app: it is a way of its own where it costs or is another."""
    kaspi = next((way for way in ways if way.slug == Method.KASPI), None)
    return [
        way
        for way in ways
        if way.slug != Method.KASPI_RED
        or kaspi is None
        or way.offered.note
        or way.offered.commission != kaspi.offered.commission
    ]


def _seen_when(method: Method) -> str:
    if method in (Method.KASPI, Method.KASPI_RED):
        return _("in the app, seen at once")
    if method == Method.CARD:
        return _("seen at once")
    if method == Method.TRANSFER:
        return _("1–3 working days")
    return _("after the bank approves")
