"""What contract holders were told of a later edition, and what they answered (12.2.1)."""

from datetime import datetime, timedelta

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from enrollment.rules.order_states import OrderState
from offer_site.encryption import EncryptedTextField
from offer_site.evidence import Evidence
from offer_site.notices.models import Bounce, Notice, NoticeState

from .offer import Edition
from .order import Order

# States in which the contract still runs: it may be changed only while it does.
RUNNING = (OrderState.PREPAID, OrderState.PAID)
# An objection may come by letter until the last moment (12.1), and staff enter it.
LETTERS_ARE_READ_WITHIN = timedelta(days=3)
# Mail servers give up within five days: a letter that came back by then was not told.
LETTERS_COME_BACK_WITHIN = timedelta(days=5)


class EditionNoticeQuerySet(models.QuerySet["EditionNotice"]):
    def running(self) -> "EditionNoticeQuerySet":
        """Notices about contracts that have not ended."""
        return self.filter(order__state__in=RUNNING)

    def unanswered(self) -> "EditionNoticeQuerySet":
        return self.filter(answer=None)

    def open(self, at: datetime) -> "EditionNoticeQuerySet":
        """Notices that may still be answered: the edition has not taken effect (12.2.1)."""
        return self.unanswered().running().filter(object_before__gt=at)

    def silent(self, at: datetime) -> "EditionNoticeQuerySet":
        """Told in time by a letter that arrived, and not answered before the day of effect.

        Letters of the last evening are read first, and a letter may come back for some days, so
        silence is known later. That all letters are read is asked by whoever records it.
        """
        return (
            self.unanswered()
            .running()
            .filter(
                object_before__lte=at - LETTERS_ARE_READ_WITHIN,
                letter__state=NoticeState.SENT,
                letter__sent_at__lt=F("object_before"),
                letter__sent_at__lte=at - LETTERS_COME_BACK_WITHIN,
            )
        )

    def untold(self, at: datetime) -> "EditionNoticeQuerySet":
        """Notices whose letter did not arrive before the day of effect: silence says nothing.

        Also those whose letter came back when silence was recorded already.
        """
        in_time = Q(letter__state=NoticeState.SENT, letter__sent_at__lt=F("object_before"))
        never_told = Q(answer=None) & ~in_time | Q(answer__refutation__isnull=False)
        return self.running().filter(never_told, object_before__lte=at)

    def came_back_later(self) -> "EditionNoticeQuerySet":
        """Silence was recorded, and the letter it relied on came back.

        It was no returned letter then, so the moments of the two jobs are not compared: one that
        was sent again since, or is to be, came back before that.
        """
        came_back = Exists(Bounce.objects.filter(notice=OuterRef("letter")))
        sent_again = Q(letter__sent_at=None) | Q(letter__sent_at__gt=F("answer__recorded_at"))
        return self.filter(
            Q(letter__bounced_at__isnull=False) | sent_again & came_back,
            answer__kind=EditionAnswerKind.SILENT,
            answer__refutation=None,
        )


class EditionNotice(Evidence):
    """One contract holder was told of one edition; it changes no number of the contract.

    `object_before` is when the edition takes effect; it is empty for an edition that was in effect
    when it was published: then there is nothing to answer.
    """

    edition = models.ForeignKey(
        Edition, models.PROTECT, related_name="notices", verbose_name=_("edition")
    )
    order = models.ForeignKey(
        Order, models.PROTECT, related_name="edition_notices", verbose_name=_("order")
    )
    letter = models.ForeignKey(Notice, models.PROTECT, related_name="+", verbose_name=_("letter"))
    told_at = models.DateTimeField(_("told at"))
    object_before = models.DateTimeField(_("may be objected to before"), null=True, blank=True)

    objects = EditionNoticeQuerySet.as_manager()

    class Meta:
        verbose_name = _("notice of an edition")
        verbose_name_plural = _("notices of editions")
        ordering = ["-told_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["edition", "order"], name="a_contract_is_told_of_an_edition_once"
            ),
            models.CheckConstraint(
                condition=Q(object_before=None) | Q(object_before__gt=F("told_at")),
                name="an_edition_may_be_objected_to_after_the_notice",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order}: {self.edition}"

    def is_open(self, at: datetime) -> bool:
        """True while an answer may come."""
        return self.object_before is not None and at < self.object_before


class EditionAnswerKind(models.TextChoices):
    AGREED = "agreed", _("agreed")
    OBJECTED = "objected", _("objected")
    SILENT = "silent", _("consent by silence")


class AnswerDoor(models.TextChoices):
    CABINET = "cabinet", _("in the cabinet")
    LETTER = "letter", _("by letter or e-mail")
    CLOCK = "clock", _("by the clock")


class EditionAnswer(Evidence):
    """The one answer of a contract holder to a later edition; silence is recorded as consent."""

    notice = models.OneToOneField(
        EditionNotice, models.PROTECT, related_name="answer", verbose_name=_("notice of an edition")
    )
    kind = models.CharField(_("answer"), max_length=10, choices=EditionAnswerKind)
    door = models.CharField(
        pgettext_lazy("answer to an edition", "how it came"), max_length=10, choices=AnswerDoor
    )
    words = EncryptedTextField(_("in their words"), blank=True)
    said_at = models.DateTimeField(_("said at"))
    recorded_at = models.DateTimeField(_("recorded at"))
    recorded_by = models.CharField(_("recorded by"), max_length=80)

    class Meta:
        verbose_name = _("answer to an edition")
        verbose_name_plural = _("answers to editions")
        ordering = ["-recorded_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=EditionAnswerKind.values, door__in=AnswerDoor.values),
                name="an_answer_to_an_edition_is_of_a_known_kind",
            ),
            models.CheckConstraint(
                condition=Q(kind=EditionAnswerKind.SILENT, door=AnswerDoor.CLOCK, words="")
                | ~Q(kind=EditionAnswerKind.SILENT) & ~Q(door=AnswerDoor.CLOCK),
                name="only_the_clock_records_silence",
            ),
            models.CheckConstraint(
                condition=Q(said_at__lte=F("recorded_at")),
                name="an_answer_to_an_edition_is_recorded_once_it_is_said",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.notice}: {self.get_kind_display()}"


class SilenceRefutation(Evidence):
    """The letter came back after silence was recorded: its receiver was not told, nor consented."""

    answer = models.OneToOneField(
        EditionAnswer, models.PROTECT, related_name="refutation", verbose_name=_("answer")
    )
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("silence that was none")
        verbose_name_plural = _("silence that was none")
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return str(self.answer)


class TalkOutcome(models.TextChoices):
    GOES_ON = "goes-on", _("the contract goes on under its own edition")
    ENDS = "ends", _("the parties end the contract (12.4)")
    TAKEN_BACK = "taken-back", _("the student took the objection back")


class EditionTalkQuerySet(models.QuerySet["EditionTalk"]):
    def open(self) -> "EditionTalkQuerySet":
        return self.filter(closed_at=None)


class EditionTalk(models.Model):
    """The talk that an objection opens: the contract goes on, or the parties end it (12.4)."""

    answer = models.OneToOneField(
        EditionAnswer, models.PROTECT, related_name="talk", verbose_name=_("objection")
    )
    opened_at = models.DateTimeField(_("opened at"))
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    closed_by = models.CharField(_("closed by"), max_length=80, blank=True)
    outcome = models.CharField(_("outcome"), max_length=10, choices=TalkOutcome, blank=True)
    # The accepted proposal of 12.4 that the talk led to; a contract may end in another way too.
    ending = models.ForeignKey(
        "enrollment.EndingProposal",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="talks",
        verbose_name=_("agreement to end the contract"),
    )
    reason = EncryptedTextField(_("what was agreed on"), blank=True)

    objects = EditionTalkQuerySet.as_manager()

    class Meta:
        verbose_name = _("talk about an edition")
        verbose_name_plural = _("talks about editions")
        ordering = ["-opened_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(closed_at=None, closed_by="", outcome="")
                | Q(closed_at__isnull=False, outcome__in=TalkOutcome.values) & ~Q(closed_by=""),
                name="a_closed_talk_says_by_whom_and_how",
            ),
            models.CheckConstraint(
                condition=Q(ending=None) | Q(outcome=TalkOutcome.ENDS),
                name="only_a_talk_that_ends_the_contract_names_its_agreement",
            ),
        ]

    def __str__(self) -> str:
        return str(self.answer.notice)


def coming_notices(at: datetime) -> EditionNoticeQuerySet:
    """Of an outer query of orders: the notices that may still be answered."""
    return EditionNotice.objects.open(at).filter(order=OuterRef("pk")).order_by("object_before")


def is_told_of(edition: Edition) -> Exists:
    """Of an outer query of orders: the contract was told of this edition."""
    return Exists(EditionNotice.objects.filter(edition=edition, order=OuterRef("pk")))
