"""A list in a workbook of Excel is read as a table of text is, and a hostile one does no harm."""

import io
import zipfile
from datetime import UTC, datetime
from time import perf_counter

import pytest

from enrollment.rules.learner_list import ListError, Unreadable, read_list
from enrollment.rules.workbook import LARGEST_UNPACKED, MOST_PARTS
from tests.spreadsheet import a_workbook

pytestmark = pytest.mark.clause("1.1")


def changed(content: bytes, **parts: bytes) -> bytes:
    """The same archive with other parts in the place of some, or besides."""
    file = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        names = {part.filename for part in old.infolist()}
        for name in names | parts.keys():
            new.writestr(name, parts.get(name, old.read(name) if name in names else b""))
    return file.getvalue()


def read(content):
    return [(each.surname, each.name, each.patronymic) for each in read_list(content)]


def reason_of(content):
    with pytest.raises(ListError) as refused:
        read_list(content)
    return refused.value.reason


def test_a_workbook_with_headings_is_a_list():
    content = a_workbook(
        ["Тегі", "Аты", "Әкесінің аты", "Бөлім"],
        ["Қожағұлова", "Жұлдызай", "Әбдіманапқызы", "Сату"],
        [],
        ["Ли", "Анна", None, "Маркетинг"],
    )
    assert read(content) == [("Қожағұлова", "Жұлдызай", "Әбдіманапқызы"), ("Ли", "Анна", "")]


def test_a_workbook_with_numbers_and_whole_names_is_a_list():
    content = a_workbook([1, "Омаров Диас"], [2.0, "Ли Анна Сергеевна"])
    assert read(content) == [("Омаров", "Диас", ""), ("Ли", "Анна", "Сергеевна")]


def test_the_first_sheet_that_shows_anything_is_read():
    content = a_workbook(["Ли", "Анна"], before=["бос"], hidden=[["Құпия", "Адам"]])
    assert read(content) == [("Ли", "Анна", "")]


def test_of_a_formula_the_saved_value_is_read_and_never_the_formula():
    content = a_workbook(["Ли", '=HYPERLINK("https://evil.example","Анна")'], ["Омаров", "Диас"])
    assert read(content) == [("Ли", "", ""), ("Омаров", "Диас", "")]


def test_days_and_numbers_in_cells_are_text_for_the_form_to_judge():
    content = a_workbook(["Ли", datetime(2026, 11, 22, tzinfo=UTC).replace(tzinfo=None)])
    assert read(content)[0][0] == "Ли"


def test_more_than_a_hundred_learners_are_too_many():
    assert len(read(a_workbook(*[["Ли", "Анна"]] * 100))) == 100
    assert reason_of(a_workbook(*[["Ли", "Анна"]] * 101)) == Unreadable.TOO_LONG


def test_an_empty_workbook_names_nobody():
    assert reason_of(a_workbook()) == Unreadable.EMPTY
    without_sheets = changed(a_workbook(["Ли", "Анна"]), **{"xl/workbook.xml": b"<x/>"})
    assert reason_of(without_sheets) == Unreadable.EMPTY


BOMB = b"<x>" + b" " * (LARGEST_UNPACKED + 1)
ENTITIES = (
    b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]><x>&b;</x>'
)
HOSTILE = {
    "an archive of anything": changed(b"PK\x05\x06" + b"\0" * 18, **{"a.txt": b"x"}),
    "nothing behind the signature": b"PK\x03\x04" + b"\0" * 60,
    "parts that unpack to megabytes": changed(
        a_workbook(["Ли", "Анна"]), **{"xl/sharedStrings.xml": BOMB}
    ),
    "too many parts": changed(
        a_workbook(["Ли", "Анна"]), **{f"x/{number}": b"" for number in range(MOST_PARTS)}
    ),
    "entities": changed(a_workbook(["Ли", "Анна"]), **{"xl/workbook.xml": ENTITIES}),
    "entities in another encoding": changed(
        a_workbook(["Ли", "Анна"]),
        **{"xl/workbook.xml": ENTITIES.decode().encode("utf-16")},
    ),
    "cut in the middle": a_workbook(["Ли", "Анна"])[:2000],
    "a sheet that is no XML": changed(
        a_workbook(["Ли", "Анна"]), **{"xl/worksheets/sheet1.xml": b"<sheetData><row><c>"}
    ),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_workbook_is_refused_with_words(what):
    assert reason_of(HOSTILE[what]) == Unreadable.WORKBOOK


def test_a_row_far_down_costs_nothing():
    """A sheet may name the millionth row: what lies past a list is not looked at."""
    sheet = (
        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        b'<sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>A</t></is></c>'
        b'<c r="B1" t="inlineStr"><is><t>B</t></is></c></row>'
        b'<row r="1048576"><c r="XFD1048576" t="inlineStr"><is><t>Z</t></is></c></row>'
        b"</sheetData></worksheet>"
    )
    content = changed(a_workbook(["Ли", "Анна"]), **{"xl/worksheets/sheet1.xml": sheet})
    begun = perf_counter()
    assert read(content) == [("A", "B", "")]
    assert perf_counter() - begun < 2
