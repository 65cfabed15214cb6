"""Kaspi's daily registries: the bank's own list of payments, and what it keeps of each (M1)."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from offer_site.money import ReportedMoneyField

from .brought import BroughtByOne, BroughtQuerySet, seen_by_another


class KaspiRegistry(BroughtByOne):
    """One file of the bank, imported or refused as a whole; its rows are kept, the file is not."""

    sha256 = models.CharField(_("SHA-256 of the file"), max_length=64, unique=True)
    name = models.CharField(_("name of the file"), max_length=200)
    since = models.DateField(_("from the day"))
    until = models.DateField(_("to the day"))
    payments = models.PositiveIntegerField(_("payments"))

    objects = BroughtQuerySet.as_manager()

    class Meta:
        verbose_name = _("Kaspi's registry")
        verbose_name_plural = _("Kaspi's registries")
        ordering = ["-until", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=seen_by_another(), name="a_registry_is_seen_by_another_person"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class KaspiRow(models.Model):
    """One payment in the bank's list; a negative amount was given back.

    The same number with another amount is a row of its own (M7). The commission is what the bank
    keeps, None where the registry does not show it.
    """

    registry = models.ForeignKey(
        KaspiRegistry, models.PROTECT, related_name="rows", verbose_name=_("Kaspi's registry")
    )
    line = models.PositiveIntegerField(_("line of the file"))
    txn_id = models.CharField(_("bank's number of the operation"), max_length=80)
    paid_at = models.DateTimeField(_("paid at"))
    account = models.CharField(_("order as the payer named it"), max_length=200, blank=True)
    amount = ReportedMoneyField(_("amount"))
    commission = ReportedMoneyField(_("bank's commission"), null=True, blank=True)

    class Meta:
        verbose_name = _("payment in Kaspi's registry")
        verbose_name_plural = _("payments in Kaspi's registries")
        ordering = ["-paid_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["txn_id", "amount"], name="a_registry_tells_of_an_operation_once"
            ),
            models.CheckConstraint(
                condition=~Q(amount=0), name="a_row_of_a_registry_is_more_than_nothing"
            ),
        ]
        indexes = [models.Index(fields=["paid_at"], name="kaspi_rows_by_time")]

    def __str__(self) -> str:
        return self.txn_id
