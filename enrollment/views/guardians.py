"""The page of a minor's guardian: what is ordered, the text, and one button (1.1)."""

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from enrollment.forms.consents import GUARDIANS_CONSENT
from enrollment.models import GuardianConsent, Order
from enrollment.operations.links import guardian_signature
from enrollment.operations.ordering.guardians import GUARDIAN, OPEN, consent_by_link
from offer_site.addresses import client_address
from offer_site.errors import RuleViolation
from offer_site.journal.operations import actor
from offer_site.languages import current_language

from .browser import browser_digest
from .tries import begin_try
from .turns import status_of, take_turn


class GuardianForm(forms.Form):
    """The one tick; nothing is asked that the minor has not said already."""

    agrees = forms.BooleanField(
        label=GUARDIANS_CONSENT.line,
        error_messages={"required": _("Tick it if you agree. If you do not, close the page.")},
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def consent(request: HttpRequest, code: str) -> HttpResponse:
    """Opened by the signed link of the letter alone; a look changes nothing."""
    order = consent_of_link(request, code)
    asked = order.guardian_consent
    academy = order.edition.academy
    sent = request.POST if request.method == "POST" else None
    form = GuardianForm(sent, use_required_attribute=False)
    status = 200
    if form.is_valid():
        at = timezone.now()
        try:
            take_turn(request, at=at)
            consent_by_link(
                order=order,
                text=GUARDIANS_CONSENT.full_text(academy),
                language=current_language(),
                origin=(client_address(request) or "", request.headers.get("User-Agent", "")[:300]),
                browser=browser_digest(request),
                by=actor(request.user) if request.user.is_authenticated else GUARDIAN,
                at=at,
            )
        except RuleViolation as refused:
            form.add_error(None, str(refused))
            status = status_of(refused)
        else:
            return redirect(request.get_full_path())
    context = {
        "order": order,
        "asked": asked,
        "form": form,
        "words": GUARDIANS_CONSENT.words(academy),
        "is_open": order.state in OPEN,
    }
    return render(request, "enrollment/guardian.html", context, status=status)


def consent_of_link(request: HttpRequest, code: str) -> Order:
    """The order whose guardian holds this link; 404 for everybody else, the minor too.

    That is a try, which is counted and kept (3.1 (5)).
    """
    visit = begin_try(request, is_vouched_for=False)
    found = Order.objects.with_people().filter(code=code).first()
    asked = GuardianConsent.objects.filter(order=found).first() if found else None
    if found is None or asked is None:
        visit.refuse()
    if not constant_time_compare(request.GET.get("key", ""), guardian_signature(asked)):
        visit.refuse()
    return found
