"""Reports of payments as staff look for their money: facts, the document on demand, and the verdict
that it is false.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from enrollment.models import Order, PaymentReport
from enrollment.operations.ordering.reports import drop_report
from enrollment.rules.order_states import OrderState
from offer_site.accounts.models import User
from offer_site.admin.buttons import Button
from offer_site.admin.chapters import Chapter
from offer_site.admin.filters import QuestionFilter
from offer_site.admin.forms import ReasonForm
from offer_site.admin.links import linked, linked_order, moment, moment_by, person
from offer_site.admin.pages import ReadOnlyAdmin
from offer_site.days import short_day
from offer_site.money import tenge_text

from .documents import document_button

RIGHT = "enrollment.change_paymentreport"


def drop(report: PaymentReport, values: dict[str, Any], *, by: User, at: datetime) -> str:
    drop_report(report=report, reason=values["reason"], by=by, at=at)
    return gettext("The report is dropped. If the day of the order is over, the order has lapsed.")


@admin.register(PaymentReport)
class PaymentReportAdmin(ReadOnlyAdmin):
    list_display = ["order", "kind", "number", "day", "sum", "until", "keeps_place", "what_became"]
    list_filter = [QuestionFilter, "kind", "keeps_place", "ending", "day"]
    list_select_related = ["order__acceptance"]
    search_fields = ["order__code", "number"]
    fields = [
        "order_link",
        "kind",
        "number",
        "day",
        "sum",
        "why_other",
        "has_paper",
        "reported_at",
        "until",
        "keeps_place",
        "what_became",
        "ended_by_whom",
        "reason",
    ]
    questions = {
        "standing": (_("money awaited"), lambda reports, at: reports.standing()),
        "ending": (
            _("term ends today or tomorrow"),
            lambda reports, at: reports.ending_by_tomorrow(at),
        ),
        "beyond": (_("without a place"), lambda reports, at: reports.beyond_the_tenth()),
    }
    buttons = [
        document_button(
            "enrollment.view_paymentreport",
            file_name=lambda report: f"{report.order.code}-report",
        ),
        Button(
            "false",
            _("The report is false"),
            permission=RIGHT,
            operate=drop,
            form=ReasonForm,
            note=_(
                "Nothing keeps the order any more. If its day is over, it lapses at once; "
                "the buyer is told (4.3)."
            ),
            is_offered=lambda report: report.stands,
        ),
    ]

    def chapters(self, request: HttpRequest, subject: PaymentReport) -> Sequence[Chapter]:
        return [others(subject)]

    @admin.display(description=_("order"))
    def order_link(self, report: PaymentReport) -> str:
        return linked_order(report)

    @admin.display(description=_("amount"))
    def sum(self, report: PaymentReport) -> str:
        """What the buyer says to have paid; what was due where nobody was asked."""
        due = tenge_text(report.order.prepayment)
        if report.amount is None or report.amount == report.order.prepayment:
            return due
        return gettext("%(paid)s instead of %(due)s") % {
            "paid": tenge_text(report.amount),
            "due": due,
        }

    @admin.display(description=_("document"))
    def has_paper(self, report: PaymentReport) -> str:
        return gettext("kept, encrypted") if report.document else gettext("none")

    @admin.display(description=_("reported at"))
    def reported_at(self, report: PaymentReport) -> str:
        return moment_by(report.said_at, report.said_by)

    @admin.display(description=_("kept until"), ordering="keeps_until")
    def until(self, report: PaymentReport) -> str:
        return day_end(report)

    @admin.display(description=_("what became of it"))
    def what_became(self, report: PaymentReport) -> str:
        return what_became_of(report)

    @admin.display(description=_("ended by"))
    def ended_by_whom(self, report: PaymentReport) -> str:
        return person(report.ended_by) if report.ended_by else "–"


def day_end(report: PaymentReport) -> str:
    """The last moment as people say it: its last day, 24:00."""
    return f"{short_day(report.last_day)}, 24:00"


def what_became_of(report: PaymentReport) -> str:
    """Whether the money came: the acceptance shows when, the report only how it ended without."""
    if report.ended_at:
        return f"{report.get_ending_display()}, {moment(report.ended_at)}"
    if report.order.state == OrderState.AWAITING_PAYMENT:
        return gettext("the money is awaited")
    accepted = getattr(report.order, "acceptance", None)
    return gettext("the money came, %(at)s") % {
        "at": moment(accepted.recorded_at if accepted else None)
    }


def others(report: PaymentReport) -> Chapter:
    """Reports of other orders with the same number or the same file: one payment for two orders?"""
    same = Q(number=report.number) & ~Q(number="") | Q(document_sha256=report.document_sha256) & ~Q(
        document_sha256=""
    )
    found = (
        PaymentReport.objects.filter(same)
        .exclude(order=report.order_id)
        .select_related("order__acceptance")[:20]
    )
    rows = [
        (linked(each, each.order.code), each.number, short_day(each.day), what_became_of(each))
        for each in found
    ]
    headings = (
        _("order"),
        _("number of the document"),
        _("day of the document"),
        _("what became of it"),
    )
    return Chapter(_("the same document for other orders"), rows, headings, empty=_("None."))


def reports(order: Order) -> Chapter:
    """For the order's own page."""
    rows = [
        (
            linked(each, each.number),
            each.get_kind_display(),
            short_day(each.day),
            day_end(each),
            what_became_of(each),
        )
        for each in order.reports.select_related("order__acceptance")
    ]
    headings = (
        _("number of the document"),
        _("kind"),
        _("day of the document"),
        _("kept until"),
        _("what became of it"),
    )
    return Chapter(_("reports of payments"), rows, headings)
