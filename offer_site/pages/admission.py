"""Who may sign in: whoever has a contract, and staff (1.6, 1.7)."""

from enrollment.models import Order
from offer_site.accounts.models import User


def admits(email: str) -> bool:
    """True for the e-mail of an accepted order or of staff."""
    return (
        Order.objects.accepted().filter(party__email=email).exists()
        or User.objects.filter(email=email, is_staff=True).exists()
    )
