"""Starting a payment: the attempt is saved first, then the provider is asked for its page.

The provider is asked outside any transaction.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from enrollment.models import Order
from enrollment.operations.links import pay_signature
from enrollment.rules.order_states import OrderState
from offer_site.errors import RuleViolation
from offer_site.journal.operations import Line, record_lines
from offer_site.languages import speaking
from payments.models import Hold, Payment
from payments.providers.base import Addresses, CanStart
from payments.rules.matching import Refusal

from .checks import due_now, has_a_place, refusal_now
from .methods import offered_method

SENTENCES = {
    Refusal.EXPIRED: gettext_lazy("The day of this order is over. Place a new order to pay."),
    Refusal.GUARDIAN: gettext_lazy(
        "Your parent or guardian has to consent first. We wrote to them: the letter has a button. "
        "Then you can pay."
    ),
    Refusal.NO_PLACE: gettext_lazy(
        "No places are left in this cohort, so this order cannot be paid now."
    ),
}


@dataclass(frozen=True)
class Redirect:
    url: str


def start_payment(
    *,
    order: Order,
    provider: CanStart,
    language: str,
    for_another: bool = False,
    at: datetime,
    by: str,
) -> Redirect:
    """The provider's page for the buyer; a link that is still usable is used again (4.3, 4.4).

    `for_another`: somebody else pays, who is told nothing of the buyer and comes back to the page
    of the pay link. Talks to the network. Raises RuleViolation when the order takes no money,
    ProviderError when the provider makes no page.
    """
    payment = _open_attempt(
        order=order, provider=provider, language=language, for_another=for_another, at=at, by=by
    )
    if not payment.link_url:
        with speaking(language):
            link = provider.start(
                payment, addresses=_addresses(payment), description=_description(payment.order)
            )
        payment.link_id = link.number
        payment.link_url = link.url
        payment.save(update_fields=["link_id", "link_url"])
    return Redirect(payment.link_url)


@transaction.atomic
def _open_attempt(
    *, order: Order, provider: CanStart, language: str, for_another: bool, at: datetime, by: str
) -> Payment:
    """Save the attempt with its request's id before anything is sent.

    A second click gets the same attempt, and so the same page.
    """
    order = Order.objects.locked().with_people().get(pk=order.pk)
    due = due_now(order)
    refusal = refusal_now(order, amount=due, at=at)
    if (
        refusal is None
        and order.state == OrderState.AWAITING_PAYMENT
        and not has_a_place(order, at=at)
    ):
        refusal = Refusal.NO_PLACE
    if refusal:
        raise RuleViolation(
            SENTENCES.get(refusal, _("This order does not take a payment now.")), clause="4.3"
        )
    if Hold.objects.open().of_order(order).exists():
        message = _(
            "Your bank is confirming a payment of this order. Do not pay again: wait a few minutes."
        )
        raise RuleViolation(message, clause="4.3")
    usable = Payment.objects.usable(
        order=order,
        provider=provider.slug,
        amount=due,
        language=language,
        for_another=for_another,
        at=at,
    )
    commission = offered_method(provider.slug, due).commission
    payment = usable.filter(commission=commission).latest_first().first()
    if payment is None:
        number = Payment.objects.of_order(order).count() + 1
        payment = Payment.objects.create(
            order=order,
            provider=provider.slug,
            method=provider.method_text,
            invoice_id=f"{order.code}-{number}",
            amount=due,
            commission=commission,
            language=language,
            for_another=for_another,
            started_at=at,
            request_id=str(uuid.uuid4()),
        )
        facts = {"provider": provider.slug, "amount": due} | (
            {"commission": str(commission)} if commission else {}
        )
        if for_another:
            facts["for_another"] = True
        line = Line("payment.started", ("payment", payment.invoice_id), facts, "4.4")
        record_lines([line], order=order.code, by=by, at=at)
    payment.order = order
    return payment


def note_return(*, order: Order, at: datetime) -> None:
    """Note that the buyer came back from the bank's page; it proves no payment."""
    payment = Payment.objects.of_order(order).latest_first().first()
    if payment:
        Payment.objects.filter(pk=payment.pk, returned_at=None).update(returned_at=at)


def _addresses(payment: Payment) -> Addresses:
    back = settings.SITE_URL + reverse("payment_return", args=[payment.order.code])
    if payment.for_another:
        back += f"?payer={pay_signature(payment.order)}"
    offer = settings.SITE_URL + reverse("offer_edition", args=[payment.order.edition.name])
    failure = f"{back}{'&' if payment.for_another else '?'}result=failed"
    return Addresses(success=back, failure=failure, offer=offer)


def _description(order: Order) -> str:
    return _("Order %(code)s: %(course)s, %(package)s") % {
        "code": order.code,
        "course": order.cohort.course.name,
        "package": order.tariff.package.name,
    }
