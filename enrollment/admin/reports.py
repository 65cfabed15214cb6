"""Reports of payments as staff look for their money: facts, the document on demand,
and the word that it is false.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from enrollment.models import Order, PaymentReport
from enrollment.operations.ordering.reports import drop_report, show_report_document
from enrollment.rules.order_states import OrderState
from offer_site.accounts.models import User
from offer_site.admin.buttons import Button
from offer_site.admin.chapters import Chapter
from offer_site.admin.filters import QuestionFilter
from offer_site.admin.forms import ButtonForm
from offer_site.admin.links import moment, person
from offer_site.admin.pages import ReadOnlyAdmin
from offer_site.days import short_day
from offer_site.documents import hand_out
from offer_site.journal.operations import actor
from offer_site.money import tenge_text

RIGHT = "enrollment.change_paymentreport"


class WhatForForm(ButtonForm):
    reason = forms.CharField(label=_("What do you need it for?"), max_length=200)


class FalseForm(ButtonForm):
    reason = forms.CharField(
        label=_("Reason"), max_length=300, widget=forms.Textarea(attrs={"rows": 3})
    )


def drop(report: PaymentReport, values: dict[str, Any], *, by: User, at: datetime) -> str:
    drop_report(report=report, reason=values["reason"], by=by, at=at)
    return gettext("The report is dropped. If the day of the order is over, the order has lapsed.")


def save_document(
    report: PaymentReport, values: dict[str, Any], *, by: User, at: datetime
) -> HttpResponse:
    show_report_document(report=report, reason=values["reason"], by=actor(by), at=at)
    return hand_out(report, name=f"{report.order.code}-report")


def has_document(report: PaymentReport) -> bool:
    return bool(report.document)


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
        "has_paper",
        "said",
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
        Button(
            "document",
            _("Save the document"),
            "enrollment.view_paymentreport",
            save_document,
            WhatForForm,
            _(
                "It may state an IIN, an address or an account. The journal keeps who saw it and "
                "what for (5.4)."
            ),
            is_offered=has_document,
        ),
        Button(
            "false",
            _("The report is false"),
            RIGHT,
            drop,
            FalseForm,
            _(
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
        url = reverse("admin:enrollment_order_change", args=[report.order_id])
        return format_html('<a href="{}">{}</a>', url, report.order.code)

    @admin.display(description=_("amount"))
    def sum(self, report: PaymentReport) -> str:
        return tenge_text(report.order.prepayment)

    @admin.display(description=_("document"))
    def has_paper(self, report: PaymentReport) -> str:
        return gettext("kept, encrypted") if report.document else gettext("none")

    @admin.display(description=_("reported at"))
    def said(self, report: PaymentReport) -> str:
        return f"{moment(report.said_at)}, {person(report.said_by)}"

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
    """Write the term as people say it: its last day, 24:00."""
    return f"{short_day(report.last_day)}, 24:00"


def what_became_of(report: PaymentReport) -> str:
    """Say whether the money came: the acceptance tells when,
    the report itself only how it ended without.
    """
    if report.ended_at:
        return f"{report.get_ending_display()}, {moment(report.ended_at)}"
    if report.order.state == OrderState.AWAITING_PAYMENT:
        return gettext("the money is awaited")
    accepted = getattr(report.order, "acceptance", None)
    return gettext("the money came, %(at)s") % {
        "at": moment(accepted.recorded_at if accepted else None)
    }


def others(report: PaymentReport) -> Chapter:
    """List reports of other orders with the same number or the same file:
    one payment for two orders?
    """
    same = Q(number=report.number) | Q(document_sha256=report.document_sha256) & ~Q(
        document_sha256=""
    )
    found = (
        PaymentReport.objects.filter(same)
        .exclude(order=report.order_id)
        .select_related("order__acceptance")[:20]
    )
    rows = [
        (_link(each, each.order.code), each.number, short_day(each.day), what_became_of(each))
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
    """Tell what the buyer reported, for the order's own page."""
    rows = [
        (
            _link(each, each.number),
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


def _link(report: PaymentReport, words: str) -> str:
    return format_html(
        '<a href="{}">{}</a>',
        reverse("admin:enrollment_paymentreport_change", args=[report.pk]),
        words,
    )
