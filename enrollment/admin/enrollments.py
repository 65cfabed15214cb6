"""Enrollments: facts to read, and the two decisions that staff take about one student (9.1)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from enrollment.models import DayPutOff, Enrollment, EnrollmentState, PutOff
from enrollment.operations.training.curators import assign_curators, curator_of, curators
from enrollment.operations.training.enrollments import complete_enrollment, set_day_of_performance
from enrollment.operations.training.results import (
    RecordedResults,
    ResultWish,
    how_to_type,
    record_results,
)
from enrollment.rules.endings import Way
from enrollment.rules.programme import NOTHING_SEEN, Seen, read_result, read_seen, seen_text
from offer_site.accounts.models import User
from offer_site.admin.buttons import Button
from offer_site.admin.chapters import Chapter
from offer_site.admin.filters import QuestionFilter
from offer_site.admin.forms import ButtonForm, ShownField, day_field, reason_field, text_input
from offer_site.admin.links import linked_order, moment, moment_by
from offer_site.admin.pages import Questions, ReadOnlyAdmin
from offer_site.days import almaty_day, short_day

from .conduct import ON_ENROLLMENT, consequences
from .moves import MOVE
from .results import RECORDS

RIGHT = "enrollment.change_enrollment"


class DayOfPerformanceForm(ButtonForm):
    day = day_field(_("Day of performance"))
    reason = reason_field()


class CuratorForm(ButtonForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["curator"] = forms.ModelChoiceField(
            label=_("Curator"),
            queryset=curators(),
            initial=curator_of(self.subject),
            required=False,
        )


class ResultForm(ButtonForm):
    """One lesson or work of the cohort, and what the student has for it (7.2.4)."""

    result = forms.CharField(
        label=_("Result"),
        max_length=4,
        required=False,
        help_text=_(
            "Of a lesson + or −; of a work +, − or points from 0 to 10. Empty takes it away."
        ),
    )
    comment = forms.CharField(
        label=_("Comment"),
        max_length=600,
        required=False,
        widget=text_input(),
        help_text=_("The student reads it. Empty leaves the one that is there."),
    )
    read = ShownField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        items = self.subject.cohort.items.all()
        item = forms.ModelChoiceField(label=_("Lesson or work"), queryset=items)
        self.fields = {"item": item, **self.fields}
        there = RecordedResults.of([self.subject])
        shown = {each.code: there.versions(self.subject, each) for each in items}
        self.fields["read"].initial = seen_text(shown)

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        item = values.get("item")
        if item is None:
            return values
        try:
            result = read_result(item.kind, values.get("result", ""))
        except ValueError:
            self.add_error("result", how_to_type(item))
            return values
        comment = values.get("comment") or None
        read = values.get("read")
        seen = read_seen(read).get(item.code, NOTHING_SEEN) if read else Seen()
        return {"wish": ResultWish(self.subject.pk, item.pk, result, comment, seen)}


def set_curator(enrollment: Enrollment, values: dict[str, Any], *, by: User, at: datetime) -> str:
    assign_curators(wishes={enrollment.pk: values["curator"]}, by=by, at=at)
    return gettext("The student's curator is %(name)s.") % {"name": values["curator"] or "–"}


def set_result(enrollment: Enrollment, values: dict[str, Any], *, by: User, at: datetime) -> str:
    if record_results(wishes=[values["wish"]], by=by, at=at):
        return gettext("The result is recorded.")
    return gettext("Nothing changed: it stands so already.")


def has_programme(enrollment: Enrollment) -> bool:
    return is_active(enrollment) and enrollment.cohort.items.exists()


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
    list_filter = [QuestionFilter, "state", ("cohort", admin.RelatedOnlyFieldListFilter)]
    list_select_related = ["order", "learner", "cohort"]
    search_fields = ["order__code", "learner__surname", "learner__name", "order__party__email"]
    fields = [
        "order_link",
        "learner",
        "cohort",
        "state",
        "opened",
        "day_and_why",
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
            chapters=lambda enrollment: [consequences(Way.PERFORMANCE)],
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
        *ON_ENROLLMENT,
        Button(
            "curator",
            _("Set the curator"),
            permission="enrollment.add_curatorassignment",
            operate=set_curator,
            form=CuratorForm,
            is_offered=is_active,
            note=_("A curator sees the own students only, and records their results."),
        ),
        Button(
            "result",
            _("Record a result"),
            permission=RECORDS,
            operate=set_result,
            form=ResultForm,
            is_offered=has_programme,
        ),
        MOVE,
    ]

    def questions_for(self, request: HttpRequest) -> Questions:
        """Who has not paid is told only to those who may read orders (5.4)."""
        if request.user.has_perm("enrollment.view_order"):  # type: ignore[union-attr]
            return self.questions
        return {name: each for name, each in self.questions.items() if name != "rest"}

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
        seen = Enrollment.objects.seen_by(request.user)  # type: ignore[arg-type]
        return seen.select_related("order", "learner", "cohort")

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

    @admin.display(description=_("day of performance"))
    def day_and_why(self, enrollment: Enrollment) -> str:
        """With the force majeure that put it off (8.6)."""
        day = short_day(enrollment.day_of_performance)
        put_off = DayPutOff.objects.select_related("contract").leading_to(
            enrollment.order, PutOff.PERFORMANCE, enrollment.performed_on
        )
        if put_off is None:
            return day
        return gettext("%(day)s: put off from %(before)s by force majeure %(number)s") % {
            "day": day,
            "before": short_day(put_off.from_on),
            "number": put_off.contract.event_id,
        }

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
            results(subject),
            Chapter(_("exclusions from completion"), rows, (_("at"), _("by"), _("reason")), empty),
            led_by(subject),
        ]


def results(enrollment: Enrollment) -> Chapter:
    """What the student has for each lesson and work that has a result."""
    found = enrollment.results.select_related("item").order_by("item__day", "item__number")
    rows = [
        (
            str(each.item),
            short_day(each.item.day),
            each.get_mark_display() or "–",
            each.points,
            each.comment or "–",
            moment_by(each.at, each.by),
        )
        for each in found
    ]
    headings = (
        _("lesson or work"),
        _("day"),
        _("mark"),
        _("points"),
        _("comment"),
        _("recorded"),
    )
    return Chapter(_("attendance and results"), rows, headings)


def led_by(enrollment: Enrollment) -> Chapter:
    """The student's curators, the present one first (3.5)."""
    rows = [
        (str(each.curator), moment_by(each.begun_at, each.begun_by), moment(each.ended_at))
        for each in enrollment.curator_assignments.select_related("curator")
    ]
    headings = (_("curator"), _("since"), _("until"))
    return Chapter(_("curators"), rows, headings, _("No curator leads this student yet."))
