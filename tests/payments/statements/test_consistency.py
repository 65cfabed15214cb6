"""A bank's file is believed only where it is whole and consistent: what it says twice, in two ways,
waits with both tellings; what it takes back stands beside its receipt.
"""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils.html import escape

from enrollment.models import Order
from enrollment.rules.order_states import OrderState
from offer_site.staff.attention import needs_attention
from payments.admin.masking import without_iins
from payments.admin.statements.files import as_the_bank_writes
from payments.models import (
    LedgerEntry,
    ReconciliationDifference,
    StatementFile,
    StatementLine,
    TypedTransfer,
)
from payments.operations.reconciliation.differences import settle_difference
from payments.operations.statements.imports import import_statement
from payments.rules.matching import Doubt
from tests.given import NOON, a_placed_order, an_owner
from tests.payments.statements.scenes import (
    DAY,
    IBAN,
    PAYER,
    a_statement,
    an_operation,
    an_order_paid,
    bank_details,
)
from tests.payments.statements.test_typed_transfers import typed
from tests.staff.conftest import a_member, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.clause("4.4")]
TOMORROW = NOON + timedelta(days=1)
LATER = TOMORROW + timedelta(hours=1)
FOREIGN = "KZ40601A871000000001"


@pytest.fixture
def order() -> Order:
    order = a_placed_order()
    bank_details()
    return order


def imported(*operations, closing="", at=TOMORROW):
    content = a_statement(operations, closing=closing)
    return import_statement(content=content, name="kaspi.txt", by="system", at=at)


def state_of(order: Order) -> str:
    return Order.objects.get(pk=order.pk).state


# --- What a section says twice
@pytest.mark.parametrize(
    ("wish", "also"),
    [
        ({"amount": "1.00"}, "СуммаПриход=149990.00"),
        ({"amount": "149990.00"}, "СуммаПриход=1.00"),
        ({"amount": "149990.00"}, "СуммаРасход=149990.00"),
        ({"amount": "149990.00"}, "Сумма=1.00"),
        ({"СуммаПриход": "", "Сумма": "1.00"}, "СуммаПриход=149990.00"),
        ({"amount": "0.00"}, "СуммаПриход=149990.00"),
        ({"day": DAY + timedelta(days=1)}, "ДатаДокумента=23.11.2026"),
        ({"day": DAY + timedelta(days=1)}, "Дата=23.11.2026"),
        ({}, f"ПолучательИИК={FOREIGN}"),
        ({}, f"ПлательщикИИК={IBAN}"),
        ({"ПолучательИИК": ""}, f"ПолучательСчет={FOREIGN}"),
        ({}, "ПлательщикИИН=900101300823"),
        ({}, "Валюта=KZT\nВалюта=USD"),
        ({}, "НазначениеПлатежа=басқа тапсырыс"),
        ({}, "НазначениеПлатежа1=басқа\nНазначениеПлатежа2=тапсырыс"),
        ({}, "ВидДокумента=Сторно"),
    ],
)
def test_a_line_that_says_two_things_waits_with_both(order, wish, also):
    wanted = {"purpose": f"{order.code} оплата\n{also}", "amount": "149990.00"} | wish
    assert imported(an_operation(**wanted)).waiting == {Doubt.CONTRADICTION: 1}
    assert state_of(order) == OrderState.AWAITING_PAYMENT
    assert not LedgerEntry.objects.exists()
    line = StatementLine.objects.get()
    page = signed_in(a_member("accountant")).get(
        reverse("admin:payments_statementline_change", args=[line.pk])
    )
    assert line.facts["contradiction"]
    said = as_the_bank_writes(line.facts["contradiction"])
    assert escape(without_iins(said)) in page.text


@pytest.mark.parametrize(
    "also",
    [
        "СуммаПриход=149990",
        "СуммаПриход=149 990,00",
        "СуммаПриход=",
        "Сумма=149990.00",
        "СуммаРасход=0.00",
        "ДатаДокумента=23/11/2026",
        "ПолучательСчет=kz79 722s 0000 0167 4774",
        "НазначениеПлатежа1=",
    ],
)
def test_one_thing_said_twice_in_other_figures_is_no_contradiction(order, also):
    assert imported(an_order_paid(order, КодНазначенияПлатежа=f"859\n{also}")).matched == (
        order.code,
    )


def test_a_key_of_ours_in_a_file_changes_no_fact(order):
    imported(an_order_paid(order, payer_id=f"{PAYER}\npayer_id=900101300823\npurpose=x"))
    facts = StatementLine.objects.get().facts
    assert (facts["payer_id"], facts["purpose"]) == (PAYER, f"{order.code} оплата курса")


def test_a_line_of_zero_is_nothing(order):
    nothing = an_operation(purpose="сыйақы", amount="0.00", number=1)
    report = imported(nothing, an_order_paid(order))
    assert report.matched == (order.code,)
    assert (report.file.incoming, report.file.of_nothing, report.needs_a_person) == (1, 1, False)


# --- The sums at the head
def test_a_file_that_lacks_lines_pays_nothing_until_a_whole_one_comes(order):
    operations = [an_order_paid(order), an_operation(purpose="басқа", number=16)]
    whole = a_statement(operations, closing="299980.00")
    part = a_statement(operations, closing="299980.00").replace(operations[1].encode("kz1048"), b"")
    owner = an_owner()
    first = import_statement(content=part, name="part.txt", by="system", at=TOMORROW)
    assert (first.matched, first.waiting) == ((), {Doubt.FILE_DISAGREES: 1})
    assert first.needs_a_person
    assert [each["what"] for each in first.file.disagreements] == ["came"]
    assert is_asked_about_files(owner)
    again = import_statement(content=part, name="part.txt", by="system", at=TOMORROW)
    assert again.matched == ()

    second = import_statement(content=whole, name="whole.txt", by="system", at=LATER)
    assert second.matched == (order.code,)
    assert state_of(order) == OrderState.PAID
    assert StatementLine.objects.count() == 2
    assert not is_asked_about_files(owner)


def is_asked_about_files(owner) -> bool:
    return any(
        matter.question.query == "attention=disagrees"
        for matter in needs_attention(user=owner, at=LATER)
    )


def test_the_page_of_a_file_shows_the_banks_sum_beside_that_of_its_lines(order):
    desk = signed_in(a_member("accountant"))
    content = a_statement([an_order_paid(order)], closing="1.00")
    add = reverse("admin:payments_statementfile_add")
    page = desk.post(add, {"file": SimpleUploadedFile("kaspi.txt", content)}, follow=True)
    chapters = {str(each.title): each.rows for each in page.context["chapters"]}
    assert [row[1:] for row in chapters["сәйкес келмейтін сомалар"]] == [
        ("1\N{NO-BREAK SPACE}₸", "149\N{NO-BREAK SPACE}990\N{NO-BREAK SPACE}₸")
    ]


def test_a_file_that_disagrees_stands_for_no_second_person(order):
    line = typed(order)
    told = {
        "purpose": line.facts["purpose"],
        "amount": line.amount,
        "payer_id": line.facts["payer_id"],
        "number": line.number,
    }
    imported(an_operation(**told), closing="5.00")
    line.refresh_from_db()
    assert line.doubt == Doubt.UNAPPROVED
    assert TypedTransfer.objects.get().told_in is None


# --- What the bank takes back
def test_a_receipt_taken_back_is_shown_beside_it_until_a_person_settles_it(order):
    imported(an_order_paid(order))
    assert state_of(order) == OrderState.PAID
    back = an_order_paid(order, amount="-149990.00")
    report = imported(back, at=LATER)
    assert report.needs_a_person
    line = StatementLine.objects.get()
    difference = ReconciliationDifference.objects.get()
    assert (difference.reference, difference.amount_there) == (line.fingerprint, line.amount)
    desk = signed_in(a_member("accountant"))
    page = desk.get(reverse("admin:payments_statementline_change", args=[line.pk]))
    url = reverse("admin:payments_reconciliationdifference_change", args=[difference.pk])
    assert url in page.text
    assert order.code in desk.get(url).text
    imported(back, an_operation(purpose="басқа", number=16), at=LATER)
    assert ReconciliationDifference.objects.count() == 1
    settle_difference(difference=difference, reason="Ақша қайтарылды", by=an_owner(), at=LATER)
    assert not imported(back, at=LATER).needs_a_person


def test_a_receipt_taken_back_in_its_own_file_pays_nothing(order):
    report = imported(an_order_paid(order), an_order_paid(order, amount="-149990.00"))
    assert report.waiting == {Doubt.TAKEN_BACK: 1}
    assert state_of(order) == OrderState.AWAITING_PAYMENT


def test_a_storno_of_nothing_that_is_known_is_shown_alone(order):
    storno = an_operation(
        purpose="Сторно ошибочно зачисленной суммы",
        number=900,
        СуммаПриход="",
        СуммаРасход="7.00",
        ПлательщикИИК=IBAN,
        ПолучательИИК=FOREIGN,
    )
    assert imported(storno).needs_a_person
    assert not StatementLine.objects.exists()
    difference = ReconciliationDifference.objects.get()
    assert difference.detail == "The bank takes a receipt back, and does not say which."
    assert StatementFile.objects.get().taken_back == 1


def test_a_receipt_whose_storno_was_imported_before_it_pays_nothing(order):
    """Staff import the files of a bank in any order."""
    imported(an_order_paid(order, amount="-149990.00"))
    report = imported(an_order_paid(order), an_operation(purpose="басқа", number=16), at=LATER)
    assert report.waiting == {Doubt.TAKEN_BACK: 1, Doubt.NO_CODE: 1}
    assert state_of(order) == OrderState.AWAITING_PAYMENT
    settle_difference(
        difference=ReconciliationDifference.objects.get(),
        reason="Қайта төленді",
        by=an_owner(),
        at=LATER,
    )
    again = an_order_paid(order, number=17)
    assert imported(again, at=LATER).matched == (order.code,)


@pytest.mark.parametrize("number", [15, "000015", 900])
def test_a_storno_holds_the_receipt_of_its_payer_and_not_one_of_the_same_number(order, number):
    """Each payer counts their own documents, and a storno may have a number of the bank's own."""
    other = a_placed_order()
    mine = an_order_paid(order, number=7)
    theirs = an_order_paid(other, number=15, payer_id="900101300823")
    storno = an_order_paid(order, number=number, amount="-149990.00")
    report = imported(mine, theirs, storno)
    assert report.matched == (other.code,)
    assert report.waiting == {Doubt.TAKEN_BACK: 1}
    assert state_of(order) == OrderState.AWAITING_PAYMENT
    taken_back = StatementLine.objects.get(number="7")
    assert ReconciliationDifference.objects.get().reference == taken_back.fingerprint


@pytest.mark.parametrize("words", ["{code} 1CClientBankExchange", "1CClientBankExchange"])
def test_a_purpose_that_ends_in_the_formats_first_word_stops_no_file(order, words):
    strange = an_operation(purpose=words.format(code=order.code), amount="100.00", number=16)
    assert imported(an_order_paid(order), strange).matched == (order.code,)
    assert StatementLine.objects.count() == 2
