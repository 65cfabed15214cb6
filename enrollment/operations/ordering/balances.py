"""The money received moves the order; the prepayment accepts the offer (2.2.1, 4.3)."""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from enrollment.models import LIVE, Acceptance, Edition, Enrollment, Order, Withdrawal
from enrollment.operations.clarification.questions import ask_if_doubtful
from enrollment.operations.halves.suspensions import end_with_the_rest
from enrollment.operations.links import order_link, rest_facts, service_name
from enrollment.operations.places.lapses import end_unpaid
from enrollment.operations.places.places import keep_place, sell_place, take_over_place
from enrollment.rules.installments import Due, schedule
from enrollment.rules.methods import method_in_both
from enrollment.rules.order_states import OrderState
from enrollment.rules.settlement import Waiting, judge_money
from offer_site.days import almaty_day
from offer_site.journal.operations import SYSTEM, Line, record_lines
from offer_site.notices.kinds import NoticeKind
from offer_site.notices.operations import queue_notice
from offer_site.prepared import insert

from .guardians import awaits_guardian


@dataclass(frozen=True)
class PaymentFacts:
    """One payment as its provider reported it; `happened_at` is by the provider's clock.

    `commission` is what the buyer was told that a third party takes besides the price (4.5).
    """

    provider: str
    method: str
    reference: str
    amount: Decimal
    happened_at: datetime
    commission: Decimal = Decimal(0)


@dataclass(frozen=True)
class Outcome:
    """What the money did: the state that the order moved to, or why the money waits for staff.

    Only money that counts is allocated.
    """

    earned: OrderState | None = None
    waits: Waiting | None = None

    @property
    def counts(self) -> bool:
        return self.earned is not None


@dataclass(frozen=True)
class Obstacles:
    """What forbids a new contract: an enrollment in the cohort (3.3), a withdrawn edition (2.4)."""

    learner_is_enrolled: bool
    edition_is_withdrawn: bool


@transaction.atomic(savepoint=False)
def apply_balance(
    *,
    order: Order,
    received: Decimal,
    payment: PaymentFacts,
    at: datetime,
    obstacles: Obstacles | None = None,
    lines: tuple[Line, ...] = (),
) -> Outcome:
    """Apply the whole sum received to a locked order (2.2.1, 4.3, 4.3.1).

    `received` includes the new payment. The caller has locked the order with its people
    (`Order.objects.locked().with_people()`), and before it all orders of its invoice
    (`lock_beside`): a question about the company stops their terms. The caller records the money
    before and allocates it after, in the same transaction, if it counts. `obstacles` are what the
    lock's own query found, so that they are not queried again. `lines` are the caller's own journal
    rows.
    """
    outcome = _judge(order, received=received, payment=payment, obstacles=obstacles, at=at)
    if outcome.earned is None:
        waits = _money_waits(order, outcome, payment)
        record_lines([*lines, waits], order=order.code, by=SYSTEM, at=at)
        return outcome

    concludes = order.state != OrderState.PREPAID
    moved = _move(order, to=outcome.earned, received=received)
    if concludes:
        acceptance = _acceptance_of(order, payment=payment, at=at)
        insert([acceptance], [_enrollment_of(order, at=at)])
        concluded = _contract_concluded(order, acceptance)
        record_lines([*lines, moved, *concluded], order=order.code, by=SYSTEM, at=at)
        _write_to_student(order, received=received, payment=payment, at=at)
        ask_if_doubtful(order, found_on=almaty_day(payment.happened_at), at=at, gaps=False)
    else:
        record_lines([*lines, moved], order=order.code, by=SYSTEM, at=at)
        end_with_the_rest(order, amount=payment.amount, paid_at=payment.happened_at, at=at)
    return outcome


def _judge(
    order: Order,
    *,
    received: Decimal,
    payment: PaymentFacts,
    obstacles: Obstacles | None,
    at: datetime,
) -> Outcome:
    """Decide whether the money counts; if it makes the contract, take a place too."""
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
    if order.awaits_confirmation:
        return Outcome(waits=Waiting.UNCONFIRMED)
    if awaits_guardian(order):
        return Outcome(waits=Waiting.GUARDIAN)
    if _is_withdrawn_for(order, obstacles, at=at):
        return Outcome(waits=Waiting.OFFER_WITHDRAWN)
    if _learner_is_enrolled(order, obstacles):
        return Outcome(waits=Waiting.LEARNER_ENROLLED)
    if not _take_place(order, at=at):
        return Outcome(waits=Waiting.NO_PLACE)
    return Outcome(earned=verdict)


def _take_place(order: Order, *, at: datetime) -> bool:
    """Take a place for the order for good; False when there is none.

    Money of its day revives a lapsed order; the learner's newer unpaid order then lapses and gives
    its place.
    """
    rival = _rival(order) if order.state == OrderState.LAPSED else None
    takes_over = (
        rival and not keep_place(order=order) and take_over_place(order=order, of=rival, until=None)
    )
    if not (takes_over or sell_place(order=order, at=at)):
        return False
    if rival:
        end_unpaid(rival, verb="order.replaced", facts={"by": order.code}, by=SYSTEM, at=at)
    return True


def _move(order: Order, *, to: OrderState, received: Decimal) -> Line:
    facts = {"from": order.state, "to": to.value, "received": str(received)}
    order.move_to(to)
    return Line("order.moved", ("order", order.code), facts, "4.3")


def _money_waits(order: Order, outcome: Outcome, payment: PaymentFacts) -> Line:
    facts = {
        "reason": str(outcome.waits),
        "reference": payment.reference,
        "amount": str(payment.amount),
    }
    return Line("money.waits", ("order", order.code), facts, "4.3")


def _contract_concluded(order: Order, acceptance: Acceptance) -> list[Line]:
    about = ("order", order.code)
    accepted = {"digest": acceptance.digest, "edition": order.edition.name}
    return [
        Line("offer.accepted", about, accepted, "2.2.1"),
        Line("enrollment.opened", about, {"cohort": order.cohort.name}, "2.3"),
    ]


def _enrollment_of(order: Order, *, at: datetime) -> Enrollment:
    """The right to be taught, not saved yet (2.3)."""
    return Enrollment(
        order=order,
        learner=order.learner,
        learner_key=order.learner_key,
        cohort=order.cohort,
        opened_at=at,
    )


def _write_to_student(
    order: Order, *, received: Decimal, payment: PaymentFacts, at: datetime
) -> None:
    """Queue the letter that the contract is concluded, with the contract attached (2.2.1, 12.1)."""
    queue_notice(
        NoticeKind.CONTRACT_CONCLUDED,
        about=("order", order.code),
        to=order.party.email,
        language=order.language,
        order=order.code,
        at=at,
        attachments=[("contract", order.code), ("course-calendar", order.code)],
        facts={
            "learner": order.learner.full_name,
            "package": service_name(order),
            "amount": str(received),
            "paid_on": almaty_day(payment.happened_at).isoformat(),
            "starts_on": order.cohort.starts_on.isoformat(),
            "ends_on": order.cohort.ends_on.isoformat(),
            "order_url": order_link(order),
            "way": method_in_both(payment.method),
            **({"asks_address": True} if order.party.lacks_address else {}),
            **_commission(payment),
            **rest_facts(order, _rest_day(order)),
        },
    )


def _rest_day(order: Order) -> date | None:
    """The day of the rest of a prepaid order; None for any other (4.3.1)."""
    return order.installments.get(number=2).day if order.state == OrderState.PREPAID else None


def offer_is_withdrawn(at: datetime) -> bool:
    """True while the offer in force is withdrawn: no order of any edition is revived then (2.4)."""
    return (
        Withdrawal.objects.standing()
        .filter(edition__in=Edition.objects.in_force(at).values("pk"))
        .exists()
    )


def _is_withdrawn_for(order: Order, obstacles: Obstacles | None, *, at: datetime) -> bool:
    """True while the offer is withdrawn: then money concludes no contract (2.4).

    An unpaid order exists then only if it was placed at the very moment of the withdrawal. A lapsed
    one, of whatever edition, is revived under the edition in force.
    """
    if order.state == OrderState.LAPSED:
        return offer_is_withdrawn(at)
    if obstacles:
        return obstacles.edition_is_withdrawn
    return Withdrawal.objects.standing().filter(edition=order.edition_id).exists()


def _learner_is_enrolled(order: Order, obstacles: Obstacles | None) -> bool:
    """True when another order of the learner opened an enrollment in the cohort (3.3)."""
    if obstacles:
        return obstacles.learner_is_enrolled
    return Enrollment.objects.filter(
        learner_key=order.learner_key, cohort=order.cohort_id, state__in=LIVE
    ).exists()


def _rival(order: Order) -> Order | None:
    """Lock the learner's newer unpaid order.

    Before any place is locked, as placing an order does, so that there is no deadlock.
    """
    unpaid = Order.objects.locked().awaiting_payment()
    return unpaid.filter(learner_key=order.learner_key, cohort=order.cohort_id).first()


def _acceptance_of(order: Order, *, payment: PaymentFacts, at: datetime) -> Acceptance:
    """The acceptance, not saved yet: all that was accepted, and its digest (2.1, 2.2.1, A3)."""
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
    # What an order has that nobody took for its buyer is as it was before there were such orders.
    if order.taken_by:
        sealed["taken"] = order.taking.facts()
    return Acceptance(
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
    """Empty when there was no commission: letters and papers then do not mention it (4.5)."""
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
