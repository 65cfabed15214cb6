"""The six states of an order and the one table of moves (O2).
A new state must be something the offer distinguishes.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _


class OrderState(models.TextChoices):
    AWAITING_PAYMENT = "awaiting_payment", _("awaiting payment")
    PREPAID = "prepaid", _("prepaid")
    PAID = "paid", _("paid")
    COMPLETED = "completed", _("performed")
    TERMINATED = "terminated", _("terminated")
    LAPSED = "lapsed", _("lapsed")


MOVES: dict[OrderState, set[OrderState]] = {
    OrderState.AWAITING_PAYMENT: {OrderState.PREPAID, OrderState.PAID, OrderState.LAPSED},
    OrderState.PREPAID: {OrderState.PAID, OrderState.TERMINATED},
    # Back to PREPAID when the entry of the rest was wrong: the first half stands (4.3.1).
    OrderState.PAID: {OrderState.COMPLETED, OrderState.TERMINATED, OrderState.PREPAID},
    OrderState.LAPSED: {OrderState.AWAITING_PAYMENT, OrderState.PREPAID, OrderState.PAID},
    OrderState.COMPLETED: set(),
    OrderState.TERMINATED: set(),
}
