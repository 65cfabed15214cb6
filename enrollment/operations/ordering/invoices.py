"""What happens to all orders of a company's invoice at once: one lock, one letter."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from enrollment.models import Invoice, Order
from enrollment.operations.letters import write_to_visitor
from enrollment.operations.links import home_link, invoice_link, service_name
from enrollment.operations.places.lapses import end_unpaid
from enrollment.rules.order_states import OrderState
from offer_site.errors import RuleViolation
from offer_site.journal.operations import SYSTEM
from offer_site.notices.kinds import NoticeKind

from .cancelling import give_up, restorable_facts


def lock_orders(invoice: Invoice) -> list[Order]:
    """Lock the orders of an invoice with their people, in the order of their keys."""
    return list(
        Order.objects.people_locked().with_people().filter(invoice=invoice.pk).order_by("pk")
    )


@transaction.atomic(savepoint=False)
def cancel_invoice(
    *, invoice: Invoice, by: str, at: datetime, no_payment_made: bool = False
) -> list[Order]:
    """End all unpaid orders of an invoice at the company's wish; nothing is owed for them (4.3).

    While a reported payment is awaited it is refused, unless the company says that none was made.
    """
    orders = lock_orders(invoice)
    unpaid = [order for order in orders if order.state == OrderState.AWAITING_PAYMENT]
    if not unpaid:
        raise RuleViolation(_("Nothing of this invoice is unpaid any more."), clause="4.3")
    give_up(unpaid, by=by, at=at, no_payment_made=no_payment_made)
    first = unpaid[0]
    tell_company(
        NoticeKind.INVOICE_CANCELLED,
        invoice,
        unpaid,
        at=at,
        invoice_url=invoice_link(invoice, orders),
        **restorable_facts(first, at=at),
    )
    return unpaid


@transaction.atomic(savepoint=False)
def lapse_invoice(*, invoice: Invoice, at: datetime) -> list[str]:
    """Lapse the orders of an invoice whose day ended unpaid, with one letter; return their codes.

    Paid orders stay, and so do those that a reported payment keeps (4.3).
    """
    due = [
        order
        for order in lock_orders(invoice)
        if order.state == OrderState.AWAITING_PAYMENT and at >= order.lapses_at
    ]
    for order in due:
        end_unpaid(order, verb="order.lapsed", by=SYSTEM, at=at)
    if due:
        first = due[0]
        tell_company(
            NoticeKind.INVOICE_LAPSED,
            invoice,
            due,
            at=at,
            pay_on=first.placed_on.isoformat(),
            home_url=home_link(invoice.language),
        )
    return [order.code for order in due]


def tell_company(
    kind: NoticeKind, invoice: Invoice, orders: Sequence[Order], *, at: datetime, **facts: Any
) -> None:
    """Write to a company what became of these orders of its invoice; all have one buyer."""
    first = orders[0]
    write_to_visitor(
        kind,
        about=("invoice", invoice.code),
        to=first.party.email,
        language=invoice.language,
        occasion=at.isoformat(),
        at=at,
        facts={
            "invoice": invoice.code,
            "package": service_name(first),
            "learners": len(orders),
            **facts,
        },
    )
