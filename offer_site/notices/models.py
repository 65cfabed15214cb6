"""The notice: a letter in the outbox, and the evidence that it was sent (12.1; N1, N2)."""

import logging
from datetime import datetime, timedelta

from django.db import models
from django.db.models import Case, Exists, OuterRef, Q, Value, When
from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _

from offer_site.days import ALMATY
from offer_site.documents import StoredFileError, read_stored
from offer_site.evidence import Evidence
from offer_site.languages import Language
from offer_site.leases import is_free
from offer_site.priorities import Priority

from .kinds import LETTERS, LetterLayout, NoticeKind

log = logging.getLogger(__name__)

# Longer than a task may run, and than all time-outs of one SMTP session together:
# while a lease runs, its owner may still be sending.
LEASE = timedelta(minutes=10)
# A mailbox that is away for less needs nobody.
PASSING_FAULT = timedelta(minutes=14)


class NoticeState(models.TextChoices):
    QUEUED = "queued", _("queued")
    SENT = "sent", _("sent")
    DEAD = "dead", _("dead")


class NoticeForm(models.TextChoices):
    """The forms of 12.1."""

    EMAIL = "e-mail", _("e-mail")


class NoticeQuerySet(models.QuerySet["Notice"]):
    def queued(self) -> "NoticeQuerySet":
        return self.filter(state=NoticeState.QUEUED)

    def dead(self) -> "NoticeQuerySet":
        """Notices that will not arrive unless a person acts."""
        return self.filter(state=NoticeState.DEAD)

    def given_up(self) -> "NoticeQuerySet":
        """Dead notices that were never sent, with no later one sent in their place."""
        return self.dead().filter(bounced_at=None, withdrawn_at=None).exclude(self._followed())

    def came_back(self) -> "NoticeQuerySet":
        """Notices that came back, not withdrawn, with no later one sent in their place."""
        return (
            self.dead()
            .filter(bounced_at__isnull=False, withdrawn_at=None)
            .exclude(self._followed())
        )

    @staticmethod
    def _followed() -> Exists:
        later = Notice.objects.filter(
            kind=OuterRef("kind"),
            about_kind=OuterRef("about_kind"),
            about_key=OuterRef("about_key"),
            order_code=OuterRef("order_code"),
            pk__gt=OuterRef("pk"),
            state=NoticeState.SENT,
        )
        return Exists(later)

    def due(self, at: datetime) -> "NoticeQuerySet":
        """Notices whose next attempt has come and that nobody is sending."""
        return self.queued().filter(is_free(at), next_attempt_at__lte=at)

    def of_no_use(self, at: datetime) -> "NoticeQuerySet":
        """Notices that will not be sent any more: withdrawn, or too late to be of use."""
        late = Q(withdrawn_at__isnull=False)
        for kind, letter in LETTERS.items():
            if letter.of_use_for:
                late |= Q(kind=kind, queued_at__lte=at - letter.of_use_for)
        return self.filter(late)

    def most_urgent_first(self) -> "NoticeQuerySet":
        """Codes, then letters of the moment, then batches; within them the longest wait first."""
        steps = [
            When(
                kind__in=[kind for kind, each in LETTERS.items() if each.priority == step],
                then=Value(int(step)),
            )
            for step in Priority
        ]
        urgency = Case(*steps, default=Value(int(Priority.MOMENT)))
        return self.order_by(urgency, "next_attempt_at", "pk")

    def without_owner(self, at: datetime) -> "NoticeQuerySet":
        """Notices due for longer than a lease: neither the task nor the sweep took them (N2).

        While the mail server refuses all of them they wait for that, and another line says so.
        """
        return self.due(at - LEASE).exclude(Exists(SendingStop.objects.probed(at)))

    def of_order(self, code: str) -> "NoticeQuerySet":
        return self.filter(order_code=code).order_by("queued_at", "pk")


class Notice(models.Model):
    """A message to one person about one thing; `raw` names the file of the letter's exact bytes."""

    kind = models.CharField(_("kind"), max_length=30, choices=NoticeKind)
    about_kind = models.CharField(_("about"), max_length=40)
    about_key = models.CharField(_("key"), max_length=64)
    occasion = models.CharField(_("occasion"), max_length=64, default="first")
    recipient = models.EmailField(_("to"))
    sender = models.EmailField(_("from"))
    form = models.CharField(_("form"), max_length=10, choices=NoticeForm, default=NoticeForm.EMAIL)
    language = models.CharField(_("language"), max_length=2, choices=Language)
    order_code = models.CharField(_("order"), max_length=16, blank=True, db_index=True)
    facts = models.JSONField(_("facts"), default=dict)
    attachments = models.JSONField(_("attachments"), default=list)
    message_id = models.CharField(_("Message-ID"), max_length=200, unique=True)
    # The letter that it answers, and the thread before it, by their Message-IDs (RFC 5322, 3.6.4).
    in_reply_to = models.CharField(max_length=400, blank=True, editable=False)
    thread = models.TextField(blank=True, editable=False)
    subject = models.CharField(_("subject"), max_length=400, blank=True)
    raw = models.CharField(_("stored letter"), max_length=200, blank=True)
    raw_sha256 = models.CharField(_("SHA-256 of the letter"), max_length=64, blank=True)
    state = models.CharField(
        _("state"), max_length=10, choices=NoticeState, default=NoticeState.QUEUED
    )
    queued_at = models.DateTimeField(_("queued at"))
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    next_attempt_at = models.DateTimeField(_("next attempt at"))
    lease_until = models.DateTimeField(_("being sent until"), null=True, blank=True)
    last_error = models.TextField(_("last error"), blank=True)
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)
    bounced_at = models.DateTimeField(_("came back at"), null=True, blank=True)
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        ordering = ["-queued_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "about_kind", "about_key", "recipient", "occasion"],
                name="a_person_gets_one_letter_of_a_kind_about_a_thing_an_occasion",
            ),
            models.CheckConstraint(
                condition=Q(state__in=NoticeState.values), name="a_notice_is_queued_or_sent_or_dead"
            ),
            models.CheckConstraint(
                condition=Q(state=NoticeState.SENT, sent_at__isnull=False, bounced_at=None)
                | Q(state=NoticeState.DEAD, bounced_at__isnull=False)
                | ~Q(state=NoticeState.SENT) & Q(sent_at__isnull=True, bounced_at=None),
                name="a_notice_that_left_says_when",
            ),
            models.CheckConstraint(
                condition=~Q(state=NoticeState.SENT) | ~Q(raw_sha256=""),
                name="a_sent_notice_has_its_letter",
            ),
            models.CheckConstraint(
                condition=~Q(state=NoticeState.DEAD) | ~Q(last_error=""),
                name="a_dead_notice_says_why",
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_attempt_at"],
                condition=Q(state="queued"),
                name="queued_notices_by_time",
            ),
            models.Index(fields=["about_kind", "about_key"], name="notices_about"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.order_code or self.about_key}"

    @property
    def standing(self) -> str:
        """The state in words for staff; "came back" and "withdrawn" go before the state itself."""
        if self.bounced_at:
            return gettext("came back")
        return pgettext("letter", "withdrawn") if self.withdrawn_at else self.get_state_display()

    @property
    def letter(self) -> LetterLayout:
        return LETTERS[NoticeKind(self.kind)]

    def stored_letter(self) -> bytes | None:
        """The letter's exact bytes; None if not written yet or if the stored file is lost.

        One that is missing, scratched or altered stands in the log as an error.
        """
        if not self.raw_sha256:
            return None
        try:
            return read_stored(self.raw, sha256=self.raw_sha256)
        except StoredFileError as error:
            log.error("letter %s: %s", self.pk, error)
            return None

    def is_too_late(self, at: datetime) -> bool:
        """True when the notice is of no use any more, as a code after its ten minutes."""
        of_use_for = self.letter.of_use_for
        return of_use_for is not None and at >= self.queued_at + of_use_for


class SendingStopQuerySet(models.QuerySet["SendingStop"]):
    def standing(self) -> "SendingStopQuerySet":
        """The stop that holds all letters back now: one at most."""
        return self.filter(ended_at=None)

    def probed(self, at: datetime) -> "SendingStopQuerySet":
        """A stop that a living clock still tries to end."""
        return self.standing().filter(next_attempt_at__gt=at - LEASE)


class SendingStop(models.Model):
    """A time in which all letters wait: the mail server refused us, and no recipient (0041)."""

    form = models.CharField(_("form"), max_length=10, choices=NoticeForm, default=NoticeForm.EMAIL)
    begun_at = models.DateTimeField(_("begun at"))
    answer = models.TextField(_("the server's answer"))
    attempts = models.PositiveIntegerField(_("attempts"), default=1)
    next_attempt_at = models.DateTimeField(_("next attempt at"))
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)

    objects = SendingStopQuerySet.as_manager()

    class Meta:
        verbose_name = _("stop of sending")
        verbose_name_plural = _("stops of sending")
        ordering = ["-begun_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["form"],
                condition=Q(ended_at=None),
                name="one_stop_holds_all_letters_of_a_form",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.begun_at.astimezone(ALMATY):%d.%m.%Y %H:%M}"


# The row of the folder into which another program puts mails, beside the mailbox.
SPOOL = "spool"


class MailboxPlaceQuerySet(models.QuerySet["MailboxPlace"]):
    def failing(self, at: datetime) -> "MailboxPlaceQuerySet":
        """Mailboxes that could not be read for longer than a passing fault takes."""
        return self.filter(failing_since__lte=at - PASSING_FAULT)

    def passed_over(self) -> "MailboxPlaceQuerySet":
        """Mailboxes with mails that nobody will read by machine, and no person has looked at."""
        return self.filter(passed_over_at__isnull=False, looked_through_at=None)


class MailboxPlace(models.Model):
    """How far a mailbox was read, and since when it cannot be read (0041).

    `last_uid` counts within one UIDVALIDITY. `again` names mails that failed and are tried again.
    `trying` is the mail that is being read, and how many processes died on it. `whole_at` stands in
    the inbox's row: all folders were read to their ends. The last mail that was too old to be read
    came at `passed_over_at`; a person has looked through such mails at `looked_through_at`.
    """

    mailbox = models.CharField(_("mailbox"), max_length=300, unique=True)
    uid_validity = models.PositiveBigIntegerField(null=True, blank=True)
    last_uid = models.PositiveBigIntegerField(_("read up to"), default=0)
    again = models.JSONField(default=list)
    trying = models.JSONField(default=dict, editable=False)
    read_at = models.DateTimeField(_("read at"), null=True, blank=True)
    whole_at = models.DateTimeField(null=True, blank=True, editable=False)
    passed_over_at = models.DateTimeField(
        _("last mail passed over came at"), null=True, blank=True, editable=False
    )
    looked_through_at = models.DateTimeField(
        _("looked through at"), null=True, blank=True, editable=False
    )
    looked_through_by = models.CharField(
        _("looked through by"), max_length=80, blank=True, editable=False
    )
    failing_since = models.DateTimeField(_("cannot be read since"), null=True, blank=True)
    failure = models.CharField(_("last error"), max_length=200, blank=True)

    objects = MailboxPlaceQuerySet.as_manager()

    class Meta:
        verbose_name = _("mailbox")
        verbose_name_plural = _("mailboxes")
        ordering = ["mailbox"]
        constraints = [
            models.CheckConstraint(
                condition=Q(looked_through_at__isnull=True, looked_through_by="")
                | Q(looked_through_at__isnull=False, passed_over_at__isnull=False)
                & ~Q(looked_through_by=""),
                name="mails_passed_over_are_looked_through_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return self.mailbox


class Bounce(Evidence):
    """A mail server's report that a notice came back.

    `raw` is stored encrypted, since it names a person. `sent_at` is the dispatch that failed; the
    notice may have been sent again since.
    """

    notice = models.ForeignKey(
        Notice, models.PROTECT, related_name="bounces", verbose_name=_("notice")
    )
    status = models.CharField(_("status"), max_length=12)
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)
    read_at = models.DateTimeField(_("read at"))
    raw = models.CharField(_("stored report"), max_length=200)
    raw_sha256 = models.CharField(_("SHA-256 of the report"), max_length=64)

    class Meta:
        verbose_name = _("letter that came back")
        verbose_name_plural = _("letters that came back")
        ordering = ["-read_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["notice", "raw_sha256"], name="a_report_is_counted_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.notice}: {self.status}"
