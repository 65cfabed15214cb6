"""What may be wrong with the site itself and is no row of a table: its key, and its time."""

from dataclasses import dataclass
from datetime import datetime

from offer_site.signing import SigningKeyError, ends_soon, identity
from offer_site.zone import database_knows_the_time, knows_the_time


@dataclass(frozen=True)
class Condition:
    """An answer that is counted as a list is: one where it holds."""

    holds: bool

    def count(self) -> int:
        return int(self.holds)


def key_ends(at: datetime) -> Condition:
    """The academy's certificate has ended, ends soon, or cannot be read: papers stop (9.1)."""
    try:
        return Condition(ends_soon(identity().certificate, at=at))
    except SigningKeyError:
        return Condition(True)


def time_is_wrong(at: datetime) -> Condition:
    return Condition(not (knows_the_time() and database_knows_the_time()))
