"""What staff decide: about the offer, the course, and money that waits."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from enrollment.models import Enrollment, Order
from enrollment.operations.offering.offers import lift_withdrawal, withdraw_offer
from enrollment.operations.ordering.reopening import reopen_order
from enrollment.operations.training.enrollments import complete_enrollment
from offer_site.days import almaty_day, start_of_day
from payments.models import Allocation, AskedBy, Ground, LedgerEntry, PayoutState, StatementLine
from payments.operations.ledger.allocations import give_to_order, reopen_with_money, take_back
from payments.operations.ledger.receipts import received_by
from payments.operations.refunds.cases import open_refund_case
from payments.operations.refunds.decisions import approve_decision, propose_decision
from payments.operations.refunds.payouts import record_payout_by_hand
from payments.operations.statements.lines import apply_line, set_line_aside, take_line
from tests.machine.outside import numbers
from tests.machine.world import World, orders, seldom

REASON = "the payer wrote to us"


class Staff(World):
    @rule(is_lifted=st.booleans())
    def withdraw(self, is_lifted: bool) -> None:
        """Orders that are placed from now on are those of buyers who had the page open."""
        self.wish(withdraw_offer, edition=self.edition, reason="2.4", by=self.owner, at=self.now)
        if is_lifted:
            self.lift()

    @precondition(lambda self: self.edition.withdrawals.standing().exists())
    @rule()
    def lift(self) -> None:
        lift_withdrawal(edition=self.edition, reason="2.4", by=self.owner, at=self.now)

    @rule(code=orders, is_over=seldom)
    def complete(self, code: str, is_over: bool) -> None:
        """The course ends, and staff complete the learner."""
        enrollment = Enrollment.objects.select_related("cohort").filter(order__code=code).first()
        if enrollment and is_over:
            last_day = start_of_day(enrollment.cohort.ends_on) + timedelta(hours=12)
            self.move_to(max(self.now, last_day))
            self.wish(complete_enrollment, enrollment=enrollment, by=self.owner, at=self.now)

    @precondition(lambda self: self.told.transfers)
    @rule(code=orders, decision=st.sampled_from(["apply", "take", "set aside"]))
    def decide_about_a_transfer(self, code: str, decision: str) -> None:
        line = (
            StatementLine.objects.filter(pk__gt=self.mark["line"]).waiting().order_by("pk").first()
        )
        if line and decision == "apply":
            self.wish(apply_line, line=line, code=code, by=self.owner, at=self.now)
        elif line and decision == "take":
            self.wish(take_line, line=line, reason=REASON, by=self.owner, at=self.now)
        elif line:
            self.wish(set_line_aside, line=line, reason=REASON, by=self.owner, at=self.now)
        self.note_transfers()

    def waiting(self) -> LedgerEntry | None:
        """The oldest money of this example that is not given away whole."""
        return (
            LedgerEntry.objects.filter(pk__gt=self.mark["entry"]).waiting().order_by("pk").first()
        )

    @rule(code=orders, part=st.sampled_from([None, Decimal("1.50"), Decimal(50_000)]))
    def give(self, code: str, part: Decimal | None) -> None:
        """Give waiting money to an order, all that is due or a part."""
        if entry := self.waiting():
            wish: dict[str, Any] = {
                "entry": entry,
                "code": code,
                "reason": REASON,
                "by": self.owner,
                "at": self.now,
            }
            self.wish(give_to_order, **wish, amount=part)

    @rule(code=orders)
    def reopen_with_money(self, code: str) -> None:
        if entry := self.waiting():
            self.wish(
                reopen_with_money, entry=entry, code=code, reason=REASON, by=self.owner, at=self.now
            )
            self.a_second_later()

    @rule(code=orders, days=st.integers(0, 2))
    def reopen(self, code: str, days: int) -> None:
        order = Order.objects.get(code=code)
        day = almaty_day(self.now) + timedelta(days=days)
        wish: dict[str, Any] = {"reason": REASON, "by": self.owner, "at": self.now}
        self.wish(reopen_order, order=order, day=day, received=received_by(order), **wish)
        self.a_second_later()

    @rule(code=orders)
    def take_back(self, code: str) -> None:
        given = Allocation.objects.standing().filter(order__code=code).order_by("pk").first()
        if given:
            self.wish(take_back, allocation=given, reason=REASON, by=self.owner, at=self.now)

    @rule(code=orders, part=st.sampled_from([1, 1, 3]))
    def refund_case(self, code: str, part: int) -> None:
        """Two persons give back what an order received, or a third of it;
        what they can pay out by hand, they do.
        """
        order = Order.objects.get(code=code)
        case = self.wish(
            open_refund_case,
            order=order,
            ground=Ground.ACADEMY_FAULT,
            asked_by=AskedBy.CUSTOMER,
            asked_on=almaty_day(self.now),
            demand="the demand",
            document="no. 1",
            by=self.owner,
            at=self.now,
        )
        if case is None:
            return
        granted = (received_by(order) / part).quantize(Decimal("0.01"))
        reasons = {"reasons_kk": "себебі", "reasons_ru": "причина"}
        if self.wish(
            propose_decision, case=case, granted=granted, by=self.owner, at=self.now, **reasons
        ):
            self.wish(approve_decision, case=case, by=self.second, at=self.now)
        for payout in case.payouts.filter(state=PayoutState.BY_HAND).select_related("receipt"):
            reference = str(next(numbers))
            paid = self.wish(
                record_payout_by_hand,
                payout=payout,
                reference=reference,
                paid_on=almaty_day(self.now),
                document="no. 2",
                by=self.owner,
                at=self.now,
            )
            if paid:
                self.told.refunds[payout.receipt.provider, reference] = payout.amount
