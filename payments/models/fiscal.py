"""Receipts of the cash register: tax law demands one for each card, Kaspi or cash movement."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from enrollment.models import Order
from offer_site.evidence import Evidence
from payments.rules.fiscal import NOT_DEMANDED

from .ledger import EntryKind, LedgerEntry


class FiscalKind(models.TextChoices):
    SALE = "sale", _("sale")
    REFUND = "refund", _("refund of a sale")


class FiscalOrigin(models.TextChoices):
    """How a receipt came to be known here."""

    ENTERED = "entered", _("entered by a person")
    IMPORTED = "imported", _("imported from a file")


class FiscalReceiptQuerySet(models.QuerySet["FiscalReceipt"]):
    def standing(self) -> "FiscalReceiptQuerySet":
        """Receipts that no later row corrects."""
        return self.filter(correction=None)

    def of_order(self, order: Order) -> "FiscalReceiptQuerySet":
        """Receipts of an order's money and of its refunds, the earliest first."""
        receipts = LedgerEntry.objects.receipts().filter(allocations__order=order)
        named = Exists(
            receipts.filter(
                provider=OuterRef("entry__provider"), reference=OuterRef("entry__refunds_reference")
            )
        )
        back = Q(entry__kind=EntryKind.REFUND) & named
        return self.standing().filter(Q(entry__in=receipts) | back).order_by("issued_at", "pk")


class FiscalReceipt(Evidence):
    """One receipt of the cash register for one movement of money.

    A mistake is corrected by a new row that names the old one.
    """

    entry = models.ForeignKey(
        LedgerEntry, models.PROTECT, related_name="fiscal_receipts", verbose_name=_("ledger entry")
    )
    kind = models.CharField(_("kind"), max_length=6, choices=FiscalKind)
    number = models.CharField(_("receipt number"), max_length=40)
    sign = models.CharField(_("fiscal sign"), max_length=40)
    link = models.URLField(_("link to the receipt"), max_length=300, blank=True)
    register = models.CharField(_("cash register"), max_length=40, blank=True)
    issued_at = models.DateTimeField(_("issued at"))
    origin = models.CharField(_("how it came"), max_length=8, choices=FiscalOrigin)
    corrects = models.OneToOneField(
        "self",
        models.PROTECT,
        related_name="correction",
        null=True,
        blank=True,
        verbose_name=_("corrects"),
    )
    by = models.CharField(_("by"), max_length=80)
    recorded_at = models.DateTimeField(_("recorded at"))

    objects = FiscalReceiptQuerySet.as_manager()

    class Meta:
        verbose_name = _("fiscal receipt")
        verbose_name_plural = _("fiscal receipts")
        ordering = ["-issued_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["entry", "number"],
                condition=Q(corrects=None),
                name="a_fiscal_receipt_is_recorded_once",
            ),
            models.CheckConstraint(
                condition=~Q(number="") & ~Q(sign=""), name="a_fiscal_receipt_has_number_and_sign"
            ),
        ]

    def __str__(self) -> str:
        return self.number


def lacking_fiscal_receipt(entries: QuerySet[LedgerEntry], at: datetime) -> QuerySet[LedgerEntry]:
    """Payments and refunds whose demanded receipt is still not known here.

    The time to wait, in hours, is a setting.
    """
    before = at - timedelta(hours=settings.FISCAL_RECEIPT_WITHIN_HOURS)
    free = Q()
    for beginning in NOT_DEMANDED:
        free |= Q(method__istartswith=beginning)
    has_one = Exists(FiscalReceipt.objects.filter(entry=OuterRef("pk")))
    moved = entries.filter(kind__in=[EntryKind.RECEIPT, EntryKind.REFUND], happened_at__lt=before)
    # Of money that never came or never left there is no receipt to ask for.
    return moved.exclude(free).filter(~has_one, corrections=None)
