"""Transfers that one person typed in; they count after another approves them (M12)."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from offer_site.documents import SeenAs

from .statement import LineState, StatementFile, StatementLine
from .two_persons import EnteredByOne


class TypedTransferQuerySet(models.QuerySet["TypedTransfer"]):
    def undecided(self) -> "TypedTransferQuerySet":
        """Transfers that wait for a second person.

        They are not approved, not confirmed by a file of the bank, and not set aside.
        """
        return self.filter(approved_at=None, told_in=None, line__state=LineState.UNMATCHED)


class TypedTransfer(EnteredByOne):
    """Who typed a line in, why and from which document, and who approved it.

    `told_in` is the file of the bank that confirmed it later.
    """

    line = models.OneToOneField(
        StatementLine, models.PROTECT, related_name="typed", verbose_name=_("incoming transfer")
    )
    told_in = models.ForeignKey(
        StatementFile,
        models.PROTECT,
        related_name="typed_transfers",
        null=True,
        blank=True,
        verbose_name=_("told of by the bank in"),
    )

    objects = TypedTransferQuerySet.as_manager()

    class Meta:
        verbose_name = _("transfer typed in by hand")
        verbose_name_plural = _("transfers typed in by hand")
        ordering = ["-entered_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(reason="") & ~Q(document="") & ~Q(entered_by=""),
                name="a_typed_transfer_names_its_reason_document_and_person",
            ),
            models.CheckConstraint(
                condition=~Q(approved_by=F("entered_by")),
                name="a_typed_transfer_is_approved_by_another_person",
            ),
            models.CheckConstraint(
                condition=Q(approved_by="", approved_at=None)
                | Q(approved_at__isnull=False) & ~Q(approved_by=""),
                name="an_approval_of_a_typed_transfer_says_by_whom",
            ),
        ]

    def __str__(self) -> str:
        return str(self.line)

    @property
    def seen_as(self) -> SeenAs:
        """The document shows the whole transfer: its payer and the payer's IIN."""
        return SeenAs(
            about=("statement_line", str(self.line_id)),
            verb="personal_data.seen",
            facts={"document": self.document_sha256},
        )
