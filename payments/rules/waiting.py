"""Why money waits for a person, and how much of it an order takes (4.3, M6)."""

from decimal import Decimal

from django.db import models
from django.utils.translation import gettext_lazy as _


class Why(models.TextChoices):
    """The reason that staff read first; judged anew at every read, by the order the money names."""

    OF_INVOICE = "invoice", _("it names an invoice, and each order gets its part by hand")
    NO_ORDER = "no-order", _("it names no order, or is not in tenge")
    ANOTHER_DAY = "another-day", _("it came on another day than that of the order")
    SHORT = "short", _("it is less than what is due")
    EXCESS = "excess", _("it is more than what is due")
    KNOWN = "known", _("it is probably money that was entered by hand")
    TEST = "test", _("it is test money: nothing was paid")
    DOUBLE = "double", _("the order is paid or ended already")
    ANOTHER_ACCOUNT = "another-account", _("the payment names one order, and its payer another")
    BY_PERSON = "by-person", _("it waits for a person to give it")
    GUARDIAN = "guardian", _("the learner is a minor, and the guardian had not consented")
    UNCONFIRMED = "unconfirmed", _("the buyer has not confirmed the order")
    NOT_TAKEN = (
        "not-taken",
        _("no place was free, the learner is enrolled, or the offer is withdrawn"),
    )


def part_to_give(*, left: Decimal, due: Decimal, whole: Decimal) -> Decimal:
    """How much of what is left goes to an order: what is due, or all whole tenge if less (M9).

    Exactly the whole price pays an order by halves at once (4.3.1).
    A part leaves a rest to be asked for, and what we ask for is whole tenge.
    """
    if left == whole:
        return whole
    return due if left >= due else left.quantize(Decimal(1), rounding="ROUND_DOWN")
