"""Those who take money for us, each in a folder of its own."""

from .card.provider import CardProvider
from .kaspi.provider import KaspiProvider

CARD = CardProvider()
KASPI = KaspiProvider()
PROVIDERS: dict[str, CardProvider | KaspiProvider] = {each.slug: each for each in (CARD, KASPI)}
