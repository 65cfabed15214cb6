"""Personal data for staff: leaks and their clock, wishes to erase, and who saw whose data."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.text import capfirst
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from offer_site.accounts.models import User
from offer_site.admin.buttons import Button
from offer_site.admin.chapters import Chapter
from offer_site.admin.entries import Entered, EnteredAdmin, EntryPage
from offer_site.admin.filters import QuestionFilter
from offer_site.admin.forms import ButtonForm, moment_field, text_input
from offer_site.admin.links import moment, moment_by, person
from offer_site.admin.pages import ReadOnlyAdmin
from offer_site.days import short_day
from offer_site.journal.models import HOUSE
from offer_site.journal.operations import actor
from offer_site.journal.verbs import in_words

from .classes import data_class
from .leaks import record_leak, report_leak, tell_persons
from .models import ErasureRequest, Leak, Sight
from .sights import SIGHTS, sights_of

RECORD = "retention.add_leak"
DECIDE = "retention.change_leak"


class LeakForm(ButtonForm):
    found_at = moment_field(capfirst(_("found at")), help_text=_("Almaty time: the clock runs."))
    happened = forms.CharField(label=capfirst(_("what happened")), widget=text_input())
    data = forms.CharField(label=capfirst(_("which data, and of whom")), widget=text_input())
    measures = forms.CharField(label=capfirst(_("what was done")), widget=text_input())
    contact = forms.CharField(
        label=capfirst(_("responsible person, and how to reach them")), max_length=200
    )
    persons = forms.IntegerField(label=capfirst(_("how many persons")), min_value=1)
    orders = forms.CharField(
        label=capfirst(_("orders concerned")),
        required=False,
        widget=text_input(),
        help_text=_("Codes of orders, one a line: a letter goes to their registered e-mails."),
    )

    def clean_orders(self) -> list[str]:
        return [code.strip().upper() for code in self.cleaned_data["orders"].split()]


class ReportForm(ButtonForm):
    reported_at = moment_field(capfirst(_("authority told at")))
    number = forms.CharField(label=capfirst(_("number of the report")), max_length=80)


class ToldForm(ButtonForm):
    told_kk = forms.CharField(label=_("Letter in Kazakh"), widget=text_input(rows=6))
    told_ru = forms.CharField(label=_("Letter in Russian"), widget=text_input(rows=6))


def enter(values: dict[str, Any], *, by: User, at: datetime) -> Entered:
    leak = record_leak(**values, by=by, at=at)
    day = short_day(leak.due_on)
    return Entered(
        gettext("Recorded. Tell the authority until 24:00 of %(day)s.") % {"day": day}, page=leak
    )


def report(leak: Leak, values: dict[str, Any], *, by: User, at: datetime) -> str:
    report_leak(leak=leak, **values, by=by, at=at)
    return gettext("Recorded: the authority was told.")


def tell(leak: Leak, values: dict[str, Any], *, by: User, at: datetime) -> str:
    number = tell_persons(leak=leak, **values, by=by, at=at)
    return ngettext("%(number)s letter is sent.", "%(number)s letters are sent.", number) % {
        "number": number
    }


@admin.register(Leak)
class LeakAdmin(EnteredAdmin):
    list_display = ["when_found", "until", "when_reported", "when_told", "persons"]
    list_display_links = ["when_found"]
    list_filter = [QuestionFilter]
    fields = [
        "when_found",
        "until",
        "happened",
        "data",
        "measures",
        "contact",
        "persons",
        "concerned",
        "recorded",
        "reported",
        "when_told",
    ]
    questions = {
        "unreported": (_("the authority was not told yet"), lambda leaks, at: leaks.unreported()),
        "overdue": (_("the authority was not told in time"), lambda leaks, at: leaks.overdue(at)),
    }
    entry_page = EntryPage(
        _("Record a leak of personal data"),
        RECORD,
        LeakForm,
        enter,
        note=_("The authority is told within one working day of the discovery, by law."),
    )
    buttons = [
        Button(
            "report",
            _("The authority was told"),
            DECIDE,
            report,
            ReportForm,
            is_offered=lambda leak: leak.reported_at is None,
        ),
        Button(
            "tell",
            _("Write to the persons concerned"),
            DECIDE,
            tell,
            ToldForm,
            note=_("One letter to each e-mail. Say what happened, which data, and what to do now."),
            is_offered=lambda leak: bool(
                leak.reported_at and leak.orders and not leak.persons_told_at
            ),
        ),
    ]

    @admin.display(description=_("found at"), ordering="found_at")
    def when_found(self, leak: Leak) -> str:
        return moment(leak.found_at)

    @admin.display(description=_("tell the authority until"), ordering="due_on")
    def until(self, leak: Leak) -> str:
        return f"{short_day(leak.due_on)}, 24:00"

    @admin.display(description=_("authority told at"))
    def when_reported(self, leak: Leak) -> str:
        return moment(leak.reported_at)

    @admin.display(description=_("persons told at"))
    def when_told(self, leak: Leak) -> str:
        return moment(leak.persons_told_at)

    @admin.display(description=_("orders concerned"))
    def concerned(self, leak: Leak) -> str:
        return ", ".join(leak.orders) or "–"

    @admin.display(description=_("recorded at"))
    def recorded(self, leak: Leak) -> str:
        return moment_by(leak.recorded_at, actor(leak.recorded_by))

    @admin.display(description=_("number of the report"))
    def reported(self, leak: Leak) -> str:
        return leak.report_number or "–"


@admin.register(ErasureRequest)
class ErasureRequestAdmin(ReadOnlyAdmin):
    list_display = ["user_number", "when_asked", "until", "when_done", "when_withdrawn"]
    list_display_links = ["user_number"]
    list_filter = [QuestionFilter]
    fields = ["user_number", "when_asked", "until", "when_done", "when_withdrawn"]
    questions = {
        "open": (_("not answered yet"), lambda wishes, at: wishes.open()),
        "overdue": (_("not answered in time"), lambda wishes, at: wishes.overdue(at)),
    }

    def chapters(self, request: HttpRequest, subject: Any) -> Sequence[Chapter]:
        rows = [
            (order, data_class(key).what, data_class(key).why, until or "–")
            for order, key, until in subject.kept
        ]
        return [
            Chapter(
                _("what stays, and until when"),
                rows,
                headings=(_("order"), _("what"), _("why"), _("until")),
                empty=_("Nothing stays.") if subject.done_at else _("It is not answered yet."),
            )
        ]

    @admin.display(description=_("user"))
    def user_number(self, wish: ErasureRequest) -> Any:
        return person(f"user:{wish.user_id}")

    @admin.display(description=_("asked at"), ordering="asked_at")
    def when_asked(self, wish: ErasureRequest) -> str:
        return moment(wish.asked_at)

    @admin.display(description=_("answer until"), ordering="due_on")
    def until(self, wish: ErasureRequest) -> str:
        return f"{short_day(wish.due_on)}, 24:00"

    @admin.display(description=_("done at"))
    def when_done(self, wish: ErasureRequest) -> str:
        return moment(wish.done_at)

    @admin.display(description=_("taken back at"))
    def when_withdrawn(self, wish: ErasureRequest) -> str:
        return moment(wish.withdrawn_at)


@admin.register(Sight)
class SightAdmin(ReadOnlyAdmin):
    """Who saw whose data: searched by the person's e-mail, or by the code of an order."""

    list_display = ["when", "who", "what", "order", "reason"]
    list_display_links = None
    list_filter = ["at"]
    ordering = ["-at", "-pk"]
    show_full_result_count = False
    search_fields = ["chain"]
    search_help_text = _("The person's e-mail, or the code of an order.")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Sight]:
        return super().get_queryset(request).filter(verb__in=SIGHTS)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Sight], search_term: str
    ) -> tuple[QuerySet[Sight], bool]:
        if not search_term.strip():
            return queryset, False
        return queryset.filter(pk__in=sights_of(search_term).values("pk")), False

    @admin.display(description=_("at"), ordering="at")
    def when(self, sight: Sight) -> str:
        return moment(sight.at)

    @admin.display(description=_("by"))
    def who(self, sight: Sight) -> Any:
        return person(sight.by)

    @admin.display(description=_("verb"))
    def what(self, sight: Sight) -> Any:
        return in_words(sight.verb)

    @admin.display(description=_("order"), ordering="chain")
    def order(self, sight: Sight) -> str:
        return "–" if sight.chain == HOUSE else sight.chain

    @admin.display(description=_("what for"))
    def reason(self, sight: Sight) -> str:
        return str(sight.facts.get("reason", "–"))
