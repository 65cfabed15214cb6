"""How many statements the busiest pages ask of the database: the same number,
however many orders there are.
"""

import re
from collections.abc import Callable

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from enrollment.models import Cohort
from tests.given import NOON, a_cohort, a_paid_order, a_placed_order

ORDERS = 30
CHECKOUT = "/kk/checkout/birge/"
FORM = {
    "kind": "person",
    "surname": "Сейітқали",
    "name": "Әлия",
    "phone": "+7 701 000 00 00",
    "email": "aliya@example.kz",
    "address": "Шымкент қаласы, Тәуке хан даңғылы, 1",
    "consent_truth": "on",
    "consent_contract": "on",
}


def statements(ask: Callable[[], HttpResponse], *, status: int) -> list[str]:
    """Return what the request asked, BEGIN and COMMIT included."""
    with CaptureQueriesContext(connection) as asked:
        assert ask().status_code == status
    return [query["sql"] for query in asked]


def sell(cohort: Cohort) -> None:
    for number in range(ORDERS):
        (a_paid_order if number % 3 else a_placed_order)(cohort=cohort)


def an_order_form(client: Client) -> dict[str, str]:
    page = client.get(CHECKOUT).content.decode()
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page)) | FORM


@pytest.fixture
def noon(time_machine) -> None:
    time_machine.move_to(NOON, tick=False)


@pytest.mark.parametrize(("path", "most"), [("/kk/", 3), ("/ru/", 3), (CHECKOUT, 3)])
def test_a_page_asks_as_much_with_thirty_orders_as_with_none(db, noon, client, path, most):
    cohort = a_cohort(seats=ORDERS + 10)
    with_none = statements(lambda: client.get(path), status=200)
    sell(cohort)
    with_thirty = statements(lambda: client.get(path), status=200)
    assert len(with_none) == len(with_thirty) <= most
    assert with_none == with_thirty


def test_placing_an_order_asks_as_much_with_thirty_orders_as_with_none(transactional_db, noon):
    cohort = a_cohort(seats=2 * ORDERS + 10)
    counts = []
    an_order_of_the_hour = Client()
    form = an_order_form(an_order_of_the_hour)
    assert an_order_of_the_hour.post(CHECKOUT, form).status_code == 302
    for email in ("first@example.kz", "second@example.kz"):
        client = Client()
        form = an_order_form(client) | {"email": email}
        counts.append(len(statements(lambda: client.post(CHECKOUT, form), status=302)))  # noqa: B023  called at once
        sell(cohort)
    # SQLite inserts each table by a statement of its own.
    most = 14 if connection.vendor == "postgresql" else 17
    assert counts[0] == counts[1] <= most
