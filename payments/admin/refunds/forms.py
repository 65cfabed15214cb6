"""What the buttons of refunds ask, and the operations they call (4.6)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ObjectDoesNotExist
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from enrollment.admin.doubts import AS_TYPED, StaffDoubtsForm
from enrollment.forms.doubts import EmailDoubts
from enrollment.forms.fields import EmailField, OrderField
from enrollment.models import Claim, ClaimKind, Order
from enrollment.operations.training.terminations import UNDER_CONTRACT
from enrollment.rules.order_states import OrderState
from offer_site.accounts.models import User
from offer_site.admin.entries import Entered
from offer_site.admin.forms import ButtonForm, amount_field, day_field, text_input
from offer_site.admin.links import page_url
from offer_site.days import almaty_day
from offer_site.money import tenge_text
from payments.models import (
    AskedBy,
    EntryKind,
    Ground,
    LedgerEntry,
    PayoutState,
    RefundCase,
    RefundPayout,
)
from payments.operations.refunds.cases import (
    add_cost,
    cancel_case,
    candidates_for,
    give_ground,
    open_case_for_refund,
    open_refund_case,
    remove_cost,
    take_demand,
)
from payments.operations.refunds.decisions import (
    approve_decision,
    propose_decision,
    return_to_proposal,
)
from payments.operations.refunds.payouts import record_payout_by_hand, send_payout_again
from payments.operations.refunds.sums import (
    calculation_of,
    order_named_by,
    received_anything,
    subject_of,
)

ANOTHER = ""


def answer_email() -> EmailField:
    return EmailField(
        label=_("E-mail for the answer"),
        required=False,
        help_text=_("Only for money of no order: a buyer is answered at the registered address."),
    )


class DemandForm(ButtonForm):
    """What is known of a demand when its case is opened."""

    ground = forms.ChoiceField(label=_("Ground"), choices=[("", "—"), *Ground.choices])
    asked_by = forms.ChoiceField(
        label=_("Asked by"),
        choices=AskedBy,
        help_text=_("Who asked is answered within ten days; where nobody asked, no term runs."),
    )
    asked_on = day_field(_("Day the demand came"))
    demand = forms.CharField(
        label=_("The demand, as it was written"), widget=text_input(rows=6), required=False
    )
    document = forms.CharField(
        label=_("Document"),
        max_length=200,
        help_text=_(
            "What the case rests on: a letter or a paper of the bank, its date and number."
        ),
    )
    email = answer_email()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["asked_on"].initial = almaty_day(timezone.now())


class OrderDemandForm(DemandForm):
    """A case of an order: it decides a claim that stands, or a demand made otherwise."""

    claim = forms.ModelChoiceField(
        Claim.objects.none(),
        label=_("Claim"),
        required=False,
        empty_label="—",
        help_text=_("Its day, its demand and its term are those of the case (10.2.3)."),
    )
    email = None  # type: ignore[assignment]
    field_order = ("claim",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        claims = Claim.objects.open().filter(order=self.order, kind=ClaimKind.MONEY)
        self.fields["claim"].queryset = claims  # type: ignore[attr-defined]

    @property
    def order(self) -> Order | None:
        found: Order | None = self.subject
        return found


class NewCaseForm(DemandForm):
    """A case opened from the list: its order is named by the code."""

    code = OrderField()
    email = None  # type: ignore[assignment]
    field_order = ("code",)


class AnsweredByEmailForm(StaffDoubtsForm, EmailDoubts, DemandForm):
    """A demand about money of no order: its answer goes to whatever mailbox is typed here."""


class DemandCameForm(AnsweredByEmailForm, OrderDemandForm):
    """A demand for the money of a case that the academy opened itself."""

    ground = None  # type: ignore[assignment]
    email = answer_email()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.order:
            del self.fields["email"]
        else:
            self.fields["email"].initial = self.subject.email
        self.fields["asked_by"].choices = [  # type: ignore[attr-defined]
            choice for choice in AskedBy.choices if choice[0] != AskedBy.ACADEMY
        ]

    @property
    def order(self) -> Order | None:
        case: RefundCase = self.subject
        return case.order


class ReturnForm(AnsweredByEmailForm):
    """The waiting money of a receipt: the ground is proposed by what is known of it."""

    code = OrderField(label=_("Code of the order, if it is known"), required=False)
    field_order = ("code",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        order = order_named_by(self.subject)
        self.fields["code"].initial = order.code if order else ""
        self.fields["ground"].initial = likely_ground(self.subject)
        self.fields["asked_by"].initial = AskedBy.ACADEMY


class GroundForm(AnsweredByEmailForm):
    """The ground of a refund made elsewhere: a case that stands, or a new one."""

    case = forms.ChoiceField(label=_("Case"), required=False)
    field_order = ("case",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cases = [
            (str(case.pk), f"{case}: {case.get_ground_display()}")
            for case in candidates_for(self.subject)
        ]
        self.fields["case"].choices = [(ANOTHER, _("a new case")), *cases]  # type: ignore[attr-defined]
        self.fields["ground"].initial = Ground.CABINET
        self.fields["asked_by"].initial = AskedBy.ACADEMY
        if self.data.get("case"):
            for name in ("ground", "asked_by", "asked_on", "document"):
                self.fields[name].required = False


class CostForm(ButtonForm):
    what_kk = forms.CharField(label=_("What was spent, in Kazakh"), max_length=200)
    what_ru = forms.CharField(label=_("What was spent, in Russian"), max_length=200)
    amount = amount_field(min_value=1)
    document = forms.CharField(label=_("Document"), max_length=200)


class CostChoiceForm(ButtonForm):
    cost = forms.ChoiceField(label=_("Cost"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        costs = self.subject.costs.filter(removed_at=None)
        self.fields["cost"].choices = [
            (cost.pk, f"{cost}, {tenge_text(cost.amount)}") for cost in costs
        ]  # type: ignore[attr-defined]


class RefundDecisionForm(ButtonForm):
    granted = amount_field(
        label=_("To be returned in all, tenge"),
        min_value=0,
        help_text=_("Nothing means that the demand is declined."),
    )
    reasons_kk = forms.CharField(label=_("Reasons in Kazakh"), widget=text_input(rows=6))
    reasons_ru = forms.CharField(label=_("Reasons in Russian"), widget=text_input(rows=6))
    ends_order = forms.BooleanField(
        label=_("This ends the contract"),
        required=False,
        help_text=_("If we return all that was received, the contract ends in any case."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        case = self.subject
        calculation, _parts = calculation_of(subject_of(case))
        self.fields["granted"].initial = max(calculation.by_the_law, calculation.made)
        earlier = case.decisions.first()
        if earlier:  # what was sent back is mended, not written anew
            for name in ("granted", "reasons_kk", "reasons_ru", "ends_order"):
                self.fields[name].initial = getattr(earlier, name)
        if case.entry_id or case.order.state not in UNDER_CONTRACT:
            del self.fields["ends_order"]


class PayoutForm(ButtonForm):
    payout = forms.ChoiceField(label=_("Payout"))
    states: Sequence[str] = (PayoutState.FAILED,)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        payouts = self.subject.payouts.filter(state__in=self.states).select_related("receipt")
        self.fields["payout"].choices = [
            (each.pk, f"{tenge_text(each.amount)}, {each.receipt}") for each in payouts
        ]  # type: ignore[attr-defined]


class ByHandForm(PayoutForm):
    states = (PayoutState.BY_HAND, PayoutState.FAILED)
    reference = forms.CharField(label=_("Number of the operation"), max_length=80)
    paid_on = day_field(_("Day it left"))
    document = forms.CharField(label=_("Document"), max_length=200)


def likely_ground(entry: LedgerEntry) -> str:
    """A guess from the order that a receipt names; a person decides."""
    order = order_named_by(entry)
    if order is None:
        return ""
    if order.state == OrderState.LAPSED:
        return Ground.LAPSED
    if received_anything(order):
        return Ground.DOUBLE
    is_excess = entry.amount > order.prepayment and entry.amount != order.price
    return Ground.EXCESS if is_excess else ""


def open_for_order(order: Order, values: dict[str, Any], *, by: User, at: datetime) -> str:
    return opened(open_refund_case(order=order, by=by, at=at, **values))


def demand_came(case: RefundCase, values: dict[str, Any], *, by: User, at: datetime) -> str:
    values.pop(AS_TYPED)
    take_demand(case=case, by=by, at=at, **values)
    return gettext("The demand is recorded. The term of the answer runs from the day it came.")


def open_for_receipt(entry: LedgerEntry, values: dict[str, Any], *, by: User, at: datetime) -> str:
    values.pop(AS_TYPED)
    order = values.pop("code")
    return opened(open_refund_case(entry=entry, order=order, by=by, at=at, **values))


def open_for_order_named(values: dict[str, Any], *, by: User, at: datetime) -> Entered:
    order = values.pop("code")
    case = open_refund_case(order=order, by=by, at=at, **values)
    return Entered(opened(case), page=case)


def explain_refund(entry: LedgerEntry, values: dict[str, Any], *, by: User, at: datetime) -> str:
    values.pop(AS_TYPED)
    chosen = values.pop("case", ANOTHER)
    if chosen:
        return opened(
            give_ground(entry=entry, case=RefundCase.objects.get(pk=chosen), by=by, at=at)
        )
    return opened(open_case_for_refund(entry=entry, by=by, at=at, **values))


def opened(case: RefundCase) -> str:
    return format_html(
        gettext('The refund case <a href="{url}">{number}</a> waits for its decision.'),
        url=page_url(RefundCase, case.pk),
        number=case.number,
    )


def cost(case: RefundCase, values: dict[str, Any], *, by: User, at: datetime) -> str:
    add_cost(case=case, by=by, at=at, **values)
    return gettext("The cost is added.")


def no_cost(case: RefundCase, values: dict[str, Any], *, by: User, at: datetime) -> str:
    remove_cost(case=case, cost_id=int(values["cost"]), by=by, at=at)
    return gettext("The cost is removed.")


def propose(case: RefundCase, values: dict[str, Any], *, by: User, at: datetime) -> str:
    propose_decision(case=case, by=by, at=at, **values)
    return gettext("The decision is proposed. Another person approves it.")


def approve(case: RefundCase, values: dict[str, Any], *, by: User, at: datetime) -> str:
    approve_decision(case=case, by=by, at=at)
    return gettext("The decision is approved, and the answer is on its way.")


def send_back(case: RefundCase, values: dict[str, Any], *, by: User, at: datetime) -> str:
    return_to_proposal(case=case, reason=values["reason"], by=by, at=at)
    return gettext("The proposal is sent back.")


def cancel(case: RefundCase, values: dict[str, Any], *, by: User, at: datetime) -> str:
    cancel_case(case=case, reason=values["reason"], by=by, at=at)
    return gettext("The case is cancelled.")


def by_hand(case: RefundCase, values: dict[str, Any], *, by: User, at: datetime) -> str:
    payout = RefundPayout.objects.get(case=case, pk=values.pop("payout"))
    record_payout_by_hand(payout=payout, by=by, at=at, **values)
    return gettext("The payout is recorded, and the customer is told.")


def again(case: RefundCase, values: dict[str, Any], *, by: User, at: datetime) -> str:
    send_payout_again(payout=RefundPayout.objects.get(case=case, pk=values["payout"]), by=by, at=at)
    return gettext(
        "The clock sends it within minutes. If it was asked for before, the bank is asked about it "
        "first."
    )


def has_no_ground(entry: LedgerEntry) -> bool:
    """True while a refund lacks its ground."""
    if entry.kind != EntryKind.REFUND:
        return False
    try:
        return entry.ground is None
    except ObjectDoesNotExist:
        return True
