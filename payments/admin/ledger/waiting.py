"""What staff do with money that waits: each move is a button that asks for its reason (4.3)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from enrollment.models import Order
from enrollment.rules.order_states import OrderState
from offer_site.accounts.models import User
from offer_site.admin.buttons import Button
from offer_site.admin.chapters import Chapter, Words
from offer_site.admin.forms import KeptReasonForm, amount_field, day_field
from offer_site.admin.links import moment
from offer_site.days import almaty_day
from offer_site.journal.admin import history
from offer_site.journal.models import HOUSE, Entry
from offer_site.money import tenge_text
from payments.models import Allocation, EntryKind, LedgerEntry
from payments.operations.ledger.allocations import (
    UNPAID,
    about,
    give_to_order,
    reopen_with_money,
    take_back,
)
from payments.rules.matching import Transfer
from payments.rules.waiting import Why

from .candidates import candidates

RIGHT = "payments.add_allocation"
PART_OF_LAPSED = "part-of-lapsed"


class OrderOfMoneyForm(KeptReasonForm):
    code = forms.CharField(label=_("Code of the order"), max_length=40)
    is_another = forms.BooleanField(
        label=_("It is other money, even if it looks like money that is known"), required=False
    )
    field_order = ["code", "amount", "day", "reason", "is_another"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].initial = code_meant(self.subject)


class GivingForm(OrderOfMoneyForm):
    amount = amount_field(
        required=False,
        help_text=_(
            "Left empty: exactly what is due, or all whole tenge that are left if that is less."
        ),
    )


class ReopeningByMoneyForm(OrderOfMoneyForm):
    day = day_field(
        _("Day until whose end the rest may be paid"),
        required=False,
        help_text=_("Only for money that is less than what is due. Left empty: today."),
    )


class TakingBackForm(KeptReasonForm):
    allocation = forms.ModelChoiceField(
        label=_("What is taken back"), queryset=Allocation.objects.none()
    )
    field_order = ["allocation", "reason"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice: Any = self.fields["allocation"]
        choice.queryset = can_be_taken_back(self.subject)
        choice.label_from_instance = lambda each: f"{tenge_text(each.amount)} – {each.order}"
        choice.initial = choice.queryset.first()


def give(entry: LedgerEntry, values: dict[str, Any], *, by: User, at: datetime) -> str:
    return what_became(give_to_order(entry=entry, by=by, at=at, **values))


def reopen(entry: LedgerEntry, values: dict[str, Any], *, by: User, at: datetime) -> str:
    return what_became(reopen_with_money(entry=entry, by=by, at=at, **values))


def take_it_back(entry: LedgerEntry, values: dict[str, Any], *, by: User, at: datetime) -> str:
    take_back(by=by, at=at, **values)
    return gettext("The money is taken back and waits again.")


def what_became(order: Order) -> str:
    facts = {"code": order.code, "state": order.get_state_display()}
    return gettext("The money is given to the order %(code)s: it is %(state)s.") % facts


def waits(entry: LedgerEntry) -> bool:
    """True while something of an entry waits; needs the list's `with_left()`."""
    return entry.kind == EntryKind.RECEIPT and entry.left > 0  # type: ignore[attr-defined]


def can_be_taken_back(entry: LedgerEntry) -> QuerySet[Allocation]:
    undecided = (*UNPAID, OrderState.PREPAID)
    return (
        Allocation.objects.standing()
        .filter(entry=entry, order__state__in=undecided)
        .select_related("order")
    )


def code_meant(entry: LedgerEntry) -> str:
    """The code of the order that an entry of the list names; needs the list's `with_why()`."""
    named = Order.objects.filter(pk=entry.meant)  # type: ignore[attr-defined]
    return named.values_list("code", flat=True).first() or ""


def possible_orders(entry: LedgerEntry) -> Chapter:
    left = entry.left  # type: ignore[attr-defined]
    transfer = Transfer(
        amount=left, currency=entry.currency, payer_id="", paid_on=almaty_day(entry.happened_at)
    )
    return candidates(transfer, [code_meant(entry), entry.invoice_id])


def this_money(entry: LedgerEntry) -> Chapter:
    """What is decided about, on the page of the decision."""
    rows = [
        (_("waits still"), tenge_text(entry.left)),  # type: ignore[attr-defined]
        (_("provider's time"), moment(entry.happened_at)),
        (_("why it waits"), Why(entry.why).label),  # type: ignore[attr-defined]
    ]
    return Chapter(_("money"), rows)


def what_was_done(entry: LedgerEntry) -> Chapter:
    """What the journal has of this money: what came of it, who decided, and why."""
    rows = Entry.objects.about(*about(entry)).order_by("at", "pk")
    return history(rows, column=(_("order"), chain_of))


def chain_of(row: Entry) -> str:
    return row.chain if row.chain != HOUSE else "–"


BUTTONS: Sequence[Button] = [
    Button(
        "give",
        _("Give to an order"),
        permission=RIGHT,
        operate=give,
        form=GivingForm,
        note=_(
            "The order takes what is due of it, the rest goes on waiting. "
            "Money of another day needs a reopening."
        ),
        is_offered=waits,
        chapters=lambda entry: [this_money(entry), possible_orders(entry)],
    ),
    Button(
        "reopen",
        _("Reopen an order with it"),
        permission=RIGHT,
        operate=reopen,
        form=ReopeningByMoneyForm,
        note=_(
            "The order gets the day of the money and a place, if one is free: "
            "enough money becomes the contract."
        ),
        is_offered=waits,
        chapters=lambda entry: [this_money(entry), possible_orders(entry)],
    ),
    Button(
        "take-back",
        _("Take back from an order"),
        permission=RIGHT,
        operate=take_it_back,
        form=TakingBackForm,
        note=_(
            "A wrong allocation is undone and the money waits again. "
            "What concluded a contract is never undone."
        ),
        is_offered=lambda entry: can_be_taken_back(entry).exists(),
    ),
]

FILTERS: list[tuple[str, Words]] = [
    ("yes", _("whatever the reason")),
    *((why.value, why.label) for why in Why),
    (PART_OF_LAPSED, _("it is a part of what was due, and the order lapsed")),
]


def waiting_for(question: str) -> QuerySet[LedgerEntry]:
    """Money that waits for the reason that the list or "Needs attention" asks about."""
    if question == PART_OF_LAPSED:
        return LedgerEntry.objects.part_of_a_lapsed_order()
    return LedgerEntry.objects.waiting(Why(question) if question in Why.values else None)
