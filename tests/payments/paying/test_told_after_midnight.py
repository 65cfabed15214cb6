"""Paid in the last second of the day and told of after it, with the clock's job in between:
through each door (O3).
"""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.core.management import call_command

from enrollment.models import Order, Place
from offer_site.days import almaty_day
from offer_site.journal.models import Entry
from payments.models import LedgerEntry, LineState, StatementLine
from tests.given import NOON, a_cohort, a_placed_order
from tests.payments import kaspi
from tests.payments.notifications import a_notification, an_attempt, answer
from tests.payments.statements.scenes import a_statement, an_order_paid, bank_details

LAST_SECOND = datetime.fromisoformat("2026-11-23T23:59:59+05:00")
MIDNIGHT = LAST_SECOND + timedelta(seconds=1)
SWEPT = MIDNIGHT + timedelta(minutes=5)
TOLD = MIDNIGHT + timedelta(minutes=10)


def by_card(order: Order, paid_at: datetime, folder: Path) -> None:
    an_attempt(order)
    assert answer("pay", a_notification(order, at=paid_at, transaction=order.pk)) == 0


def by_kaspi(order: Order, paid_at: datetime, folder: Path) -> None:
    assert kaspi.result(kaspi.a_payment(order, at=paid_at, txn_id=str(order.pk))) == 0


def by_statement(order: Order, paid_at: datetime, folder: Path) -> None:
    """A bank's file has the day of the payment order, and no hour."""
    bank_details()
    day = almaty_day(paid_at)
    path = folder / f"{order.code}.txt"
    path.write_bytes(a_statement([an_order_paid(order, day=day, number=order.pk)], day=day))
    with suppress(SystemExit):  # it says that something waits for a person
        call_command("import_statement", str(path))


Tell = Callable[[Order, datetime, Path], None]
every_door = pytest.mark.parametrize(
    "tell", [by_card, by_kaspi, by_statement], ids=["card", "kaspi", "statement"]
)


@pytest.fixture
def lapsed(db, time_machine) -> Order:
    """An order for the only seat, placed at noon;
    at five past midnight the clock's job let it lapse.
    """
    time_machine.move_to(NOON, tick=False)
    order = a_placed_order(cohort=a_cohort(seats=1))
    time_machine.move_to(SWEPT, tick=False)
    call_command("lapse_unpaid_orders")
    order.refresh_from_db()
    assert order.state == "lapsed"
    assert not Place.objects.filter(order=order).exists()
    time_machine.move_to(TOLD, tick=False)
    return order


def waits(order: Order) -> bool:
    """Say whether the money is kept for a person, in the ledger or on its line,
    and moved nothing.
    """
    order.refresh_from_db()
    lines = StatementLine.objects.filter(state=LineState.UNMATCHED, amount=order.price).count()
    assert order.state == "lapsed"
    assert not order.allocations.exists()
    assert not hasattr(order, "acceptance")
    return LedgerEntry.objects.waiting().filter(amount=order.price).count() + lines == 1


@pytest.mark.clause("4.3")
@every_door
def test_it_settles_the_lapsed_order_while_its_seat_is_free(lapsed, tmp_path, tell: Tell):
    tell(lapsed, LAST_SECOND, tmp_path)
    lapsed.refresh_from_db()
    assert lapsed.state == "paid"
    assert almaty_day(lapsed.acceptance.accepted_at) == lapsed.placed_on
    assert lapsed.acceptance.recorded_at == TOLD
    assert Place.objects.get().order == lapsed
    assert Place.objects.get().held_until is None
    assert LedgerEntry.objects.get().amount == lapsed.price


@pytest.mark.clause("4.3", "4.6")
@pytest.mark.parametrize("is_paid", [True, False], ids=["sold", "held"])
@every_door
def test_it_waits_for_a_person_when_the_seat_is_taken(
    lapsed, tmp_path, time_machine, tell: Tell, is_paid
):
    time_machine.move_to(SWEPT + timedelta(minutes=1), tick=False)
    other = a_placed_order(cohort=lapsed.cohort, package="ozim", at=SWEPT + timedelta(minutes=1))
    if is_paid:
        by_kaspi(other, SWEPT + timedelta(minutes=2), tmp_path)
    time_machine.move_to(TOLD, tick=False)
    tell(lapsed, LAST_SECOND, tmp_path)
    assert waits(lapsed)
    other.refresh_from_db()
    assert other.state == ("paid" if is_paid else "awaiting_payment")
    assert Place.objects.get().order == other


@pytest.mark.clause("4.3", "4.6")
@every_door
def test_it_settles_when_the_next_one_let_the_hold_of_the_seat_run_out(
    lapsed, tmp_path, time_machine, tell: Tell
):
    other = a_placed_order(cohort=lapsed.cohort, at=TOLD)
    time_machine.move_to(TOLD + timedelta(minutes=30), tick=False)
    tell(lapsed, LAST_SECOND, tmp_path)
    lapsed.refresh_from_db()
    assert lapsed.state == "paid"
    assert Place.objects.get().order == lapsed
    other.refresh_from_db()
    assert other.state == "awaiting_payment"


@pytest.mark.clause("4.3")
@every_door
def test_money_of_the_next_day_waits_though_the_seat_is_free(lapsed, tmp_path, tell: Tell):
    tell(lapsed, MIDNIGHT, tmp_path)
    assert waits(lapsed)
    assert Place.objects.get().order is None


@pytest.mark.clause("4.3")
@every_door
@pytest.mark.parametrize(
    ("paid_at", "state"), [(LAST_SECOND, "paid"), (MIDNIGHT, "awaiting_payment")]
)
def test_a_late_clock_changes_neither(db, tmp_path, time_machine, tell: Tell, paid_at, state):
    """The job has not run: the order is unpaid still,
    and money is judged by its own time all the same.
    """
    time_machine.move_to(NOON, tick=False)
    order = a_placed_order(cohort=a_cohort(seats=1))
    time_machine.move_to(TOLD, tick=False)
    tell(order, paid_at, tmp_path)
    order.refresh_from_db()
    assert order.state == state
    call_command("lapse_unpaid_orders")
    order.refresh_from_db()
    assert order.state == ("paid" if state == "paid" else "lapsed")
    assert Entry.objects.of_order(order.code).filter(verb="order.lapsed").count() == (
        state != "paid"
    )
