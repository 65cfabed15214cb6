"""Money becomes a contract: what was received moves the order,
and meeting the prepayment accepts the offer.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from enrollment.models import LIVE, Acceptance, Edition, Enrollment, Order, ReportEnding, Withdrawal
from enrollment.operations.clarification.questions import ask_if_doubtful
from enrollment.operations.halves.suspensions import end_with_the_rest
from enrollment.operations.links import order_link, rest_facts, service_name
from enrollment.operations.places.keeping import stop_keeping
from enrollment.operations.places.places import (
    keep_place,
    release_place,
    sell_place,
    take_over_place,
)
from enrollment.rules.installments import Due, schedule
from enrollment.rules.order_states import OrderState
from enrollment.rules.settlement import Waiting, judge_money
from enrollment.rules.ways import way_in_both
from offer_site.days import almaty_day
from offer_site.journal.operations import SYSTEM, Line, record, record_lines
from offer_site.notices.kinds import NoticeKind
from offer_site.notices.operations import queue_notice


@dataclass(frozen=True)
class PaymentFacts:
    """Who reported the money, how it was paid, its reference, how much, and when by the provider's
    own clock.

    `commission` is what the buyer was told that another takes of him besides the price (4.5).
    """

    provider: str
    method: str
    reference: str
    amount: Decimal
    happened_at: datetime
    commission: Decimal = Decimal(0)


@dataclass(frozen=True)
class Outcome:
    """What the money did: the state it earned, or why it waits for a person.
    Only money that counts is allocated.
    """

    earned: OrderState | None = None
    waits: Waiting | None = None

    @property
    def counts(self) -> bool:
        return self.earned is not None


@transaction.atomic(savepoint=False)
def apply_balance(
    *,
    order: Order,
    received: Decimal,
    payment: PaymentFacts,
    at: datetime,
    lines: tuple[Line, ...] = (),
) -> Outcome:
    """Apply the whole sum received to a locked order; `received` counts the new payment (2.2.1,
    4.3, 4.3.1).

    The caller has locked the order with its people (`Order.objects.locked().with_people()`),
    records the money before and allocates it after, in the same transaction, if it counts. `lines`
    are the caller's own journal rows.
    """
    outcome = _judge(order, received=received, payment=payment, at=at)
    about = ("order", order.code)
    if outcome.earned is None:
        waits = {
            "reason": str(outcome.waits),
            "reference": payment.reference,
            "amount": str(payment.amount),
        }
        record_lines(
            [*lines, Line("money.waits", about, waits, "4.3")], order=order.code, by=SYSTEM, at=at
        )
        return outcome

    before = order.state
    first = order.state != OrderState.PREPAID
    order.move_to(outcome.earned)
    moved = Line(
        "order.moved",
        about,
        {"from": before, "to": outcome.earned.value, "received": str(received)},
        "4.3",
    )
    if not first:
        record_lines([*lines, moved], order=order.code, by=SYSTEM, at=at)
        end_with_the_rest(order, amount=payment.amount, paid_at=payment.happened_at, at=at)
        return outcome
    acceptance = _accept_offer(order, payment=payment, at=at)
    Enrollment.objects.create(
        order=order,
        learner=order.learner,
        learner_key=order.learner_key,
        cohort=order.cohort,
        opened_at=at,
    )
    accepted = Line(
        "offer.accepted",
        about,
        {"digest": acceptance.digest, "edition": order.edition.name},
        "2.2.1",
    )
    opened = Line("enrollment.opened", about, {"cohort": order.cohort.name}, "2.3")
    record_lines([*lines, moved, accepted, opened], order=order.code, by=SYSTEM, at=at)
    queue_notice(
        NoticeKind.CONTRACT_CONCLUDED,
        about=about,
        to=order.party.email,
        language=order.language,
        order=order.code,
        at=at,
        attachments=[("contract", order.code)],
        facts={
            "package": service_name(order),
            "amount": str(received),
            "paid_on": almaty_day(payment.happened_at).isoformat(),
            "starts_on": order.cohort.starts_on.isoformat(),
            "ends_on": order.cohort.ends_on.isoformat(),
            "order_url": order_link(order),
            "way": way_in_both(payment.method),
            **_commission(payment),
            **rest_facts(order, _rest_day(order)),
        },
    )
    ask_if_doubtful(order, found_on=almaty_day(payment.happened_at), at=at)
    return outcome


def _rest_day(order: Order) -> date | None:
    """Tell the day of the rest of an order that was prepaid (4.3.1)."""
    return order.installments.get(number=2).day if order.state == OrderState.PREPAID else None


def _judge(order: Order, *, received: Decimal, payment: PaymentFacts, at: datetime) -> Outcome:
    verdict = judge_money(
        state=OrderState(order.state),
        price=order.price,
        prepayment=order.prepayment,
        received=received,
        placed_on=order.placed_on,
        paid_on=almaty_day(payment.happened_at),
        since=order.reopened_on,
    )
    if isinstance(verdict, Waiting):
        return Outcome(waits=verdict)
    if order.state == OrderState.PREPAID:
        return Outcome(earned=verdict)
    if _is_withdrawn_for(order, at=at):
        return Outcome(waits=Waiting.OFFER_WITHDRAWN)
    if _learner_is_enrolled(order):
        return Outcome(waits=Waiting.LEARNER_ENROLLED)
    rival = _rival(order) if order.state == OrderState.LAPSED else None
    takes_over = (
        rival and not keep_place(order=order) and take_over_place(order=order, of=rival, until=None)
    )
    if not (takes_over or sell_place(order=order, at=at)):
        return Outcome(waits=Waiting.NO_PLACE)
    if rival:
        _lapse_rival(rival, by=order, at=at)
    return Outcome(earned=verdict)


def offer_is_withdrawn(at: datetime) -> bool:
    """Tell whether the offer in force is withdrawn: then no order is revived,
    of whatever edition (2.4).
    """
    return (
        Withdrawal.objects.standing()
        .filter(edition__in=Edition.objects.in_force(at).values("pk"))
        .exists()
    )


def _is_withdrawn_for(order: Order, *, at: datetime) -> bool:
    """Tell whether the offer is withdrawn: then money concludes no contract (2.4).

    An unpaid order is there only if it was placed in the very moment of the withdrawal; the order's
    lock may have asked already. A lapsed one, of whatever edition, is revived under the edition in
    force.
    """
    if order.state == OrderState.LAPSED:
        return offer_is_withdrawn(at)
    known = getattr(order, "edition_is_withdrawn", None)
    return (
        Withdrawal.objects.standing().filter(edition=order.edition_id).exists()
        if known is None
        else bool(known)
    )


def _learner_is_enrolled(order: Order) -> bool:
    """Tell whether another order of the learner opened an enrollment;
    the order's lock may have asked already.
    """
    known = getattr(order, "learner_is_enrolled", None)
    if known is None:
        return Enrollment.objects.filter(
            learner_key=order.learner_key, cohort=order.cohort_id, state__in=LIVE
        ).exists()
    return bool(known)


def _rival(order: Order) -> Order | None:
    """Lock the learner's newer unpaid order; before any place is, as placing an order does,
    so that none waits.
    """
    unpaid = Order.objects.locked().awaiting_payment()
    return unpaid.filter(learner_key=order.learner_key, cohort=order.cohort_id).first()


def _lapse_rival(rival: Order, *, by: Order, at: datetime) -> None:
    """Lapse the learner's newer unpaid order when money of its day revives the older one:
    one place is enough.
    """
    rival.move_to(OrderState.LAPSED)
    stop_keeping(order=rival, ending=ReportEnding.LAPSED, by=SYSTEM, at=at)
    release_place(order=rival)
    about = ("order", rival.code)
    facts = {"by": by.code}
    record(
        "order.replaced", about=about, order=rival.code, facts=facts, by=SYSTEM, at=at, clause="4.3"
    )


def _accept_offer(order: Order, *, payment: PaymentFacts, at: datetime) -> Acceptance:
    """Record that the payment accepted the offer,
    with everything that was accepted and its digest (2.1, 2.2.1, A3).
    """
    sealed: dict[str, Any] = {
        "order": order.code,
        "placed_at": order.placed_at.astimezone(UTC).isoformat(),
        "edition": order.edition.name,
        "kk_sha256": order.edition.kk_sha256,
        "ru_sha256": order.edition.ru_sha256,
        "language": order.language,
        "tariff": {
            "row": order.tariff.row,
            "package": order.tariff.package.name,
            "level": order.tariff.level,
        },
        "price": order.price,
        "schedule": [[due.number, due.amount, due.due_on.isoformat()] for due in _schedule(order)],
        "party": order.party.digest(),
        "learner": order.learner.digest(),
        "cohort": [
            order.cohort.name,
            order.cohort.starts_on.isoformat(),
            order.cohort.ends_on.isoformat(),
        ],
        "payment": {
            "provider": payment.provider,
            "method": payment.method,
            "reference": payment.reference,
            "amount": str(payment.amount),
            "currency": "KZT",
            "happened_at": payment.happened_at.astimezone(UTC).isoformat(),
            **_commission(payment),
        },
    }
    return Acceptance.objects.create(
        order=order,
        edition_id=order.edition_id,
        language=order.language,
        accepted_at=payment.happened_at,
        recorded_at=at,
        price=order.price,
        provider=payment.provider,
        method=payment.method,
        reference=payment.reference,
        amount=payment.amount,
        sealed=sealed,
        digest=digest_of(sealed),
    )


def _commission(payment: PaymentFacts) -> dict[str, str]:
    """Tell the commission where there was one: letters and papers say nothing of none (4.5)."""
    return {"commission": str(payment.commission)} if payment.commission else {}


def digest_of(sealed: dict[str, Any]) -> str:
    """SHA-256 over the canonical JSON of what was accepted."""
    text = json.dumps(sealed, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _schedule(order: Order) -> tuple[Due, ...]:
    if order.prepayment == order.price:
        return schedule(price=order.price, prepayment=order.prepayment, placed_on=order.placed_on)
    return tuple(
        Due(part.number, part.amount, part.due_on) for part in order.installments.order_by("number")
    )
