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


def provider_name(provider: str) -> str:
    return str(PROVIDER_NAMES.get(provider, provider))
