"""A term of the offer: its clause, when it is due, who owes it, and how its day moved (D1)."""

from datetime import datetime

from django.db import models
from django.db.models import F, Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from enrollment.rules.deadlines import TOLD_BY_OTHERS, TermState, in_words, state_of, term_of
from offer_site.evidence import Evidence

from .order import Order


class Debtor(models.TextChoices):
    ACADEMY = "academy", _("the academy")
    USER = "user", _("the user")


class DeadlineQuerySet(models.QuerySet["Deadline"]):
    def running(self) -> "DeadlineQuerySet":
        return self.filter(met_at=None)

    def overdue(self, at: datetime) -> "DeadlineQuerySet":
        return self.running().filter(due_before__lte=at)

    def due_within(self, at: datetime, until: datetime) -> "DeadlineQuerySet":
        return self.running().filter(due_before__gt=at, due_before__lte=until)

    def met(self) -> "DeadlineQuerySet":
        """Terms that were kept, in time or late: neither lifted nor stopped."""
        return self.filter(met_at__isnull=False, was_lifted=False, stopped_for="")

    def met_in_time(self) -> "DeadlineQuerySet":
        return self.met().filter(met_at__lt=F("due_before"))

    def met_late(self) -> "DeadlineQuerySet":
        return self.met().filter(met_at__gte=F("due_before"))

    def to_warn_of(self, at: datetime, until: datetime) -> "DeadlineQuerySet":
        """Terms that end by `until`, of which nobody was warned yet."""
        return self.due_within(at, until).filter(warned_at=None).exclude(clause__in=TOLD_BY_OTHERS)

    def to_alarm_of(self, at: datetime) -> "DeadlineQuerySet":
        """Terms that are over, of which nobody was told yet."""
        return self.overdue(at).filter(alarmed_at=None).exclude(clause__in=TOLD_BY_OTHERS)


class Deadline(models.Model):
    """One term; `due_on` can be recomputed from the event, the days, the calendar's version and
    the term's moves.

    `about` names what besides the order the term is of: a question, a case, a claim. `told_on` is
    the day that people were told; the term itself ends with `due_on`.
    """

    order = models.ForeignKey(
        Order, models.PROTECT, related_name="deadlines", verbose_name=_("order")
    )
    clause = models.CharField(_("clause"), max_length=20)
    occasion = models.CharField(_("occasion"), max_length=40, default="first")
    about_kind = models.CharField(_("about"), max_length=40, blank=True)
    about_key = models.CharField(_("key"), max_length=64, blank=True)
    owed_by = models.CharField(_("owed by"), max_length=8, choices=Debtor)
    event_on = models.DateField(_("counted from"))
    days = models.PositiveSmallIntegerField(_("days"))
    in_working_days = models.BooleanField(_("in working days"))
    due_on = models.DateField(_("last day"))
    due_before = models.DateTimeField(_("in time before"))
    told_on = models.DateField(_("day that was told"))
    calendar_version = models.CharField(_("calendar"), max_length=60)
    opened_at = models.DateTimeField(_("opened at"))
    met_at = models.DateTimeField(_("met at"), null=True, blank=True)
    # What closed the term without meeting it: a question of 9.5. Then `met_at` is the moment when
    # it stopped.
    stopped_for = models.CharField(_("stopped for"), max_length=40, blank=True)
    # Nothing was owed any more: `met_at` is the moment when that became so.
    was_lifted = models.BooleanField(_("lifted"), default=False)
    # When those who owe it were told that it ends soon, and that it is over; each once.
    warned_at = models.DateTimeField(_("warned at"), null=True, blank=True)
    alarmed_at = models.DateTimeField(_("alarmed at"), null=True, blank=True)

    objects = DeadlineQuerySet.as_manager()

    class Meta:
        verbose_name = _("deadline")
        verbose_name_plural = _("deadlines")
        ordering = ["due_before"]
        indexes = [
            # what the clock asks for, among years of terms that were met
            models.Index(
                fields=["due_before"], condition=Q(met_at=None), name="running_terms_by_their_day"
            )
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["order", "clause", "occasion"], name="a_term_runs_once_an_occasion"
            ),
            models.CheckConstraint(
                condition=Q(stopped_for="") | Q(met_at__isnull=False),
                name="a_stopped_term_says_when",
            ),
            models.CheckConstraint(
                condition=Q(was_lifted=False) | Q(met_at__isnull=False, stopped_for=""),
                name="a_lifted_term_says_when_and_is_not_stopped",
            ),
            models.CheckConstraint(
                condition=Q(about_kind="", about_key="") | ~Q(about_kind="") & ~Q(about_key=""),
                name="a_term_names_what_it_is_about_by_kind_and_key",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order}: {self.clause}, {self.due_on:%d.%m.%Y}"

    @property
    def what(self) -> str:
        """What is owed, in the language spoken now."""
        return in_words(self.clause, self.owed_by)

    @property
    def event(self) -> Promise | str:
        """What the term is counted from."""
        return term_of(self.clause, self.owed_by).event

    def state(self, at: datetime) -> TermState:
        return state_of(
            due_before=self.due_before,
            met_at=self.met_at,
            is_stopped=bool(self.stopped_for),
            is_lifted=self.was_lifted,
            at=at,
        )


class ReviewOutcome(models.TextChoices):
    OPEN = "open", _("waits for a decision")
    CONFIRMED = "confirmed", _("confirmed")
    REJECTED = "rejected", _("rejected")
    SUPERSEDED = "superseded", _("the calendar changed again")


class CalendarReviewQuerySet(models.QuerySet["CalendarReview"]):
    def open(self) -> "CalendarReviewQuerySet":
        return self.filter(outcome=ReviewOutcome.OPEN)


class CalendarReview(models.Model):
    """New days that a change of the calendar proposes, and the one decision on all of them (D1)."""

    calendar_version = models.CharField(_("calendar"), max_length=60)
    proposed_at = models.DateTimeField(_("proposed at"))
    outcome = models.CharField(
        _("decision"), max_length=10, choices=ReviewOutcome, default=ReviewOutcome.OPEN
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    decided_by = models.CharField(_("decided by"), max_length=80, blank=True)
    reason = models.CharField(_("reason"), max_length=300, blank=True)

    objects = CalendarReviewQuerySet.as_manager()

    class Meta:
        verbose_name = _("review of deadlines")
        verbose_name_plural = _("reviews of deadlines")
        ordering = ["-proposed_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["outcome"],
                condition=Q(outcome="open"),
                name="one_review_of_deadlines_waits_for_a_decision",
            ),
            models.CheckConstraint(
                condition=Q(outcome="open", decided_at=None, decided_by="", reason="")
                | ~Q(outcome="open") & Q(decided_at__isnull=False) & ~Q(decided_by=""),
                name="a_decided_review_says_when_and_by_whom",
            ),
            models.CheckConstraint(
                condition=Q(outcome__in=["open", "superseded"]) | ~Q(reason=""),
                name="a_review_is_confirmed_or_rejected_for_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.proposed_at:%d.%m.%Y}"

    @property
    def is_open(self) -> bool:
        return self.outcome == ReviewOutcome.OPEN


class ProposedDay(Evidence):
    """The day that one running term would have on the changed calendar."""

    review = models.ForeignKey(
        CalendarReview, models.PROTECT, related_name="days", verbose_name=_("review of deadlines")
    )
    deadline = models.ForeignKey(
        Deadline, models.PROTECT, related_name="proposed_days", verbose_name=_("deadline")
    )
    from_on = models.DateField(_("last day"))
    to_on = models.DateField(_("proposed last day"))

    class Meta:
        verbose_name = _("proposed day")
        verbose_name_plural = _("proposed days")
        ordering = ["review", "from_on", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["review", "deadline"], name="a_review_proposes_one_day_a_term"
            ),
            models.CheckConstraint(
                condition=~Q(to_on=F("from_on")), name="a_proposed_day_is_another_day"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.deadline}: {self.to_on:%d.%m.%Y}"


class DeadlineMove(Evidence):
    """A running term got another last day: by the length of a force majeure, or by a review."""

    deadline = models.ForeignKey(
        Deadline, models.PROTECT, related_name="moves", verbose_name=_("deadline")
    )
    number = models.PositiveSmallIntegerField(_("number"))
    from_on = models.DateField(_("from the day"))
    to_on = models.DateField(_("to the day"))
    from_calendar = models.CharField(_("counted on the calendar"), max_length=60)
    to_calendar = models.CharField(_("moved on the calendar"), max_length=60)
    days = models.PositiveSmallIntegerField(_("days"), default=0)  # 0: by a review
    because = models.CharField(_("because of"), max_length=80)
    review = models.ForeignKey(
        CalendarReview,
        models.PROTECT,
        related_name="moves",
        null=True,
        blank=True,
        verbose_name=_("review of deadlines"),
    )
    at = models.DateTimeField(_("at"))
    by = models.CharField(_("by"), max_length=80)

    class Meta:
        verbose_name = _("move of a deadline")
        verbose_name_plural = _("moves of deadlines")
        ordering = ["deadline", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["deadline", "number"], name="a_term_has_one_move_a_number"
            ),
            models.UniqueConstraint(
                fields=["deadline", "because"], name="a_cause_moves_a_term_once"
            ),
            models.CheckConstraint(
                condition=Q(days__gt=0, review=None) | Q(days=0, review__isnull=False),
                name="a_term_is_moved_by_days_or_by_a_review",
            ),
            models.CheckConstraint(
                condition=Q(days=0) | Q(to_on__gt=F("from_on")),
                name="a_force_majeure_makes_a_term_longer",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.deadline}: {self.to_on:%d.%m.%Y}"
