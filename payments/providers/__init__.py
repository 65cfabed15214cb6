"""Those who take money for us, each in a folder of its own."""

from .card.provider import CardProvider

CARD = CardProvider()
PROVIDERS = {CARD.slug: CARD}
