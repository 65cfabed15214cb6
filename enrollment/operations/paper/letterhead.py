"""The academy's details at the foot of every letter (preamble, 12.1.2)."""

from enrollment.models import Academy
from offer_site.notices.letters import Letterhead


def letterhead() -> Letterhead:
    """Before the first offer is published there is only the name."""
    academy = Academy.objects.order_by("pk").last()
    if academy is None:
        return Letterhead(brand="Lessbek Zapusk Academy", addresses={})
    return Letterhead(
        brand=academy.brand, addresses={"kk": academy.address_kk, "ru": academy.address_ru}
    )
