"""The whole price for an order by halves pays the order, by whatever way it comes (4.3, 4.3.1)."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from enrollment.models import Order
from enrollment.operations.ordering.orders import lapse_unpaid_orders
from enrollment.rules.order_states import OrderState
from offer_site.days import end_of_day
from offer_site.notices.kinds import NoticeKind
from offer_site.notices.models import Notice
from payments.models import LedgerEntry, StatementLine
from payments.operations.ledger.allocations import give_to_order, reopen_with_money
from payments.operations.ledger.manual import approve_manual_receipt
from payments.operations.ledger.receipts import received_by
from payments.operations.reconciliation.kaspi_registry import import_kaspi_registry
from payments.operations.statements.lines import apply_line
from payments.rules.matching import Doubt
from tests.given import NOON, an_owner
from tests.payments.by_hand import a_clerk, entered
from tests.payments.kaspi import TXN, a_payment, result
from tests.payments.registries import a_registry, a_row
from tests.payments.statements.scenes import DAY, an_operation
from tests.payments.statements.test_told_again import (
    NINE,
    TOMORROW,
    an_order_by_halves,
    half_of,
    state_of,
    told,
)
from tests.payments.waiting import REASON, money_that_waits
from tests.staff.conftest import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.clause("4.3", "4.3.1")]


def whole(order: Order, **wishes: object) -> str:
    return half_of(order, **{"amount": f"{order.price}.00"} | wishes)


@pytest.mark.parametrize(("package", "level"), NINE)
def test_a_transfer_of_the_whole_price_pays_each_tariff(package, level):
    order = an_order_by_halves(package, level)
    assert told(whole(order)).matched == (order.code,)
    assert state_of(order) == OrderState.PAID
    order.refresh_from_db()
    assert order.acceptance.amount == order.price
    assert received_by(order) == order.price
    assert not LedgerEntry.objects.waiting().exists()
    assert Notice.objects.filter(kind=NoticeKind.CONTRACT_CONCLUDED).count() == 1


def test_it_counts_for_a_lapsed_order_of_its_day():
    order = an_order_by_halves()
    lapse_unpaid_orders(at=end_of_day(DAY))
    assert told(whole(order)).matched == (order.code,)
    assert state_of(order) == OrderState.PAID


@pytest.mark.parametrize("off", [-1, 1])
def test_a_sum_between_waits(off):
    order = an_order_by_halves()
    report = told(whole(order, amount=f"{order.price + off}.00"))
    assert report.waiting == {Doubt.WRONG_AMOUNT: 1}
    assert state_of(order) == OrderState.AWAITING_PAYMENT


def test_a_whole_price_beside_a_half_that_came_waits_as_more_than_is_due():
    order = an_order_by_halves()
    told(half_of(order))
    report = told(whole(order, number=16))
    assert report.waiting == {Doubt.WRONG_AMOUNT: 1}
    assert state_of(order) == OrderState.PREPAID


def test_staff_give_a_nameless_one_and_see_nothing_against_it():
    order = an_order_by_halves()
    told(an_operation(purpose="курс", amount=f"{order.price}.00"))
    line = StatementLine.objects.get()
    page = reverse("admin:payments_statementline_apply", args=[line.pk])
    assert order.code in signed_in(an_owner()).get(page).text
    apply_line(line=line, code=order.code, by=an_owner(), at=TOMORROW)
    assert state_of(order) == OrderState.PAID


def test_kaspi_takes_the_whole_price(time_machine):
    time_machine.move_to(NOON, tick=False)
    order = an_order_by_halves()
    assert result(a_payment(order, sum=f"{order.price}.00")) == 0
    assert state_of(order) == OrderState.PAID


def test_kaspis_registry_and_money_by_hand_take_it():
    order = an_order_by_halves()
    import_kaspi_registry(
        content=a_registry(a_row(TXN, order.code, f"{order.price}.00", "1")),
        name="day.csv",
        by="system",
        at=TOMORROW,
    )
    assert state_of(order) == OrderState.PAID
    other = an_order_by_halves()
    receipt = entered(other, amount=Decimal(other.price))
    approve_manual_receipt(receipt=receipt, by=a_clerk("second"), at=NOON)
    assert state_of(other) == OrderState.PAID


def test_money_of_the_ledger_is_given_whole_and_leaves_nothing_waiting():
    order = an_order_by_halves()
    entry = money_that_waits(order, amount=order.price, invoice="SM000000")
    give_to_order(entry=entry, code=order.code, reason=REASON, by=an_owner(), at=NOON)
    assert state_of(order) == OrderState.PAID
    assert not LedgerEntry.objects.waiting().exists()


def test_more_than_the_price_gives_the_half_and_leaves_the_excess_to_a_person():
    order = an_order_by_halves()
    entry = money_that_waits(order, amount=order.price + 1000, invoice="SM000000")
    give_to_order(entry=entry, code=order.code, reason=REASON, by=an_owner(), at=NOON)
    assert state_of(order) == OrderState.PREPAID


def test_a_lapsed_order_is_reopened_with_the_whole_price_of_another_day():
    order = an_order_by_halves()
    lapse_unpaid_orders(at=end_of_day(DAY))
    later = NOON + timedelta(days=2)
    entry = money_that_waits(order, amount=order.price, invoice="SM000000", at=later)
    reopen_with_money(entry=entry, code=order.code, reason=REASON, by=an_owner(), at=later)
    assert state_of(order) == OrderState.PAID
