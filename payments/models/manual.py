"""Money seen elsewhere: one person enters it with its document, another approves it (2.6, M12)."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from enrollment.models import Order
from offer_site.documents import SeenAs
from offer_site.money import ReportedMoneyField

from .installment import InstallmentApplication
from .two_persons import DecidedByTwo, DecidedByTwoQuerySet


class ManualMethod(models.TextChoices):
    KASPI_PAY = "kaspi-pay", _("Kaspi Pay by the link or QR")
    KASPI_RED = "kaspi-red", _("Kaspi Red by the link or QR")
    INSTALLMENT = "installment", _("instalments through a bank")
    CASH_DESK = "cash-desk", _("cash desk of a third party")
    TRANSFER = "transfer", _("transfer seen on the account")


# What staff see in Kaspi's application, and Kaspi tells of as well.
SEEN_AT_KASPI = (ManualMethod.KASPI_PAY, ManualMethod.KASPI_RED)


class ManualReceiptQuerySet(DecidedByTwoQuerySet):
    def standing(self) -> "ManualReceiptQuerySet":
        """Money that was neither rejected nor corrected as never received."""
        return self.filter(rejected_at=None, corrected_at=None)


class ManualReceipt(DecidedByTwo):
    """A payment that one person saw elsewhere; it counts once another person approves it."""

    order = models.ForeignKey(
        Order, models.PROTECT, related_name="manual_receipts", verbose_name=_("order")
    )
    # A method of paying; the column keeps its old name, as the journal's facts do.
    way = models.CharField(_("way of paying"), max_length=12, choices=ManualMethod)
    reference = models.CharField(_("number of the operation or document"), max_length=60)
    amount = ReportedMoneyField(_("amount"))
    paid_at = models.DateTimeField(_("paid at"))
    third_party = models.CharField(_("third party that took the money"), max_length=200, blank=True)
    third_party_ground = models.CharField(
        _("ground on which it takes money for us"), max_length=300, blank=True
    )
    application = models.ForeignKey(
        InstallmentApplication,
        models.PROTECT,
        related_name="receipts",
        null=True,
        blank=True,
        verbose_name=_("application for instalments"),
    )
    is_another = models.BooleanField(_("a person said that it is other money"), default=False)
    corrected_at = models.DateTimeField(_("corrected at"), null=True, blank=True)

    objects = ManualReceiptQuerySet.as_manager()

    class Meta:
        verbose_name = _("money by hand")
        verbose_name_plural = _("money by hand")
        ordering = ["-entered_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["way", "reference"],
                condition=Q(rejected_at=None),
                name="money_by_hand_is_entered_once",
            ),
            models.CheckConstraint(
                condition=Q(amount__gt=0), name="money_by_hand_is_more_than_nothing"
            ),
            models.CheckConstraint(
                condition=~Q(reference="") & ~Q(reason="") & ~Q(document="") & ~Q(entered_by=""),
                name="money_by_hand_names_its_reference_reason_document_and_person",
            ),
            models.CheckConstraint(
                condition=~Q(way=ManualMethod.CASH_DESK)
                | ~Q(third_party="") & ~Q(third_party_ground=""),
                name="a_third_party_is_named_with_its_ground",
            ),
            models.CheckConstraint(
                condition=Q(approved_by="", approved_at=None)
                | Q(approved_at__isnull=False) & ~Q(approved_by=""),
                name="an_approval_says_by_whom",
            ),
            models.CheckConstraint(
                condition=~Q(approved_by=F("entered_by")),
                name="money_by_hand_is_approved_by_another_person",
            ),
            models.CheckConstraint(
                condition=Q(rejected_by="", rejected_at=None, rejection="")
                | Q(rejected_at__isnull=False, approved_at=None)
                & ~Q(rejected_by="")
                & ~Q(rejection=""),
                name="a_rejection_says_by_whom_and_why",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_way_display()}: {self.reference}"

    @property
    def seen_as(self) -> SeenAs:
        code = self.order.code
        return SeenAs(about=("order", code), order=code, facts={"manual_receipt": self.pk})
