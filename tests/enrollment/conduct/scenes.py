"""Breaches and ends of contracts, walked to through operations."""

from datetime import date, datetime, timedelta
from typing import Any

from enrollment.models import Breach, EndingProposal, Order, ProviderEnding
from enrollment.operations.conduct.breaches import record_breach, review_breach
from enrollment.operations.endings.proposals import propose_ending
from enrollment.operations.endings.provider import propose_provider_ending
from enrollment.rules.endings import Ground
from enrollment.rules.sides import Side
from offer_site.accounts.models import User
from offer_site.accounts.operations import admitted_user
from tests.given import NOON, a_cohort, a_paid_order
from tests.payments.refunds.scenes import a_person

HOUR = timedelta(hours=1)
SOON = NOON + HOUR
STARTS_ON = date(2027, 1, 11)  # far enough for the thirty days of 12.4
ENDS_ON = date(2026, 12, 28)
LESSONS = "https://lessons.example/join"
REASONS = {"reasons_kk": "Чаттағы хабарлама қаралды.", "reasons_ru": "Сообщение в чате прочитано."}


def curator() -> User:
    return a_person("mentor")


def reviewer() -> User:
    return a_person("reviewer")


def owner_of(order: Order) -> User:
    """The user who signed in with the order's e-mail."""
    return admitted_user(email=order.party.email)


def a_student(**wishes: Any) -> Order:
    """An order under contract whose lessons are open."""
    cohort = wishes.pop("cohort", None) or a_cohort(starts_on=STARTS_ON)
    cohort.joining_link = LESSONS
    cohort.save(update_fields=["joining_link"])
    return a_paid_order(cohort=cohort, **wishes)


def a_breach(
    order: Order | None = None, *, rule: str = "6.4-1", at: datetime = SOON, **more: Any
) -> Breach:
    values: dict[str, Any] = {
        "happened_at": at - timedelta(minutes=10),
        "what": "Чатта дөрекі сөз жазды.",
        "by": curator(),
    }
    return record_breach(order=order or a_student(), rule=rule, at=at, **values | more)


def a_reviewed_breach(verdict: str, order: Order | None = None, **more: Any) -> Breach:
    breach = a_breach(order, **more)
    at = breach.recorded_at + HOUR
    return review_breach(breach=breach, verdict=verdict, by=reviewer(), at=at, **REASONS)


def a_proposal(
    order: Order | None = None, *, side: Side = Side.USER, at: datetime = SOON, **more: Any
) -> EndingProposal:
    order = order or a_student()
    by = owner_of(order) if side == Side.USER else curator()
    values: dict[str, Any] = {"ends_on": ENDS_ON, "why": "Басқа қалаға көшемін", "by": by}
    return propose_ending(order=order, side=side, at=at, **values | more)


def an_ending(order: Order, *numbers: int, at: datetime = SOON, **more: Any) -> ProviderEnding:
    """The academy's proposal to end a contract for these breaches."""
    values: dict[str, Any] = {"ground": Ground.REPEATED, "by": curator(), **REASONS}
    return propose_provider_ending(order=order, breaches=numbers, at=at, **values | more)
