"""A refund as a case: who asked and why, the costs, the decision of two people.

Clauses 4.6 and 10.2.3, invariant M12.
"""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Round
from django.utils.translation import gettext_lazy as _

from enrollment.models import Claim, Deadline, Order
from offer_site.encryption import EncryptedTextField
from offer_site.languages import in_language
from offer_site.money import ReportedMoneyField

from .ledger import LedgerEntry


class Ground(models.TextChoices):
    """Why money is asked back, or went back (4.6).

    A person chooses it; the software neither grants nor refuses.
    """

    CHANGE_OF_MIND = "change-of-mind", _("change of mind (4.6)")
    LAW = "law", _("withdrawal under the law (article 686)")
    ACADEMY_FAULT = "academy-fault", _("the academy's fault")
    DOUBLE = "double", _("double or wrong payment")
    LAPSED = "lapsed", _("the order had lapsed (4.3)")
    EXCESS = "excess", _("more than was due")
    COURT = "court", _("decision of a court")
    MINOR = "minor", _("a minor without consent")
    FORCE_MAJEURE = "force-majeure", _("force majeure (8)")
    GOODWILL = "goodwill", _("goodwill")
    CABINET = "cabinet", _("made in the provider's cabinet")


class AskedBy(models.TextChoices):
    """Who asked, by role: names are only in the demand, which is encrypted."""

    CUSTOMER = "customer", _("the customer")
    GUARDIAN = "guardian", _("a parent or guardian")
    PAYER = "payer", _("another payer")
    AUTHORITY = "authority", _("a court or an authority")
    ACADEMY = "academy", _("nobody: the academy itself")


class RefundCaseQuerySet(models.QuerySet["RefundCase"]):
    def undecided(self) -> "RefundCaseQuerySet":
        """Cases without an approved decision, not cancelled: their answer is still owed."""
        approved = RefundDecision.objects.approved().filter(case=OuterRef("pk"))
        return self.filter(~Exists(approved), cancelled_at=None)

    def to_decide(self) -> "RefundCaseQuerySet":
        """Cases that wait for somebody to propose a decision."""
        return self.undecided().filter(
            ~Exists(RefundDecision.objects.standing().filter(case=OuterRef("pk")))
        )

    def to_approve(self) -> "RefundCaseQuerySet":
        """Cases whose proposal waits for the second person (M12)."""
        return self.filter(Exists(RefundDecision.objects.proposed().filter(case=OuterRef("pk"))))

    def answer_due_before(self, moment: datetime) -> "RefundCaseQuerySet":
        """Undecided cases whose deadline of 10.2.3 ends by this moment, or has passed."""
        due = Q(deadline__due_before__lte=moment) | Q(claim__answer_term__due_before__lte=moment)
        return self.undecided().filter(due)

    def told_to_the_buyer(self, order: Order) -> "RefundCaseQuerySet":
        """The cases on the order's page: demands under consideration, and all decided cases."""
        unasked = Q(asked_by=AskedBy.ACADEMY) & Q(
            pk__in=RefundCase.objects.undecided().filter(order=order)
        )
        cases = self.filter(order=order, cancelled_at=None).exclude(unasked)
        return (
            cases.select_related("deadline", "claim__answer_term")
            .prefetch_related("decisions", "payouts__refund")
            .order_by("pk")
        )

    def with_payouts(self, payouts: models.QuerySet[Any]) -> "RefundCaseQuerySet":
        """Cases with one of these payouts, a model that imports this one."""
        return self.filter(Exists(payouts.filter(case=OuterRef("pk"))))


class RefundCase(models.Model):
    """One demand for money, or one refund that was made elsewhere.

    Without an entry it is about what its order received; with one, about the waiting rest of that
    money, whether its order is known or not.
    """

    order = models.ForeignKey(
        Order,
        models.PROTECT,
        related_name="refund_cases",
        null=True,
        blank=True,
        verbose_name=_("order"),
    )
    entry = models.ForeignKey(
        LedgerEntry,
        models.PROTECT,
        related_name="refund_cases",
        null=True,
        blank=True,
        verbose_name=_("money of no order"),
    )
    claim = models.ForeignKey(
        Claim,
        models.PROTECT,
        related_name="refund_cases",
        null=True,
        blank=True,
        verbose_name=_("claim"),
    )
    ground = models.CharField(_("ground"), max_length=16, choices=Ground)
    asked_by = models.CharField(_("asked by"), max_length=10, choices=AskedBy)
    asked_on = models.DateField(_("day the demand came"))
    demand = EncryptedTextField(_("the demand"), blank=True)
    document = models.CharField(_("document"), max_length=200)
    email = models.EmailField(_("e-mail for the answer"), blank=True)
    opened_at = models.DateTimeField(_("opened at"))
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("opened by")
    )
    deadline = models.OneToOneField(
        Deadline,
        models.PROTECT,
        related_name="refund_case",
        null=True,
        blank=True,
        verbose_name=_("answer due"),
    )
    cancelled_at = models.DateTimeField(_("cancelled at"), null=True, blank=True)
    cancelled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("cancelled by"),
    )
    cancel_reason = models.CharField(_("why cancelled"), max_length=300, blank=True)

    objects = RefundCaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("refund case")
        verbose_name_plural = _("refund cases")
        ordering = ["-opened_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["claim"],
                condition=Q(cancelled_at=None),
                name="a_claim_is_decided_by_one_refund_case",
            ),
            models.CheckConstraint(
                condition=Q(claim=None) | Q(order__isnull=False, deadline=None),
                name="a_refund_case_of_a_claim_has_the_claims_term",
            ),
            models.CheckConstraint(
                condition=Q(deadline__isnull=True) | ~Q(asked_by=AskedBy.ACADEMY),
                name="a_refund_case_that_nobody_asked_for_has_no_term",
            ),
            models.CheckConstraint(
                condition=Q(order__isnull=False) | Q(entry__isnull=False),
                name="a_refund_case_is_of_an_order_or_of_money",
            ),
            models.CheckConstraint(
                condition=Q(cancelled_at=None)
                | Q(cancelled_by__isnull=False) & ~Q(cancel_reason=""),
                name="a_refund_case_is_cancelled_by_someone_with_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """The number in letters and in conversation."""
        return f"R-{self.pk}"

    @property
    def subject(self) -> str:
        """What the case is about, as letters name it."""
        return self.order.code if self.order else str(self.entry)

    @property
    def answer_term(self) -> Deadline | None:
        """When the answer is due: the term of the claim, or the case's own (10.2.3)."""
        return self.claim.answer_term if self.claim else self.deadline

    @property
    def answer_to(self) -> str:
        """The address of the answer: the registered e-mail (12.1.2.2).

        For money of no order it is the address given with the demand.
        """
        return self.order.party.email if self.order else self.email

    @property
    def language(self) -> str:
        return self.order.language if self.order else "kk"

    def standing(self) -> "RefundDecision | None":
        """The decision that is proposed or approved; None while there is none."""
        return next((each for each in self.decisions.all() if each.returned_at is None), None)

    @property
    def approved(self) -> "RefundDecision | None":
        """The decision after two people have taken it; None before."""
        decision = self.standing()
        return decision if decision and decision.approved_at else None

    @property
    def is_open(self) -> bool:
        """True while the case is neither approved nor cancelled."""
        decision = self.standing()
        return self.cancelled_at is None and (decision is None or decision.approved_at is None)


class RefundCost(models.Model):
    """What the academy really spent on the order; article 686 lets it keep only that."""

    case = models.ForeignKey(
        RefundCase, models.PROTECT, related_name="costs", verbose_name=_("refund case")
    )
    what_kk = models.CharField(_("what was spent, in Kazakh"), max_length=200)
    what_ru = models.CharField(_("what was spent, in Russian"), max_length=200)
    amount = ReportedMoneyField(_("amount"))
    document = models.CharField(_("document"), max_length=200)
    added_at = models.DateTimeField(_("added at"))
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by")
    )
    removed_at = models.DateTimeField(_("removed at"), null=True, blank=True)

    class Meta:
        verbose_name = _("cost")
        verbose_name_plural = _("costs")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="a_cost_is_more_than_nothing"),
            models.CheckConstraint(
                condition=~Q(what_kk="") & ~Q(what_ru="") & ~Q(document=""),
                name="a_cost_says_what_it_was_and_has_a_document",
            ),
        ]

    def __str__(self) -> str:
        return in_language(self.what_kk, self.what_ru)


class RefundDecisionQuerySet(models.QuerySet["RefundDecision"]):
    def standing(self) -> "RefundDecisionQuerySet":
        return self.filter(returned_at=None)

    def proposed(self) -> "RefundDecisionQuerySet":
        return self.standing().filter(approved_at=None)

    def approved(self) -> "RefundDecisionQuerySet":
        return self.filter(approved_at__isnull=False)


class RefundDecision(models.Model):
    """What one person proposed and another approved, with the calculation of that moment.

    Zero granted means declined. A decision that was sent back stays, with the reason.
    """

    case = models.ForeignKey(
        RefundCase, models.PROTECT, related_name="decisions", verbose_name=_("refund case")
    )
    received = ReportedMoneyField(_("received"))
    costs = ReportedMoneyField(_("costs"))
    refunded = ReportedMoneyField(_("returned before"))
    made = ReportedMoneyField(_("went back already under this case"))
    granted = ReportedMoneyField(_("to be returned"))
    ends_order = models.BooleanField(_("ends the contract"), default=False)
    reasons_kk = EncryptedTextField(_("reasons in Kazakh"))
    reasons_ru = EncryptedTextField(_("reasons in Russian"))
    proposed_at = models.DateTimeField(_("proposed at"))
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("proposed by")
    )
    approved_at = models.DateTimeField(_("approved at"), null=True, blank=True)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("approved by"),
    )
    returned_at = models.DateTimeField(_("sent back at"), null=True, blank=True)
    returned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("sent back by"),
    )
    return_reason = models.CharField(_("why sent back"), max_length=300, blank=True)

    objects = RefundDecisionQuerySet.as_manager()

    class Meta:
        verbose_name = _("decision about a refund")
        verbose_name_plural = _("decisions about refunds")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["case"],
                condition=Q(returned_at=None),
                name="a_refund_case_has_one_standing_decision",
            ),
            models.CheckConstraint(
                condition=Q(approved_by=None, approved_at=None)
                | Q(approved_by__isnull=False, approved_at__isnull=False)
                & ~Q(approved_by=F("proposed_by")),
                name="a_refund_is_approved_by_another_person",
            ),
            models.CheckConstraint(
                condition=Q(returned_at=None) | Q(approved_at=None) & ~Q(return_reason=""),
                name="an_approved_refund_is_not_sent_back",
            ),
            models.CheckConstraint(
                # Rounded, since SQLite adds tiyn as floats.
                condition=Q(granted__gte=F("made"), made__gte=0)
                & Q(received__gte=Round(F("refunded") + F("granted"), precision=2)),
                name="no_more_is_granted_than_was_received",
            ),
            models.CheckConstraint(
                condition=~Q(reasons_kk="") & ~Q(reasons_ru=""),
                name="a_refund_is_answered_with_reasons",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case}: {self.granted}"
