"""The nightly audit, whose result is kept for staff."""

from datetime import datetime

from django.db import transaction

from .asking import AuditAnswer, ask_everything
from .models import AuditRun


def audit_of_the_day(*, at: datetime) -> list[AuditAnswer]:
    """Check everything once an Almaty day and store the result; [] if it was done today."""
    if AuditRun.objects.of_today(at).exists():
        return []
    answers = ask_everything(at=at)
    with transaction.atomic(savepoint=False):
        AuditRun.objects.create(
            at=at,
            found=sum(answer.found for answer in answers),
            answers=[answer.as_json() for answer in answers if answer.violations or answer.notes],
        )
    return answers
