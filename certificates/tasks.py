"""The doorbell of certificates: an id goes in, one operation is called."""

from celery import shared_task
from django.utils import timezone

from certificates.operations import issue_certificate
from certificates.operations.issuing import TASK


@shared_task(name=TASK)
def issue_certificate_task(enrollment_id: int) -> None:
    issue_certificate(enrollment_id=enrollment_id, at=timezone.now())
