"""What a visitor is offered now: the edition, the cohort on sale, the level, the prices."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import (
    BigIntegerField,
    Case,
    CharField,
    Count,
    DateField,
    DateTimeField,
    Exists,
    OuterRef,
    Q,
    Subquery,
    When,
)

from enrollment.models import (
    Cohort,
    Edition,
    Package,
    Place,
    PriceWindow,
    ProgrammePart,
    Tariff,
    Withdrawal,
)
from enrollment.rules.prices import (
    CHEAPEST_FIRST,
    OfferedLevel,
    following_level,
    is_open,
    offered_level,
    webinar_code_end,
)
from offer_site.days import almaty_day
from offer_site.languages import in_language
from offer_site.prepared import Given, Prepared

AT: Any = Given("at", DateTimeField())
TODAY = Given("today", DateField())
TARIFFS_IN_FORCE = (
    Tariff.objects.filter(edition__in=Edition.objects.in_force(AT, today=TODAY).values("pk"))
    .select_related("edition__academy", "package")
    .annotate(withdrawn=Exists(Withdrawal.objects.standing().filter(edition=OuterRef("edition"))))
    .order_by("row")
)
TARIFFS = Prepared(TARIFFS_IN_FORCE)
TARIFFS_OF_A_PACKAGE = Prepared(
    TARIFFS_IN_FORCE.filter(package__slug=Given("package", CharField()))
)
FREE_PLACES = Place.objects.filter(
    Q(order=None) | Q(held_until__lte=AT), cohort=OuterRef("cohort")
).order_by()
# Places are counted for the windows that are open: for one that is to come they say nothing.
WINDOWS = Prepared(
    PriceWindow.objects.not_over(AT)
    .select_related("cohort__course")
    .annotate(
        free_places=Case(
            When(
                opens_at__lte=AT,
                then=Subquery(FREE_PLACES.values("cohort").values(count=Count("*"))),
            ),
        )
    )
    .order_by("cohort__starts_on", "opens_at")
)
PROGRAMME = Prepared(
    ProgrammePart.objects.filter(cohort=Given("cohort", BigIntegerField())).order_by("number")
)


@dataclass(frozen=True)
class PriceStep:
    """One level of the price ladder, as 4.1 names it."""

    label: str
    price: int
    level: str
    is_current: bool
    opens_at: datetime | None
    closes_at: datetime | None


@dataclass(frozen=True)
class OfferedPackage:
    """A package with its tariff offered now, and the price that follows it."""

    package: Package
    tariff: Tariff
    next_price: int | None

    @property
    def price(self) -> int:
        return self.tariff.price


@dataclass
class Shop:
    """What a visitor is offered.

    `open` is False when no cohort is on sale, or the offer is withdrawn.
    """

    edition: Edition | None = None
    withdrawn: bool = False
    cohort: Cohort | None = None
    offered: OfferedLevel | None = None
    packages: list[OfferedPackage] = field(default_factory=list)
    ladder: list[PriceStep] = field(default_factory=list)
    programme: list[ProgrammePart] = field(default_factory=list)

    @property
    def open(self) -> bool:
        return self.offered is not None and not self.withdrawn

    @property
    def level(self) -> str:
        return self.offered.level if self.offered else ""

    @property
    def level_ends_at(self) -> datetime | None:
        return self.offered.ends_at if self.offered else None

    @property
    def seats_left(self) -> int | None:
        return getattr(self.cohort, "free_places", None)

    @property
    def sold_out(self) -> bool:
        return self.seats_left == 0

    def package(self, slug: str) -> OfferedPackage | None:
        return next((offered for offered in self.packages if offered.package.slug == slug), None)

    @property
    def duration_label(self) -> str:
        """How long the course lasts, in the offer's own words: «1,5 ай»."""
        if not self.edition:
            return ""
        duration = self.edition.terms["duration"]
        return in_language(duration["label_kk"], duration["label_ru"])


def open_shop(
    *, at: datetime, webinar_code: str = "", package: str = "", with_programme: bool = True
) -> Shop:
    """Read the shop in three queries, or one package in two, however many orders there are.

    Without the programme all packages take two.
    """
    shop = Shop()
    now = {"at": at, "today": almaty_day(at)}
    tariffs = TARIFFS_OF_A_PACKAGE.ask(package=package, **now) if package else TARIFFS.ask(**now)
    if tariffs:
        shop.edition = tariffs[0].edition  # type: ignore[attr-defined]
        shop.withdrawn = tariffs[0].withdrawn
    windows = _windows_of_the_cohort_on_sale(at)
    if not windows:
        return shop
    opened = next(window for window in windows if is_open(window, at))
    shop.cohort = opened.cohort
    shop.cohort.free_places = opened.free_places or 0  # type: ignore[attr-defined]
    webinar_until = (
        webinar_code_end(webinar_code, secret=settings.SECRET_KEY, cohort_id=shop.cohort.pk)
        if webinar_code
        else None
    )
    shop.offered = offered_level(windows, at, webinar_until)
    if shop.offered:
        _fill_prices(shop, shop.offered, tariffs, windows)
    if with_programme and not package:
        shop.programme = PROGRAMME.ask(cohort=shop.cohort.pk)
    return shop


def _windows_of_the_cohort_on_sale(at: datetime) -> list[PriceWindow]:
    """The windows, not over, of the first cohort that has an open one.

    Each carries its cohort; those that are open, the number of its free places.
    """
    windows = WINDOWS.ask(at=at)
    on_sale = next((window.cohort_id for window in windows if is_open(window, at)), None)
    return [window for window in windows if window.cohort_id == on_sale]


def _fill_prices(
    shop: Shop, offered: OfferedLevel, tariffs: list[Tariff], windows: list[PriceWindow]
) -> None:
    follows = following_level(windows, offered)
    by_package: dict[int, dict[str, Tariff]] = {}
    for tariff in tariffs:
        by_package.setdefault(tariff.package_id, {})[tariff.level] = tariff
    for levels in by_package.values():
        tariff = levels[offered.level]
        next_price = levels[follows.level].price if follows else None
        shop.packages.append(OfferedPackage(tariff.package, tariff, next_price))
    if shop.packages:
        cheapest = by_package[min(shop.packages, key=lambda each: each.price).package.pk]
        dates = {window.level: window for window in windows}
        for level in CHEAPEST_FIRST:
            window = dates.get(level)
            current = level == offered.level
            shop.ladder.append(
                PriceStep(
                    label=cheapest[level].label,
                    price=cheapest[level].price,
                    level=level,
                    is_current=current,
                    opens_at=window.opens_at if window else None,
                    closes_at=offered.ends_at
                    if current
                    else (window.closes_at if window else None),
                )
            )
