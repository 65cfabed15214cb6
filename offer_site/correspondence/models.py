"""The register of 12.1 beside the outbox: what came, and paper both ways.

What leaves by e-mail is a Notice. The text of a letter stands in its file alone, encrypted. Letters
name people, so their rows can be erased one day; the journal keeps the digest of each.
"""

import logging
from functools import cached_property

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q, Subquery
from django.utils.translation import gettext_lazy as _

from enrollment.models import Cohort, Order
from offer_site.accounts.models import User
from offer_site.documents import Documented, SeenAs, StoredFileError, read_stored
from offer_site.evidence import Evidence
from offer_site.notices.models import Notice

from .reading import ReadLetter, read_letter
from .rules import FULFILS, SenderCheck, Standing, check_of_sender

log = logging.getLogger(__name__)


class Way(models.TextChoices):
    IN = "in", _("to us")
    OUT = "out", _("from us")


class Form(models.TextChoices):
    """The forms of 12.1, and the cabinet, which the offer does not name (0051)."""

    EMAIL = "e-mail", _("e-mail")
    POST = "post", _("registered letter")
    COURIER = "courier", _("courier")
    CABINET = "cabinet", _("cabinet")


PAPER = (Form.POST, Form.COURIER)


class LetterQuerySet(models.QuerySet["Letter"]):
    def unread(self) -> "LetterQuerySet":
        """Letters of contract holders that nobody has read yet; strangers' may be left (12.1.3)."""
        read = Reading.objects.filter(letter=OuterRef("pk"))
        left = (Standing.OTHER_ADDRESS, Standing.AUTOMATIC)
        return self.filter(~Exists(read), way=Way.IN).exclude(standing__in=left)

    def from_strangers(self) -> "LetterQuerySet":
        read = Reading.objects.filter(letter=OuterRef("pk"))
        return self.filter(~Exists(read), way=Way.IN, standing=Standing.OTHER_ADDRESS)

    def fulfilling(self) -> "LetterQuerySet":
        return self.filter(standing__in=FULFILS)

    def assigned_to(self, user: User) -> "LetterQuerySet":
        """Letters whose last assignment is to this person."""
        last = Assignment.objects.filter(letter=OuterRef("pk")).order_by("-pk").values("to")[:1]
        return self.alias(now_of=Subquery(last)).filter(now_of=user.pk)

    def of_order(self, order: Order) -> "LetterQuerySet":
        return self.filter(concerns__order=order).order_by("arrived_at", "pk")


class Letter(Documented):
    """One letter: from a mailbox, a spool, the cabinet, or on paper.

    `raw` is the letter byte for byte, or, of paper, what was typed about it. `identity` is one for
    one letter, wherever it is read from and however often.
    """

    way = models.CharField(_("way"), max_length=3, choices=Way)
    form = models.CharField(_("form"), max_length=10, choices=Form)
    standing = models.CharField(_("counts as"), max_length=20, choices=Standing)
    sender = models.CharField(_("from"), max_length=320, blank=True)
    recipient = models.CharField(_("to"), max_length=320, blank=True)
    subject = models.CharField(_("subject"), max_length=400, blank=True)
    written_at = models.DateTimeField(_("date of the sender"), null=True, blank=True)
    arrived_at = models.DateTimeField(_("came or left at"))
    recorded_at = models.DateTimeField(_("recorded at"))
    message_id = models.CharField(_("Message-ID"), max_length=400, blank=True)
    identity = models.CharField(max_length=64, unique=True, editable=False)
    mailbox = models.CharField(_("mailbox"), max_length=300, blank=True)
    uid_validity = models.PositiveBigIntegerField(null=True, blank=True, editable=False)
    uid = models.PositiveBigIntegerField(_("number in the mailbox"), null=True, blank=True)
    raw = models.CharField(_("stored letter"), max_length=200)
    raw_sha256 = models.CharField(_("SHA-256 of the letter"), max_length=64)
    is_whole = models.BooleanField(_("kept whole"), default=True)
    authentication = models.TextField(_("what our mail server found of the sender"), blank=True)
    by = models.CharField(_("entered by"), max_length=80)

    objects = LetterQuerySet.as_manager()

    class Meta:
        verbose_name = _("letter")
        verbose_name_plural = _("letters in and out")
        ordering = ["-arrived_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["mailbox", "uid_validity", "uid"],
                condition=Q(uid__isnull=False),
                name="a_mail_is_recorded_once",
            ),
            models.CheckConstraint(
                condition=Q(way__in=Way.values)
                & Q(form__in=Form.values)
                & Q(standing__in=Standing.values),
                name="a_letter_has_a_way_a_form_and_a_standing",
            ),
            models.CheckConstraint(
                condition=~Q(standing__in=FULFILS) | ~Q(subject=""),
                name="a_notice_has_a_subject",
            ),
            models.CheckConstraint(
                condition=~Q(raw="") & ~Q(raw_sha256=""), name="a_letter_is_kept"
            ),
        ]
        indexes = [models.Index(fields=["message_id"], name="letters_by_message_id")]

    def __str__(self) -> str:
        return f"{self.pk}: {self.subject or self.sender}"

    @property
    def is_paper(self) -> bool:
        return self.form in PAPER

    def stored(self) -> bytes | None:
        """The letter's exact bytes; None, with an error in the log, if the file is not the one."""
        try:
            return read_stored(self.raw, sha256=self.raw_sha256)
        except StoredFileError as error:
            log.error("letter %s: %s", self.pk, error)
            return None

    @cached_property
    def read(self) -> ReadLetter | None:
        """The letter as its reader sees it, with its files, kept for as long as this object is."""
        return self.read_now()

    def read_now(self) -> ReadLetter | None:
        """The letter as its reader sees it; None if its file is lost or altered.

        One that was set aside is taken apart by no page: it may be what ends processes.
        """
        if self.standing == Standing.SET_ASIDE:
            return ReadLetter(is_head_only=True)
        raw = self.stored()
        return read_letter(raw) if raw is not None else None

    @property
    def text(self) -> str:
        return self.read.text if self.read else ""

    @property
    def sender_check(self) -> SenderCheck:
        """What our mail server found of the sender, in one word; of a spool nothing is believed."""
        found = self.authentication if self.uid is not None else ""
        return check_of_sender(found, sender=self.sender)

    @property
    def counts_as(self) -> str:
        """The standing for a list, marked where the sender was not confirmed."""
        standing = str(self.get_standing_display())
        if self.sender_check == SenderCheck.FAILED:
            return f"{standing} · {SenderCheck.FAILED.label}"
        return standing

    @property
    def seen_as(self) -> SeenAs:
        return SeenAs(("letter", str(self.pk)))


class Concern(Evidence):
    """The contract that a letter is about: told by its address, or said by a person."""

    letter = models.ForeignKey(
        Letter, models.PROTECT, related_name="concerns", verbose_name=_("letter")
    )
    order = models.ForeignKey(
        Order, models.PROTECT, related_name="letters", verbose_name=_("order")
    )
    by = models.CharField(_("by"), max_length=80)
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("contract of a letter")
        verbose_name_plural = _("contracts of letters")
        constraints = [
            models.UniqueConstraint(
                fields=["letter", "order"], name="a_letter_concerns_an_order_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.letter_id}: {self.order}"


class LetterFile(models.Model):
    """A file attached to a letter; its bytes lie in the letter's own, at this place."""

    letter = models.ForeignKey(
        Letter, models.PROTECT, related_name="files", verbose_name=_("letter")
    )
    position = models.PositiveSmallIntegerField(_("number"))
    name = models.CharField(_("file"), max_length=200)
    content_type = models.CharField(_("type"), max_length=100)
    size = models.PositiveBigIntegerField(_("bytes"))
    sha256 = models.CharField(_("SHA-256"), max_length=64)

    class Meta:
        verbose_name = _("file of a letter")
        verbose_name_plural = _("files of letters")
        ordering = ["letter", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["letter", "position"], name="a_letter_has_one_file_a_place"
            )
        ]

    def __str__(self) -> str:
        return self.name


class PostalReceipt(Documented):
    """The paper that proves a registered letter or a courier: number, day and its picture."""

    letter = models.ForeignKey(
        Letter, models.PROTECT, related_name="receipts", verbose_name=_("letter")
    )
    number = models.CharField(_("number of the receipt"), max_length=60)
    day = models.DateField(_("day of the receipt"))
    by = models.CharField(_("entered by"), max_length=80)
    at = models.DateTimeField(_("entered at"))

    class Meta:
        verbose_name = _("receipt of the post or a courier")
        verbose_name_plural = _("receipts of the post and couriers")
        ordering = ["day", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["letter", "number"], name="a_letter_has_a_receipt_once"
            ),
            models.CheckConstraint(
                condition=~Q(number="") & ~Q(document=""), name="a_receipt_has_number_and_paper"
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def seen_as(self) -> SeenAs:
        return SeenAs(("letter", str(self.letter_id)))


class Reading(Evidence):
    """A letter was read by a person of the provider: the first one stands."""

    letter = models.OneToOneField(
        Letter, models.PROTECT, related_name="reading", verbose_name=_("letter")
    )
    by = models.CharField(_("by"), max_length=80)
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("reading of a letter")
        verbose_name_plural = _("readings of letters")

    def __str__(self) -> str:
        return str(self.letter)


class Assignment(Evidence):
    """Whose a letter is to answer; the last one holds."""

    letter = models.ForeignKey(
        Letter, models.PROTECT, related_name="assignments", verbose_name=_("letter")
    )
    to = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("whose")
    )
    by = models.CharField(_("by"), max_length=80)
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("assignment of a letter")
        verbose_name_plural = _("assignments of letters")
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.letter_id}: {self.to_id}"


class CohortLetterQuerySet(models.QuerySet["CohortLetter"]):
    def going_out(self) -> "CohortLetterQuerySet":
        return self.filter(started_at__isnull=False, finished_at=None)


class CohortLetter(models.Model):
    """A letter to a whole cohort, in both languages; nothing of it changes once it goes out."""

    cohort = models.ForeignKey(Cohort, models.PROTECT, related_name="+", verbose_name=_("cohort"))
    is_marketing = models.BooleanField(_("marketing"), default=False)
    subject_kk = models.CharField(_("subject in Kazakh"), max_length=150)
    subject_ru = models.CharField(_("subject in Russian"), max_length=150)
    text_kk = models.TextField(_("text in Kazakh"))
    text_ru = models.TextField(_("text in Russian"))
    written_at = models.DateTimeField(_("written at"))
    written_by = models.CharField(_("written by"), max_length=80)
    started_at = models.DateTimeField(_("sent from"), null=True, blank=True)
    started_by = models.CharField(_("sent by"), max_length=80, blank=True)
    finished_at = models.DateTimeField(_("all queued at"), null=True, blank=True)

    objects = CohortLetterQuerySet.as_manager()

    class Meta:
        verbose_name = _("letter to a cohort")
        verbose_name_plural = _("letters to cohorts")
        ordering = ["-written_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(started_at=None, started_by="", finished_at=None)
                | Q(started_at__isnull=False) & ~Q(started_by=""),
                name="a_letter_to_a_cohort_says_who_sent_it",
            ),
            models.CheckConstraint(
                condition=~Q(subject_kk="") & ~Q(subject_ru="") & ~Q(text_kk="") & ~Q(text_ru=""),
                name="a_letter_to_a_cohort_is_in_both_languages",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.cohort}: {self.subject_ru}"


class CohortLetterReceiver(Evidence):
    """A contract whose holder was written to; contracts under one e-mail share one notice."""

    cohort_letter = models.ForeignKey(
        CohortLetter, models.PROTECT, related_name="receivers", verbose_name=_("letter to a cohort")
    )
    order = models.ForeignKey(
        Order, models.PROTECT, related_name="cohort_letters", verbose_name=_("order")
    )
    notice = models.ForeignKey(Notice, models.PROTECT, related_name="+", verbose_name=_("notice"))
    at = models.DateTimeField(_("queued at"))

    class Meta:
        verbose_name = _("receiver of a letter to a cohort")
        verbose_name_plural = _("receivers of letters to cohorts")
        constraints = [
            models.UniqueConstraint(
                fields=["cohort_letter", "order"], name="a_contract_gets_a_cohorts_letter_once"
            )
        ]

    def __str__(self) -> str:
        return str(self.order)
