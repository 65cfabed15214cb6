"""The question and answer of 9.5: what is asked about the recipient, and how it ended."""

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from enrollment.rules.questions import TITLES, question_about
from enrollment.rules.recipient import Doubt, Field, Reason
from offer_site.documents import Documented, SeenAs
from offer_site.encryption import EncryptedTextField
from offer_site.languages import in_language
from offer_site.notices.models import Notice, NoticeState

from .deadline import Deadline
from .invoice import Invoice
from .order import Order

if TYPE_CHECKING:
    from offer_site.accounts.models import User

# The outbox and the clock need a few minutes; after this time a person looks.
LETTER_ON_ITS_WAY = timedelta(minutes=30)


class AnswerSource(models.TextChoices):
    PAGE = "page", _("on the page of the question")
    PHONE = "phone", _("by phone")
    LETTER = "letter", _("by letter or e-mail")
    CORRECTION = "correction", _("by a correction of the data")


class ClarificationQuerySet(models.QuerySet["Clarification"]):
    def open(self) -> "ClarificationQuerySet":
        """Questions neither answered nor withdrawn: no certificate is issued meanwhile (9.5)."""
        return self.filter(answered_at=None, withdrawn_at=None)

    def holding_up(self, order: int) -> "ClarificationQuerySet":
        """Questions of this order, and those about the company of its invoice (9.5)."""
        its_invoice = (
            Order.objects.filter(pk=order, invoice__isnull=False).order_by().values("invoice")
        )
        return self.filter(Q(order=order) | Q(invoice__in=its_invoice))

    def answered(self) -> "ClarificationQuerySet":
        return self.filter(answered_at__isnull=False)

    def unsent(self, at: datetime) -> "ClarificationQuerySet":
        """Open questions whose letter has not left in time: the academy's term runs (9.5)."""
        return self.open().filter(sent_at=None, letter__queued_at__lte=at - LETTER_ON_ITS_WAY)

    def overdue(self, at: datetime) -> "ClarificationQuerySet":
        """Open questions whose answer was due before now (7.2.2, 9.5)."""
        return self.open().filter(answer_term__due_before__lte=at)

    def unread(self) -> "ClarificationQuerySet":
        """Answers of students that no member of staff has read."""
        return self.answered().filter(answered_how=AnswerSource.PAGE, read_at=None)

    def letter_has_left(self) -> "ClarificationQuerySet":
        """Open questions whose last letter has left, and whose terms are not updated yet."""
        return self.open().filter(sent_at=None, letter__state=NoticeState.SENT)

    def seen_by(self, user: "User") -> "ClarificationQuerySet":
        """Questions about the students whom a member of staff may see (3.5)."""
        if user.has_perm("enrollment.all_enrollment"):
            return self
        return self.filter(
            order__enrollment__curator_assignments__curator=user.pk,
            order__enrollment__curator_assignments__ended_at=None,
        )

    def with_terms(self) -> "ClarificationQuerySet":
        return self.select_related("question_term", "answer_term")


class Clarification(Documented):
    """One question about the recipient's data: what is asked and why, both terms, and its end.

    A question about a company names its `invoice`: it is asked once for all orders there, and its
    answer is theirs. `asked` holds fields and reasons, never values; `settled` holds salted digests
    of the values that ended it, so that the system asks nothing twice. What staff wrote or were
    told is encrypted, since it may name a person or a place.
    """

    order = models.ForeignKey(
        Order, models.PROTECT, related_name="clarifications", verbose_name=_("order")
    )
    invoice = models.ForeignKey(
        Invoice,
        models.PROTECT,
        related_name="clarifications",
        null=True,
        blank=True,
        verbose_name=_("company's invoice"),
    )
    number = models.PositiveSmallIntegerField(_("number"))
    asked = models.JSONField(_("what is asked"))
    words_kk = EncryptedTextField(_("in Kazakh"), blank=True)
    words_ru = EncryptedTextField(_("in Russian"), blank=True)
    asked_at = models.DateTimeField(_("asked at"))
    asked_by = models.CharField(pgettext_lazy("question", "asked by"), max_length=80)
    letters = models.PositiveSmallIntegerField(_("letters"), default=1)
    letter = models.ForeignKey(Notice, models.PROTECT, related_name="+", verbose_name=_("letter"))
    sent_at = models.DateTimeField(_("letter sent at"), null=True, blank=True)
    question_term = models.ForeignKey(
        Deadline, models.PROTECT, related_name="+", verbose_name=_("question to be sent until")
    )
    answer_term = models.ForeignKey(
        Deadline,
        models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("answer due until"),
    )
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True)
    answered_by = models.CharField(_("answered by"), max_length=80, blank=True)
    answered_how = models.CharField(
        _("how it was answered"), max_length=10, choices=AnswerSource, blank=True
    )
    note = EncryptedTextField(_("note"), blank=True)
    read_at = models.DateTimeField(_("answer read at"), null=True, blank=True)
    read_by = models.CharField(_("answer read by"), max_length=80, blank=True)
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True)
    withdrawn_by = models.CharField(_("withdrawn by"), max_length=80, blank=True)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    settled = models.JSONField(default=list, editable=False)

    objects = ClarificationQuerySet.as_manager()

    class Meta:
        verbose_name = _("clarification")
        verbose_name_plural = _("clarifications")
        ordering = ["-asked_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["order", "number"], name="an_order_has_one_clarification_a_number"
            ),
            models.UniqueConstraint(
                fields=["order"],
                condition=Q(answered_at=None, withdrawn_at=None),
                name="an_order_has_one_open_clarification",
            ),
            models.UniqueConstraint(
                fields=["invoice"],
                condition=Q(answered_at=None, withdrawn_at=None),
                name="an_invoice_has_one_open_clarification",
            ),
            models.CheckConstraint(
                condition=Q(answered_at=None) | Q(withdrawn_at=None),
                name="a_clarification_ends_once",
            ),
            models.CheckConstraint(
                condition=Q(answered_at=None, answered_by="", answered_how="")
                | Q(answered_at__isnull=False, answered_at__gte=F("asked_at"))
                & ~Q(answered_by="")
                & ~Q(answered_how=""),
                name="an_answer_says_when_by_whom_and_how",
            ),
            models.CheckConstraint(
                condition=~Q(answered_how__in=[AnswerSource.PHONE, AnswerSource.LETTER])
                | ~Q(note="")
                | ~Q(document=""),
                name="an_answer_told_to_staff_has_a_note_or_a_document",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at=None, withdrawn_by="", reason="")
                | Q(withdrawn_at__isnull=False) & ~Q(withdrawn_by="") & ~Q(reason=""),
                name="a_question_is_withdrawn_with_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order}: {self.number}"

    @property
    def seen_as(self) -> SeenAs:
        return SeenAs(about=("clarification", self.key), order=self.order.code)

    @property
    def key(self) -> str:
        """Its name in letters and in the journal."""
        return f"{self.order.code}-{self.number}"

    @property
    def doubts(self) -> list[Doubt]:
        return [Doubt(Field(field), Reason(reason)) for field, reason in self.asked]

    @property
    def titles(self) -> str:
        """The fields asked about, in one line."""
        return ", ".join(dict.fromkeys(str(TITLES[doubt.field]) for doubt in self.doubts))

    @property
    def sentences(self) -> list[str]:
        """What is asked and why, in the language spoken now; staff's own words come last."""
        sentences = dict.fromkeys(str(question_about(doubt)) for doubt in self.doubts)
        words = self.words
        # What staff wrote takes the place of a bare "please check".
        if words:
            sentences = dict.fromkeys(
                str(question_about(doubt)) for doubt in self.doubts if doubt.reason != Reason.ASKED
            )
        return [*sentences, *([words] if words else [])]

    @property
    def words(self) -> str:
        """Staff's own words in the language spoken now, or in the only one they wrote in."""
        return str(in_language(self.words_kk, self.words_ru) or self.words_kk or self.words_ru)

    @property
    def is_open(self) -> bool:
        return self.answered_at is None and self.withdrawn_at is None

    @property
    def answer_on(self) -> date | None:
        """The last day of the answer, until 24:00; None while the letter has not left."""
        return self.answer_term.due_on if self.answer_term else None

    def is_overdue(self, at: datetime) -> bool:
        return self.is_open and self.answer_term is not None and self.answer_term.due_before <= at
