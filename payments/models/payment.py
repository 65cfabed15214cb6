"""One attempt to pay an order, through one provider (4.4)."""

from datetime import datetime, timedelta
from decimal import Decimal

from django.db import models
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from enrollment.models import LIVE, Enrollment, Order, Withdrawal
from enrollment.rules.order_states import OrderState
from offer_site.languages import Language
from offer_site.money import ReportedMoneyField, TengeField

from .ledger import LedgerEntry
from .received import received_sum

MOST_TRIES = 12  # to cancel a link: about three days
# A provider remembers a request id for one hour; a link older than half of that is not used again.
LINK_IS_FRESH_FOR = timedelta(minutes=30)


def orders_locked() -> QuerySet[Order]:
    """Orders with all that a settlement reads, locked as `with_order_locked` locks them."""
    enrolled = Enrollment.objects.filter(
        learner_key=OuterRef("learner_key"), cohort=OuterRef("cohort"), state__in=LIVE
    )
    withdrawn = Withdrawal.objects.standing().filter(edition=OuterRef("edition"))
    return (
        Order.objects.people_locked()
        .with_people()
        .annotate(
            learner_is_enrolled=Exists(enrolled),
            edition_is_withdrawn=Exists(withdrawn),
            received=received_sum("pk"),
        )
        .defer("edition__terms")
        .order_by()
    )


def reported_receipts() -> QuerySet[LedgerEntry]:
    """The receipts that a provider reported for an attempt of the outer query."""
    return LedgerEntry.objects.receipts().filter(
        provider=OuterRef("provider"), invoice_id=OuterRef("invoice_id")
    )


class PaymentQuerySet(models.QuerySet["Payment"]):
    def of_order(self, order: Order) -> "PaymentQuerySet":
        return self.filter(order=order)

    def latest_first(self) -> "PaymentQuerySet":
        return self.order_by("-started_at", "-pk")

    def undecided(self) -> "PaymentQuerySet":
        """Attempts that the bank has not declined."""
        return self.filter(declined_at=None)

    def usable(
        self,
        *,
        order: Order,
        provider: str,
        amount: int,
        language: str,
        for_another: bool = False,
        at: datetime,
    ) -> "PaymentQuerySet":
        """Attempts whose link can be used again: same payer, sum and language, still fresh.

        A link is paid once: the link of the first half is not used for the rest, though the sums
        are the same (4.3.1), and neither is one whose money was held and released. One that we
        began to close, since its order had been cancelled, is as good as closed.
        """
        return (
            self.undecided()
            .filter(
                order=order,
                provider=provider,
                amount=amount,
                language=language,
                for_another=for_another,
                started_at__gt=at - LINK_IS_FRESH_FOR,
                holds=None,
                link_cancelled_at=None,
                link_tries=0,
            )
            .exclude(Exists(reported_receipts()))
        )

    def with_link_to_cancel(self, at: datetime) -> "PaymentQuerySet":
        """Unpaid attempts with an open link, whose order takes no money any more (4.3)."""
        is_over = ~Q(order__state__in=[OrderState.AWAITING_PAYMENT, OrderState.PREPAID])
        is_not_the_rest = Q(order__state=OrderState.PREPAID) & ~Q(
            amount=F("order__price") - F("received")
        )
        return (
            self.alias(received=received_sum("order"))
            .filter(is_over | is_not_the_rest, link_cancelled_at=None)
            .filter(
                Q(link_next_try_at=None) | Q(link_next_try_at__lte=at), link_tries__lt=MOST_TRIES
            )
            .exclude(link_id="")
            .exclude(Exists(reported_receipts()))
        )

    def with_link_left_open(self) -> "PaymentQuerySet":
        """Attempts whose link is still open after all tries to close it."""
        return self.filter(link_cancelled_at=None, link_tries__gte=MOST_TRIES)

    def with_order_locked(self) -> "PaymentQuerySet":
        """Payments with all that a settlement reads, their orders locked.

        The people are locked too, after the order: a lock that was waited for shows their newest
        values, while rows that are only joined keep those from before the wait, and the acceptance
        would digest an e-mail just corrected.
        """
        enrolled = Enrollment.objects.filter(
            learner_key=OuterRef("order__learner_key"),
            cohort=OuterRef("order__cohort"),
            state__in=LIVE,
        )
        withdrawn = Withdrawal.objects.standing().filter(edition=OuterRef("order__edition"))
        return (
            self.annotate(
                learner_is_enrolled=Exists(enrolled),
                edition_is_withdrawn=Exists(withdrawn),
            )
            .select_related(
                "order__party",
                "order__learner",
                "order__cohort__course",
                "order__tariff__package",
                "order__edition",
            )
            .defer("order__edition__terms")
            .select_for_update(of=("order", "order__party", "order__learner"))
        )


class Payment(models.Model):
    """One attempt to pay: what was asked for, and by which link.

    Whether money came is in the ledger.
    """

    order = models.ForeignKey(
        Order, models.PROTECT, related_name="payments", verbose_name=_("order")
    )
    provider = models.CharField(_("payment provider"), max_length=20)
    method = models.CharField(_("way of paying"), max_length=40)
    invoice_id = models.CharField(_("invoice number"), max_length=36, unique=True)
    amount = TengeField(_("amount, tenge"))
    commission = ReportedMoneyField(_("commission that was shown"), default=Decimal("0.00"))
    for_another = models.BooleanField(_("by somebody who pays for another"), default=False)
    language = models.CharField(_("language"), max_length=2, choices=Language)
    started_at = models.DateTimeField(_("started at"))
    request_id = models.CharField(_("request"), max_length=36, editable=False)
    link_id = models.CharField(_("provider's number of the link"), max_length=64, blank=True)
    link_url = models.TextField(_("link"), blank=True)
    link_cancelled_at = models.DateTimeField(_("link cancelled at"), null=True, blank=True)
    link_tries = models.PositiveSmallIntegerField(_("tries to cancel the link"), default=0)
    link_next_try_at = models.DateTimeField(_("next try to cancel the link"), null=True, blank=True)
    link_failure = models.CharField(
        _("why the link could not be cancelled"), max_length=300, blank=True
    )
    returned_at = models.DateTimeField(_("buyer came back at"), null=True, blank=True)
    declined_at = models.DateTimeField(_("declined at"), null=True, blank=True)
    decline_code = models.CharField(_("reason of the decline"), max_length=10, blank=True)

    objects = PaymentQuerySet.as_manager()

    class Meta:
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        ordering = ["-started_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(amount__gt=0), name="a_payment_asks_for_more_than_nothing"
            ),
        ]

    def __str__(self) -> str:
        return self.invoice_id
