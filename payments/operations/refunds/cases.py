"""Refund cases: opened with the demand, given costs and refunds made elsewhere, cancelled (4.6)."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from enrollment.models import Claim, Debtor, Order
from enrollment.operations.terms.deadlines import lift_deadline, open_deadline
from offer_site.accounts.models import User
from offer_site.days import almaty_day
from offer_site.errors import RuleViolation
from offer_site.journal.operations import actor, record
from offer_site.money import tenge_text
from payments.models import (
    AskedBy,
    EntryKind,
    LedgerEntry,
    RefundCase,
    RefundCost,
    RefundDecision,
    RefundGround,
)
from payments.operations.ledger.allocations import is_test_money, left_of
from payments.operations.ledger.bounds import require_day
from payments.rules.by_hand import costs_are_below
from payments.rules.refunds import NOTHING

from .claims import require_undecided_claim
from .sums import RefundSubject, lock_case, lock_order, lock_receipts, order_named_by, receipts_of

ANSWER = "10.2.3"


@transaction.atomic
def open_refund_case(
    *,
    ground: str,
    asked_by: str,
    asked_on: date,
    demand: str,
    document: str,
    by: User,
    at: datetime,
    order: Order | None = None,
    entry: LedgerEntry | None = None,
    email: str = "",
    claim: Claim | None = None,
) -> RefundCase:
    """Open a case for what an order received, or for the waiting rest of a receipt (4.6, 10.2.3).

    The answer is due in ten days from the day the demand came; a case that the academy itself
    asks for has no such deadline (0064), and one that decides a claim has that of the claim. Locks
    the order with its people, then the receipt. Raises RuleViolation when there is nothing that
    could go back.
    """
    _require_that_it_came(asked_on, at=at)
    order = order or (order_named_by(entry) if entry else None)
    order = lock_order(order.pk) if order else None
    if claim is not None:
        claim = Claim.objects.select_for_update().get(pk=claim.pk)
        require_undecided_claim(claim, order.pk if order else 0)
        asked_on = claim.came_on
        demand = claim.demand
    if entry is not None:
        entry = lock_receipts(entry_ids=[entry.pk])[entry.pk]
        if entry.kind == EntryKind.RECEIPT and left_of(entry) <= 0:
            raise RuleViolation(
                _("Nothing of this money waits. Open the case from its order."), clause="4.6"
            )
        if is_test_money(entry):
            raise RuleViolation(_("This is test money: nothing was paid."), clause="4.4")
    elif order is None or not receipts_of(order.pk):
        raise RuleViolation(_("This order received no money."), clause="4.6", field="code")
    spoken_of = _day_spoken_of(order, entry)
    require_day(asked_on, field="asked_on", not_before=spoken_of, by=by, at=at, clause="4.6")
    case = RefundCase.objects.create(
        order=order,
        entry=entry,
        claim=claim,
        ground=ground,
        asked_by=asked_by,
        asked_on=asked_on,
        demand=demand,
        document=document,
        email=email,
        opened_at=at,
        opened_by=by,
    )
    facts = {
        "ground": ground,
        "asked_on": asked_on.isoformat(),
        "of": entry.name if entry else "order",
    }
    facts |= {"claim": str(claim.pk)} if claim else {}
    _record("refund_case.opened", case, facts=facts, by=by, at=at)
    if order and claim is None and asked_by != AskedBy.ACADEMY:
        _open_term(case, order, at=at)
    return case


@transaction.atomic
def take_demand(
    *,
    case: RefundCase,
    asked_by: str,
    asked_on: date,
    demand: str,
    document: str,
    by: User,
    at: datetime,
    email: str = "",
    claim: Claim | None = None,
) -> RefundCase:
    """Record that the money of a case which the academy opened itself was demanded after all.

    From the day the demand came the ten days of 10.2.3 run; with a claim they are the claim's.
    `email` is that of the answer about money of no order; empty, the one known before stays.
    Raises RuleViolation for a case that somebody asked for already, that is closed, or whose
    decision is proposed.
    """
    subject = _still_open(case)
    case = subject.case
    order = subject.order
    if case.asked_by != AskedBy.ACADEMY or asked_by == AskedBy.ACADEMY:
        raise RuleViolation(
            _("A demand is added to a case that the academy opened itself."), clause=ANSWER
        )
    _require_that_it_came(asked_on, at=at)
    if claim is not None:
        claim = Claim.objects.select_for_update().get(pk=claim.pk)
        require_undecided_claim(claim, order.pk if order else 0)
        asked_on = claim.came_on
        demand = claim.demand
    spoken_of = _day_spoken_of(order, case.entry)
    require_day(asked_on, field="asked_on", not_before=spoken_of, by=by, at=at, clause="4.6")
    case.claim = claim
    case.asked_by = asked_by
    case.asked_on = asked_on
    case.demand = f"{demand}\n\n{_opened_on(case)}".strip()
    case.document = document
    case.email = case.email if order else email or case.email
    case.save(update_fields=["claim", "asked_by", "asked_on", "demand", "document", "email"])
    facts = {"asked_by": asked_by, "asked_on": asked_on.isoformat()}
    facts |= {"claim": str(claim.pk)} if claim else {}
    _record("refund_case.demanded", case, facts=facts, by=by, at=at)
    if order and claim is None:
        _open_term(case, order, at=at)
    return case


def _opened_on(case: RefundCase) -> str:
    """What the academy opened the case on: it stays, with the demand that came."""
    before = _("The academy opened the case on: %(document)s") % {"document": case.document}
    return f"{before}\n{case.demand}"


def _require_that_it_came(asked_on: date, *, at: datetime) -> None:
    if asked_on > almaty_day(at):
        raise RuleViolation(
            _("The demand cannot have come on a day that is still ahead."), field="asked_on"
        )


def _open_term(case: RefundCase, order: Order, *, at: datetime) -> None:
    """The ten days of 10.2.3, from the day on which the demand came."""
    case.deadline = open_deadline(
        order=order,
        clause=ANSWER,
        occasion=occasion_of(case),
        days=order.edition.terms["claim_days"],
        in_working_days=False,
        event_on=case.asked_on,
        owed_by=Debtor.ACADEMY,
        at=at,
        about=about(case),
    )
    case.save(update_fields=["deadline"])


@transaction.atomic
def add_cost(
    *,
    case: RefundCase,
    what_kk: str,
    what_ru: str,
    amount: Decimal,
    document: str,
    by: User,
    at: datetime,
) -> RefundCost:
    """Add what the academy really spent on the order, in tenge, with its document (article 686)."""
    subject = _still_open(case)
    case = subject.case
    _require_below_the_price(subject, amount)
    cost = RefundCost.objects.create(
        case=case,
        what_kk=what_kk,
        what_ru=what_ru,
        amount=amount,
        document=document,
        added_at=at,
        added_by=by,
    )
    _record(
        "refund_case.cost_added", case, facts={"cost": cost.pk, "amount": str(amount)}, by=by, at=at
    )
    return cost


@transaction.atomic
def remove_cost(*, case: RefundCase, cost_id: int, by: User, at: datetime) -> RefundCost:
    """Take a cost out of the calculation; its row stays."""
    case = _still_open(case).case
    cost = RefundCost.objects.filter(case=case, pk=cost_id, removed_at=None).first()
    if cost is None:
        raise RuleViolation(_("This cost is removed already."), field="cost")
    cost.removed_at = at
    cost.save(update_fields=["removed_at"])
    _record(
        "refund_case.cost_removed",
        case,
        facts={"cost": cost.pk, "amount": str(cost.amount)},
        by=by,
        at=at,
    )
    return cost


@transaction.atomic
def cancel_case(*, case: RefundCase, reason: str, by: User, at: datetime) -> RefundCase:
    """Close an undecided case with the reason: the demand was withdrawn, or it was a mistake.

    Raises RuleViolation when money went back already under the case.
    """
    subject = lock_case(case.pk)
    case = subject.case
    if not case.is_open:
        raise RuleViolation(_("This case is closed already."))
    if case.grounds.exists():
        raise RuleViolation(
            _("Money went back already under this case: it needs a decision."), clause="4.6"
        )
    RefundDecision.objects.proposed().filter(case=case).update(
        returned_at=at, returned_by=by, return_reason=reason
    )
    case.cancelled_at = at
    case.cancelled_by = by
    case.cancel_reason = reason
    case.save(update_fields=["cancelled_at", "cancelled_by", "cancel_reason"])
    _record("refund_case.cancelled", case, facts={}, by=by, at=at)
    if subject.order:
        lift_deadline(order=subject.order, clause=ANSWER, occasion=occasion_of(case), at=at)
    return case


@transaction.atomic
def open_case_for_refund(
    *,
    entry: LedgerEntry,
    ground: str,
    asked_by: str,
    asked_on: date,
    demand: str,
    document: str,
    by: User,
    at: datetime,
    email: str = "",
) -> RefundCase:
    """Open a case for a refund made elsewhere; the decision comes later, and may end the order."""
    receipt = (
        LedgerEntry.objects.receipts()
        .filter(provider=entry.provider, reference=entry.refunds_reference)
        .first()
    )
    orders = list(Order.objects.filter(allocations__entry=receipt).distinct()) if receipt else []
    # Money of one order is a case of that order; money of several or of none is its own case.
    of_order = orders[0] if len(orders) == 1 else None
    of_money = None if of_order else receipt if receipt and left_of(receipt) > 0 else entry
    case = open_refund_case(
        order=of_order,
        entry=of_money,
        ground=ground,
        asked_by=asked_by,
        asked_on=asked_on,
        demand=demand,
        document=document,
        email=email,
        by=by,
        at=at,
    )
    return give_ground(entry=entry, case=case, by=by, at=at)


@transaction.atomic
def give_ground(*, entry: LedgerEntry, case: RefundCase, by: User, at: datetime) -> RefundCase:
    """Link a refund made elsewhere to its undecided case (4.6)."""
    subject = _still_open(case)
    lock_receipts(entry_ids=[entry.pk])  # another person may be giving it another ground
    if entry.kind != EntryKind.REFUND or RefundGround.objects.filter(entry=entry).exists():
        raise RuleViolation(_("This refund has its ground already."), clause="4.6")
    receipts = {(receipt.provider, receipt.reference) for receipt in subject.receipts.values()}
    if (
        entry.pk not in subject.receipts
        and (entry.provider, entry.refunds_reference) not in receipts
    ):
        raise RuleViolation(
            _("This refund is of other money than the case."), clause="4.6", field="case"
        )
    link_ground(entry=entry, case=subject.case, by=actor(by), at=at)
    return subject.case


def link_ground(*, entry: LedgerEntry, case: RefundCase, by: str, at: datetime) -> None:
    """Record which case a refund belongs to.

    The caller holds the locks of the case and its order.
    """
    RefundGround.objects.create(entry=entry, case=case, at=at, by=by)
    facts = {"reference": entry.reference, "amount": str(entry.amount)}
    record(
        "refund_case.ground_given",
        about=about(case),
        facts=facts,
        order=chain(case),
        by=by,
        at=at,
        clause="4.6",
    )


def candidates_for(entry: LedgerEntry) -> list[RefundCase]:
    """The undecided cases that a refund may belong to.

    They are about its receipt, or about an order that has money of that receipt.
    """
    receipts = LedgerEntry.objects.receipts().filter(
        provider=entry.provider, reference=entry.refunds_reference
    )
    cases = RefundCase.objects.undecided()
    found = cases.filter(entry__in=receipts) | cases.filter(
        entry=None, order__allocations__entry__in=receipts
    )
    return list(found.distinct().order_by("pk"))


def _day_spoken_of(order: Order | None, entry: LedgerEntry | None) -> date | None:
    """The first day on which money could be asked back: that of the order, or of the receipt.

    None for a refund of money that nobody knows.
    """
    if order:
        return almaty_day(order.placed_at)
    is_receipt = entry and entry.kind == EntryKind.RECEIPT
    return almaty_day(entry.happened_at) if entry and is_receipt else None


def _require_below_the_price(subject: RefundSubject, amount: Decimal) -> None:
    """Refuse costs that reach the price of the order, or the money of no order (article 686)."""
    entry = subject.case.entry
    price = subject.order.price if subject.order else entry.amount if entry else None
    known = subject.case.costs.filter(removed_at=None).aggregate(sum=Sum("amount"))["sum"]
    costs = (known or NOTHING) + amount
    if price is not None and not costs_are_below(price, costs):
        raise RuleViolation(
            _("With this the costs are %(costs)s. They must be below the price, %(price)s.")
            % {"costs": tenge_text(costs), "price": tenge_text(price)},
            clause="4.6",
            field="amount",
        )


def about(case: RefundCase) -> tuple[str, str]:
    return "refund_case", str(case.pk)


def chain(case: RefundCase) -> str:
    return case.order.code if case.order else ""


def occasion_of(case: RefundCase) -> str:
    """The name that separates the deadline of this case from those of other cases of the order."""
    return f"refund {case.pk}"


def _still_open(case: RefundCase) -> RefundSubject:
    """Lock a case that may still change: it is open, and no decision is proposed."""
    subject = lock_case(case.pk)
    if not subject.case.is_open:
        raise RuleViolation(_("This case is closed already."))
    if subject.case.standing() is not None:
        raise RuleViolation(_("A decision is proposed. Send it back before you change the case."))
    return subject


def _record(verb: str, case: RefundCase, *, facts: dict[str, Any], by: User, at: datetime) -> None:
    record(
        verb, about=about(case), facts=facts, order=chain(case), by=actor(by), at=at, clause="4.6"
    )
