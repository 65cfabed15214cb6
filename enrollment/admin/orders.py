"""The order's page for staff, as far as the contract goes; composition adds money, proof,
letters and the journal.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from enrollment.forms.consents import GUARDIANS_CONSENT
from enrollment.forms.doubts import EmailDoubts
from enrollment.forms.fields import EmailField
from enrollment.models import Consent, GuardianConsent, Order, Party, PartyKind, Suspension
from enrollment.operations.corrections.email import EmailOfAnother, correct_email
from enrollment.operations.corrections.guardian import correct_guardian_email
from enrollment.operations.halves.rests import move_rest_day
from enrollment.operations.halves.telegram_evidence import forget_picture, keep_picture
from enrollment.operations.ordering.guardians import OPEN, awaited_guardian, consent_read_aloud
from enrollment.operations.personal_data import show_personal_data
from enrollment.rules.methods import method_in_words
from enrollment.rules.order_states import OrderState
from offer_site.accounts.models import User
from offer_site.admin.buttons import Button
from offer_site.admin.chapters import Chapter, Shown
from offer_site.admin.forms import ButtonForm, day_field, reason_field
from offer_site.admin.links import linked, moment
from offer_site.admin.pages import ReadOnlyAdmin
from offer_site.codes import normalize_invoice_code, normalize_order_code
from offer_site.days import short_day
from offer_site.errors import RuleViolation
from offer_site.journal.operations import actor
from offer_site.languages import current_language, in_language
from offer_site.money import tenge_text

from .called_orders import RIGHT as TAKES_ORDERS
from .called_orders import show_called_order
from .clarifications import clarifications
from .conduct import breaches, endings
from .deadlines import how_it_ended
from .doubts import StaffDoubtsForm
from .halves import TelegramExchangeForm
from .reports import reports

HIDDEN = "•••"


class CorrectedEmailForm(StaffDoubtsForm, EmailDoubts):
    """The new e-mail, beside the present one; a mailbox of another buyer needs a word (5.4)."""

    email = EmailField(label=_("New e-mail"))
    document = forms.CharField(
        label=_("Document"),
        max_length=200,
        help_text=_(
            "What the correction rests on: the application's date and number, for example."
        ),
    )
    is_shared = forms.BooleanField(
        label=_("Both buyers use this mailbox: the new one will read the contract and sign in"),
        required=False,
    )
    field_order = ("email", "as_typed", "is_shared", "document")

    asks_if_shared = False

    @property
    def lines(self) -> list[Any]:
        is_asked = self.asks_if_shared or self["is_shared"].value()
        return [name for name in super().lines if name != "is_shared" or is_asked]

    def refuse(self, refused: RuleViolation, *, otherwise: str | None = None) -> None:
        self.asks_if_shared = isinstance(refused, EmailOfAnother)
        super().refuse(refused, otherwise=otherwise)


class RestForm(TelegramExchangeForm):
    to_day = day_field(_("New day of the rest"))
    reason = reason_field()


class ReadAloudForm(ButtonForm):
    note = forms.CharField(
        label=_("How and when you spoke"),
        max_length=300,
        help_text=_("The number you called, the hour, and how you made sure who it was."),
    )
    agreed = forms.BooleanField(label=_("I read the text aloud, and the guardian agreed"))


class CorrectedGuardianForm(StaffDoubtsForm, EmailDoubts):
    """The new e-mail, beside the present one."""

    email = EmailField(label=_("New e-mail"))
    reason = reason_field(
        help_text=_("It stays in the journal for ever: name documents and orders, not persons.")
    )
    field_order = ("email", "as_typed", "reason")


class PersonalDataForm(ButtonForm):
    reason = forms.CharField(label=_("What do you need them for?"), max_length=200)


def change_email(order: Order, values: dict[str, Any], *, by: User, at: datetime) -> str:
    correct_email(
        order=order,
        email=values["email"],
        document=values["document"],
        confirmed=values["as_typed"],
        is_shared=values["is_shared"],
        by=actor(by),
        at=at,
    )
    return gettext("The e-mail is corrected. Letters about it go to both addresses.")


def present_email(order: Order) -> Sequence[Chapter]:
    return [Chapter(_("Present e-mail"), [(_("e-mail"), order.party.email)])]


def move_rest(order: Order, values: dict[str, Any], *, by: User, at: datetime) -> str:
    evidence = keep_picture(values["picture"].read(), said_at=values["said_at"], by=by)
    try:
        move_rest_day(
            order=order, to_day=values["to_day"], reason=values["reason"], evidence=evidence, at=at
        )
    except Exception:
        forget_picture(evidence)
        raise
    return gettext("The rest is due on %(day)s. The student is told.") % {
        "day": short_day(values["to_day"])
    }


def read_aloud(order: Order, values: dict[str, Any], *, by: User, at: datetime) -> str:
    consent_read_aloud(
        order=order,
        text=GUARDIANS_CONSENT.full_text(order.edition.academy),
        language=current_language(),
        note=values["note"],
        by=by,
        at=at,
    )
    return gettext("The consent is recorded. The learner is told and can pay.")


def change_guardian_email(order: Order, values: dict[str, Any], *, by: User, at: datetime) -> str:
    asked = awaited_guardian(order)
    correct_guardian_email(
        order=order,
        email=values["email"],
        reason=values["reason"],
        is_by_staff=True,
        by=actor(by),
        at=at,
    )
    if asked and asked.email == values["email"]:
        return gettext("The letter goes to the same e-mail once more.")
    return gettext("The e-mail is corrected. The letter goes there; the old link opens nothing.")


def present_guardian(order: Order) -> Sequence[Chapter]:
    asked = awaited_guardian(order)
    rows = [(_("guardian"), asked.full_name), (_("e-mail"), asked.email)] if asked else []
    return [Chapter(_("Present e-mail"), rows)]


def text_to_read(order: Order) -> Sequence[Chapter]:
    """What is read aloud, word for word, in the language spoken now."""
    words = GUARDIANS_CONSENT.full_text(order.edition.academy)
    asked = awaited_guardian(order)
    rows = [(_("guardian"), asked.full_name), (_("mobile phone"), asked.phone)] if asked else []
    return [Chapter(_("Read this aloud"), [*rows, (_("text"), words)])]


def waits_for_guardian(order: Order) -> bool:
    return order.state in OPEN and awaited_guardian(order) is not None


def has_a_rest(order: Order) -> bool:
    return order.state == OrderState.PREPAID


def see_personal_data(order: Order, values: dict[str, Any], *, by: User, at: datetime) -> Shown:
    order = show_personal_data(order=order, by=actor(by), at=at, **values)
    party = order.party
    learner = order.learner
    values_by_name = [
        (field.verbose_name, value)
        for person, names in (
            (party, ("address", "postal_address", "iin")),
            (learner, ("birth_date", "iin")),
        )
        for field, value in (
            (person._meta.get_field(name), getattr(person, name)) for name in names
        )
        if value
    ]
    rows = [
        (name, short_day(value) if hasattr(value, "year") else value)
        for name, value in values_by_name
    ]
    return Shown(gettext("Personal data"), [Chapter(order.code, rows)])


class OrderAdmin(ReadOnlyAdmin):
    """Registered by offer_site/staff/order_desk.py, which sees all apps."""

    list_display = ["code", "state", "learner", "party", "tariff", "cohort", "amount", "placed"]
    list_filter = ["state", "cohort", "tariff__package", "party__kind", "taken_by"]
    date_hierarchy = "placed_on"
    search_fields = [
        "code",
        "party__email",
        "party__surname",
        "party__company_name",
        "learner__surname",
        "invoice__code",
    ]
    search_help_text = _("A code as it was dictated, an e-mail, or a surname.")
    fields = [
        "code",
        "its_invoice",
        "state",
        "tariff",
        "cohort",
        "edition",
        "language",
        "amount",
        "prepaid",
        "placed",
        "placed_on",
        "reopened_on",
        "its_place",
        "who_took_it",
        "contract",
    ]
    buttons: Sequence[Button] = [
        Button(
            "email",
            _("Correct the e-mail"),
            permission="enrollment.change_order",
            operate=change_email,
            form=CorrectedEmailForm,
            note=_(
                "The contract's letters and the sign-in follow the new address; "
                "both addresses are told."
            ),
            chapters=present_email,
        ),
        Button(
            "rest",
            _("Move the day of the rest"),
            permission="enrollment.change_halvesrequest",
            operate=move_rest,
            form=RestForm,
            note=_(
                "By a new agreement in Telegram (4.3.1). Access that was suspended for the rest "
                "opens again."
            ),
            is_offered=has_a_rest,
        ),
        Button(
            "guardian",
            _("Guardian's consent, read aloud"),
            permission="enrollment.change_order",
            operate=read_aloud,
            form=ReadAloudForm,
            note=_("For a parent or guardian who cannot open the letter. Then the minor can pay."),
            is_offered=waits_for_guardian,
            chapters=text_to_read,
        ),
        Button(
            "guardian-email",
            _("Correct the guardian's e-mail"),
            permission="enrollment.change_order",
            operate=change_guardian_email,
            form=CorrectedGuardianForm,
            note=_("A new letter goes to the parent or guardian; the old link opens nothing."),
            is_offered=waits_for_guardian,
            chapters=present_guardian,
        ),
        Button(
            "personal-data",
            _("Show personal data"),
            permission="enrollment.view_party",
            operate=see_personal_data,
            form=PersonalDataForm,
            note=_(
                "Address, IIN and birth date. The journal keeps who saw them and what for (5.4)."
            ),
        ),
    ]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """An order is added for a caller only (2.6)."""
        return request.user.has_perm(TAKES_ORDERS)  # type: ignore[union-attr]

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        return show_called_order(self, request)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Order]:
        orders = super().get_queryset(request)
        return orders.select_related(
            "party", "learner", "tariff__package", "cohort", "edition", "invoice"
        )

    def get_search_results(
        self, request: HttpRequest, queryset: Any, search_term: str
    ) -> tuple[Any, bool]:
        """Find an order by its code, or all of an invoice by the invoice's,
        however it was typed or dictated.
        """
        code = normalize_order_code(search_term)
        if code:
            return queryset.filter(code=code), False
        invoice = normalize_invoice_code(search_term)
        if invoice:
            return queryset.filter(invoice__code=invoice), False
        return super().get_search_results(request, queryset, search_term)

    @admin.display(description=_("price"), ordering="price")
    def amount(self, order: Order) -> str:
        return tenge_text(order.price)

    @admin.display(description=_("prepayment"))
    def prepaid(self, order: Order) -> str:
        return tenge_text(order.prepayment)

    @admin.display(description=_("placed at"), ordering="placed_at")
    def placed(self, order: Order) -> str:
        return moment(order.placed_at)

    @admin.display(description=_("company's invoice"))
    def its_invoice(self, order: Order) -> str:
        if order.invoice is None:
            return "–"
        return linked(order.invoice, order.invoice.code)

    @admin.display(description=_("place"))
    def its_place(self, order: Order) -> str:
        place = getattr(order, "place", None)
        if place is None:
            return gettext("none")
        if place.held_until is None:
            return gettext("No. %(number)d, sold") % {"number": place.number}
        values = {"number": place.number, "until": moment(place.held_until)}
        return gettext("No. %(number)d, held until %(until)s") % values

    @admin.display(description=_("taken by"))
    def who_took_it(self, order: Order) -> str:
        """The third party, and how the buyer consents (2.6)."""
        if not order.taken_by:
            return gettext("nobody: the buyer placed it alone")
        taking = order.taking
        who = [taking.partner_name, str(taking.staff or "")]
        said = ", ".join([*filter(None, who), taking.get_consents_display()])
        if order.awaits_confirmation:
            said = f"{said} · {gettext('not confirmed yet, takes no money')}"
        return said

    @admin.display(description=_("contract"))
    def contract(self, order: Order) -> str:
        enrollment = getattr(order, "enrollment", None)
        if enrollment is None:
            return gettext("not concluded")
        return linked(enrollment, enrollment.get_state_display())

    def chapters(self, request: HttpRequest, subject: Order) -> Sequence[Chapter]:
        return [
            the_party(subject),
            the_learner(subject),
            *the_guardian(subject),
            installments(subject),
            acceptance(subject),
            suspensions(subject),
            *conduct_of(request, subject),
            reports(subject),
            clarifications(subject),
            consents(subject),
            deadlines(subject),
        ]


def conduct_of(request: HttpRequest, order: Order) -> list[Chapter]:
    """Breaches and ends of the contract, each only with the permission for it (5.4)."""
    return [
        chapter(order)
        for permission, chapter in (
            ("enrollment.view_breach", breaches),
            ("enrollment.view_endingproposal", endings),
        )
        if request.user.has_perm(permission)  # type: ignore[union-attr]
    ]


def the_party(order: Order) -> Chapter:
    """Who is bound, without the protected values (5.4)."""
    party = order.party
    rows: list[tuple[Any, Any]] = [(_("kind"), party.get_kind_display())]
    if party.kind == PartyKind.COMPANY:
        rows += [
            (_("company"), party.company_name),
            (_("BIN or IIN"), party.bin or HIDDEN),
            (Party._meta.get_field("position").verbose_name, party.position),
        ]
    rows += [
        (_("full name"), party.full_name),
        (_("mobile phone"), party.phone),
        (_("e-mail"), party.email),
    ]
    if party.relation:
        rows.append((_("relation to the minor"), party.relation))
    hidden = [
        Party._meta.get_field(name).verbose_name
        for name in ("address", "iin")
        if getattr(party, name)
    ]
    return Chapter(_("party"), [*rows, *((name, HIDDEN) for name in hidden)])


def the_learner(order: Order) -> Chapter:
    learner = order.learner
    rows: list[tuple[Any, Any]] = [(_("full name"), learner.full_name)]
    rows += [(_("birth date"), HIDDEN)] if learner.birth_date else []
    rows += [(_("IIN"), HIDDEN)] if learner.iin else []
    return Chapter(_("learner"), rows)


def the_guardian(order: Order) -> list[Chapter]:
    """Who must consent to a minor's order, and whether it is so (1.1)."""
    consent = GuardianConsent.objects.filter(order=order).first()
    if consent is None:
        return []
    rows = [
        (_("full name"), consent.full_name),
        (_("relation to the minor"), consent.get_relation_display()),
        (_("e-mail"), consent.email),
        (_("mobile phone"), consent.phone),
        (_("asked at"), moment(consent.asked_at)),
        (_("given at"), moment(consent.given_at)),
        (_("how"), consent.get_way_display() or "–"),
        (_("how it was spoken"), consent.note or "–"),
    ]
    return [Chapter(_("consent of a guardian"), rows)]


def installments(order: Order) -> Chapter:
    rows = [
        (
            part.number,
            tenge_text(part.amount),
            short_day(part.due_on),
            short_day(part.moved_to) if part.moved_to else "–",
        )
        for part in order.installments.all()
    ]
    return Chapter(_("installments"), rows, (_("number"), _("amount"), _("due on"), _("moved to")))


def suspensions(order: Order) -> Chapter:
    rows = [
        (each.get_ground_display(), each.clause, moment(each.begun_at), moment(each.ended_at))
        for each in Suspension.objects.filter(enrollment__order=order)
    ]
    return Chapter(_("suspensions"), rows, (_("ground"), _("clause"), _("begun at"), _("ended at")))


def acceptance(order: Order) -> Chapter:
    """What concluded the contract (2.2.1)."""
    made = getattr(order, "acceptance", None)
    rows = (
        [
            (_("accepted at"), moment(made.accepted_at)),
            (_("recorded at"), moment(made.recorded_at)),
            (_("amount received"), tenge_text(made.amount)),
            (_("payment"), f"{in_language(*method_in_words(made.method))}, {made.reference}"),
            (_("edition"), order.edition.name),
            (_("language read"), made.get_language_display()),
            (_("digest"), made.digest),
        ]
        if made
        else []
    )
    return Chapter(_("acceptance"), rows, empty=_("No payment has accepted the offer."))


def consents(order: Order) -> Chapter:
    rows_of_party = (
        Consent.objects.filter(party=order.party_id).select_related("withdrawal").order_by("pk")
    )
    rows = [
        (
            each.get_purpose_display(),
            moment(each.given_at),
            each.get_way_display(),
            each.get_language_display(),
            moment(each.withdrawal.at) if hasattr(each, "withdrawal") else "–",
            each.text,
        )
        for each in rows_of_party
    ]
    return Chapter(
        _("consents"),
        rows,
        (
            _("purpose"),
            _("given at"),
            _("way"),
            _("language"),
            _("withdrawn at"),
            _("text"),
        ),
    )


def deadlines(order: Order) -> Chapter:
    rows = [
        (
            each.clause,
            each.what,
            each.get_owed_by_display(),
            short_day(each.due_on),
            moment(each.met_at),
            how_it_ended(each),
        )
        for each in order.deadlines.all()
    ]
    return Chapter(
        _("deadlines"),
        rows,
        (
            _("clause"),
            _("what is owed"),
            _("owed by"),
            _("last day"),
            _("closed at"),
            _("how it stands"),
        ),
    )
