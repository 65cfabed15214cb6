"""The money of an order as it came, each payment in its own line among the documents."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from enrollment.models import Order
from enrollment.rules.methods import WORDINGS, method_in_words, method_of
from offer_site.languages import in_language
from payments.models import LedgerEntry

NUMBERED = ("card", "kaspi")  # of others the reference is a number of ours, or a bank's inner one


@dataclass(frozen=True)
class PaymentLine:
    """What one receipt gave an order; `amount` is what was allocated to it (M4)."""

    entry: LedgerEntry
    amount: Decimal

    @property
    def happened_at(self) -> datetime:
        return self.entry.happened_at

    @property
    def number(self) -> str:
        """The number of the operation, where the payer has it too."""
        return self.entry.reference if self.entry.provider in NUMBERED else ""

    @property
    def has_hour(self) -> bool:
        """False for a payment order and a bank's decision, which have a day alone."""
        method = method_of(self.entry.method)
        return method is None or WORDINGS[method].has_hour

    @property
    def method(self) -> str:
        said = in_language(*method_in_words(self.entry.method))
        return said[:1].upper() + said[1:]


def payments_of(order: Order) -> list[PaymentLine]:
    """The payments that an order keeps, the earliest first; its allocations are fetched."""
    given = list(order.allocations.all())
    taken_back = {each.takes_back_id for each in given if each.takes_back_id}
    kept = [each for each in given if each.amount > 0 and each.pk not in taken_back]
    lines = [PaymentLine(each.entry, each.amount) for each in kept]
    return sorted(lines, key=lambda line: line.happened_at)
