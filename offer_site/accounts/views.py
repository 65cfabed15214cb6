"""Signing in and out: an e-mail, the code sent to it, the cabinet (3.1)."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from allauth.account.internal.stagekit import clear_login, get_pending_stage
from allauth.account.stages import LoginByCodeStage
from allauth.account.views import ConfirmLoginCodeView, RequestLoginCodeView
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from offer_site.accounts.adapter import AccountAdapter
from offer_site.accounts.codes import (
    GUESSES,
    LIFE,
    cleaned,
    expected_digest,
    in_groups,
    is_first_letter,
    mark_of,
    new_wish,
    remember_wish,
    wish_of,
)
from offer_site.accounts.forms import CodeForm, EmailForm
from offer_site.accounts.operations import admitted_user, end_sessions, send_code
from offer_site.languages import current_language
from offer_site.mailboxes import is_misspelt, mended


class SignInView(RequestLoginCodeView):
    """The next page, and what is done for it, are the same whether the e-mail is known or not.

    Who it is, is asked when the code has fit; whether a letter leaves, by the outbox.
    """

    form_class = EmailForm
    template_name = "accounts/sign_in.html"

    def _redirect_to_pending_stage(self, request: HttpRequest, stage: Any) -> None:
        """Show the page, and leave the code that waits: to open a page is no wish for another."""

    def get_form_class(self) -> type[Form]:
        return EmailForm

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """`has_code` is true while a code of this browser waits to be typed; `at_once_url` is for
        who has just paid in it.
        """
        stage = get_pending_stage(self.request)
        has_code = stage is not None and stage.key == LoginByCodeStage.key
        return super().get_context_data(**kwargs) | {
            "has_code": has_code,
            "at_once_url": import_string(settings.SIGN_IN_AT_ONCE)(self.request),
            "code_url": self.passthrough_next_url(reverse("account_confirm_login_code")),
        }

    def form_valid(self, form: Form) -> HttpResponse:
        """A new wish: the code before it, and a sign-in that waits for its second step, end."""
        email = form.cleaned_data["email"]
        at = timezone.now()
        wish, code = new_wish(email=email, at=at)
        clear_login(self.request)
        remember_wish(self.request, wish)
        if not wish.is_shared or is_first_letter(code, at=at):
            send_code(code=in_groups(code), to=email, language=current_language(), at=at)
        form._user = None  # type: ignore[attr-defined]
        form.cleaned_data["phone"] = None
        return super().form_valid(form)


class CodeView(ConfirmLoginCodeView):
    """The code works once, for ten minutes and five guesses."""

    template_name = "accounts/sign_in_code.html"
    guesses = 0  # of this code, with the one that is being made

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

    def get_form_kwargs(self) -> dict[str, Any]:
        wish = wish_of(self.request) if self.request.method == "POST" else None
        expected = expected_digest(wish, email=self.email) if wish else ""
        return super().get_form_kwargs() | {"code": expected}

    @property
    def email(self) -> str:
        return str(self._process.state["email"])

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """A guess is counted before it is looked at: guesses made at once are counted too.

        What has more or fewer digits than the code is a slip of the hand, and no guess.
        """
        wish = wish_of(request)
        if wish is None:  # from before the site began to count
            return self.no_more_guesses()
        if len(cleaned(request.POST.get("code", ""))) == wish.length:
            self.guesses = wish.guesses.add(at=timezone.now())
        if self.guesses > GUESSES:
            return self.no_more_guesses()
        return super().post(request, *args, **kwargs)

    def form_valid(self, form: Form) -> HttpResponse:
        """The user is made at the first sign-in; a code that was sent to nobody opens nothing."""
        user = admitted_user(email=self.email)
        wish = wish_of(self.request)
        if user is None or wish is None:
            form.add_error("code", AccountAdapter.error_messages["incorrect_code"])
            return self.form_invalid(form)
        remember_wish(self.request, replace(wish, mark=mark_of(user)))
        self._process._user = user
        return super().form_valid(form)

    def form_invalid(self, form: Form) -> HttpResponse:
        if self.guesses == GUESSES:
            return self.no_more_guesses()
        return self.render_to_response(self.get_context_data(form=form))

    def no_more_guesses(self) -> HttpResponse:
        self._process.abort()
        messages.error(
            self.request, _("Five tries are used up. Ask for a new code: it comes at once.")
        )
        return redirect("account_login")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        data = super().get_context_data(**kwargs)
        wish = wish_of(self.request)
        return data | {
            "masked_email": masked(data["email"]),
            "proposal": proposal_for(data["email"]),
            "ends_at": datetime.fromtimestamp(self._process.state["at"] + LIFE, UTC),
            "is_shared": wish is not None and wish.is_shared,
            "again_at": wish.shared_until if wish else None,
        }


def proposal_for(email: str) -> str:
    """What was probably meant by a misspelt e-mail; it tells nothing but what was typed."""
    proposal = mended(email) if is_misspelt(email) else email
    return proposal if proposal != email else ""


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
    end_sessions(user=request.user, by=request.user, language=current_language(), at=timezone.now())
    logout(request)
    return render(request, "accounts/sessions_ended.html")
