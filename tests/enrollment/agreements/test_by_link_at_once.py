"""Two students of a company answer by their letters' links in one moment (12.4)."""

from functools import partial

import pytest
from django.db import OperationalError

from enrollment.models import EndingProposal, LinkAnswer
from enrollment.models.order import OrderQuerySet
from enrollment.operations.agreements.by_link import answer_by_link
from enrollment.rules.sides import Side
from tests.at_once import at_once
from tests.enrollment.agreements.scenes import answered
from tests.enrollment.company import a_placed_invoice
from tests.enrollment.conduct.scenes import SOON, STARTS_ON, a_proposal
from tests.given import a_cohort, a_receipt, receive
from tests.services import on_sqlite

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.clause("12.4"),
    pytest.mark.usefixtures("short_contracts"),
    pytest.mark.skipif(on_sqlite(), reason="SQLite has one writer at a time"),
]
ROUNDS = 8


@pytest.fixture(autouse=True)
def without_broker(settings):
    settings.CELERY_TASK_ALWAYS_EAGER = True


def answers_at_once() -> list[Exception]:
    """Both orders of an invoice end by agreement; the transaction is tried once, not again."""
    invoice = a_placed_invoice(2, cohort=a_cohort(seats=20, starts_on=STARTS_ON))
    orders = list(invoice.orders.order_by("pk"))
    for order in orders:
        receive(a_receipt(order), order)
        a_proposal(order, side=Side.ACADEMY)
    once = answer_by_link.__wrapped__
    works = [partial(answered, order, "ending", 1, at=SOON, answer=once) for order in orders]
    results = at_once(works, errors=OperationalError)
    failed = [each for each in results if isinstance(each, OperationalError)]
    assert LinkAnswer.objects.filter(order__in=orders).count() == len(orders) - len(failed)
    agreed = EndingProposal.objects.filter(order__in=orders, answer="accepted")
    assert agreed.count() == len(orders) - len(failed)
    return failed


def test_two_answers_about_one_invoice_wait_for_each_other_in_no_circle():
    for _round in range(3):
        assert answers_at_once() == []


@pytest.mark.faults
def test_control_with_the_order_alone_locked_they_wait_in_a_circle(monkeypatch):
    monkeypatch.setattr(OrderQuerySet, "lock_beside", lambda self, **which: None)
    for _round in range(ROUNDS):
        if any("deadlock" in str(each) for each in answers_at_once()):
            return
    pytest.fail("they never waited in a circle: the test could not fail")
