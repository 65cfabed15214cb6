"""Force majeure as staff see it: reported for the academy, judged, ended, settled (8.3–8.6)."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from enrollment.forms.claims import ParagraphsField
from enrollment.models import (
    Cohort,
    ForceMajeure,
    ForceMajeureContract,
    ForceMajeureFile,
    ForceMajeureKind,
    Order,
    Settlement,
)
from enrollment.operations.force_majeure.events import (
    OPEN,
    EventWords,
    add_proof,
    confirm_force_majeure,
    correct_beginning,
    end_force_majeure,
    reject_force_majeure,
    report_force_majeure,
)
from enrollment.operations.force_majeure.new_days import NewDay, new_days, what_moved
from enrollment.operations.force_majeure.settlements import (
    approve_end,
    propose_to_end,
    send_end_back,
    settle_force_majeure,
)
from enrollment.rules.endings import Way
from enrollment.rules.force_majeure import Hindered
from enrollment.rules.sides import Side
from offer_site.accounts.models import User
from offer_site.admin.buttons import Button
from offer_site.admin.chapters import Chapter
from offer_site.admin.entries import Entered, EnteredAdmin, EntryPage
from offer_site.admin.filters import QuestionFilter
from offer_site.admin.forms import ButtonForm, ReasonForm, day_field, reason_field
from offer_site.admin.links import linked, linked_order, moment, moment_by
from offer_site.admin.pages import ReadOnlyAdmin
from offer_site.codes import normalize_order_code
from offer_site.days import almaty_day, short_day
from offer_site.documents import DocumentsField
from offer_site.journal.operations import actor
from offer_site.money import tenge_text

from .conduct import consequences
from .documents import OF_AN_ANSWER, document_button

ADD = "enrollment.add_forcemajeure"
RIGHT = "enrollment.change_forcemajeure"


class EventReportForm(ButtonForm):
    """A report of the academy for whole cohorts, or for contracts named by their codes."""

    kind = forms.ChoiceField(
        label=_("What happened"), choices=[("", "—"), *ForceMajeureKind.choices]
    )
    began_on = day_field(_("Began on"))
    words_kk = ParagraphsField(label=_("In Kazakh"))
    words_ru = ParagraphsField(label=_("In Russian"))
    is_well_known = forms.BooleanField(label=_("Generally known, needs no proof"), required=False)
    files = DocumentsField(label=_("Official documents"), required=False)
    cohorts = forms.ModelMultipleChoiceField(
        Cohort.objects.all(),
        label=_("Cohorts"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    codes = forms.CharField(
        label=_("Codes of orders"),
        required=False,
        max_length=2000,
        help_text=_("Separated by spaces; besides the cohorts, or without them."),
    )

    def clean_codes(self) -> list[Order]:
        typed = self.cleaned_data["codes"].replace(",", " ").split()
        codes = {normalize_order_code(each) or each: each for each in typed}
        found = {order.code: order for order in Order.objects.filter(code__in=codes)}
        missing = [typed for code, typed in codes.items() if code not in found]
        if missing:
            raise forms.ValidationError(
                gettext("No order has this code: %(codes)s") % {"codes": ", ".join(missing)}
            )
        return list(found.values())

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if not self.errors and not values["codes"] and not values["cohorts"]:
            self.add_error("cohorts", gettext("Choose cohorts, or name the orders."))
        return values


class ProofForm(ButtonForm):
    files = DocumentsField(
        label=_("Official documents"), error_messages={"required": _("Attach the document.")}
    )


class ConfirmationForm(ButtonForm):
    """Whom the event hinders (8.1): what that side owes is put off (8.6)."""

    hinders = forms.ChoiceField(
        label=_("Who is hindered"),
        choices=Hindered.choices,
        widget=forms.RadioSelect,
        help_text=_(
            "Only the side that it hinders gets more time (8.6). What hinders the academy alone "
            "leaves the student the day to pay; what hinders the student alone leaves the "
            "academy the last day of the course."
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["hinders"].initial = self.subject.reported_by


class EndForm(ButtonForm):
    """The last day, which counts once a person has seen the new days that follow from it."""

    ended_on = day_field(_("Its last day"))
    shown_for = forms.DateField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = almaty_day(timezone.now())
        self.shown_day = self.today
        self.initial = {"ended_on": self.today, "shown_for": self.today}

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        ended_on = values.get("ended_on")
        if ended_on is None or not self.subject.began_on <= ended_on <= self.today:
            return values  # the operation says why
        self.shown_day = ended_on
        if values.get("shown_for") != ended_on:
            self.data = {**self.data.dict(), "shown_for": ended_on.isoformat()}  # type: ignore[attr-defined]
            self.add_error("ended_on", gettext("Look at the new days below, then press once more."))
        return values

    @property
    def chapters(self) -> Sequence[Chapter]:
        return [preview(self.subject, self.shown_day, hinders=self.subject.hinders)]


class BeginningForm(ReasonForm):
    began_on = day_field(_("It began on"))
    field_order = ("began_on", "reason")


class SettlementForm(ButtonForm):
    """What was agreed about one contract after a month (8.6)."""

    contract = forms.ModelChoiceField(ForceMajeureContract.objects.none(), label=_("Contract"))
    settlement = forms.ChoiceField(
        label=_("What was agreed"), choices=[("", "—"), *Settlement.choices]
    )
    agreed = ParagraphsField(label=_("Words of the agreement"), required=False)
    owed = forms.IntegerField(
        label=_("To be returned, tenge"),
        min_value=0,
        initial=0,
        required=False,
        help_text=_("Only if the obligations end: what was paid for and not rendered."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        contracts = self.subject.contracts.unsettled().select_related("event", "order")
        self.fields["contract"].queryset = contracts  # type: ignore[attr-defined]


class ProposedEndForm(ButtonForm):
    """One of the contracts whose end another person proposed."""

    contract = forms.ModelChoiceField(ForceMajeureContract.objects.none(), label=_("Contract"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        proposed = self.subject.contracts.proposed_to_end().select_related("event", "order")
        self.fields["contract"].queryset = proposed  # type: ignore[attr-defined]


class SendBackForm(ProposedEndForm):
    reason = reason_field()


def report(values: dict[str, Any], *, by: User, at: datetime) -> Entered:
    orders = {order.pk: order for order in values["codes"]}
    in_cohorts = Order.objects.filter(cohort__in=values["cohorts"], state__in=OPEN)
    orders |= {order.pk: order for order in in_cohorts}
    event, is_new = report_force_majeure(
        orders=orders.values(),
        side=Side.ACADEMY,
        words=EventWords(
            kind=values["kind"],
            began_on=values["began_on"],
            words_kk=values["words_kk"],
            words_ru=values["words_ru"],
            is_well_known=values["is_well_known"],
        ),
        files=values["files"],
        by=actor(by),
        at=at,
    )
    told = gettext("It is reported. The students are told by letter.")
    return Entered(
        told if is_new else gettext("This report stands already. New documents are added to it."),
        page=event,
    )


def prove(event: ForceMajeure, values: dict[str, Any], *, by: User, at: datetime) -> str:
    add_proof(event=event, by=actor(by), at=at, **values)
    return gettext("The documents stand with the report.")


def confirm(event: ForceMajeure, values: dict[str, Any], *, by: User, at: datetime) -> str:
    confirm_force_majeure(event=event, by=by, at=at, **values)
    return gettext("It is confirmed. Record its last day when it is over: then the terms move.")


def reject(event: ForceMajeure, values: dict[str, Any], *, by: User, at: datetime) -> str:
    reject_force_majeure(event=event, by=by, at=at, **values)
    return gettext("It is not confirmed. No term moves.")


def end(event: ForceMajeure, values: dict[str, Any], *, by: User, at: datetime) -> str:
    ended = end_force_majeure(event=event, ended_on=values["ended_on"], by=by, at=at)
    contracts = ended.contracts.all()
    lengths = {days for each in contracts for days in (each.academy_days, each.user_days) if days}
    if not lengths:
        return gettext("It is over. No term had to move.")
    if len(lengths) > 1:
        return gettext("It is over: the open terms moved, each to its own day.")
    return gettext("It is over: the open terms moved by %(days)d days.") % {"days": lengths.pop()}


def correct(event: ForceMajeure, values: dict[str, Any], *, by: User, at: datetime) -> str:
    correct_beginning(event=event, by=by, at=at, **values)
    return gettext("The first day is corrected, and the students are told.")


def settle(event: ForceMajeure, values: dict[str, Any], *, by: User, at: datetime) -> str:
    contract = values["contract"]
    if values["settlement"] == Settlement.OTHERWISE:
        settle_force_majeure(contract=contract, agreed=values["agreed"], by=by, at=at)
        return gettext("It is recorded what was agreed.")
    propose_to_end(
        contract=contract, agreed=values["agreed"], owed=values["owed"] or 0, by=by, at=at
    )
    return gettext("The end is proposed. It waits for another person.")


def approve(event: ForceMajeure, values: dict[str, Any], *, by: User, at: datetime) -> str:
    approve_end(by=by, at=at, **values)
    return gettext("The contract is ended, and the student is told.")


def send_back(event: ForceMajeure, values: dict[str, Any], *, by: User, at: datetime) -> str:
    send_end_back(by=by, at=at, **values)
    return gettext("The proposal is sent back. The contract goes on.")


def is_unjudged(event: ForceMajeure) -> bool:
    return event.confirmed_at is None and event.rejected_at is None


def awaits_settlement(event: ForceMajeure) -> bool:
    return event.talks_called_at is not None and event.contracts.unsettled().exists()


def has_an_end_to_decide(event: ForceMajeure) -> bool:
    return event.contracts.proposed_to_end().exists()


def may_be_corrected(event: ForceMajeure) -> bool:
    is_settled = event.contracts.exclude(settlement="", proposed_by="").exists()
    return event.rejected_at is None and event.ended_on is None and not is_settled


@admin.register(ForceMajeure)
class ForceMajeureAdmin(EnteredAdmin):
    list_display = ["what", "reported_by", "began_on", "ended_on", "reported", "stands", "concerns"]
    list_filter = [QuestionFilter, "reported_by", "kind"]
    search_fields = ["contracts__order__code"]
    date_hierarchy = "began_on"
    fields = [
        "stands",
        "reported_by",
        "kind",
        "words_kk",
        "words_ru",
        "began_on",
        "ended_on",
        "is_well_known",
        "reported",
        "confirmed",
        "hinders",
        "rejected",
        "reason",
        "corrected_because",
        "talks",
        "ended",
    ]
    entry_page = EntryPage(
        _("Report force majeure for the academy"),
        permission=ADD,
        form=EventReportForm,
        enter=report,
        note=_(
            "Within three days after it began; a later report is recorded as late (8.3). What it "
            "hindered is put off when it is confirmed and over (8.6)."
        ),
    )
    questions = {
        "to-confirm": (_("to judge"), lambda events, at: events.to_confirm()),
        "lasting": (_("lasts"), lambda events, at: events.lasting()),
        "to-settle": (_("longer than a month: to agree"), lambda events, at: events.to_settle(at)),
    }
    buttons = [
        Button(
            "proof",
            _("Add documents"),
            permission=RIGHT,
            operate=prove,
            form=ProofForm,
            is_offered=lambda event: event.rejected_at is None,
        ),
        Button(
            "confirmation",
            _("Confirm"),
            permission=RIGHT,
            operate=confirm,
            form=ConfirmationForm,
            note=_(
                "Its official documents are here, or everybody knows it (8.4). Nothing moves "
                "before it is over; below is what would, if today were its last day."
            ),
            is_offered=is_unjudged,
            chapters=lambda event: [preview(event, almaty_day(timezone.now()))],
        ),
        Button(
            "rejection",
            _("Do not confirm"),
            permission=RIGHT,
            operate=reject,
            form=ReasonForm,
            note=_("The reason is told to the student. No term moves (8.5)."),
            is_offered=is_unjudged,
        ),
        Button(
            "end",
            _("It is over"),
            permission=RIGHT,
            operate=end,
            form=EndForm,
            note=_(
                "What was open meanwhile is put off by as long as it lasted (8.6), less the days "
                "for which another event put it off. This cannot be taken back."
            ),
            is_offered=lambda event: event.lasts,
        ),
        Button(
            "beginning",
            _("Correct the first day"),
            permission=RIGHT,
            operate=correct,
            form=BeginningForm,
            note=_(
                "A slip of the pen: the term of the report (8.3) and the month of 8.6 are counted "
                "anew. The students are told."
            ),
            is_offered=may_be_corrected,
        ),
        Button(
            "settlement",
            _("Record what was agreed"),
            permission=RIGHT,
            operate=settle,
            form=SettlementForm,
            note=_(
                "After a month: another way to go on, or the obligations end, except those in "
                "money (8.6). That they end you propose, and another person approves."
            ),
            is_offered=awaits_settlement,
            chapters=lambda event: [consequences(Way.FORCE_MAJEURE)],
        ),
        Button(
            "approval",
            _("Approve: end the contract"),
            permission=RIGHT,
            operate=approve,
            form=ProposedEndForm,
            note=_("Another person than proposed it. The contract ends at once (8.6)."),
            is_offered=has_an_end_to_decide,
            chapters=lambda event: [contracts(event), consequences(Way.FORCE_MAJEURE)],
        ),
        Button(
            "return",
            _("Send back"),
            permission=RIGHT,
            operate=send_back,
            form=SendBackForm,
            is_offered=has_an_end_to_decide,
        ),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[ForceMajeure]:
        return super().get_queryset(request).prefetch_related("contracts__order", "files")

    def read_beside(self, subject: ForceMajeure) -> object:
        """Its files, and what is proposed or agreed about each contract: its end is approved so."""
        files = [file.pk for file in subject.files.all()]
        terms = [
            (each.pk, each.proposed_at, each.agreed, each.owed, each.settled_at)
            for each in subject.contracts.all()
        ]
        return files, terms

    def chapters(self, request: HttpRequest, subject: ForceMajeure) -> Sequence[Chapter]:
        return [contracts(subject), moves(subject), files(subject)]

    @admin.display(description=_("what happened"), ordering="kind")
    def what(self, event: ForceMajeure) -> str:
        return str(event)

    @admin.display(description=_("reported at"), ordering="reported_at")
    def reported(self, event: ForceMajeure) -> str:
        return moment_by(event.reported_at, event.entered_by)

    @admin.display(description=_("state"))
    def stands(self, event: ForceMajeure) -> str:
        if event.rejected_at:
            return gettext("not confirmed")
        if event.confirmed_at is None:
            return gettext("to judge")
        return gettext("over") if event.ended_on else gettext("lasts")

    @admin.display(description=_("contracts"))
    def concerns(self, event: ForceMajeure) -> int:
        return len(event.contracts.all())

    @admin.display(description=_("confirmed"))
    def confirmed(self, event: ForceMajeure) -> str:
        return moment_by(event.confirmed_at, event.confirmed_by)

    @admin.display(description=_("not confirmed"))
    def rejected(self, event: ForceMajeure) -> str:
        return moment_by(event.rejected_at, event.rejected_by)

    @admin.display(description=_("talks from"))
    def talks(self, event: ForceMajeure) -> str:
        return moment(event.talks_from)

    @admin.display(description=_("end recorded"))
    def ended(self, event: ForceMajeure) -> str:
        return moment_by(event.closed_at, event.closed_by)


@admin.register(ForceMajeureFile)
class ForceMajeureFileAdmin(ReadOnlyAdmin):
    """A document about an event, opened from the event's page."""

    list_display = ["title", "event", "added_at"]
    fields = ["title", "added_at"]
    buttons = [
        document_button(
            "enrollment.view_forcemajeurefile",
            file_name=lambda file: f"force-majeure-{file.event_id}-{file.pk}",
            note=OF_AN_ANSWER,
        )
    ]

    def has_module_permission(self, request: HttpRequest) -> bool:
        return False


def contracts(event: ForceMajeure) -> Chapter:
    rows = [
        (
            linked_order(each),
            f"{short_day(each.last_day_to_report)}"
            f"{gettext(', late') if each.reported_late else ''}",
            each.lengths_moved,
            each.get_settlement_display() or "–",
            each.agreed or "–",
            tenge_text(each.owed) if each.owed else "–",
            moment_by(each.proposed_at, each.proposed_by),
            each.return_reason or "–",
            moment_by(each.settled_at, each.settled_by),
        )
        for each in event.contracts.all()
    ]
    headings = (
        _("order"),
        _("was to be reported by"),
        _("terms moved by, days"),
        _("what was agreed"),
        _("words of the agreement"),
        _("to be returned, tenge"),
        _("end proposed at"),
        _("why it was sent back"),
        _("agreed at"),
    )
    return Chapter(_("contracts"), rows, headings)


def preview(event: ForceMajeure, ended_on: date, *, hinders: str = Hindered.BOTH) -> Chapter:
    """Every term and day that is open, and where the event puts it if this is its last day."""
    concerned = Order.objects.with_people().filter(force_majeure__event=event, state__in=OPEN)
    found = new_days(event, concerned.order_by("pk"), ended_on=ended_on, hinders=hinders)
    title = gettext("new days, if its last day is %(day)s") % {"day": short_day(ended_on)}
    rows = [row(new) for its in found.values() for new in its]
    return Chapter(title, rows, OF_DAYS, empty=_("Nothing is open that it would put off."))


def moves(event: ForceMajeure) -> Chapter:
    rows = [row(new) for new in what_moved(event)]
    return Chapter(_("what it put off"), rows, OF_DAYS)


def row(new: NewDay) -> tuple[Any, ...]:
    return (
        linked(new.order, new.order.code),
        new.owed_by.label,
        new.what,
        new.clause,
        short_day(new.from_on),
        short_day(new.to_on),
    )


OF_DAYS = (
    _("order"),
    _("owed by"),
    _("what is owed"),
    _("clause"),
    _("day before"),
    _("new day"),
)


def files(event: ForceMajeure) -> Chapter:
    rows = [(linked(each), moment(each.added_at)) for each in event.files.all()]
    return Chapter(_("official documents"), rows, (_("name"), _("added at")))
