"""Checkout of a company for several employees: one list, one invoice (1.1, 3.1, 4.1)."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_http_methods, require_safe

from enrollment.forms.company import (
    PREFIX,
    ROWS_AT_A_TIME,
    CompanyForm,
    LearnerRows,
    ListFileForm,
    rows_of,
    rows_typed,
)
from enrollment.forms.doubts import KEPT
from enrollment.models import Package
from enrollment.operations.ordering.company_orders import (
    LearnersRefused,
    UnpaidOrdersAwait,
    place_company_orders,
)
from enrollment.operations.ordering.taking import by_partner
from offer_site.days import almaty_day
from offer_site.errors import RuleViolation
from offer_site.journal.operations import actor
from offer_site.languages import current_language
from offer_site.spreadsheets import csv_lines
from offer_site.web.bodies import takes_a_document_of_anybody
from offer_site.web.downloads import CSV, download

from .access import is_signed_in_as, opened_orders, remember_invoice
from .browser import origin_of
from .checkout import require_what_was_shown
from .home import webinar_code
from .partners import partner_of
from .shop import open_shop
from .turns import status_of, take_turn


@takes_a_document_of_anybody
@require_http_methods(["GET", "HEAD", "POST"])
def company_checkout(request: HttpRequest, tariff: str) -> HttpResponse:
    """Show the form with its list, read a file into it, and place all the orders, or none."""
    at = timezone.now()
    shop = open_shop(at=at, webinar_code=webinar_code(request), package=tariff)
    offered = shop.package(tariff)
    if (
        shop.edition is None
        or offered is None
        or not shop.open
        or (shop.sold_out and request.method == "GET")
    ):
        if not Package.objects.filter(slug=tariff).exists():
            raise Http404
        return render(request, "enrollment/checkout_closed.html", {"shop": shop})
    context: dict[str, Any] = {
        "shop": shop,
        "offered": offered,
        "edition": shop.edition,
        "academy": shop.edition.academy,
        "today": almaty_day(at),
        "ask_to_replace": "replace" in request.POST,
        "kept": request.POST.getlist(KEPT),
        "partner": partner_of(request),
    }
    about = {"academy": shop.edition.academy, "day": almaty_day(at)}
    if (
        request.method != "POST"
        or "more" in request.POST
        or "read" in request.POST
        or ("in_work" in request.POST and "place" not in request.POST)
        or request.FILES
    ):
        context |= _list_in_work(request, about)
        return render(request, "enrollment/company.html", context | _total(context))
    form = CompanyForm(request.POST, **about)
    rows = LearnerRows(request.POST, prefix=PREFIX, form_kwargs={"use_required_attribute": False})
    status = 200
    are_valid = [form.is_valid(), rows.is_valid()]
    if all(are_valid):
        try:
            require_what_was_shown(request, shop, offered)
            take_turn(request, at=at)
            applications = form.applications(
                rows.learners(), kept=rows.kept(), **origin_of(request)
            )
            invoice, _is_new = place_company_orders(
                tariff=offered.tariff,
                cohort=shop.cohort,
                language=current_language(),
                at=at,
                by=actor(request.user),
                opened=opened_orders(request),
                replace=form.cleaned_data["replace"],
                email_is_seen=is_signed_in_as(request, form.cleaned_data["email"]),
                applications=applications,
                taken=by_partner(context["partner"]),
            )
        except RuleViolation as refused:
            form.add_error(refused.field, str(refused))
            status = status_of(refused)
            context["ask_to_replace"] |= isinstance(refused, UnpaidOrdersAwait)
            if isinstance(refused, LearnersRefused):
                rows.refuse(refused.reasons)
        else:
            response = redirect(invoice)
            remember_invoice(request, response, invoice)
            return response
    context |= {"form": form, "rows": rows, "file": ListFileForm(), "sent": True}
    return render(request, "enrollment/company.html", context | _total(context), status=status)


def _total(context: dict[str, Any]) -> dict[str, int]:
    """How many learners the list has now, and what they cost together, before anything is ordered.

    A row with an error counts: the buyer means somebody by it.
    """
    learners = sum(1 for row in context["rows"] if row.is_bound and row.has_changed())
    return {"learners": learners, "total": learners * context["offered"].price}


def _list_in_work(request: HttpRequest, about: dict[str, Any]) -> dict[str, Any]:
    """The page while the list is filled in: more rows, or the rows of a file are added."""
    if request.method != "POST":
        return {
            "form": CompanyForm(**about),
            "rows": rows_of([], empty=ROWS_AT_A_TIME),
            "file": ListFileForm(),
        }
    typed = rows_typed(request.POST)
    file = ListFileForm(request.POST, request.FILES)
    read = (file.cleaned_data["file"] or []) if file.is_valid() else []
    added = [learner for learner in read if learner not in typed]
    empty = ROWS_AT_A_TIME if request.POST.get("more") == "5" or not (typed or added) else 0
    if "read" in request.POST and not request.FILES:
        file.add_error("file", _("Choose a file first."))
    if len(typed) + len(added) > LearnerRows.max_num:
        file.add_error(
            "file",
            _(
                "With these there would be more than 100 learners. "
                "At most 100 are ordered for at once."
            ),
        )
        added = []
    return {
        "form": CompanyForm(initial=request.POST.dict(), **about),
        "rows": rows_of([*typed, *added], empty=empty, kept=request.POST.getlist(KEPT)),
        "file": file,
        "was_read": len(read),
        "was_added": len(added),
    }


@require_safe
def list_template(request: HttpRequest) -> HttpResponse:
    """An empty list for a spreadsheet; its headings are recognized when it is uploaded."""
    headings = [
        pgettext("heading of a list", "Surname"),
        pgettext("heading of a list", "Given name"),
        pgettext("heading of a list", "Patronymic"),
    ]
    content = b"".join(csv_lines([headings]))
    return download(content, "learners.csv", content_type=CSV, private=False)
