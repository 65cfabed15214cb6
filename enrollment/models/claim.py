"""A claim of 10.2: the written demand of one side, the documents asked for, and the answer.

The words of both sides are encrypted: they may state an address or an IIN (5.4).
"""

from datetime import datetime

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from enrollment.rules.claims import Part, Stage, missing_parts, stage_of
from enrollment.rules.sides import Side
from offer_site.documents import Documented, SeenAs
from offer_site.encryption import EncryptedTextField
from offer_site.languages import in_language
from offer_site.money import TengeField
from offer_site.notices.models import Notice

from .breach import Breach
from .deadline import Deadline
from .order import Order


class ClaimKind(models.TextChoices):
    """What a claim demands; a demand to return money is decided as a refund case (4.6)."""

    MONEY = "money", _("return of money")
    SERVICE = "service", _("the service")
    DAMAGES = "damages", _("damages")
    INFRINGEMENT = "infringement", _("infringement of the author's rights (11.5)")
    OTHER = "other", _("something else")


class CameBy(models.TextChoices):
    """The form in which a claim came (12.1)."""

    CABINET = "cabinet", _("the cabinet")
    PAPER = "paper", _("paper")
    EMAIL = "email", _("e-mail")


class ClaimVerdict(models.TextChoices):
    GRANTED = "granted", _("granted")
    PARTLY = "partly", _("granted in part")
    DECLINED = "declined", pgettext_lazy("claim", "declined")


class ClaimQuerySet(models.QuerySet["Claim"]):
    def with_all(self) -> "ClaimQuerySet":
        return self.select_related("order", "answer_term", "answer")

    def open(self) -> "ClaimQuerySet":
        """Claims whose answer is still owed (10.2.3)."""
        return self.filter(answer=None, withdrawn_at=None)

    def to_answer(self) -> "ClaimQuerySet":
        """Open claims against the academy that await no documents."""
        return self.open().filter(filed_by=Side.USER).exclude(_awaits_documents())

    def answer_due_before(self, moment: datetime) -> "ClaimQuerySet":
        """Claims against the academy whose term ends by this moment, or has passed."""
        return self.to_answer().filter(answer_term__due_before__lte=moment)

    def unanswered_by_user(self, at: datetime) -> "ClaimQuerySet":
        """Claims against a student whose ten days are over (10.2.3)."""
        against = self.open().filter(filed_by=Side.ACADEMY)
        return against.filter(answer_term__due_before__lte=at)

    def proposals_declined(self) -> "ClaimQuerySet":
        """Claims whose proposal the other side did not take: talks go on, or a court (10.3)."""
        return self.filter(answer__accepted=False)


def _awaits_documents() -> Exists:
    return Exists(DocumentRequest.objects.open().filter(claim=OuterRef("pk")))


class Claim(models.Model):
    """One written demand (10.2.1, 10.2.2).

    What it lacks is asked for, never a ground to refuse it. `salt` and the journal's digest prove
    that its words are those that came.
    """

    order = models.ForeignKey(Order, models.PROTECT, related_name="claims", verbose_name=_("order"))
    filed_by = models.CharField(_("whose claim"), max_length=8, choices=Side)
    kind = models.CharField(_("what is demanded"), max_length=14, choices=ClaimKind)
    came_by = models.CharField(pgettext_lazy("claim", "how it came"), max_length=8, choices=CameBy)
    came_on = models.DateField(_("day it came"))
    clause = models.CharField(_("clause that is broken"), max_length=20, blank=True)
    demand = EncryptedTextField(_("the demand"))
    amount = TengeField(_("amount, tenge"), null=True, blank=True)
    calculation = EncryptedTextField(_("calculation of the amount"), blank=True)
    circumstances = EncryptedTextField(_("circumstances"))
    evidence = EncryptedTextField(_("evidence"), blank=True)
    other = EncryptedTextField(_("other information"), blank=True)
    salt = models.CharField(max_length=32, editable=False)
    filed_at = models.DateTimeField(_("recorded at"))
    entered_by = models.CharField(_("recorded by"), max_length=80)
    signed_at = models.DateTimeField(_("signed at"), null=True, blank=True)
    signed_by = models.CharField(_("signature recorded by"), max_length=80, blank=True)
    answer_term = models.ForeignKey(
        Deadline, models.PROTECT, related_name="claims", verbose_name=_("answer due")
    )
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True)
    withdrawn_by = models.CharField(_("withdrawn by"), max_length=80, blank=True)
    # What the student signed, where staff record that a claim is taken back.
    withdrawal = models.ForeignKey(
        "ClaimFile",
        models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("paper of the withdrawal"),
    )
    # The confirmed infringement for which 11.6 is demanded.
    breach = models.ForeignKey(
        Breach,
        models.PROTECT,
        related_name="claims",
        null=True,
        blank=True,
        verbose_name=_("breach"),
    )

    objects = ClaimQuerySet.as_manager()

    class Meta:
        verbose_name = _("claim")
        verbose_name_plural = _("claims")
        ordering = ["-filed_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(demand="") & ~Q(circumstances=""),
                name="a_claim_says_what_is_demanded_and_why",
            ),
            models.CheckConstraint(
                condition=Q(amount=None) | Q(amount__gt=0),
                name="the_amount_of_a_claim_is_more_than_nothing",
            ),
            models.CheckConstraint(
                condition=Q(signed_at=None, signed_by="")
                | Q(signed_at__isnull=False) & ~Q(signed_by=""),
                name="a_signed_claim_says_when_and_by_whom",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at=None, withdrawn_by="")
                | Q(withdrawn_at__isnull=False) & ~Q(withdrawn_by=""),
                name="a_withdrawn_claim_says_when_and_by_whom",
            ),
            models.CheckConstraint(
                condition=Q(filed_by=Side.USER) | ~Q(clause="") & Q(signed_at__isnull=False),
                name="a_claim_of_the_academy_names_the_clause_and_is_signed",
            ),
            models.CheckConstraint(
                condition=Q(withdrawal=None) | Q(filed_by=Side.USER, withdrawn_at__isnull=False),
                name="only_a_withdrawn_claim_of_a_student_has_the_paper_of_it",
            ),
            models.CheckConstraint(
                condition=Q(breach=None)
                | Q(filed_by=Side.ACADEMY, kind=ClaimKind.INFRINGEMENT, amount__isnull=False),
                name="only_the_demand_of_11_6_names_a_breach",
            ),
            models.UniqueConstraint(
                fields=["breach"],
                condition=Q(withdrawn_at=None),
                name="an_infringement_is_claimed_once",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """The number in letters and in conversation."""
        return f"№ {self.pk}"

    @property
    def words(self) -> dict[str, str]:
        """What the journal's digest is made of."""
        return {
            "demand": self.demand,
            "amount": str(self.amount or ""),
            "calculation": self.calculation,
            "circumstances": self.circumstances,
            "evidence": self.evidence,
            "other": self.other,
        }

    @property
    def is_of_user(self) -> bool:
        return self.filed_by == Side.USER

    @property
    def is_answered(self) -> bool:
        return getattr(self, "answer", None) is not None

    @property
    def is_open(self) -> bool:
        return self.withdrawn_at is None and not self.is_answered

    @property
    def open_request(self) -> "DocumentRequest | None":
        """The request of documents that is not over; None where none is."""
        return next((each for each in self.requests.all() if each.is_open), None)

    @property
    def missing(self) -> list[Part]:
        """What of 10.2.1 and 10.2.2 the claim lacks."""
        return missing_parts(
            amount=self.amount,
            calculation=self.calculation,
            evidence=self.evidence,
            files=len(self.files.all()),
            is_signed=self.signed_at is not None,
        )

    @property
    def stage(self) -> Stage:
        answer = getattr(self, "answer", None)
        return stage_of(
            is_withdrawn=self.withdrawn_at is not None,
            is_answered=answer is not None,
            accepted=answer.accepted if answer else None,
            awaits_documents=self.open_request is not None,
        )


class DocumentRequestQuerySet(models.QuerySet["DocumentRequest"]):
    def open(self) -> "DocumentRequestQuerySet":
        return self.filter(closed_at=None)

    def over(self, at: datetime) -> "DocumentRequestQuerySet":
        """Requests whose term ended without the documents (10.2.4)."""
        return self.open().filter(term__due_before__lte=at)


class DocumentRequest(models.Model):
    """Documents that a claim lacks, asked of the side that filed it (10.2.4)."""

    claim = models.ForeignKey(
        Claim, models.PROTECT, related_name="requests", verbose_name=_("claim")
    )
    number = models.PositiveSmallIntegerField(_("number"))
    what_kk = EncryptedTextField(_("what is asked for, in Kazakh"))
    what_ru = EncryptedTextField(_("what is asked for, in Russian"))
    asked_at = models.DateTimeField(_("asked at"))
    asked_by = models.CharField(pgettext_lazy("documents", "asked by"), max_length=80)
    term = models.OneToOneField(
        Deadline,
        models.PROTECT,
        related_name="document_request",
        verbose_name=pgettext_lazy("documents", "due"),
    )
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    came = models.BooleanField(_("the documents came"), null=True, blank=True)

    objects = DocumentRequestQuerySet.as_manager()

    class Meta:
        verbose_name = _("request of documents")
        verbose_name_plural = _("requests of documents")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["claim", "number"], name="requests_of_a_claim_are_numbered"
            ),
            models.UniqueConstraint(
                fields=["claim"],
                condition=Q(closed_at=None),
                name="a_claim_has_one_open_request_of_documents",
            ),
            models.CheckConstraint(
                condition=~Q(what_kk="") & ~Q(what_ru=""),
                name="a_request_of_documents_says_what_in_both_languages",
            ),
            models.CheckConstraint(
                condition=Q(closed_at=None, came=None)
                | Q(closed_at__isnull=False, came__isnull=False),
                name="a_closed_request_says_whether_the_documents_came",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.claim}: {self.number}"

    @property
    def is_open(self) -> bool:
        return self.closed_at is None

    @property
    def what(self) -> str:
        return str(in_language(self.what_kk, self.what_ru))


class ClaimFile(Documented):
    """A file of a claim, with its name in the list of attachments (10.2.2)."""

    claim = models.ForeignKey(Claim, models.PROTECT, related_name="files", verbose_name=_("claim"))
    title = EncryptedTextField(_("name"))
    sent_by = models.CharField(_("whose"), max_length=8, choices=Side)
    added_at = models.DateTimeField(_("added at"))
    added_by = models.CharField(_("by"), max_length=80)

    class Meta:
        verbose_name = _("file of a claim")
        verbose_name_plural = _("files of claims")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(document=""), name="a_file_of_a_claim_is_there")
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def seen_as(self) -> SeenAs:
        return SeenAs(
            about=("claim", str(self.claim_id)),
            order=self.claim.order.code,
            facts={"file": self.pk},
        )


class ClaimAnswer(models.Model):
    """The reasoned answer with a proposal (10.2.3), and whether the proposal was taken."""

    claim = models.OneToOneField(
        Claim, models.PROTECT, related_name="answer", verbose_name=_("claim")
    )
    given_by = models.CharField(_("whose answer"), max_length=8, choices=Side)
    verdict = models.CharField(_("decision"), max_length=8, choices=ClaimVerdict)
    reasons_kk = EncryptedTextField(_("reasons in Kazakh"), blank=True)
    reasons_ru = EncryptedTextField(_("reasons in Russian"), blank=True)
    proposal_kk = EncryptedTextField(_("proposal in Kazakh"), blank=True)
    proposal_ru = EncryptedTextField(_("proposal in Russian"), blank=True)
    answered_at = models.DateTimeField(_("answered at"))
    answered_by = models.CharField(_("answered by"), max_length=80)
    in_time = models.BooleanField(_("in time"))
    letter = models.ForeignKey(
        Notice,
        models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("letter"),
    )
    accepted = models.BooleanField(_("the proposal was accepted"), null=True, blank=True)
    replied_at = models.DateTimeField(_("replied at"), null=True, blank=True)
    replied_by = models.CharField(_("replied by"), max_length=80, blank=True)
    reply = EncryptedTextField(_("words of the reply"), blank=True)

    class Meta:
        verbose_name = _("answer to a claim")
        verbose_name_plural = _("answers to claims")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(reasons_kk="") & ~Q(proposal_kk="")
                | ~Q(reasons_ru="") & ~Q(proposal_ru=""),
                name="a_claim_is_answered_with_reasons_and_a_proposal",
            ),
            models.CheckConstraint(
                condition=Q(given_by=Side.USER)
                | ~Q(reasons_kk="") & ~Q(proposal_kk="") & ~Q(reasons_ru="") & ~Q(proposal_ru=""),
                name="the_academy_answers_a_claim_in_both_languages",
            ),
            models.CheckConstraint(
                condition=Q(accepted=None, replied_at=None, replied_by="")
                | Q(accepted__isnull=False, replied_at__isnull=False) & ~Q(replied_by=""),
                name="a_reply_to_a_proposal_says_when_and_by_whom",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.claim}: {self.get_verdict_display()}"

    @property
    def reasons(self) -> str:
        """The reasons in the language spoken now, or in the only one they were written in."""
        written = in_language(self.reasons_kk, self.reasons_ru)
        return str(written or self.reasons_kk or self.reasons_ru)

    @property
    def proposal(self) -> str:
        written = in_language(self.proposal_kk, self.proposal_ru)
        return str(written or self.proposal_kk or self.proposal_ru)
