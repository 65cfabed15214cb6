"""The doorbell of payouts: an id goes in, one operation is called. What it cannot send, the sweep finds again."""

from celery import shared_task
from django.utils import timezone

from payments.operations.refund_payouts import send_payout


@shared_task
def send_payout_task(payout_id: int) -> None:
    send_payout(payout_id=payout_id, at=timezone.now())
