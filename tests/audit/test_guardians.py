"""What the audit asks of a minor's order (A7)."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from enrollment.models import Order, PartyKind
from enrollment.operations.ordering.orders import lapse_order
from enrollment.operations.ordering.reopening import reopen_order
from offer_site.audit.guardians import minors_have_a_consent_before_the_contract
from tests.audit.tampering import sql
from tests.given import NOON, a_placed_order, an_application, an_owner

pytestmark = [pytest.mark.django_db, pytest.mark.clause("1.1")]
TOMORROW = NOON + timedelta(days=1)
GROWN_UP_TOMORROW = date(2008, 11, 24)


@pytest.fixture
def order() -> Order:
    """Placed on the day before the learner is 18, lapsed, and reopened on the birthday."""
    application = an_application(kind=PartyKind.MINOR)
    learner = replace(application.learner, birth_date=GROWN_UP_TOMORROW)
    order = a_placed_order(application=replace(application, learner=learner))
    lapse_order(order=order, at=order.pay_before)
    day = TOMORROW.date()
    return reopen_order(order=order, day=day, reason="сұрады", by=an_owner(), at=TOMORROW)


def found() -> list[str]:
    return list(minors_have_a_consent_before_the_contract(TOMORROW))


def test_the_age_is_that_of_the_day_on_which_the_order_was_placed(order):
    assert order.placed_on == TOMORROW.date()
    assert found() == []


def test_who_was_18_when_the_order_was_placed_is_found(order):
    sql("UPDATE enrollment_learner SET birth_date = %s", date(2008, 11, 23))
    assert found() == [f"{order.code} is a minor's, whose age was not from 14 to 18"]
