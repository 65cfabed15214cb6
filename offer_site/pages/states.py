"""How a state looks on the pages of an order, of an invoice and in the cabinet: said once."""

from dataclasses import dataclass
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from enrollment.rules.claims import Stage
from enrollment.rules.order_states import OrderState


@dataclass(frozen=True)
class Look:
    """The words of a state, with the tone and the icon of the mark that shows them.

    Tones: none, good, care, bad, off; icons are those of the sprite.
    """

    words: Promise
    tone: str
    icon: str


class OrderStage(StrEnum):
    """What the buyer must read first on the page of an order."""

    AWAITING = "awaiting"
    UNCONFIRMED = "unconfirmed"
    DECLINED = "declined"
    CONFIRMING = "confirming"
    REPORTED = "reported"
    MONEY_WAITS = "money_waits"
    CONCLUDED = "concluded"
    OVERDUE = "overdue"
    LAPSED = "lapsed"
    TERMINATED = "terminated"


class InvoiceStage(StrEnum):
    """What the buyer must read first on the page of an invoice."""

    AWAITING = "awaiting"
    REPORTED = "reported"
    MONEY_WAITS = "money_waits"
    CONCLUDED = "concluded"
    LAPSED = "lapsed"


class ContractStage(StrEnum):
    """How far a contract has come, as the cabinet shows it."""

    HALF_PAID = "half_paid"
    PAID = "paid"
    LEARNING = "learning"
    SUSPENDED = "suspended"
    PREPARING = "preparing"
    CERTIFIED = "certified"
    ENDED = "ended"


# What more than one table shows.
AWAITING = Look(_("Awaiting payment"), "care", "clock")
REPORTED = Look(_("We wait for the bank"), "", "bank")
MONEY_WAITS = Look(_("The money is with us"), "care", "bank")
PAID = Look(_("Paid"), "good", "paid")
LAPSED = Look(_("Lapsed"), "off", "clock")
TERMINATED = Look(_("Terminated"), "off", "info")
SUSPENDED = Look(_("Access is suspended"), "bad", "alert")

LOOKS_OF_STATES: dict[str, Look] = {
    OrderState.AWAITING_PAYMENT: AWAITING,
    OrderState.PREPAID: Look(_("Half is paid"), "good", "paid"),
    OrderState.PAID: PAID,
    OrderState.COMPLETED: Look(_("Performed"), "good", "paid"),
    OrderState.LAPSED: LAPSED,
    OrderState.TERMINATED: TERMINATED,
}

# A concluded order looks as its state does.
LOOKS_OF_ORDER_STAGES = {
    OrderStage.AWAITING: AWAITING,
    OrderStage.UNCONFIRMED: Look(_("Waits for your confirmation"), "care", "info"),
    OrderStage.DECLINED: Look(_("Payment declined"), "bad", "alert"),
    OrderStage.CONFIRMING: Look(_("The bank is confirming"), "", "bank"),
    OrderStage.REPORTED: REPORTED,
    OrderStage.MONEY_WAITS: MONEY_WAITS,
    OrderStage.OVERDUE: SUSPENDED,
    OrderStage.LAPSED: LAPSED,
    OrderStage.TERMINATED: TERMINATED,
}

LOOKS_OF_INVOICE_STAGES = {
    InvoiceStage.AWAITING: AWAITING,
    InvoiceStage.REPORTED: REPORTED,
    InvoiceStage.MONEY_WAITS: MONEY_WAITS,
    InvoiceStage.CONCLUDED: PAID,
    InvoiceStage.LAPSED: LAPSED,
}

LOOKS_OF_CONTRACT_STAGES = {
    ContractStage.HALF_PAID: Look(_("Half is paid, the place is yours"), "good", "paid"),
    ContractStage.PAID: Look(_("Paid, the place is yours"), "good", "paid"),
    ContractStage.LEARNING: Look(_("Lessons are under way"), "good", "paid"),
    ContractStage.SUSPENDED: SUSPENDED,
    ContractStage.PREPARING: Look(
        _("The course is over, the certificate is being prepared"), "care", "clock"
    ),
    ContractStage.CERTIFIED: Look(_("Certificate issued"), "good", "certificate"),
    ContractStage.ENDED: Look(_("Contract ended"), "off", "minus"),
}


LOOKS_OF_CLAIM_STAGES = {
    Stage.UNDER_REVIEW: Look(_("Under consideration"), "", "clock"),
    Stage.AWAITS_DOCUMENTS: Look(_("Documents are awaited"), "care", "clock"),
    Stage.ANSWERED: Look(_("Answered"), "good", "check"),
    Stage.ACCEPTED: Look(_("The proposal is accepted"), "good", "check"),
    Stage.NOT_ACCEPTED: Look(_("The proposal is not accepted"), "care", "info"),
    Stage.WITHDRAWN: Look(pgettext_lazy("claim", "Withdrawn"), "off", "minus"),
}


def look_of_order(stage: OrderStage, state: str) -> Look:
    if stage == OrderStage.CONCLUDED:
        return LOOKS_OF_STATES[state]
    return LOOKS_OF_ORDER_STAGES[stage]
