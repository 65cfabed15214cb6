"""Section 4 of the offer: what money does to an order."""

from datetime import timedelta
from decimal import Decimal

import pytest

from enrollment.models import Acceptance, Edition, Enrollment, Order, Place
from enrollment.operations.offering.offers import withdraw_offer
from enrollment.operations.ordering.balances import digest_of
from enrollment.operations.ordering.orders import cancel_order, lapse_unpaid_orders
from enrollment.rules.order_states import MOVES, OrderState
from enrollment.rules.settlement import Waiting, judge_money
from offer_site.days import almaty_day
from offer_site.journal.models import Entry
from offer_site.money import halves
from offer_site.notices.kinds import NoticeKind
from offer_site.notices.models import Notice
from payments.models import Allocation, LedgerEntry
from payments.operations.ledger.receipts import received_by
from tests.given import (
    NOON,
    a_cohort,
    a_paid_order,
    a_placed_order,
    a_receipt,
    an_application,
    an_owner,
    receive,
)

LAST_SECOND = timedelta(seconds=1)
PRICES = {
    ("ozim", "webinar"): 93_990,
    ("ozim", "standard"): 99_990,
    ("ozim", "full"): 199_990,
    ("birge", "webinar"): 143_990,
    ("birge", "standard"): 149_990,
    ("birge", "full"): 299_990,
    ("vip", "webinar"): 253_990,
    ("vip", "standard"): 259_990,
    ("vip", "full"): 499_990,
}


def state_of(order: Order) -> str:
    return Order.objects.get(pk=order.pk).state


@pytest.mark.clause("4.1")
def test_nine_tariffs_with_the_prices_of_the_table(db):
    a_cohort()
    edition = Edition.objects.get()
    assert {
        (t.package.slug, t.level): t.price for t in edition.tariffs.select_related("package")
    } == PRICES


@pytest.mark.clause("2.1", "2.2.1", "4.3")
def test_payment_is_acceptance_in_the_same_transaction(db):
    order = a_placed_order()
    at = NOON + timedelta(minutes=3)
    receive(a_receipt(order, at=at), order, at=at + timedelta(seconds=2))
    order = Order.objects.get(pk=order.pk)
    acceptance = order.acceptance
    assert order.state == OrderState.PAID
    assert (acceptance.accepted_at, acceptance.recorded_at) == (at, at + timedelta(seconds=2))
    assert acceptance.edition == order.edition
    assert acceptance.sealed["kk_sha256"] == order.edition.kk_sha256
    assert acceptance.sealed["party"] == order.party.digest()
    assert acceptance.digest == digest_of(acceptance.sealed)
    assert order.enrollment.cohort == order.cohort
    assert order.place.held_until is None
    assert received_by(order) == Decimal("149990.00")
    letter = Notice.objects.get(order_code=order.code, kind=NoticeKind.CONTRACT_CONCLUDED)
    assert letter.attachments == [["contract", order.code], ["course-calendar", order.code]]
    verbs = list(Entry.objects.of_order(order.code).values_list("verb", flat=True))
    assert verbs[-4:] == ["receipt.recorded", "order.moved", "offer.accepted", "enrollment.opened"]


@pytest.mark.clause("2.2.1")
def test_before_payment_there_is_no_contract(db):
    order = a_placed_order()
    assert not hasattr(order, "acceptance")
    assert not Enrollment.objects.exists()


@pytest.mark.clause("4.3")
def test_money_of_the_last_second_told_after_midnight_settles_the_order(db):
    order = a_placed_order()
    receive(
        a_receipt(order, at=order.pay_before - LAST_SECOND),
        order,
        at=order.pay_before + timedelta(minutes=10),
    )
    assert state_of(order) == OrderState.PAID


@pytest.mark.clause("4.3")
def test_money_of_the_day_settles_an_order_that_has_lapsed_while_a_place_is_free(db):
    order = a_placed_order()
    lapse_unpaid_orders(at=order.pay_before)
    receive(
        a_receipt(order, at=order.pay_before - LAST_SECOND),
        order,
        at=order.pay_before + timedelta(hours=1),
    )
    assert state_of(order) == OrderState.PAID
    assert Place.objects.get(order=order).held_until is None


@pytest.mark.clause("4.3")
def test_money_of_the_next_day_is_kept_for_staff_and_revives_nothing(db):
    order = a_placed_order()
    lapse_unpaid_orders(at=order.pay_before)
    receive(
        a_receipt(order, at=order.pay_before), order, at=order.pay_before + timedelta(minutes=1)
    )
    assert state_of(order) == OrderState.LAPSED
    assert not Acceptance.objects.exists()
    assert LedgerEntry.objects.waiting().get().amount == Decimal("149990.00")
    waits = Entry.objects.of_order(order.code).get(verb="money.waits")
    assert waits.facts["reason"] == Waiting.ANOTHER_DAY


@pytest.mark.clause("4.6")
def test_money_of_the_day_waits_when_its_place_was_sold_to_another(db):
    cohort = a_cohort(seats=1)
    first = a_placed_order(cohort=cohort)
    later = NOON + timedelta(minutes=31)
    second = a_paid_order(cohort=cohort, at=later)
    receive(a_receipt(first, at=later), first, at=later)
    assert state_of(first) == OrderState.AWAITING_PAYMENT
    assert (
        Entry.objects.of_order(first.code).get(verb="money.waits").facts["reason"]
        == Waiting.NO_PLACE
    )
    assert Place.objects.get().order == second


@pytest.mark.clause("4.6")
def test_a_payment_after_the_hold_takes_another_free_place(db):
    cohort = a_cohort(seats=2)
    first = a_placed_order(cohort=cohort)
    later = NOON + timedelta(minutes=31)
    a_paid_order(cohort=cohort, at=later)
    receive(a_receipt(first, at=later), first, at=later)
    assert state_of(first) == OrderState.PAID
    assert Place.objects.filter(order=None).count() == 0


@pytest.mark.clause("4.3")
def test_too_little_and_too_much_wait_for_staff(db):
    order = a_placed_order()
    for amount, reason in ((1, Waiting.SHORT), (149_991, Waiting.EXCESS)):
        receive(a_receipt(order, amount=amount), order)
        assert (
            Entry.objects.of_order(order.code).filter(verb="money.waits").last().facts["reason"]
            == reason
        )
    assert state_of(order) == OrderState.AWAITING_PAYMENT
    assert not Allocation.objects.exists()
    assert LedgerEntry.objects.waiting().count() == 2


@pytest.mark.clause("4.3")
def test_money_for_a_paid_order_waits_for_staff(db):
    order = a_paid_order()
    receive(a_receipt(order), order)
    assert received_by(order) == Decimal("149990.00")
    assert LedgerEntry.objects.waiting().count() == 1
    assert Acceptance.objects.count() == 1


@pytest.mark.clause("2.4")
def test_money_on_its_way_when_the_offer_is_withdrawn_waits_for_staff(db):
    order = a_placed_order()
    withdraw_offer(edition=order.edition, reason="новая редакция", by=an_owner(), at=NOON)
    assert state_of(order) == OrderState.LAPSED
    receive(a_receipt(order), order)
    assert state_of(order) == OrderState.LAPSED
    assert (
        Entry.objects.of_order(order.code).get(verb="money.waits").facts["reason"]
        == Waiting.OFFER_WITHDRAWN
    )


@pytest.mark.clause("3.3", "4.3")
@pytest.mark.parametrize("seats", [1, 10])
def test_an_older_order_that_money_revives_lapses_the_newer_unpaid_one(db, seats):
    cohort = a_cohort(seats=seats)
    application = an_application()
    older = a_placed_order(cohort=cohort, application=application, package="ozim")
    cancel_order(order=older, by="visitor", at=NOON)
    newer = a_placed_order(cohort=cohort, application=application, package="vip")
    receive(a_receipt(older), older)
    assert (state_of(older), state_of(newer)) == (OrderState.PAID, OrderState.LAPSED)
    assert [(place.order, place.held_until) for place in Place.objects.exclude(order=None)] == [
        (older, None)
    ]
    receive(a_receipt(newer), newer)
    assert state_of(newer) == OrderState.LAPSED
    reason = Entry.objects.of_order(newer.code).get(verb="money.waits").facts["reason"]
    assert reason == Waiting.LEARNER_ENROLLED
    assert Enrollment.objects.count() == 1


@pytest.mark.clause("4.3", "4.3.1")
@pytest.mark.parametrize(
    ("state", "received", "day", "outcome"),
    [
        ("awaiting_payment", "100", 0, OrderState.PAID),
        ("awaiting_payment", "50", 0, OrderState.PREPAID),
        ("awaiting_payment", "49.99", 0, Waiting.SHORT),
        ("awaiting_payment", "100.01", 0, Waiting.EXCESS),
        ("awaiting_payment", "100", 1, Waiting.ANOTHER_DAY),
        ("awaiting_payment", "100", -1, Waiting.ANOTHER_DAY),
        ("lapsed", "100", 0, OrderState.PAID),
        ("lapsed", "100", 1, Waiting.ANOTHER_DAY),
        ("prepaid", "100", 30, OrderState.PAID),
        ("prepaid", "75", 30, Waiting.SHORT),
        ("paid", "100", 0, Waiting.NOTHING_DUE),
        ("completed", "100", 0, Waiting.NOTHING_DUE),
        ("terminated", "100", 0, Waiting.NOTHING_DUE),
    ],
)
def test_what_a_balance_earns(state, received, day, outcome):
    placed_on = almaty_day(NOON)
    assert outcome == judge_money(
        state=OrderState(state),
        price=100,
        prepayment=50,
        received=Decimal(received),
        placed_on=placed_on,
        paid_on=placed_on + timedelta(days=day),
    )


def test_every_verdict_on_money_is_a_move_of_the_table():
    for state in OrderState:
        for received in map(Decimal, (0, 50, 99, 100, 101)):
            for day in (-1, 0, 1):
                placed_on = almaty_day(NOON)
                verdict = judge_money(
                    state=state,
                    price=100,
                    prepayment=50,
                    received=received,
                    placed_on=placed_on,
                    paid_on=placed_on + timedelta(days=day),
                )
                assert isinstance(verdict, Waiting) or verdict in MOVES[state]


@pytest.mark.clause("4.3.1")
@pytest.mark.parametrize("price", [*PRICES.values(), 1, 2, 3])
def test_the_two_halves_sum_to_the_price(price):
    first, rest = halves(price)
    assert first + rest == price
    assert 0 <= first - rest <= 1
