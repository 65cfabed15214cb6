"""The sandbox's internet bank: what it gives is a statement that the shop takes like any bank's."""

import pytest
from django.test import Client
from django.urls import reverse

from enrollment.models import Academy
from enrollment.rules.order_states import OrderState
from payments.operations.statements.imports import import_statement
from tests.given import NOON, a_placed_order
from tests.payments.statements.scenes import DAY, bank_details


def a_transfer(order, **values):
    told = {
        "purpose": f"{order.code} оплата курса",
        "amount": f"{order.price},00",
        "day": DAY.isoformat(),
        "payer": "Әбілқасымова Гүлнұр",
        "payer_id": "900101300811",
    }
    return Client().post(reverse("sandbox_bank"), told | values)


@pytest.mark.clause("4.4")
def test_its_statement_pays_the_order_that_it_names(db):
    order = a_placed_order()
    bank_details()
    answer = a_transfer(order)
    assert (
        answer.headers["Content-Disposition"] == 'attachment; filename="statement-2026-11-23.txt"'
    )
    report = import_statement(content=answer.content, name="statement.txt", by="system", at=NOON)
    assert report.matched == (order.code,)
    order.refresh_from_db()
    assert order.state == OrderState.PAID
    assert order.statement_lines.get().facts["payer"] == "Әбілқасымова Гүлнұр"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("amount", "0"),
        ("amount", "дорого"),
        ("day", "вчера"),
        ("payer_id", "9001"),
        ("purpose", ""),
    ],
)
def test_what_is_no_payment_order_is_said_at_its_field(db, field, value):
    order = a_placed_order()
    bank_details()
    answer = a_transfer(order, **{field: value})
    assert list(answer.context["form"].errors) == [field]


def test_without_the_academys_account_there_is_nowhere_to_transfer(db):
    order = a_placed_order()
    Academy.objects.update(iban="")
    assert "form" in a_transfer(order).context
    assert b"<form" not in Client().get(reverse("sandbox_bank")).content
