"""Who told of money, in words: the database keeps a short name that nobody needs to learn."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from enrollment.rules.methods import Method

PROVIDER_NAMES: dict[str, str | Promise] = {
    "card": Method.CARD.label,
    "kaspi": "Kaspi",
    "bank": Method.TRANSFER.label,
    "installment": Method.INSTALLMENT.label,
    "manual": _("by hand"),
}


# How money that staff saw elsewhere came; its reference begins so.
WAY_NAMES: dict[str, str | Promise] = {
    "kaspi-pay": "Kaspi Pay",
    "kaspi-red": "Kaspi Red",
    "cash-desk": Method.CASH.label,
    "transfer": Method.TRANSFER.label,
}


def provider_name(provider: str) -> str:
    return str(PROVIDER_NAMES.get(provider, provider))


def in_words(provider: str, reference: str) -> str:
    """A movement of money as staff read it: who told of it, and under which number."""
    way, space, number = reference.partition(" ")
    if provider == "manual" and space and way in WAY_NAMES:
        reference = f"{WAY_NAMES[way]} {number}"
    return f"{provider_name(provider)}: {reference}"
