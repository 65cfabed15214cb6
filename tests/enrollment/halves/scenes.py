"""Scenes of 4.3.1, walked to through operations: asked, proposed, agreed, ordered, half paid."""

from datetime import date, datetime, timedelta
from itertools import count
from typing import Any

from django.db import transaction

from enrollment.models import (
    Cohort,
    Edition,
    HalvesProposal,
    HalvesRequest,
    Order,
    PriceLevel,
    Tariff,
)
from enrollment.operations.halves.requests import (
    HalvesApplication,
    agree_to_halves,
    propose_halves,
    request_halves,
    tariff_now,
)
from enrollment.operations.halves.telegram_evidence import BotEvidence, StaffEvidence, keep_picture
from enrollment.operations.ordering.orders import place_order
from offer_site.days import end_of_day
from offer_site.money import halves
from tests.given import NOON, a_cohort, a_receipt, an_application, an_owner, receive

REST_ON = date(2026, 12, 21)  # within a course that begins on 7.12.2026
VALID_UNTIL = end_of_day(NOON.date() + timedelta(days=2))
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 100
_numbers = count(1)


def a_halves_application(**more: Any) -> HalvesApplication:
    """What a student fills in; every call is another person."""
    number = next(_numbers)
    values = {
        "name": "Айгерім",
        "email": f"halves{number}@example.kz",
        "phone": "+77010000001",
        "consent_text": "Келісемін",
        "origin_browser": f"browser {number}",
    }
    return HalvesApplication(**(values | more))


def a_request(
    *, cohort: Cohort | None = None, at: datetime = NOON, language: str = "ru", **application: Any
) -> HalvesRequest:
    """A request for halves at the standard price of БІРГЕ."""
    tariff = the_tariff(at=at) if cohort else None
    cohort = cohort or a_cohort()
    request, _is_new = request_halves(
        tariff=tariff or the_tariff(at=at),
        cohort=cohort,
        application=a_halves_application(**application),
        language=language,
        at=at,
        by="visitor",
    )
    return request


def the_tariff(*, at: datetime = NOON, level: str = PriceLevel.STANDARD) -> Tariff:
    edition = Edition.objects.in_force(at).get()
    return Tariff.objects.select_related("package", "edition").get(
        edition=edition, package__slug="birge", level=level
    )


def a_proposal(
    request: HalvesRequest | None = None,
    *,
    rest_on: date = REST_ON,
    valid_until: datetime = VALID_UNTIL,
    at: datetime = NOON,
    **application: Any,
) -> HalvesProposal:
    request = request or a_request(at=at, **application)
    return propose_halves(
        request=request, rest_on=rest_on, valid_until=valid_until, by=an_owner(), at=at
    )


def bot_evidence(*, at: datetime = NOON) -> BotEvidence:
    return BotEvidence(chat_id=77, message_id=1, update_id=next(_numbers), question="?", said_at=at)


def staff_evidence(*, at: datetime = NOON) -> StaffEvidence:
    return keep_picture(PNG, said_at=at, by=an_owner())


def an_agreement(*, at: datetime = NOON, **application: Any) -> HalvesRequest:
    proposal = a_proposal(at=at, **application)
    return agree_to_halves(
        request=proposal.request, proposal=proposal.number, evidence=bot_evidence(at=at), at=at
    )


def order_under(request: HalvesRequest, *, at: datetime = NOON, **party: Any) -> Order:
    """The order of an agreement, as the checkout places it."""
    order, _is_new = place_order(
        tariff=tariff_now(request, at=at),
        cohort=request.cohort,
        language=request.language,
        at=at,
        by="visitor",
        halves=request,
        application=an_application(**({"email": request.email} | party)),
    )
    return order


def a_half_paid_order(*, at: datetime = NOON, **application: Any) -> Order:
    """An order under contract whose rest is due on its day."""
    order = order_under(an_agreement(at=at, **application), at=at)
    receive(a_receipt(order, amount=order.prepayment, at=at), order, at=at)
    return Order.objects.get(pk=order.pk)


def pay_the_rest(order: Order, *, at: datetime, told_at: datetime | None = None) -> Any:
    """Money for the rest, paid at one moment by the bank's own clock and told at another."""
    _first, rest = halves(order.price)
    with transaction.atomic():
        return receive(a_receipt(order, amount=rest, at=at), order, at=told_at or at)
