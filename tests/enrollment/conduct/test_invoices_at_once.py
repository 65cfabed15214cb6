"""The orders of an invoice are locked in the order of their keys, however a contract ends."""

from functools import partial

import pytest
from django.db import OperationalError

from enrollment.models import Clarification, Invoice
from enrollment.models.order import OrderQuerySet
from enrollment.operations.clarification.questions import mark_answer_read
from enrollment.operations.endings.provider import approve_provider_ending
from enrollment.operations.ordering.invoices import lapse_invoice
from enrollment.rules.endings import Ground
from tests.at_once import at_once
from tests.enrollment.clarifications import NO_HOUSE
from tests.enrollment.company import a_placed_invoice
from tests.enrollment.conduct.scenes import HOUR, a_breach, an_ending, reviewer
from tests.given import NOON, a_cohort, a_receipt, receive
from tests.services import on_sqlite

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.clause("9.5"),
    pytest.mark.skipif(on_sqlite(), reason="SQLite has one writer at a time"),
]
ROUNDS = 8
AT = NOON + 48 * HOUR


@pytest.fixture(autouse=True)
def without_broker(settings):
    settings.CELERY_TASK_ALWAYS_EAGER = True


def take_as_a_whole(invoice: Invoice) -> None:
    """Lock its orders in the order of their keys, many times; nothing of it lapses."""
    for _time in range(60):
        lapse_invoice(invoice=invoice, at=NOON)


def an_end_and_a_question_at_once() -> list[Exception]:
    """The question about the company stands under the order that was paid first, the second.

    The end of that order's contract asks it anew under the first.
    """
    invoice = a_placed_invoice(2, cohort=a_cohort(seats=20), address=NO_HOUSE)
    first, second = invoice.orders.order_by("pk")
    for order in (second, first):
        receive(a_receipt(order), order)
    question = Clarification.objects.open().get(order=second)
    a_breach(second, at=AT)
    ending = an_ending(second, 1, ground=Ground.ONE, at=AT)
    by = reviewer()
    approve = partial(approve_provider_ending, ending=ending, by=by, at=AT + HOUR)
    read = partial(mark_answer_read, question=question, by=by, at=AT + HOUR)
    whole = partial(take_as_a_whole, invoice)
    results = at_once([approve, read, whole, whole], errors=OperationalError)
    return [each for each in results if isinstance(each, OperationalError)]


def test_an_end_and_a_question_at_once_wait_for_each_other_in_no_circle():
    for _round in range(2):
        assert an_end_and_a_question_at_once() == []


@pytest.mark.faults
def test_control_with_the_order_alone_locked_they_wait_in_a_circle(monkeypatch):
    monkeypatch.setattr(
        OrderQuerySet, "beside", lambda self, **which: self.filter(**which).order_by("pk")
    )
    for _round in range(ROUNDS):
        if any("deadlock" in str(each) for each in an_end_and_a_question_at_once()):
            return
    pytest.fail("they never waited in a circle: the test could not fail")
