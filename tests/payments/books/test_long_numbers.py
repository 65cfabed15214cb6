"""Long numbers in a CSV survive a spreadsheet: what we export comes back the same, and what a
spreadsheet has shortened is refused with its line, never taken.
"""

import csv
from io import StringIO

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from hypothesis import given as whatever
from hypothesis import strategies as st

from enrollment.rules.learner_list import read_list
from offer_site.spreadsheets import are_shortened, cell, csv_lines, read_cell
from payments.models import FiscalReceipt, KaspiRegistry, KaspiRow
from payments.providers.kaspi.registry import RegistryError, read_registry
from payments.rules.fiscal_rows import TableError, read_fiscal_rows
from tests.given import NOON, a_placed_order, a_receipt, an_owner, receive
from tests.payments.books.test_accounts import ASKED
from tests.payments.registries import HEADINGS
from tests.spreadsheet import opened_and_saved, shown
from tests.staff.conftest import signed_in

NUMBERS = [
    "1000000000000000123",
    "00012345",
    "123456789012",
    "900101300811",
    "12345678901234567890",
    "1234567e12",
    "1-2",
    "3/4",
    "12.11",
    "12:30",
    "1 234 567",
    "50%",
    "0",
    "7",
    "12345678901",
]
LATER = NOON.replace(hour=20)


# --- A cell
@pytest.mark.parametrize("number", NUMBERS)
def test_a_number_that_is_a_name_is_what_a_spreadsheet_shows_and_saves(number):
    assert shown(cell(number)) == number
    assert read_cell(cell(number)) == number
    assert read_cell(shown(cell(number))) == number


def test_a_spreadsheet_would_change_them_without_care():
    """The control: the test above can fail."""
    changed = [number for number in NUMBERS if shown(number) != number]
    assert len(changed) >= 8
    assert shown("1000000000000000123") == "1,00000E+18"
    assert shown("00012345") == "12345"


@whatever(st.text(max_size=40))
def test_whatever_is_written_is_read_back(text):
    assert read_cell(cell(text)) == text


@whatever(st.sampled_from("0123456789"), st.text("0123456789 .,-/:eE", max_size=24))
def test_whatever_is_made_of_figures_survives_a_spreadsheet(first, more):
    text = first + more
    assert shown(cell(text)).strip() == text.strip()
    line = b"".join(csv_lines([[text]])).decode("utf-8-sig")
    ((read,),) = csv.reader(StringIO(line, newline=""), delimiter=";")
    assert read_cell(read) == text


def test_a_whole_number_that_is_shown_as_a_power_is_a_text():
    assert [cell(99_999_999_999), cell(100_000_000_000)] == ["99999999999", '="100000000000"']


# --- What we export, opened and saved, and imported
@pytest.mark.clause("4.4")
def test_an_export_goes_through_a_spreadsheet_and_comes_back_by_its_numbers(db, tmp_path, capsys):
    reference = "1000000000000000123"
    order = a_placed_order()
    receive(a_receipt(order, reference=reference), order)
    answer = signed_in(an_owner()).get(f"{ASKED}day&file=entries")
    saved = opened_and_saved(b"".join(answer.streaming_content)).decode("kz1048")
    rows = list(csv.reader(StringIO(saved, newline=""), delimiter=";"))
    references = {row[8] for row in rows[1:]}
    assert references == {reference}

    table = b"".join(
        csv_lines(
            [
                ("Номер чека", "Фискальный признак", "Дата и время", "Сумма", "Номер операции"),
                ("000123456789", "0012345678901234", "23.11.2026 12:03", "149990,00", reference),
            ]
        )
    )
    path = tmp_path / "receipts.csv"
    path.write_bytes(opened_and_saved(table))
    with time_machine.travel(LATER, tick=False):
        call_command("import_fiscal_receipts", str(path))
    assert capsys.readouterr().out == "imported receipts.csv: 1 recorded, 0 known\n"
    receipt = FiscalReceipt.objects.get()
    assert (receipt.number, receipt.sign) == ("000123456789", "0012345678901234")
    assert receipt.entry.reference == reference


@pytest.mark.clause("4.4")
def test_a_registry_that_was_saved_with_care_is_read_and_a_shortened_one_is_refused(db, client):
    row = ("1000000000000000123", "23.11.2026 12:00", "SM4K7Q2X", "149990,00", "1424,91")
    careful = opened_and_saved(b"".join(csv_lines([HEADINGS, row])))
    plain = ";".join(HEADINGS) + "\r\n" + ";".join(row)
    careless = opened_and_saved(plain.encode("utf-8-sig"))
    desk = signed_in(an_owner())
    page = "/admin/payments/kaspiregistry/add/"
    refused = desk.post(page, {"file": SimpleUploadedFile("r.csv", careless)})
    assert "1,00000E+18" in refused.text
    assert refused.context["form"].errors["file"]
    assert not KaspiRegistry.objects.exists()
    with time_machine.travel(LATER, tick=False):
        assert desk.post(page, {"file": SimpleUploadedFile("r.csv", careful)}).status_code == 302
    assert KaspiRow.objects.get().txn_id == "1000000000000000123"


# --- What a spreadsheet has shortened
@pytest.mark.parametrize(
    "row",
    [
        "1,23457E+11;1;23.11.2026 12:03;7;r1",
        "1;1,23457E+11;23.11.2026 12:03;7;r1",
        "1;2;23.11.2026 12:03;1,5E+05;r1",
        "1;2;23.11.2026 12:03;7;1,00000E+18",
        "1;2;23.11.2026 12:03;7;1000000000000000000",
    ],
)
def test_a_fiscal_table_with_a_shortened_number_is_refused_with_its_line(row, tmp_path, db):
    head = "Номер чека;Фискальный признак;Дата и время;Сумма;Номер операции\n"
    with pytest.raises(TableError):
        read_fiscal_rows((head + row).encode(), {})
    path = tmp_path / "receipts.csv"
    path.write_text(head + row)
    with pytest.raises(CommandError, match=r"Line 2: a spreadsheet has shortened") as refused:
        call_command("import_fiscal_receipts", str(path))
    assert refused.value.returncode == 2


def test_a_registry_of_numbers_that_all_end_in_zeros_is_refused():
    rows = [f"10000000000000{n}0000;23.11.2026 12:00;SM4K7Q2X;7;1" for n in (1, 2)]
    text = "\n".join([";".join(HEADINGS), *rows])
    with pytest.raises(RegistryError):
        read_registry(text.encode(), columns={})
    sound = text.replace("20000;", "20007;")
    assert len(read_registry(sound.encode(), columns={})) == 2


@pytest.mark.parametrize(
    ("numbers", "lost"),
    [
        (["1000000000000000000"], True),
        (["1000000000000000123", "1000000000000000000"], False),
        (["100000000000000000"], True),
        (["1000000000000000"], False),
        (["SM4K7Q2X", "123"], False),
        ([], False),
    ],
)
def test_zeros_of_a_spreadsheet_and_zeros_by_chance(numbers, lost):
    assert are_shortened(numbers) is lost


# --- Other programs, other encodings
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "kz1048", "utf-16"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
def test_a_fiscal_table_is_read_in_whatever_an_office_saves(encoding, delimiter):
    lines = [
        ["Номер чека", "Фискальный признак", "Дата и время", "Сумма", "Номер операции"],
        ["0077", '="0012"', "23.11.2026 12:03", "7.00", "'+r1"],
    ]
    content = "\r\n".join(delimiter.join(line) for line in lines).encode(encoding)
    (row,) = read_fiscal_rows(content, {})
    assert (row.number, row.sign, row.reference) == ("0077", "0012", "+r1")


def test_a_line_that_cannot_be_split_is_refused():
    head = "Номер чека;Фискальный признак;Дата и время;Сумма;Номер операции\n"
    with pytest.raises(TableError):
        read_fiscal_rows((head + "x" * 200_000).encode(), {})


def test_a_list_of_learners_is_read_as_it_was_exported():
    content = b"".join(csv_lines([("Тегі", "Аты"), ("Әбілқасымова", "Гүлнұр")]))
    (listed,) = read_list(opened_and_saved(content))
    assert (listed.surname, listed.name) == ("Әбілқасымова", "Гүлнұр")
