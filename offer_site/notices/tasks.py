"""The doorbell of the outbox. It decides and retries nothing: what it cannot send,
the sweep finds again.
"""

from celery import shared_task
from django.utils import timezone

from .outbox import send_notice


@shared_task
def send_notice_task(notice_id: int) -> None:
    send_notice(notice_id=notice_id, at=timezone.now())
