"""Those who take money for us, each in a folder of its own."""

from .base import CanRefund
from .card.provider import CardProvider
from .kaspi.provider import KaspiProvider

CARD = CardProvider()
KASPI = KaspiProvider()
PROVIDERS: dict[str, CardProvider | KaspiProvider] = {each.slug: each for each in (CARD, KASPI)}


def refunder_of(slug: str) -> CanRefund | None:
    """Find the provider that gives money back when it is asked;
    None where a person has to do it (4.6).
    """
    provider = PROVIDERS.get(slug)
    return provider if isinstance(provider, CanRefund) else None
