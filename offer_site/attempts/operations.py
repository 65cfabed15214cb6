"""How often a visitor or a user tried, so that guessing is dear and nobody else pays for it
(3.1 (5)).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_network

from django.db import connection
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from offer_site.addresses import client_address

from .models import AttemptCount

# bits of an IPv6 address that one subscriber keeps: he may take any of the rest for each attempt
HOME = 64
CLEARED_AT_ONCE = 5000  # ended counts that one transaction of the clock clears away


# The ORM has no INSERT that adds to the row it meets. Both engines know this one.
ADD_TO_EACH = """
    INSERT INTO attempts_attemptcount (key, made, ends_at)
    VALUES {rows}
    ON CONFLICT (key) DO UPDATE SET
        made = CASE
            WHEN attempts_attemptcount.ends_at > %s THEN attempts_attemptcount.made + excluded.made
            ELSE excluded.made
        END,
        ends_at = CASE
            WHEN attempts_attemptcount.ends_at > %s THEN attempts_attemptcount.ends_at
            ELSE excluded.ends_at
        END
    RETURNING key, made
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
        [made] = add_to_each([self], at=at, count=count)
        return made

    def allows(self, most: int, *, at: datetime) -> bool:
        """Count one more, and say whether it is within `most`."""
        return self.add(at=at) <= most


def add_to_each(several: Sequence[Attempts], *, at: datetime, count: int = 1) -> list[int]:
    """Count as many more of each in one statement; return how many there are, in their order."""
    now = connection.ops.adapt_datetimefield_value(at)
    values: list[str | int | None] = []
    # Sorted, so that two visitors who count the same things never wait for each other.
    for each in sorted(several, key=lambda attempts: attempts.key):
        ends_at = at + timedelta(seconds=each.seconds)
        values += [each.key, count, connection.ops.adapt_datetimefield_value(ends_at)]
    rows = ", ".join(["(%s, %s, %s)"] * len(several))
    with connection.cursor() as cursor:
        cursor.execute(ADD_TO_EACH.format(rows=rows), [*values, now, now])
        made = dict(cursor.fetchall())
    return [made[each.key] for each in several]


def clear_ended(*, at: datetime) -> int:
    """Delete the counts that ended; return how many.

    A count that begins anew meanwhile stays: the DELETE reads its end again after the wait.
    """
    cleared = 0
    while keys := list(
        AttemptCount.objects.ended(at).values_list("key", flat=True)[:CLEARED_AT_ONCE]
    ):
        cleared += AttemptCount.objects.ended(at).filter(key__in=keys).delete()[0]
    return cleared


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
