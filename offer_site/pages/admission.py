"""Who may sign in: whoever has a contract, and staff (1.6, 1.7)."""

from enrollment.models import Order
from offer_site.accounts.models import User


def admits(email: str) -> bool:
    """Say whether an e-mail may sign in: it has an accepted order, or it is a member of staff's."""
    return (
        Order.objects.accepted().filter(party__email=email).exists()
        or User.objects.filter(email=email, is_staff=True).exists()
    )
