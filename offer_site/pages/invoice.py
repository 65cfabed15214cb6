"""The page of a company's invoice: what to pay until when, and each learner's order."""

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from enrollment.models import Invoice, Order, PaymentReport, Place
from enrollment.rules.order_states import OrderState
from enrollment.views.access import note_invoice_link, readable_invoice, remember_invoice
from offer_site.days import ALMATY
from payments.models import LedgerEntry
from payments.operations.paying.checks import (
    due_now,
    invoice_payable_by_transfer,
    unpaid_of_invoice,
)
from payments.providers.bank_transfer.details import TransferDetails

from .ended import ended_invoice
from .live import Live, answers_live, live_invoice, moved_on
from .states import LOOKS_OF_INVOICE_STAGES, LOOKS_OF_STATES, REPORTED, InvoiceStage, Look

CONCLUDED = (OrderState.PREPAID, OrderState.PAID, OrderState.COMPLETED)


@dataclass(frozen=True)
class ListedOrder:
    """A line of the list: a learner's order, and how its state looks."""

    order: Order
    look: Look

    @property
    def is_concluded(self) -> bool:
        return self.order.state in CONCLUDED


@dataclass(frozen=True)
class InvoicePage:
    """All decisions of the page; the template decides nothing."""

    invoice: Invoice
    listed: list[ListedOrder]
    due: int  # whole tenge, for all that can be paid now
    unpaid: list[Order]
    transfer: TransferDetails | None
    reports: list[PaymentReport]
    money_waits: bool
    held_until: datetime | None  # until then each unpaid order has its place
    at: datetime

    @property
    def orders(self) -> list[Order]:
        return [each.order for each in self.listed]

    @property
    def first(self) -> Order:
        """Any order of the invoice has the company, the course and the package; here the first."""
        return self.orders[0]

    @property
    def concluded(self) -> list[Order]:
        return [each.order for each in self.listed if each.is_concluded]

    @property
    def stage(self) -> InvoiceStage:
        if self.money_waits:
            return InvoiceStage.MONEY_WAITS
        if self.reports:
            return InvoiceStage.REPORTED
        if self.unpaid:
            return InvoiceStage.AWAITING
        return InvoiceStage.CONCLUDED if self.concluded else InvoiceStage.LAPSED

    @property
    def look(self) -> Look:
        return LOOKS_OF_INVOICE_STAGES[self.stage]

    @property
    def live(self) -> Live | None:
        """The line that looks by itself; None where nothing is awaited."""
        return live_invoice(self.stage, due=self.due, at=self.at)

    @property
    def pay_before(self) -> datetime:
        return min(order.pay_before for order in self.unpaid)

    @property
    def held_hour(self) -> str:
        return f"{self.held_until.astimezone(ALMATY):%H:%M}" if self.held_until else ""

    @property
    def places_kept(self) -> int:
        """The number of places that the reported payment keeps (4.6)."""
        return sum(report.keeps_place for report in self.reports)

    @property
    def can_be_cancelled(self) -> bool:
        return any(order.state == OrderState.AWAITING_PAYMENT for order in self.orders)


@require_safe
def invoice(request: HttpRequest, code: str) -> HttpResponse:
    """Found by the browser that placed it, its signed link and its owner; 404 for others."""
    found = readable_invoice(request, code)
    if request.GET.get("key"):
        note_invoice_link(request, found, at=timezone.now())
        # The link's key stays out of the history and of what is shared.
        response: HttpResponse = redirect(found)
        remember_invoice(request, response, found)
        return response
    page = page_of(found, at=timezone.now())
    context = {"page": page, "invoice": found, "transfer": page.transfer}
    if page.stage in (InvoiceStage.LAPSED, InvoiceStage.CONCLUDED):
        context["ended"] = ended_invoice(request, page.orders, at=page.at)
    response = render(request, "pages/invoice.html", context)
    response["Cache-Control"] = "private, no-store"
    return response


@answers_live
def invoice_state(request: HttpRequest, code: str) -> HttpResponse:
    """What the invoice's page shows now, for the line that looks by itself."""
    page = page_of(readable_invoice(request, code), at=timezone.now())
    return page.live.answer() if page.live else moved_on(page.stage, page.due)


def page_of(found: Invoice, *, at: datetime) -> InvoicePage:
    """The page of an invoice; the number of queries does not depend on how many learners it has."""
    orders = list(
        found.orders.with_people()
        .select_related("acceptance")
        .prefetch_related("allocations")
        .as_listed()
    )
    unpaid = [order for order in unpaid_of_invoice(orders, at=at) if not order.is_kept(at)]
    standing = PaymentReport.objects.standing().filter(order__invoice=found, keeps_until__gt=at)
    return InvoicePage(
        invoice=found,
        listed=[
            ListedOrder(order, REPORTED if _is_awaited(order, at) else LOOKS_OF_STATES[order.state])
            for order in orders
        ],
        due=sum(due_now(order) for order in unpaid),
        unpaid=unpaid,
        transfer=invoice_payable_by_transfer(found, unpaid, at=at),
        reports=list(standing.order_by("pk")),
        money_waits=LedgerEntry.objects.waiting().filter(invoice_id=found.code).exists(),
        held_until=_held_until(unpaid, at=at),
        at=at,
    )


def _held_until(unpaid: list[Order], *, at: datetime) -> datetime | None:
    """The time until which all these orders have their places; None if one has none (4.6)."""
    ends = list(
        Place.objects.filter(order__in=unpaid, held_until__gt=at).values_list(
            "held_until", flat=True
        )
    )
    return min(filter(None, ends)) if ends and len(ends) == len(unpaid) else None


def _is_awaited(order: Order, at: datetime) -> bool:
    return order.state == OrderState.AWAITING_PAYMENT and order.is_kept(at)
