"""Tasks of money: an id goes in, one operation is called.

What fails here is found again by the clock.
"""

import logging

from celery import shared_task
from django.utils import timezone

from payments.operations.paying.hold_settling import settle_hold
from payments.operations.paying.links import cancel_links
from payments.operations.refunds.payouts import send_payout
from payments.providers.base import ProviderError

logger = logging.getLogger(__name__)


@shared_task
def settle_hold_task(hold_id: int) -> None:
    try:
        settle_hold(hold_id=hold_id, at=timezone.now())
    except ProviderError as error:
        logger.warning("hold no. %d is not settled yet: %s", hold_id, error)


@shared_task
def cancel_links_task(order_id: int) -> None:
    for _payment, _failure in cancel_links(order_id=order_id, at=timezone.now()):
        pass


@shared_task
def send_payout_task(payout_id: int) -> None:
    send_payout(payout_id=payout_id, at=timezone.now())
