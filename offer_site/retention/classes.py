"""THE table: every class of personal data, why it is kept, how long, and what ends it (5.2, 11.2).

Nothing else in the product says how long data are kept. A term counts whole calendar years, or
days, from the day on which the class begins to be of no more use; after it the nightly job erases
the class. `on_request`: the person may have it erased earlier, once the contract is over.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from offer_site.days import add_months

TRIES_KEPT_DAYS = 30  # addresses from which orders of others were tried (3.1 (5))
ANSWER_WITHIN_DAYS = 15  # the law's term for a wish to erase
DISPUTE_YEARS = 3  # the general term in which a court can be asked


class DataClassKey(StrEnum):
    APPLICATION = "application"
    ORIGIN = "origin"
    CHATS = "chats"
    EXCHANGE = "exchange"
    CONTRACT = "contract"
    CERTIFICATE = "certificate"
    MONEY = "money"


class Beginning(StrEnum):
    """The day a term is counted from."""

    LAPSE = "lapse"  # of an order that was never paid
    END = "end"  # of the contract: performed or terminated
    NEVER = "never"


@dataclass(frozen=True)
class DataClass:
    key: DataClassKey
    what: Promise
    why: Promise
    clause: str
    begins: Beginning
    years: int = 0
    days: int = 0
    on_request: bool = False

    def last_day(self, begun_on: date) -> date:
        """The last day on which data of this class are kept."""
        return add_months(begun_on, 12 * self.years) + timedelta(days=self.days)

    def is_over(self, begun_on: date, today: date) -> bool:
        return self.begins != Beginning.NEVER and self.last_day(begun_on) < today


CLASSES: tuple[DataClass, ...] = (
    DataClass(
        DataClassKey.APPLICATION,
        _("An order that was not paid: names, contacts, its letters and documents"),
        _("It may still be found and explained for 30 days; then nobody needs it."),
        "5.2",
        Beginning.LAPSE,
        days=30,
        on_request=True,
    ),
    DataClass(
        DataClassKey.ORIGIN,
        _("The network address and the browser of the order"),
        _("They prove who gave the consents while the contract can be disputed: three years."),
        "5.1",
        Beginning.END,
        years=3,
        on_request=True,
    ),
    DataClass(
        DataClassKey.CHATS,
        _("Messages in Telegram, and requests for payment in halves"),
        _("What was exchanged is kept secret for the contract and three years after it."),
        "11.2",
        Beginning.END,
        years=3,
        on_request=True,
    ),
    DataClass(
        DataClassKey.EXCHANGE,
        _("Letters, questions, claims, breaches, results, proposals, and documents about them"),
        _("A claim about the contract can be brought for three years after it."),
        "11.2",
        Beginning.END,
        years=3,
    ),
    DataClass(
        DataClassKey.CONTRACT,
        _("Names, phone, e-mail, address and IIN in the contract, its paper and its acts"),
        _("Accounting documents and what they rest on are kept for five years by law."),
        "11.2",
        Beginning.END,
        years=5,
    ),
    DataClass(
        DataClassKey.CERTIFICATE,
        _("The certificate with the learner's name"),
        _("Whoever has its code verifies it. It ends when you ask to revoke it."),
        "9.1",
        Beginning.NEVER,
    ),
    DataClass(
        DataClassKey.MONEY,
        _("Amounts, days and numbers of payments, the journal with digests"),
        _("They state nobody's name, and prove that the books are right."),
        "4.2",
        Beginning.NEVER,
    ),
)


# What erasing an order's class erases besides: nobody can be found by what is left.
TOGETHER: dict[DataClassKey, tuple[DataClassKey, ...]] = {
    DataClassKey.APPLICATION: (
        DataClassKey.ORIGIN,
        DataClassKey.CHATS,
        DataClassKey.EXCHANGE,
        DataClassKey.CONTRACT,
    ),
    DataClassKey.CONTRACT: (
        DataClassKey.ORIGIN,
        DataClassKey.CHATS,
        DataClassKey.EXCHANGE,
    ),
}


def data_class(key: str) -> DataClass:
    return next(each for each in CLASSES if each.key == key)
