"""How often a visitor or a user tried, so that guessing is dear and nobody else pays for it
(3.1 (5)).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_network

from django.db import connection, transaction
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from offer_site.addresses import client_address

from .models import AttemptCount

# bits of an IPv6 address that one subscriber keeps: he may take any of the rest for each attempt
HOME = 64
CLEARED_AT_ONCE = 100  # ended counts that a new one clears away


# The ORM has no INSERT that adds to the row it meets. Both engines know this one.
ADD = """
    INSERT INTO attempts_attemptcount (key, made, ends_at)
    VALUES (%s, %s, %s)
    ON CONFLICT (key) DO UPDATE SET
        made = CASE
            WHEN attempts_attemptcount.ends_at > %s THEN attempts_attemptcount.made + excluded.made
            ELSE excluded.made
        END,
        ends_at = CASE
            WHEN attempts_attemptcount.ends_at > %s THEN attempts_attemptcount.ends_at
            ELSE excluded.ends_at
        END
    RETURNING made
"""


@dataclass(frozen=True)
class Attempts:
    """The attempts of one person at one thing; they are forgotten `seconds` after the first."""

    key: str
    seconds: int

    def made(self, *, at: datetime) -> int:
        count = AttemptCount.objects.running(at).filter(key=self.key).first()
        return count.made if count else 0

    def add(self, count: int = 1, *, at: datetime) -> int:
        """Count one more, or `count`, and return how many there are, however many come at once.

        It is one statement, called before the work that it bounds: of two hundred at once the fifth
        reads 5 and the sixth reads 6. Outside a transaction it is committed at once, whatever
        becomes of the work; inside one the row stays locked to its end.
        """
        now = connection.ops.adapt_datetimefield_value(at)
        ends_at = connection.ops.adapt_datetimefield_value(at + timedelta(seconds=self.seconds))
        with connection.cursor() as cursor:
            cursor.execute(ADD, [self.key, count, ends_at, now, now])
            [made] = cursor.fetchone()
        if made == count and not connection.in_atomic_block:
            clear_ended(at=at)  # inside a transaction it would hold the rows that others wait for
        return int(made)

    def allows(self, most: int, *, at: datetime) -> bool:
        """Count one more, and say whether it is within `most`."""
        return self.add(at=at) <= most


@transaction.atomic
def clear_ended(*, at: datetime) -> None:
    """Delete some of the counts that ended, and wait for none that another holds."""
    ended = AttemptCount.objects.ended(at).select_for_update(skip_locked=True)
    keys = list(ended.values_list("key", flat=True)[:CLEARED_AT_ONCE])
    AttemptCount.objects.filter(key__in=keys).delete()


def attempts_of(request: HttpRequest, thing: str, *, seconds: int) -> Attempts:
    """The attempts of a request's visitor at a thing; the address itself is stored nowhere."""
    return attempts_about(home_of(client_address(request)), thing, seconds=seconds)


def attempts_about(who: str, thing: str, *, seconds: int) -> Attempts:
    """The attempts that concern somebody, as an e-mail; the value itself is stored nowhere."""
    # There are too few addresses for a plain digest: all of them can be tried.
    digest = salted_hmac("offer_site.attempts", who, algorithm="sha256").hexdigest()[:32]
    return Attempts(f"{thing}:{digest}", seconds)


def home_of(address: str | None) -> str:
    """The address, or the network that one subscriber keeps; empty for an unknown one."""
    if address and ":" in address:
        return str(ip_network(f"{address}/{HOME}", strict=False))
    return address or ""
