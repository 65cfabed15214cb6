"""The second factor of staff: setting it up, asking for it, and recovery codes for a lost phone."""

from typing import Any

import segno
from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.internal.stagekit import clear_login
from allauth.account.stages import LoginStageController
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.internal.flows import post_authentication
from allauth.mfa.base.views import AuthenticateView
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.stages import AuthenticateStage
from allauth.mfa.totp.internal.auth import SECRET_SESSION_KEY
from allauth.mfa.totp.internal.flows import activate_totp
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from offer_site.accounts.codes import mark_of, wish_of
from offer_site.accounts.forms import SecondFactorForm, SecondFactorSetUpForm
from offer_site.accounts.models import User
from offer_site.errors import RuleViolation

UNSEEN = "recovery_codes_unseen"


def has_set_up(request: HttpRequest) -> bool:
    """True if the user has an authenticator app."""
    return Authenticator.objects.filter(user=request.user, type=Authenticator.Type.TOTP).exists()


def is_proven(request: HttpRequest) -> bool:
    """True if this session passed the second factor, or none is required."""
    records = get_authentication_records(request, request.user)
    return not settings.STAFF_SECOND_FACTOR or any(record["method"] == "mfa" for record in records)


class SecondFactorView(AuthenticateView):
    """The second code is asked for after the first, before the session begins."""

    template_name = "accounts/second_factor.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """The end of all sessions ends a sign-in that waits here too (3.1(4))."""
        stage = LoginStageController.enter(request, AuthenticateStage.key)
        wish = wish_of(request)
        if stage and stage.login.user and wish and wish.mark != mark_of(stage.login.user):
            clear_login(request)
        return super().dispatch(request, *args, **kwargs)

    def get_form_class(self) -> type[Form]:
        return SecondFactorForm


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def set_up(request: HttpRequest) -> HttpResponse:
    require_staff(request)
    if has_set_up(request):
        return redirect("admin:index")
    form = SecondFactorSetUpForm(request.POST or None, user=request.user)
    if form.is_valid():
        app, _codes = activate_totp(request, form)
        post_authentication(request, app)
        request.session[UNSEEN] = True
        return redirect("recovery_codes")
    key = " ".join(form.secret[at : at + 4] for at in range(0, len(form.secret), 4))
    return render(request, "accounts/second_factor_set_up.html", {"form": form, "key": key})


@login_required
@never_cache
@require_safe
def set_up_image(request: HttpRequest) -> HttpResponse:
    """The QR code of the secret; a separate file, since the CSP allows no data: images."""
    require_staff(request)
    secret = request.session.get(SECRET_SESSION_KEY)
    if not secret:
        raise Http404
    code = segno.make(get_adapter().build_totp_url(request.user, secret), micro=False)
    image = code.svg_inline(scale=5, border=4, dark="#000", light="#fff", omitsize=True)
    return HttpResponse(
        image.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1), "image/svg+xml"
    )


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def recovery_codes(request: HttpRequest) -> HttpResponse:
    """The recovery codes, shown after they are made until they are said to be written down.

    Another POST replaces them with new ones.
    """
    require_staff(request)
    if not is_proven(request):
        raise PermissionDenied
    kept = Authenticator.objects.filter(user=request.user, type=Authenticator.Type.RECOVERY_CODES)
    if request.POST.get("action") == "written-down":
        request.session.pop(UNSEEN, None)
        return redirect("admin:index")
    if request.method == "POST":
        with transaction.atomic():
            kept.delete()
            RecoveryCodes.activate(request.user)
        request.session[UNSEEN] = True
        return redirect("recovery_codes")
    shown = (
        RecoveryCodes(kept.get()).get_unused_codes() if request.session.get(UNSEEN, False) else []
    )
    return render(request, "accounts/recovery_codes.html", {"codes": shown})


def require_second_factor_now(*, user: User, code: str) -> None:
    """Raise RuleViolation unless this code of the app, or a recovery code, fits now.

    For what one must not do at a desk that somebody left open. A guess is counted, and a code works
    once; call it outside a transaction, or a refusal takes the count back.
    """
    if not settings.STAFF_SECOND_FACTOR:
        return
    form = SecondFactorForm({"code": code}, user=user)
    if not form.is_valid():
        raise RuleViolation(form.errors["code"][0], clause="3.1", field="code")


def require_staff(request: HttpRequest) -> None:
    if not request.user.is_staff:
        raise PermissionDenied
