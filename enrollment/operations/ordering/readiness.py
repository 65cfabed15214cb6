"""What must be said before an order takes money or is kept for it (1.1, 2.6)."""

from django.utils.translation import gettext as _

from enrollment.models import Order
from offer_site.errors import RuleViolation

from .guardians import CLAUSE, awaits_guardian


def is_ready(order: Order) -> bool:
    """True when the buyer has confirmed the order, and a minor's guardian has consented to it."""
    return not (order.awaits_confirmation or awaits_guardian(order))


def require_ready(order: Order) -> None:
    """Raise RuleViolation unless a locked order may take money, as far as words go."""
    if order.awaits_confirmation:
        raise RuleViolation(
            _("The buyer has not confirmed this order yet: the link is in the letter."),
            clause="2.6",
        )
    if awaits_guardian(order):
        raise RuleViolation(
            _("The learner is a minor, and the parent or guardian has not consented yet."),
            clause=CLAUSE,
        )
