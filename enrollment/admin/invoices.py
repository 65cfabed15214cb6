"""Companies' invoices as staff read them: who, for how many,
and how each order of the list stands.
"""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import Count, Q, QuerySet, Sum
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from enrollment.models import Invoice, Party
from enrollment.rules.order_states import OrderState
from offer_site.admin.chapters import Chapter
from offer_site.admin.links import linked, moment
from offer_site.admin.pages import ReadOnlyAdmin
from offer_site.codes import normalize_invoice_code
from offer_site.money import tenge_text

HIDDEN = "•••"


@admin.register(Invoice)
class InvoiceAdmin(ReadOnlyAdmin):
    list_display = ["code", "company", "learners", "sum", "unpaid", "placed"]
    date_hierarchy = "placed_at"
    search_fields = [
        "code",
        "orders__party__company_name",
        "orders__party__email",
        "orders__party__bin",
        "orders__code",
    ]
    search_help_text = _("A code as it was dictated, a company, its BIN or its e-mail.")
    fields = ["code", "company", "bin", "email", "learners", "sum", "unpaid", "placed", "language"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Invoice]:
        unpaid = Q(orders__state=OrderState.AWAITING_PAYMENT)
        invoices = super().get_queryset(request).prefetch_related("orders__party")
        return invoices.annotate(
            learners=Count("orders"),
            sum=Sum("orders__price"),
            unpaid=Count("orders", filter=unpaid),
        )

    def get_search_results(
        self, request: HttpRequest, queryset: Any, search_term: str
    ) -> tuple[Any, bool]:
        """Find an invoice by its code however it was typed or dictated; a company by any of its
        orders.

        The search joins the orders, which would count each of them as often as it is found.
        """
        code = normalize_invoice_code(search_term)
        if code:
            return queryset.filter(code=code), False
        found, _may_repeat = super().get_search_results(request, Invoice.objects.all(), search_term)
        return queryset.filter(pk__in=found.values("pk")), False

    @admin.display(description=_("company"))
    def company(self, invoice: Invoice) -> str:
        return _party(invoice).company_name

    @admin.display(description=_("BIN or IIN"))
    def bin(self, invoice: Invoice) -> str:
        """A sole trader's IIN is a protected value (5.4): the order's page shows it on request."""
        return _party(invoice).bin or HIDDEN

    @admin.display(description=_("e-mail"))
    def email(self, invoice: Invoice) -> str:
        return ", ".join(dict.fromkeys(order.party.email for order in invoice.orders.all()))

    @admin.display(description=_("learners"), ordering="learners")
    def learners(self, invoice: Any) -> int:
        return int(invoice.learners)

    @admin.display(description=_("sum of the prices"), ordering="sum")
    def sum(self, invoice: Any) -> str:
        return tenge_text(invoice.sum)

    @admin.display(description=_("unpaid orders"), ordering="unpaid")
    def unpaid(self, invoice: Any) -> int:
        return int(invoice.unpaid)

    @admin.display(description=_("placed at"), ordering="placed_at")
    def placed(self, invoice: Invoice) -> str:
        return moment(invoice.placed_at)

    def chapters(self, request: HttpRequest, subject: Invoice) -> Sequence[Chapter]:
        rows = [
            (
                linked(order, order.code),
                order.learner.full_name,
                order.get_state_display(),
                tenge_text(order.price),
                moment(order.kept_until),
            )
            for order in subject.orders.select_related("learner").as_listed()
        ]
        headings = (_("order"), _("learner"), _("state"), _("price"), _("kept by a report until"))
        return [Chapter(_("orders"), rows, headings)]


def _party(invoice: Invoice) -> Party:
    """Any of its orders tells the company."""
    return invoice.orders.all()[0].party
