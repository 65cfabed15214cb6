"""Where a request came from: only what our own proxies said is believed."""

from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str | None:
    """The visitor's address: the last hop that a trusted proxy added, else the peer's; the rest can
    be forged.

    It is written as the database writes it back, so that a digest of it recomputes; what is no
    address is None.
    """
    said = request.META.get("REMOTE_ADDR", "")
    if settings.TRUSTED_PROXIES:
        hops = [
            hop.strip()
            for hop in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
            if hop.strip()
        ]
        if len(hops) >= settings.TRUSTED_PROXIES:
            said = hops[-settings.TRUSTED_PROXIES]
    try:
        address = ip_address(said.partition("%")[0])
    except ValueError:
        return None
    return str(getattr(address, "ipv4_mapped", None) or address)
