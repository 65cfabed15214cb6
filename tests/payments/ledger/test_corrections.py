"""A wrong entry gets a counter-entry, with a reason, a document and a second person (M3, M12)."""

from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from threading import Event
from time import sleep
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.urls import reverse

from enrollment.models import Acceptance, Enrollment, EnrollmentState, Order
from enrollment.rules.order_states import OrderState
from offer_site.errors import RuleViolation
from offer_site.journal.models import Entry
from offer_site.notices.models import Notice
from payments.models import EntryKind, LedgerCorrection, LedgerEntry, ManualReceipt, Outcome
from payments.models.accounts import Accounts
from payments.operations.ledger.allocations import give_to_order
from payments.operations.ledger.corrections import (
    approve_correction,
    propose_correction,
    reject_correction,
    replacements_of,
)
from payments.operations.ledger.manual import approve_manual_receipt
from payments.operations.ledger.receipts import received_by
from payments.operations.refunds.sums import calculation_of, subject_of
from payments.rules.matching import Doubt
from tests.at_once import at_once
from tests.audit.asked import all_that_is_false
from tests.given import NOON, a_paid_order, a_placed_order, a_receipt, receive, refusal
from tests.papers import PDF, a_document
from tests.payments.by_hand import a_clerk, entered
from tests.payments.notifications import a_notification, an_attempt, tell
from tests.payments.refunds.scenes import a_case
from tests.payments.statements.scenes import DAY, an_order_paid, bank_details
from tests.payments.statements.test_told_again import an_order_by_halves, half_of, told
from tests.payments.waiting import give
from tests.staff.conftest import a_member, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.clause("2.6", "4.6")]
TOMORROW = NOON + timedelta(days=1)


def by_hand(order: Order, **wishes: Any) -> LedgerEntry:
    """Money that two persons entered by hand."""
    receipt = entered(order, is_another=True, **wishes)
    approve_manual_receipt(receipt=receipt, by=a_clerk("second"), at=NOON, is_another=True)
    return LedgerEntry.objects.receipts().latest("pk")


def proposed(entry: LedgerEntry, **wishes: Any) -> LedgerCorrection:
    values = {
        "reason": "Басқа тапсырыстың түбіртегі",
        "document": a_document(),
        "by": a_clerk(),
        "at": TOMORROW,
    }
    return propose_correction(entry=entry, **values | wishes)


def corrected(entry: LedgerEntry, *, at: datetime = TOMORROW, **wishes: Any) -> LedgerEntry:
    correction = proposed(entry, at=at, **wishes)
    return approve_correction(correction=correction, by=a_clerk("second"), at=at)


def state_of(order: Order) -> str:
    return Order.objects.get(pk=order.pk).state


def letters() -> list[tuple[str, str]]:
    """The letters about corrections, and the orders they are about."""
    kinds = ("contract-ended", "rest-due-again", "payment-corrected", "refund-corrected")
    return list(Notice.objects.filter(kind__in=kinds).values_list("kind", "order_code"))


def turnover() -> Decimal:
    return Accounts.objects.filter(kind__in=("receipt", "correction")).total()


def test_money_that_waits_and_never_came_waits_no_more():
    order = a_paid_order()
    entry = by_hand(order)
    assert LedgerEntry.objects.waiting().get() == entry
    counter = corrected(entry)
    assert (counter.kind, counter.amount, counter.corrects) == (
        EntryKind.CORRECTION,
        -entry.amount,
        entry,
    )
    assert not LedgerEntry.objects.waiting().exists()
    assert turnover() == order.price
    assert state_of(order) == OrderState.PAID
    assert letters() == []  # nothing of it was counted
    row = Entry.objects.get(verb="receipt.corrected")
    assert row.facts["amount"] == str(entry.amount)
    assert all_that_is_false() == []


def test_one_person_alone_corrects_nothing():
    entry = by_hand(a_paid_order())
    correction = proposed(entry)
    with refusal():
        approve_correction(correction=correction, by=a_clerk(), at=TOMORROW)
    with pytest.raises(IntegrityError), transaction.atomic():
        LedgerCorrection.objects.update(approved_by=correction.entered_by, approved_at=NOON)
    for missing in ({"reason": ""}, {"document": ""}, {"entered_by": ""}):
        with pytest.raises(IntegrityError), transaction.atomic():
            LedgerCorrection.objects.update(**missing)
    assert not LedgerEntry.objects.filter(kind=EntryKind.CORRECTION).exists()
    assert LedgerEntry.objects.waiting().count() == 1


def test_an_entry_is_corrected_once_and_a_rejected_proposal_changes_nothing():
    entry = by_hand(a_paid_order())
    first = proposed(entry)
    with refusal():
        proposed(entry)
    reject_correction(correction=first, reason="Ақша келген", by=a_clerk("second"), at=TOMORROW)
    with refusal():
        approve_correction(correction=first, by=a_clerk("second"), at=TOMORROW)
    assert LedgerEntry.objects.waiting().count() == 1
    corrected(entry)
    with refusal():
        proposed(entry)
    assert LedgerEntry.objects.filter(kind=EntryKind.CORRECTION).count() == 1


@pytest.mark.clause("4.3.1")
def test_the_half_that_was_counted_twice_is_taken_back_and_the_rest_is_due_again():
    order = an_order_by_halves()
    told(half_of(order))
    assert state_of(order) == OrderState.PREPAID
    # Waiting money of the same order: more than it needs, so nothing rests on it.
    entry = by_hand(order, method="transfer", reference="15", amount=Decimal(1000))
    assert state_of(order) == OrderState.PREPAID
    corrected(entry)
    assert received_by(order) == order.prepayment
    assert all_that_is_false() == []


@pytest.mark.clause("4.3.1")
def test_a_half_entered_twice_is_corrected_and_the_rest_is_due_again():
    order = an_order_by_halves()
    told(half_of(order))
    half = Decimal(order.prepayment)
    entry = by_hand(order, method="transfer", reference="15", amount=half)
    assert state_of(order) == OrderState.PAID
    corrected(entry)
    assert state_of(order) == OrderState.PREPAID
    assert received_by(order) == half
    assert Enrollment.objects.get(order=order).state == EnrollmentState.ACTIVE
    assert letters() == [("rest-due-again", order.code)]
    facts = Notice.objects.get(kind="rest-due-again").facts
    assert (facts["rest"], facts["amount"]) == (int(half), f"{half}.00")
    assert facts["rest_on"] == order.installments.get(number=2).day.isoformat()
    assert all_that_is_false() == []
    rest = half_of(order, number=77, day=NOON.date() + timedelta(days=20))
    assert told(rest, at=NOON + timedelta(days=21)).matched == (order.code,)
    assert state_of(order) == OrderState.PAID


@pytest.mark.clause("4.3.1")
def test_a_wrong_rest_is_replaced_by_the_right_one_and_the_order_stays_paid():
    order = an_order_by_halves()
    told(half_of(order))
    half = Decimal(order.prepayment)
    wrong = by_hand(order, reference="QR-1", amount=half)
    right = by_hand(
        order, reference="QR-2", amount=half, paid_at=NOON + timedelta(minutes=3), at=TOMORROW
    )
    corrected(wrong, replaced_by=right)
    assert (state_of(order), received_by(order)) == (OrderState.PAID, order.price)
    assert letters() == []
    assert not LedgerEntry.objects.waiting().exists()
    assert all_that_is_false() == []


@pytest.mark.clause("2.2.1")
def test_a_contract_is_not_left_without_its_money_unless_it_is_said_to_end():
    order = a_placed_order()
    entry = by_hand(order)
    with refusal() as refused:
        proposed(entry)
    assert refused.value.field == "replaced_by"
    assert state_of(order) == OrderState.PAID
    corrected(entry, ends_order=True)
    assert state_of(order) == OrderState.TERMINATED
    assert Enrollment.objects.get(order=order).state == EnrollmentState.TERMINATED
    assert Acceptance.objects.filter(order=order).exists()
    assert turnover() == 0
    assert letters() == [("contract-ended", order.code)]
    letter = Notice.objects.get(kind="contract-ended")
    assert (letter.recipient, letter.facts["amount"], letter.facts["paid_on"]) == (
        order.party.email,
        f"{order.price}.00",
        NOON.date().isoformat(),
    )
    assert not LedgerEntry.objects.waiting().exists()
    assert all_that_is_false() == []


@pytest.mark.clause("2.2.1", "4.3.1")
def test_the_right_entry_takes_the_place_of_the_wrong_one():
    order = an_order_by_halves()
    wrong = by_hand(order, reference="QR-1", amount=Decimal(order.prepayment))
    right = by_hand(
        order,
        reference="QR-2",
        amount=Decimal(order.prepayment + 500),
        paid_at=NOON + timedelta(minutes=5),
        at=TOMORROW,
    )
    assert replacements_of(wrong) == [right]
    with refusal():
        proposed(wrong, replaced_by=by_hand(a_paid_order(), amount=Decimal(5), reference="QR-3"))
    corrected(wrong, replaced_by=right)
    assert state_of(order) == OrderState.PREPAID
    assert received_by(order) == order.prepayment
    assert LedgerEntry.objects.waiting().get(pk=right.pk).left == 500
    assert all_that_is_false() == []


def test_a_part_that_is_counted_no_more_is_told_to_the_buyer():
    order = a_placed_order()
    entry = by_hand(order, amount=Decimal(1000))
    give(entry, order)
    assert received_by(order) == 1000
    corrected(entry)
    assert (received_by(order), state_of(order)) == (0, OrderState.AWAITING_PAYMENT)
    assert letters() == [("payment-corrected", order.code)]
    assert all_that_is_false() == []


@pytest.mark.clause("4.4")
def test_test_money_is_neither_given_nor_returned_and_a_counter_entry_takes_it_away(settings):
    settings.SANDBOX_BANK = False
    order = a_placed_order()
    an_attempt(order)
    with time_machine.travel(NOON, tick=False):
        assert tell("check", a_notification(order)).json()["code"] == 0
        assert (
            tell("pay", a_notification(order, TestMode=1, GatewayName="Test")).json()["code"] == 0
        )
    entry = LedgerEntry.objects.waiting("test").get()
    with refusal():
        give(entry, order)
    with refusal():
        a_case(entry=entry)
    corrected(entry)
    assert not LedgerEntry.objects.waiting().exists()
    assert (turnover(), letters()) == (0, [])
    assert all_that_is_false() == []


def test_a_number_that_was_corrected_is_entered_anew():
    order = a_paid_order()
    corrected(by_hand(order, reference="QR-1", amount=Decimal(900)))
    again = entered(order, reference="QR-1", amount=Decimal(901), is_another=True)
    assert again.reference == "QR-1 (2)"
    _receipt, outcome = approve_manual_receipt(
        receipt=again, by=a_clerk("second"), at=TOMORROW, is_another=True
    )
    assert outcome == Outcome.UNMATCHED
    assert LedgerEntry.objects.waiting().get().amount == 901
    assert all_that_is_false() == []


def test_what_a_bank_takes_back_is_corrected_and_told_again_pays():
    order = a_placed_order()
    bank_details()
    told(an_order_paid(order))
    entry = LedgerEntry.objects.get()
    corrected(entry, ends_order=True)
    other = a_placed_order()
    assert told(an_order_paid(other)).matched == (other.code,)
    assert all_that_is_false() == []


def test_what_a_bank_takes_back_and_tells_again_in_other_words_waits_for_a_person():
    """The halves of an order are equal: an old file exported again must not pay the rest."""
    order = an_order_by_halves()
    told(half_of(order))
    later = DAY + timedelta(days=9)
    told(half_of(order, number="16", day=later), at=NOON + timedelta(days=9))
    second = LedgerEntry.objects.receipts().latest("pk")
    corrected(second, at=NOON + timedelta(days=10))
    order.refresh_from_db()
    assert order.state == OrderState.PREPAID
    again = half_of(order, number="000000016", day=later, purpose=f"{order.code} ?йрету т?лем?")
    assert told(again, at=NOON + timedelta(days=11)).waiting == {Doubt.KNOWN_ALREADY: 1}
    order.refresh_from_db()
    assert order.state == OrderState.PREPAID


def test_money_of_a_provider_is_refunded_and_never_corrected():
    order = a_placed_order()
    receive(a_receipt(order), order)
    with refusal():
        proposed(LedgerEntry.objects.get(), ends_order=True)
    assert not LedgerCorrection.objects.exists()


def test_nothing_of_a_corrected_entry_can_be_returned():
    order = a_placed_order()
    entry = by_hand(order)
    case = a_case(order)
    corrected(entry, ends_order=True)
    calculation, _parts = calculation_of(subject_of(case))
    assert calculation.most == 0


def test_money_by_hand_that_was_corrected_makes_no_other_money_doubtful():
    order = a_placed_order()
    bank_details()
    entry = by_hand(order, method="transfer", reference="15", amount=Decimal(1000))
    corrected(entry)
    assert ManualReceipt.objects.get().corrected_at == TOMORROW
    assert told(an_order_paid(order)).matched == (order.code,)


@pytest.mark.django_db(transaction=True)
def test_approved_by_many_at_once_it_is_one_counter_entry():
    entry = by_hand(a_paid_order())
    correction = proposed(entry)
    approve = partial(approve_correction, correction=correction, by=a_clerk("second"), at=TOMORROW)
    done = at_once([approve] * 6, errors=Exception)
    assert sum(isinstance(each, LedgerEntry) for each in done) == 1
    assert LedgerEntry.objects.filter(kind=EntryKind.CORRECTION).count() == 1


@time_machine.travel(TOMORROW, tick=False)
def test_staff_propose_it_on_the_entry_and_another_approves_it():
    order = a_placed_order()
    entry = by_hand(order)
    desk = signed_in(a_member("accountant"))
    url = reverse("admin:payments_ledgerentry_correction", args=[entry.pk])
    assert url in desk.get(reverse("admin:payments_ledgerentry_change", args=[entry.pk])).text
    assert order.code in desk.get(url).text
    form = {"reason": "Ақша келмеген", "document": SimpleUploadedFile("t.pdf", PDF)}
    assert list(desk.post(url, form | {"reason": ""}).context["form"].errors) == ["reason"]
    form["document"] = SimpleUploadedFile("t.pdf", PDF)
    assert list(desk.post(url, form).context["form"].errors) == ["replaced_by"]
    form["document"] = SimpleUploadedFile("t.pdf", PDF)
    assert desk.post(url, form | {"ends_order": "on"}).status_code == 302
    correction = LedgerCorrection.objects.get()
    approval = reverse("admin:payments_ledgercorrection_approval", args=[correction.pk])
    assert desk.post(approval, {}).context["form"].errors
    second = signed_in(a_member("owner"))
    assert second.get("/admin/payments/ledgercorrection/?attention=undecided").status_code == 200
    assert second.post(approval, {}).status_code == 302
    assert state_of(order) == OrderState.TERMINATED
    assert signed_in(a_member("curator")).get(approval).status_code == 403


@pytest.mark.django_db(transaction=True)
def test_money_given_to_an_order_in_the_moment_of_its_correction_is_taken_back_too():
    """The orders are read before the entry is locked: what it was given to meanwhile counts."""
    order = a_placed_order()
    entry = by_hand(a_paid_order())
    correction = proposed(entry)
    approver, giver = a_clerk("second"), a_clerk("third")
    given = Event()

    def give() -> None:
        with transaction.atomic():
            give_to_order(entry=entry, code=order.code, reason="x", by=giver, at=NOON)
            given.set()
            sleep(1.5)

    def approve() -> Any:
        assert given.wait(30)
        return approve_correction(correction=correction, by=approver, at=TOMORROW)

    _given, refused = at_once([give, approve], errors=RuleViolation)
    assert isinstance(refused, RuleViolation)
    assert refused.field == "replaced_by"
    assert state_of(order) == OrderState.PAID
    assert not LedgerEntry.objects.filter(kind=EntryKind.CORRECTION).exists()
    assert all_that_is_false() == []
