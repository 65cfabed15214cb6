"""The forms of sign-in: an e-mail, the code sent to it, and a second code for staff."""

from allauth.account.forms import ConfirmLoginCodeForm
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.totp.forms import ActivateTOTPForm
from django import forms
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext_lazy as _

from offer_site.accounts.adapter import CODE_LENGTH, AccountAdapter, code_digest
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


class CodeForm(ConfirmLoginCodeForm):
    code = forms.CharField(
        label=_("The code from the letter"),
        widget=CodeInput(length=CODE_LENGTH),
        error_messages={"required": _("Type the six digits from the letter.")},
    )

    def clean_code(self) -> str:
        """Digests are compared: the session does not hold the code itself."""
        code = "".join(self.cleaned_data["code"].split())
        if not self.expected_code or not constant_time_compare(
            code_digest(code), self.expected_code
        ):
            raise forms.ValidationError(
                AccountAdapter.error_messages["incorrect_code"], code="incorrect_code"
            )
        return code


class SecondFactorForm(AuthenticateForm):
    """The code of the authenticator app, or one of the recovery codes."""

    code = forms.CharField(
        label=_("The code from the app"),
        help_text=_("Lost the phone? Type one of your recovery codes."),
        widget=CodeInput(length=16),
        error_messages={"required": _("Type the code.")},
    )


class SecondFactorSetUpForm(ActivateTOTPForm):
    code = forms.CharField(
        label=_("The code from the app"),
        widget=CodeInput(length=6),
        error_messages={"required": _("Type the six digits that the app shows.")},
    )
