"""A company's invoice and a question about the recipient leave nothing false behind,
at any step of them.
"""

from datetime import timedelta

import pytest

from certificates.operations import issue_due_certificates
from enrollment.models import Order
from enrollment.operations.ordering.orders import lapse_unpaid_orders
from enrollment.operations.training.enrollments import complete_cohort, open_performance_deadlines
from offer_site.days import end_of_day, start_of_day
from offer_site.journal.sealing import seal_journal
from tests.audit.asked import all_that_is_false
from tests.enrollment.clarifications import WHOLE, a_sent_question, answered
from tests.enrollment.company import a_placed_invoice
from tests.given import NOON, a_cohort, an_owner
from tests.payments.statements.scenes import DAY
from tests.payments.statements.test_invoice_settled import paid, told

pytestmark = pytest.mark.django_db


def test_an_invoice_that_was_settled_after_its_day_and_one_that_lapsed(settings):
    settings.CELERY_TASK_ALWAYS_EAGER = True
    cohort = a_cohort(seats=20)
    invoice = a_placed_invoice(7, cohort=cohort)
    a_placed_invoice(2, cohort=cohort, email="kense2@example.kz")
    assert len(lapse_unpaid_orders(at=end_of_day(DAY))) == 9
    assert all_that_is_false() == []
    told([paid(invoice, learners=7)])
    assert all_that_is_false() == []
    at = start_of_day(cohort.ends_on) + timedelta(hours=12)
    open_performance_deadlines(at=at)
    complete_cohort(cohort=cohort, excluded={}, by=an_owner(), at=at)
    assert {each.what for each in issue_due_certificates(at=at)} == {"issued"}
    seal_journal(at=at)
    assert all_that_is_false() == []


def test_a_question_open_and_answered():
    question = a_sent_question()
    assert all_that_is_false() == []
    answered(question, address=WHOLE)
    seal_journal(at=NOON + timedelta(days=4))
    assert all_that_is_false() == []
    assert Order.objects.get().party.address == WHOLE
