"""The task that prints one certificate."""

from celery import shared_task
from django.utils import timezone

from certificates.operations import issue_certificate
from certificates.operations.issuing import TASK


# A paper takes a second. One that takes a minute is stopped and set apart; one that cannot be
# stopped is killed with its worker, and counts as a death (claiming.py).
# Both end well before the lease does.
@shared_task(name=TASK, soft_time_limit=60, time_limit=90)
def issue_certificate_task(enrollment_id: int) -> None:
    issue_certificate(enrollment_id=enrollment_id, at=timezone.now())
