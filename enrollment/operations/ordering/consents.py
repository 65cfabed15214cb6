"""Withdrawing a consent (5.3.5)."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from enrollment.models import Consent, ConsentPurpose, ConsentWithdrawal, Order
from offer_site.errors import RuleViolation
from offer_site.journal.operations import record

# The contract cannot be performed without the other consents; they end with it.
OPTIONAL = (ConsentPurpose.CROSS_BORDER, ConsentPurpose.RESEARCH, ConsentPurpose.MARKETING)


@transaction.atomic(savepoint=False)
def withdraw_consent(*, consent: Consent, by: str, at: datetime) -> ConsentWithdrawal:
    """Withdraw an optional consent; a second withdrawal changes nothing (5.3.5, A6).

    Raises RuleViolation for a consent that the contract needs.
    """
    order = Order.objects.locked().get(party=consent.party_id)
    if consent.purpose not in OPTIONAL:
        raise RuleViolation(
            _("This consent is what the contract stands on; it ends with the contract."),
            clause="5.1",
        )
    withdrawal, is_new = ConsentWithdrawal.objects.get_or_create(
        consent=consent, defaults={"at": at, "by": by}
    )
    if is_new:
        about = ("order", order.code)
        facts = {"purpose": consent.purpose}
        record(
            "consent.withdrawn",
            about=about,
            order=order.code,
            facts=facts,
            by=by,
            at=at,
            clause="5.3.5",
        )
    return withdrawal
