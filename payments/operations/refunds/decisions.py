"""The decision about a refund: one person proposes it, another approves it (M12).

Its reasons are written in both languages.
"""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from enrollment.models import LinkSubject, Order
from enrollment.operations.links import home_link, order_link, proposal_link
from enrollment.operations.terms.deadlines import meet_deadline
from enrollment.operations.training.terminations import UNDER_CONTRACT, end_refunded_order
from offer_site.accounts.models import User
from offer_site.after_commit import call_after_commit
from offer_site.days import almaty_day
from offer_site.errors import RuleViolation
from offer_site.journal.operations import actor, record
from offer_site.money import tenge_text
from offer_site.notices.kinds import NoticeKind
from offer_site.notices.models import Notice
from offer_site.notices.operations import queue_notice
from payments.models import (
    Allocation,
    EntryKind,
    PayoutState,
    RefundCase,
    RefundDecision,
    RefundPayout,
)
from payments.operations.ledger.allocations import UNPAID, take_back_locked
from payments.operations.ledger.known import require_not_taken_back
from payments.providers import refunder_of
from payments.rules.matching import CURRENCY
from payments.rules.refunds import Calculation, Part, spread
from payments.tasks import send_payout_task

from .cases import ANSWER, about, chain, occasion_of
from .claims import answer_by_decision
from .sums import RefundSubject, calculation_of, lock_case, promised_of, refunded_of

LETTER = "refund-letter"


@transaction.atomic
def propose_decision(
    *,
    case: RefundCase,
    granted: Decimal,
    reasons_kk: str,
    reasons_ru: str,
    by: User,
    at: datetime,
    ends_order: bool = False,
) -> RefundDecision:
    """Propose how much goes back in all, in tenge, with the reasons (4.6, 10.2.3).

    Zero declines the demand. When all that an order under contract received goes back, the same
    decision ends the contract; if a part went back elsewhere, the person chooses. Raises
    RuleViolation when more is granted than there is (M8).
    """
    subject = lock_case(case.pk)
    if not subject.case.is_open:
        raise RuleViolation(_("This case is closed already."))
    if subject.case.standing() is not None:
        raise RuleViolation(_("A decision is proposed already."))
    calculation, parts = calculation_of(subject)
    payouts = _require_that_it_is_there(calculation, parts, granted=granted)
    _require_that_it_did_not_go_back(subject, payouts)
    if ends_order and not _can_end(subject):
        raise RuleViolation(
            _("Only a contract that is not performed yet can end with a refund."),
            field="ends_order",
        )
    ends_order = ends_order or must_end(subject, calculation, granted=granted)
    decision = RefundDecision.objects.create(
        case=subject.case,
        received=calculation.received,
        costs=calculation.costs,
        refunded=calculation.refunded,
        made=calculation.made,
        granted=granted,
        ends_order=ends_order,
        reasons_kk=reasons_kk,
        reasons_ru=reasons_ru,
        proposed_at=at,
        proposed_by=by,
    )
    facts = {"granted": str(granted), "ends_order": ends_order}
    _record("refund_case.proposed", subject.case, facts=facts, by=by, at=at)
    return decision


@transaction.atomic
def return_to_proposal(*, case: RefundCase, reason: str, by: User, at: datetime) -> RefundDecision:
    """Send a proposal back with the reason; the case can be changed and proposed anew."""
    subject = lock_case(case.pk)
    decision = _proposed(subject)
    decision.returned_at = at
    decision.returned_by = by
    decision.return_reason = reason
    decision.save(update_fields=["returned_at", "returned_by", "return_reason"])
    _record(
        "refund_case.returned", subject.case, facts={"granted": str(decision.granted)}, by=by, at=at
    )
    return decision


@transaction.atomic
def approve_decision(*, case: RefundCase, by: User, at: datetime) -> RefundDecision:
    """Approve what another person proposed: payouts begin, the answer is sent (M8, M12, 10.2.3).

    The contract ends if the decision says so. The sums are counted anew under the locks; raises
    RuleViolation when they have changed since the proposal.
    """
    subject = lock_case(case.pk)
    case = subject.case
    decision = _proposed(subject)
    if decision.proposed_by_id == by.pk:
        raise RuleViolation(_("Another person approves what you proposed."), clause="4.6")
    calculation, parts = calculation_of(subject)
    payouts = _require_that_it_is_there(calculation, parts, granted=decision.granted)
    _require_that_it_did_not_go_back(subject, payouts)
    if decision.ends_order and not _can_end(subject):
        raise RuleViolation(
            _("The contract has ended or was performed meanwhile. Send the proposal back.")
        )
    if calculation != Calculation(
        decision.received, decision.costs, decision.refunded, decision.made
    ):
        raise RuleViolation(
            _("The sums have changed since this was proposed. Send the proposal back."),
            clause="4.6",
        )
    decision.approved_at = at
    decision.approved_by = by
    decision.save(update_fields=["approved_at", "approved_by"])
    facts = {"granted": str(decision.granted), "ends_order": decision.ends_order}
    _record("refund_case.approved", case, facts=facts, by=by, at=at)
    if decision.ends_order and subject.order:
        end_refunded_order(order=subject.order, occasion=case.number, by=by, at=at)
    for receipt_id, amount in payouts:
        _promise(subject, receipt_id, amount, at=at)
    if subject.order and case.entry is None and subject.order.state in UNPAID:
        _take_parts_back(subject.order, payouts, number=case.number, by=by, at=at)
    letter = _answer(subject, decision, at=at)
    answer_by_decision(case, decision, letter=letter, by=by, at=at)
    return decision


def _take_parts_back(
    order: Order, payouts: list[tuple[int, Decimal]], *, number: str, by: User, at: datetime
) -> None:
    """Take back the allocations of an unpaid order whose money goes back.

    Otherwise a part on its way back could help to conclude a contract (2.2.1).
    """
    parts = Allocation.objects.standing().filter(
        order=order, entry__in=[receipt_id for receipt_id, _sum in payouts]
    )
    for allocation in parts.select_related("entry").order_by("pk"):
        take_back_locked(allocation=allocation, order=order, reason=number, by=actor(by), at=at)


def must_end(subject: RefundSubject, calculation: Calculation, *, granted: Decimal) -> bool:
    """True when a grant ends the contract by itself: all goes back, and nothing went elsewhere."""
    return _can_end(subject) and calculation.is_whole(granted) and not calculation.made


def _can_end(subject: RefundSubject) -> bool:
    return (
        subject.order is not None
        and subject.case.entry is None
        and subject.order.state in UNDER_CONTRACT
    )


def _require_that_it_is_there(
    calculation: Calculation, parts: list[Part], *, granted: Decimal
) -> list[tuple[int, Decimal]]:
    """The payouts of a grant, by receipt.

    Raises RuleViolation for more than there is, or less than went back already (M8).
    """
    if granted < calculation.made:
        sentence = _("%(made)s went back already under this case: no less can be granted.")
        raise RuleViolation(
            sentence % {"made": tenge_text(calculation.made)}, clause="4.6", field="granted"
        )
    payouts = spread(granted - calculation.made, parts)
    if granted > calculation.most or payouts is None:
        sentence = _("No more than %(most)s is left of what was received.")
        raise RuleViolation(
            sentence % {"most": tenge_text(calculation.most)}, clause="4.6", field="granted"
        )
    return payouts


def _require_that_it_did_not_go_back(
    subject: RefundSubject, payouts: list[tuple[int, Decimal]]
) -> None:
    """Refuse to pay out of a receipt that went back by itself: it would go back twice (M8)."""
    for receipt_id, _sum in payouts:
        receipt = subject.receipts[receipt_id]
        if receipt.kind == EntryKind.RECEIPT:
            require_not_taken_back(receipt, field="granted")


def _proposed(subject: RefundSubject) -> RefundDecision:
    decision = RefundDecision.objects.proposed().filter(case=subject.case).first()
    if decision is None or not subject.case.is_open:
        raise RuleViolation(_("No decision waits for its second person here."))
    return decision


def _promise(
    subject: RefundSubject, receipt_id: int, amount: Decimal, *, at: datetime
) -> RefundPayout:
    """Open a payout of a locked receipt: the clock sends it if the provider can, else a person."""
    receipt = subject.receipts[receipt_id]
    can_be_sent = refunder_of(receipt.provider) is not None and receipt.currency in ("", CURRENCY)
    payout = RefundPayout.objects.create(
        case=subject.case,
        receipt=receipt,
        number=RefundPayout.objects.filter(receipt=receipt).count() + 1,
        received=receipt.amount,
        before=refunded_of(receipt) + promised_of(receipt),
        amount=amount,
        state=PayoutState.WAITING if can_be_sent else PayoutState.BY_HAND,
        opened_at=at,
        next_attempt_at=at - timedelta(seconds=5),  # the clock of a worker's machine may be behind
    )
    if can_be_sent:
        call_after_commit(send_payout_task, payout.pk)
    return payout


def _answer(subject: RefundSubject, decision: RefundDecision, *, at: datetime) -> Notice | None:
    """Queue the reasoned answer and close its deadline (10.2.3); return the letter, if any."""
    case = subject.case
    order = subject.order
    letter = None
    if case.answer_to:
        letter = queue_notice(
            NoticeKind.REFUND_DECIDED,
            about=about(case),
            to=case.answer_to,
            language=case.language,
            order=chain(case),
            at=at,
            attachments=[(LETTER, str(case.pk))],
            facts={
                "case": case.number,
                "subject": case.subject,
                "granted": str(decision.granted),
                "asked_on": case.asked_on.isoformat(),
                "decided_on": almaty_day(at).isoformat(),
                "is_paid_now": "yes" if decision.granted > decision.made else "",
                "ends_order": "yes" if decision.ends_order else "",
                "page_url": page_link(subject),
            },
        )
    if order:
        meet_deadline(order=order, clause=ANSWER, occasion=occasion_of(case), at=at)
    return letter


def page_link(subject: RefundSubject) -> str:
    """Where the answer is replied to, if it decides a claim; else the order's page.

    The home page when the money is of no order.
    """
    claim = subject.case.claim
    if subject.order and claim and claim.is_open:
        return proposal_link(subject.order, LinkSubject.CLAIM, claim.pk)
    return order_link(subject.order) if subject.order else home_link(subject.case.language)


def _record(verb: str, case: RefundCase, *, facts: dict[str, Any], by: User, at: datetime) -> None:
    record(
        verb, about=about(case), facts=facts, order=chain(case), by=actor(by), at=at, clause="4.6"
    )
