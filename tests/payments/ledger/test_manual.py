"""Money by hand is entered by one person and approved by another, with its document,
and then a receipt (2.6, M12).
"""

from datetime import timedelta
from decimal import Decimal
from functools import partial

import pytest
from django.db import IntegrityError, transaction

from enrollment.models import Acceptance, Installment, Order
from enrollment.operations.ordering.orders import lapse_unpaid_orders
from enrollment.rules.order_states import OrderState
from offer_site.errors import RuleViolation
from offer_site.journal.models import Entry
from offer_site.journal.operations import actor
from payments.models import Allocation, LedgerEntry, ManualMethod, ManualReceipt, Outcome
from payments.operations.ledger.manual import (
    approve_manual_receipt,
    enter_manual_receipt,
    reject_manual_receipt,
    same_number_elsewhere,
)
from payments.operations.statements.imports import import_statement
from tests.at_once import at_once
from tests.enrollment.ordering.test_reports import reported
from tests.given import NOON, a_placed_order, a_receipt, receive, refusal
from tests.papers import a_document
from tests.payments.by_hand import a_clerk, entered, seen
from tests.payments.statements.scenes import a_statement, an_operation, an_order_paid, bank_details
from tests.payments.unprotected import take_the_protection_away

pytestmark = [pytest.mark.django_db, pytest.mark.clause("2.6")]
LATER = NOON + timedelta(hours=3)


def approved(receipt: ManualReceipt, *, at=LATER):
    return approve_manual_receipt(receipt=receipt, by=a_clerk("second"), at=at)


def state_of(order: Order) -> str:
    return Order.objects.get(pk=order.pk).state


@pytest.mark.clause("4.4")
def test_money_entered_by_one_counts_when_another_approves():
    order = a_placed_order()
    receipt = entered(order)
    assert state_of(order) == OrderState.AWAITING_PAYMENT
    assert not LedgerEntry.objects.exists()
    receipt, outcome = approved(receipt)
    entry = LedgerEntry.objects.get()
    assert outcome == Outcome.APPLIED
    assert (
        entry.provider,
        entry.reference,
        entry.method,
        entry.amount,
        entry.happened_at,
        entry.invoice_id,
    ) == (
        "manual",
        "kaspi-pay QR-100200300",
        "Kaspi Pay",
        Decimal(order.price),
        NOON,
        order.code,
    )
    assert state_of(order) == OrderState.PAID
    assert Acceptance.objects.get(order=order).accepted_at == NOON
    assert (receipt.entered_by, receipt.approved_by) == (actor(a_clerk()), actor(a_clerk("second")))
    verbs = set(Entry.objects.of_order(order.code).values_list("verb", flat=True))
    assert {
        "manual_receipt.entered",
        "manual_receipt.approved",
        "receipt.recorded",
        "offer.accepted",
    } <= verbs


@pytest.mark.clause("4.4")
def test_kaspi_red_is_marked_as_such():
    order = a_placed_order()
    approved(entered(order, method=ManualMethod.KASPI_RED))
    assert LedgerEntry.objects.get().method == Acceptance.objects.get().method == "Kaspi Red"


def test_who_entered_it_does_not_approve_it():
    order = a_placed_order()
    receipt = entered(order)
    with refusal():
        approve_manual_receipt(receipt=receipt, by=a_clerk(), at=LATER)
    assert not LedgerEntry.objects.exists()
    assert ManualReceipt.objects.undecided().get() == receipt


def test_the_database_keeps_the_two_apart_as_well():
    receipt = entered(a_placed_order())
    with (
        pytest.raises(IntegrityError, match="money_by_hand_is_approved_by_another_person"),
        transaction.atomic(),
    ):
        ManualReceipt.objects.update(approved_by=receipt.entered_by, approved_at=LATER)


def test_it_is_approved_once():
    order = a_placed_order()
    receipt = entered(order)
    approved(receipt)
    with refusal():
        approved(receipt)
    assert LedgerEntry.objects.count() == Acceptance.objects.count() == 1


def test_what_is_rejected_reaches_no_ledger_and_its_number_may_be_entered_again():
    order = a_placed_order()
    receipt = reject_manual_receipt(
        receipt=entered(order), reason="Басқа сома", by=a_clerk("second"), at=LATER
    )
    assert (receipt.rejection, state_of(order)) == ("Басқа сома", OrderState.AWAITING_PAYMENT)
    with refusal():
        approved(receipt)
    assert not LedgerEntry.objects.exists()
    assert approved(entered(order))[1] == Outcome.APPLIED


def test_the_same_entry_again_is_the_same_and_other_facts_are_refused():
    order = a_placed_order()
    first = entered(order)
    again, is_new = enter_manual_receipt(
        order=order, money=seen(order), document=a_document(), by=a_clerk(), at=LATER
    )
    assert (again, is_new) == (first, False)
    for wishes in ({"amount": Decimal("1.00")}, {"paid_at": NOON - timedelta(minutes=1)}):
        with refusal() as caught:
            entered(order, **wishes)
        assert caught.value.field == "reference"
    with refusal():
        entered(a_placed_order(cohort=order.cohort))
    assert ManualReceipt.objects.count() == 1


@pytest.mark.parametrize(
    ("wishes", "field"),
    [
        ({"paid_at": NOON + timedelta(minutes=1)}, "paid_at"),
        ({"method": ManualMethod.CASH_DESK}, "third_party"),
        ({"method": ManualMethod.CASH_DESK, "third_party": "«Серіктес» ЖШС"}, "third_party"),
    ],
)
def test_what_lacks_its_facts_is_refused(wishes, field):
    with refusal() as caught:
        entered(a_placed_order(), **wishes)
    assert caught.value.field == field
    assert not ManualReceipt.objects.exists()


def test_a_third_partys_cash_desk_is_named_with_its_ground():
    order = a_placed_order()
    ground = "Тапсырма шарты № 7, 01.11.2026"
    receipt = entered(
        order,
        method=ManualMethod.CASH_DESK,
        third_party="«Серіктес» ЖШС",
        third_party_ground=ground,
    )
    assert approved(receipt)[1] == Outcome.APPLIED
    with (
        pytest.raises(IntegrityError, match="a_third_party_is_named_with_its_ground"),
        transaction.atomic(),
    ):
        ManualReceipt.objects.update(third_party_ground="")


@pytest.mark.clause("4.3")
def test_the_time_it_was_paid_decides_not_the_day_of_the_approval():
    order = a_placed_order()
    receipt = entered(
        order,
        paid_at=order.pay_before - timedelta(seconds=1),
        at=order.pay_before + timedelta(hours=9),
    )
    lapse_unpaid_orders(at=order.pay_before + timedelta(hours=9))
    assert approved(receipt, at=order.pay_before + timedelta(days=2))[1] == Outcome.APPLIED
    assert state_of(order) == OrderState.PAID


@pytest.mark.clause("4.3")
@pytest.mark.parametrize(
    "wishes", [{"amount": Decimal("149989.99")}, {"paid_at": NOON + timedelta(days=1)}]
)
def test_money_that_does_not_count_is_in_the_ledger_and_waits(wishes):
    order = a_placed_order()
    receipt = entered(order, at=NOON + timedelta(days=2), **wishes)
    assert approved(receipt, at=NOON + timedelta(days=2))[1] == Outcome.UNMATCHED
    assert LedgerEntry.objects.waiting().get().amount == wishes.get("amount", order.price)
    assert state_of(order) == OrderState.AWAITING_PAYMENT


@pytest.mark.clause("4.3")
def test_a_reported_payment_by_the_kaspi_link_is_settled_by_hand():
    order = a_placed_order()
    reported(order, kind="kaspi", number="QR-100200300", document=None)
    receipt = entered(order, at=order.pay_before + timedelta(days=1))
    assert approved(receipt, at=order.pay_before + timedelta(days=1))[1] == Outcome.APPLIED
    assert state_of(order) == OrderState.PAID


def test_a_number_known_by_another_name_is_warned_of():
    order = a_placed_order()
    assert same_number_elsewhere(method="kaspi-pay", reference="15") == ([], [])
    receive(a_receipt(order, reference="15"), order)
    bank_details()
    import_statement(
        content=a_statement([an_operation(purpose="курс", number=15)]),
        name="k",
        by="system",
        at=LATER,
    )
    entries, lines = same_number_elsewhere(method="kaspi-pay", reference="15")
    assert [entry.provider for entry in entries] == ["card"]
    assert [line.number for line in lines] == ["15"]


def test_a_number_that_the_ledger_has_with_another_amount_is_refused():
    order = a_placed_order()
    receipt = entered(order, reference="7")
    LedgerEntry.objects.create(
        provider="manual",
        reference="kaspi-pay 7",
        kind="receipt",
        amount=1,
        currency="KZT",
        happened_at=NOON,
        recorded_at=NOON,
    )
    with refusal():
        approved(receipt)
    assert ManualReceipt.objects.undecided().count() == 1


# --- At once


def two_approvers_at_once(order: Order, number: int) -> int:
    receipt = entered(order, reference=str(number))
    clerks = [a_clerk(name) for name in ("second", "third") * 5]
    answers = at_once([partial(a_try, receipt, clerk) for clerk in clerks])
    return answers.count("approved")


def a_try(receipt: ManualReceipt, by) -> str:
    try:
        approve_manual_receipt(receipt=receipt, by=by, at=LATER)
    except RuleViolation:
        return "refused"
    except Exception as fault:
        return repr(fault)
    return "approved"


def test_of_many_approvers_at_once_one_is_heard_and_the_ledger_has_one_receipt(transactional_db):
    order = a_placed_order()
    assert two_approvers_at_once(order, 1) == 1
    assert (
        LedgerEntry.objects.count() == Allocation.objects.count() == Acceptance.objects.count() == 1
    )
    assert Entry.objects.filter(verb="manual_receipt.approved").count() == 1


@pytest.mark.faults
def test_without_locks_and_constraint_the_ledger_has_more(transactional_db, monkeypatch):
    """The control: the test above can fail."""
    take_the_protection_away(monkeypatch)
    rounds = 0
    while (
        LedgerEntry.objects.count() == rounds < 5
    ):  # threads that happened to come one by one prove nothing
        rounds += 1
        order = a_placed_order()
        two_approvers_at_once(order, rounds)
    assert LedgerEntry.objects.count() > rounds


def test_the_same_entry_many_times_at_once_is_one(transactional_db):
    order = a_placed_order()
    clerk = a_clerk()
    answers = at_once([partial(entered, order, by=clerk)] * 10)
    assert {answer.pk for answer in answers} == {ManualReceipt.objects.get().pk}


@pytest.mark.clause("4.3.1", "4.4")
def test_a_half_entered_by_hand_pays_no_rest_when_the_bank_tells_of_it_too(db):
    order = a_placed_order()
    bank_details()
    half = order.price // 2
    assert half * 2 == order.price
    Order.objects.filter(pk=order.pk).update(prepayment=half)
    order.installments.update(amount=half)
    Installment.objects.create(
        order=order, number=2, amount=half, due_on=NOON.date() + timedelta(days=20)
    )
    receipt = entered(order, method="transfer", reference="15", amount=Decimal(half))
    approve_manual_receipt(receipt=receipt, by=a_clerk("second"), at=NOON)
    told = an_order_paid(order, amount=f"{half}.00")
    report = import_statement(content=a_statement([told]), name="day.txt", by="system", at=NOON)
    assert (report.matched, report.waiting) == ((), {"typed-already": 1})
    order.refresh_from_db()
    assert (order.state, LedgerEntry.objects.count()) == (OrderState.PREPAID, 1)
    rest = an_order_paid(order, amount=f"{half}.00", day=NOON.date() + timedelta(days=9), number=77)
    assert import_statement(
        content=a_statement([rest]), name="rest.txt", by="system", at=NOON + timedelta(days=9)
    ).matched == (order.code,)
