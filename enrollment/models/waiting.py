"""Who waits for the sale of the next cohort to open: an e-mail, kept for one letter."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from offer_site.languages import Language

from .catalogue import Cohort, Course


class WaitingPerson(models.Model):
    """One e-mail that asked for one letter (5.3); the row is erased when the letter is queued.

    `besides` is the cohort that was sold out when they asked: it is no news to them.
    """

    course = models.ForeignKey(
        Course, models.PROTECT, related_name="waiting", verbose_name=_("course")
    )
    besides = models.ForeignKey(
        Cohort,
        models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("cohort that was sold out"),
    )
    email = models.EmailField(_("e-mail"))
    language = models.CharField(_("language"), max_length=2, choices=Language)
    consent_text = models.TextField(_("consent"))
    asked_at = models.DateTimeField(_("asked at"))

    class Meta:
        verbose_name = _("who waits for sales")
        verbose_name_plural = _("waiting list")
        ordering = ["-asked_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["course", "email"], name="an_email_waits_for_a_course_once"
            ),
            models.CheckConstraint(
                condition=~Q(email="") & ~Q(consent_text=""),
                name="who_waits_has_an_email_and_a_consent",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.course}, {self.pk}"
