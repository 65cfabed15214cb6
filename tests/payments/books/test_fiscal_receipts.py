"""Receipts of the cash register: which money needs one, entered, imported, corrected, missing,
shown to the buyer.
"""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from functools import partial

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse

from enrollment.models import Party
from offer_site.errors import RuleViolation
from offer_site.journal.models import Entry
from offer_site.languages import speaking
from offer_site.notices.models import Notice
from payments.models import FiscalKind, FiscalOrigin, FiscalReceipt, LedgerEntry
from payments.models.fiscal import lacking_fiscal_receipt
from payments.operations.books.fiscal import ReceiptFacts, record_fiscal_receipt
from payments.operations.books.fiscal_import import import_fiscal_receipts
from payments.operations.ledger.receipts import Receipt, record_receipt
from payments.rules.fiscal_rows import read_fiscal_rows
from tests.at_once import at_once
from tests.given import NOON, a_paid_order, a_placed_order, an_owner, refusal
from tests.payments.books.scenes import LINK, a_fiscal_receipt, a_refund_of
from tests.staff.conftest import a_member, signed_in

LATER = NOON + timedelta(hours=25)
FACTS = ReceiptFacts(
    number="1234", sign="731064590812", issued_at=NOON + timedelta(minutes=2), link=LINK
)
TABLE = (
    "Номер чека;Фискальный признак;Дата и время;Сумма;"
    "Тип операции;Номер операции;Номер заказа;Ссылка\n"
)


def money(method: str, *, reference: str = "r1", at=NOON) -> LedgerEntry:
    """Money of no order, by any way."""
    receipt = Receipt(
        provider="manual",
        method=method,
        reference=reference,
        amount=Decimal(1000),
        currency="KZT",
        happened_at=at,
    )
    record_receipt(receipt=receipt, at=at)
    return LedgerEntry.objects.get(reference=reference)


def enter(entry, facts=FACTS, corrects=None):
    return record_fiscal_receipt(
        entry=entry,
        facts=facts,
        origin=FiscalOrigin.ENTERED,
        by="staff:1",
        at=LATER,
        corrects=corrects,
    )


def missing(at=LATER):
    return set(lacking_fiscal_receipt(LedgerEntry.objects.all(), at))


@pytest.mark.parametrize(
    ("method", "demanded"),
    [
        ("card", True),
        ("card Visa", True),
        ("Kaspi Pay", True),
        ("Kaspi Red", True),
        ("cash desk", True),
        ("transfer", False),
        ("installment", False),
        ("installment Halyk", False),
        ("", True),
        ("barter", True),
    ],
)
def test_a_receipt_is_demanded_for_cards_kaspi_and_cash_and_never_for_transfers(
    db, method, demanded
):
    entry = money(method)
    assert missing() == ({entry} if demanded else set())


def test_it_is_missing_only_when_its_time_is_over_and_none_is_known(db):
    entry = money("card")
    assert missing(NOON + timedelta(hours=24)) == set()
    assert missing(NOON + timedelta(hours=24, seconds=1)) == {entry}
    enter(entry)
    assert missing() == set()


def test_a_refund_needs_a_receipt_of_its_own(db):
    order = a_paid_order()
    enter(LedgerEntry.objects.get())
    back = a_refund_of(order, 1000)
    assert missing() == {back}
    receipt, _is_new = enter(back, ReceiptFacts(number="1235", sign="8", issued_at=NOON))
    assert receipt.kind == FiscalKind.REFUND
    assert missing() == set()
    assert [each.number for each in FiscalReceipt.objects.of_order(order)] == ["1235", "1234"]


def test_the_same_receipt_again_adds_nothing(db):
    order = a_paid_order()
    first, is_new = enter(LedgerEntry.objects.get())
    assert is_new
    assert enter(LedgerEntry.objects.get()) == (first, False)
    assert Entry.objects.of_order(order.code).filter(verb="fiscal_receipt.recorded").count() == 1


def test_another_receipt_is_refused_unless_it_says_which_it_corrects(db):
    a_paid_order()
    entry = LedgerEntry.objects.get()
    first, _is_new = enter(entry)
    mended = ReceiptFacts(number="1234", sign="999", issued_at=FACTS.issued_at)
    with refusal():
        enter(entry, mended)
    second, _is_new = enter(entry, mended, corrects=first)
    assert list(FiscalReceipt.objects.standing()) == [second]
    assert FiscalReceipt.objects.count() == 2
    with refusal():
        enter(entry, ReceiptFacts(number="1", sign="1", issued_at=NOON), corrects=first)
    with pytest.raises(Exception, match="evidence"), transaction.atomic():
        FiscalReceipt.objects.filter(pk=first.pk).update(sign="0")


def test_a_receipt_of_a_time_to_come_is_refused(db):
    entry = money("card")
    with refusal():
        enter(entry, ReceiptFacts(number="1", sign="1", issued_at=LATER + timedelta(seconds=1)))
    assert not FiscalReceipt.objects.exists()


def test_two_receipts_at_once_leave_one(transactional_db):
    entry = money("card")
    facts = [ReceiptFacts(number=number, sign="1", issued_at=NOON) for number in ("1", "2")]
    entered = at_once([partial(enter, entry, each) for each in facts], errors=RuleViolation)
    assert sorted(isinstance(each, RuleViolation) for each in entered) == [False, True]
    assert FiscalReceipt.objects.count() == 1


# --- Files
def a_table(*rows: str) -> bytes:
    return (TABLE + "\n".join(rows)).encode("utf-8-sig")


def take(*rows: str):
    return import_fiscal_receipts(content=a_table(*rows), by="staff:1", at=LATER)


def test_a_file_gives_receipts_by_the_number_of_the_operation(db):
    order = a_paid_order()
    entry = LedgerEntry.objects.get()
    row = f"77;5512;23.11.2026 12:03:10;149990,00;Продажа;{entry.reference};;{LINK}"
    report = take(row)
    assert (report.recorded, report.known, report.left) == (1, 0, [])
    receipt = FiscalReceipt.objects.of_order(order).get()
    assert (receipt.number, receipt.sign, receipt.link) == ("77", "5512", LINK)
    assert receipt.issued_at == NOON + timedelta(minutes=3, seconds=10)
    assert receipt.origin == FiscalOrigin.IMPORTED
    again = take(row)
    assert (again.recorded, again.known) == (0, 1)


def test_a_file_gives_receipts_by_order_sum_and_day(db):
    order = a_paid_order()
    other = a_paid_order()
    back = a_refund_of(order, 1000)
    report = take(
        f"77;5512;23.11.2026 12:03;149 990;Продажа;;{order.code.lower()};",
        f"78;5513;24.11.2026 00:01;149990.00;Продажа;;{other.code};",
        f"79;5514;23.11.2026 12:30;1000;Возврат продажи;;{order.code};",
    )
    assert (report.recorded, report.left) == (3, [])
    assert back.fiscal_receipts.get().number == "79"
    assert [each.number for each in FiscalReceipt.objects.of_order(other)] == ["78"]
    assert missing() == set()


@pytest.mark.parametrize(
    "row",
    [
        "77;1;23.11.2026 12:03;149990;Продажа;unknown;;",
        "77;1;23.11.2026 12:03;149990;Продажа;;SM000000;",
        "77;1;23.11.2026 12:03;1;Продажа;{reference};;",
        "77;1;25.11.2026 12:03;149990;Продажа;;{code};",
        "77;1;23.11.2026 12:03;149990;Возврат;{reference};;",
    ],
)
def test_a_line_whose_money_is_not_known_is_left_with_its_reason(db, row):
    order = a_paid_order()
    entry = LedgerEntry.objects.get()
    good = a_paid_order()
    known = LedgerEntry.objects.get(allocations__order=good)
    report = take(
        row.format(reference=entry.reference, code=order.code),
        f"80;9;23.11.2026 12:04;149990;Продажа;{known.reference};;",
    )
    assert report.recorded == 1
    assert [line for line, _reason in report.left] == [2]


def test_two_payments_that_fit_alike_are_left_to_a_person(db):
    order = a_paid_order()
    receipt = Receipt(
        provider="kaspi",
        method="Kaspi Pay",
        reference="twice",
        amount=Decimal(order.price),
        currency="KZT",
        happened_at=NOON,
        invoice_id=order.code,
    )
    record_receipt(receipt=receipt, order=order, at=NOON)
    report = take(f"77;1;23.11.2026 12:03;149990;Продажа;;{order.code};")
    assert report.recorded == 0
    assert [line for line, _reason in report.left] == [2]


BROKEN = {
    "another encoding": ("Номер чека;ФП\n").encode("cp1251"),
    "no heading": b"",
    "a column is missing": (
        "Номер чека;Дата и время;Сумма;Номер операции\n1;23.11.2026 12:03;1;2"
    ).encode(),
    "nothing to find the money by": (
        "Номер чека;ФП;Дата и время;Сумма\n1;2;23.11.2026 12:03;1"
    ).encode(),
    "no amount": a_table("77;1;23.11.2026 12:03;1,005;Продажа;2;;"),
    "no time": a_table("77;1;32.11.2026 12:03;1;Продажа;2;;"),
    "an empty sign": a_table("77;;23.11.2026 12:03;1;Продажа;2;;"),
    "a link that runs": a_table("77;1;23.11.2026 12:03;1;Продажа;2;;javascript:alert(1)"),
}


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN.keys())
def test_a_file_that_cannot_be_trusted_is_refused_whole(db, content):
    with refusal() as caught:
        import_fiscal_receipts(content=content, by="staff:1", at=LATER)
    assert caught.value.field == "file"
    assert not FiscalReceipt.objects.exists()


def test_the_columns_of_a_register_can_be_named_in_the_settings():
    content = "Чек;ЗНМ;Когда;Итог;RRN\n7;8;2026-11-23 12:00;1 000,50;ref".encode()
    names = {
        "number": "Чек",
        "sign": "знм",
        "issued_at": "Когда",
        "amount": "Итог",
        "reference": "RRN",
    }
    (row,) = read_fiscal_rows(content, names)
    assert (row.number, row.sign, row.amount, row.reference) == (
        "7",
        "8",
        Decimal("1000.50"),
        "ref",
    )
    assert row.issued_at == NOON


def test_the_command_prints_a_line_a_thing_and_tells_by_its_code(db, tmp_path, capsys):
    a_paid_order()
    entry = LedgerEntry.objects.get()
    file = tmp_path / "receipts.csv"
    file.write_bytes(a_table(f"77;1;23.11.2026 12:03;149990;Продажа;{entry.reference};;"))
    call_command("import_fiscal_receipts", file)
    assert capsys.readouterr().out == "imported receipts.csv: 1 recorded, 0 known\n"
    file.write_bytes(a_table("78;1;23.11.2026 12:03;1;Продажа;nothing;;"))
    with pytest.raises(SystemExit) as ended:
        call_command("import_fiscal_receipts", file)
    assert ended.value.code == 1
    assert "left line 2: no such money is known" in capsys.readouterr().out
    file.write_bytes(b"")
    with pytest.raises(CommandError) as refused:
        call_command("import_fiscal_receipts", file)
    assert refused.value.returncode == 2


# --- Pages
def test_staff_enter_a_receipt_on_the_page_of_its_money_and_mend_it_there(db):
    order = a_paid_order()
    entry = LedgerEntry.objects.get()
    desk = signed_in(an_owner())
    page = reverse("admin:payments_ledgerentry_fiscal-receipt", args=[entry.pk])
    sent = {"number": "77", "sign": "1", "issued_at": "2026-11-23T12:03", "link": LINK}
    assert desk.post(page, sent).status_code == 302
    assert 'value="77"' in desk.get(page).text
    assert desk.post(page, sent | {"sign": "2"}).status_code == 302
    assert [each.sign for each in FiscalReceipt.objects.of_order(order)] == ["2"]
    assert FiscalReceipt.objects.count() == 2
    rows = Entry.objects.of_order(order.code).filter(about_kind="fiscal_receipt")
    assert {row.verb for row in rows} == {"fiscal_receipt.recorded", "fiscal_receipt.corrected"}


def test_staff_import_a_file_and_see_what_was_left(db):
    desk = signed_in(a_member("accountant"))
    page = reverse("admin:payments_fiscalreceipt_import")
    assert page in desk.get(reverse("admin:payments_fiscalreceipt_changelist")).text
    file = SimpleUploadedFile("receipts.csv", a_table("78;1;23.11.2026 12:03;1;Продажа;nothing;;"))
    answer = desk.post(page, {"file": file}, headers={"accept-language": "ru"})
    assert "такая операция не найдена" in answer.text
    a_paid_order()
    good = a_table(f"77;1;23.11.2026 12:03;149990;Продажа;{LedgerEntry.objects.get().reference};;")
    assert desk.post(page, {"file": SimpleUploadedFile("receipts.csv", good)}).status_code == 302
    assert signed_in(a_member("manager")).get(page).status_code == 403


@pytest.mark.parametrize(("language", "words"), [("kk", "Төлем чегі"), ("ru", "Чек оплаты")])
def test_the_buyer_sees_number_sign_and_link(db, language, words):
    order = a_paid_order()
    a_fiscal_receipt(LedgerEntry.objects.get(), number="4711")
    with speaking(language):
        html = render_to_string(
            "pages/order/receipts.html", {"receipts": FiscalReceipt.objects.of_order(order)}
        )
        assert (
            render_to_string(
                "pages/order/receipts.html", {"receipts": FiscalReceipt.objects.none()}
            ).strip()
            == ""
        )
    for said in (words, "4711", "731064590812", LINK):
        assert said in html


def test_another_order_shows_nothing_of_it(db):
    order = a_paid_order()
    a_fiscal_receipt(LedgerEntry.objects.get())
    assert not FiscalReceipt.objects.of_order(a_placed_order(cohort=order.cohort)).exists()


# --- The letter
def receipt_letters():
    return Notice.objects.filter(kind="receipt-known").order_by("pk")


def test_a_receipt_that_is_known_is_sent_to_the_buyer_once(db):
    order = a_paid_order()
    entry = LedgerEntry.objects.get()
    enter(entry)
    enter(entry)
    letter = receipt_letters().get()
    assert (letter.recipient, letter.order_code) == (order.party.email, order.code)
    assert (letter.facts["number"], letter.facts["receipt_url"]) == (FACTS.number, LINK)
    assert "is_refund" not in letter.facts


def test_a_receipt_that_corrects_another_says_which(db):
    a_paid_order()
    entry = LedgerEntry.objects.get()
    first, _is_new = enter(entry)
    enter(entry, replace(FACTS, number="1235"), corrects=first)
    assert [each.facts.get("instead_of") for each in receipt_letters()] == [None, "1234"]


def test_a_receipt_of_money_of_no_order_is_sent_to_nobody(db):
    enter(money("card Visa"))
    assert not receipt_letters().exists()


def test_of_an_order_whose_data_were_erased_a_receipt_is_kept_and_sent_to_nobody(db):
    order = a_paid_order()
    Party.objects.filter(pk=order.party_id).update(email="")
    assert enter(LedgerEntry.objects.get())[1]
    assert not receipt_letters().exists()
