"""A question about a company stops the terms of 9.1 of the other orders of its invoice (9.5).

Whoever may ask it locks all orders of the invoice in the order of their keys, as everybody does who
takes an invoice as a whole: else the two wait for each other in a circle.
"""

from datetime import timedelta
from functools import partial

import pytest
from django.db import OperationalError

from certificates.operations.issuing import reserve_certificate
from enrollment.models import Clarification, Deadline, Invoice, Party
from enrollment.models.order import OrderQuerySet
from enrollment.operations.corrections.contacts import correct_contacts
from enrollment.operations.ordering.invoices import lapse_invoice
from enrollment.operations.training.enrollments import complete_enrollment
from offer_site.days import start_of_day
from payments.operations.ledger.manual import approve_manual_receipt
from tests.at_once import at_once
from tests.enrollment.clarifications import NO_HOUSE
from tests.enrollment.company import a_placed_invoice
from tests.given import NOON, a_cohort, a_receipt, an_owner, receive
from tests.payments.by_hand import a_clerk, entered
from tests.payments.kaspi import a_payment, result
from tests.services import on_sqlite

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.clause("9.5"),
    pytest.mark.skipif(on_sqlite(), reason="SQLite has one writer at a time"),
]
ROUNDS = 6


@pytest.fixture(autouse=True)
def without_broker(settings):
    settings.CELERY_TASK_ALWAYS_EAGER = True


@pytest.fixture
def cohort(transactional_db, time_machine):
    """A cohort that is over: the clock stands at noon of its last day."""
    cohort = a_cohort(seats=20)
    time_machine.move_to(noon_after(cohort), tick=False)
    return cohort


def noon_after(cohort):
    return start_of_day(cohort.ends_on) + timedelta(hours=12)


def an_invoice(cohort, *, accepted):
    """Two orders of a company; those accepted are completed, and their certificates are due."""
    invoice = a_placed_invoice(2, cohort=cohort)
    first, second = invoice.orders.order_by("pk")
    for order in (first, second)[:accepted]:
        receive(a_receipt(order), order)
        at = noon_after(cohort)
        complete_enrollment(enrollment=order.enrollment, by=an_owner(), at=at)
    assert not Clarification.objects.filter(invoice=invoice).exists()
    return invoice, second


def an_order_without_a_house(cohort):
    """Of the second order nothing came yet, and its address was changed meanwhile."""
    invoice, second = an_invoice(cohort, accepted=1)
    at = noon_after(cohort)
    phone = second.party.phone
    correct_contacts(order=second, phone=phone, address=NO_HOUSE, by="staff:1", at=at)
    return invoice, second


def accepted_by_kaspi(cohort):
    invoice, second = an_order_without_a_house(cohort)
    return invoice, partial(result, a_payment(second, txn_id=f"{second.pk}"))


def accepted_by_hand(cohort):
    invoice, second = an_order_without_a_house(cohort)
    seen = entered(second, reference=f"QR-{second.pk}", at=noon_after(cohort))
    by = a_clerk("second")
    return invoice, partial(approve_manual_receipt, receipt=seen, by=by, at=noon_after(cohort))


def numbered(cohort):
    """The second order's address was emptied after its contract was concluded."""
    invoice, second = an_invoice(cohort, accepted=2)
    Party.objects.filter(order=second).update(address="")
    at = noon_after(cohort) + timedelta(hours=1)
    return invoice, partial(reserve_certificate, enrollment_id=second.enrollment.pk, at=at)


DOORS = [accepted_by_kaspi, accepted_by_hand, numbered]


def take_as_a_whole(invoice: Invoice) -> None:
    """Nothing of it lapses: its day is not over by this clock."""
    for _time in range(60):
        lapse_invoice(invoice=invoice, at=NOON)


def circles(door, cohort) -> list[Exception]:
    invoice, ask = door(cohort)
    whole = partial(take_as_a_whole, invoice)
    results = at_once([ask, whole, whole], errors=OperationalError)
    failed = [each for each in results if isinstance(each, OperationalError)]
    if failed:
        return failed  # whoever was rolled back may be the one that asks
    question = Clarification.objects.get(invoice=invoice)
    stopped = Deadline.objects.filter(clause="9.1").exclude(stopped_for="")
    others = stopped.filter(order__invoice=invoice).exclude(order=question.order)
    assert others.exists()
    return failed


@pytest.mark.parametrize("door", DOORS)
def test_a_question_first_found_now_and_an_invoice_as_a_whole_wait_in_no_circle(door, cohort):
    for _round in range(2):
        assert circles(door, cohort) == []


@pytest.mark.faults
@pytest.mark.parametrize("door", DOORS)
def test_control_with_the_order_alone_locked_they_wait_in_a_circle(door, cohort, monkeypatch):
    monkeypatch.setattr(OrderQuerySet, "lock_beside", lambda self, **which: None)
    for _round in range(ROUNDS):
        if any("deadlock" in str(each) for each in circles(door, cohort)):
            return
    pytest.fail("they never waited in a circle: the test could not fail")
