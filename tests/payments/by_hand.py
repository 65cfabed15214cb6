"""Money that was seen elsewhere, entered and approved by two people;
every name and number is invented.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any

from enrollment.models import Order
from offer_site.accounts.models import User
from payments.models import ManualReceipt
from payments.operations.ledger.manual import MoneySeen, enter_manual_receipt
from tests.given import NOON
from tests.papers import a_document


def a_clerk(name: str = "first") -> User:
    """One of the people who enter and approve money."""
    email = f"{name}@desk.example.kz"
    return User.objects.filter(email=email).first() or User.objects.create_user(
        email, is_staff=True
    )


def seen(order: Order, **wishes: Any) -> MoneySeen:
    facts = {
        "method": "kaspi-pay",
        "reference": "QR-100200300",
        "amount": Decimal(order.price),
        "paid_at": NOON,
        "reason": "Kaspi Pay қосымшасында көрінді",
    }
    return MoneySeen(**facts | wishes)


def entered(
    order: Order,
    *,
    by: User | None = None,
    at: datetime = NOON,
    is_another: bool = False,
    **wishes: Any,
) -> ManualReceipt:
    receipt, _is_new = enter_manual_receipt(
        order=order,
        money=seen(order, **wishes),
        document=a_document(),
        is_another=is_another,
        by=by or a_clerk(),
        at=at,
    )
    return receipt
