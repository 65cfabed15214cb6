"""Entries of the ledger that were wrong: a counter-entry, with reason and two persons (M3, M12)."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from offer_site.documents import SeenAs

from .ledger import LedgerEntry
from .two_persons import DecidedByTwo, DecidedByTwoQuerySet


class LedgerCorrection(DecidedByTwo):
    """What one person proposed and another approved about money that never came, or never left.

    `replaced_by` is the receipt that the order of the wrong one rests on from then on; `ends_order`
    says that its contract ends, because no money came at all.
    """

    entry = models.ForeignKey(
        LedgerEntry,
        models.PROTECT,
        related_name="proposed_corrections",
        verbose_name=_("wrong entry"),
    )
    replaced_by = models.ForeignKey(
        LedgerEntry,
        models.PROTECT,
        related_name="replaces",
        null=True,
        blank=True,
        verbose_name=_("the right entry"),
    )
    ends_order = models.BooleanField(_("ends the contract"), default=False)

    objects = DecidedByTwoQuerySet.as_manager()

    class Meta:
        verbose_name = _("correction of the ledger")
        verbose_name_plural = _("corrections of the ledger")
        ordering = ["-entered_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["entry"],
                condition=Q(rejected_at=None),
                name="an_entry_is_corrected_once",
            ),
            models.CheckConstraint(
                condition=~Q(reason="") & ~Q(document="") & ~Q(entered_by=""),
                name="a_correction_names_its_reason_document_and_person",
            ),
            models.CheckConstraint(
                condition=Q(approved_by="", approved_at=None)
                | Q(approved_at__isnull=False) & ~Q(approved_by=""),
                name="an_approval_of_a_correction_says_by_whom",
            ),
            models.CheckConstraint(
                condition=~Q(approved_by=F("entered_by")),
                name="a_correction_is_approved_by_another_person",
            ),
            models.CheckConstraint(
                condition=Q(rejected_by="", rejected_at=None, rejection="")
                | Q(rejected_at__isnull=False, approved_at=None)
                & ~Q(rejected_by="")
                & ~Q(rejection=""),
                name="a_rejection_of_a_correction_says_by_whom_and_why",
            ),
            models.CheckConstraint(
                condition=Q(replaced_by=None) | ~Q(replaced_by=F("entry")) & Q(ends_order=False),
                name="an_entry_is_replaced_by_another_one",
            ),
        ]

    def __str__(self) -> str:
        return str(self.entry)

    @property
    def seen_as(self) -> SeenAs:
        return SeenAs(about=("correction", str(self.pk)), facts={"of": self.entry.name[:64]})
