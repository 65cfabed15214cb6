"""The audit of a world in which nothing is false, and of its command,
its snapshot and its night.
"""

import ast
import json
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
import time_machine
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from offer_site.audit import guards
from offer_site.audit.asking import MOST_NAMED, AuditAnswer, ask_everything
from offer_site.audit.lines import LINES
from offer_site.audit.models import AuditRun
from offer_site.audit.nightly import audit_of_the_day
from offer_site.audit.reading import Note, rows, snapshot
from offer_site.clock.schedule import job
from offer_site.evidence import evidence_models
from offer_site.journal.operations import record
from offer_site.staff.attention import QUESTIONS
from tests.audit.tampering import ask, sql
from tests.given import an_owner
from tests.processes import PROJECT
from tests.staff.conftest import signed_in

IDS = [
    *(f"M{n}" for n in range(1, 14)),
    *(f"O{n}" for n in range(1, 6)),
    *(f"A{n}" for n in range(1, 8)),
    *(f"C{n}" for n in range(1, 5)),
    "N1",
    "N2",
    "N3",
    "N4",
    "D1",
    "D2",
    "E1",
    "B1",
    "T1",
    "L1",
    "L2",
    "L4",
    "L5",
    "L7",
    "P1",
    "P2",
    "P3",
    "W1",
    "W2",
    "V1",
    "S1",
    "S2",
    "S3",
]
KEPT_BY_TESTS = {"M5", "O5", "C4", "S2"}


def asked(at, *arguments):
    """Run the command at a moment; return what it said, and its exit code."""
    said = StringIO()
    with time_machine.travel(at, tick=False):
        try:
            call_command("audit", *arguments, stdout=said)
        except SystemExit as ended:
            return said.getvalue(), ended.code
    return said.getvalue(), 0


def test_a_world_that_only_operations_made_has_nothing_false(lived):
    said, code = asked(lived.at)
    assert [line for line in said.splitlines() if "false" in line.split(":")[1]] == []
    assert code == 0
    assert [line.partition(":")[0] for line in said.splitlines()] == IDS


def test_the_list_for_machines_names_every_line(lived):
    said, code = asked(lived.at, "--json")
    told = json.loads(said)
    assert code == 0
    assert [each["id"] for each in told] == IDS
    assert {each["id"] for each in told if each["ok"] is None} == KEPT_BY_TESTS
    assert all(each["ok"] in (True, None) and each["violations"] == [] for each in told)
    assert all(("test" in each) == (each["ok"] is None) for each in told)


def test_something_false_ends_the_command_with_one_and_wrong_use_with_two(world):
    sql(
        "UPDATE enrollment_place SET held_until = %s WHERE order_id IS NOT NULL AND held_until IS "
        "NULL",
        world.at,
    )
    said, code = asked(world.at)
    assert code == 1
    assert f"{world['paid']} is completed, and its place is held for a while" in said
    told = json.loads(asked(world.at, "--json")[0])
    assert [each["id"] for each in told if each["ok"] is False] == ["O1"]
    with pytest.raises(CommandError):
        call_command("audit", "--mend")


def test_every_test_that_keeps_a_line_is_there():
    for line in LINES:
        assert line.questions or line.test, line.id
        if line.test:
            path, _colons, name = line.test.partition("::")
            names = {
                node.name
                for node in ast.parse((PROJECT / path).read_text()).body
                if isinstance(node, ast.FunctionDef)
            }
            assert name in names, line.test


def test_every_table_of_evidence_is_named():
    named = {*guards.LEDGER, *guards.EVIDENCE}
    assert named == {model._meta.db_table for model in evidence_models() if not model._meta.proxy}


def test_every_constraint_that_is_looked_for_is_one_of_the_models():
    known = {
        constraint.name for model in apps.get_models() for constraint in model._meta.constraints
    }
    asked_for = {
        name
        for tables in guards.CONSTRAINTS.values()
        for names in tables.values()
        for name in names
    }
    assert asked_for <= known


def test_what_asks_shares_no_code_with_what_is_asked():
    asking = {
        "lines",
        "asking",
        "reading",
        "guards",
        "money",
        "prices",
        "manual",
        "orders",
        "acceptance",
        "people",
        "journal",
        "certificates",
        "notices",
        "deadlines",
        "staff",
        "plain",
        "files",
        "teaching",
    }
    for path in (Path(PROJECT) / "offer_site" / "audit").glob("*.py"):
        if path.stem in asking:
            for node in ast.walk(ast.parse(path.read_text())):
                names = (
                    [node.module or ""]
                    if isinstance(node, ast.ImportFrom) and not node.level
                    else []
                )
                names += (
                    [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
                )
                ours = ("offer_site", "enrollment", "payments", "certificates")
                assert not [name for name in names if name.startswith(ours)], path


def test_the_audit_can_write_nothing(lived):
    with pytest.raises(DatabaseError), snapshot(), connection.cursor() as cursor:
        cursor.execute("UPDATE enrollment_order SET price = 1")
    assert list(rows("SELECT COUNT(*) FROM enrollment_order WHERE price = 1")) == [(0,)]
    with transaction.atomic():  # and the connection is as it was
        sql("UPDATE enrollment_course SET name = name")


def test_a_question_that_cannot_be_asked_is_a_finding_and_stops_no_other(world):
    sql("UPDATE payments_statementline SET told = 'no token'")
    sql(
        "UPDATE journal_entry SET facts = '{}' WHERE verb = 'order.moved' AND chain = %s",
        world["paid"],
    )
    found = {
        answer.line.id: answer.violations for answer in ask_everything(at=world.at) if answer.found
    }
    assert found["O2"] == ["the journal leads to the state: could not be asked, KeyError"]
    assert {"A5", "S2"} <= set(found)


def test_what_was_erased_is_said_to_be_erased_and_not_false(world):
    """Erasing blanks the values and their salt, and leaves its journal row."""
    party, learner = ask(
        "SELECT party_id, learner_id FROM enrollment_order WHERE code = %s", world["lapsed"]
    )[0]
    sql(
        "UPDATE enrollment_party SET surname = '', name = '', patronymic = '', phone = '', email = "
        "'', address = '', "
        "postal_address = '', salt = '' WHERE id = %s",
        party,
    )
    sql(
        "UPDATE enrollment_learner SET surname = '', name = '', patronymic = '', salt = '' WHERE "
        "id = %s",
        learner,
    )
    record(
        "personal_data.erased",
        about=("order", world["lapsed"]),
        order=world["lapsed"],
        by="staff:1",
        at=world.at,
    )
    answers = {answer.line.id: answer for answer in ask_everything(at=world.at)}
    assert [answer.line.id for answer in answers.values() if answer.found] == []
    notes = {f"{world['lapsed']}: the {who}'s values are erased" for who in ("party", "learner")}
    assert notes <= set(answers["A2"].notes)
    assert answers["A2"].ok is True


def test_a_flood_of_findings_is_counted_and_not_kept():
    answer = AuditAnswer(LINES[0])
    for number in range(MOST_NAMED + 50):
        answer.add(f"line {number}")
    answer.add(Note("erased"))
    assert (len(answer.violations), answer.found, answer.notes) == (
        MOST_NAMED,
        MOST_NAMED + 50,
        ["erased"],
    )
    assert str(answer).endswith(f"and {MOST_NAMED + 30} more")
    assert answer.as_json()["violations"][-1] == "and 50 more"


def test_the_night_keeps_what_it_found_once_a_day_and_staff_are_told(world):
    question = next(each for each in QUESTIONS if each.listed == "audit_auditrun")
    assert audit_of_the_day(at=world.at)
    assert audit_of_the_day(at=world.at) == []
    assert not question.asks(world.at).exists()
    sql(
        "UPDATE enrollment_place SET held_until = %s WHERE order_id IS NOT NULL AND held_until IS "
        "NULL",
        world.at,
    )
    tomorrow = world.at + timedelta(days=1)
    said = list(job("nightly_audit").run(tomorrow))
    assert [done.needs_a_person for done in said] == [True, False]
    assert said[0].line.startswith("false: O1: ")
    run = question.asks(tomorrow).get()
    assert {name for name, _said in run.violations} == {"O1"}
    assert AuditRun.objects.count() == 2
    page = signed_in(an_owner()).get(
        f"/admin/audit/auditrun/{run.pk}/change/", headers={"accept-language": "ru"}
    )
    assert world["paid"] in page.content.decode()


def test_a_busy_site_cannot_look_inconsistent(lived):
    """What is committed meanwhile is not seen: every question is asked of the same state."""
    other = connection.copy()
    try:
        with snapshot():
            before = list(rows("SELECT COUNT(*) FROM enrollment_cohort"))
            with other.cursor() as cursor:
                cursor.execute(
                    "INSERT INTO enrollment_cohort (course_id, name, starts_on, ends_on, "
                    "joining_link, tells_of_lessons) "
                    "SELECT course_id, 'meanwhile', starts_on, ends_on, '', false "
                    "FROM enrollment_cohort LIMIT 1"
                )
            assert list(rows("SELECT COUNT(*) FROM enrollment_cohort")) == before
        assert list(rows("SELECT COUNT(*) FROM enrollment_cohort")) == [(before[0][0] + 1,)]
    finally:
        with other.cursor() as cursor:
            cursor.execute("DELETE FROM enrollment_cohort WHERE name = 'meanwhile'")
        other.close()
