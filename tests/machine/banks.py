"""What the banks ask and tell: in time, late, again, otherwise, and out of order."""

from collections import Counter
from datetime import timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import multiple, precondition, rule

from enrollment.models import Order
from offer_site.days import almaty_day
from payments.models import Payment
from payments.operations.paying.payments import start_payment
from payments.operations.statements.imports import import_statement
from tests.machine.outside import (
    RIGHT,
    News,
    PageMaker,
    amount_of,
    due_of,
    earned_by,
    holds_a_place_until,
    moment_of,
    numbers,
    state_of,
)
from tests.machine.world import World, holds, mostly_at_once, mostly_now, mostly_right, news, orders
from tests.payments import kaspi, notifications
from tests.payments.statements.scenes import a_statement, an_operation

MINUTES_OF_A_PAYMENT = timedelta(minutes=15)  # a place is promised that long


class Banks(World):
    @rule(code=orders)
    def check_by_card(self, code: str) -> None:
        order = Order.objects.get(code=code)
        invoice = self.page_of(code)[0]
        body = notifications.a_notification(
            order, transaction=next(numbers), at=self.now, InvoiceId=invoice
        )
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
            provider="kaspi",
            kind="pay",
            reference=str(next(numbers)),
            order=code,
            at=moment_of(when, order, self.now),
            amount=amount_of(wrong, due_of(order)),
            invoice="SMXXXXXX" if wrong == "invoice" else code,
        )
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

    @rule(
        target=news, held=holds, kind=st.sampled_from(["confirm", "cancel"]), is_told=mostly_at_once
    )
    def settle_hold(self, held: News, kind: str, is_told: bool) -> Any:
        if self.answers.setdefault(("hold", held.reference), kind) != kind:
            return multiple()  # the bank settles a hold one way only
        settled = News(
            **{**held.__dict__, "kind": kind, "status": "Completed" if kind == "confirm" else ""}
        )
        return self.maybe_tell(settled, is_told)

    @rule(target=news, paid=news, part=st.sampled_from([1, 2]), is_told=mostly_at_once)
    def refund(self, paid: News, part: int, is_told: bool) -> Any:
        """The bank gives back what it took, whole or in part, and perhaps tells of that first."""
        amount = (paid.amount / part).quantize(Decimal("0.01"))
        if (
            paid.provider != "card"
            or not paid.is_money
            or self.refunded[paid.reference] + amount > paid.amount
        ):
            return multiple()
        self.refunded[paid.reference] += amount
        back = News(
            provider="card",
            kind="refund",
            reference=str(next(numbers)),
            order=paid.order,
            amount=amount,
            at=self.now,
            invoice=paid.invoice,
            of=paid.reference,
        )
        return self.maybe_tell(back, is_told)

    @rule(told=news)
    def tell(self, told: News) -> None:
        """Tell it, for the first time or again; the same is answered the same."""
        before = state_of(told.order)
        is_new = told.is_money and told.key not in self.told.receipts
        earned = self.should_earn(told) if is_new else ""
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
        self.require(
            after == (earned or before), f"{told} moved the order from {before} to {after}"
        )

    @rule(told=news)
    def contradict(self, told: News) -> None:
        """Tell of what was told already, with another amount: a conflict,
        which changes nothing (M7).
        """
        if told.key in (self.told.refunds if told.kind == "refund" else self.told.receipts):
            before = state_of(told.order)
            assert told.told_otherwise().tell()[0] == 200
            assert state_of(told.order) == before

    @rule(code=orders, wrong=mostly_right, when=mostly_now, is_twin=st.booleans())
    def transfer(self, code: str, wrong: str, when: str, is_twin: bool) -> None:
        """A transfer that the academy's bank will tell of when its statement is fetched;
        a twin is a second one.
        """
        order = Order.objects.get(code=code)
        number = str(next(numbers))
        section = an_operation(
            purpose="оплата курса" if wrong == "invoice" else f"{code} оплата курса",
            number=number,
            amount=amount_of(wrong, due_of(order)),
            day=almaty_day(moment_of(when, order, self.now)),
            **({"Валюта": "USD"} if wrong == "currency" else {}),
        )
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

    def page_of(self, code: str) -> tuple[str, int]:
        """The bank's page that the buyer has open, a new one or the last that there was:
        its number and its amount.
        """
        order = Order.objects.get(code=code)
        maker = PageMaker("card")
        self.wish(
            start_payment, order=order, provider=maker, language="kk", at=self.now, by="visitor"
        )
        last = Payment.objects.filter(order__code=code, provider="card").latest_first().first()
        return (last.invoice_id, last.amount) if last else (f"{code}-1", order.prepayment)

    def card_payment(
        self, code: str, *, wrong: str, when: str, kind: str = "pay", status: str = "Completed"
    ) -> News:
        order = Order.objects.get(code=code)
        invoice, asked = self.page_of(code)
        return News(
            provider="card",
            kind=kind,
            reference=str(next(numbers)),
            order=code,
            status=status,
            amount=amount_of(wrong, asked),
            at=moment_of(when, order, self.now),
            currency="USD" if wrong == "currency" else "KZT",
            invoice="SMXXXXXX-1" if wrong == "invoice" else invoice,
        )

    def maybe_tell(self, told: News, is_told: bool) -> News:
        if is_told:
            self.tell(told)
        return told

    def should_earn(self, told: News) -> str:
        """Say to which state money should bring the order that it names, if any."""
        if told.provider == "kaspi":
            names_it = told.invoice == told.order
        else:
            names_it = Payment.objects.filter(
                order__code=told.order, invoice_id=told.invoice, amount=told.amount
            ).exists()
        if not names_it:
            return ""
        return earned_by(
            told.order, amount=told.amount, currency=told.currency, paid_at=told.at, now=self.now
        )

    def allowed(self, code: str, *, is_allowed: bool) -> None:
        """A positive pre-check promises a place as long as a payment takes,
        and none after the day (4.3, 4.6).
        """
        order = Order.objects.get(code=code)
        if (
            is_allowed and order.state != "prepaid"
        ):  # a contract has its place, and its rest no day of payment
            until = holds_a_place_until(code)
            self.require(
                order.state == "awaiting_payment" and self.now < order.pay_before,
                f"{code} may not be paid",
            )
            self.require(
                until and until >= self.now + MINUTES_OF_A_PAYMENT,
                f"{code} has its place until {until}",
            )
