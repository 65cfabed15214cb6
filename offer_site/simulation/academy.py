"""A simulated academy: its offer, its cohort on sale, its staff, and its clock."""

import heapq
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

from django.conf import settings

from enrollment.management.sample_signature import sample_signature
from enrollment.models import (
    Academy,
    Cohort,
    Course,
    Edition,
    Enrollment,
    Order,
    PriceLevel,
    PriceWindow,
    ProgrammeItem,
    Tariff,
)
from enrollment.operations.offering.offers import publish_offer
from enrollment.operations.ordering.applications import Application
from enrollment.operations.ordering.orders import place_order
from enrollment.operations.paper.signatures import keep_signature
from enrollment.operations.training.cohorts import set_seats
from enrollment.rules.programme import ItemKind
from offer_site.accounts.models import User
from offer_site.days import add_months_and_days, almaty_day, start_of_day

from .people import People

Life = Generator[datetime, None, None]
Ordered = Generator[datetime, None, Order]

SALE = timedelta(days=21)  # from the publication to the first lesson
APART = timedelta(days=28)  # from the first lesson of a cohort to that of the next
BANK = {
    "iin": "900101300823",
    "iban": "KZ79722S000001674774",
    "bank": "«Kaspi Bank» АҚ",
    "bic": "CASPKZKA",
}
STAFF = ("owner", "first", "second")


@dataclass
class Simulation:
    """Everything that a life may touch; `now` is the moment at which it acts.

    A life is a generator: it does something, and yields the moment until which it waits.
    """

    cohort: Cohort
    next_cohort: Cohort  # not on sale; students move to it
    edition: Edition
    staff: dict[str, User]
    chance: Random
    now: datetime
    people: People = field(init=False)
    numbers: "count[int]" = field(default_factory=lambda: count(1000))
    transfers: dict[date, list[str]] = field(default_factory=dict)
    held_back: dict[int, str] = field(default_factory=dict)  # enrollments, and why
    stopped: list[str] = field(default_factory=list)  # lives that ended by an error
    _waiting: list[tuple[datetime, int, str, Life | Ordered]] = field(default_factory=list)
    _numbers_of_lives: "count[int]" = field(default_factory=count)

    def __post_init__(self) -> None:
        self.people = People(self.chance)

    def begin(self, name: str, life: "Life | Ordered", *, at: datetime) -> None:
        """Let a life begin at a moment."""
        heapq.heappush(self._waiting, (at, next(self._numbers_of_lives), name, life))

    def live_until(self, moment: datetime) -> None:
        """Let everybody act whose moment comes before this one, in its order."""
        while self._waiting and self._waiting[0][0] < moment:
            at, number, name, life = heapq.heappop(self._waiting)
            self.now = at
            try:
                waits_until = next(life)
            except StopIteration:
                continue
            except Exception as error:
                self.stopped.append(f"{name}: {type(error).__name__}: {error}")
                continue
            heapq.heappush(self._waiting, (max(waits_until, at), number, name, life))
        self.now = moment

    @property
    def is_over(self) -> bool:
        return not self._waiting

    def later(self, *, least: timedelta, most: timedelta) -> datetime:
        """A moment from now, within these bounds."""
        seconds = self.chance.randint(int(least.total_seconds()), int(most.total_seconds()))
        return self.now + timedelta(seconds=seconds)

    def in_minutes(self) -> datetime:
        return self.later(least=timedelta(minutes=1), most=timedelta(minutes=9))

    def tariff(self, package: str) -> Tariff:
        """The tariff at the level that is open now."""
        windows = self.cohort.windows.filter(opens_at__lte=self.now).order_by("-opens_at")
        window = windows.first()
        level = window.level if window else PriceLevel.STANDARD
        return Tariff.objects.select_related("package", "edition").get(
            edition=self.edition, package__slug=package, level=level
        )

    def order(
        self, application: Application, *, language: str, package: str = "birge", **more: Any
    ) -> Order:
        """Place an order as the checkout does."""
        order, _is_new = place_order(
            tariff=self.tariff(package),
            cohort=self.cohort,
            application=application,
            language=language,
            at=self.now,
            by="visitor",
            **more,
        )
        return order

    def enrollment(self, order: Order) -> Enrollment:
        return Enrollment.objects.select_related("cohort", "order").get(order=order)


def open_academy(*, seed: int, students: int, at: datetime) -> Simulation:
    """Publish the offer, put a cohort on sale, and employ three people."""
    folder = newest_offer()
    edition, _is_new = publish_offer(folder=folder, by="system", at=at)
    Academy.objects.update(**BANK)
    keep_signature(academy=edition.academy, content=sample_signature(), by="system", at=at)
    course = Course.objects.get(name=edition.terms["course"])
    starts_on = almaty_day(at + SALE)
    seats = students + students // 5 + 5
    cohort = _cohort(course, edition, starts_on=starts_on, seats=seats, at=at)
    _put_on_sale(cohort, at=at)
    _give_a_programme(cohort)
    next_cohort = _cohort(course, edition, starts_on=starts_on + APART, seats=seats, at=at)
    staff = {name: User.objects.create_superuser(f"{name}@academy.example.kz") for name in STAFF}
    chance = Random(seed)  # noqa: S311  it keeps no secret: the same seed is to live the same life
    return Simulation(
        cohort=cohort,
        next_cohort=next_cohort,
        edition=edition,
        staff=staff,
        chance=chance,
        now=at,
    )


def newest_offer() -> Path:
    folder = Path(settings.BASE_DIR) / "enrollment" / "offer_texts"
    return max(path for path in folder.iterdir() if path.is_dir())


def _cohort(
    course: Course, edition: Edition, *, starts_on: date, seats: int, at: datetime
) -> Cohort:
    duration = edition.terms["duration"]
    cohort = Cohort.objects.create(
        course=course,
        name=f"{course.name} {starts_on:%Y-%m}",
        starts_on=starts_on,
        ends_on=add_months_and_days(starts_on, duration["months"], duration["days"]),
        joining_link="https://t.me/+simulated",
        joining_opens_on=starts_on - timedelta(days=2),
    )
    set_seats(cohort=cohort, seats=seats, by="system", at=at)
    return cohort


def _put_on_sale(cohort: Cohort, *, at: datetime) -> None:
    """At the standard price first, and at the full price in the last week."""
    starts_on = cohort.starts_on
    full_from = start_of_day(starts_on - timedelta(days=7))
    for level, opens_at, closes_at in (
        (PriceLevel.STANDARD, at, full_from),
        (PriceLevel.FULL, full_from, start_of_day(starts_on)),
    ):
        PriceWindow.objects.create(
            cohort=cohort, level=level, opens_at=opens_at, closes_at=closes_at
        )


def _give_a_programme(cohort: Cohort) -> None:
    """Two lessons and an assignment."""
    for kind, number, week in (
        (ItemKind.LESSON, 1, 0),
        (ItemKind.LESSON, 2, 1),
        (ItemKind.ASSIGNMENT, 1, 2),
    ):
        ProgrammeItem.objects.create(
            cohort=cohort,
            kind=kind,
            number=number,
            title_kk=f"{number}-апта: жарнама",
            title_ru=f"Неделя {number}: реклама",
            day=cohort.starts_on + timedelta(weeks=week, days=1),
        )


Road = Callable[[Simulation], Life | Ordered]
