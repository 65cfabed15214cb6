"""A student's move to another cohort, with the agreement that proves it (4.6, 9.1)."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from offer_site.documents import Documented, SeenAs
from offer_site.encryption import EncryptedTextField

from .catalogue import Cohort
from .enrollment import Enrollment


class MoveAgreement(models.TextChoices):
    CABINET = "cabinet", _("in the cabinet")
    LINK = "link", _("by the link in a letter")
    DOCUMENT = "document", _("by a document")


class CohortMoveQuerySet(models.QuerySet["CohortMove"]):
    def open(self) -> "CohortMoveQuerySet":
        """Proposals that the student has not answered."""
        return self.filter(agreed_at=None, ended_at=None)

    def made(self) -> "CohortMoveQuerySet":
        return self.filter(agreed_at__isnull=False)


class CohortMove(Documented):
    """One move: proposed by staff, and made in the moment in which the student agrees.

    The agreement is a click in the cabinet, one on the page of the letter's link (LinkAnswer keeps
    what it showed), or a document that staff were given. What the student declines, or staff take
    back, has ended and moved nobody.
    """

    enrollment = models.ForeignKey(
        Enrollment, models.PROTECT, related_name="moves", verbose_name=_("enrollment")
    )
    from_cohort = models.ForeignKey(
        Cohort, models.PROTECT, related_name="+", verbose_name=_("from the cohort")
    )
    to_cohort = models.ForeignKey(
        Cohort, models.PROTECT, related_name="+", verbose_name=_("to the cohort")
    )
    reason = EncryptedTextField(_("reason"))
    proposed_at = models.DateTimeField(_("proposed at"))
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("proposed by")
    )
    agreed_at = models.DateTimeField(_("agreed at"), null=True, blank=True)
    agreed_by = models.CharField(_("agreement given or recorded by"), max_length=80, blank=True)
    agreed_how = models.CharField(
        _("how it was agreed"), max_length=10, choices=MoveAgreement, blank=True
    )
    ended_at = models.DateTimeField(_("declined or taken back at"), null=True, blank=True)
    ended_by = models.CharField(_("declined or taken back by"), max_length=80, blank=True)

    objects = CohortMoveQuerySet.as_manager()

    class Meta:
        verbose_name = _("move to another cohort")
        verbose_name_plural = _("moves to another cohort")
        ordering = ["-proposed_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["enrollment"],
                condition=Q(agreed_at=None, ended_at=None),
                name="a_student_has_one_open_move",
            ),
            models.CheckConstraint(
                condition=~Q(from_cohort=F("to_cohort")), name="a_move_leads_to_another_cohort"
            ),
            models.CheckConstraint(
                condition=Q(agreed_at=None, agreed_by="", agreed_how="")
                | Q(agreed_at__isnull=False, agreed_at__gte=F("proposed_at"), ended_at=None)
                & ~Q(agreed_by="")
                & ~Q(agreed_how=""),
                name="an_agreed_move_says_when_by_whom_and_how",
            ),
            models.CheckConstraint(
                condition=Q(agreed_how=MoveAgreement.DOCUMENT) & ~Q(document="")
                | ~Q(agreed_how=MoveAgreement.DOCUMENT) & Q(document=""),
                name="a_move_agreed_by_a_document_has_it",
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None, ended_by="")
                | Q(ended_at__isnull=False, ended_at__gte=F("proposed_at")) & ~Q(ended_by=""),
                name="an_ended_move_says_when_and_by_whom",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.enrollment}: {self.to_cohort}"

    @property
    def is_open(self) -> bool:
        return self.agreed_at is None and self.ended_at is None

    @property
    def seen_as(self) -> SeenAs:
        return SeenAs(
            about=("enrollment", str(self.enrollment_id)),
            order=self.enrollment.order.code,
            facts={"move": self.pk},
        )
