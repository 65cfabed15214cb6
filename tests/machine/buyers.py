"""What buyers do: order, change their minds, mistype, and go to the bank."""

from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import initialize, multiple, rule

from enrollment.models import Order, PriceLevel, ReportKind, Tariff
from enrollment.operations.corrections.email import correct_email
from enrollment.operations.ordering.orders import cancel_order, place_order
from enrollment.operations.ordering.reports import report_payment
from enrollment.operations.ordering.restoring import restore_order
from offer_site.days import almaty_day, end_of_day
from offer_site.errors import RuleViolation
from payments.operations.paying.payments import start_payment
from tests.enrollment.halves.scenes import an_agreement, order_under
from tests.given import a_cohort, an_application
from tests.machine.outside import PageMaker, a_place_is_free, numbers
from tests.machine.world import BUYERS, COHORTS, World, orders


class Buyers(World):
    @initialize(
        target=orders, seats=st.lists(st.integers(1, 3), min_size=COHORTS, max_size=COHORTS)
    )
    def begin(self, seats: list[int]) -> Any:
        """Two cohorts of few seats; and each buyer begins with an order,
        as far as there are seats.
        """
        self.cohorts = [a_cohort(seats=count) for count in seats]
        self.told.seats = {
            cohort.pk: count for cohort, count in zip(self.cohorts, seats, strict=True)
        }
        self.buyers = [
            an_application(email=f"learner{next(numbers)}@example.kz") for _ in range(BUYERS)
        ]
        placed = [
            self.order(cohort=0, buyer=buyer, package="birge", replace=False)
            for buyer in range(BUYERS)
        ]
        return multiple(*[code for code in placed if code])

    @rule(
        target=orders,
        cohort=st.integers(0, COHORTS - 1),
        buyer=st.integers(0, BUYERS - 1),
        package=st.sampled_from(["ozim", "birge"]),
        replace=st.booleans(),
    )
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
                tariff=tariff,
                cohort=self.cohorts[cohort],
                application=self.buyers[buyer],
                language="kk",
                at=self.now,
                by="visitor",
                replace=replace,
            )
        except RuleViolation as refused:
            self.require(
                refused.clause != "4.6" or not free, "a buyer was refused, and a place was free"
            )
            return ""
        self.told.prices.setdefault(order.code, tariff.price)
        return order.code if is_new else ""

    @rule(target=orders, cohort=st.integers(0, COHORTS - 1))
    def place_by_halves(self, cohort: int) -> Any:
        """Another person asks for halves, staff propose, the person agrees and orders,
        all on one day (4.3.1).
        """
        course = self.cohorts[cohort]
        try:
            agreed = an_agreement(
                cohort=course,
                at=self.now,
                rest_on=course.starts_on + timedelta(days=14),
                valid_until=end_of_day(almaty_day(self.now)),
            )
            order = order_under(agreed, at=self.now)
        except RuleViolation:
            return multiple()
        finally:
            self.a_second_later()
        self.told.prices[order.code] = order.tariff.price
        return order.code

    @rule(code=orders, provider=st.sampled_from(["card", "kaspi"]))
    def start(self, code: str, provider: str) -> None:
        order = Order.objects.get(code=code)
        maker = PageMaker(provider)
        self.wish(
            start_payment, order=order, provider=maker, language="kk", at=self.now, by="visitor"
        )

    @rule(code=orders, no_payment_made=st.booleans())
    def cancel(self, code: str, no_payment_made: bool) -> None:
        self.wish(
            cancel_order,
            order=Order.objects.get(code=code),
            by="visitor",
            at=self.now,
            no_payment_made=no_payment_made,
        )
        self.a_second_later()

    @rule(code=orders)
    def restore(self, code: str) -> None:
        self.wish(restore_order, order=Order.objects.get(code=code), by="visitor", at=self.now)
        self.a_second_later()

    @rule(code=orders, buyer=st.integers(0, BUYERS))
    def correct_email(self, code: str, buyer: int) -> None:
        """To an address of another buyer, or to a new one;
        after the payment staff do it with a document.
        """
        email = (
            self.buyers[buyer].party.email if buyer < BUYERS else f"new{next(numbers)}@example.kz"
        )
        order = Order.objects.get(code=code)
        document = "" if order.state == "awaiting_payment" else "request no. 1"
        self.wish(
            correct_email, order=order, email=email, by="visitor", at=self.now, document=document
        )
        self.a_second_later()

    @rule(code=orders)
    def report(self, code: str) -> None:
        """Say that it was paid today: true or not, the order does not lapse at midnight."""
        self.wish(
            report_payment,
            order=Order.objects.get(code=code),
            kind=ReportKind.KASPI,
            number=str(next(numbers)),
            day=almaty_day(self.now),
            document=None,
            by="visitor",
            at=self.now,
        )
