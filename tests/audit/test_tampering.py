"""Whatever is edited, removed or inserted behind the application's back is found,
under its line and no other.

Each tampering asks its own lines. That no other line finds it is asked once here, of many
tamperings together, and of each by `make faults`.
"""

from collections.abc import Iterable
from pathlib import Path
from types import FunctionType

import pytest
from django.core.files.storage import default_storage
from django.db import transaction

from offer_site.audit.asking import AuditAnswer, ask, ask_everything
from offer_site.audit.lines import LINES
from offer_site.encryption import encrypt
from tests.audit import tampering
from tests.audit.tampering import TAMPERINGS, Tampering, another_file
from tests.audit.world import Busy
from tests.services import on_sqlite

# What a stored file is asked is broken here below, and for each kind in test_files.py.
OF_FILES = ("offer_site.audit.files", "offer_site.audit.plain")
PERSONAL = ("Абай", "Әбілқасым", "Тестов", "@example.kz", "+77", "900101300811")


def false_among(answers: list[AuditAnswer]) -> dict[str, list[str]]:
    return {answer.line.id: answer.violations for answer in answers if answer.violations}


def found_by(lines: Iterable[str], world: Busy) -> dict[str, list[str]]:
    """Ask these lines alone."""
    return false_among(ask([line for line in LINES if line.id in lines], at=world.at))


def found_in(world: Busy) -> dict[str, list[str]]:
    """Ask everything."""
    return false_among(ask_everything(at=world.at))


def tamper(world: Busy, each: Tampering) -> None:
    if on_sqlite() and not each.on_sqlite:
        pytest.skip("SQLite cannot do this to a table")
    each.do(world)


each_tampering = pytest.mark.parametrize("each", TAMPERINGS, ids=[each.name for each in TAMPERINGS])


@each_tampering
def test_it_is_found_when(world, each):
    tamper(world, each)
    found = found_by(each.found_by, world)
    assert set(found) == each.found_by, found
    assert [value for value in PERSONAL if value in str(found)] == []


@pytest.mark.faults
@each_tampering
def test_no_other_line_finds_that(world, each):
    tamper(world, each)
    found = found_in(world)
    assert set(found) == each.found_by, found
    assert [value for value in PERSONAL if value in str(found)] == []


# Each is found by one line; the other lines must stay silent.
TOGETHER = (
    tampering.a_receipt_that_waits_is_removed,
    tampering.an_allocation_is_lowered,
    tampering.what_is_due_is_not_the_price,
    tampering.a_sold_place_is_held_for_a_while,
    tampering.a_withdrawal_is_removed,
    tampering.a_check_code_can_be_guessed,
    tampering.an_exception_is_removed,
    tampering.a_letter_waits_for_ever,
    tampering.a_demand_has_no_day,
    tampering.a_decision_is_of_another_person,
)


def test_of_many_tamperings_the_whole_audit_names_exactly_their_lines(world):
    for tampers in TOGETHER:
        tampers(world)
    found = found_in(world)
    assert set(found) == {"M1", "M4", "M9", "O1", "A6", "C1", "C3", "N2", "D2", "S1", "S3"}, found
    assert [value for value in PERSONAL if value in str(found)] == []


FILES = {
    "a certificate": (
        "C2",
        "SELECT file FROM certificates_certificate WHERE revoked_at IS NOT NULL",
    ),
    "a letter": ("N1", "SELECT raw FROM notices_notice WHERE kind = 'contract-concluded'"),
    "a letter that came": (
        "N3",
        "SELECT raw FROM correspondence_letter WHERE standing = 'other-address'",
    ),
    "the receipt of a letter on paper": (
        "N3",
        "SELECT document FROM correspondence_postalreceipt",
    ),
    "the document of a move": ("A2", "SELECT document FROM enrollment_cohortmove"),
    "the document of money by hand": ("M12", "SELECT document FROM payments_manualreceipt"),
    "the document of a typed transfer": ("M12", "SELECT document FROM payments_typedtransfer"),
}


@pytest.mark.parametrize("what", FILES)
@pytest.mark.parametrize("content", [b"%PDF-1.7 another", None], ids=["is replaced", "is gone"])
def test_a_stored_file_that(world, what, content):
    line, question = FILES[what]
    name = tampering.ask(question)[0][0]
    with another_file(name, content and encrypt(content)):
        assert set(found_by({line}, world)) == {line}


def test_a_stored_file_in_plain_text_is_found(world):
    path = Path(default_storage.path("leaked.txt"))
    path.write_bytes(b"Abay 1")
    try:
        assert found_by({"S2"}, world) == {"S2": ["the file leaked.txt is not encrypted"]}
    finally:
        path.unlink()


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.pdf.1.unfinished", b"", None),
        ("a.pdf.1.unfinished", b"gAA", None),
        ("a.pdf.1.unfinished", b"Abay 1", "is not encrypted"),
        ("a.pdf", b"", "is empty"),
    ],
)
def test_a_file_that_a_killed_process_began_is_not_plain_text(world, name, content, said):
    path = Path(default_storage.path(name))
    path.write_bytes(content)
    try:
        assert found_by({"S2"}, world) == ({"S2": [f"the file {name} {said}"]} if said else {})
    finally:
        path.unlink()


@pytest.mark.skipif("not on_sqlite()")
@pytest.mark.parametrize(
    "asks",
    [
        "0",
        'EXISTS (SELECT 1 FROM "journal_entry" WHERE "journal_entry"."id" = NEW."id")',
        'NEW.id IN (SELECT id FROM "journal_entry")',
    ],
    ids=["nothing", "one key of two", "otherwise"],
)
def test_a_guard_of_sqlite_that_does_not_ask_for_each_key_is_found(world, asks):
    name = "journal_entry_is_never_replaced"
    tampering.schema(f"DROP TRIGGER {name}")
    tampering.schema(
        f"CREATE TRIGGER {name} BEFORE INSERT ON journal_entry WHEN {asks} "
        "BEGIN SELECT RAISE(ABORT, 'evidence'); END"
    )
    assert set(found_by({"A2"}, world)) == {"A2"}


def test_every_line_that_can_be_asked_is_broken_by_a_tampering():
    broken = {line for each in TAMPERINGS for line in each.found_by}
    assert broken == {line.id for line in LINES if line.questions}


@pytest.mark.faults
@pytest.mark.skipif("on_sqlite()")  # which cannot do all of them
def test_every_question_of_every_line_is_broken_by_a_tampering(world):
    """A line may have several questions: each must be able to fail."""
    silent = {
        (line.id, question.__name__)
        for line in LINES
        for question in line.questions
        if isinstance(question, FunctionType) and question.__module__ not in OF_FILES
    }
    for each in TAMPERINGS:
        if on_sqlite() and not each.on_sqlite:
            continue
        with transaction.atomic():
            each.do(world)
            for line in LINES:
                if line.id in each.found_by:
                    silent -= {
                        (line.id, question.__name__)
                        for question in line.questions
                        if isinstance(question, FunctionType)
                        and (line.id, question.__name__) in silent
                        and any(question(world.at))
                    }
            transaction.set_rollback(True)
    assert silent == set()
