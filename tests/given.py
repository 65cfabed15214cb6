"""Scenes for tests, walked to through operations:
nothing here writes a state that the product could not reach.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from enrollment.forms.consents import CONSENTS
from enrollment.management.commands.demo_catalogue import FEATURES, PROGRAMME, TAGLINES
from enrollment.management.sample_home import HOME, sample_items
from enrollment.models import (
    Cohort,
    Course,
    Edition,
    Enrollment,
    HomePage,
    Order,
    Package,
    PartyKind,
    PriceLevel,
    PriceWindow,
    ProgrammeItem,
    ProgrammePart,
    Tariff,
)
from enrollment.operations.offering.home import edit_home, publish_home
from enrollment.operations.offering.offers import publish_offer
from enrollment.operations.ordering.applications import (
    Application,
    GuardianData,
    LearnerData,
    PartyData,
)
from enrollment.operations.ordering.orders import place_order
from enrollment.operations.training.cohorts import set_seats
from enrollment.operations.training.enrollments import complete_enrollment
from offer_site.accounts.models import User
from offer_site.days import add_months_and_days, almaty_day, start_of_day
from offer_site.errors import RuleViolation
from payments.models import Outcome
from payments.operations.ledger.receipts import Receipt, record_receipt

OFFER = max(
    path
    for path in (Path(__file__).parent.parent / "enrollment" / "offer_texts").iterdir()
    if path.is_dir()
)
PUBLISHED = datetime(2026, 11, 1, 5, 0, tzinfo=UTC)
NOON = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)  # noon in Almaty, a Monday
STARTS_ON = date(2026, 12, 7)
_numbers = count(1)


def a_published_offer(*, at: datetime = PUBLISHED) -> Edition:
    """The real offer, published."""
    edition, _is_new = publish_offer(folder=OFFER, by="system", at=at)
    return edition


def a_cohort(
    *, seats: int = 10, starts_on: date = STARTS_ON, on_sale_from: datetime = PUBLISHED
) -> Cohort:
    """A cohort on sale at the standard level until a week before it starts,
    then at the full one.
    """
    edition = a_published_offer()
    course = Course.objects.get(name=edition.terms["course"])
    duration = edition.terms["duration"]
    cohort = Cohort.objects.create(
        course=course,
        name=f"{course.name} {next(_numbers)}",
        starts_on=starts_on,
        ends_on=add_months_and_days(starts_on, duration["months"], duration["days"]),
    )
    set_seats(cohort=cohort, seats=seats, by="system", at=PUBLISHED)
    full_from = start_of_day(starts_on - timedelta(days=7))
    for level, opens_at, closes_at in (
        (PriceLevel.STANDARD, on_sale_from, full_from),
        (PriceLevel.FULL, full_from, start_of_day(starts_on)),
    ):
        PriceWindow.objects.create(
            cohort=cohort, level=level, opens_at=opens_at, closes_at=closes_at
        )
    return cohort


def a_home_page(cohort: Cohort, *, at: datetime = PUBLISHED) -> HomePage:
    """The words of the sample, published, and the sample programme of a cohort."""
    edit_home(course=cohort.course, content=HOME, by="staff:1", at=at)
    parts = [
        ProgrammePart(
            cohort=cohort,
            number=number,
            title_kk=kk,
            title_ru=ru,
            text_kk=text_kk,
            text_ru=text_ru,
            starts_on=cohort.starts_on + timedelta(days=7 * number - 7),
            ends_on=cohort.starts_on + timedelta(days=7 * number - 1),
        )
        for number, (kk, ru, text_kk, text_ru) in enumerate(PROGRAMME, start=1)
    ]
    ProgrammePart.objects.bulk_create(parts)
    ProgrammeItem.objects.bulk_create(sample_items(cohort, parts))
    for slug, (kk, ru) in TAGLINES.items():
        features_kk, features_ru = FEATURES[slug]
        Package.objects.filter(slug=slug).update(
            tagline_kk=kk, tagline_ru=ru, features_kk=features_kk, features_ru=features_ru
        )
    return publish_home(course=cohort.course, by="staff:1", at=at)


def an_application(*, kind: str = PartyKind.PERSON, **party: Any) -> Application:
    """What a buyer fills in; every call is another person unless the values say otherwise."""
    number = next(_numbers)
    values: dict[str, Any] = {
        "kind": kind,
        "surname": "Әбілқасымова",
        "name": "Гүлнұр",
        "patronymic": "Қайратқызы",
        "phone": "+77010000000",
        "email": f"buyer{number}@example.kz",
        "address": "Алматы қ., Абай даңғылы, 1, 2-пәтер",
    }
    learner: dict[str, Any] = {
        "surname": values["surname"],
        "name": values["name"],
        "patronymic": values["patronymic"],
    }
    if kind == PartyKind.GUARDIAN:
        values |= {"relation": "parent", "iin": "900101300811"}
        learner = {
            "surname": "Әбілқасым",
            "name": "Іңкәр",
            "birth_date": date(2012, 11, 22),
            "iin": "",
        }
    guardian = None
    if kind == PartyKind.MINOR:
        values |= {"iin": ""}
        learner["birth_date"] = date(2010, 11, 22)
        guardian = GuardianData(
            surname="Қайратұлы",
            name="Бауыржан",
            relation="parent",
            email=f"guardian{number}@example.kz",
            phone="+77020000000",
        )
    if kind == PartyKind.COMPANY:
        values |= {
            "company_name": "«Жаңа Өркен» ЖШС",
            "bin": "971240001315",
            "position": "директор",
            "postal_address": "030012, Ақтөбе қаласы, а/ж 118",
        }
        learner = {"surname": "Қожағұлова", "name": "Жұлдызай", "patronymic": "Әбдіманапқызы"}
    values |= party
    if kind in (PartyKind.PERSON, PartyKind.MINOR):
        learner |= {part: values[part] for part in ("surname", "name", "patronymic")}
    required = tuple(
        (consent.purpose, str(consent.line)) for consent in CONSENTS if consent.required
    )
    return Application(
        party=PartyData(**values),
        learner=LearnerData(**learner),
        consents=required,
        origin_address=f"198.18.{number // 250 % 250}.{number % 250}",
        origin_agent="pytest",
        origin_browser=f"browser {number}",
        guardian=guardian,
    )


def a_placed_order(
    *,
    cohort: Cohort | None = None,
    package: str = "birge",
    language: str = "kk",
    at: datetime = NOON,
    application: Application | None = None,
    **party: Any,
) -> Order:
    """An unpaid order at the standard price, placed at noon of a Monday."""
    cohort = cohort or a_cohort()
    tariff = Tariff.objects.select_related("package", "edition").get(
        edition=Edition.objects.in_force(at).get(), package__slug=package, level=PriceLevel.STANDARD
    )
    order, _is_new = place_order(
        tariff=tariff,
        cohort=cohort,
        application=application or an_application(**party),
        language=language,
        at=at,
        by="visitor",
    )
    return order


def a_receipt(
    order: Order,
    *,
    at: datetime = NOON,
    amount: Decimal | int | None = None,
    reference: str = "",
    invoice: str | None = None,
) -> Receipt:
    """Money for an order as a provider would report it: naming the order,
    unless another invoice is given.
    """
    return Receipt(
        provider="card",
        method="card",
        reference=reference or f"ref-{next(_numbers)}",
        amount=Decimal(order.price if amount is None else amount),
        currency="KZT",
        happened_at=at,
        invoice_id=order.code if invoice is None else invoice,
    )


@transaction.atomic
def receive(receipt: Receipt, order: Order, *, at: datetime = NOON) -> Outcome:
    """Take money for an order as a provider's door does: the order locked, with its people."""
    Order.objects.lock_beside(pk=order.pk)
    return record_receipt(
        receipt=receipt, order=Order.objects.locked().with_people().get(pk=order.pk), at=at
    )


def a_paid_order(*, at: datetime = NOON, **wishes: Any) -> Order:
    """An order under contract: its payment was the acceptance."""
    order = a_placed_order(at=at, **wishes)
    receive(a_receipt(order, at=at), order, at=at)
    return Order.objects.get(pk=order.pk)


@contextmanager
def refusal(kind: type[Exception] = RuleViolation) -> Iterator[Any]:
    """A wish that must be refused; what it did in its transaction is undone, as at a door."""
    with pytest.raises(kind) as caught, transaction.atomic():
        yield caught


def an_owner() -> User:
    """The owner: staff with every right."""
    return User.objects.filter(is_superuser=True).first() or User.objects.create_superuser(
        "owner@example.kz"
    )


def a_completed_enrollment(*, day: date | None = None, **wishes: Any) -> Enrollment:
    """An enrollment completed by staff on its cohort's last day."""
    order = a_paid_order(**wishes)
    ends_on = day or order.cohort.ends_on
    at = start_of_day(ends_on) + timedelta(hours=12)
    return complete_enrollment(enrollment=order.enrollment, by=an_owner(), at=at)


def the_day_of(order: Order) -> date:
    return almaty_day(order.placed_at)


__all__ = [name for name in dir() if name.startswith(("a_", "an_"))] + [
    "NOON",
    "receive",
    "refusal",
    "the_day_of",
]
