"""What one person brought, that person alone does not hide from the second look (4.4, M12, M13)."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils.translation import override

from enrollment.rules.order_states import OrderState
from offer_site.journal.models import Entry
from payments.models import ReconciliationDifference, StatementLine
from payments.operations.reconciliation.differences import settle_difference
from payments.operations.statements.looks import note_not_at_the_bank
from payments.operations.statements.typed_transfers import TransferSeen, enter_transfer
from tests.given import NOON, a_placed_order, refusal
from tests.papers import a_document
from tests.payments.by_hand import a_clerk
from tests.payments.statements.scenes import (
    DAY,
    PAYER,
    an_operation,
    an_order_paid,
    bank_details,
)
from tests.payments.statements.test_second_look import brought, state_of
from tests.staff.conftest import a_member, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.clause("4.4")]

TUESDAY = NOON + timedelta(days=1)
WEDNESDAY = NOON + timedelta(days=2)


@pytest.fixture(autouse=True)
def _in_english():
    with override("en"):
        yield


# --- a typed transfer that an invented file repeats
def a_typed_line_freed_by_its_own_person():
    """One person types a transfer, and brings a file without sums that repeats it."""
    order = a_placed_order()
    bank_details()
    transfer = TransferSeen(
        documented_on=DAY,
        amount=Decimal(f"{order.price}.00"),
        payer="Тестова Г.",
        payer_id=PAYER,
        purpose=f"{order.code} оплата курса",
        number="15",
    )
    line = enter_transfer(
        transfer=transfer,
        reason="көрінді",
        document=a_document(),
        by=a_clerk("first"),
        at=TUESDAY,
        is_another=False,
    )
    file = brought(an_order_paid(order)).file
    assert state_of(order) == OrderState.PAID
    return order, line, file


def test_the_second_look_shows_a_typed_transfer_that_the_file_freed():
    order, line, file = a_typed_line_freed_by_its_own_person()
    owner = signed_in(a_member("owner"))
    page = owner.get(reverse("admin:payments_statementfile_seen", args=[file.pk])).text
    assert order.code in page
    button = reverse("admin:payments_statementline_not-found", args=[line.pk])
    page = owner.get(reverse("admin:payments_statementline_change", args=[line.pk])).text
    assert button in page


def test_a_later_true_file_names_a_typed_transfer_that_a_file_freed():
    line = a_typed_line_freed_by_its_own_person()[1]
    true = an_operation(purpose="аренда", amount="5.00", number=40)
    brought(true, closing="5.00", clerk="second", at=WEDNESDAY)
    assert ReconciliationDifference.objects.open().get().reference == line.fingerprint


# --- what is not at the bank
def test_who_brought_a_receipt_does_not_settle_that_it_is_not_at_the_bank():
    brought(an_order_paid(a_placed_order()))
    line = StatementLine.objects.get()
    note_not_at_the_bank(line=line, reason="Банкте жоқ", by=a_clerk("second"), at=TUESDAY)
    difference = ReconciliationDifference.objects.get()
    with refusal():
        settle_difference(difference=difference, reason="бар", by=a_clerk("first"), at=TUESDAY)
    settle_difference(difference=difference, reason="бар", by=a_clerk("third"), at=TUESDAY)
    assert not ReconciliationDifference.objects.open().exists()


def test_what_was_settled_is_not_found_once_more():
    brought(an_order_paid(a_placed_order()))
    line = StatementLine.objects.get()
    note_not_at_the_bank(line=line, reason="Банкте жоқ", by=a_clerk("second"), at=TUESDAY)
    difference = ReconciliationDifference.objects.get()
    settle_difference(difference=difference, reason="бар", by=a_clerk("third"), at=TUESDAY)
    note_not_at_the_bank(line=line, reason="Қайта жоқ", by=a_clerk("second"), at=WEDNESDAY)
    again = ReconciliationDifference.objects.open().get()
    assert (again.pk, again.found_at) == (difference.pk, WEDNESDAY)
    assert (again.settled_by, again.reason) == ("", "")
    assert Entry.objects.filter(verb="statement_line.not_found").count() == 2
