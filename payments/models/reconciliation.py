"""Differences between a provider's list and the ledger by day, one row for each (M1).

The same for every provider. `payments.operations.reconciliation.comparing` reads the provider's
list of one Almaty day and passes what it found to
`keep_differences(provider=…, day=…, found=[Found(…)], …)`:

    Reconciliation            one row for a provider and day: when it was last compared, and how
                              many movements and how much money each side has
    ReconciliationDifference  one row for a (provider, kind, reference), for ever: found again it
                              adds nothing; not found any more it gets `vanished_at`; a person
                              settles it with a reason

`reference` is the name of the movement on both sides: the provider's number of the operation. What
has no number of its own (the net line of a day) is named by the day: `2026-11-23`. `amount_there`
is from the provider's list, `amount_here` from the ledger; None means that the side does not have
it.
"""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from offer_site.days import short_day
from offer_site.money import ReportedMoneyField
from payments.rules.provider_names import in_words, provider_name
from payments.rules.reconciliation import DifferenceKind

from .message import Outcome


class ReconciliationDifferenceQuerySet(models.QuerySet["ReconciliationDifference"]):
    def open(self) -> "ReconciliationDifferenceQuerySet":
        """Differences that are still found and that nobody has settled."""
        return self.filter(vanished_at=None, settled_at=None)


class Reconciliation(models.Model):
    """One provider's list of one Almaty day, as last compared with the ledger."""

    provider = models.CharField(_("payment provider"), max_length=20)
    day = models.DateField(_("day"))
    compared_at = models.DateTimeField(_("compared at"))
    by = models.CharField(_("by"), max_length=80)
    receipts_there = models.PositiveIntegerField(_("payments there"), default=0)
    receipts_here = models.PositiveIntegerField(_("receipts in the ledger"), default=0)
    refunds_there = models.PositiveIntegerField(_("refunds there"), default=0)
    refunds_here = models.PositiveIntegerField(_("refunds in the ledger"), default=0)
    total_there = ReportedMoneyField(_("payments less refunds there"), default=0)
    total_here = ReportedMoneyField(_("receipts less refunds in the ledger"), default=0)

    class Meta:
        verbose_name = _("reconciliation")
        verbose_name_plural = _("reconciliations")
        ordering = ["-day", "provider"]
        constraints = [
            models.UniqueConstraint(
                fields=["provider", "day"], name="a_day_of_a_provider_is_reconciled_in_one_row"
            ),
        ]

    def __str__(self) -> str:
        return f"{provider_name(self.provider)}, {short_day(self.day)}"

    @property
    def name(self) -> str:
        """What the clock calls it: the same in every language."""
        return f"{self.provider} {self.day}"


class ReconciliationDifference(models.Model):
    """One difference between a provider's list and the ledger."""

    reconciliation = models.ForeignKey(
        Reconciliation, models.PROTECT, related_name="differences", verbose_name=_("reconciliation")
    )
    provider = models.CharField(_("payment provider"), max_length=20)
    kind = models.CharField(_("what differs"), max_length=20, choices=DifferenceKind)
    reference = models.CharField(_("provider's reference"), max_length=80)
    invoice_id = models.CharField(_("invoice number"), max_length=80, blank=True)
    amount_there = ReportedMoneyField(_("amount there"), null=True, blank=True)
    currency_there = models.CharField(_("currency there"), max_length=3, blank=True)
    amount_here = ReportedMoneyField(_("amount in the ledger"), null=True, blank=True)
    currency_here = models.CharField(_("currency in the ledger"), max_length=3, blank=True)
    recorded_as = models.CharField(
        _("recorded from the list as"), max_length=12, choices=Outcome, blank=True
    )
    # A msgid, shown translated.
    detail = models.CharField(_("what else is known"), max_length=200, blank=True)
    found_at = models.DateTimeField(_("found at"))
    vanished_at = models.DateTimeField(_("not found any more at"), null=True, blank=True)
    settled_at = models.DateTimeField(_("settled at"), null=True, blank=True)
    settled_by = models.CharField(_("settled by"), max_length=80, blank=True)
    reason = models.TextField(_("reason"), blank=True)

    objects = ReconciliationDifferenceQuerySet.as_manager()

    class Meta:
        verbose_name = _("difference from a provider's list")
        verbose_name_plural = _("differences from providers' lists")
        ordering = ["-found_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["provider", "kind", "reference"], name="a_difference_is_named_once"
            ),
            models.CheckConstraint(
                condition=Q(settled_at=None) | ~Q(reason="") & ~Q(settled_by=""),
                name="a_difference_is_settled_by_somebody_with_a_reason",
            ),
        ]
        indexes = [
            models.Index(
                fields=["found_at"],
                condition=Q(vanished_at=None, settled_at=None),
                name="open_differences_by_time",
            ),
        ]

    def __str__(self) -> str:
        return in_words(self.provider, self.reference)
