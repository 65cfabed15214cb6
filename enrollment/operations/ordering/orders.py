"""Placing an order, and how an unpaid one ends (3.1, 4.3)."""

from collections.abc import Collection
from datetime import date, datetime

from django.db import transaction
from django.db.models import BigIntegerField, CharField
from django.utils.translation import gettext as _

from enrollment.models import (
    Cohort,
    GuardianConsent,
    HalvesRequest,
    Invoice,
    Order,
    Party,
    Place,
    Tariff,
)
from enrollment.operations.halves.requests import note_order, take_agreement
from enrollment.operations.letters import write_to_visitor
from enrollment.operations.links import home_link, order_link, rest_facts, service_name
from enrollment.operations.places.claims import end_of_claim, may_claim_places
from enrollment.operations.places.lapses import end_unpaid
from enrollment.operations.places.places import (
    claim_place,
    count_free,
    release_place,
    take_over_place,
)
from enrollment.rules.order_states import OrderState
from offer_site.codes import new_order_code
from offer_site.errors import RuleViolation
from offer_site.journal.models import Entry
from offer_site.journal.operations import SYSTEM
from offer_site.money import halves as halves_of
from offer_site.notices.kinds import NoticeKind
from offer_site.notices.operations import queue_notice
from offer_site.prepared import Given, Prepared
from offer_site.retries import once_more_if_beaten
from offer_site.sweeps import one_by_one

from .applications import Application, GuardianData
from .cancelling import give_up, restorable_facts
from .guardians import ask_guardian
from .invoices import lapse_invoice
from .placing import newcomer_of, write_orders, write_terms
from .taking import Taken, taken_facts

ENDED = [OrderState.LAPSED, OrderState.TERMINATED]
ORDERS_OF_A_LEARNER = Prepared(
    Order.objects.locked()
    .select_related("party")
    .filter(
        learner_key=Given("learner_key", CharField()), cohort=Given("cohort", BigIntegerField())
    )
    .exclude(state__in=ENDED)
)


class OrderAwaitsElsewhere(RuleViolation):
    """The learner has an unpaid order from another browser; it opens from its letter only."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "There is an unpaid order for this learner already. "
                "Open it from the letter we sent to this e-mail."
            ),
            clause="4.3",
            field="email",
        )


class OtherOrderAwaits(RuleViolation):
    """The learner has another unpaid order: replacing it needs a confirmation."""

    def __init__(self, order: Order, sentence: str) -> None:
        super().__init__(sentence % {"code": order.code}, clause="4.3", field="replace")
        self.order = order


class OtherTariffAwaits(OtherOrderAwaits):
    """It is for another tariff."""

    def __init__(self, order: Order) -> None:
        super().__init__(
            order,
            _(
                "You have an unpaid order %(code)s for another package. "
                "Confirm that the new one replaces it."
            ),
        )


class OtherBuyerAwaits(OtherOrderAwaits):
    """It is for the same tariff, but another kind of buyer, company or guardian stands in it."""

    def __init__(self, order: Order) -> None:
        super().__init__(
            order,
            _(
                "You have an unpaid order %(code)s that says otherwise who orders or who consents. "
                "Confirm that the new one replaces it."
            ),
        )


class ReportedOrderAwaits(RuleViolation):
    """The buyer reported this learner's order as paid: no other order replaces it meanwhile."""

    def __init__(self, order: Order) -> None:
        super().__init__(
            _(
                "You told us that the order %(code)s is paid; we wait for the bank. "
                "Cancel it to order another."
            )
            % {"code": order.code},
            clause="4.3",
        )


@once_more_if_beaten
@transaction.atomic(savepoint=False)
def place_order(
    *,
    tariff: Tariff,
    cohort: Cohort,
    application: Application,
    language: str,
    at: datetime,
    by: str,
    opened: Collection[str] = (),
    replace: bool = False,
    halves: HalvesRequest | None = None,
    email_is_seen: bool = False,
    taken: Taken | None = None,
) -> tuple[Order, bool]:
    """Place an order and claim a place for it; return it, and whether it is new (4.1, 4.3, 4.6).

    Whether it claims a place at once and for how long, `places/claims.py` tells; `email_is_seen`
    when the visitor has signed in with the e-mail; `taken` says who takes the order for the buyer
    (2.6).

    The same learner's unpaid order for the same tariff by the same buyer is returned as it is: a
    double click makes one order. `opened` are the codes that this visitor may see. Under an
    agreement on `halves` the half is due today and the rest on its day, the tariff is the one that
    `tariff_now` finds, and the agreement's one order is returned as it is (4.3.1). Raises
    OtherOrderAwaits, OrderAwaitsElsewhere, and RuleViolation when no place is free, or the learner
    is enrolled by an order that this visitor may see. Anybody else is not told: the order is
    placed, its letter tells whoever reads the mailbox, and money for it concludes nothing (3.3).
    """
    prepayment = tariff.price
    rest_on = None
    if halves:
        halves, rest_on = take_agreement(halves, tariff=tariff, at=at)
        if halves.order:
            return halves.order, False
        prepayment, _rest = halves_of(tariff.price)

    newcomer = newcomer_of(application)
    newcomer.party.email_seen_at = at if email_is_seen else None
    code = new_order_code()
    replaced: Order | None = None
    is_enrolled = False
    for earlier in ORDERS_OF_A_LEARNER.ask(learner_key=newcomer.key, cohort=cohort.pk):
        if earlier.state != OrderState.AWAITING_PAYMENT:
            is_enrolled = True
            if earlier.code in opened:
                sentence = _("This learner is already enrolled in this cohort.")
                raise RuleViolation(sentence, clause="3.3")
            continue
        if at < earlier.pay_before or earlier.is_kept(at):
            _require_opened(earlier, opened=opened, browser=application.origin_browser)
            is_same_tariff = earlier.tariff_id == tariff.pk and earlier.prepayment == prepayment
            if is_same_tariff and _has_the_buyer(earlier, newcomer.party, application.guardian):
                return earlier, False
            _require_replaceable(earlier, is_same_tariff=is_same_tariff, replace=replace, at=at)
        end_unpaid(
            earlier, verb="order.replaced", facts={"by": code}, by=by, at=at, keeps_place=True
        )
        replaced = earlier
        newcomer.party.email_seen_at = newcomer.party.email_seen_at or earlier.party.email_seen_at

    [order] = write_orders(
        [newcomer],
        tariff=tariff,
        cohort=cohort,
        language=language,
        prepayment=prepayment,
        code=code,
        taken=taken,
        at=at,
    )
    held_until = _claim_place(order, replaced=replaced, at=at)
    write_terms(
        [newcomer],
        [order],
        held_until=held_until,
        rest_on=rest_on,
        taken=taken,
        by=by,
        at=at,
    )
    if halves and rest_on:
        note_order(halves, order=order, rest_on=rest_on, by=by, at=at)
    if application.guardian:
        by_staff = taken is not None and taken.staff is not None
        ask_guardian(order, application.guardian, by_staff=by_staff, by=by, at=at)
    _write_to_buyer(
        order,
        rest_on=rest_on,
        is_enrolled=is_enrolled,
        taken=taken,
        awaits_guardian=application.guardian is not None,
        at=at,
    )
    return order, True


def is_known_to(order: Order, *, opened: Collection[str], browser: str) -> bool:
    """True if the visitor may see this unpaid order: who opened it, or the browser it came from.

    Two tabs of one browser are one buyer until the e-mail is corrected. From then on only who may
    open the order under its present e-mail is known: whatever else a browser has read or sent
    before proves nothing (3.1).
    """
    if order.code in opened:
        return True
    if not browser or order.party.origin_browser != browser:
        return False
    return not Entry.objects.of_order(order.code).filter(verb="email.corrected").exists()


def _require_opened(earlier: Order, *, opened: Collection[str], browser: str) -> None:
    """Raise OrderAwaitsElsewhere if the visitor may not see this unpaid order."""
    if not is_known_to(earlier, opened=opened, browser=browser):
        raise OrderAwaitsElsewhere


def _has_the_buyer(order: Order, party: Party, guardian: GuardianData | None) -> bool:
    """True for an order of the same kind of buyer, of the same company or under the same guardian.

    Whoever ordered as an adult and then says to be a minor must not pay the first order (1.1).
    """
    theirs = order.party
    if (theirs.kind, theirs.business_number) != (party.kind, party.business_number):
        return False
    if guardian is None:
        return True
    return GuardianConsent.objects.filter(order=order, email=guardian.email).exists()


def _require_replaceable(
    earlier: Order, *, is_same_tariff: bool, replace: bool, at: datetime
) -> None:
    """Refuse to replace an unpaid order that a report keeps, or without a confirmation."""
    if earlier.is_kept(at):
        raise ReportedOrderAwaits(earlier)
    if not replace:
        raise OtherBuyerAwaits(earlier) if is_same_tariff else OtherTariffAwaits(earlier)


def _claim_place(order: Order, *, replaced: Order | None, at: datetime) -> datetime | None:
    """Claim a place for a new order; return until when, or None if it claims none yet (4.6).

    It takes the place of the order that it replaces, no longer than that one had it. The place is
    passed on by one UPDATE: releasing one and claiming another would hold two locks. Raises
    RuleViolation when no place is free.
    """
    until = end_of_claim(order.party, at=at)
    theirs = Place.objects.filter(order=replaced).first() if replaced else None
    if replaced and theirs and theirs.held_until and theirs.held_until > at:
        take_over_place(order=order, of=replaced, until=theirs.held_until)
        return theirs.held_until
    of = [replaced] if replaced else []
    if not may_claim_places(party=order.party, cohort_id=order.cohort_id, wanted=1, at=at, of=of):
        if replaced:
            release_place(order=replaced)
        if count_free(cohort_id=order.cohort_id, at=at):
            return None
    elif (replaced and take_over_place(order=order, of=replaced, until=until)) or claim_place(
        order=order, at=at, until=until
    ):
        return until
    raise RuleViolation(_("No places are left in this cohort."), clause="4.6")


def _write_to_buyer(
    order: Order,
    *,
    rest_on: date | None,
    is_enrolled: bool,
    taken: Taken | None,
    awaits_guardian: bool,
    at: datetime,
) -> None:
    # Whoever ordered on the phone has no other way in, and staff asked for this mailbox.
    write = queue_notice if taken and taken.staff else write_to_visitor
    write(
        NoticeKind.ORDER_PLACED,
        about=("order", order.code),
        to=order.party.email,
        language=order.language,
        order=order.code,
        at=at,
        facts={
            "due": order.prepayment,
            "pay_on": order.placed_on.isoformat(),
            "package": service_name(order),
            "starts_on": order.cohort.starts_on.isoformat(),
            "ends_on": order.cohort.ends_on.isoformat(),
            "order_url": order_link(order),
            **rest_facts(order, rest_on),
            **({"enrolled": "yes"} if is_enrolled else {}),
            **(taken_facts(order, taken) if taken else {}),
            **({"guardian": "yes"} if awaits_guardian else {}),
        },
    )


@transaction.atomic(savepoint=False)
def cancel_order(*, order: Order, by: str, at: datetime, no_payment_made: bool = False) -> Order:
    """End an unpaid order at the buyer's wish, with a letter; nothing is owed (4.3).

    While a reported payment is awaited it is refused, unless the buyer says that none was made.
    """
    order = Order.objects.people_locked().with_people().get(pk=order.pk)
    order.require(
        OrderState.AWAITING_PAYMENT,
        message=_("Only an unpaid order can be cancelled."),
        clause="4.3",
    )
    give_up([order], by=by, at=at, no_payment_made=no_payment_made)
    write_to_visitor(
        NoticeKind.ORDER_CANCELLED,
        about=("order", order.code),
        to=order.party.email,
        language=order.language,
        order=order.code,
        occasion=at.isoformat(),
        at=at,
        facts={
            "package": service_name(order),
            "order_url": order_link(order),
            **restorable_facts(order, at=at),
        },
    )
    return order


@transaction.atomic(savepoint=False)
def lapse_order(*, order: Order, at: datetime) -> bool:
    """Lapse an order whose day ended without payment: it is treated as never placed (4.3).

    False when it was paid, or while a reported payment keeps it.
    """
    order = Order.objects.people_locked().with_people().get(pk=order.pk)
    if order.state != OrderState.AWAITING_PAYMENT or at < order.lapses_at:
        return False
    end_unpaid(order, verb="order.lapsed", by=SYSTEM, at=at)
    write_to_visitor(
        NoticeKind.ORDER_LAPSED,
        about=("order", order.code),
        to=order.party.email,
        language=order.language,
        order=order.code,
        occasion=order.placed_on.isoformat() if order.reopened_on else "first",
        at=at,
        facts={
            "package": service_name(order),
            "pay_on": order.placed_on.isoformat(),
            "home_url": home_link(order.language),
        },
    )
    return True


def lapse_unpaid_orders(*, at: datetime) -> list[str]:
    """Lapse every order whose day is over; return their codes (4.3).

    Each is lapsed in its own transaction, those of one invoice together, so that their company gets
    one letter.
    """

    def lapse(due: Order | Invoice) -> list[str]:
        if isinstance(due, Invoice):
            return lapse_invoice(invoice=due, at=at)
        return [due.code] if lapse_order(order=due, at=at) else []

    alone = Order.objects.unpaid_since_before(at).filter(invoice=None).order_by("pk")
    due: list[Order | Invoice] = [*alone, *Invoice.objects.unpaid_since_before(at).order_by("pk")]
    return [code for _due, codes in one_by_one(due, lapse) for code in codes]
