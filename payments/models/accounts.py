"""The ledger for accountants: what came, what went and what it cost, between Almaty days."""

from datetime import date, datetime
from typing import Any, ClassVar

from django.conf import settings
from django.db.models import OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from offer_site.days import almaty_day, end_of_day, start_of_day
from offer_site.money import ReportedMoneyField
from payments.rules.matching import CURRENCY
from payments.rules.turnover import Threshold, nears, threshold_of

from .fee import ProviderFee
from .ledger import Allocation, EntryKind, LedgerEntry, LedgerEntryQuerySet

NOTHING = Value(0, output_field=ReportedMoneyField())
# A correction counts as what it corrects: added to it, or subtracted where it is negative.
CAME = Q(kind=EntryKind.RECEIPT) | Q(corrects__kind=EntryKind.RECEIPT)
WENT = Q(kind=EntryKind.REFUND) | Q(corrects__kind=EntryKind.REFUND)


def total(name: str = "amount", condition: Q | None = None) -> Coalesce:
    """The sum of a column; zero where there are no rows."""
    return Coalesce(Sum(name, filter=condition), NOTHING)


class AccountsQuerySet(LedgerEntryQuerySet):
    def in_tenge(self) -> "AccountsQuerySet":
        """Money that can be added up; what came in another currency waits for staff (M6)."""
        return self.filter(currency__in=[CURRENCY, ""])

    def between(self, since: date, until: date) -> "AccountsQuerySet":
        """Money that moved between two Almaty days, both included, by the provider's time."""
        return self.filter(happened_at__gte=start_of_day(since), happened_at__lt=end_of_day(until))

    def of_year(self, year: int) -> "AccountsQuerySet":
        return self.in_tenge().between(date(year, 1, 1), date(year, 12, 31))

    def with_fee(self) -> "AccountsQuerySet":
        """Adds `fee`: what the provider kept of each, by its latest report (4.5)."""
        fees = ProviderFee.objects.filter(entry=OuterRef("pk")).order_by("-told_at", "-pk")
        return self.annotate(fee=Coalesce(Subquery(fees.values("amount")[:1]), NOTHING))

    def with_order(self, *names: str) -> "AccountsQuerySet":
        """Adds these fields of each entry's order, as `order_<name>`.

        A refund is of the order of its receipt.
        """
        own = Allocation.objects.filter(entry=OuterRef("pk"), amount__gt=0).order_by("pk")
        back = Allocation.objects.filter(
            entry__kind=EntryKind.RECEIPT,
            entry__provider=OuterRef("provider"),
            entry__reference=OuterRef("refunds_reference"),
            amount__gt=0,
        ).order_by("pk")
        found: dict[str, Any] = {
            f"order_{name}": Coalesce(
                Subquery(own.values(f"order__{name}")[:1]),
                Subquery(back.values(f"order__{name}")[:1]),
            )
            for name in names
        }
        return self.annotate(**found)

    def free(self) -> "LedgerEntryQuerySet":
        """Receipts of which `left` waits: the same money that "Needs attention" counts (4.3)."""
        return self.receipts().with_left().filter(Q(left__gt=0))

    def nearing_the_threshold(self, at: datetime) -> QuerySet[LedgerEntry]:
        """One row when the year's turnover is above 80% of the VAT threshold, else none (4.2)."""
        year = almaty_day(at).year
        rows = Accounts.objects.of_year(year).order_by().values(one=Value(1))
        sums = rows.annotate(sum=total(condition=CAME) - total(condition=WENT)).values("sum")
        turnover = Coalesce(Subquery(sums), NOTHING, output_field=ReportedMoneyField())
        above = self.alias(turnover=turnover).filter(turnover__gt=nears(vat_threshold(year)))
        return above.filter(pk__in=self.order_by("pk").values("pk")[:1])


class Accounts(LedgerEntry):
    """The ledger under a permission of its own: who sees sums need not see providers' numbers."""

    objects: ClassVar[Any] = AccountsQuerySet.as_manager()

    class Meta:
        proxy = True
        verbose_name = _("accounts")
        verbose_name_plural = _("accounts")
        default_permissions = ("view",)


def vat_threshold(year: int) -> Threshold:
    """The VAT threshold of a year, from the MRP in the settings."""
    return threshold_of(year, mrp=settings.MRP, times=settings.VAT_THRESHOLD_MRP)
