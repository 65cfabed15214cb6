"""The academy's own link and QR of the Kaspi Pay app: the payer types the amount,
and nobody tells us (facts, 1b).
"""

from dataclasses import dataclass
from functools import lru_cache

from django.conf import settings
from django.utils.safestring import SafeString


@dataclass(frozen=True)
class StaticLink:
    """Where the payer goes, and the same as a QR code to be read by a phone."""

    url: str
    qr: SafeString


def static_link() -> StaticLink | None:
    """Give the link of the sales point; None where the academy has none.
    Payments by it are confirmed by hand (M12).
    """
    return _drawn(settings.KASPI_STATIC_LINK) if settings.KASPI_STATIC_LINK else None


@lru_cache(maxsize=2)
def _drawn(url: str) -> StaticLink:
    from offer_site.pdf import qr_svg  # it loads what draws papers, which most pages never need

    return StaticLink(url=url, qr=qr_svg(url))
