"""The ledger: money that came or went, and which order it belongs to (M1-M8). Rows are only ever added."""

from decimal import Decimal

from django.db import models
from django.db.models import Exists, OuterRef, Q, Sum
from django.utils.translation import gettext_lazy as _

from enrollment.models import Order
from offer_site.evidence import Evidence
from offer_site.money import ReportedMoneyField


class EntryKind(models.TextChoices):
    RECEIPT = "receipt", _("receipt")
    REFUND = "refund", _("refund")
    CORRECTION = "correction", _("correction")


class LedgerEntryQuerySet(models.QuerySet["LedgerEntry"]):
    def receipts(self) -> "LedgerEntryQuerySet":
        return self.filter(kind=EntryKind.RECEIPT)

    def refunds(self) -> "LedgerEntryQuerySet":
        return self.filter(kind=EntryKind.REFUND)

    def without_ground(self) -> "LedgerEntryQuerySet":
        """Refunds that a provider told of and nobody has said the reason for (4.6)."""
        return self.refunds().filter(ground=None)

    def unallocated(self) -> "LedgerEntryQuerySet":
        """Receipts that wait for a person: of no order, of another day, in excess, twice, or of another amount."""
        return self.receipts().filter(~Exists(Allocation.objects.filter(entry=OuterRef("pk"))))

    def total(self) -> Decimal:
        return self.aggregate(total=Sum("amount"))["total"] or Decimal("0.00")


class LedgerEntry(Evidence):
    """Money that came or went, as its provider reported it. It names no order: allocations do (M4).

    `invoice_id` is the number that the provider repeated to us, unchecked; `refunds_reference` the receipt that a
    refund gives back, which may be told of later than the refund.
    """

    provider = models.CharField(_("payment provider"), max_length=20)
    reference = models.CharField(_("provider's reference"), max_length=80)
    kind = models.CharField(_("kind"), max_length=10, choices=EntryKind)
    amount = ReportedMoneyField(_("amount"))
    currency = models.CharField(_("currency"), max_length=3, blank=True)
    method = models.CharField(_("way of paying"), max_length=40, blank=True)
    happened_at = models.DateTimeField(_("provider's time"))
    recorded_at = models.DateTimeField(_("recorded at"))
    invoice_id = models.CharField(_("invoice number"), max_length=80, blank=True)
    refunds_reference = models.CharField(_("refund of"), max_length=80, blank=True)
    corrects = models.ForeignKey(
        "self", models.PROTECT, related_name="corrections", null=True, blank=True, verbose_name=_("corrects")
    )

    objects = LedgerEntryQuerySet.as_manager()

    class Meta:
        verbose_name = _("ledger entry")
        verbose_name_plural = _("ledger")
        ordering = ["-recorded_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["provider", "reference", "kind"], name="a_provider_names_a_movement_of_money_once"
            ),
            models.CheckConstraint(
                condition=Q(kind=EntryKind.CORRECTION) | Q(amount__gt=0),
                name="a_receipt_or_refund_is_more_than_nothing",
            ),
            models.CheckConstraint(
                condition=Q(kind=EntryKind.CORRECTION, corrects__isnull=False)
                | ~Q(kind=EntryKind.CORRECTION) & Q(corrects=None),
                name="a_correction_names_what_it_corrects",
            ),
        ]
        indexes = [models.Index(fields=["happened_at"], name="ledger_by_time")]

    def __str__(self) -> str:
        return f"{self.provider} {self.reference}"


class Allocation(Evidence):
    """How much of a receipt belongs to which order; a negative row takes back. What an order received is the sum."""

    entry = models.ForeignKey(LedgerEntry, models.PROTECT, related_name="allocations", verbose_name=_("ledger entry"))
    order = models.ForeignKey(Order, models.PROTECT, related_name="allocations", verbose_name=_("order"))
    amount = ReportedMoneyField(_("amount"))
    at = models.DateTimeField(_("at"))
    by = models.CharField(_("by"), max_length=80)

    class Meta:
        verbose_name = _("allocation")
        verbose_name_plural = _("allocations")
        ordering = ["-at", "-pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(amount=0), name="an_allocation_is_more_than_nothing"),
            # A receipt is given to an order whole, once: the one promise about sums that one table can make.
            models.UniqueConstraint(
                fields=["entry"], condition=Q(amount__gt=0), name="a_receipt_is_allocated_to_one_order_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.entry}: {self.order}"
