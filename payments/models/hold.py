"""Money that a bank holds on a card and has not taken: it is not a receipt.

Holds come from the two-stage payments of the card protocol.
"""

from datetime import datetime, timedelta

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from enrollment.models import Order
from offer_site.money import ReportedMoneyField
from payments.rules.matching import Refusal
from payments.rules.provider_names import in_words

from .payment import Payment

REFUSALS = {
    Refusal.UNKNOWN_INVOICE: _("the invoice number is not known"),
    Refusal.ANOTHER_ACCOUNT: _("another order's account"),
    Refusal.WRONG_AMOUNT: _("another amount than was asked for"),
    Refusal.WRONG_CURRENCY: _("another currency than tenge"),
    Refusal.TEST_MONEY: _("test money"),
    Refusal.CLOSED: _("the order takes no money"),
    Refusal.PAID: _("the order is paid"),
    Refusal.ENDED: _("the order is cancelled"),
    Refusal.NO_PLACE: _("no place is free"),
    Refusal.EXPIRED: _("the day of the order is over"),
    Refusal.GUARDIAN: _("the parent or guardian has not consented"),
}
HELD_FOR = timedelta(days=7)  # at most: then the bank releases it by itself
ASKING = timedelta(minutes=5)  # a process that asks the bank has this long before another asks
SETTLED_WITHIN = timedelta(hours=1)  # one that takes longer needs a person


class HoldDecision(models.TextChoices):
    CONFIRM = "confirm", _("take the money")
    RELEASE = "release", _("let it go")


class HoldQuerySet(models.QuerySet["Hold"]):
    def open(self) -> "HoldQuerySet":
        """Holds that the bank reported, neither taken nor released."""
        return self.filter(confirmed_at=None, released_at=None).exclude(held_at=None)

    def of_order(self, order: Order) -> "HoldQuerySet":
        return self.filter(payment__order=order)

    def to_settle(self, at: datetime) -> "HoldQuerySet":
        """Open holds that no process is asking the bank about at this moment."""
        return self.open().filter(Q(asked_at=None) | Q(asked_at__lte=at - ASKING))

    def overdue(self, at: datetime) -> "HoldQuerySet":
        """Open holds that should have been settled long ago.

        A person looks at them before the bank releases them.
        """
        return self.open().filter(held_at__lte=at - SETTLED_WITHIN)


class Hold(models.Model):
    """What the bank reported of one hold, in any order of messages, and what was decided.

    `held_at` is the bank's time of the hold, by which the money is judged (4.3); it is unknown
    while only the message of the hold's end has come. Whether money came is in the ledger.
    """

    payment = models.ForeignKey(
        Payment,
        models.PROTECT,
        related_name="holds",
        null=True,
        blank=True,
        verbose_name=_("payment"),
    )
    provider = models.CharField(_("payment provider"), max_length=20)
    reference = models.CharField(_("provider's reference"), max_length=80)
    invoice_id = models.CharField(_("invoice number"), max_length=80, blank=True)
    amount = ReportedMoneyField(_("amount"))
    currency = models.CharField(_("currency"), max_length=3, blank=True)
    method = models.CharField(_("way of paying"), max_length=40, blank=True)
    disagreement = models.CharField(_("what does not agree"), max_length=40, blank=True)
    recorded_at = models.DateTimeField(_("recorded at"))
    held_at = models.DateTimeField(_("held at"), null=True, blank=True)
    decision = models.CharField(_("decision"), max_length=10, choices=HoldDecision, blank=True)
    reason = models.CharField(_("why"), max_length=300, blank=True)
    decided_by = models.CharField(_("decided by"), max_length=80, blank=True)
    request_id = models.CharField(_("request"), max_length=36, blank=True, editable=False)
    asked_at = models.DateTimeField(_("bank asked at"), null=True, blank=True)
    failure = models.CharField(_("what the bank answered"), max_length=300, blank=True)
    confirmed_at = models.DateTimeField(_("taken at"), null=True, blank=True)
    released_at = models.DateTimeField(_("let go at"), null=True, blank=True)

    objects = HoldQuerySet.as_manager()

    class Meta:
        verbose_name = _("hold")
        verbose_name_plural = _("holds")
        ordering = ["-recorded_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["provider", "reference"], name="a_provider_names_a_hold_once"
            ),
            models.CheckConstraint(
                condition=Q(confirmed_at=None) | Q(released_at=None),
                name="a_hold_is_taken_or_let_go_not_both",
            ),
            models.CheckConstraint(
                condition=Q(decision="") | ~Q(request_id=""), name="a_decided_hold_has_its_request"
            ),
        ]
        indexes = [
            models.Index(
                fields=["held_at"],
                condition=Q(confirmed_at=None, released_at=None),
                name="open_holds_by_time",
            ),
        ]

    def __str__(self) -> str:
        return in_words(self.provider, self.reference)

    @property
    def name(self) -> str:
        """What the journal and the clock call it: the same in every language."""
        return f"{self.provider} {self.reference}"

    @property
    def is_open(self) -> bool:
        return self.confirmed_at is None and self.released_at is None

    @property
    def ends_at(self) -> datetime | None:
        """The latest moment until which the bank holds the money."""
        return self.held_at + HELD_FOR if self.held_at else None
