"""An order that staff take for a caller: the checkout's form, in the caller's language (2.6)."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from enrollment.forms.checkout import READ_FROM_IIN, CheckoutForm, asks_to_fill_in
from enrollment.forms.fields import BirthDateField
from enrollment.models import ConsentsBy, Partner
from enrollment.operations.ordering.called_orders import take_order
from enrollment.operations.ordering.orders import OtherOrderAwaits
from enrollment.operations.ordering.taking import Taken
from enrollment.views.shop import OfferedPackage, Shop, open_shop
from offer_site.accounts.models import User
from offer_site.admin.pages import StaffAdmin
from offer_site.days import almaty_day
from offer_site.errors import RuleViolation
from offer_site.languages import Language, current_language, speaking
from offer_site.money import tenge_text

from .doubts import AS_TYPED, StaffDoubtsForm

RIGHT = "enrollment.add_order"
READ_IN = "read_in"
NOTE = _(
    "Ask the caller as the checkout does. Choose the caller's language first: the consents stand "
    "below in it. The letter about the order goes to the caller's e-mail."
)


@asks_to_fill_in
class CalledOrderForm(StaffDoubtsForm, CheckoutForm):
    """The checkout's fields and rules, and what only staff know: package, language, partner."""

    # A page of the office has one field for a day, which takes eight digits too.
    own_birth_date = BirthDateField(
        label=_("Your birth date"), required=False, widget=forms.TextInput, help_text=READ_FROM_IIN
    )
    birth_date = BirthDateField(
        label=_("Child's birth date"),
        required=False,
        widget=forms.TextInput,
        help_text=READ_FROM_IIN,
    )
    language = forms.ChoiceField(
        label=_("Language of the caller"),
        choices=Language.choices,
        widget=forms.RadioSelect,
        help_text=_("Letters and the order's page speak it, and the consents are read in it."),
    )
    package = forms.ChoiceField(
        label=_("Package and price now"),
        choices=(),
        error_messages={
            "required": _("Choose a package."),
            "invalid_choice": _("The price has changed meanwhile. Tell the caller, choose again."),
        },
    )
    webinar = forms.CharField(
        label=_("Webinar code of the caller"),
        max_length=100,
        required=False,
        help_text=_("The end of the link that the caller got; it opens the webinar's price."),
    )
    partner = forms.ModelChoiceField(
        label=_("Taken by the partner"),
        queryset=Partner.objects.none(),
        required=False,
        empty_label=_("nobody, our staff alone"),
    )
    consents_by = forms.ChoiceField(
        label=_("How the caller consents"),
        choices=[
            (ConsentsBy.ALOUD, _("I read the consents aloud and tick what the caller agrees to")),
            (ConsentsBy.LINK, _("By the link in the letter, before the payment")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose how the caller consents.")},
    )
    read_in = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, shop: Shop, language: str, **kwargs: Any) -> None:
        self.language_was_changed = False
        if args and isinstance(args[0], QueryDict):
            args = (self._with_language(args[0]), *args[1:])
        self.shop = shop
        with speaking(language):
            super().__init__(*args, **kwargs)
            for name in self.names_of_consents:
                self.fields[name].label = str(self.fields[name].label)
                self.fields[name].help_text = str(self.fields[name].help_text)
        # The shop's cards have icons and notes that a page of the office has no room for.
        kinds = self.fields["kind"]
        kinds.widget = forms.RadioSelect(choices=kinds.choices)  # type: ignore[attr-defined]
        packages = [
            (value_of(shop, each), f"{each.package.name}: {tenge_text(each.price)}")
            for each in shop.packages
        ]
        self.fields["package"].choices = [("", "—"), *packages]  # type: ignore[attr-defined]
        self.fields["partner"].queryset = Partner.objects.active()  # type: ignore[attr-defined]
        self.fields["read_in"].initial = language
        self.asks_to_replace = False

    def _with_language(self, typed: QueryDict) -> QueryDict:
        """What was typed; ticks of consents that were read in another language are taken back."""
        data = typed.copy()
        language = data.get("language", "")
        self.language_was_changed = language != data.get(READ_IN, language)
        if self.language_was_changed:
            for name in [name for name in data if name.startswith("consent_")]:
                del data[name]
            data[READ_IN] = language
        return data

    @property
    def names_of_consents(self) -> list[str]:
        return [f"consent_{consent.purpose}" for consent in self.consents]

    @property
    def offered(self) -> OfferedPackage | None:
        """The package that was chosen, at the price that its choice told."""
        chosen = self.cleaned_data.get("package")
        return next(
            (each for each in self.shop.packages if value_of(self.shop, each) == chosen), None
        )

    @property
    def fieldsets(self) -> list[tuple[Any, dict[str, Any]]]:
        last = [name for name in (AS_TYPED,) if name in self.lines]
        replace = ["replace"] if self.asks_to_replace or self["replace"].value() else []
        parts: list[tuple[Any, list[str]]] = [
            (_("The order"), ["language", "package", "webinar", "partner", *replace]),
            (
                _("Who orders"),
                ["kind", "surname", "name", "patronymic", "phone", "email", "address"],
            ),
            (
                _("Only for a company"),
                ["company_name", "bin", "company_address", "postal_address", "position"],
            ),
            (_("Only for a parent or guardian"), ["relation"]),
            (_("For a parent or guardian, and for a minor from 14 to 17"), ["iin"]),
            (
                _("Only for a minor from 14 to 17, whose parent or guardian consents"),
                [
                    "own_birth_date",
                    "guardian_surname",
                    "guardian_name",
                    "guardian_patronymic",
                    "guardian_relation",
                    "guardian_phone",
                    "guardian_email",
                ],
            ),
            (
                _("The learner, if it is another person"),
                [
                    "learner_surname",
                    "learner_name",
                    "learner_patronymic",
                    "birth_date",
                    "learner_iin",
                ],
            ),
            (_("Consents"), ["consents_by", *self.names_of_consents, *last, READ_IN]),
        ]
        return [(title, {"fields": names}) for title, names in parts]

    def _clean_fields(self) -> None:
        """Consents that come by a link are not asked of staff."""
        by_link = self.data.get("consents_by") == ConsentsBy.LINK
        asked = {name: self.fields[name].required for name in self.names_of_consents}
        for name in asked if by_link else ():
            self.fields[name].required = False
        try:
            super()._clean_fields()
        finally:
            for name, required in asked.items():
                self.fields[name].required = required

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        if self.language_was_changed:
            self.add_error(
                "language",
                gettext("The consents below are in this language now. Read them aloud anew."),
            )
        if values.get("webinar") and self.shop.level != "webinar":
            self.add_error("webinar", gettext("This code opens no price now."))
        return values

    def refuse(self, refused: RuleViolation, *, otherwise: str | None = None) -> None:
        self.asks_to_replace = isinstance(refused, OtherOrderAwaits)
        super().refuse(refused, otherwise=otherwise)


def value_of(shop: Shop, offered: OfferedPackage) -> str:
    """A package with the price and edition told to the caller: another price, another choice."""
    return f"{offered.package.slug}:{offered.price}:{shop.edition}"


def show_called_order(admin: StaffAdmin, request: HttpRequest) -> HttpResponse:
    """The page of the form; the order is placed by the rules of the checkout (2.6).

    Raises PermissionDenied.
    """
    user = request.user
    if not user.has_perm(RIGHT):  # type: ignore[union-attr]
        raise PermissionDenied
    at = timezone.now()
    shop = open_shop(at=at, webinar_code=request.POST.get("webinar", "").strip())
    if shop.edition is None or not shop.open:
        messages.warning(request, _("Nothing can be ordered now: no cohort is on sale."))
        return redirect(admin.list_url())
    typed = (request.POST,) if request.method == "POST" else ()
    language = request.POST.get("language", "")
    if language not in Language.values:
        language = current_language()
    form = CalledOrderForm(
        *typed,
        subject=None,
        shop=shop,
        language=language,
        academy=shop.edition.academy,
        day=almaty_day(at),
        initial={"language": language, "kind": "person"},
    )
    if typed and form.is_valid():
        try:
            order, is_new = _place(form, shop, language=language, by=user, at=at)  # type: ignore[arg-type]
        except RuleViolation as refused:
            form.refuse(refused)
        else:
            if is_new:
                sentence = _("The order is placed. The letter about it goes to the caller.")
                messages.success(request, sentence)
            else:
                sentence = _("The learner has this unpaid order already; nothing new was placed.")
                messages.warning(request, sentence)
            return redirect(admin.page_url(order))
    return admin.answer(request, None, _("Take an order for a caller"), form=form, note=NOTE)


def _place(
    form: CalledOrderForm, shop: Shop, *, language: str, by: User, at: datetime
) -> tuple[Any, bool]:
    values = form.cleaned_data
    offered = form.offered
    if offered is None or shop.cohort is None:
        raise RuleViolation(gettext("Choose a package."), clause="4.1", field="package")
    with speaking(language):  # the consents are recorded in the language that they were read in
        application = form.application(origin_address=None, origin_agent="", origin_browser="")
    return take_order(
        tariff=offered.tariff,
        cohort=shop.cohort,
        application=application,
        language=language,
        taken=Taken(ConsentsBy(values["consents_by"]), staff=by, partner=values["partner"]),
        replace=values["replace"],
        by=by,
        at=at,
    )
