import re
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from enrollment.operations.links import order_link, pay_link
from tests.given import NOON, a_paid_order, a_placed_order
from tests.enrollment.halves.scenes import a_half_paid_order

@pytest.mark.parametrize("make", [a_placed_order, a_paid_order, a_half_paid_order])
def test_count(db, time_machine, make):
    time_machine.move_to(NOON, tick=False)
    order = make()
    c = Client(); c.get(order_link(order))
    c.get(order.get_absolute_url())
    for url in (order.get_absolute_url(), order.get_absolute_url()+"state/", pay_link(order)):
        with CaptureQueriesContext(connection) as asked:
            r = c.get(url)
        print(url, r.status_code, len(asked), r.content[:200] if "state" in url else "")
        for n, q in enumerate(asked.captured_queries, 1):
            s = q["sql"]
            s = re.sub(r"SELECT .*? FROM", "SELECT … FROM", s, count=1)
            print("  ", n, s[:130])
