"""The books: receipts, refunds, fees and debts by day, method, tariff or cohort.

The number of queries does not grow with the rows.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import models
from django.db.models import Count, OuterRef, Subquery, Sum
from django.db.models.functions import Coalesce, TruncDate
from django.utils.translation import gettext_lazy as _

from enrollment.models import Cohort, Installment, Order, Tariff
from enrollment.rules.methods import WORDINGS, Method, method_of
from enrollment.rules.order_states import OrderState
from offer_site.days import ALMATY, almaty_day, short_day
from offer_site.languages import in_language
from offer_site.money import TIYN
from payments.models import Allocation
from payments.models.accounts import CAME, NOTHING, WENT, Accounts, total, vat_threshold
from payments.rules.provider_names import provider_name
from payments.rules.turnover import Threshold, percent_of

NONE = Decimal("0.00")


class Grouping(models.TextChoices):
    DAY = "day", _("day")
    METHOD = "method", _("way of paying")
    TARIFF = "tariff", _("tariff")
    COHORT = "cohort", _("cohort")


@dataclass
class Sums:
    """What came and went in one group, to the tiyn; `owed` is still due for its orders (4.3.1)."""

    count: int = 0
    came: Decimal = NONE
    went: Decimal = NONE
    fees: Decimal = NONE
    owed: Decimal = NONE

    @property
    def net(self) -> Decimal:
        return self.came - self.went

    def __add__(self, other: "Sums") -> "Sums":
        return Sums(
            self.count + other.count,
            self.came + other.came,
            self.went + other.went,
            self.fees + other.fees,
            self.owed + other.owed,
        )


@dataclass(frozen=True)
class Debt:
    """The rest of an order paid in two parts, and the day it is due (4.3.1)."""

    order: Order
    amount: Decimal
    due_on: date


@dataclass(frozen=True)
class Turnover:
    """What came less what went back since the year began, beside the VAT threshold (4.2)."""

    year: int
    amount: Decimal
    threshold: Threshold

    @property
    def percent(self) -> int:
        return percent_of(self.amount, self.threshold)


@dataclass
class Books:
    """The accounts of a period; `waiting` is money given to no order."""

    since: date
    until: date
    by: Grouping
    lines: list[tuple[str, Sums]] = field(default_factory=list)
    debts: list[Debt] = field(default_factory=list)
    waiting: Decimal = NONE
    waiting_count: int = 0

    @property
    def total(self) -> Sums:
        return sum((sums for _name, sums in self.lines), Sums())

    @property
    def owed(self) -> Decimal:
        return sum((debt.amount for debt in self.debts), NONE)


def books_of(*, since: date, until: date, by: Grouping) -> Books:
    """The ledger between two Almaty days, both included.

    Debts and waiting money are those of this moment.
    """
    debts = _debts()
    groups = GROUPS[by](since, until)
    for debt in debts:
        key = _key_of(debt, by)
        if by == Grouping.DAY and not since <= debt.due_on <= until:
            continue
        if key is not None:
            groups[key] = groups.get(key, Sums()) + Sums(owed=debt.amount)
    free = Accounts.objects.in_tenge().free().aggregate(count=Count("pk"), waiting=Sum("left"))
    return Books(
        since=since,
        until=until,
        by=by,
        lines=list(_named(groups, by)),
        debts=debts,
        waiting=free["waiting"] or NONE,
        waiting_count=free["count"],
    )


def turnover_of(year: int) -> Turnover:
    """What came less what went back in a calendar year of Almaty, by the provider's time (4.2)."""
    sums = Accounts.objects.of_year(year).aggregate(
        came=total(condition=CAME), went=total(condition=WENT)
    )
    return Turnover(year, (sums["came"] - sums["went"]).quantize(TIYN), vat_threshold(year))


def turnover_at(at: datetime) -> Turnover:
    return turnover_of(almaty_day(at).year)


def entries_of(*, since: date, until: date) -> Iterator[tuple[Any, ...]]:
    """Every movement of money of a period, the earliest first, as a row under ENTRY_HEADINGS."""
    names = (
        "code",
        "party__company_name",
        "party__surname",
        "party__name",
        "tariff",
        "cohort__name",
    )
    tariffs = Tariff.objects.select_related("package", "edition").in_bulk()
    entries: Any = (
        Accounts.objects.between(since, until)
        .with_fee()
        .with_order(*names)
        .order_by("happened_at", "pk")
    )
    for entry in entries.iterator(chunk_size=2000):
        code, company, surname, name, tariff, cohort = (
            getattr(entry, f"order_{each}") for each in names
        )
        buyer = company or " ".join(filter(None, [surname, name]))
        yield (
            entry.happened_at,
            entry.get_kind_display(),
            entry.amount,
            entry.currency,
            entry.fee.quantize(TIYN),
            _method_name(entry.method),
            entry.method,
            provider_name(entry.provider),
            entry.reference,
            entry.refunds_reference,
            code,
            buyer,
            str(tariffs[tariff]) if tariff else None,
            cohort,
        )


ENTRY_HEADINGS = (
    _("provider's time"),
    _("kind"),
    _("amount"),
    _("currency"),
    _("provider's fee"),
    _("way of paying"),
    _("as it was told"),
    _("payment provider"),
    _("provider's reference"),
    _("refund of"),
    _("order"),
    _("buyer"),
    _("tariff"),
    _("cohort"),
)


def _moved(since: date, until: date) -> Any:
    return Accounts.objects.in_tenge().between(since, until).with_fee().order_by()


def _summed(rows: Any) -> dict[Any, Sums]:
    """Sums of entries by their `key`."""
    summed = rows.values("key").annotate(
        count=Count("pk", filter=CAME),
        came=total(condition=CAME),
        went=total(condition=WENT),
        fees=total("fee"),
    )
    return {
        row["key"]: Sums(
            row["count"], *(row[name].quantize(TIYN) for name in ("came", "went", "fees"))
        )
        for row in summed
    }


def _by_day(since: date, until: date) -> dict[Any, Sums]:
    return _summed(_moved(since, until).annotate(key=TruncDate("happened_at", tzinfo=ALMATY)))


def _by_method(since: date, until: date) -> dict[Any, Sums]:
    """Sums by method; a provider's name that is no known method is a group of its own."""
    groups: dict[Any, Sums] = {}
    for method, sums in _summed(_moved(since, until).annotate(key=models.F("method"))).items():
        key = method_of(method) or method
        groups[key] = groups.get(key, Sums()) + sums
    return groups


def _by_order(since: date, until: date, name: str) -> dict[Any, Sums]:
    """Sums of receipts by the orders that got them; money of no order is a group of its own."""
    groups = _summed(_moved(since, until).with_order(name).annotate(key=models.F(f"order_{name}")))
    moved = _moved(since, until).filter(CAME)
    allocations = (
        Allocation.objects.filter(entry__in=moved.values("pk")).order_by().values(f"order__{name}")
    )
    shares = {row[f"order__{name}"]: row["sum"] for row in allocations.annotate(sum=Sum("amount"))}
    all_came = sum((sums.came for sums in groups.values()), NONE)
    for key in {*groups, *shares} - {None}:
        groups.setdefault(key, Sums()).came = shares.get(key, NONE).quantize(TIYN)
    rest = all_came - sum(shares.values(), NONE)
    if rest or None in groups:
        groups.setdefault(None, Sums()).came = rest
    return groups


GROUPS = {
    Grouping.DAY: _by_day,
    Grouping.METHOD: _by_method,
    Grouping.TARIFF: lambda since, until: _by_order(since, until, "tariff"),
    Grouping.COHORT: lambda since, until: _by_order(since, until, "cohort"),
}


def _key_of(debt: Debt, by: Grouping) -> Any:
    """The group of a debt; None by method, since nobody knows how it will be paid."""
    order = debt.order
    return {
        Grouping.DAY: debt.due_on,
        Grouping.TARIFF: order.tariff_id,
        Grouping.COHORT: order.cohort_id,
    }.get(by)


def _debts() -> list[Debt]:
    """The rests of 4.3.1 that are not paid yet, the first due first."""
    received = Allocation.objects.filter(order=OuterRef("pk")).order_by().values("order")
    rests = Installment.objects.filter(order=OuterRef("pk")).order_by("-number")
    orders = (
        Order.objects.filter(state=OrderState.PREPAID)
        .select_related("party", "tariff__package", "cohort")
        .annotate(
            received=Coalesce(
                Subquery(received.annotate(sum=Sum("amount")).values("sum")), NOTHING
            ),
            rest_due_on=Subquery(rests.values("due_on")[:1]),
        )
        .order_by("rest_due_on", "pk")
    )
    return [Debt(order, order.price - order.received, order.rest_due_on) for order in orders]


def _named(groups: dict[Any, Sums], by: Grouping) -> Iterable[tuple[str, Sums]]:
    if by == Grouping.DAY:
        return [(short_day(day), groups[day]) for day in sorted(groups)]
    if by == Grouping.METHOD:
        return sorted((_method_name(key), sums) for key, sums in groups.items())
    model: Any = (
        Tariff.objects.select_related("package", "edition")
        if by == Grouping.TARIFF
        else Cohort.objects
    )
    known = model.in_bulk([key for key in groups if key])
    titles = [str(thing) for thing in known.values()]
    names = {
        key: f"{thing}, {thing.edition}" if titles.count(str(thing)) > 1 else str(thing)
        for key, thing in known.items()
    }
    rows = [(names[key], groups[key]) for key in known]
    rows += [(str(_("given to no order")), groups[None])] if None in groups else []
    return rows


def _method_name(named: Method | str) -> str:
    method = named if isinstance(named, Method) else method_of(named)
    if method is None:
        return named or str(_("not told"))
    words = WORDINGS[method]
    return in_language(words.kk, words.ru)
