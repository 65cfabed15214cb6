"""The forms of sign-in: an e-mail, the code sent to it, and a second code for staff."""

from typing import Any

from allauth.account.forms import ConfirmLoginCodeForm
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.totp.internal.auth import get_totp_secret, validate_totp_code
from allauth.mfa.utils import decrypt
from django import forms
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext_lazy as _

from offer_site.accounts.adapter import AccountAdapter, SecondFactorAdapter
from offer_site.accounts.codes import (
    PASTED,
    SECOND_GUESSES,
    cleaned,
    code_digest,
    second_factor_guesses,
    uses_of_app_code,
)
from offer_site.web.forms import CodeInput, EmailInOneSpelling


class EmailForm(forms.Form):
    email = EmailInOneSpelling(
        label=_("E-mail"),
        max_length=254,
        help_text=_("The one you gave when you ordered"),
        widget=forms.EmailInput({"autocomplete": "email", "inputmode": "email"}),
        error_messages={
            "required": _("Fill this in."),
            "invalid": _("Check the e-mail. For example: name@mail.kz"),
        },
    )


class PastedCodeField(forms.CharField):
    """The digits of a code, whatever was pasted around and between them."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=PASTED, widget=CodeInput(), **kwargs)

    def to_python(self, value: Any) -> str:
        return cleaned(str(super().to_python(value)))


class CodeForm(ConfirmLoginCodeForm):
    code = PastedCodeField(
        label=_("The code from the letter"),
        error_messages={"required": _("Type the code from the letter.")},
    )

    def clean_code(self) -> str:
        """Digests are compared: the session does not hold the code itself."""
        code = str(self.cleaned_data["code"])
        if not self.expected_code or not constant_time_compare(
            code_digest(code), self.expected_code
        ):
            raise forms.ValidationError(
                AccountAdapter.error_messages["incorrect_code"], code="incorrect_code"
            )
        return code


class SecondFactorForm(AuthenticateForm):
    """The code of the authenticator app, or one of the recovery codes."""

    code = PastedCodeField(
        label=_("The code from the app"),
        help_text=_("Lost the phone? Type one of your recovery codes."),
        error_messages={"required": _("Type the code.")},
    )

    def clean_code(self) -> str:
        """A guess is counted before it is looked at: guesses made at once are counted too."""
        if second_factor_guesses(self.user).add(at=timezone.now()) > SECOND_GUESSES:
            raise forms.ValidationError(
                AccountAdapter.error_messages["too_many_login_attempts"],
                code="too_many_login_attempts",
            )
        code = str(self.cleaned_data["code"])
        for authenticator in Authenticator.objects.filter(user=self.user):
            if fits(authenticator, code):
                self.authenticator = authenticator
                return code
        raise forms.ValidationError(
            SecondFactorAdapter.error_messages["incorrect_code"], code="incorrect_code"
        )


def fits(authenticator: Authenticator, code: str) -> bool:
    """True for a code of the app or a recovery code, once.

    allauth remembers a used code of the app for 30 seconds of the 90 in which it fits, and in the
    cache, which may be away.
    """
    if authenticator.type != Authenticator.Type.TOTP:
        return bool(authenticator.wrap().validate_code(code))
    if not validate_totp_code(decrypt(authenticator.data["secret"]), code):
        return False
    return uses_of_app_code(authenticator.user_id, code).add(at=timezone.now()) == 1


class SecondFactorSetUpForm(ActivateTOTPForm):
    code = PastedCodeField(
        label=_("The code from the app"),
        error_messages={"required": _("Type the six digits that the app shows.")},
    )

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        """The secret stays that of the picture that was scanned: allauth's form makes a new one
        each time the page is opened.
        """
        forms.Form.__init__(self, *args, **kwargs)
        self.user = user
        self.secret = get_totp_secret()
