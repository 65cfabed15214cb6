"""Closing payment pages of orders that are paid, lapsed, cancelled or replaced."""

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from enrollment.models import Order
from offer_site.journal.operations import SYSTEM, record
from offer_site.leases import Pauses
from payments.models import Payment
from payments.providers import PROVIDERS
from payments.providers.base import CanCancelLink, ProviderError

logger = logging.getLogger(__name__)
PAUSES = Pauses(first=timedelta(minutes=5), longest=timedelta(hours=12))


def cancel_links(
    *, at: datetime, order_id: int | None = None
) -> Iterator[tuple[Payment, ProviderError | None]]:
    """Close the open links of orders that take no money any more, of one order or of all (4.3).

    Yields each link with its failure, or None. Talks to the network, one link at a time, outside
    any transaction. Safe to run twice and at once; the pause after each failure grows.
    """
    slugs = [slug for slug, provider in PROVIDERS.items() if isinstance(provider, CanCancelLink)]
    due = Payment.objects.with_link_to_cancel(at).filter(provider__in=slugs)
    if order_id is not None:
        due = due.filter(order=order_id)
    for payment in due.select_related("order").order_by("pk"):
        if _take(payment, at=at):
            yield payment, _cancel(payment, at=at)


def _take(payment: Payment, *, at: datetime) -> bool:
    """Take a link for this process until its next try.

    False when another process was faster, or the buyer has restored the order meanwhile: then the
    link may be paid again.
    """
    pause = PAUSES.after(payment.link_tries + 1)
    still_due = Payment.objects.with_link_to_cancel(at).filter(pk=payment.pk)
    untouched = Payment.objects.filter(
        pk__in=still_due.values("pk"), link_cancelled_at=None, link_tries=payment.link_tries
    )
    return untouched.update(link_tries=F("link_tries") + 1, link_next_try_at=at + pause) == 1


def _cancel(payment: Payment, *, at: datetime) -> ProviderError | None:
    provider = PROVIDERS[payment.provider]
    if not isinstance(provider, CanCancelLink):
        raise TypeError(f"{payment.provider} closes no links")
    # Not stored: it follows from the count of tries, which is.
    request_id = f"{payment.request_id}-cancel-{payment.link_tries + 1}"
    try:
        provider.cancel_link(payment.link_id, request_id=request_id)
    except ProviderError as error:
        logger.warning("the link of %s was not cancelled: %s", payment, error)
        Payment.objects.filter(pk=payment.pk).update(link_failure=str(error)[:300])
        return error
    _note(payment, at=at)
    return None


@transaction.atomic
def _note(payment: Payment, *, at: datetime) -> None:
    order = Order.objects.locked().get(pk=payment.order_id)
    Payment.objects.filter(pk=payment.pk).update(link_cancelled_at=at, link_failure="")
    about = ("payment", payment.invoice_id)
    record("link.cancelled", about=about, order=order.code, by=SYSTEM, at=at, clause="4.3")
