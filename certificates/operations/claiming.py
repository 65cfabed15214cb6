"""Which process prints a certificate: queued once, printed by one, given up after two deaths.

Each step is one conditional UPDATE, so that any number of sweeps and workers on any number of
machines agree (C1).
"""

from datetime import datetime

from django.utils.translation import gettext_noop

from certificates.models import LEASE, Certificate
from offer_site.leases import take

WORKER_DIED = gettext_noop(
    "The worker died on it twice. Look at its data before you let it be tried again."
)


def claim(certificate: Certificate, *, at: datetime) -> bool:
    """Lease the certificate for printing; the attempt counts as a death until it returns."""
    free = Certificate.objects.free(at).filter(pk=certificate.pk)
    return take(free, at=at, lease=LEASE)


def mark_queued(certificate: Certificate, *, at: datetime) -> bool:
    """Mark a certificate as queued; False if another sweep did, or a worker has it."""
    waiting = Certificate.objects.to_hand_over(at).filter(pk=certificate.pk)
    return bool(waiting.update(handed_at=at, lease_until=None))


def take_back(certificate: Certificate, *, at: datetime) -> None:
    """Unmark a certificate whose queue did not answer."""
    Certificate.objects.filter(pk=certificate.pk, handed_at=at).update(handed_at=None)


def give_up_deadly(*, at: datetime) -> list[Certificate]:
    """Set apart the certificates on which two workers died, so that no third dies."""
    given_up = []
    for certificate in Certificate.objects.deadly(at).with_order().defer("record"):
        deadly = Certificate.objects.deadly(at).filter(pk=certificate.pk)
        if deadly.update(lease_until=None, handed_at=None, failed_at=at, fail_reason=WORKER_DIED):
            certificate.failed_at = at
            certificate.fail_reason = WORKER_DIED
            given_up.append(certificate)
    return given_up
