"""The order's page, which joins contract and money: what is paid, what is due, what comes next."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, ClassVar

from csp.decorators import csp_update
from django.db.models import Prefetch, Q, prefetch_related_objects
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from enrollment.models import (
    Clarification,
    DayPutOff,
    Enrollment,
    GuardianConsent,
    Installment,
    Order,
    PaymentReport,
    Place,
    PutOff,
)
from enrollment.operations.halves.rests import Rest, rest_of
from enrollment.operations.links import pay_signature
from enrollment.operations.ordering.guardians import awaited_guardian, guardian_is_unwritten
from enrollment.rules.order_states import OrderState
from enrollment.views.access import note_link, readable_order, remember_order
from offer_site.days import ALMATY, almaty_day
from payments.models import Allocation, FiscalReceipt, Hold, LedgerEntry, Payment, RefundCase
from payments.operations.books.acts import may_have_an_act
from payments.operations.ledger.receipts import received_by
from payments.operations.paying.checks import due_now
from payments.providers import page_origins
from payments.rules.declines import decline_in_words

from .ended import ended_order
from .live import Live, answers_live, live_order, moved_on
from .methods import open_methods_of
from .payment_lines import PaymentLine, payments_of
from .states import MONEY_WAITS, SUSPENDED, Look, OrderStage, look_of_order

CONFIRMING_FOR = timedelta(minutes=15)  # how long the page says that the bank is confirming
DAY_IN_MINUTES = 24 * 60


@dataclass(frozen=True)
class OrderPage:
    """All decisions of the page; the template decides nothing."""

    # Marks that may stand beside that of a concluded order.
    look_of_waiting_money: ClassVar[Look] = MONEY_WAITS
    look_of_suspension: ClassVar[Look] = SUSPENDED

    order: Order
    payment: Payment | None
    money_waits: bool
    held_until: datetime | None
    at: datetime
    report: PaymentReport | None = None
    hold: Hold | None = None  # the last money that the bank held on a card
    due: int = 0  # whole tenge, now
    guardian: GuardianConsent | None = None  # of a minor's order, while it is not given
    rest: Rest | None = None  # of an order that was paid by half

    @property
    def stage(self) -> OrderStage:
        if self.order.state in (OrderState.PREPAID, OrderState.PAID, OrderState.COMPLETED):
            is_overdue = self.rest is not None and self.rest.is_overdue
            return OrderStage.OVERDUE if is_overdue else OrderStage.CONCLUDED
        if self.money_waits:
            return OrderStage.MONEY_WAITS
        if self.order.state == OrderState.TERMINATED:
            return OrderStage.TERMINATED
        if self.report and self.order.is_kept(self.at):
            return OrderStage.REPORTED
        if self.order.state == OrderState.LAPSED or self.at >= self.order.pay_before:
            return OrderStage.LAPSED
        if self.order.awaits_confirmation:
            return OrderStage.UNCONFIRMED
        if self.hold and self.hold.is_open:
            return OrderStage.CONFIRMING
        if self.payment and self.payment.declined_at:
            return OrderStage.DECLINED
        if (
            self.payment
            and self.payment.returned_at
            and self.at < self.payment.returned_at + CONFIRMING_FOR
        ):
            return OrderStage.CONFIRMING
        return OrderStage.AWAITING

    @property
    def look(self) -> Look:
        return look_of_order(self.stage, self.order.state)

    @property
    def live(self) -> Live | None:
        """The line that looks by itself; None where nothing is awaited."""
        return live_order(
            self.stage, due=self.due, at=self.at, awaits_guardian=self.guardian is not None
        )

    @property
    def payments(self) -> list[PaymentLine]:
        """The money of the order as it came, the earliest first."""
        return payments_of(self.order)

    @property
    def is_concluded(self) -> bool:
        return self.stage in (OrderStage.CONCLUDED, OrderStage.OVERDUE)

    @property
    def asks_for_money(self) -> bool:
        asks = self.stage in (OrderStage.AWAITING, OrderStage.DECLINED)
        return asks or self.order.state == OrderState.PREPAID

    @property
    def came(self) -> int:
        """Whole tenge already received of what this page asks for."""
        return (
            self.order.price if self.order.state == OrderState.PREPAID else self.order.prepayment
        ) - self.due

    @property
    def by_halves(self) -> bool:
        return self.order.prepayment != self.order.price

    @property
    def second_half(self) -> int:
        """Whole tenge to be paid after the acceptance (4.3.1)."""
        return self.order.price - self.order.prepayment

    @property
    def later(self) -> Installment | None:
        """The half due after the acceptance, while the page asks for the first one (4.3.1)."""
        if self.order.state == OrderState.PREPAID or not self.by_halves:
            return None
        return next((part for part in self.order.installments.all() if part.number == 2), None)

    @property
    def decline(self) -> str:
        return str(decline_in_words(self.payment.decline_code)) if self.payment else ""

    @property
    def minutes_left(self) -> int:
        return max(int((self.order.pay_before - self.at).total_seconds() // 60), 0)

    @property
    def minutes_of_term(self) -> int:
        """The whole of the progress bar: one day, or more if staff reopened the order."""
        return max(DAY_IN_MINUTES, self.minutes_left)

    @property
    def time_left(self) -> str:
        hours, minutes = divmod(self.minutes_left, 60)
        if hours:
            return _("%(hours)d h %(minutes)d min") % {"hours": hours, "minutes": minutes}
        return _("%(minutes)d min") % {"minutes": minutes}

    @property
    def held_hour(self) -> str:
        return f"{self.held_until.astimezone(ALMATY):%H:%M}" if self.held_until else ""

    @property
    def place_is_held(self) -> bool:
        return self.held_until is not None and self.held_until > self.at


def page_of(order: Order, *, due: int, at: datetime) -> OrderPage:
    """The page of an order of which `due` is asked now; the order's allocations are fetched."""
    payment = Payment.objects.of_order(order).latest_first().first()
    is_unpaid = order.state in (OrderState.AWAITING_PAYMENT, OrderState.LAPSED)
    # A provider repeats the number of an attempt, or the order's own code.
    codes = [order.code, order.invoice.code] if order.invoice else [order.code]
    named = Q(invoice_id__in=codes) | Q(
        invoice_id__in=Payment.objects.of_order(order).values("invoice_id")
    )
    waits = LedgerEntry.objects.waiting().filter(named).exists()
    # Money that staff allocated to an order that lapsed all the same waits for a person too.
    waits = waits or (order.state == OrderState.LAPSED and received_by(order) > 0)
    holds = Hold.objects.of_order(order).order_by("held_at", "pk")
    reports = PaymentReport.objects.standing().filter(order=order)
    return OrderPage(
        order,
        payment,
        waits,
        place_of(order) if is_unpaid else None,
        at,
        report=reports.first() if order.state == OrderState.AWAITING_PAYMENT else None,
        hold=holds.last() if payment else None,
        due=due,
        guardian=awaited_guardian(order),
        rest=_rest_due(order, due=due, at=at),
    )


def place_of(order: Order) -> datetime | None:
    """Until when an unpaid order has its place; None when it has none."""
    return Place.objects.filter(order=order).values_list("held_until", flat=True).first()


def _rest_due(order: Order, *, due: int, at: datetime) -> Rest | None:
    rest = rest_of(order, at=at)
    return replace(rest, amount=due) if rest else None


def moved_rest(order: Order) -> date | None:
    """The day that an unpaid rest was moved to; None for one that is due as it was accepted."""
    if order.state != OrderState.PREPAID:
        return None
    return next(part.moved_to for part in order.installments.all() if part.number == 2)


@csp_update({"form-action": page_origins()})
@require_safe
def order(request: HttpRequest, code: str) -> HttpResponse:
    """Found by the browser that placed it, its signed link and its owner; 404 for others."""
    found = readable_order(request, code)
    if request.GET.get("key"):
        note_link(request, found, at=timezone.now())
        # The link's key stays out of the history and of what is shared.
        response: HttpResponse = redirect(found)
        remember_order(request, response, found)
        return response
    at = timezone.now()
    fetch_money(found)
    methods = open_methods_of(found, at=at)
    page = page_of(found, due=methods.due, at=at)
    context = {
        "page": page,
        "order": found,
        "report": page.report,
        "methods": methods,
        "refunds": RefundCase.objects.told_to_the_buyer(found),
        "guardian": page.guardian,
        "guardian_is_unwritten": page.guardian is not None and guardian_is_unwritten(found),
        "start_url": reverse("payment_start", args=[found.code]),
        "pay_key": pay_signature(found),
    }
    if page.stage == OrderStage.LAPSED:
        context["ended"] = ended_order(request, found, at=at)
    if page.is_concluded:
        context |= _of_a_contract(found, at=at)
    response = render(request, "pages/order.html", context)
    response["Cache-Control"] = "private, no-store"
    return response


def _of_a_contract(order: Order, *, at: datetime) -> dict[str, Any]:
    """What the page of a concluded contract says besides."""
    # kept on the order, of which the settlement and the question ask it too
    order.enrollment = Enrollment.objects.select_related("cohort").get(order=order)
    put_off = DayPutOff.objects
    question = Clarification.objects.open().with_terms().filter(order=order).first()
    return {
        "receipts": FiscalReceipt.objects.of_order(order),
        "has_act": may_have_an_act(order),
        "ends_on": order.enrollment.day_of_performance,
        "has_begun": order.cohort.starts_on <= almaty_day(at),
        "course_put_off": put_off.leading_to(
            order, PutOff.PERFORMANCE, order.enrollment.performed_on
        ),
        "rest_put_off": put_off.leading_to(order, PutOff.REST, moved_rest(order)),
        "question": question,
        "question_is_overdue": bool(question and question.is_overdue(at)),
    }


@answers_live
def order_state(request: HttpRequest, code: str) -> HttpResponse:
    """What the order's page shows now, for the line that looks by itself."""
    found = readable_order(request, code)
    at = timezone.now()
    fetch_money(found)
    page = page_of(found, due=due_now(found), at=at)
    return page.live.answer() if page.live else moved_on(page.stage, page.due)


def fetch_money(order: Order) -> None:
    """Fetch what an order received, and the days of its parts, once for all who ask."""
    entries = Allocation.objects.select_related("entry")
    prefetch_related_objects([order], Prefetch("allocations", queryset=entries))
    if order.prepayment != order.price:
        prefetch_related_objects([order], "installments")
