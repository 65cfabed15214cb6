"""Enrollments, deadlines: facts to read,
and the two decisions that staff take about one student (9.1).
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from enrollment.models import Deadline, Enrollment, EnrollmentState
from enrollment.operations.terms.deadlines import end_of_the_next_working_day
from enrollment.operations.training.enrollments import complete_enrollment, set_day_of_performance
from offer_site.accounts.models import User
from offer_site.admin.buttons import Button
from offer_site.admin.chapters import Chapter
from offer_site.admin.filters import QuestionFilter
from offer_site.admin.forms import ButtonForm, day_field, reason_field
from offer_site.admin.links import linked_order, moment
from offer_site.admin.pages import ReadOnlyAdmin
from offer_site.days import almaty_day, short_day

from .moves import MOVE

RIGHT = "enrollment.change_enrollment"


class DayOfPerformanceForm(ButtonForm):
    day = day_field(_("Day of performance"))
    reason = reason_field()


def complete(enrollment: Enrollment, values: dict[str, Any], *, by: User, at: datetime) -> str:
    complete_enrollment(enrollment=enrollment, by=by, at=at)
    return gettext("The service is performed. The certificate follows within its term.")


def set_day(enrollment: Enrollment, values: dict[str, Any], *, by: User, at: datetime) -> str:
    set_day_of_performance(enrollment=enrollment, by=by, at=at, **values)
    return gettext("The day of performance is %(day)s.") % {"day": short_day(values["day"])}


def is_active(enrollment: Enrollment) -> bool:
    return enrollment.state == EnrollmentState.ACTIVE


@admin.register(Enrollment)
class EnrollmentAdmin(ReadOnlyAdmin):
    list_display = ["code", "learner", "cohort", "state", "day", "completed"]
    list_filter = [QuestionFilter, "state", "cohort"]
    list_select_related = ["order", "learner", "cohort"]
    search_fields = ["order__code", "learner__surname", "learner__name", "order__party__email"]
    fields = [
        "order_link",
        "learner",
        "cohort",
        "state",
        "opened",
        "day",
        "completed",
        "completed_by",
    ]
    questions = {
        "past": (
            _("past the day of performance, not completed"),
            lambda enrollments, at: enrollments.past_the_day(almaty_day(at)),
        ),
        "rest": (
            _("the rest is overdue"),
            lambda enrollments, at: enrollments.rest_overdue(almaty_day(at)),
        ),
        "left-out": (_("left out of a completion"), lambda enrollments, at: enrollments.left_out()),
    }
    buttons = [
        Button(
            "completion",
            _("Complete"),
            permission=RIGHT,
            operate=complete,
            is_offered=is_active,
            note=_(
                "The clock of the certificate runs from the day of performance, not from today."
            ),
        ),
        Button(
            "day",
            _("Set the day of performance"),
            permission=RIGHT,
            operate=set_day,
            form=DayOfPerformanceForm,
            is_offered=is_active,
            note=_("A day of this student's own, instead of the cohort's last day."),
        ),
        MOVE,
    ]

    def get_search_fields(self, request: HttpRequest) -> Sequence[str]:
        """Let only those search by e-mail who may see it:
        a search that finds tells as much (5.4).
        """
        fields = super().get_search_fields(request)
        return (
            fields
            if request.user.has_perm("enrollment.view_party")
            else [f for f in fields if "email" not in f]
        )  # type: ignore[union-attr]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Enrollment]:
        return super().get_queryset(request).select_related("order", "learner", "cohort")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Sequence[Any]:
        """Lead to the order only those who may read it (5.4)."""
        fields = list(super().get_fields(request, obj))
        return fields if request.user.has_perm("enrollment.view_order") else ["code", *fields[1:]]  # type: ignore[union-attr]

    @admin.display(description=_("order"), ordering="order__code")
    def code(self, enrollment: Enrollment) -> str:
        return enrollment.order.code

    @admin.display(description=_("order"))
    def order_link(self, enrollment: Enrollment) -> str:
        return linked_order(enrollment)

    @admin.display(description=_("opened at"))
    def opened(self, enrollment: Enrollment) -> str:
        return moment(enrollment.opened_at)

    @admin.display(description=_("day of performance"))
    def day(self, enrollment: Enrollment) -> str:
        return short_day(enrollment.day_of_performance)

    @admin.display(description=_("completed at"), ordering="completed_at")
    def completed(self, enrollment: Enrollment) -> str:
        return moment(enrollment.completed_at)

    def chapters(self, request: HttpRequest, subject: Enrollment) -> Sequence[Chapter]:
        rows = [
            (moment(each.at), each.by, each.reason)
            for each in subject.exclusions.select_related("by").order_by("-at")
        ]
        empty = _("The student was never left out of a completion.")
        return [
            Chapter(_("exclusions from completion"), rows, (_("at"), _("by"), _("reason")), empty)
        ]


@admin.register(Deadline)
class DeadlineAdmin(ReadOnlyAdmin):
    list_display = ["code", "clause", "owed_by", "counted_from", "last_day", "met", "stopped"]
    list_filter = [QuestionFilter, "owed_by", "clause"]
    list_select_related = ["order"]
    search_fields = ["order__code"]
    date_hierarchy = "due_on"
    fields = [
        "order_link",
        "clause",
        "occasion",
        "owed_by",
        "counted_from",
        "days",
        "in_working_days",
        "last_day",
        "calendar_version",
        "opened",
        "met",
        "stopped",
    ]
    questions = {
        "overdue": (_("overdue"), lambda deadlines, at: deadlines.overdue(at)),
        "near": (
            _("due today or on the next working day"),
            lambda deadlines, at: deadlines.due_within(at, end_of_the_next_working_day(at)),
        ),
        "running": (_("running"), lambda deadlines, at: deadlines.running()),
    }

    @admin.display(description=_("order"), ordering="order__code")
    def code(self, deadline: Deadline) -> str:
        return deadline.order.code

    @admin.display(description=_("order"))
    def order_link(self, deadline: Deadline) -> str:
        return linked_order(deadline)

    @admin.display(description=_("counted from"), ordering="event_on")
    def counted_from(self, deadline: Deadline) -> str:
        return short_day(deadline.event_on)

    @admin.display(description=_("last day"), ordering="due_on")
    def last_day(self, deadline: Deadline) -> str:
        return short_day(deadline.due_on)

    @admin.display(description=_("opened at"))
    def opened(self, deadline: Deadline) -> str:
        return moment(deadline.opened_at)

    @admin.display(description=_("closed at"), ordering="met_at")
    def met(self, deadline: Deadline) -> str:
        return moment(deadline.met_at)

    @admin.display(description=_("stopped by"))
    def stopped(self, deadline: Deadline) -> str:
        return stopped_by(deadline)


def stopped_by(deadline: Deadline) -> str:
    """The question that stopped a term: the term runs anew after the answer (9.5)."""
    kind, _dash, number = deadline.stopped_for.partition("-")
    if number.startswith("of-invoice"):
        return gettext("question about the company")
    return gettext("question %(number)s") % {"number": number} if kind == "clarification" else "–"
