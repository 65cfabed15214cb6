"""Comparing a provider's list with the ledger: movements on one side only, or different (M1)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import NamedTuple

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

DAYS_BACK = timedelta(days=60)  # a bank corrects its own mistakes within days
UNKNOWN_TAKEN_BACK = gettext_noop("The bank takes a receipt back, and does not say which.")


class DifferenceKind(models.TextChoices):
    MISSING_HERE = "missing_here", _("paid there, not in the ledger")
    MISSING_THERE = "missing_there", _("in the ledger, not there")
    AMOUNT = "amount", _("another amount")
    CURRENCY = "currency", _("another currency")
    REFUND_MISSING_HERE = "refund_here", _("given back there, not in the ledger")
    REFUND_MISSING_THERE = "refund_there", _("given back in the ledger, not there")
    RELEASED = "released", _("released there, a receipt in the ledger")
    HOLD_OPEN = "hold_open", _("hold not settled")
    TEST_MONEY = "test_money", _("test payment")
    TOTAL = "total", _("the day's total")


# What says of a receipt of the bank's account that its money is not there.
GONE_AT_THE_BANK = (DifferenceKind.REFUND_MISSING_HERE, DifferenceKind.MISSING_THERE)


@dataclass(frozen=True)
class Movement:
    """Money that came or was given back, under the provider's number."""

    reference: str
    amount: Decimal
    currency: str
    is_refund: bool = False
    invoice_id: str = ""

    @property
    def key(self) -> tuple[bool, str]:
        return self.is_refund, self.reference


class Difference(NamedTuple):
    """What differs about one movement; None on the side that does not know it."""

    kind: DifferenceKind
    there: Movement | None
    here: Movement | None


def compare(*, there: Iterable[Movement], here: Iterable[Movement]) -> Iterator[Difference]:
    """Every difference, those of the provider's list first.

    An unknown currency contradicts none.
    """
    ledger = {movement.key: movement for movement in here}
    for theirs in there:
        ours = ledger.pop(theirs.key, None)
        if ours is None:
            kind = (
                DifferenceKind.REFUND_MISSING_HERE
                if theirs.is_refund
                else DifferenceKind.MISSING_HERE
            )
            yield Difference(kind, theirs, None)
            continue
        if theirs.amount != ours.amount:
            yield Difference(DifferenceKind.AMOUNT, theirs, ours)
        if ours.currency and theirs.currency and theirs.currency != ours.currency:
            yield Difference(DifferenceKind.CURRENCY, theirs, ours)
    for ours in ledger.values():
        kind = (
            DifferenceKind.REFUND_MISSING_THERE if ours.is_refund else DifferenceKind.MISSING_THERE
        )
        yield Difference(kind, None, ours)
