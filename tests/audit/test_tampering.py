"""Whatever is edited, removed or inserted behind the application's back is found,
under its line and no other.
"""

from pathlib import Path

import pytest
from django.core.files.storage import default_storage

from offer_site.audit.asking import ask_everything
from offer_site.audit.lines import LINES
from offer_site.encryption import encrypt
from tests.audit.tampering import TAMPERINGS, another_file, ask
from tests.services import on_sqlite

PERSONAL = ("Абай", "Әбілқасым", "Тестов", "@example.kz", "+77", "900101300811")


def found_in(world) -> dict[str, list[str]]:
    return {
        answer.line.id: answer.violations
        for answer in ask_everything(at=world.at)
        if answer.violations
    }


@pytest.mark.parametrize("tampering", TAMPERINGS, ids=[each.name for each in TAMPERINGS])
def test_it_is_found_when(world, tampering):
    if on_sqlite() and not tampering.on_sqlite:
        pytest.skip("SQLite cannot do this to a table")
    tampering.do(world)
    found = found_in(world)
    assert set(found) == tampering.found_by, found
    assert [value for value in PERSONAL if value in str(found)] == []


FILES = {
    "a certificate": (
        "C2",
        "SELECT file FROM certificates_certificate WHERE revoked_at IS NOT NULL",
    ),
    "a letter": ("N1", "SELECT raw FROM notices_notice WHERE kind = 'contract-concluded'"),
    "the document of money by hand": ("M12", "SELECT document FROM payments_manualreceipt"),
    "the document of a typed transfer": ("M12", "SELECT document FROM payments_typedtransfer"),
}


@pytest.mark.parametrize("what", FILES)
@pytest.mark.parametrize("content", [b"%PDF-1.7 another", None], ids=["is replaced", "is gone"])
def test_a_stored_file_that(world, what, content):
    line, question = FILES[what]
    with another_file(ask(question)[0][0], content and encrypt(content)):
        assert set(found_in(world)) == {line}


def test_a_stored_file_in_plain_text_is_found(world):
    path = Path(default_storage.path("leaked.txt"))
    path.write_bytes(b"Abay 1")
    try:
        assert found_in(world) == {"S2": ["the file leaked.txt is not encrypted"]}
    finally:
        path.unlink()


def test_every_line_that_can_be_asked_is_broken_by_a_tampering():
    broken = {line for each in TAMPERINGS for line in each.found_by}
    assert broken == {line.id for line in LINES if line.questions}
