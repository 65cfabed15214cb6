"""How often a visitor tried: counted by address,
so that guessing is dear and nobody else pays for it (3.1 (5)).
"""

import hashlib
from dataclasses import dataclass
from ipaddress import ip_network
from typing import Any, cast

from django.core.cache import cache
from django.http import HttpRequest

from offer_site.addresses import client_address

# bits of an IPv6 address that one subscriber keeps: he may take any of the rest for each attempt
HOME = 64


@dataclass(frozen=True)
class Attempts:
    """The attempts of one visitor at one thing; they are forgotten `seconds` after the first."""

    key: str
    seconds: int

    @property
    def made(self) -> int:
        return int(cache.get(self.key, 0))

    def add(self) -> int:
        """Count one more and return how many there are, however many are made at once."""
        return int(cast(Any, cache).count(self.key, self.seconds))


def attempts_of(request: HttpRequest, at: str, *, seconds: int) -> Attempts:
    """Find the attempts of a request's visitor; the address itself stands nowhere in the cache."""
    visitor = client_address(request) or ""
    if ":" in visitor:
        visitor = str(ip_network(f"{visitor}/{HOME}", strict=False))
    return Attempts(f"{at}:{hashlib.sha256(visitor.encode()).hexdigest()[:32]}", seconds)
