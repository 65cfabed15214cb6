"""The arithmetic of refunds: tables alone."""

from datetime import timedelta
from decimal import Decimal

import pytest

from payments.rules.refunds import Part, calculate, spread
from tests.given import NOON

pytestmark = pytest.mark.clause("4.6")


def a_part(key=1, *, share=100, taken=0, made=0, free=None, days=0):
    free = share - taken - made if free is None else free
    return Part(
        key, *(Decimal(each) for each in (share, taken, made, free)), NOON + timedelta(days=days)
    )


@pytest.mark.parametrize(
    ("part", "left"),
    [
        (a_part(), 100),
        (a_part(taken=30), 70),
        (a_part(taken=30, made=20), 50),
        (a_part(free=40), 40),  # what of the receipt belongs to others went elsewhere
        (a_part(taken=100, made=10), 0),
        (a_part(share=0), 0),
    ],
)
def test_what_is_left_of_a_receipt(part, left):
    assert part.left == left


@pytest.mark.parametrize(
    ("costs", "taken", "most", "by_the_law"),
    [
        ([], 0, 100, 100),
        ([30], 0, 100, 70),
        ([30, "10.50"], 20, 80, Decimal("39.50")),
        ([200], 0, 100, 0),
    ],
)
def test_the_calculation_of_a_case(costs, taken, most, by_the_law):
    calculation = calculate([a_part(taken=taken)], [Decimal(cost) for cost in costs])
    assert (calculation.received, calculation.most, calculation.by_the_law) == (
        100,
        most,
        by_the_law,
    )


@pytest.mark.parametrize(
    ("taken", "granted", "whole"), [(0, 100, True), (0, 99, False), (40, 60, True), (40, 59, False)]
)
def test_a_refund_of_the_whole_leaves_nothing_of_what_was_received(taken, granted, whole):
    assert calculate([a_part(taken=taken)], []).is_whole(Decimal(granted)) is whole


def test_of_nothing_received_nothing_is_the_whole():
    assert not calculate([], []).is_whole(Decimal(0))


@pytest.mark.parametrize(
    ("amount", "payouts"),
    [
        (0, []),
        (40, [(2, 40)]),
        (100, [(2, 100)]),
        (130, [(2, 100), (1, 30)]),
        (200, [(2, 100), (1, 100)]),
        (201, None),
    ],
)
def test_the_newest_receipt_goes_back_first(amount, payouts):
    assert spread(Decimal(amount), [a_part(1), a_part(2, days=1)]) == payouts
