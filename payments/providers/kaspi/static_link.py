"""The academy's own link and QR code for the Kaspi Pay app (facts, 1b).

The payer types the amount, and no bank reports the payment to us.
"""

from dataclasses import dataclass
from functools import lru_cache

from django.conf import settings
from django.utils.safestring import SafeString


@dataclass(frozen=True)
class StaticLink:
    """The link, and the same as a QR code."""

    url: str
    qr: SafeString


def static_link() -> StaticLink | None:
    """The link of the academy's sales point; None where it has none.

    Payments by it are confirmed by hand (M12).
    """
    return _drawn(settings.KASPI_STATIC_LINK) if settings.KASPI_STATIC_LINK else None


@lru_cache(maxsize=2)
def _drawn(url: str) -> StaticLink:
    from offer_site.pdf import qr_svg  # it loads the PDF libraries, which most pages never need

    return StaticLink(url=url, qr=qr_svg(url))
