"""Signing in and out: an e-mail, the code sent to it, the cabinet (3.1)."""

from typing import Any

from allauth.account.internal.stagekit import clear_login
from allauth.account.views import ConfirmLoginCodeView, RequestLoginCodeView
from allauth.core import ratelimit
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from offer_site.accounts.adapter import AccountAdapter
from offer_site.accounts.forms import CodeForm, EmailForm
from offer_site.accounts.operations import admitted_user, end_sessions


class SignInView(RequestLoginCodeView):
    """The next page is the same whether the e-mail is known or not."""

    form_class = EmailForm
    template_name = "accounts/sign_in.html"

    def _redirect_to_pending_stage(self, request: HttpRequest, stage: Any) -> None:
        """Start again: whoever returns to this page wants another e-mail or another code."""
        clear_login(request)

    def get_form_class(self) -> type[Form]:
        return EmailForm

    def form_valid(self, form: Form) -> HttpResponse:
        email = form.cleaned_data["email"]
        if not ratelimit.consume(self.request, action="request_login_code", key=email):
            form.add_error("email", AccountAdapter.error_messages["too_many_login_attempts"])
            return self.form_invalid(form)
        form._user = admitted_user(email=email)  # type: ignore[attr-defined]
        form.cleaned_data["phone"] = None
        return super().form_valid(form)


class CodeView(ConfirmLoginCodeView):
    """The code works once, for ten minutes and five attempts."""

    template_name = "accounts/sign_in_code.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = super().dispatch(request, *args, **kwargs)
        if (
            request.method == "POST"
            and getattr(self, "_process", None) is None
            and request.user.is_anonymous
        ):
            messages.error(request, _("The code is out of date. Ask for a new one."))
        return response

    def get_form_class(self) -> type[Form]:
        return CodeForm

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        data = super().get_context_data(**kwargs)
        return data | {"masked_email": masked(data["email"])}


def masked(email: str) -> str:
    """An e-mail its owner recognizes and nobody else can read: u•••@mail.kz."""
    name, _at, domain = email.partition("@")
    return f"{name[:1]}•••@{domain}"


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End this session only."""
    logout(request)
    return redirect("home")


@login_required
@require_http_methods(["GET", "POST"])
def sessions_end(request: HttpRequest) -> HttpResponse:
    """The alarm «someone else is using my account»: a POST ends every session (3.1(4))."""
    if request.method == "GET":
        return render(request, "accounts/sessions_end.html")
    end_sessions(user=request.user, by=request.user, at=timezone.now())
    logout(request)
    return render(request, "accounts/sessions_ended.html")
