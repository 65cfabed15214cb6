"""The site's adapter of django-allauth: our letters and texts; codes are never stored (3.1(3))."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from offer_site.accounts.codes import code_digest, in_groups, is_first_letter, new_code
from offer_site.accounts.operations import send_code
from offer_site.accounts.staff_sessions import begin
from offer_site.encryption import decrypt, encrypt
from offer_site.languages import current_language


class AccountAdapter(DefaultAccountAdapter):
    error_messages = DefaultAccountAdapter.error_messages | {
        "incorrect_code": _(
            "This code does not fit. Look at the last letter: each new code replaces the one "
            "before."
        ),
        "too_many_login_attempts": _("Too many attempts. Wait a little and ask for a new code."),
        "rate_limited": _("Too many attempts. Wait a little and ask for a new code."),
    }

    def generate_login_code(self) -> str:
        """The digest of a code of this browser: allauth stores what is returned in the session.

        `shared_sign_in_code` is the code that the view found to be shared, or None.
        """
        request = context.request
        request.sign_in_code = request.shared_sign_in_code or new_code()  # for send_mail
        return code_digest(request.sign_in_code)

    def send_mail(self, template_prefix: str, email: str, context_data: dict[str, Any]) -> None:
        """Queue the letter with the sign-in code; allauth's other letters are not sent.

        A shared code goes out once, however many ask for it.
        """
        if template_prefix != "account/email/login_code":
            return
        request = context_data["request"]
        at = timezone.now()
        code = request.sign_in_code
        if request.shared_sign_in_code and not is_first_letter(code, at=at):
            return
        send_code(code=in_groups(code), to=email, language=current_language(), at=at)

    def add_message(
        self, request: HttpRequest, level: int, *args: Any, message: Any = None, **kwargs: Any
    ) -> None:
        """Only the texts above: allauth's own have no Kazakh translation."""
        if message:
            messages.add_message(request, level, message)

    def login(self, request: HttpRequest, user: AbstractBaseUser) -> None:
        """Sign in, and start the clocks by which a session of staff ends."""
        super().login(request, user)
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
