"""The register of terms, and the new days that a changed calendar proposes for them (D1)."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.contrib import admin
from django.db.models import Count, F, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from enrollment.models import CalendarReview, Deadline
from enrollment.operations.terms.certificate_clock import PUT_OFF
from enrollment.operations.terms.deadlines import end_of_the_next_working_day
from enrollment.operations.terms.reviews import confirm_new_days, reject_new_days
from enrollment.rules.deadlines import TermState
from offer_site.accounts.models import User
from offer_site.admin.buttons import Button
from offer_site.admin.chapters import Chapter
from offer_site.admin.filters import QuestionFilter
from offer_site.admin.forms import KeptReasonForm
from offer_site.admin.links import link, linked, linked_order, moment, moment_by
from offer_site.admin.pages import ReadOnlyAdmin
from offer_site.days import almaty_day, end_of_day, short_day
from offer_site.journal.verbs import KINDS

RIGHT = "enrollment.change_calendarreview"
STATES = {
    TermState.RUNNING: _("runs"),
    TermState.LATE: _("is late"),
    TermState.MET: _("met in time"),
    TermState.MET_LATE: _("met late"),
    TermState.LIFTED: _("lifted: nothing is owed"),
}


def due_today(deadlines: Any, at: datetime) -> QuerySet[Deadline]:
    found: QuerySet[Deadline] = deadlines.due_within(at, end_of_day(almaty_day(at)))
    return found


def due_this_week(deadlines: Any, at: datetime) -> QuerySet[Deadline]:
    """Terms that end from now to the end of Sunday."""
    today = almaty_day(at)
    sunday = today + timedelta(days=7 - today.isoweekday())
    found: QuerySet[Deadline] = deadlines.due_within(at, end_of_day(sunday))
    return found


@admin.register(Deadline)
class DeadlineAdmin(ReadOnlyAdmin):
    list_display = [
        "code",
        "last_day",
        "what_is_owed",
        "clause",
        "owed_by",
        "told",
        "met",
        "how_it_stands",
    ]
    # What runs, the earliest first; then what ended, the latest first.
    ordering = [F("met_at").desc(nulls_first=True), "due_before"]
    list_filter = [QuestionFilter, "owed_by", "clause"]
    list_select_related = ["order"]
    list_per_page = 50
    search_fields = ["order__code", "about_key"]
    date_hierarchy = "due_on"
    change_list_template = "admin/deadlines.html"
    fields = [
        "order_link",
        "clause",
        "what_is_owed",
        "owed_by",
        "about",
        "counted_from",
        "days",
        "in_working_days",
        "told",
        "last_day",
        "calendar_version",
        "opened",
        "met",
        "how_it_stands",
        "warned",
        "alarmed",
    ]
    questions = {
        "overdue": (_("overdue"), lambda deadlines, at: deadlines.overdue(at)),
        "today": (_("due today"), due_today),
        "near": (
            _("due today or on the next working day"),
            lambda deadlines, at: deadlines.due_within(at, end_of_the_next_working_day(at)),
        ),
        "week": (_("due this week"), due_this_week),
        "running": (_("running"), lambda deadlines, at: deadlines.running()),
        "met": (_("were met in time"), lambda deadlines, at: deadlines.met_in_time()),
        "met-late": (_("were met late"), lambda deadlines, at: deadlines.met_late()),
    }

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Above the list stand how many terms each question counts, by one query each."""
        counts = {"counts": self.counts(timezone.now())}
        return super().changelist_view(request, counts | (extra_context or {}))

    def counts(self, at: datetime) -> list[tuple[Any, int, str]]:
        address = self.list_url()
        shown = ("overdue", "today", "week", "met")
        return [
            (label, ask(Deadline.objects.all(), at).count(), f"{address}?attention={name}")
            for name, (label, ask) in self.questions.items()
            if name in shown
        ]

    def chapters(self, request: HttpRequest, subject: Deadline) -> Sequence[Chapter]:
        return [moves(subject)]

    @admin.display(description=_("order"), ordering="order__code")
    def code(self, deadline: Deadline) -> str:
        return deadline.order.code

    @admin.display(description=_("order"))
    def order_link(self, deadline: Deadline) -> str:
        return linked_order(deadline)

    @admin.display(description=_("what is owed"))
    def what_is_owed(self, deadline: Deadline) -> str:
        return deadline.what

    @admin.display(description=_("about"))
    def about(self, deadline: Deadline) -> str:
        kind = KINDS.get(deadline.about_kind, deadline.about_kind)
        return f"{kind} {deadline.about_key}".strip() or gettext("the order")

    @admin.display(description=_("counted from"), ordering="event_on")
    def counted_from(self, deadline: Deadline) -> str:
        event = f": {deadline.event}" if deadline.event else ""
        return f"{short_day(deadline.event_on)}{event}"

    @admin.display(description=_("day that was told"), ordering="told_on")
    def told(self, deadline: Deadline) -> str:
        return short_day(deadline.told_on)

    @admin.display(description=_("last day"), ordering="due_on")
    def last_day(self, deadline: Deadline) -> str:
        return short_day(deadline.due_on)

    @admin.display(description=_("opened at"))
    def opened(self, deadline: Deadline) -> str:
        return moment(deadline.opened_at)

    @admin.display(description=_("closed at"), ordering="met_at")
    def met(self, deadline: Deadline) -> str:
        return moment(deadline.met_at)

    @admin.display(description=_("how it stands"))
    def how_it_stands(self, deadline: Deadline) -> str:
        return how_it_ended(deadline)

    @admin.display(description=_("warned at"))
    def warned(self, deadline: Deadline) -> str:
        return moment(deadline.warned_at)

    @admin.display(description=_("alarmed at"))
    def alarmed(self, deadline: Deadline) -> str:
        return moment(deadline.alarmed_at)


def how_it_ended(deadline: Deadline) -> str:
    """Running, late, met, lifted; or which question stopped it (9.5)."""
    state = deadline.state(timezone.now())
    return stopped_by(deadline) if state == TermState.STOPPED else str(STATES[state])


def stopped_by(deadline: Deadline) -> str:
    """The question that stopped a term: the term runs anew after the answer (9.5).

    Or the event that put the day of performance off: it runs anew from that day (8.6).
    """
    if deadline.stopped_for.startswith(PUT_OFF):
        return gettext("stopped: the day of performance is put off by %(cause)s") % {
            "cause": because(deadline.stopped_for)
        }
    number = deadline.stopped_for.partition("-")[2]
    if number.startswith("of-invoice"):
        return gettext("stopped by the question about the company")
    return gettext("stopped by question %(number)s") % {"number": number}


def moves(deadline: Deadline) -> Chapter:
    rows = [
        (
            short_day(move.from_on),
            short_day(move.to_on),
            linked(move.review, _("the calendar changed"))
            if move.review
            else because(move.because),
            moment_by(move.at, move.by),
        )
        for move in deadline.moves.select_related("review")
    ]
    headings = (_("day before"), _("new day"), _("because of"), _("when and by whom"))
    return Chapter(_("moves"), rows, headings, empty=_("The last day is the one it began with."))


def because(cause: str) -> str:
    """A force majeure by its number (8.6)."""
    return gettext("force majeure %(number)s") % {"number": cause.rpartition(" ")[2]}


def confirm(review: CalendarReview, values: dict[str, Any], *, by: User, at: datetime) -> str:
    moved = confirm_new_days(review=review, by=by, at=at, **values)
    return ngettext(
        "%(count)s deadline has a new day. Who is concerned is told by letter.",
        "%(count)s deadlines have a new day. Those concerned are told by letter.",
        len(moved),
    ) % {"count": len(moved)}


def reject(review: CalendarReview, values: dict[str, Any], *, by: User, at: datetime) -> str:
    reject_new_days(review=review, by=by, at=at, **values)
    return gettext("The deadlines keep their days.")


def is_open(review: CalendarReview) -> bool:
    return review.is_open


def decision(name: str, label: Any, operate: Callable[..., str], note: Any) -> Button:
    """One of the two buttons that decide a review."""
    return Button(
        name,
        label,
        permission=RIGHT,
        operate=operate,
        form=KeptReasonForm,
        note=note,
        is_offered=is_open,
        chapters=lambda review: [proposed(review)],
    )


@admin.register(CalendarReview)
class CalendarReviewAdmin(ReadOnlyAdmin):
    list_display = ["proposed_at_moment", "terms", "outcome", "decided"]
    list_filter = [QuestionFilter, "outcome"]
    fields = ["proposed_at_moment", "calendar", "outcome", "decided", "reason"]
    questions = {"open": (_("wait for a decision"), lambda reviews, at: reviews.open())}
    buttons = [
        decision(
            "confirm",
            _("Confirm the new days"),
            confirm,
            _(
                "Every deadline below that still runs gets its new day, and whoever is concerned "
                "a letter. This cannot be taken back."
            ),
        ),
        decision(
            "reject",
            _("Leave the old days"),
            reject,
            _("Every deadline below keeps its day. The same days are not proposed again."),
        ),
    ]

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).annotate(number_of_terms=Count("days"))

    def chapters(self, request: HttpRequest, subject: CalendarReview) -> Sequence[Chapter]:
        return [proposed(subject)]

    @admin.display(description=_("proposed at"), ordering="proposed_at")
    def proposed_at_moment(self, review: CalendarReview) -> str:
        return moment(review.proposed_at)

    @admin.display(description=_("deadlines"))
    def terms(self, review: CalendarReview) -> int:
        return int(review.number_of_terms)  # type: ignore[attr-defined]

    @admin.display(description=_("calendar"))
    def calendar(self, review: CalendarReview) -> str:
        return link(reverse("admin:calendar_dayexception_changelist"), review.calendar_version)

    @admin.display(description=_("decided"))
    def decided(self, review: CalendarReview) -> str:
        return moment_by(review.decided_at, review.decided_by)


def proposed(review: CalendarReview) -> Chapter:
    """The day that each term has, and the one that is proposed."""
    rows = [
        (
            linked(day.deadline, day.deadline.order.code),
            day.deadline.clause,
            day.deadline.what,
            day.deadline.get_owed_by_display(),
            short_day(day.from_on),
            short_day(day.to_on),
        )
        for day in review.days.select_related("deadline__order")
    ]
    headings = (
        _("order"),
        _("clause"),
        _("what is owed"),
        _("owed by"),
        _("last day"),
        _("proposed last day"),
    )
    return Chapter(_("proposed days"), rows, headings)
