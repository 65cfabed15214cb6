"""Credit of a second-tier bank: the bank decides, we record its decision (4.4)."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from enrollment.models import Order
from offer_site.documents import Documented, SeenAs
from offer_site.encryption import EncryptedTextField
from offer_site.money import ReportedMoneyField

MOST_MONTHS = 60


class InstallmentBankQuerySet(models.QuerySet["InstallmentBank"]):
    def offered(self) -> "InstallmentBankQuerySet":
        return self.filter(is_offered=True)


class InstallmentBank(models.Model):
    """A bank that buyers are offered; staff keep the list."""

    name = models.CharField(_("name"), max_length=80, unique=True)
    note_kk = models.CharField(_("note in Kazakh"), max_length=300, blank=True)
    note_ru = models.CharField(_("note in Russian"), max_length=300, blank=True)
    needs_income = models.BooleanField(_("the bank needs the buyer's income"), default=False)
    is_offered = models.BooleanField(_("is offered"), default=True)
    months = models.PositiveSmallIntegerField(
        _("months"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_MONTHS)],
        help_text=_(
            "The longest term. Buyers read the price by so many months; left empty, no sum a month."
        ),
    )

    objects = InstallmentBankQuerySet.as_manager()

    class Meta:
        verbose_name = _("bank for instalments")
        verbose_name_plural = _("banks for instalments")
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(months=None) | Q(months__isnull=False, months__range=(1, MOST_MONTHS)),
                name="a_bank_gives_from_one_month_to_sixty",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Decision(models.TextChoices):
    WAITING = "waiting", _("the bank has not decided")
    APPROVED = "approved", _("approved")
    REFUSED = "refused", _("refused")


class InstallmentApplication(Documented):
    """One application of a buyer at a bank.

    The income is kept only where the bank needs it, and encrypted (5.2).
    """

    order = models.ForeignKey(
        Order, models.PROTECT, related_name="installment_applications", verbose_name=_("order")
    )
    bank = models.ForeignKey(
        InstallmentBank,
        models.PROTECT,
        related_name="applications",
        verbose_name=_("bank for instalments"),
    )
    number = models.CharField(_("number of the application"), max_length=40)
    decision = models.CharField(
        _("decision"), max_length=10, choices=Decision, default=Decision.WAITING
    )
    decided_on = models.DateField(_("day of the decision"), null=True, blank=True)
    approved_sum = ReportedMoneyField(_("approved sum"), null=True, blank=True)
    # Why the bank approved less than is due, as the buyer or staff say: the rest is paid otherwise.
    why_less = models.CharField(_("why less than is due"), max_length=300, blank=True)
    income = EncryptedTextField(_("income a month, tenge"), blank=True)
    stated_at = models.DateTimeField(_("stated at"))
    stated_by = models.CharField(_("by"), max_length=80)

    class Meta:
        verbose_name = _("application for instalments")
        verbose_name_plural = _("applications for instalments")
        ordering = ["-stated_at", "-pk"]
        permissions = [("income_installmentapplication", "Can see the income")]
        constraints = [
            models.UniqueConstraint(
                fields=["bank", "number"], name="a_bank_numbers_an_application_once"
            ),
            models.CheckConstraint(condition=~Q(number=""), name="an_application_has_its_number"),
            models.CheckConstraint(
                condition=Q(decision=Decision.WAITING, decided_on=None)
                | ~Q(decision=Decision.WAITING) & Q(decided_on__isnull=False),
                name="a_decision_has_its_day",
            ),
            models.CheckConstraint(
                condition=~Q(decision=Decision.APPROVED)
                | Q(approved_sum__isnull=False, approved_sum__gt=0) & ~Q(document=""),
                name="an_approval_has_its_sum_and_document",
            ),
            models.CheckConstraint(
                condition=Q(why_less="") | Q(decision=Decision.APPROVED),
                name="only_an_approval_is_less_than_is_due",
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def seen_as(self) -> SeenAs:
        code = self.order.code
        return SeenAs(about=("order", code), order=code, facts={"application": self.pk})

    @property
    def reference(self) -> str:
        """The name of the money in the ledger and in the report: the bank and its number."""
        return f"{self.bank.name} {self.number}"[:60]
