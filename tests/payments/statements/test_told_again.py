"""One transfer told twice pays once: what may be the same waits for a person (M6, M11).

The halves of all nine tariffs are equal, so a second telling of the first would pay the second.
"""

import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.urls import reverse

from enrollment.models import Installment, Order, PriceLevel, Tariff
from enrollment.operations.ordering.orders import place_order
from enrollment.rules.order_states import OrderState
from offer_site.journal.models import Entry
from offer_site.money import halves
from payments.models import LedgerEntry, LineState, ManualMethod, StatementLine
from payments.operations.ledger.manual import approve_manual_receipt
from payments.operations.statements.imports import import_statement
from payments.operations.statements.lines import apply_line, set_line_aside, take_line
from payments.operations.statements.typed_transfers import approve_transfer
from payments.rules.likeness import Telling, may_be_the_same, same_number, same_purpose
from payments.rules.matching import Doubt
from tests.enrollment.halves.scenes import a_half_paid_order
from tests.given import NOON, a_cohort, a_placed_order, an_application, an_owner, refusal
from tests.papers import PDF
from tests.payments.by_hand import a_clerk, entered
from tests.payments.statements.scenes import (
    DAY,
    a_statement,
    an_operation,
    an_order_paid,
    bank_details,
)
from tests.payments.statements.test_typed_transfers import the_other, typed
from tests.payments.waiting import REASON
from tests.staff.conftest import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.clause("4.3.1", "4.4")]
TOMORROW = NOON + timedelta(days=1)
NINE = [(package, level) for package in ("ozim", "birge", "vip") for level in PriceLevel.values]


def an_order_by_halves(package: str = "birge", level: str = PriceLevel.STANDARD) -> Order:
    """An unpaid order whose two halves are equal, of any of the nine tariffs."""
    cohort = a_cohort()
    tariff = Tariff.objects.get(package__slug=package, level=level)
    order, _is_new = place_order(
        tariff=tariff,
        cohort=cohort,
        application=an_application(),
        language="kk",
        at=NOON,
        by="visitor",
    )
    first, rest = halves(order.price)
    Order.objects.filter(pk=order.pk).update(prepayment=first)
    order.installments.update(amount=first)
    Installment.objects.create(order=order, number=2, amount=rest, due_on=DAY + timedelta(days=20))
    bank_details()
    return Order.objects.get(pk=order.pk)


def told(*operations: str, at: Any = TOMORROW, encoding: str = "kz1048") -> Any:
    content = a_statement(operations, encoding=encoding)
    return import_statement(content=content, name="day.txt", by="system", at=at)


def half_of(order: Order, **wishes: Any) -> str:
    purpose = f"{order.code} төлем, үйрету курсы"
    return an_order_paid(order, **{"amount": f"{order.prepayment}.00", "purpose": purpose} | wishes)


def state_of(order: Order) -> str:
    return Order.objects.get(pk=order.pk).state


OTHER_WORDS: dict[str, dict[str, Any]] = {
    "padded number": {"number": "000000015"},
    "number with a sign": {"number": "№ 15"},
    "no number": {"number": ""},
    "the bank's own number": {"number": "9900112233"},
    "letters lost": {"purpose": "{code} т?лем, ?йрету курсы"},
    "cut off": {"purpose": "{code} төлем"},
    "other spaces and case": {"purpose": "ТӨЛЕМ,  үйрету КУРСЫ {code}"},
    "no payer": {"payer_id": ""},
    "the payer's bank for a payer": {"payer_id": "900101300823"},
    "the next day": {"day": DAY + timedelta(days=1)},
    "after holidays": {"day": DAY + timedelta(days=4), "number": ""},
    "a month later": {"day": DAY + timedelta(days=29), "number": "0015"},
}


@pytest.mark.parametrize("words", OTHER_WORDS.values(), ids=OTHER_WORDS)
def test_a_second_telling_of_the_first_half_pays_no_second_half(words):
    order = an_order_by_halves()
    told(half_of(order))
    again = {
        key: value.format(code=order.code) if key == "purpose" else value
        for key, value in words.items()
    }
    report = told(half_of(order, **again), at=NOON + timedelta(days=40))
    assert (report.matched, report.waiting) == ((), {Doubt.KNOWN_ALREADY: 1})
    assert report.needs_a_person
    assert state_of(order) == OrderState.PREPAID
    assert LedgerEntry.objects.count() == 1


@pytest.mark.parametrize(("package", "level"), NINE)
def test_the_halves_of_each_tariff_are_paid_once_each(package, level):
    order = an_order_by_halves(package, level)
    assert order.prepayment * 2 == order.price
    assert told(half_of(order)).matched == (order.code,)
    again = told(half_of(order, number="000000015"))
    assert (again.matched, again.waiting) == ((), {Doubt.KNOWN_ALREADY: 1})
    assert state_of(order) == OrderState.PREPAID
    rest = half_of(order, number=77, day=DAY + timedelta(days=20))
    assert told(rest, at=NOON + timedelta(days=21)).matched == (order.code,)
    assert state_of(order) == OrderState.PAID


def test_two_tellings_in_one_file_and_its_export_to_cp1251_pay_once(tmp_path):
    order = an_order_by_halves()
    lost = half_of(order, number="000000015", purpose=f"{order.code} т?лем, ?йрету курсы")
    path = tmp_path / "day.txt"
    path.write_bytes(a_statement([half_of(order), lost]))
    with pytest.raises(SystemExit) as ended:
        call_command("import_statement", str(path))
    assert ended.value.code == 1
    assert state_of(order) == OrderState.PREPAID
    assert LedgerEntry.objects.count() == 1


def test_a_whole_price_told_again_is_not_said_to_be_due_to_nobody():
    order = a_placed_order()
    bank_details()
    told(an_order_paid(order))
    assert told(an_order_paid(order, number="0015")).waiting == {Doubt.KNOWN_ALREADY: 1}


def test_a_real_second_half_of_the_same_day_waits_for_one_look(client):
    order = an_order_by_halves()
    told(half_of(order))
    assert told(half_of(order, number=16)).waiting == {Doubt.KNOWN_ALREADY: 1}
    line = StatementLine.objects.get(number="16")
    page = reverse("admin:payments_statementline_change", args=[line.pk])
    other = reverse("admin:payments_statementline_other", args=[line.pk])
    desk = signed_in(an_owner())
    shown = desk.get(page)
    assert other in shown.text
    assert "15" in desk.get(other).text
    assert desk.post(other, {"reason": ""}).context["form"].errors
    assert desk.post(other, {"reason": "Екі төлем, банктен тексерілді"}).status_code == 302
    line.refresh_from_db()
    assert (line.state, line.order, line.is_another) == (LineState.MATCHED, order, True)
    assert state_of(order) == OrderState.PAID
    row = Entry.objects.about("statement_line", line.pk).get(verb="statement_line.told_apart")
    assert "Екі төлем" in json.dumps(row.facts, ensure_ascii=False)


def test_what_is_the_same_money_is_set_aside_beside_what_it_repeats():
    order = an_order_by_halves()
    told(half_of(order))
    told(half_of(order, number="0015"))
    line = StatementLine.objects.get(number="0015")
    same = reverse("admin:payments_statementline_same", args=[line.pk])
    desk = signed_in(an_owner())
    known = desk.get(same).context["form"].fields["known"].choices
    assert len(known) == 1
    assert desk.post(same, {"known": known[0][0]}).status_code == 302
    line.refresh_from_db()
    assert line.state == LineState.SET_ASIDE
    assert "day.txt" in line.reason
    assert not StatementLine.objects.waiting().exists()
    assert state_of(order) == OrderState.PREPAID


def test_no_other_move_makes_money_of_it_before_that_is_said():
    order = an_order_by_halves()
    told(half_of(order))
    told(
        half_of(order, number="0015"),
        an_operation(purpose="курс", amount=f"{order.prepayment}.00", number="00015"),
    )
    named = StatementLine.objects.get(number="0015")
    nameless = StatementLine.objects.get(number="00015")
    with refusal() as refused:
        apply_line(line=named, code=order.code, by=an_owner(), at=TOMORROW)
    assert refused.value.field == "code"
    with refusal():
        take_line(line=named, reason="x", by=an_owner(), at=TOMORROW)
    with refusal():
        apply_line(line=nameless, code=order.code, by=an_owner(), at=TOMORROW)
    assert (state_of(order), LedgerEntry.objects.count()) == (OrderState.PREPAID, 1)


@pytest.mark.django_db(transaction=True)
def test_what_was_taken_nameless_into_the_ledger_is_compared_when_it_is_given():
    order = an_order_by_halves()
    told(
        half_of(order),
        an_operation(purpose="курс", amount=f"{order.prepayment}.00", number="00015"),
    )
    line = StatementLine.objects.get(number="00015")
    entry = take_line(line=line, reason="x", by=an_owner(), at=TOMORROW)
    give = reverse("admin:payments_ledgerentry_give", args=[entry.pk])
    desk = signed_in(an_owner())
    asked = {"code": order.code, "reason": REASON}
    assert list(desk.post(give, asked).context["form"].errors) == ["is_another"]
    assert state_of(order) == OrderState.PREPAID
    assert desk.post(give, asked | {"is_another": "on"}).status_code == 302
    assert state_of(order) == OrderState.PAID


def test_money_that_a_person_set_aside_does_not_come_back_by_other_words():
    order = an_order_by_halves()
    told(half_of(order, amount="1.00"), half_of(order, day=DAY + timedelta(days=1)))
    line = StatementLine.objects.get(documented_on=DAY + timedelta(days=1))
    set_line_aside(line=line, reason="Иесінің өз ақшасы", by=an_owner(), at=TOMORROW)
    assert Doubt.KNOWN_ALREADY in told(half_of(order, number="0015")).waiting


@pytest.mark.parametrize(
    "method",
    [
        ManualMethod.TRANSFER,
        ManualMethod.CASH_DESK,
        ManualMethod.KASPI_PAY,
    ],
)
def test_a_half_seen_by_hand_and_then_told_by_the_bank_pays_once(method):
    order = an_order_by_halves()
    third = {"third_party": "Касса", "third_party_ground": "Шарт"}
    receipt = entered(
        order,
        method=method,
        reference="A-7",
        amount=Decimal(order.prepayment),
        **(third if method == ManualMethod.CASH_DESK else {}),
    )
    approve_manual_receipt(receipt=receipt, by=a_clerk("second"), at=NOON)
    later = half_of(order, number=901, day=DAY + timedelta(days=3), payer_id="900101300823")
    assert told(later).waiting == {Doubt.TYPED_ALREADY: 1}
    assert state_of(order) == OrderState.PREPAID


def test_a_half_told_by_the_bank_and_then_entered_by_hand_asks_both_persons():
    order = an_order_by_halves()
    told(half_of(order))
    wishes = {"method": "transfer", "reference": "15", "amount": Decimal(order.prepayment)}
    with refusal() as refused:
        entered(order, **wishes)
    assert refused.value.field == "is_another"
    first = a_clerk()
    receipt = entered(order, by=first, is_another=True, **wishes)
    second = a_clerk("second")
    with refusal() as refused:
        approve_manual_receipt(receipt=receipt, by=second, at=NOON)
    assert refused.value.field == "is_another"
    assert (state_of(order), LedgerEntry.objects.count()) == (OrderState.PREPAID, 1)
    approve_manual_receipt(receipt=receipt, by=second, at=NOON, is_another=True)
    assert state_of(order) == OrderState.PAID


def test_a_number_that_staff_entered_for_another_way_of_paying_is_doubted():
    order = an_order_by_halves()
    half = Decimal(order.prepayment)
    receipt = entered(order, method="kaspi-pay", reference="QR 0100200", amount=half)
    approve_manual_receipt(receipt=receipt, by=a_clerk("second"), at=NOON)
    with refusal() as refused:
        entered(order, method="kaspi-red", reference="100200", amount=half, paid_at=NOON)
    assert refused.value.field == "is_another"


@time_machine.travel(TOMORROW, tick=False)
def test_the_page_of_money_by_hand_asks_the_same():
    order = an_order_by_halves()
    told(half_of(order))
    desk = signed_in(an_owner())
    add = reverse("admin:payments_manualreceipt_add")
    form = {
        "code": order.code,
        "way": "transfer",
        "reference": "0015",
        "amount": str(order.prepayment),
        "paid_at": "2026-11-23T12:00",
        "reason": "Банк қосымшасы",
    }
    page = desk.post(add, form | {"document": SimpleUploadedFile("t.pdf", PDF)})
    assert list(page.context["form"].errors) == ["is_another"]


def test_a_typed_half_told_by_the_bank_in_other_words_waits_before_and_after_its_approval():
    order = an_order_by_halves()
    half = Decimal(f"{order.prepayment}.00")
    line = typed(order, amount=half, number="0015", documented_on=DAY)
    assert told(half_of(order, day=DAY)).waiting == {Doubt.TYPED_ALREADY: 1}
    approve_transfer(line=line, by=the_other(), at=TOMORROW)
    report = told(half_of(order, number=3, day=DAY + timedelta(days=2)))
    assert (report.matched, state_of(order)) == ((), OrderState.PREPAID)


def test_a_half_that_the_bank_told_is_not_typed_in_again_of_the_next_day():
    order = an_order_by_halves()
    told(half_of(order))
    half = Decimal(f"{order.prepayment}.00")
    with refusal() as refused:
        typed(order, amount=half, number="", documented_on=DAY + timedelta(days=1), at=TOMORROW)
    assert refused.value.field == "is_another"


def test_the_halves_of_an_agreement_are_guarded_too():
    order = a_half_paid_order()
    bank_details()
    rest = half_of(order, day=DAY + timedelta(days=28), number=7)
    assert told(rest, at=NOON + timedelta(days=28)).matched == (order.code,)
    again = half_of(order, day=DAY + timedelta(days=28), number="007")
    assert told(again, at=NOON + timedelta(days=29)).waiting == {Doubt.KNOWN_ALREADY: 1}


# --- the rule
ONE = Telling(Decimal(50), (DAY,), "15", "900101300811", "SM4K7Q2X оплата курса")


@pytest.mark.parametrize(
    ("other", "same"),
    [
        (ONE, True),
        (Telling(Decimal(51), (DAY,), "15", "900101300811"), False),
        (Telling(Decimal(50), (DAY,), "16", "900101300811"), True),
        (Telling(Decimal(50), (DAY,), "16", "900101300823"), False),
        (Telling(Decimal(50), (DAY,), "", "900101300823", "подарок"), False),
        (Telling(Decimal(50), (DAY,), "", "900101300823", "SM4K7Q2X оплата ?урса"), True),
        (Telling(Decimal(50), (DAY + timedelta(days=30),), "16", "900101300811"), False),
        (Telling(Decimal(50), (DAY + timedelta(days=30),), "015", ""), True),
        (Telling(Decimal(50), (DAY + timedelta(days=30),), "", "900101300811"), False),
    ],
)
def test_what_may_be_the_same(other, same):
    assert may_be_the_same(ONE, other) is may_be_the_same(other, ONE) is same


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("15", "000000015", True),
        ("№15", "15", True),
        ("15", "16", False),
        ("", "16", None),
        ("б/н", "16", None),
        ("100200", "2026-11-0100200", True),
        ("15", "115", False),
    ],
)
def test_numbers_are_one_number_by_their_digits(one, other, same):
    assert same_number(one, other) is same


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("SM4K7Q2X үйрету төлемі", "SM4K7Q2X ?йрету т?лем?", True),
        ("SM4K7Q2X үйрету төлемі", "SM4K7Q2X", True),
        ("SM4K7Q2X үйрету төлемі", "Жалдау ақысы, қараша", False),
        ("", "SM4K7Q2X", None),
    ],
)
def test_purposes_are_alike_with_letters_lost_or_cut_off(one, other, same):
    assert same_purpose(one, other) is same


@pytest.mark.parametrize("doubt", [Doubt.TAKEN_BACK, Doubt.CONTRADICTION])
def test_other_money_answers_no_graver_doubt(doubt):
    """Whoever says that it is other money has not said that the bank did not take it back."""
    order = an_order_by_halves()
    told(half_of(order))
    day = DAY + timedelta(days=1)
    second = half_of(order, number="16", day=day)
    if doubt == Doubt.TAKEN_BACK:
        again = [second, half_of(order, number="16", day=day, amount=f"-{order.prepayment}.00")]
    else:
        two = "859\nВидДокумента=Сторно"
        again = [half_of(order, number="16", day=day, КодНазначенияПлатежа=two)]
    assert told(*again, at=TOMORROW + timedelta(days=1)).waiting == {doubt: 1}
    line = StatementLine.objects.get(state=LineState.UNMATCHED)
    desk = signed_in(an_owner())
    url = reverse("admin:payments_statementline_other", args=[line.pk])
    desk.post(url, {"reason": "Басқа төлем", "kept": "yes"})
    line.refresh_from_db()
    assert (line.state, line.doubt) == (LineState.UNMATCHED, doubt)
    assert state_of(order) == OrderState.PREPAID
