"""The cabinet of a company: thirty contracts cost as many questions to the database as three."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from enrollment.models import Clarification
from offer_site.accounts.models import User
from offer_site.pages.cabinet import contracts_of
from tests.enrollment.clarification.test_company_clarifications import a_doubtful_invoice
from tests.enrollment.clarifications import NO_HOUSE
from tests.given import NOON

pytestmark = pytest.mark.django_db


def page(client, count: int, email: str) -> int:
    """Open the cabinet of a company with so many learners; return how much was asked."""
    a_doubtful_invoice(count, email=email, address=NO_HOUSE)
    user, _is_new = User.objects.get_or_create(email=email)
    client.force_login(user)
    client.get("/kk/cabinet/")
    with CaptureQueriesContext(connection) as questions:
        response = client.get("/kk/cabinet/")
    assert response.status_code == 200
    assert len(contracts_of(user, at=NOON)) == count
    return len(questions)


def test_contracts_cost_no_questions(client, settings):
    settings.CELERY_TASK_ALWAYS_EAGER = True
    few = page(client, 3, "few@example.kz")
    assert page(client, 15, "many@example.kz") == few
    assert Clarification.objects.count() == 2
