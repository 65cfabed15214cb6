"""Cohorts: dates, windows, programme, joining link are edited; seats, webinars,
completion are buttons (4.1, 9.1).
"""

from collections.abc import Sequence
from datetime import date, datetime
from functools import partial
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AdminTextInputWidget
from django.db.models import Count, F, Q, QuerySet, prefetch_related_objects
from django.http import HttpRequest
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from enrollment.models import (
    Cohort,
    CuratorAssignment,
    DayPutOff,
    EndingProposal,
    Enrollment,
    EnrollmentState,
    ForceMajeure,
    PriceLevel,
    PriceWindow,
    ProgrammePart,
    PutOff,
)
from enrollment.operations.training.cohorts import make_webinar_links, set_seats
from enrollment.operations.training.curators import assign_curators, curators
from enrollment.operations.training.enrollments import complete_cohort
from enrollment.operations.training.programme import copy_programme, last_with_programme
from enrollment.operations.training.results import tallies
from offer_site.accounts.models import User
from offer_site.admin.buttons import Button
from offer_site.admin.chapters import Chapter, Shown
from offer_site.admin.forms import NATIVE_FIELDS, ButtonForm, moment_field
from offer_site.admin.links import link, linked, moment
from offer_site.admin.pages import StaffAdmin
from offer_site.days import almaty_day, short_day
from offer_site.errors import RuleViolation
from offer_site.journal.operations import actor

from .results import SEES, file_page, grid_page, in_short, students_of, table_page, ways_to_results

MOST_SEATS = 2000
EDITS_ALL = (
    "enrollment.change_pricewindow"  # who has it edits the whole cohort; others its joining link
)
OF_JOINING = (
    "joining_link",
    "joining_opens_on",
    "telegram_group",
    "tells_of_lessons",
    "lesson_minutes",
)


def seats_field(**wishes: Any) -> forms.IntegerField:
    return forms.IntegerField(label=_("Seats"), min_value=0, max_value=MOST_SEATS, **wishes)


class CohortForm(forms.ModelForm):
    joining_link = forms.URLField(label=_("Joining link"), assume_scheme="https", required=False)
    seats = seats_field(
        initial=0, help_text=_("Later the number is changed by the button “Seats”.")
    )

    class Meta:
        model = Cohort
        fields = (
            "course",
            "name",
            "starts_on",
            "ends_on",
            "joining_link",
            "joining_opens_on",
            "telegram_group",
            "tells_of_lessons",
            "lesson_minutes",
        )

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        starts_on = values.get("starts_on")
        ends_on = values.get("ends_on")
        if starts_on and ends_on and ends_on < starts_on:
            self.add_error("ends_on", _("The last day comes after the first."))
        elif ends_on and self.instance.pk:
            self._require_agreed_ends_before(ends_on)
        return values

    def _require_agreed_ends_before(self, ends_on: date) -> None:
        """Refuse a last day before a student's contract ends by agreement (12.4).

        An agreement of this moment waits for the cohort's lock, or this page for it.
        """
        Cohort.objects.select_for_update(no_key=True).get(pk=self.instance.pk)
        later = EndingProposal.objects.agreed().filter(
            order__enrollment__cohort=self.instance,
            order__enrollment__performed_on=None,
            ends_on__gt=ends_on,
        )
        if last := later.order_by("-ends_on").first():
            self.add_error(
                "ends_on",
                gettext(
                    "Both sides agreed that the contract %(code)s ends on %(day)s. The course "
                    "cannot end before."
                )
                % {"code": last.order.code, "day": short_day(last.ends_on)},
            )


class PriceWindowForm(forms.ModelForm):
    class Meta:
        model = PriceWindow
        fields = ("level", "opens_at", "closes_at")

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        opens_at = values.get("opens_at")
        closes_at = values.get("closes_at")
        if opens_at and closes_at and closes_at <= opens_at:
            self.add_error("closes_at", _("A window closes after it opens."))
        return values


class PriceWindowInline(admin.StackedInline):
    model = PriceWindow
    form = PriceWindowForm
    fields = (("level", "opens_at", "closes_at"),)
    formfield_overrides = NATIVE_FIELDS
    extra = 0

    def formfield_for_choice_field(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Leave out the webinar level: it opens by a code, not by a window (4.1)."""
        if db_field.name == "level":
            kwargs["choices"] = [
                choice for choice in PriceLevel.choices if choice[0] != PriceLevel.WEBINAR
            ]
        return super().formfield_for_choice_field(db_field, request, **kwargs)


class ProgrammePartInline(admin.StackedInline):
    model = ProgrammePart
    formfield_overrides = NATIVE_FIELDS
    extra = 0
    fields = (("number", "starts_on", "ends_on"), "title_kk", "title_ru", "text_kk", "text_ru")


class SeatsForm(ButtonForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["seats"] = seats_field(initial=self.subject.places.count())


class WebinarForm(ButtonForm):
    ends_at = moment_field(
        _("The link ends at"),
        help_text=_("The time in Almaty. After it the link shows the price that is in force then."),
    )


class CompletionForm(ButtonForm):
    """Every active learner with a tick, and a reason for each who is left out (C3).

    Whose own day of performance is still ahead is not asked about.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        active = (
            Enrollment.objects.not_completed()
            .performed_by(almaty_day(timezone.now()))
            .filter(cohort=self.subject)
            .select_related("order", "learner")
        )
        self.enrollments = list(active.order_by("learner__surname", "learner__name", "pk"))
        items = list(self.subject.items.all())
        # The day only decides how many lessons were held, which this page does not show.
        standing = tallies(self.enrollments, items, today=self.subject.ends_on)
        for each in self.enrollments:
            self.fields[f"completed_{each.pk}"] = forms.BooleanField(
                label=f"{each.learner.full_name}, {each.order.code}",
                help_text=in_short(standing[each.pk]) if items else "",
                initial=True,
                required=False,
            )
            self.fields[f"reason_{each.pk}"] = forms.CharField(
                label=_("Left out because"),
                max_length=300,
                required=False,
                widget=AdminTextInputWidget,
            )

    @property
    def lines(self) -> list[Any]:
        return [(f"completed_{each.pk}", f"reason_{each.pk}") for each in self.enrollments]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        excluded = {}
        for each in self.enrollments:
            completed = values.get(f"completed_{each.pk}")
            reason = values.get(f"reason_{each.pk}", "")
            if completed and reason:
                self.add_error(f"reason_{each.pk}", _("Take the tick away, or the reason."))
            elif not completed and not reason:
                self.add_error(f"reason_{each.pk}", _("Say why this student is left out."))
            elif reason:
                excluded[each.pk] = reason
        return {"excluded": excluded}


class CuratorsForm(ButtonForm):
    """Each student of the cohort with the curator who leads him or her (3.5)."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.known = {each.pk: each for each in curators()}
        choices = [("", "–"), *((key, str(each)) for key, each in self.known.items())]
        students = Enrollment.objects.filter(cohort=self.subject).exclude(
            state=EnrollmentState.TERMINATED
        )
        led = dict(
            CuratorAssignment.objects.standing()
            .filter(enrollment__cohort=self.subject)
            .values_list("enrollment", "curator")
        )
        for each in students.select_related("order", "learner").order_by(
            "learner__surname", "learner__name", "pk"
        ):
            self.fields[f"curator_{each.pk}"] = forms.TypedChoiceField(
                label=f"{each.learner.full_name}, {each.order.code}",
                choices=choices,
                coerce=int,
                empty_value=None,
                initial=led.get(each.pk),
                required=False,
            )

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        wishes = {
            int(name.removeprefix("curator_")): self.known.get(key) if key else None
            for name, key in values.items()
        }
        return {"wishes": wishes}


def set_curators(cohort: Cohort, values: dict[str, Any], *, by: User, at: datetime) -> str:
    changed = len(assign_curators(wishes=values["wishes"], by=by, at=at))
    return ngettext(
        "%(count)d student has another curator now.",
        "%(count)d students have another curator now.",
        changed,
    ) % {"count": changed}


def copy_the_last(cohort: Cohort, values: dict[str, Any], *, by: User, at: datetime) -> str:
    done = copy_programme(cohort=cohort, by=actor(by), at=at)
    words = gettext(
        "Copied from %(cohort)s: %(parts)d weeks, %(items)d lessons and works. On the last day, "
        "because the course is shorter: %(beyond)d."
    )
    return words % {
        "cohort": done.source,
        "parts": done.parts,
        "items": done.items,
        "beyond": done.beyond,
    }


def can_be_copied(cohort: Cohort) -> bool:
    return not cohort.items.exists() and last_with_programme(cohort) is not None


def change_seats(cohort: Cohort, values: dict[str, Any], *, by: User, at: datetime) -> str:
    set_seats(cohort=cohort, seats=values["seats"], by=actor(by), at=at)
    return gettext("Seats of the cohort: %(seats)d.") % values


def show_webinar_links(cohort: Cohort, values: dict[str, Any], *, by: User, at: datetime) -> Shown:
    links = make_webinar_links(cohort=cohort, ends_at=values["ends_at"], by=actor(by), at=at)
    rows: list[tuple[Any, Any]] = [
        (name, link(links[language], links[language]))
        for language, name in (("kk", "Қазақша"), ("ru", "Русский"))
    ]
    rows.append((gettext("The link ends at"), moment(values["ends_at"])))
    return Shown(gettext("Webinar link"), [Chapter(cohort.name, rows)])


def complete(cohort: Cohort, values: dict[str, Any], *, by: User, at: datetime) -> str:
    """Refused before the first day of performance, so that nobody is left out by mistake (9.1)."""
    waiting = Enrollment.objects.not_completed().filter(cohort=cohort)
    if waiting.exists() and not waiting.performed_by(almaty_day(at)).exists():
        words = gettext("The day of performance is %(day)s; it has not come yet.")
        first = min(each.day_of_performance for each in waiting.select_related("cohort"))
        raise RuleViolation(words % {"day": short_day(first)}, clause="9.1")
    done = complete_cohort(cohort=cohort, by=by, at=at, **values)
    completed = ngettext(
        "%(count)d student completed.", "%(count)d students completed.", len(done.completed)
    )
    excluded = ngettext(
        "%(count)d student left out.", "%(count)d students left out.", len(done.excluded)
    )
    return (
        f"{completed % {'count': len(done.completed)}} {excluded % {'count': len(done.excluded)}}"
    )


def has_active_learners(cohort: Cohort) -> bool:
    return Enrollment.objects.not_completed().filter(cohort=cohort).exists()


@admin.register(Cohort)
class CohortAdmin(StaffAdmin):
    form = CohortForm
    list_display = ["name", "starts_on", "ends_on", "seats", "sold", "held", "free"]
    inlines = [PriceWindowInline, ProgrammePartInline]
    buttons = [
        Button(
            "seats",
            _("Seats"),
            permission="enrollment.change_place",
            operate=change_seats,
            form=SeatsForm,
            note=_("Places are added and taken away at the end. One that is sold or held stays."),
        ),
        Button(
            "webinar",
            _("Webinar link"),
            permission=EDITS_ALL,
            operate=show_webinar_links,
            form=WebinarForm,
            note=_(
                "Whoever opens the link is offered the webinar price until its end, while the "
                "cohort is on sale."
            ),
        ),
        Button(
            "programme-copy",
            _("Copy the programme of the last cohort"),
            permission="enrollment.add_programmeitem",
            operate=copy_the_last,
            is_offered=can_be_copied,
            note=_(
                "Weeks, lessons, assignments and reports, with their days moved to the new start."
            ),
        ),
        Button(
            "curators",
            _("Curators"),
            permission="enrollment.add_curatorassignment",
            operate=set_curators,
            form=CuratorsForm,
            is_offered=has_active_learners,
            note=_("A curator sees the own students only, and records their results."),
        ),
        Button(
            "completion",
            _("Complete the cohort"),
            permission="enrollment.change_enrollment",
            operate=complete,
            form=CompletionForm,
            note=_(
                "The clock of the certificates runs from the day of performance. "
                "Take the tick away from whoever is "
                "left out and say why: they stay in “Needs attention”."
            ),
            is_offered=has_active_learners,
        ),
    ]

    def get_urls(self) -> list[URLPattern]:
        def page(view: Any) -> Any:
            return self.admin_site.admin_view(partial(view, self))

        own = [
            path(
                "<path:object_id>/results/<slug:kind>/",
                page(grid_page),
                name="enrollment_cohort_results",
            ),
            path(
                "<path:object_id>/results-table/", page(table_page), name="enrollment_cohort_table"
            ),
            path(
                "<path:object_id>/results-file/",
                page(file_page),
                name="enrollment_cohort_results_file",
            ),
        ]
        return own + super().get_urls()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Cohort]:
        """A curator sees the own cohorts (3.5)."""
        at = timezone.now()
        taken = Q(places__order__isnull=False)
        seen = Cohort.objects.seen_by(request.user)  # type: ignore[arg-type]
        return seen.order_by(*self.get_ordering(request) or Cohort._meta.ordering).annotate(
            _seats=Count("places"),
            _sold=Count("places", filter=taken & Q(places__held_until=None)),
            _held=Count("places", filter=taken & Q(places__held_until__gt=at)),
        )

    @admin.display(description=_("seats"))
    def seats(self, cohort: Any) -> int:
        return int(cohort._seats)

    @admin.display(description=_("sold"))
    def sold(self, cohort: Any) -> int:
        return int(cohort._sold)

    @admin.display(description=_("held"))
    def held(self, cohort: Any) -> int:
        return int(cohort._held)

    @admin.display(description=_("free"))
    def free(self, cohort: Any) -> int:
        return int(cohort._seats - cohort._sold - cohort._held)

    def get_fields(self, request: HttpRequest, obj: Cohort | None = None) -> Sequence[str]:
        return CohortForm.Meta.fields if obj else (*CohortForm.Meta.fields, "seats")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Sequence[str]:
        if request.user.has_perm(EDITS_ALL):  # type: ignore[union-attr]
            return ()
        return [name for name in CohortForm.Meta.fields if name not in OF_JOINING]

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        if obj:
            form.base_fields.pop("seats", None)
        return form

    def save_model(self, request: HttpRequest, obj: Cohort, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if not change:
            set_seats(
                cohort=obj,
                seats=form.cleaned_data["seats"],
                by=actor(request.user),
                at=timezone.now(),
            )

    def chapters(self, request: HttpRequest, subject: Any) -> Sequence[Chapter]:
        places = [
            (_("seats"), self.seats(subject)),
            (_("sold"), self.sold(subject)),
            (_("held"), self.held(subject)),
            (_("free"), self.free(subject)),
        ]
        chapters = [Chapter(_("places"), places)]
        if request.user.has_perm(SEES):  # type: ignore[union-attr]
            chapters.append(ways_to_results(subject, request.user))  # type: ignore[arg-type]
        if later := put_off(subject):
            chapters.append(later)
        return [*chapters, learners(subject, request.user)]  # type: ignore[arg-type]


def put_off(cohort: Cohort) -> Chapter | None:
    """For how many students a force majeure put off the last day, and to which (8.6)."""
    standing = DayPutOff.objects.filter(
        what=PutOff.PERFORMANCE,
        contract__order__enrollment__cohort=cohort,
        contract__order__enrollment__performed_on=F("to_on"),
    ).exclude(contract__order__enrollment__state=EnrollmentState.TERMINATED)
    found = standing.values_list("contract__event", "from_on", "to_on").annotate(Count("pk"))
    events = ForceMajeure.objects.in_bulk([event for event, *_days in found])
    rows = [
        (linked(events[event]), short_day(from_on), short_day(to_on), students)
        for event, from_on, to_on, students in found.order_by("to_on", "contract__event")
    ]
    headings = (_("force majeure"), _("day before"), _("new day"), _("students"))
    return Chapter(_("last day put off by force majeure"), rows, headings) if rows else None


def learners(cohort: Cohort, user: User) -> Chapter:
    """Who is taught and how it goes, who is completed, who was left out and why (C3).

    A curator sees the own students (3.5).
    """
    students = students_of(cohort, user)
    prefetch_related_objects(students, "exclusions")
    items = list(cohort.items.all())
    standing = tallies(students, items, today=cohort.ends_on)
    rows = []
    for each in students:
        reasons = (
            [] if each.completed_at else [exclusion.reason for exclusion in each.exclusions.all()]
        )
        rows.append(
            (
                linked(each, each.learner.full_name),
                each.order.code,
                each.get_state_display(),
                short_day(each.day_of_performance),
                in_short(standing[each.pk]) if items else "–",
                "; ".join(dict.fromkeys(reasons)),
            )
        )
    headings = (
        _("learner"),
        _("order"),
        _("state"),
        _("day of performance"),
        _("attendance and results"),
        _("Left out because"),
    )
    return Chapter(_("learners"), rows, headings, empty=_("Nobody is enrolled yet."))
