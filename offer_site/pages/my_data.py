"""The person's own data: what is kept and why, a copy of all of it, consents, erasing (5, 11.4)."""

from dataclasses import dataclass
from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from enrollment.forms.consents import CONSENTS
from enrollment.forms.contacts import ContactsForm
from enrollment.models import Consent, ConsentPurpose, Order
from enrollment.operations.corrections.contacts import correct_contacts
from enrollment.operations.ordering.consents import (
    allow_marketing,
    stop_marketing,
    takes_marketing,
)
from offer_site.accounts.models import User
from offer_site.days import short_day
from offer_site.errors import RuleViolation
from offer_site.journal.operations import actor
from offer_site.languages import current_language
from offer_site.retention.classes import ANSWER_WITHIN_DAYS
from offer_site.retention.export import as_json, export_personal_data, orders_of
from offer_site.retention.models import ErasureRequest
from offer_site.retention.wishes import ask_to_erase, plan_for, take_wish_back
from offer_site.web.downloads import download

from .cabinet_views import from_cabinet, own_order

JSON = "application/json; charset=utf-8"


@dataclass(frozen=True)
class KeptRow:
    """A line of what is kept: its name, the value or how much of it, and what it is for."""

    label: Promise
    value: str
    purpose: Promise


@login_required
@never_cache
@require_safe
def my_data(request: HttpRequest) -> HttpResponse:
    orders = list(orders_of(reader_of(request)).select_related("acceptance"))
    stays, goes = plan_for(reader_of(request), at=timezone.now())
    context = {
        "stays": stays,
        "goes": goes,
        "wish": ErasureRequest.objects.open().filter(user=reader_of(request)).first(),
        "days": ANSWER_WITHIN_DAYS,
        "kept": kept_of(reader_of(request), orders),
        "orders": orders,
        "consents": consents_of(reader_of(request)),
        "takes_marketing": takes_marketing(reader_of(request).email),
        "may_have_marketing": any(hasattr(order, "acceptance") for order in orders),
    }
    return render(request, "pages/my_data.html", context)


@login_required
@never_cache
@require_POST
def my_data_export(request: HttpRequest) -> HttpResponse:
    """A copy of all that is kept, to read or as a file; the journal says so (5.4)."""
    is_file = request.POST.get("form") == "json"
    chapters = export_personal_data(
        user=reader_of(request), form="json" if is_file else "page", at=timezone.now()
    )
    if is_file:
        return download(as_json(chapters).encode(), "my-data.json", content_type=JSON)
    return render(request, "pages/my_data_all.html", {"chapters": chapters, "now": timezone.now()})


@login_required
@require_POST
def my_data_news(request: HttpRequest) -> HttpResponse:
    """Switch news and discounts on or off for all contracts of the reader (5.3.5)."""
    user = reader_of(request)
    at = timezone.now()
    origin = from_cabinet(request)
    if request.POST.get("news") == "on":
        words = next(each for each in CONSENTS if each.purpose == ConsentPurpose.MARKETING)
        order = orders_of(user).accepted().last()
        if order is not None:
            allow_marketing(
                email=user.email,
                text=words.full_text(order.edition.academy),
                language=current_language(),
                by=actor(user),
                at=at,
                origin=origin,
            )
            messages.success(request, _("We will write to you about news and discounts."))
    else:
        stop_marketing(email=user.email, by=actor(user), at=at, origin=origin)
        messages.success(request, _("We will not write to you about news and discounts."))
    return redirect("my_data")


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def my_data_contacts(request: HttpRequest, code: str) -> HttpResponse:
    """Correct phone and address of one contract (11.4)."""
    order = own_order(request, code)
    form = ContactsForm(request.POST or None, party=order.party)
    if form.is_valid():
        try:
            correct_contacts(
                order=order, by=actor(request.user), at=timezone.now(), **form.cleaned_data
            )
        except RuleViolation as refused:
            form.add_error(None, str(refused.message))
        else:
            messages.success(request, _("Phone and address are corrected."))
            return redirect("my_data")
    return render(request, "pages/my_data_contacts.html", {"order": order, "form": form})


@login_required
@require_POST
def my_data_erasure(request: HttpRequest) -> HttpResponse:
    """Ask that one's data be erased, or take the wish back until it is carried out (11.4)."""
    at = timezone.now()
    if request.POST.get("wish") == "back":
        if take_wish_back(user=reader_of(request), at=at):
            messages.success(request, _("The wish is taken back. Nothing is erased."))
    else:
        wish = ask_to_erase(user=reader_of(request), origin=from_cabinet(request), at=at)
        day = short_day(wish.due_on)
        messages.success(
            request, _("We will erase what we may, and write to you until %(day)s.") % {"day": day}
        )
    return redirect("my_data")


def reader_of(request: HttpRequest) -> User:
    """The signed-in reader: each view here asks for the sign-in first."""
    return cast(User, request.user)


def kept_of(user: User, orders: list[Order]) -> list[KeptRow]:
    """What is kept about the reader in a few lines; the whole is in the copy."""
    rows = [KeptRow(gettext_lazy("E-mail"), user.email, gettext_lazy("contract, sign-in, letters"))]
    if not orders:
        return rows
    party = orders[-1].party
    address = party.address or party.postal_address or _("not filled in")
    return [
        KeptRow(gettext_lazy("Name"), party.full_name, gettext_lazy("contract, certificate")),
        KeptRow(gettext_lazy("Mobile phone"), party.phone, gettext_lazy("to reach you")),
        *rows,
        KeptRow(gettext_lazy("Home address"), address, gettext_lazy("certificate (9.3)")),
        KeptRow(gettext_lazy("Orders"), str(len(orders)), gettext_lazy("contract, accounting")),
    ]


def consents_of(user: User) -> list[Consent]:
    """Every consent with its history, the oldest first."""
    return list(
        Consent.objects.filter(party__email=user.email)
        .select_related("withdrawal", "party__order")
        .order_by("given_at", "pk")
    )
