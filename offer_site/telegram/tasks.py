"""The task that sends one message. It never retries: the sweep finds what it could not send."""

from celery import shared_task
from django.utils import timezone

from .outbox import send_message


@shared_task
def send_telegram_task(message_id: int) -> None:
    send_message(message_id=message_id, at=timezone.now())
