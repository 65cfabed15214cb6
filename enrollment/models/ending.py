"""How a contract ends early: proposals of either side (12.4), decisions of the academy (12.5)."""

from datetime import date

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from enrollment.rules.endings import Answer, Ground
from enrollment.rules.order_states import OrderState
from enrollment.rules.sides import Side
from offer_site.encryption import EncryptedTextField
from offer_site.languages import in_language
from offer_site.money import TengeField

from .breach import Breach
from .order import Order

UNDER_CONTRACT = (OrderState.PREPAID, OrderState.PAID)


class EndingProposalQuerySet(models.QuerySet["EndingProposal"]):
    def open(self) -> "EndingProposalQuerySet":
        """Proposals without an answer, of contracts that run."""
        return self.filter(answer="", order__state__in=UNDER_CONTRACT)

    def awaiting_the_academy(self) -> "EndingProposalQuerySet":
        return self.open().filter(side=Side.USER)

    def due(self, today: date) -> "EndingProposalQuerySet":
        """Accepted proposals whose day has come, of contracts that still run."""
        return self.agreed().filter(ends_on__lte=today)

    def agreed(self) -> "EndingProposalQuerySet":
        """Accepted proposals that are not carried out, of contracts that still run."""
        return self.filter(answer=Answer.ACCEPTED, ended_at=None, order__state__in=UNDER_CONTRACT)

    def past(self, today: date) -> "EndingProposalQuerySet":
        """Proposals whose day came without an answer."""
        return self.filter(answer="", ends_on__lte=today)

    def ended(self) -> "EndingProposalQuerySet":
        return self.filter(ended_at__isnull=False)


class EndingProposal(models.Model):
    """One side proposes a day to end the contract; the other accepts or declines (12.4)."""

    order = models.ForeignKey(
        Order, models.PROTECT, related_name="ending_proposals", verbose_name=_("order")
    )
    number = models.PositiveSmallIntegerField(_("number"))
    side = models.CharField(_("proposed by"), max_length=8, choices=Side)
    ends_on = models.DateField(_("the contract ends on"))
    why = EncryptedTextField(_("why"), blank=True)
    returned = TengeField(_("to be returned, tenge"), default=0)
    # The edition's own term, and the last day on which this proposal could be sent.
    days = models.PositiveSmallIntegerField(_("days before"))
    latest_on = models.DateField(_("could be sent until"))
    sent_on = models.DateField(_("day it was sent"))
    sent_at = models.DateTimeField(_("sent at"))
    sent_by = models.CharField(_("sent by"), max_length=80)
    answer = models.CharField(_("answer"), max_length=10, choices=Answer, blank=True)
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True)
    answered_by = models.CharField(_("answered by"), max_length=80, blank=True)
    reason = EncryptedTextField(_("reason of the answer"), blank=True)
    ended_at = models.DateTimeField(_("contract ended at"), null=True, blank=True)

    objects = EndingProposalQuerySet.as_manager()

    class Meta:
        verbose_name = _("proposal to end a contract")
        verbose_name_plural = _("proposals to end contracts")
        ordering = ["-sent_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["order", "number"], name="an_order_has_one_ending_proposal_a_number"
            ),
            models.UniqueConstraint(
                fields=["order"],
                condition=Q(answer=""),
                name="an_order_has_one_open_ending_proposal",
            ),
            models.UniqueConstraint(
                fields=["order"],
                condition=Q(answer=Answer.ACCEPTED),
                name="an_order_has_one_accepted_ending_proposal",
            ),
            models.CheckConstraint(
                condition=Q(sent_on__lte=F("latest_on")), name="an_ending_is_proposed_in_time"
            ),
            models.CheckConstraint(
                condition=Q(answer="", answered_at=None, answered_by="")
                | Q(answer__in=Answer.values, answered_at__isnull=False) & ~Q(answered_by=""),
                name="an_answered_ending_proposal_says_when_and_by_whom",
            ),
            models.CheckConstraint(
                condition=~Q(answer=Answer.ACCEPTED) | ~Q(answered_by=F("sent_by")),
                name="nobody_accepts_the_own_proposal_to_end",
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(answer=Answer.ACCEPTED),
                name="a_contract_ends_by_an_accepted_proposal",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order} – {self.number}"

    @property
    def is_open(self) -> bool:
        return not self.answer


class ProviderEndingQuerySet(models.QuerySet["ProviderEnding"]):
    def undecided(self) -> "ProviderEndingQuerySet":
        """Proposed by one person, and not approved or returned by another."""
        return self.filter(approved_at=None, returned_at=None, order__state__in=UNDER_CONTRACT)

    def approved(self) -> "ProviderEndingQuerySet":
        return self.filter(approved_at__isnull=False)


class ProviderEnding(models.Model):
    """The academy ends a contract for breaches: one person proposes, another approves (12.5)."""

    order = models.ForeignKey(
        Order, models.PROTECT, related_name="provider_endings", verbose_name=_("order")
    )
    ground = models.CharField(_("ground"), max_length=10, choices=Ground)
    breaches = models.ManyToManyField(Breach, related_name="endings", verbose_name=_("breaches"))
    reasons_kk = EncryptedTextField(_("reasons in Kazakh"))
    reasons_ru = EncryptedTextField(_("reasons in Russian"))
    owed = TengeField(_("owed to the user, tenge"), default=0)
    proposed_at = models.DateTimeField(_("proposed at"))
    proposed_by = models.CharField(_("proposed by"), max_length=80)
    approved_at = models.DateTimeField(_("approved at"), null=True, blank=True)
    approved_by = models.CharField(_("approved by"), max_length=80, blank=True)
    returned_at = models.DateTimeField(_("sent back at"), null=True, blank=True)
    returned_by = models.CharField(_("sent back by"), max_length=80, blank=True)
    return_reason = EncryptedTextField(_("why it was sent back"), blank=True)

    objects = ProviderEndingQuerySet.as_manager()

    class Meta:
        verbose_name = _("ending by the academy")
        verbose_name_plural = _("endings by the academy")
        ordering = ["-proposed_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["order"],
                condition=Q(returned_at=None),
                name="an_order_has_one_standing_ending_by_the_academy",
            ),
            models.CheckConstraint(
                condition=Q(ground__in=Ground.values)
                & ~Q(reasons_kk="")
                & ~Q(reasons_ru="")
                & ~Q(proposed_by=""),
                name="an_ending_by_the_academy_has_its_ground_and_reasons",
            ),
            models.CheckConstraint(
                condition=Q(approved_at=None, approved_by="")
                | Q(approved_at__isnull=False, returned_at=None) & ~Q(approved_by=""),
                name="an_approved_ending_says_by_whom",
            ),
            models.CheckConstraint(
                condition=~Q(approved_by=F("proposed_by")),
                name="an_ending_is_approved_by_another_person",
            ),
            models.CheckConstraint(
                condition=Q(returned_at=None, returned_by="", return_reason="")
                | Q(returned_at__isnull=False) & ~Q(returned_by="") & ~Q(return_reason=""),
                name="an_ending_is_sent_back_with_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order}: {self.ground}"

    @property
    def is_undecided(self) -> bool:
        return self.approved_at is None and self.returned_at is None

    @property
    def reasons(self) -> str:
        return in_language(self.reasons_kk, self.reasons_ru)
