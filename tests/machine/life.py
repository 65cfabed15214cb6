"""The life of orders as a machine: whatever happens, in whatever order, what must never be false is not.

A step is one thing that somebody does: a buyer, a bank, staff or the clock. A new operation is one more `@rule`. Every
example brings its own cohorts and people and only ever adds, so one database serves them all.
"""

from collections import Counter
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import time_machine
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, multiple, precondition, rule

from enrollment.models import Cohort, Edition, Enrollment, Order, PriceLevel, Tariff
from enrollment.operations.enrollments import complete_enrollment
from enrollment.operations.offers import lift_withdrawal, withdraw_offer
from enrollment.operations.orders import (
    Application,
    cancel_order,
    correct_email,
    lapse_unpaid_orders,
    place_order,
)
from offer_site.days import almaty_day, end_of_day, start_of_day
from offer_site.errors import RuleViolation
from payments.models import Payment, StatementLine
from payments.operations.imports import import_statement
from payments.operations.payments import start_payment
from payments.operations.statements import apply_line, set_line_aside
from tests.given import NOON, a_cohort, an_application, an_owner
from tests.machine.invariants import Mark, Told, violations
from tests.machine.outside import (
    RIGHT,
    WHEN,
    WRONG,
    News,
    PageMaker,
    a_place_is_free,
    amount_of,
    holds_a_place_until,
    moment_of,
    numbers,
    state_of,
    would_count,
)
from tests.payments import kaspi, notifications
from tests.payments.statements import a_statement, an_operation, bank_details

COHORTS, BUYERS = 2, 3
mostly_right = st.sampled_from([RIGHT] * 10 + list(WRONG))
mostly_now = st.sampled_from(["now"] * 8 + list(WHEN))
mostly_at_once = st.sampled_from([True, True, True, False])
seldom = st.sampled_from([False, False, False, True])


class Life(RuleBasedStateMachine):
    foresees = True  # whether it says itself what money and questions must come to; a control looks at the rows alone

    orders = Bundle("orders")  # codes
    holds = Bundle("holds")  # what was authorized and not yet confirmed or released
    news = Bundle("news")  # what a bank has to tell, and tells as often as it likes

    def __init__(self) -> None:
        super().__init__()
        self.clock = time_machine.travel(NOON, tick=False)
        self.traveller = self.clock.start()
        self.now = NOON
        self.mark, self.told = Mark.now(), Told()
        self.answers: dict[Any, Any] = {}
        self.refunded: Counter[str] = Counter()
        self.transfers: list[tuple[str, str]] = []  # number and section of a statement
        bank_details()
        self.owner = an_owner()
        self.edition = Edition.objects.get()
        if self.edition.withdrawals.standing().exists():
            lift_withdrawal(edition=self.edition, reason="next example", by=self.owner, at=NOON)

    def teardown(self) -> None:
        self.clock.stop()

    @invariant()
    def nothing_is_false(self) -> None:
        found = violations(self.mark, self.told)
        assert not found, "\n".join(found)

    # --- buyers ---------------------------------------------------------------------------------------------------

    @initialize(target=orders, seats=st.lists(st.integers(1, 3), min_size=COHORTS, max_size=COHORTS))
    def begin(self, seats: list[int]) -> Any:
        """Two cohorts of few seats; and each buyer begins with an order, as far as there are seats."""
        self.cohorts: list[Cohort] = [a_cohort(seats=count) for count in seats]
        self.told.seats = {cohort.pk: count for cohort, count in zip(self.cohorts, seats, strict=True)}
        self.buyers: list[Application] = [
            an_application(email=f"learner{next(numbers)}@example.kz") for _ in range(BUYERS)
        ]
        placed = [self.order(cohort=0, buyer=buyer, package="birge", replace=False) for buyer in range(BUYERS)]
        return multiple(*[code for code in placed if code])

    @rule(
        target=orders, cohort=st.integers(0, COHORTS - 1), buyer=st.integers(0, BUYERS - 1),
        package=st.sampled_from(["ozim", "birge"]), replace=st.booleans(),
    )  # fmt: skip
    def place(self, cohort: int, buyer: int, package: str, replace: bool) -> Any:
        code = self.order(cohort=cohort, buyer=buyer, package=package, replace=replace)
        return code or multiple()

    def order(self, *, cohort: int, buyer: int, package: str, replace: bool) -> str:
        """Place an order; return its code if it is a new one."""
        tariff = Tariff.objects.select_related("package", "edition").get(
            edition=self.edition, package__slug=package, level=PriceLevel.STANDARD
        )
        free = a_place_is_free(self.cohorts[cohort].pk, self.now)
        try:
            order, is_new = place_order(
                tariff=tariff, cohort=self.cohorts[cohort], application=self.buyers[buyer], language="kk", at=self.now,
                by="visitor", replace=replace,
            )  # fmt: skip
        except RuleViolation as refused:
            self.require(refused.clause != "4.6" or not free, "a buyer was refused, and a place was free")
            return ""
        self.told.prices.setdefault(order.code, tariff.price)
        return order.code if is_new else ""

    @rule(code=orders, provider=st.sampled_from(["card", "kaspi"]))
    def start(self, code: str, provider: str) -> None:
        order, maker = Order.objects.get(code=code), PageMaker(provider)
        self.wish(start_payment, order=order, provider=maker, language="kk", at=self.now, by="visitor")

    @rule(code=orders)
    def cancel(self, code: str) -> None:
        self.wish(cancel_order, order=Order.objects.get(code=code), by="visitor", at=self.now)

    @rule(code=orders, buyer=st.integers(0, BUYERS))
    def correct_email(self, code: str, buyer: int) -> None:
        """To an address of another buyer, or to a new one; after the payment staff do it with a document."""
        email = self.buyers[buyer].party["email"] if buyer < BUYERS else f"new{next(numbers)}@example.kz"
        order = Order.objects.get(code=code)
        document = "" if order.state == "awaiting_payment" else "request no. 1"
        self.wish(correct_email, order=order, email=email, by="visitor", at=self.now, document=document)
        self.now += timedelta(seconds=1)
        self.traveller.move_to(self.now, tick=False)

    # --- banks ----------------------------------------------------------------------------------------------------

    @rule(code=orders)
    def check_by_card(self, code: str) -> None:
        order, invoice = Order.objects.get(code=code), self.invoice_of(code)
        body = notifications.a_notification(order, transaction=next(numbers), at=self.now, InvoiceId=invoice)
        self.allowed(code, is_allowed=notifications.answer("check", body) == 0)

    @rule(code=orders)
    def check_by_kaspi(self, code: str) -> None:
        order = Order.objects.get(code=code)
        answer = kaspi.result(kaspi.a_question(order, txn_id=str(next(numbers))))
        self.allowed(code, is_allowed=answer == 0)

    @rule(target=news, code=orders, wrong=mostly_right, when=mostly_now, is_told=mostly_at_once)
    def pay_by_card(self, code: str, wrong: str, when: str, is_told: bool) -> News:
        return self.maybe_tell(self.card_payment(code, wrong=wrong, when=when), is_told)

    @rule(target=news, code=orders, wrong=mostly_right, when=mostly_now, is_told=mostly_at_once)
    def pay_by_kaspi(self, code: str, wrong: str, when: str, is_told: bool) -> News:
        order = Order.objects.get(code=code)
        told = News(
            provider="kaspi", kind="pay", reference=str(next(numbers)), order=code, at=moment_of(when, order, self.now),
            amount=amount_of(wrong, order.prepayment), invoice="SMXXXXXX" if wrong == "invoice" else code,
        )  # fmt: skip
        return self.maybe_tell(told, is_told)

    @rule(target=holds, code=orders, when=mostly_now)
    def hold(self, code: str, when: str) -> News:
        held = self.card_payment(code, wrong=RIGHT, when=when, status="Authorized")
        self.tell(held)
        return held

    @rule(target=news, code=orders)
    def decline(self, code: str) -> News:
        declined = self.card_payment(code, wrong=RIGHT, when="now", kind="fail")
        return self.maybe_tell(declined, True)

    @rule(target=news, held=holds, kind=st.sampled_from(["confirm", "cancel"]), is_told=mostly_at_once)
    def settle_hold(self, held: News, kind: str, is_told: bool) -> Any:
        if self.answers.setdefault(("hold", held.reference), kind) != kind:
            return multiple()  # the bank settles a hold one way only
        settled = News(**{**held.__dict__, "kind": kind, "status": "Completed" if kind == "confirm" else ""})
        return self.maybe_tell(settled, is_told)

    @rule(target=news, paid=news, part=st.sampled_from([1, 2]), is_told=mostly_at_once)
    def refund(self, paid: News, part: int, is_told: bool) -> Any:
        """The bank gives back what it took, whole or in part, and perhaps tells of that first."""
        amount = (paid.amount / part).quantize(Decimal("0.01"))
        if paid.provider != "card" or not paid.is_money or self.refunded[paid.reference] + amount > paid.amount:
            return multiple()
        self.refunded[paid.reference] += amount
        back = News(
            provider="card", kind="refund", reference=str(next(numbers)), order=paid.order, amount=amount, at=self.now,
            invoice=paid.invoice, of=paid.reference,
        )  # fmt: skip
        return self.maybe_tell(back, is_told)

    @rule(told=news)
    def tell(self, told: News) -> None:
        """Tell it, for the first time or again; the same is answered the same."""
        before = state_of(told.order)
        is_new = told.is_money and told.key not in self.told.receipts
        counts = is_new and self.should_count(told)
        status, answer = told.tell()
        assert status == 200
        if told.provider == "kaspi":
            assert self.answers.setdefault(told, answer) == answer
            is_accepted = answer["result"] == 0
        else:
            is_accepted = answer == {"code": 0}
            assert is_accepted
        if is_accepted and told.is_money:
            self.told.receipts.setdefault(told.key, told.amount)
        if is_accepted and told.kind == "refund":
            self.told.refunds.setdefault(told.key, told.amount)
        after = state_of(told.order)
        self.require(after == ("paid" if counts else before), f"{told} moved the order from {before} to {after}")

    @rule(told=news)
    def contradict(self, told: News) -> None:
        """Tell of what was told already, with another amount: a conflict, which changes nothing (M7)."""
        if told.key in (self.told.refunds if told.kind == "refund" else self.told.receipts):
            before = state_of(told.order)
            assert told.told_otherwise().tell()[0] == 200
            assert state_of(told.order) == before

    @rule(code=orders, wrong=mostly_right, when=mostly_now, is_twin=st.booleans())
    def transfer(self, code: str, wrong: str, when: str, is_twin: bool) -> None:
        """A transfer that the academy's bank will tell of when its statement is fetched; a twin is a second one."""
        order, number = Order.objects.get(code=code), str(next(numbers))
        section = an_operation(
            purpose="оплата курса" if wrong == "invoice" else f"{code} оплата курса", number=number,
            amount=amount_of(wrong, order.prepayment), day=almaty_day(moment_of(when, order, self.now)),
            **({"Валюта": "USD"} if wrong == "currency" else {}),
        )  # fmt: skip
        self.transfers += [(number, section)] * (2 if is_twin and wrong != RIGHT else 1)

    @precondition(lambda self: self.transfers)
    @rule(since=st.integers(0, 5), length=st.integers(1, 5))
    def fetch_statement(self, since: int, length: int) -> None:
        """Import a file of some of the bank's operations; files overlap and come again."""
        chosen = self.transfers[-1 - since :][:length]
        content = a_statement([section for _number, section in chosen], day=almaty_day(self.now))
        import_statement(content=content, name="bank.txt", by="system", at=self.now)
        self.told.transfers |= Counter(number for number, _section in chosen)
        self.note_transfers()

    @precondition(lambda self: self.told.transfers)
    @rule(code=orders, is_applied=st.booleans())
    def decide_about_a_transfer(self, code: str, is_applied: bool) -> None:
        line = StatementLine.objects.filter(pk__gt=self.mark["line"]).waiting().order_by("pk").first()
        if line and is_applied:
            self.wish(apply_line, line=line, code=code, by=self.owner, at=self.now)
        elif line:
            self.wish(set_line_aside, line=line, reason="not ours", by=self.owner, at=self.now)
        self.note_transfers()

    # --- staff ----------------------------------------------------------------------------------------------------

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

    # --- the clock ------------------------------------------------------------------------------------------------

    @rule(minutes=st.sampled_from([1, 14, 16, 31, 60]))
    def time_goes_by(self, minutes: int) -> None:
        self.move_to(self.now + timedelta(minutes=minutes))

    @rule(is_last_second=mostly_at_once, days=st.sampled_from([0, 0, 0, 1, 3]), is_swept=st.booleans())
    def midnight(self, is_last_second: bool, days: int, is_swept: bool) -> None:
        """23:59:59 of a day, or five minutes later, with or without what cron does then."""
        ends = end_of_day(almaty_day(self.now) + timedelta(days=days))
        self.move_to(ends - timedelta(seconds=1) if is_last_second else ends + timedelta(minutes=5))
        if is_swept:
            lapse_unpaid_orders(at=self.now)

    # --- the parts of which steps are made ------------------------------------------------------------------------

    def move_to(self, moment: datetime) -> None:
        self.now = moment
        self.traveller.move_to(moment, tick=False)

    def require(self, is_so: object, otherwise: str) -> None:
        assert is_so or not self.foresees, otherwise

    def wish(self, operation: Any, **wish: Any) -> Any:
        """Ask for something that may be refused."""
        try:
            return operation(**wish)
        except RuleViolation:
            return None

    def invoice_of(self, code: str) -> str:
        """The bank's page that the buyer has open: a new one, or the last that there was."""
        self.start(code, "card")
        last = Payment.objects.filter(order__code=code, provider="card").latest_first().first()
        return last.invoice_id if last else f"{code}-1"

    def card_payment(self, code: str, *, wrong: str, when: str, kind: str = "pay", status: str = "Completed") -> News:
        order, invoice = Order.objects.get(code=code), self.invoice_of(code)
        return News(
            provider="card", kind=kind, reference=str(next(numbers)), order=code, status=status,
            amount=amount_of(wrong, order.prepayment), at=moment_of(when, order, self.now),
            currency="USD" if wrong == "currency" else "KZT", invoice="SMXXXXXX-1" if wrong == "invoice" else invoice,
        )  # fmt: skip

    def maybe_tell(self, told: News, is_told: bool) -> News:
        if is_told:
            self.tell(told)
        return told

    def should_count(self, told: News) -> bool:
        if told.provider == "kaspi":
            names_it = told.invoice == told.order
        else:
            names_it = Payment.objects.filter(order__code=told.order, invoice_id=told.invoice).exists()
        return names_it and would_count(
            told.order, amount=told.amount, currency=told.currency, paid_at=told.at, now=self.now
        )

    def allowed(self, code: str, *, is_allowed: bool) -> None:
        """A positive pre-check promises a place as long as a payment takes, and none after the day (4.3, 4.6)."""
        if is_allowed:
            order = Order.objects.get(code=code)
            until = holds_a_place_until(code)
            self.require(order.state == "awaiting_payment" and self.now < order.pay_before, f"{code} may not be paid")
            self.require(until and until >= self.now + timedelta(minutes=15), f"{code} has its place until {until}")

    def note_transfers(self) -> None:
        """What the statement's lines say was given to orders is what the ledger must have of the bank (M1)."""
        given = StatementLine.objects.filter(pk__gt=self.mark["line"], state="matched")
        self.told.receipts |= {("bank", line.fingerprint): line.amount for line in given}
