"""The providers, each in a folder of its own; a new one is a folder and a line here."""

from enrollment.rules.methods import Method

from .bank_installment.provider import BankInstallmentProvider
from .bank_transfer.provider import BankTransferProvider
from .base import CanRefund, CanStart, Provider
from .card.provider import CardProvider
from .kaspi.provider import KaspiProvider

CARD = CardProvider()
KASPI = KaspiProvider()
EVERY: tuple[Provider, ...] = (CARD, KASPI, BankTransferProvider(), BankInstallmentProvider())

PROVIDERS = {provider.slug: provider for provider in EVERY}
BY_METHOD: dict[Method, Provider] = {
    method: provider for provider in EVERY for method in provider.methods
}


def starter_of(slug: str) -> CanStart | None:
    """The provider with a payment page, while it is open; None for all others."""
    provider: object = PROVIDERS.get(slug)
    return provider if isinstance(provider, CanStart) and provider.is_open else None


def refunder_of(slug: str) -> CanRefund | None:
    """The provider that gives money back when asked; None where a person does it (4.6)."""
    provider = PROVIDERS.get(slug)
    return provider if isinstance(provider, CanRefund) else None


def page_origins() -> list[str]:
    """The origins of all payment pages.

    Chromium stops a form whose answer redirects to another host, unless the content security policy
    of the form's page names that host too.
    """
    return [provider.page_origin for provider in EVERY if provider.page_origin]
