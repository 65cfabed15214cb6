"""The right to be taught: from the acceptance to the end of the service (1.7, 9.1)."""

from datetime import date, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from .catalogue import SEES_ALL, Cohort
from .clarification import Clarification
from .order import Order
from .party import Learner

if TYPE_CHECKING:
    from offer_site.accounts.models import User


class EnrollmentState(models.TextChoices):
    ACTIVE = "active", _("learning")
    COMPLETED = "completed", _("completed")
    TERMINATED = "terminated", _("terminated")


LIVE = [EnrollmentState.ACTIVE, EnrollmentState.COMPLETED]


class EnrollmentQuerySet(models.QuerySet["Enrollment"]):
    def seen_by(self, user: "User") -> "EnrollmentQuerySet":
        """The students whom a member of staff may see: a curator sees only the own ones (3.5)."""
        if user.has_perm(SEES_ALL):
            return self
        return self.filter(curator_assignments__curator=user.pk, curator_assignments__ended_at=None)

    def performed_by(self, today: date) -> "EnrollmentQuerySet":
        """Enrollments whose day of performance has come: the term of 9.1 runs from it.

        It does not wait for staff to complete the enrollment.
        """
        return self.alias(day=Coalesce("performed_on", F("cohort__ends_on"))).filter(day__lte=today)

    def not_completed(self) -> "EnrollmentQuerySet":
        return self.filter(state=EnrollmentState.ACTIVE)

    def completed(self) -> "EnrollmentQuerySet":
        return self.filter(state=EnrollmentState.COMPLETED)

    def without_open_clarification(self) -> "EnrollmentQuerySet":
        """Enrollments with no open question: a certificate waits for the answer (9.5)."""
        theirs = Q(order=OuterRef("order")) | Q(invoice=OuterRef("order__invoice"))
        return self.filter(~Exists(Clarification.objects.open().filter(theirs)))

    def left_out(self) -> "EnrollmentQuerySet":
        """Open enrollments that staff left out of a completion, with the reason (C3)."""
        return self.not_completed().filter(
            Exists(Exclusion.objects.filter(enrollment=OuterRef("pk")))
        )

    def rest_overdue(self, today: date) -> "EnrollmentQuerySet":
        """Open enrollments whose rest was due before today and is not paid (4.3.1)."""
        orders = Order.objects.rest_due_by(today - timedelta(days=1))
        return self.not_completed().filter(order__in=orders.order_by().values("pk"))

    def past_the_day(self, today: date) -> "EnrollmentQuerySet":
        """Open enrollments past their day of performance, and not left out with a reason (C3)."""
        excluded = Exists(Exclusion.objects.filter(enrollment=OuterRef("pk")))
        return self.not_completed().performed_by(today).filter(~excluded)


class Enrollment(models.Model):
    """One learner in one cohort under one order."""

    order = models.OneToOneField(
        Order, models.PROTECT, related_name="enrollment", verbose_name=_("order")
    )
    learner = models.OneToOneField(
        Learner, models.PROTECT, related_name="enrollment", verbose_name=_("learner")
    )
    learner_key = models.CharField(max_length=64, editable=False)
    cohort = models.ForeignKey(
        Cohort, models.PROTECT, related_name="enrollments", verbose_name=_("cohort")
    )
    state = models.CharField(
        _("state"), max_length=12, choices=EnrollmentState, default=EnrollmentState.ACTIVE
    )
    opened_at = models.DateTimeField(_("opened at"))
    performed_on = models.DateField(_("own day of performance"), null=True, blank=True)
    completed_at = models.DateTimeField(_("completed at"), null=True, blank=True)
    completed_by = models.CharField(_("completed by"), max_length=80, blank=True)

    objects = EnrollmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("enrollment")
        verbose_name_plural = _("enrollments")
        ordering = ["-opened_at"]
        permissions = [("all_enrollment", "Can see the students of every curator")]
        constraints = [
            models.UniqueConstraint(
                fields=["learner_key", "cohort"],
                condition=Q(state__in=LIVE),
                name="a_learner_has_one_live_enrollment_in_a_cohort",
            ),
            models.CheckConstraint(
                condition=Q(completed_at__isnull=False) | ~Q(state=EnrollmentState.COMPLETED),
                name="a_completed_enrollment_says_when",
            ),
        ]

    def __str__(self) -> str:
        return self.order.code

    @property
    def day_of_performance(self) -> date:
        """The day of 9.1: the student's own, or else the cohort's last day."""
        return self.performed_on or self.cohort.ends_on


class Exclusion(models.Model):
    """Why a student was left out when the cohort was completed: the exception that C3 allows."""

    enrollment = models.ForeignKey(
        Enrollment, models.PROTECT, related_name="exclusions", verbose_name=_("enrollment")
    )
    reason = models.CharField(_("reason"), max_length=300)
    at = models.DateTimeField(_("at"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by")
    )

    class Meta:
        verbose_name = _("exclusion from completion")
        verbose_name_plural = _("exclusions from completion")

    def __str__(self) -> str:
        return self.reason


def enrollment_of(order: Order) -> Enrollment | None:
    """The enrollment of an order; None before the contract."""
    try:
        return order.enrollment
    except Enrollment.DoesNotExist:
        return None
