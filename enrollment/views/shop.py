"""What a visitor is offered now: the edition, the cohort on sale, the level, the prices."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple

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
from django.db.models.functions import JSONObject

from enrollment.models import (
    NOTHING_WRITTEN,
    Cohort,
    Course,
    Edition,
    HomeContent,
    HomePage,
    Package,
    Place,
    PriceWindow,
    ProgrammeItem,
    ProgrammePart,
    Tariff,
    Withdrawal,
)
from enrollment.rules.prices import (
    OfferedLevel,
    following_level,
    is_open,
    offered_level,
    webinar_code_end,
)
from enrollment.rules.programme import ItemKind
from offer_site.days import almaty_day
from offer_site.json_rows import RowsAsJSON
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
WINDOWS_NOT_OVER = (
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
WINDOWS = Prepared(WINDOWS_NOT_OVER)
HOME = "cohort__course__home_page"
WINDOWS_WITH_HOME = Prepared(
    WINDOWS_NOT_OVER.select_related("cohort__course", HOME).defer(f"{HOME}__draft")
)
# While no cohort is on sale the home page still tells what the course is.
HOME_ALONE = Prepared(
    HomePage.objects.exclude(published_at=None)
    .select_related("course")
    .defer("draft")
    .order_by("pk")
)
ITEMS_OF_A_PART = (
    ProgrammeItem.objects.filter(
        cohort=OuterRef("cohort"), day__range=(OuterRef("starts_on"), OuterRef("ends_on"))
    )
    .order_by()
    .values("cohort")
    .annotate(
        listed=RowsAsJSON(
            JSONObject(
                day="day",
                begins_at="begins_at",
                kind="kind",
                number="number",
                title_kk="title_kk",
                title_ru="title_ru",
                minutes="minutes",
                is_recorded="is_recorded",
            )
        )
    )
)
PROGRAMME = Prepared(
    ProgrammePart.objects.filter(cohort=Given("cohort", BigIntegerField()))
    .annotate(items=Subquery(ITEMS_OF_A_PART.values("listed")))
    .order_by("number")
)
# A webinar's link may outlive its cohort: it is known by that cohort, and over.
FORMER_COHORTS = 12


@dataclass(frozen=True)
class PriceStep:
    """A level that this visitor can have, now or later, as 4.1 names it."""

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


@dataclass(frozen=True)
class Lesson:
    """A lesson or a work of a part, as the home page lists it."""

    number: str
    title: str
    kind: str
    minutes: int | None
    is_recorded: bool


@dataclass(frozen=True)
class Week:
    """A part of the programme with what is learned in it, in the language of the page."""

    number: int
    title: str
    text: str
    starts_on: date
    ends_on: date
    lessons: tuple[Lesson, ...] = ()

    @property
    def taught(self) -> int:
        return sum(lesson.kind == ItemKind.LESSON for lesson in self.lessons)

    @property
    def handed_in(self) -> int:
        return len(self.lessons) - self.taught


@dataclass(frozen=True)
class WebinarLink:
    """What came of a webinar's link or code: it opens a price, it is over, or it is unknown."""

    ends_at: datetime | None = None
    is_open: bool = False


class PackageCard(NamedTuple):
    """A package as the home page shows it: plain values, for which it is rendered once."""

    name: str
    tagline: str
    slug: str
    features: tuple[Any, ...]
    price: int
    label: str
    next_price: int | None
    until: datetime | None
    months: int | None
    sold_out: bool


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
    programme: tuple[Week, ...] = ()
    webinar: WebinarLink | None = None
    course: Course | None = None
    home: HomeContent = NOTHING_WRITTEN

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

    @property
    def cards(self) -> tuple[PackageCard, ...]:
        return tuple(
            PackageCard(
                name=each.package.name,
                tagline=each.package.tagline,
                slug=each.package.slug,
                features=each.package.features,
                price=each.price,
                label=each.tariff.label,
                next_price=each.next_price,
                until=self.level_ends_at,
                months=self.months,
                sold_out=self.sold_out,
            )
            for each in self.packages
        )

    def package(self, slug: str) -> OfferedPackage | None:
        return next((offered for offered in self.packages if offered.package.slug == slug), None)

    @property
    def months(self) -> int | None:
        """Over how many months the page divides a price, as staff wrote; None: it does not."""
        months: int | None = self.home["months"]
        return months

    @property
    def lessons(self) -> int:
        return sum(len(week.lessons) for week in self.programme)

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
    is_home = with_programme and not package
    windows = _windows_of_the_cohort_on_sale(WINDOWS_WITH_HOME if is_home else WINDOWS, at)
    if not windows:
        if is_home:
            _fill_home(shop, HOME_ALONE.first())
        if webinar_code:
            shop.webinar = _webinar_link(webinar_code, None, at)
        return shop
    opened = next(window for window in windows if is_open(window, at))
    shop.cohort = opened.cohort
    shop.cohort.free_places = opened.free_places or 0  # type: ignore[attr-defined]
    if webinar_code:
        shop.webinar = _webinar_link(webinar_code, shop.cohort.pk, at)
    webinar_until = shop.webinar.ends_at if shop.webinar and shop.webinar.is_open else None
    shop.offered = offered_level(windows, at, webinar_until)
    if shop.offered:
        _fill_prices(shop, shop.offered, tariffs, windows)
    if is_home:
        shop.course = shop.cohort.course
        _fill_home(shop, getattr(shop.course, "home_page", None))
        shop.programme = tuple(map(_week, PROGRAMME.ask(cohort=shop.cohort.pk)))
    return shop


def _fill_home(shop: Shop, page: HomePage | None) -> None:
    if page is not None:
        shop.course = page.course
        shop.home = page.shown


def _week(part: ProgrammePart) -> Week:
    """A part with its lessons and works in the order of their days."""
    items = sorted(
        getattr(part, "items", None) or (),
        key=lambda item: (item["day"], item["begins_at"] or "", item["kind"], item["number"]),
    )
    lessons = [
        Lesson(
            number=f"{part.number}.{place}",
            title=in_language(item["title_kk"], item["title_ru"]),
            kind=item["kind"],
            minutes=item["minutes"],
            is_recorded=bool(item["is_recorded"]),
        )
        for place, item in enumerate(items, start=1)
    ]
    return Week(
        part.number, part.title, part.text, part.starts_on, part.ends_on, lessons=tuple(lessons)
    )


def _webinar_link(code: str, cohort_id: int | None, at: datetime) -> WebinarLink:
    """Whether a code opens a price of this cohort, is over, or was never one of ours."""
    secret = settings.SECRET_KEY
    if cohort_id is not None:
        ends_at = webinar_code_end(code, secret=secret, cohort_id=cohort_id)
        if ends_at:
            return WebinarLink(ends_at, at < ends_at)
    former_cohorts = Cohort.objects.order_by("-starts_on").values_list("pk", flat=True)
    for former in former_cohorts[:FORMER_COHORTS]:
        ends_at = webinar_code_end(code, secret=secret, cohort_id=former)
        if ends_at:
            return WebinarLink(min(ends_at, at))
    return WebinarLink()


def _windows_of_the_cohort_on_sale(asked: Prepared[PriceWindow], at: datetime) -> list[PriceWindow]:
    """The windows, not over, of the first cohort that has an open one.

    Each carries its cohort; those that are open, the number of its free places.
    """
    windows = asked.ask(at=at)
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
        shop.ladder = _ladder(cheapest, offered, windows)


def _ladder(
    tariffs: dict[str, Tariff], offered: OfferedLevel, windows: list[PriceWindow]
) -> list[PriceStep]:
    """The level of now and those that follow; empty where nothing follows.

    A level that is over, or that opens by a link which this visitor has not, is no price of theirs.
    """
    steps = []
    level: OfferedLevel | None = offered
    opens_at = None
    while level:
        steps.append(
            PriceStep(
                label=tariffs[level.level].label,
                price=tariffs[level.level].price,
                level=level.level,
                is_current=level is offered,
                opens_at=opens_at,
                closes_at=level.ends_at,
            )
        )
        opens_at = level.ends_at
        level = following_level(windows, level)
    return steps if len(steps) > 1 else []
