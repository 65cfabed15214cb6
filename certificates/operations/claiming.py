"""Which process prints a certificate: queued once, printed by one, looked at after two deaths.

Each step is one conditional UPDATE, so that any number of sweeps and workers on any number of
machines agree (C1).
"""

from datetime import datetime

from django.utils.translation import gettext_noop

from certificates.models import LEASE, MOST_DEATHS, Certificate
from offer_site.leases import take

WORKER_DIED = gettext_noop(
    "The worker died on it twice, and printing it alone failed too. "
    "Look at its data before you let it be tried again."
)
# Looks without a verdict, each ended from outside, after which a person is asked all the same.
MOST_LOOKS = 3


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


def claim_deadly(certificate: Certificate, *, at: datetime) -> bool:
    """Lease a certificate on which workers died, to print it alone; False if another has it."""
    deadly = Certificate.objects.deadly(at).filter(pk=certificate.pk)
    return take(deadly.filter(attempts__lt=MOST_DEATHS + MOST_LOOKS), at=at, lease=LEASE)


def give_up(certificate: Certificate, *, at: datetime) -> Certificate:
    """Set apart a certificate that waits for a person, so that no other worker dies on it."""
    waiting = Certificate.objects.waiting_to_be_rendered().filter(pk=certificate.pk)
    waiting.update(lease_until=None, handed_at=None, failed_at=at, fail_reason=WORKER_DIED)
    certificate.failed_at = at
    certificate.fail_reason = WORKER_DIED
    return certificate
