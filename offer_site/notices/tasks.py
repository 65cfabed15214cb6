"""The task that sends one notice. It never retries: the sweep finds what it could not send."""

from celery import shared_task
from django.utils import timezone

from .outbox import send_notice


@shared_task
def send_notice_task(notice_id: int) -> None:
    send_notice(notice_id=notice_id, at=timezone.now())
