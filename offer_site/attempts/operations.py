"""How often a visitor or a user tried, so that guessing is dear and nobody else pays for it
(3.1 (5)).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_network

from django.db import transaction
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from offer_site.addresses import client_address

from .models import AttemptCount

# bits of an IPv6 address that one subscriber keeps: he may take any of the rest for each attempt
HOME = 64
CLEARED_AT_ONCE = 100  # ended counts that a new one clears away


@dataclass(frozen=True)
class Attempts:
    """The attempts of one person at one thing; they are forgotten `seconds` after the first."""

    key: str
    seconds: int

    def made(self, *, at: datetime) -> int:
        count = AttemptCount.objects.running(at).filter(key=self.key).first()
        return count.made if count else 0

    @transaction.atomic
    def add(self, *, at: datetime) -> int:
        """Count one more and return how many there are, however many are made at once.

        The row stays locked to the end of the transaction.
        """
        ends_at = at + timedelta(seconds=self.seconds)
        counts = AttemptCount.objects.filter(key=self.key)
        if not counts.add_one(at=at, ends_at=ends_at):
            clear_ended(at=at)
            first = AttemptCount(key=self.key, made=0, ends_at=ends_at)
            # Another may have begun it in this moment: then both count in the one row.
            AttemptCount.objects.bulk_create([first], ignore_conflicts=True)
            counts.add_one(at=at, ends_at=ends_at)
        return counts.values_list("made", flat=True).get()


def clear_ended(*, at: datetime) -> None:
    """Delete some of the counts that ended, and wait for none that another holds."""
    ended = AttemptCount.objects.ended(at).select_for_update(skip_locked=True)
    keys = list(ended.values_list("key", flat=True)[:CLEARED_AT_ONCE])
    AttemptCount.objects.filter(key__in=keys).delete()


def attempts_of(request: HttpRequest, thing: str, *, seconds: int) -> Attempts:
    """The attempts of a request's visitor at a thing; the address itself is stored nowhere."""
    visitor = client_address(request) or ""
    if ":" in visitor:
        visitor = str(ip_network(f"{visitor}/{HOME}", strict=False))
    # There are too few addresses for a plain digest: all of them can be tried.
    digest = salted_hmac("offer_site.attempts", visitor, algorithm="sha256").hexdigest()[:32]
    return Attempts(f"{thing}:{digest}", seconds)
