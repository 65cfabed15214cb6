"""The ledger is evidence: on both engines the database itself refuses to change it."""

import shutil
import sqlite3
from contextlib import closing
from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from enrollment.rules.order_states import OrderState
from payments.models import Allocation, LedgerEntry, Outcome, ProviderMessage
from payments.operations.ledger.receipts import record_receipt
from payments.operations.paying.messages import handle_unhandled_messages
from tests.given import NOON, a_paid_order, a_placed_order, a_receipt, an_owner
from tests.payments.bank import the_bank_knows
from tests.payments.notifications import a_notification, an_attempt, answer
from tests.sites import stocked_sqlite

TABLES = ("payments_ledgerentry", "payments_allocation")
CHANGES = ("UPDATE {0} SET amount = amount + 1", "DELETE FROM {0}")


def test_postgresql_refuses_to_change_it(transactional_db):
    a_paid_order()
    for table in TABLES:
        for change in (*CHANGES, "TRUNCATE {0} CASCADE"):
            with pytest.raises(DatabaseError, match="is evidence"), connection.cursor() as cursor:
                cursor.execute(change.format(table))
    assert LedgerEntry.objects.count() == Allocation.objects.count() == 1


def test_sqlite_refuses_to_change_it(tmp_path):
    shutil.copy(stocked_sqlite() / "site.sqlite3", tmp_path)
    with closing(sqlite3.connect(tmp_path / "site.sqlite3")) as session:
        session.execute("PRAGMA foreign_keys = OFF")
        session.execute(
            "INSERT INTO payments_ledgerentry (id, provider, reference, kind, amount, currency, "
            "method, happened_at,"
            " recorded_at, invoice_id, refunds_reference)"
            " VALUES (1, 'card', '1', 'receipt', 5, 'KZT', '', '2026-11-23', '2026-11-23', '', '')"
        )
        session.execute(
            "INSERT INTO payments_allocation (id, entry_id, order_id, number, amount, at, by)"
            " VALUES (1, 1, 1, 1, 5, '2026-11-23', '')"
        )
        for table in TABLES:
            for change in CHANGES:
                with pytest.raises(sqlite3.IntegrityError, match="is evidence"):
                    session.execute(change.format(table))


def test_the_application_refuses_too(db):
    order = a_paid_order()
    for row in (LedgerEntry.objects.get(), order.allocations.get()):
        with pytest.raises(TypeError):
            row.save()
        with pytest.raises(TypeError):
            row.delete()


def test_a_receipt_is_allocated_once(db):
    order = a_paid_order()
    other = a_placed_order()
    entry = LedgerEntry.objects.get()
    for receiver in (order, other):
        with pytest.raises(IntegrityError), transaction.atomic():
            Allocation.objects.create(entry=entry, order=receiver, amount=1, at=NOON, by="system")


def test_a_receipt_recorded_again_is_known_and_one_that_differs_a_conflict(db):
    order = a_placed_order()
    receipt = a_receipt(order)
    outcomes = [record_receipt(receipt=receipt, order_code=order.code, at=NOON) for _ in range(2)]
    assert outcomes == [Outcome.APPLIED, Outcome.REPEATED]
    other = a_receipt(order, amount=1, reference=receipt.reference)
    assert record_receipt(receipt=other, order_code=order.code, at=NOON) == Outcome.CONFLICT
    assert record_receipt(receipt=other, at=NOON) == Outcome.CONFLICT
    assert LedgerEntry.objects.count() == 1


# --- messages that a crash left
def test_a_stored_message_that_nobody_handled_is_found_by_the_sweep(db):
    order = a_placed_order()
    an_attempt(order)
    answer("pay", a_notification(order, Status="Authorized", transaction=1))
    the_bank_knows("pay", a_notification(order))
    ProviderMessage.objects.create(
        provider="card",
        kind="pay",
        reference="504",
        body=a_notification(order).decode(),
        body_sha256="0" * 64,
        received_at=NOON,
    )
    ProviderMessage.objects.create(
        provider="card",
        kind="check",
        reference="504",
        body=a_notification(order).decode(),
        body_sha256="0" * 64,
        received_at=NOON,
    )
    assert handle_unhandled_messages(at=NOON + timedelta(minutes=1)) == []
    done = handle_unhandled_messages(at=NOON + timedelta(minutes=6))
    assert [(message.kind, made.outcome) for message, made in done] == [
        ("pay", Outcome.APPLIED),
        ("check", Outcome.REFUSED),
    ]
    order.refresh_from_db()
    assert order.state == OrderState.PAID
    assert handle_unhandled_messages(at=NOON + timedelta(hours=1)) == []
    assert answer("pay", a_notification(order)) == 0
    assert LedgerEntry.objects.count() == 1


def test_staff_read_money_and_change_none(admin_client_of_owner):
    order = a_paid_order()
    an_attempt(order)
    answer("pay", a_notification(order, transaction=9))
    for name in ("payment", "ledgerentry", "allocation", "providermessage"):
        page = admin_client_of_owner.get(
            f"/admin/payments/{name}/", {"waits": "yes"} if name[0] in "l" else {}
        )
        assert page.status_code == 200
        assert admin_client_of_owner.get(f"/admin/payments/{name}/add/").status_code == 403
    entry = LedgerEntry.objects.waiting().get()
    page = admin_client_of_owner.get(f"/admin/payments/ledgerentry/{entry.pk}/change/")
    assert page.status_code == 200
    assert 'name="_save"' not in page.content.decode()
    assert (
        admin_client_of_owner.post(
            f"/admin/payments/ledgerentry/{entry.pk}/change/", {}
        ).status_code
        == 403
    )


@pytest.fixture
def admin_client_of_owner(client, db):
    client.force_login(an_owner())
    return client
