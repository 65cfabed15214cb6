"""The site's adapter of django-allauth: our texts, and the clocks of staff's sessions (3.1)."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from offer_site.accounts.day_sessions import forget_entry
from offer_site.accounts.staff_sessions import begin
from offer_site.encryption import decrypt, encrypt


class AccountAdapter(DefaultAccountAdapter):
    error_messages = DefaultAccountAdapter.error_messages | {
        "incorrect_code": _(
            "This code does not fit. Look at the last letter: each new code replaces the one "
            "before."
        ),
        "too_many_login_attempts": _("Too many attempts. Wait a little and ask for a new code."),
        "rate_limited": _("Too many attempts. Wait a little and ask for a new code."),
    }

    def send_mail(self, template_prefix: str, email: str, context_data: dict[str, Any]) -> None:
        """Letters of allauth are not sent: views.py queues the one with the code."""

    def add_message(
        self, request: HttpRequest, level: int, *args: Any, message: Any = None, **kwargs: Any
    ) -> None:
        """Only the texts above: allauth's own have no Kazakh translation."""
        if message:
            messages.add_message(request, level, message)

    def login(self, request: HttpRequest, user: AbstractBaseUser) -> None:
        """Sign in, and start the clocks by which a session of staff ends."""
        super().login(request, user)
        forget_entry(request.session)
        begin(request.session, at=timezone.now())

    def respond_user_inactive(self, request: HttpRequest, user: AbstractBaseUser) -> HttpResponse:
        """For a user whose account was closed after the code was sent."""
        messages.error(request, _("This account is closed. Write to us if that is a mistake."))
        return redirect("account_login")


class SecondFactorAdapter(DefaultMFAAdapter):
    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": _(
            "This code does not fit. Codes change every 30 seconds: take the one shown now."
        )
    }

    def get_totp_issuer(self) -> str:
        return str(settings.SECOND_FACTOR_ISSUER)

    def encrypt(self, text: str) -> str:
        """Secrets of the second factor are stored encrypted (S2)."""
        return encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return decrypt(encrypted_text.encode()).decode()
