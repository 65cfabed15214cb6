"""Payouts, one for each receipt of a decision, and the ground of each refund in the ledger."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Round
from django.utils.translation import gettext_lazy as _

from offer_site.evidence import Evidence
from offer_site.leases import is_free
from offer_site.money import ReportedMoneyField

from .ledger import LedgerEntry
from .refund import RefundCase

STUBBORN = 5  # attempts without an answer after which a person is told


class PayoutState(models.TextChoices):
    WAITING = "waiting", _("to be sent")
    ASKED = "asked", _("asked for, not confirmed")
    BY_HAND = "by-hand", _("to be paid by hand")
    FAILED = "failed", _("refused")
    DONE = "done", _("paid")


class RefundPayoutQuerySet(models.QuerySet["RefundPayout"]):
    def not_done(self) -> "RefundPayoutQuerySet":
        """Promised and not in the ledger yet."""
        return self.exclude(state=PayoutState.DONE)

    def due(self, at: datetime) -> "RefundPayoutQuerySet":
        """Payouts that a provider must be asked for now and that no process is asking for."""
        return self.filter(
            is_free(at), state__in=[PayoutState.WAITING, PayoutState.ASKED], next_attempt_at__lte=at
        )

    def by_hand(self) -> "RefundPayoutQuerySet":
        return self.filter(state=PayoutState.BY_HAND)

    def troubled(self) -> "RefundPayoutQuerySet":
        """Payouts that a provider refused, or still does not confirm."""
        silent = Q(state__in=[PayoutState.WAITING, PayoutState.ASKED], attempts__gte=STUBBORN)
        return self.filter(Q(state=PayoutState.FAILED) | silent)


class RefundPayout(models.Model):
    """How much of one receipt goes back by one decision.

    `before` is what had gone back or was promised of the receipt when the payout was opened. The
    payouts of a receipt are numbered, so that two simultaneous decisions cannot both count from
    the same sum (M8). The request's id is saved before anything is sent.
    """

    case = models.ForeignKey(
        RefundCase, models.PROTECT, related_name="payouts", verbose_name=_("refund case")
    )
    receipt = models.ForeignKey(
        LedgerEntry, models.PROTECT, related_name="payouts", verbose_name=_("receipt")
    )
    number = models.PositiveSmallIntegerField(_("number"))
    received = ReportedMoneyField(_("amount of the receipt"))
    before = ReportedMoneyField(_("gone or promised before"))
    amount = ReportedMoneyField(_("amount"))
    state = models.CharField(_("state"), max_length=10, choices=PayoutState)
    opened_at = models.DateTimeField(_("opened at"))
    request_id = models.CharField(_("request"), max_length=36, blank=True, editable=False)
    sent_at = models.DateTimeField(_("asked for at"), null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    next_attempt_at = models.DateTimeField(_("next attempt at"))
    lease_until = models.DateTimeField(null=True, blank=True, editable=False)
    last_error = models.CharField(_("last error"), max_length=300, blank=True)
    reference = models.CharField(_("provider's reference"), max_length=80, blank=True)
    document = models.CharField(_("document"), max_length=200, blank=True)
    done_at = models.DateTimeField(_("recorded as paid at"), null=True, blank=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("paid by"),
    )
    refund = models.OneToOneField(
        LedgerEntry,
        models.PROTECT,
        related_name="payout",
        null=True,
        blank=True,
        verbose_name=_("refund"),
    )

    objects = RefundPayoutQuerySet.as_manager()

    class Meta:
        verbose_name = _("payout")
        verbose_name_plural = _("payouts")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["receipt", "number"], name="payouts_of_a_receipt_are_numbered"
            ),
            models.CheckConstraint(
                condition=Q(amount__gt=0, before__gte=0)
                & Q(received__gte=Round(F("before") + F("amount"), precision=2)),
                name="no_more_of_a_receipt_goes_back_than_came",
            ),
            models.UniqueConstraint(
                fields=["receipt"],
                condition=Q(state=PayoutState.ASKED),
                name="of_a_receipt_one_payout_is_asked_at_a_time",
            ),
            models.CheckConstraint(
                condition=~Q(state=PayoutState.ASKED)
                | Q(sent_at__isnull=False) & ~Q(request_id=""),
                name="a_refund_is_asked_for_under_a_saved_number",
            ),
            models.CheckConstraint(
                condition=Q(state=PayoutState.DONE, refund__isnull=False) & ~Q(reference="")
                | ~Q(state=PayoutState.DONE) & Q(refund=None),
                name="a_payout_that_is_paid_names_its_refund",
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_attempt_at"],
                condition=Q(state__in=["waiting", "asked"]),
                name="payouts_to_ask_for_by_time",
            )
        ]

    def __str__(self) -> str:
        return f"{self.case}, {self.receipt}"


class RefundGround(Evidence):
    """Why money went back: the case of a refund in the ledger, even a case opened later."""

    entry = models.OneToOneField(
        LedgerEntry, models.PROTECT, related_name="ground", verbose_name=_("refund")
    )
    case = models.ForeignKey(
        RefundCase, models.PROTECT, related_name="grounds", verbose_name=_("refund case")
    )
    at = models.DateTimeField(_("at"))
    by = models.CharField(_("by"), max_length=80)

    class Meta:
        verbose_name = _("ground of a refund")
        verbose_name_plural = _("grounds of refunds")

    def __str__(self) -> str:
        return f"{self.entry}: {self.case}"


def ground_of(refund: LedgerEntry) -> RefundGround | None:
    """The ground of a refund of the ledger; None while nobody has named it."""
    try:
        return refund.ground
    except RefundGround.DoesNotExist:
        return None
