"""Bank statements: imported files, and each incoming line with its result (M11)."""

import json
from datetime import datetime, timedelta

from django.db import models
from django.db.models import Exists, OuterRef, Q, Subquery
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from enrollment.models import Invoice, Order
from offer_site.encryption import EncryptedTextField
from offer_site.money import ReportedMoneyField
from payments.rules.matching import Doubt

from .brought import BroughtByOne, BroughtQuerySet, seen_by_another

ABANDONED_AFTER = timedelta(hours=1)
CONTRADICTION = "contradiction"  # the fact of a line that says what its file tells twice

DOUBTS = {
    Doubt.AGGREGATE: _("one sum for the payments of many"),
    Doubt.UNAPPROVED: _("typed in by hand, a second person has not approved it"),
    Doubt.TYPED_ALREADY: _("probably typed in by hand before"),
    Doubt.CONTRADICTION: _("the file says two things about it"),
    Doubt.TAKEN_BACK: _("the bank took it back"),
    Doubt.FILE_DISAGREES: _("the sums of its file do not agree"),
    Doubt.NOT_AT_BANK: _("not found at the bank"),
    Doubt.NAMED_BY_MANY: _("a code of ours, from a payer of one sum for many"),
    Doubt.KNOWN_ALREADY: _("probably the same as money that is known"),
    Doubt.WRONG_CURRENCY: _("another currency than tenge"),
    Doubt.NO_CODE: _("no order code in the purpose"),
    Doubt.UNKNOWN_CODE: _("no order with this code"),
    Doubt.SEVERAL_ORDERS: _("the codes of several orders"),
    Doubt.NOTHING_DUE: _("nothing is due for the order"),
    Doubt.WRONG_AMOUNT: _("another amount than is due"),
    Doubt.ANOTHER_DAY: _("another day than that of the order"),
    Doubt.NOT_TAKEN: _(
        "no place is free, the learner is enrolled already, or the offer is withdrawn"
    ),
    Doubt.UNSEEN_FILE: _("a second person has not compared its statement with the bank"),
    Doubt.ANOTHER_PAYER: _("another payer than the buyer"),
}


class StatementFileQuerySet(BroughtQuerySet):
    def broken_off(self, at: datetime) -> "StatementFileQuerySet":
        """Files whose import was killed in the middle; importing the same file again goes on."""
        return self.filter(stored_at=None, imported_at__lte=at - ABANDONED_AFTER)

    def disagreeing(self) -> "StatementFileQuerySet":
        """Files whose sums do not agree, until another file tells of the same days as a whole."""
        whole = StatementFile.objects.filter(
            account=OuterRef("account"),
            balances_agree=True,
            since__lte=OuterRef("since"),
            until__gte=OuterRef("until"),
            imported_at__gt=OuterRef("imported_at"),
        )
        return self.filter(~Exists(whole), balances_agree=False)

    def not_following(self) -> "StatementFileQuerySet":
        """Files that begin with another balance than the file before them ended with.

        Days between the two are not told then, or one of them is not the bank's. Who compared the
        file with the bank has seen it.
        """
        before = StatementFile.objects.filter(
            account=OuterRef("account"), until__lt=OuterRef("since"), closing__isnull=False
        )
        last = StatementFile.objects.filter(
            account=OuterRef("account"), until=OuterRef("day_before")
        )
        return self.annotate(
            day_before=Subquery(before.order_by("-until").values("until")[:1])
        ).filter(
            ~Exists(last.filter(closing=OuterRef("opening"))),
            opening__isnull=False,
            day_before__isnull=False,
            seen_at=None,
        )


class StatementFile(BroughtByOne):
    """One file of a bank, imported or refused as a whole; its lines are kept, the file is not.

    The one without a digest is kept by hand: transfers for which the bank gives no file are typed
    in, line by line.
    """

    sha256 = models.CharField(
        _("SHA-256 of the file"), max_length=64, unique=True, null=True, blank=True
    )
    name = models.CharField(_("name of the file"), max_length=200, blank=True)
    account = models.CharField(_("account"), max_length=20)
    since = models.DateField(_("from the day"), null=True, blank=True)
    until = models.DateField(_("to the day"), null=True, blank=True)
    opening = ReportedMoneyField(_("opening balance"), null=True, blank=True)
    closing = ReportedMoneyField(_("closing balance"), null=True, blank=True)
    incoming = models.PositiveIntegerField(_("incoming operations"), default=0)
    outgoing = models.PositiveIntegerField(_("outgoing operations"), default=0)
    of_other_accounts = models.PositiveIntegerField(_("of other accounts"), default=0)
    of_nothing = models.PositiveIntegerField(_("lines of zero"), default=0)
    taken_back = models.PositiveIntegerField(_("taken back by the bank"), default=0)
    balances_agree = models.BooleanField(_("its balances agree"), default=True)
    # Each sum that does not agree: what it is, as the bank told it, and as its lines come to.
    disagreements = models.JSONField(_("what does not agree"), default=list, blank=True)
    stored_at = models.DateTimeField(_("stored to its end at"), null=True, blank=True)

    objects = StatementFileQuerySet.as_manager()

    class Meta:
        verbose_name = _("bank statement")
        verbose_name_plural = _("bank statements")
        ordering = ["-imported_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["account"],
                condition=Q(sha256=None),
                name="an_account_has_one_file_kept_by_hand",
            ),
            models.CheckConstraint(
                condition=seen_by_another(), name="a_statement_is_seen_by_another_person"
            ),
        ]
        indexes = [
            models.Index(fields=["account", "until"], name="statements_by_last_day"),
        ]

    def __str__(self) -> str:
        return self.name or gettext("kept by hand")


class LineState(models.TextChoices):
    UNMATCHED = "unmatched", _("waits for a person")
    MATCHED = "matched", _("given to an order")
    SET_ASIDE = "set-aside", _("set aside")
    TAKEN = "taken", _("in the ledger, waits there")


class StatementLineQuerySet(models.QuerySet["StatementLine"]):
    def waiting(self) -> "StatementLineQuerySet":
        """Transfers that wait for a decision."""
        return self.filter(state=LineState.UNMATCHED)

    def unjudged(self) -> "StatementLineQuerySet":
        """Lines that name orders and have not been judged yet."""
        return (
            self.waiting()
            .filter(doubt="")
            .exclude(codes="")
            .order_by("documented_on", "line", "pk")
        )


class StatementLine(models.Model):
    """Money that came to the account; the payer and the purpose are stored encrypted (5.4).

    The fingerprint is the same in every file that has this money; the second of two equal lines of
    one file has another. It is the receipt's reference in the ledger.
    """

    file = models.ForeignKey(
        StatementFile, models.PROTECT, related_name="lines", verbose_name=_("bank statement")
    )
    line = models.PositiveIntegerField(_("line of the file"))
    fingerprint = models.CharField(_("fingerprint"), max_length=32, unique=True)
    number = models.CharField(_("number of the payment order"), max_length=40, blank=True)
    documented_on = models.DateField(_("day of the payment order"))
    executed_on = models.DateField(_("day at the bank"))
    amount = ReportedMoneyField(_("amount"))
    currency = models.CharField(_("currency"), max_length=3)
    knp = models.CharField(_("purpose code"), max_length=3, blank=True)
    codes = models.CharField(_("order codes in the purpose"), max_length=200, blank=True)
    told = EncryptedTextField(_("what the bank told"))
    state = models.CharField(
        _("state"), max_length=10, choices=LineState, default=LineState.UNMATCHED
    )
    doubt = models.CharField(
        _("why it waits"),
        max_length=20,
        choices=[(doubt.value, words) for doubt, words in DOUBTS.items()],
        blank=True,
    )
    order = models.ForeignKey(
        Order,
        models.PROTECT,
        related_name="statement_lines",
        null=True,
        blank=True,
        verbose_name=_("order"),
    )
    invoice = models.ForeignKey(
        Invoice,
        models.PROTECT,
        related_name="statement_lines",
        null=True,
        blank=True,
        verbose_name=_("company's invoice"),
    )
    is_another = models.BooleanField(_("a person said that it is other money"), default=False)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    settled_at = models.DateTimeField(_("settled at"), null=True, blank=True)
    settled_by = models.CharField(_("by"), max_length=80, blank=True)

    objects = StatementLineQuerySet.as_manager()

    class Meta:
        verbose_name = _("incoming transfer")
        verbose_name_plural = _("incoming transfers")
        ordering = ["-documented_on", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(amount__gt=0), name="a_statement_line_is_more_than_nothing"
            ),
            models.CheckConstraint(
                condition=Q(state=LineState.MATCHED, order__isnull=False, invoice=None)
                | Q(state=LineState.MATCHED, order=None, invoice__isnull=False)
                | ~Q(state=LineState.MATCHED) & Q(order=None, invoice=None),
                name="a_matched_line_names_its_order_or_invoice",
            ),
            models.CheckConstraint(
                condition=~Q(state=LineState.SET_ASIDE)
                | ~Q(reason="")
                | Q(doubt=Doubt.AGGREGATE.value),
                name="a_line_is_set_aside_with_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(state=LineState.UNMATCHED, settled_at=None)
                | ~Q(state=LineState.UNMATCHED) & Q(settled_at__isnull=False),
                name="a_settled_line_tells_when",
            ),
        ]
        indexes = [
            models.Index(
                fields=["documented_on"],
                condition=Q(state="unmatched"),
                name="waiting_lines_by_day",
            ),
            # Every line that names an order is compared with them. A condition without values:
            # SQLite takes no index whose condition it would have to compare with parameters.
            models.Index(
                fields=["amount"],
                condition=Q(settled_at__isnull=False, order=None, invoice=None),
                name="lines_put_away_by_amount",
            ),
            # The order of the list in the admin.
            models.Index(fields=["-documented_on", "-id"], name="lines_latest_first"),
        ]

    def __str__(self) -> str:
        return f"{self.file}, {self.line}"

    @property
    def facts(self) -> dict[str, str]:
        """What the bank wrote: `payer`, `payer_id`, `purpose`, and every other key unchanged."""
        facts: dict[str, str] = json.loads(self.told)
        return facts
