"""Who pays in the moment in which something else happens: through real HTTP, on PostgreSQL,
each with its control.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from itertools import count
from typing import Any

import pytest
from django.db.models import Q

from enrollment.models import Edition, Order, Place
from enrollment.operations.offering.offers import lift_withdrawal, withdraw_offer
from enrollment.operations.ordering import balances
from enrollment.operations.ordering.orders import cancel_order, lapse_unpaid_orders
from offer_site.days import almaty_day, end_of_day, start_of_day
from payments.models import LedgerEntry, LineState, StatementLine
from payments.operations.statements.imports import import_statement
from tests.at_once import Work, at_once
from tests.given import NOON, a_cohort, a_placed_order, an_owner
from tests.payments.notifications import an_attempt
from tests.payments.racing import Banks, failures, forget_prepared_queries
from tests.payments.statements.scenes import a_statement, an_order_paid, bank_details
from tests.payments.unprotected import take_the_protection_away

MORNING = start_of_day(almaty_day(NOON)) + timedelta(minutes=1)
LATE = MORNING + timedelta(hours=23)
ROUNDS = 8
numbers = count(1)


@pytest.fixture
def unprotected(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No locks of rows, and no constraints that would catch what they prevent."""
    take_the_protection_away(monkeypatch)
    forget_prepared_queries()
    yield
    forget_prepared_queries()


# --- thirty buyers for one seat


def thirty_orders_for_one_seat() -> list[Order]:
    """Each was placed when the hold of the one before had ended: all may be paid that day,
    while the seat is free.
    """
    cohort = a_cohort(seats=1)
    orders = [
        a_placed_order(cohort=cohort, at=MORNING + timedelta(minutes=31 * each))
        for each in range(30)
    ]
    for order in orders:
        an_attempt(order)
    return orders


def thirty_pay(banks: Banks, orders: list[Order]) -> list[Any]:
    """Twelve by card, twelve through Kaspi, and six by two statements of the bank."""
    bank_details()
    banks.told.seats[orders[0].cohort_id] = 1
    works: list[Work] = [
        banks.card(order, at=LATE, transaction=next(numbers)) for order in orders[:12]
    ]
    works += [banks.kaspi(order, at=LATE, txn_id=next(numbers)) for order in orders[12:24]]
    for three in (orders[24:27], orders[27:]):
        told = {str(next(numbers)): order for order in three}
        banks.told.transfers.update(told.keys())
        content = a_statement(
            [an_order_paid(order, number=number) for number, order in told.items()]
        )
        works.append(
            partial(import_statement, content=content, name="bank.txt", by="system", at=LATE)
        )
    return at_once(works, errors=Exception)


@pytest.mark.clause("4.6")
def test_thirty_buyers_pay_for_one_seat_by_three_ways_at_once(
    transactional_db, live_server, time_machine
):
    banks = Banks(live_server.url)
    orders = thirty_orders_for_one_seat()
    time_machine.move_to(LATE, tick=False)
    came_to = thirty_pay(banks, orders)
    assert failures(came_to) == []
    assert banks.faults() == []
    states = Counter(Order.objects.values_list("state", flat=True))
    assert states == {"paid": 1, "awaiting_payment": 29}
    assert Place.objects.get().held_until is None
    waiting = StatementLine.objects.filter(state=LineState.UNMATCHED)
    assert (
        LedgerEntry.objects.total() + sum(line.amount for line in waiting) == 30 * orders[0].price
    )
    assert LedgerEntry.objects.exclude(provider="bank").count() == 24


def sell_to_whoever_looked(*, order: Order, at: Any) -> bool:
    """Look for a free place, and take what was seen: right for one buyer, wrong for two."""
    free = Place.objects.filter(
        Q(order=None) | Q(held_until__lte=at) | Q(order=order), cohort=order.cohort_id
    ).first()
    if free is None:
        return False
    free.order = order
    free.held_until = None
    free.save()
    return True


@pytest.mark.faults
def test_without_the_conditional_update_the_seat_is_sold_twice(
    transactional_db, live_server, time_machine, monkeypatch
):
    """The control: the test above can fail."""
    monkeypatch.setattr(balances, "sell_place", sell_to_whoever_looked)
    sold = 0
    for _round in range(ROUNDS):
        time_machine.move_to(NOON, tick=False)
        orders = thirty_orders_for_one_seat()
        time_machine.move_to(LATE, tick=False)
        thirty_pay(Banks(live_server.url), orders)
        sold = Order.objects.filter(cohort=orders[0].cohort_id, state="paid").count()
        if sold > 1:
            break
    assert sold > 1


# --- a payment, and something else in the same moment


def two_payments(banks: Banks, order: Order) -> list[Work]:
    """One payment by card and its repetition, made on the order's day."""
    transaction = next(numbers)
    return [banks.card(order, at=order.placed_at, transaction=transaction) for _ in range(2)]


def beside_the_clock(banks: Banks, order: Order) -> list[Work]:
    after_midnight = end_of_day(order.placed_on) + timedelta(minutes=5)
    return [*two_payments(banks, order), *[partial(lapse_unpaid_orders, at=after_midnight)] * 2]


def beside_a_cancellation(banks: Banks, order: Order) -> list[Work]:
    cancel = partial(cancel_order, order=order, by="visitor", at=NOON)
    return [*two_payments(banks, order), cancel, cancel]


def beside_a_withdrawal(banks: Banks, order: Order) -> list[Work]:
    owner = an_owner()
    edition = Edition.objects.get()
    if edition.withdrawals.standing().exists():
        lift_withdrawal(edition=edition, reason="again", by=owner, at=NOON)
    withdraw = partial(withdraw_offer, edition=edition, reason="2.4", by=owner, at=NOON)
    return [*two_payments(banks, order), withdraw]


def beside_kaspi(banks: Banks, order: Order) -> list[Work]:
    txn_id = next(numbers)
    return [
        *two_payments(banks, order),
        *[banks.kaspi(order, at=order.placed_at, txn_id=txn_id)] * 2,
    ]


Beside = Callable[[Banks, Order], list[Work]]
# With what goes wrong first without protection: a state is written over another, or an order has
# money twice.
BESIDE: dict[Beside, str] = {
    beside_the_clock: "O2",
    beside_a_cancellation: "O2",
    beside_a_withdrawal: "O2",
    beside_kaspi: "M4",
}
ids = [each.__name__ for each in BESIDE]


def race(url: str, beside: Beside) -> tuple[Banks, Order, list[Any]]:
    """Pay an order, and let something else happen in the same moment; return what came of it."""
    banks = Banks(url)
    cohort = a_cohort(seats=1)
    banks.told.seats[cohort.pk] = 1
    order = a_placed_order(cohort=cohort, at=NOON)
    an_attempt(order)
    works = beside(banks, order)
    came_to = at_once(works, errors=Exception)
    order.refresh_from_db()
    return banks, order, came_to


@pytest.mark.clause("2.4", "4.3", "4.4")
@pytest.mark.parametrize("beside", BESIDE, ids=ids)
def test_a_payment_and_in_the_same_moment(transactional_db, live_server, time_machine, beside):
    time_machine.move_to(NOON, tick=False)
    for _round in range(5):
        banks, order, came_to = race(live_server.url, beside)
        assert failures(came_to) == []
        assert banks.faults() == []
        if beside != beside_a_withdrawal:  # there the money waits when staff were first
            assert order.state == "paid"


@pytest.mark.faults
@pytest.mark.parametrize(("beside", "name"), BESIDE.items(), ids=ids)
def test_without_locks_and_constraints_it_goes_wrong(
    transactional_db, live_server, time_machine, unprotected, beside, name
):
    """The control: the test above can fail."""
    time_machine.move_to(NOON, tick=False)
    faults: list[str] = []
    for _round in range(ROUNDS):
        banks, _order, _came_to = race(live_server.url, beside)
        faults = [fault for fault in banks.faults() if fault.startswith(name)]
        if faults:
            break
    assert faults
