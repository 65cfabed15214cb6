"""What a buyer told us about a payment that we do not see yet (4.3)."""

from datetime import date, datetime, timedelta

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from enrollment.rules.order_states import OrderState
from offer_site.days import almaty_day, end_of_day
from offer_site.documents import Documented, SeenAs
from offer_site.money import ReportedMoneyField

from .order import Order


class ReportKind(models.TextChoices):
    TRANSFER = "transfer", _("bank transfer")
    KASPI = "kaspi", _("Kaspi Pay or Kaspi Red")
    CARD = "card", _("bank card")
    INSTALLMENT = "installment", _("instalments through a bank")


class ReportEnding(models.TextChoices):
    """How a report ended without money; if the money came, the order has an acceptance."""

    LAPSED = "lapsed", _("the order ended without the money")
    DROPPED = "dropped", _("found false by staff")


class PaymentReportQuerySet(models.QuerySet["PaymentReport"]):
    def standing(self) -> "PaymentReportQuerySet":
        """Reports whose money is still awaited."""
        return self.filter(ended_at=None, order__state=OrderState.AWAITING_PAYMENT)

    def keeping_places(self) -> "PaymentReportQuerySet":
        return self.standing().filter(keeps_place=True)

    def beyond_the_tenth(self) -> "PaymentReportQuerySet":
        """Reports that keep their order but no place: a tenth was kept, or none was free."""
        return self.standing().filter(keeps_place=False)

    def ending_by_tomorrow(self, at: datetime) -> "PaymentReportQuerySet":
        """Reports whose term ends today or tomorrow: staff check the bank account."""
        return self.standing().filter(
            keeps_until__lte=end_of_day(almaty_day(at) + timedelta(days=1))
        )


class PaymentReport(Documented):
    """A payment of the order's day, as its buyer reported it: the order is kept (4.3).

    The date of the document decides.
    """

    order = models.ForeignKey(
        Order, models.PROTECT, related_name="reports", verbose_name=_("order")
    )
    kind = models.CharField(_("kind"), max_length=12, choices=ReportKind)
    # Of a receipt or a screenshot the buyer may know no number: then the document stands for it.
    number = models.CharField(_("number of the document"), max_length=60, blank=True)
    # What the buyer says to have paid; unknown where nobody was asked.
    amount = ReportedMoneyField(_("amount paid"), null=True, blank=True)
    why_other = models.CharField(_("why the amount is another one"), max_length=300, blank=True)
    day = models.DateField(_("day of the document"))
    said_at = models.DateTimeField(_("reported at"))
    said_by = models.CharField(_("by"), max_length=80)
    keeps_until = models.DateTimeField(_("the order is kept until"))
    keeps_place = models.BooleanField(_("keeps the place"))
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    ending = models.CharField(_("how it ended"), max_length=10, choices=ReportEnding, blank=True)
    ended_by = models.CharField(_("ended by"), max_length=80, blank=True)
    reason = models.CharField(_("reason"), max_length=300, blank=True)

    objects = PaymentReportQuerySet.as_manager()

    class Meta:
        verbose_name = _("report of a payment")
        verbose_name_plural = _("reports of payments")
        ordering = ["-said_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["order"],
                condition=Q(ended_at=None),
                name="an_order_has_one_standing_report",
            ),
            models.CheckConstraint(
                condition=~Q(number="") | ~Q(document=""), name="a_report_names_its_document"
            ),
            models.CheckConstraint(
                condition=Q(amount=None, why_other="") | Q(amount__isnull=False, amount__gt=0),
                name="another_amount_is_explained_where_one_is_named",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=[ReportKind.KASPI, ReportKind.CARD]) | ~Q(document=""),
                name="a_transfer_or_instalment_is_reported_with_its_document",
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None, ending="", ended_by="")
                | Q(ended_at__isnull=False) & ~Q(ending="") & ~Q(ended_by=""),
                name="an_ended_report_says_how_and_by_whom",
            ),
            models.CheckConstraint(
                condition=~Q(ending=ReportEnding.DROPPED) | ~Q(reason=""),
                name="a_report_is_dropped_with_a_reason",
            ),
        ]
        indexes = [
            models.Index(
                fields=["keeps_until"], condition=Q(ended_at=None), name="standing_reports_by_term"
            )
        ]

    def __str__(self) -> str:
        return f"{self.order}: {self.number}" if self.number else str(self.order)

    @property
    def seen_as(self) -> SeenAs:
        code = self.order.code
        return SeenAs(about=("order", code), order=code, facts={"report": self.pk})

    @property
    def last_day(self) -> date:
        """The last day on which the order is kept, until 24:00 in Almaty."""
        return almaty_day(self.keeps_until - timedelta(microseconds=1))

    @property
    def stands(self) -> bool:
        return self.ended_at is None and self.order.state == OrderState.AWAITING_PAYMENT
