"""A transfer typed in by one person counts when another approved it,
or when the bank tells of it (4.4, M11, M12).
"""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from enrollment.models import Order
from enrollment.rules.order_states import OrderState
from offer_site.accounts.models import User
from offer_site.journal.models import Entry
from payments.models import LedgerEntry, LineState, StatementFile, StatementLine, TypedTransfer
from payments.operations.statements.imports import import_statement
from payments.operations.statements.lines import apply_line, set_line_aside, settle_line
from payments.operations.statements.typed_transfers import (
    TransferSeen,
    approve_transfer,
    enter_transfer,
)
from payments.rules.matching import Doubt, is_probably_the_same
from tests.at_once import at_once
from tests.given import NOON, a_placed_order, an_owner, refusal
from tests.papers import PDF, a_document
from tests.payments.statements.scenes import DAY, PAYER, a_statement, an_order_paid, bank_details
from tests.staff.conftest import a_member, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.clause("4.4")]
TOMORROW = NOON + timedelta(days=1)


@pytest.fixture
def order() -> Order:
    order = a_placed_order()
    bank_details()
    return order


def seen(order: Order, **wishes: Any) -> TransferSeen:
    """What staff see in the bank's application of the transfer
    that pays an order as its invoice asks.
    """
    whole = TransferSeen(
        documented_on=DAY,
        amount=Decimal(f"{order.price}.00"),
        payer="Тестова Г.",
        payer_id=PAYER,
        purpose=f"{order.code} оплата курса",
        number="15",
    )
    return replace(whole, **wishes)


def typed(
    order: Order,
    *,
    by: User | None = None,
    is_another: bool = False,
    at: datetime = NOON,
    **wishes: Any,
) -> StatementLine:
    return enter_transfer(
        transfer=seen(order, **wishes),
        reason="Kaspi Business",
        document=a_document(),
        is_another=is_another,
        by=by or an_owner(),
        at=at,
    )


def told_by_the_bank(*operations: str) -> Any:
    return import_statement(
        content=a_statement(operations), name="kaspi.txt", by="system", at=TOMORROW
    )


def the_other() -> User:
    return User.objects.filter(email="accountant@desk.example.kz").first() or a_member("accountant")


def state_of(order: Order) -> str:
    return Order.objects.get(pk=order.pk).state


@pytest.mark.clause("2.2.1")
def test_a_second_person_approves_and_the_order_is_paid(order):
    line = typed(order)
    owner = an_owner()
    other = the_other()
    assert (line.doubt, line.file.sha256, line.typed.entered_by) == (
        Doubt.UNAPPROVED,
        None,
        f"staff:{owner.pk}",
    )
    assert not LedgerEntry.objects.exists()
    assert approve_transfer(line=line, by=other, at=TOMORROW) == order.code
    entry = LedgerEntry.objects.get()
    assert (entry.reference, entry.provider, entry.happened_at) == (line.fingerprint, "bank", NOON)
    assert state_of(order) == OrderState.PAID
    told = TypedTransfer.objects.get()
    assert (told.approved_by, told.approved_at) == (f"staff:{other.pk}", TOMORROW)
    verbs = list(
        Entry.objects.about("statement_line", line.pk).order_by("pk").values_list("verb", flat=True)
    )
    assert verbs == ["statement_line.typed", "statement_line.approved"]


def test_who_entered_it_does_not_approve_it(order):
    line = typed(order)
    owner = an_owner()
    with refusal():
        approve_transfer(line=line, by=owner, at=TOMORROW)
    with pytest.raises(IntegrityError), transaction.atomic():
        TypedTransfer.objects.update(approved_by=f"staff:{owner.pk}", approved_at=TOMORROW)
    assert TypedTransfer.objects.undecided().count() == 1
    assert (state_of(order), LedgerEntry.objects.count()) == (OrderState.AWAITING_PAYMENT, 0)


def test_before_the_approval_it_is_given_to_no_order_by_anybody(order):
    line = typed(order)
    assert settle_line(line_id=line.pk, at=TOMORROW) == ""
    with refusal():
        apply_line(line=line, code=order.code, by=the_other(), at=TOMORROW)
    line.refresh_from_db()
    assert (line.state, line.doubt) == (LineState.UNMATCHED, Doubt.UNAPPROVED)


def test_it_is_approved_once(order):
    line = typed(order, purpose="курс")
    assert approve_transfer(line=line, by=the_other(), at=TOMORROW) == ""
    line.refresh_from_db()
    assert line.doubt == Doubt.NO_CODE
    with refusal():
        approve_transfer(line=line, by=the_other(), at=TOMORROW)
    apply_line(line=line, code=order.code, by=the_other(), at=TOMORROW)
    assert state_of(order) == OrderState.PAID


def test_what_is_rejected_is_set_aside_with_a_reason_and_cannot_be_given(order):
    line = typed(order)
    set_line_aside(line=line, reason="Құжатта басқа сома", by=the_other(), at=TOMORROW)
    assert not TypedTransfer.objects.undecided().exists()
    with refusal():
        approve_transfer(line=line, by=the_other(), at=TOMORROW)
    with refusal():
        apply_line(line=line, code=order.code, by=the_other(), at=TOMORROW)


def test_without_document_reason_or_person_the_database_keeps_nothing(order):
    line = typed(order)
    for missing in ({"document": ""}, {"reason": ""}, {"entered_by": ""}):
        with pytest.raises(IntegrityError), transaction.atomic():
            TypedTransfer.objects.filter(line=line).update(**missing)


def test_what_was_typed_lies_encrypted(order):
    typed(order, payer="Өзгеше Тегі")
    with connection.cursor() as cursor:
        cursor.execute("SELECT told FROM payments_statementline")
        assert "Өзгеше" not in cursor.fetchone()[0]
    assert not Entry.objects.filter(facts__icontains=PAYER).exists()


# --- the same money told twice
def test_the_same_transfer_is_entered_once_and_another_equal_one_as_its_second(order):
    typed(order)
    with refusal() as refused:
        typed(order)
    assert refused.value.field == "is_another"
    second = typed(order, is_another=True)
    assert StatementLine.objects.count() == 2
    assert second.line == 2
    assert told_by_the_bank(an_order_paid(order), an_order_paid(order)).repeated == 2
    assert StatementLine.objects.count() == 2


def test_what_a_file_told_already_is_not_entered(order):
    told_by_the_bank(an_order_paid(order, purpose="курс"))
    with refusal() as refused:
        typed(order, purpose="басқаша жазылған")
    assert refused.value.field == "is_another"
    assert not TypedTransfer.objects.exists()
    typed(order, purpose="басқаша жазылған", is_another=True)
    assert TypedTransfer.objects.count() == 1


def test_the_banks_file_adds_nothing_to_an_approved_one(order):
    approve_transfer(line=typed(order), by=the_other(), at=TOMORROW)
    report = told_by_the_bank(an_order_paid(order))
    assert (report.repeated, report.matched) == (1, ())
    assert StatementLine.objects.count() == LedgerEntry.objects.count() == 1
    assert TypedTransfer.objects.get().told_in == report.file


def test_the_banks_file_stands_for_the_second_person(order):
    line = typed(order)
    report = told_by_the_bank(an_order_paid(order))
    assert (report.repeated, report.matched) == (1, (order.code,))
    line.refresh_from_db()
    assert (line.state, line.order) == (LineState.MATCHED, order)
    assert TypedTransfer.objects.get().approved_at is None
    assert not TypedTransfer.objects.undecided().exists()


def test_what_was_rejected_wrongly_comes_back_when_the_bank_tells_of_it(order):
    line = typed(order, purpose="курс")
    set_line_aside(line=line, reason="Танылмады", by=the_other(), at=TOMORROW)
    told_by_the_bank(an_order_paid(order, purpose="курс"))
    line.refresh_from_db()
    assert (line.state, line.doubt, line.reason) == (LineState.UNMATCHED, Doubt.NO_CODE, "")


def test_told_in_other_words_it_waits_as_probably_the_same(order):
    approve_transfer(
        line=typed(order, purpose=f"{order.code} курс үшін"), by=the_other(), at=TOMORROW
    )
    report = told_by_the_bank(
        an_order_paid(order), an_order_paid(order, number=16, payer_id="900101300823")
    )
    assert report.waiting == {Doubt.TYPED_ALREADY: 1, Doubt.NOTHING_DUE: 1}
    assert LedgerEntry.objects.count() == 1


def test_a_rejected_one_makes_no_line_of_the_bank_doubtful(order):
    line = typed(order, purpose=f"{order.code} басқаша")
    set_line_aside(line=line, reason="Қате", by=the_other(), at=TOMORROW)
    assert told_by_the_bank(an_order_paid(order)).matched == (order.code,)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (("15", "A"), ("15", "A"), True),
        (("0015", ""), ("15", "A"), True),
        (("15", "A"), ("16", "A"), True),
        (("15", "A"), ("16", "B"), False),
        (("15", ""), ("", "A"), True),
        (("", "A"), ("7", "B"), False),
    ],
)
def test_two_transfers_of_a_day_and_an_amount_are_compared(one, other, same):
    assert is_probably_the_same(one, other) is same


# --- at once
@pytest.mark.django_db(transaction=True)
def test_the_same_transfer_entered_and_approved_by_many_at_once():
    order = a_placed_order()
    bank_details()
    owner = an_owner()
    other = the_other()
    entered = at_once([partial(typed, order, by=owner)] * 4, errors=Exception)
    assert sum(isinstance(each, StatementLine) for each in entered) == 1
    line = StatementLine.objects.get()
    assert StatementFile.objects.get().incoming == 1
    approve = partial(approve_transfer, line=line, by=other, at=TOMORROW)
    approved = at_once([approve] * 4, errors=Exception)
    assert approved.count(order.code) == 1
    assert LedgerEntry.objects.count() == 1


# --- doors
def form(order: Order, **fields: Any) -> dict[str, Any]:
    return {
        "documented_on": DAY.isoformat(),
        "amount": f"{order.price},00",
        "payer": "Тестова Г.",
        "payer_id": PAYER,
        "purpose": f"{order.code} оплата курса",
        "number": "15",
        "reason": "Kaspi Business",
        "document": SimpleUploadedFile("t.pdf", PDF),
    } | fields


@time_machine.travel(TOMORROW, tick=False)
def test_staff_enter_a_transfer_and_another_approves_it(order):
    desk = signed_in(an_owner())
    add = reverse("admin:payments_typedtransfer_add")
    for wrong in (
        {"payer_id": "900101300812"},
        {"amount": "149990,005"},
        {"documented_on": "2026-11-25"},
        {"document": SimpleUploadedFile("t.pdf", b"<script>")},
        {"reason": ""},
    ):
        assert list(desk.post(add, form(order, **wrong)).context["form"].errors) == list(wrong)
    assert desk.post(add, form(order)).status_code == 302
    assert "is_another" in desk.post(add, form(order)).context["form"].errors
    entered = TypedTransfer.objects.get()
    approval = reverse("admin:payments_typedtransfer_approval", args=[entered.pk])
    assert desk.post(approval, {}).context["form"].errors
    second = signed_in(the_other())
    page = second.get(approval)
    assert order.code in page.text
    assert second.post(approval, {}).status_code == 302
    assert state_of(order) == OrderState.PAID
    listed = second.get(
        reverse("admin:payments_typedtransfer_changelist"), {"attention": "undecided"}
    )
    assert listed.context["cl"].result_count == 0
    saved = second.post(
        reverse("admin:payments_typedtransfer_document", args=[entered.pk]), {"reason": "салыстыру"}
    )
    assert (saved.content, saved["Content-Type"]) == (PDF, "application/pdf")
    assert Entry.objects.filter(verb="personal_data.seen").count() == 1


@pytest.mark.clause("5.4")
@pytest.mark.parametrize(
    ("group", "status"), [("accountant", 200), ("manager", 403), ("curator", 403)]
)
def test_typing_in_is_the_work_of_those_who_do_the_money(order, group, status):
    entered = typed(order).typed
    desk = signed_in(a_member(group))
    for page, arguments in (
        ("add", []),
        ("changelist", []),
        ("change", [entered.pk]),
        ("approval", [entered.pk]),
        ("document", [entered.pk]),
    ):
        assert (
            desk.get(reverse(f"admin:payments_typedtransfer_{page}", args=arguments)).status_code
            == status
        )
