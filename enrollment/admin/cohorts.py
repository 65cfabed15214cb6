"""Cohorts: dates, windows, programme, joining link are edited; seats, webinars,
completion are buttons (4.1, 9.1).
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AdminTextInputWidget
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from enrollment.models import Cohort, Enrollment, PriceLevel, PriceWindow, ProgrammePart
from enrollment.operations.training.cohorts import make_webinar_links, set_seats
from enrollment.operations.training.enrollments import complete_cohort
from offer_site.accounts.models import User
from offer_site.admin.buttons import Button
from offer_site.admin.chapters import Chapter, Shown
from offer_site.admin.forms import NATIVE_FIELDS, ButtonForm, moment_field
from offer_site.admin.links import link, linked, moment
from offer_site.admin.pages import StaffAdmin
from offer_site.days import almaty_day, short_day
from offer_site.errors import RuleViolation
from offer_site.journal.operations import actor

MOST_SEATS = 2000
EDITS_ALL = (
    "enrollment.change_pricewindow"  # who has it edits the whole cohort; others its joining link
)
OF_JOINING = ("joining_link", "joining_opens_on")


def seats_field(**wishes: Any) -> forms.IntegerField:
    return forms.IntegerField(label=_("Seats"), min_value=0, max_value=MOST_SEATS, **wishes)


class CohortForm(forms.ModelForm):
    joining_link = forms.URLField(label=_("Joining link"), assume_scheme="https", required=False)
    seats = seats_field(
        initial=0, help_text=_("Later the number is changed by the button “Seats”.")
    )

    class Meta:
        model = Cohort
        fields = ("course", "name", "starts_on", "ends_on", "joining_link", "joining_opens_on")

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        starts_on = values.get("starts_on")
        ends_on = values.get("ends_on")
        if starts_on and ends_on and ends_on < starts_on:
            self.add_error("ends_on", _("The last day comes after the first."))
        return values


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
    """Every active learner with a tick, and a reason for each who is left out (C3)."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        active = (
            Enrollment.objects.not_completed()
            .filter(cohort=self.subject)
            .select_related("order", "learner")
        )
        self.enrollments = list(active.order_by("learner__surname", "learner__name", "pk"))
        for each in self.enrollments:
            self.fields[f"completed_{each.pk}"] = forms.BooleanField(
                label=f"{each.learner.full_name}, {each.order.code}", initial=True, required=False
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
        raise RuleViolation(words % {"day": short_day(cohort.ends_on)}, clause="9.1")
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

    def get_queryset(self, request: HttpRequest) -> QuerySet[Cohort]:
        at = timezone.now()
        taken = Q(places__order__isnull=False)
        return (
            super()
            .get_queryset(request)
            .annotate(
                _seats=Count("places"),
                _sold=Count("places", filter=taken & Q(places__held_until=None)),
                _held=Count("places", filter=taken & Q(places__held_until__gt=at)),
            )
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
        return [Chapter(_("places"), places), learners(subject)]


def learners(cohort: Cohort) -> Chapter:
    """Who is taught, who is completed, and who was left out and why (C3)."""
    taught = Enrollment.objects.filter(cohort=cohort).select_related("order", "learner", "cohort")
    rows = []
    for each in taught.prefetch_related("exclusions").order_by(
        "learner__surname", "learner__name", "pk"
    ):
        reasons = (
            [] if each.completed_at else [exclusion.reason for exclusion in each.exclusions.all()]
        )
        rows.append(
            (
                linked(each, each.learner.full_name),
                each.order.code,
                each.get_state_display(),
                short_day(each.day_of_performance),
                "; ".join(dict.fromkeys(reasons)),
            )
        )
    headings = (
        _("learner"),
        _("order"),
        _("state"),
        _("day of performance"),
        _("Left out because"),
    )
    return Chapter(_("learners"), rows, headings, empty=_("Nobody is enrolled yet."))
