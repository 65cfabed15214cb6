"""Certificates as numbered, printed, sent, replaced and revoked, and their numbers (9.1)."""

import json
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from certificates.rules import code_lines
from enrollment.models import Enrollment
from offer_site.codes import new_secret_code
from offer_site.encryption import EncryptedTextField
from offer_site.evidence import Evidence
from offer_site.file_names import file_name
from offer_site.languages import Language, current_language, speaking
from offer_site.leases import is_free


class NumberSeries(models.Model):
    """The last number of a year; its row is locked while one is taken, so none repeats (C1)."""

    year = models.PositiveSmallIntegerField(_("year"), unique=True)
    last = models.PositiveIntegerField(_("last number"), default=0)

    class Meta:
        verbose_name = _("series of numbers")
        verbose_name_plural = _("series of numbers")
        ordering = ["-year"]

    def __str__(self) -> str:
        return f"{self.year}: {self.last}"


LIVE = Q(replaced_at=None, revoked_at=None)

# While a lease runs, its owner may still be printing: it is longer than a task may take (tasks.py).
LEASE = timedelta(minutes=10)
# After so long in the workers' queue a certificate counts as lost and is queued again.
QUEUED_FOR = timedelta(hours=3)
# After so many dead workers a certificate is printed alone, and delays no other.
MOST_DEATHS = 2


class CertificateQuerySet(models.QuerySet["Certificate"]):
    def live(self) -> "CertificateQuerySet":
        """Certificates neither replaced nor revoked; an enrollment has at most one (C1)."""
        return self.filter(LIVE)

    def rendered(self) -> "CertificateQuerySet":
        """Certificates that were issued: their file is stored."""
        return self.filter(rendered_at__isnull=False)

    def of_order(self, code: str) -> "CertificateQuerySet":
        return self.filter(enrollment__order__code=code)

    def waiting_to_be_rendered(self) -> "CertificateQuerySet":
        """Numbered but not printed yet: also what a crash or a failure left."""
        return self.live().filter(rendered_at=None)

    def free(self, at: datetime) -> "CertificateQuerySet":
        """Those that a worker may take: nobody prints them, and too few workers died on them."""
        return self.waiting_to_be_rendered().filter(is_free(at), attempts__lt=MOST_DEATHS)

    def to_hand_over(self, at: datetime) -> "CertificateQuerySet":
        """Free ones in no queue: never queued, lost with the queue, or left by a dead worker."""
        lost = Q(handed_at=None) | Q(handed_at__lte=at - QUEUED_FOR) | Q(lease_until__lte=at)
        return self.free(at).filter(lost)

    def given_up(self) -> "CertificateQuerySet":
        """Those that were not printed alone either: only a person lets them be tried again."""
        return self.set_apart().filter(attempts__gte=MOST_DEATHS)

    def deadly(self, at: datetime) -> "CertificateQuerySet":
        """Those with MOST_DEATHS attempts whose last lease has ended: a worker died of them, or of
        its machine.
        """
        return self.waiting_to_be_rendered().filter(attempts__gte=MOST_DEATHS, lease_until__lte=at)

    def set_apart(self) -> "CertificateQuerySet":
        """Those that could not be printed, with the reason; a person must look at them (C3)."""
        return self.waiting_to_be_rendered().filter(failed_at__isnull=False)

    def with_order(self) -> "CertificateQuerySet":
        return self.select_related("enrollment__order__party", "enrollment__cohort")

    def locked(self) -> "CertificateQuerySet":
        return self.select_for_update(of=("self",))


class Certificate(models.Model):
    """One certificate, its facts frozen when it was numbered; a correction is a new one (C2).

    `face` holds what the first sheet prints besides the columns: issuer, signatory, length of the
    course, the art. `record` holds the rows of the second sheet, all of 9.2 or 9.3, with the
    address in them: encrypted (S2).
    """

    enrollment = models.ForeignKey(
        Enrollment, models.PROTECT, related_name="certificates", verbose_name=_("enrollment")
    )
    number = models.CharField(_("number"), max_length=20, unique=True)
    code = models.CharField(_("check code"), max_length=32, unique=True, default=new_secret_code)
    language = models.CharField(_("language"), max_length=2, choices=Language)
    learner_name = models.CharField(_("learner"), max_length=400)
    company_name = models.CharField(_("company"), max_length=200, blank=True)
    course_name = models.CharField(_("course"), max_length=80)
    package_name = models.CharField(_("package"), max_length=40)
    starts_on = models.DateField(_("first day of the course"))
    ends_on = models.DateField(_("day of performance"))
    issued_on = models.DateField(_("issued on"))
    face = models.JSONField(_("what the face prints"), default=dict)
    record = EncryptedTextField(_("rows of the second sheet"), blank=True)
    numbered_at = models.DateTimeField(_("numbered at"))
    file = models.CharField(_("stored file"), max_length=200, blank=True)
    # A dropped file is found by it.
    sha256 = models.CharField("SHA-256", max_length=64, blank=True, db_index=True)
    rendered_at = models.DateTimeField(_("issued at"), null=True, blank=True)
    failed_at = models.DateTimeField(_("set apart at"), null=True, blank=True)
    fail_reason = models.CharField(_("why it was set apart"), max_length=300, blank=True)
    handed_at = models.DateTimeField(_("handed to a worker at"), null=True, blank=True)
    lease_until = models.DateTimeField(_("being printed until"), null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts that did not come back"), default=0)
    replaced_by = models.OneToOneField(
        "self",
        models.PROTECT,
        related_name="replaces",
        null=True,
        blank=True,
        verbose_name=_("replaced by"),
    )
    replaced_at = models.DateTimeField(_("replaced at"), null=True, blank=True)
    replace_reason = models.CharField(_("why it was replaced"), max_length=300, blank=True)
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)
    revoke_reason = models.CharField(_("why it was revoked"), max_length=300, blank=True)

    objects = CertificateQuerySet.as_manager()

    class Meta:
        verbose_name = _("certificate")
        verbose_name_plural = _("certificates")
        ordering = ["-numbered_at", "-number"]
        indexes = [
            models.Index(
                fields=["handed_at"],
                condition=Q(rendered_at=None),
                name="certificates_to_be_printed",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["enrollment"], condition=LIVE, name="an_enrollment_has_one_live_certificate"
            ),
            models.CheckConstraint(
                condition=Q(rendered_at=None, file="", sha256="")
                | Q(rendered_at__isnull=False, failed_at=None)
                & ~Q(file="")
                & ~Q(sha256="")
                & ~Q(record=""),
                name="an_issued_certificate_has_its_file_and_digest",
            ),
            models.CheckConstraint(
                condition=Q(replaced_at=None, replaced_by=None, replace_reason="")
                | Q(replaced_at__isnull=False) & ~Q(replace_reason=""),
                name="a_replaced_certificate_says_when_and_why",
            ),
            models.CheckConstraint(
                condition=Q(revoked_at=None, revoke_reason="")
                | Q(revoked_at__isnull=False) & ~Q(revoke_reason=""),
                name="a_revoked_certificate_says_when_and_why",
            ),
            models.CheckConstraint(
                condition=Q(failed_at=None, fail_reason="")
                | Q(failed_at__isnull=False) & ~Q(fail_reason=""),
                name="a_certificate_set_apart_says_when_and_why",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        return reverse("verify_code", args=[self.code])

    @property
    def public_address(self) -> str:
        """The whole address that shows anybody whether it is valid: what is shared."""
        return f"{settings.SITE_URL}{self.get_absolute_url()}"

    @property
    def linkedin_address(self) -> str:
        """Where LinkedIn opens its form with the certificate's facts filled in."""
        facts = {
            "startTask": "CERTIFICATION_NAME",
            "name": f"{self.course_name}, {self.package_name}",
            "organizationName": self.face.get("brand", ""),
            "issueYear": self.issued_on.year,
            "issueMonth": self.issued_on.month,
            "certUrl": self.public_address,
            "certId": self.number,
        }
        return f"https://www.linkedin.com/profile/add?{urlencode(facts)}"

    @property
    def code_in_groups(self) -> str:
        """The check code as it is printed and typed, on one line."""
        return " ".join(code_lines(self.code))

    @property
    def is_live(self) -> bool:
        return self.replaced_at is None and self.revoked_at is None

    @property
    def is_rendered(self) -> bool:
        return self.rendered_at is not None

    @property
    def issuer(self) -> str:
        return self._on_face("issuer")

    @property
    def duration(self) -> str:
        return self._on_face("duration")

    @property
    def file_name(self) -> str:
        """The name of the PDF in the storage and in proofs."""
        return f"{self.number}.pdf"

    def name_for_people(self, *, ending: str, what: str = "") -> str:
        """The name under which its owner saves it: whose it is, and its number."""
        with speaking(self.language):
            word = _("Certificate")
        return file_name(str(word), what, self.learner_name, self.number, ending=ending)

    def _on_face(self, fact: str) -> str:
        """A fact that the face prints in both languages, in the active one."""
        return str(self.face.get(f"{fact}_{current_language()}", ""))

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The rows of the second sheet: Kazakh label, Russian label, value."""
        rows: list[dict[str, Any]] = json.loads(self.record) if self.record else []
        return rows


class PictureKind(models.TextChoices):
    PRINT = "print", _("picture for print, 300 dpi")
    POST = "post", _("picture for a post")
    STORY = "story", _("picture for a story")
    SCREEN = "screen", _("picture for a page")


class CertificatePicture(Evidence):
    """A picture of a certificate, drawn at the first request and never again (9.4, C2)."""

    certificate = models.ForeignKey(
        Certificate, models.PROTECT, related_name="pictures", verbose_name=_("certificate")
    )
    kind = models.CharField(_("picture"), max_length=8, choices=PictureKind)
    file = models.CharField(_("stored file"), max_length=200)
    sha256 = models.CharField("SHA-256", max_length=64)

    class Meta:
        verbose_name = _("picture of a certificate")
        verbose_name_plural = _("pictures of certificates")
        constraints = [
            models.UniqueConstraint(
                fields=["certificate", "kind"], name="a_certificate_has_one_picture_of_a_kind"
            ),
        ]

    def __str__(self) -> str:
        return self.file

    @property
    def file_name(self) -> str:
        """The name of the picture for people."""
        ending = "" if self.kind == PictureKind.PRINT else f"-{self.kind}"
        return f"{self.certificate.number}{ending}.png"
