"""Fees that providers keep: the academy bears them, never the buyer (4.5)."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from offer_site.evidence import Evidence
from offer_site.money import ReportedMoneyField

from .ledger import LedgerEntry


class FeeSource(models.TextChoices):
    CARD = "card", _("notification of the card provider")
    KASPI = "kaspi", _("registry of Kaspi")


class ProviderFee(Evidence):
    """The fee of one movement of money as one source reports it; the latest report counts."""

    entry = models.ForeignKey(
        LedgerEntry, models.PROTECT, related_name="fees", verbose_name=_("ledger entry")
    )
    amount = ReportedMoneyField(_("fee"))
    source = models.CharField(_("source"), max_length=20, choices=FeeSource)
    told_at = models.DateTimeField(_("told at"))

    class Meta:
        verbose_name = _("provider's fee")
        verbose_name_plural = _("providers' fees")
        ordering = ["-told_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["entry", "source"], name="a_source_tells_the_fee_of_a_movement_once"
            ),
            models.CheckConstraint(
                condition=Q(amount__gte=0), name="a_fee_is_not_less_than_nothing"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.entry}: {self.amount}"
