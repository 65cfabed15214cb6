"""The rows of new orders: one order or a whole list takes the same number of statements."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from enrollment.models import (
    Cohort,
    Confirmation,
    Consent,
    ConsentWay,
    Installment,
    Invoice,
    Learner,
    Order,
    OrderTaking,
    Party,
    Tariff,
)
from enrollment.operations.clarification.recipient import digest_of_field
from enrollment.rules.installments import schedule
from enrollment.rules.recipient import Field
from offer_site.codes import new_order_code
from offer_site.days import almaty_day
from offer_site.journal.operations import Line, begin_chains
from offer_site.prepared import insert

from .applications import Application, learner_key
from .taking import Taken, confirmation_of, taking_of


@dataclass(frozen=True)
class Newcomer:
    """The people of an order, not saved yet, and their consents with the exact texts."""

    party: Party
    learner: Learner
    key: str
    consents: tuple[tuple[str, str], ...]
    confirmed: tuple[str, ...] = ()


def newcomer_of(application: Application) -> Newcomer:
    """The unsaved rows of the people whom an application names."""
    learner = Learner(**vars(application.learner))
    party = Party(
        **vars(application.party),
        origin_address=application.origin_address,
        origin_agent=application.origin_agent,
        origin_browser=application.origin_browser,
    )
    key = learner_key(email=party.email, full_name=learner.full_name)
    return Newcomer(party, learner, key, application.consents, application.confirmed)


def write_orders(
    newcomers: Sequence[Newcomer],
    *,
    tariff: Tariff,
    cohort: Cohort,
    language: str,
    prepayment: int,
    at: datetime,
    invoice: Invoice | None = None,
    code: str = "",
    taken: Taken | None = None,
) -> list[Order]:
    """Write people and their orders; no place is taken, no letter is sent.

    `taken` says who took them for the buyer, if anybody did (2.6); `code` is that of a single order
    whose code is told before it is written.

    Orders are inserted sorted by learner key: otherwise two lists of the same learners, sent at
    once, could wait for each other.
    """
    insert((each.party for each in newcomers), (each.learner for each in newcomers))
    orders = [
        Order(
            code=code or new_order_code(),
            party=each.party,
            learner=each.learner,
            learner_key=each.key,
            cohort=cohort,
            tariff=tariff,
            edition_id=tariff.edition_id,
            invoice=invoice,
            language=language,
            price=tariff.price,
            prepayment=prepayment,
            placed_at=at,
            placed_on=almaty_day(at),
            taken_by=taken.taken_by if taken else "",
            awaits_confirmation=bool(taken and taken.awaits_confirmation),
        )
        for each in newcomers
    ]
    for each, order in zip(newcomers, orders, strict=True):
        order.confirmed = [
            [field, digest_of_field(order, Field(field))] for field in each.confirmed
        ]
    by_learner = sorted(orders, key=lambda order: order.learner_key)
    insert(by_learner)
    return orders


def write_terms(
    newcomers: Sequence[Newcomer],
    orders: Sequence[Order],
    *,
    held_until: datetime | None,
    rest_on: date | None = None,
    taken: Taken | None = None,
    by: str,
    at: datetime,
) -> None:
    """Write installments, consents, and the first rows of each order's chain (4.3, 5.1).

    What a buyer is asked to confirm by a link is no consent yet: it is written when it is given.
    """
    installments = [
        Installment(order=order, number=part.number, amount=part.amount, due_on=part.due_on)
        for order in orders
        for part in schedule(
            price=order.price,
            prepayment=order.prepayment,
            placed_on=order.placed_on,
            rest_on=rest_on,
        )
    ]
    way = taken.way if taken else ConsentWay.CHECKOUT
    takings: dict[str, OrderTaking] = {}
    if taken:
        takings = {order.code: taking_of(order, taken, at=at) for order in orders}
        if taken.awaits_confirmation:
            Confirmation.objects.bulk_create(
                confirmation_of(order, by=by, at=at) for order in orders
            )
    pairs = list(zip(newcomers, orders, strict=True))
    origins = [each.party.origin_digest() for each in newcomers]
    consents = [
        Consent(
            party=each.party,
            edition_id=order.edition_id,
            purpose=purpose,
            text=text,
            language=order.language,
            given_at=at,
            origin_digest=origin,
            way=way,
        )
        for (each, order), origin in zip(pairs, origins, strict=True)
        for purpose, text in each.consents
    ]
    chains = {
        order.code: [
            Line(
                "order.placed",
                ("order", order.code),
                _facts(each, order, held_until=held_until),
                "4.3",
            ),
            *_taken(takings.get(order.code)),
            *consents_given(order, each.consents, origin=origin, way=way),
        ]
        for (each, order), origin in zip(pairs, origins, strict=True)
    }
    begin_chains(chains, beside=(installments, takings.values(), consents), by=by, at=at)


def consents_given(
    order: Order,
    consents: Sequence[tuple[str, str]],
    *,
    origin: str,
    way: str,
    language: str = "",
) -> list[Line]:
    """The row that tells of an order's consents; none while it has none (5.1).

    Where they were not ticked at the checkout it says how they were given, in which language, and
    the digest of each text.
    """
    if not consents:
        return []
    facts: dict[str, Any] = {
        "purposes": [purpose for purpose, _text in consents],
        "origin": origin,
    }
    if way != ConsentWay.CHECKOUT:
        facts |= {
            "way": str(way),
            "language": language or order.language,
            "texts": {
                str(purpose): hashlib.sha256(text.encode()).hexdigest()
                for purpose, text in consents
            },
        }
    return [Line("consents.given", ("order", order.code), facts, "5.1")]


def _taken(taking: OrderTaking | None) -> list[Line]:
    """The row that tells who took an order for its buyer (2.6)."""
    if taking is None:
        return []
    return [Line("order.taken", ("order", taking.order.code), taking.facts(), "2.6")]


def _facts(newcomer: Newcomer, order: Order, *, held_until: datetime | None) -> dict[str, Any]:
    """What the journal keeps of a new order: digests stand for the people (A2)."""
    facts = {
        "edition": order.tariff.edition.name,
        "tariff": order.tariff.row,
        "price": order.price,
        "party": newcomer.party.digest(),
        "learner": newcomer.learner.digest(),
        "held_until": held_until.isoformat() if held_until else None,
    }
    if newcomer.confirmed:
        facts["confirmed"] = list(newcomer.confirmed)
    return facts | ({"invoice": order.invoice.code} if order.invoice else {})
