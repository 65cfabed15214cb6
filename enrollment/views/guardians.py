"""The page of a minor's guardian: what is ordered, the text, and one button (1.1)."""

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from enrollment.forms.consents import GUARDIANS_CONSENT
from enrollment.forms.doubts import EmailDoubts
from enrollment.forms.fields import EmailField
from enrollment.models import GuardianConsent, Order
from enrollment.operations.corrections.guardian import correct_guardian_email
from enrollment.operations.links import guardian_signature
from enrollment.operations.ordering.guardians import (
    GUARDIAN,
    OPEN,
    awaited_guardian,
    consent_by_link,
)
from enrollment.rules.order_states import OrderState
from offer_site.errors import RuleViolation
from offer_site.journal.operations import actor

from .access import readable_order
from .letter_links import opened_by_link, press_of
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
    asked = opened_by_link(request, lambda: _asked_about(code), guardian_signature)
    order = asked.order
    academy = order.edition.academy
    sent = request.POST if request.method == "POST" else None
    form = GuardianForm(sent, use_required_attribute=False)
    status = 200
    if form.is_valid():
        at = timezone.now()
        press = press_of(request, role=GUARDIAN)
        try:
            take_turn(request, at=at)
            consent_by_link(
                order=order,
                sent_to=asked.email,
                text=GUARDIANS_CONSENT.full_text(academy),
                language=press.language,
                origin=press.origin,
                browser=press.browser,
                by=press.by,
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


class GuardianEmailForm(EmailDoubts):
    email = EmailField(
        label=_("E-mail of your parent or guardian"),
        help_text=_("We send there the text of the consent, with a button"),
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def email(request: HttpRequest, code: str) -> HttpResponse:
    """The minor corrects the guardian's e-mail while the consent is awaited (1.1)."""
    order = readable_order(request, code)
    asked = awaited_guardian(order)
    if asked is None or order.state != OrderState.AWAITING_PAYMENT:
        return redirect(order)
    form = GuardianEmailForm(
        request.POST or None, initial={"email": asked.email}, use_required_attribute=False
    )
    status = 200
    if request.method == "POST" and form.is_valid():
        at = timezone.now()
        try:
            take_turn(request, at=at)
            correct_guardian_email(
                order=order,
                email=form.cleaned_data["email"],
                by=actor(request.user),
                at=at,
            )
        except RuleViolation as refused:
            form.add_error("email", str(refused))
            status = status_of(refused)
        else:
            return redirect(order)
    context = {"order": order, "asked": asked, "form": form}
    return render(request, "enrollment/guardian_email.html", context, status=status)


def _asked_about(code: str) -> GuardianConsent | None:
    """Who was asked to consent to an order, with the order's people."""
    order = Order.objects.with_people().filter(code=code).first()
    asked = GuardianConsent.objects.filter(order=order).first() if order else None
    if order and asked:
        asked.order = order
    return asked
