"""A company with a list of learners, and what it ordered."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from enrollment.models import Cohort, Edition, Invoice, PartyKind, Tariff
from enrollment.operations.ordering.applications import Application, LearnerData
from enrollment.operations.ordering.company_orders import place_company_orders
from tests.given import NOON, a_cohort, an_application

NAMES = [
    ("Қожағұлова", "Жұлдызай", "Әбдіманапқызы"),
    ("Омаров", "Диас", ""),
    ("Әбілқасымова-Нұрмұхамедқызы", "Іңкәр", ""),
    ("Сейітжанов", "Айдос", "Серікұлы"),
    ("Ли", "Анна", ""),
    ("Иванов", "Пётр", "Ильич"),
    ("Үсенова", "Һарон", ""),
]


def a_list(
    count: int = 3, *, names: Sequence[tuple[str, str, str]] = (), **party: Any
) -> list[Application]:
    """What a company filled in for so many learners;
    every call is another company unless the values say otherwise.
    """
    one = an_application(kind=PartyKind.COMPANY, **party)
    listed = names or [_another(place) for place in range(count)]
    return [
        replace(one, learner=LearnerData(surname, name, patronymic))
        for surname, name, patronymic in listed
    ]


def order_list(
    applications: Sequence[Application],
    *,
    cohort: Cohort,
    package: str = "birge",
    at: datetime = NOON,
    **more: Any,
) -> tuple[Invoice, bool]:
    """Place the orders of a list at the standard price."""
    tariff = Tariff.objects.select_related("package", "edition").get(
        edition=Edition.objects.in_force(at).get(), package__slug=package, level="standard"
    )
    return place_company_orders(
        tariff=tariff,
        cohort=cohort,
        applications=applications,
        language="kk",
        at=at,
        by="visitor",
        **more,
    )


def a_placed_invoice(
    count: int = 3,
    *,
    cohort: Cohort | None = None,
    at: datetime = NOON,
    package: str = "birge",
    **party: Any,
) -> Invoice:
    """An invoice for so many learners, unpaid, placed at noon of a Monday."""
    invoice, _is_new = order_list(
        a_list(count, **party), cohort=cohort or a_cohort(), at=at, package=package
    )
    return invoice


def _another(place: int) -> tuple[str, str, str]:
    """Name a learner; from the eighth on they are namesakes whose fathers differ."""
    surname, name, patronymic = NAMES[place % len(NAMES)]
    fathers = (
        "Бірінші",
        "Екінші",
        "Үшінші",
        "Төртінші",
        "Бесінші",
        "Алтыншы",
        "Жетінші",
        "Сегізінші",
        "Тоғызыншы",
    )
    tens, ones = divmod(place // len(NAMES), len(fathers))
    return (
        (surname, name, f"{fathers[ones]}ұлы {fathers[tens]}")
        if place >= len(NAMES)
        else (surname, name, patronymic)
    )
