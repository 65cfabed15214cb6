"""Once a day the ends of the chains that moved are put under one signed root,
and mailed to the owner (A5).
"""

import base64
import hashlib
import subprocess
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from threading import Barrier

import pytest
from django.core.management import call_command
from django.db import connection, transaction

from offer_site.audit.asking import ask
from offer_site.audit.lines import LINES
from offer_site.clock.schedule import job
from offer_site.journal import merkle
from offer_site.journal.models import FIRST, HOUSE, Entry, Seal, SealedHead
from offer_site.journal.operations import record
from offer_site.journal.sealing import faults_of, leaf_of, seal_attachment, seal_journal
from offer_site.notices.models import Notice
from offer_site.notices.outbox import send_due_notices
from offer_site.signing import SigningKeyError
from offer_site.staff.attention import QUESTIONS
from tests.at_once import at_once
from tests.given import NOON, a_cohort, a_paid_order, a_placed_order, a_published_offer
from tests.services import on_sqlite

DAY = timedelta(days=1)
SEALERS = 6
TABLES = ("journal_entry", "journal_seal", "journal_sealedhead")
GUARD = "ALTER TABLE {} {} TRIGGER USER"


def moved(seal: Seal) -> dict[str, int]:
    return dict(seal.heads.values_list("chain", "number"))


def behind_the_back(sql: str) -> None:
    """Change evidence as one who owns the database can: without the guards,
    which stand again afterwards.
    """
    with connection.cursor() as cursor:
        if on_sqlite():
            cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
            guards = cursor.fetchall()
            for statement in (
                *(f"DROP TRIGGER {name}" for name, _sql in guards),
                sql,
                *(each for _name, each in guards),
            ):
                cursor.execute(statement)
            return
        for statement in (*(GUARD.format(table, "DISABLE") for table in TABLES), sql):
            cursor.execute(statement)
        for table in TABLES:
            cursor.execute(GUARD.format(table, "ENABLE"))


def test_the_first_seal_covers_the_end_of_every_chain(db):
    orders = [a_placed_order(), a_paid_order()]
    seal, is_new = seal_journal(at=NOON)
    assert is_new
    ends = {
        chain: Entry.objects.filter(chain=chain).count()
        for chain in (HOUSE, *(order.code for order in orders))
    }
    assert moved(seal) == ends
    assert (seal.number, seal.previous, seal.chains, seal.rows) == (1, "", 3, sum(ends.values()))
    assert list(faults_of(seal)) == []


def test_the_next_seal_holds_what_moved_since_and_names_the_root_before(db):
    quiet = a_placed_order()
    order = a_placed_order()
    first, _is_new = seal_journal(at=NOON)
    record("consent.withdrawn", about=("order", order.code), order=order.code, by="system", at=NOON)
    second, _is_new = seal_journal(at=NOON + DAY)
    assert set(moved(second)) == {order.code}
    assert quiet.code not in moved(second)
    assert (second.number, second.rows, second.previous) == (2, 1, first.root)
    assert f"previous {first.root}\n" in second.text


def test_a_day_on_which_nothing_moved_is_sealed_too(db):
    a_placed_order()
    first, _is_new = seal_journal(at=NOON)
    second, is_new = seal_journal(at=NOON + DAY)
    assert is_new
    assert (second.chains, second.rows, second.previous) == (0, 0, first.root)
    assert second.tree == hashlib.sha256(b"").hexdigest()
    assert list(faults_of(second)) == []


def test_a_second_run_of_the_day_and_one_of_a_day_before_seal_nothing(db):
    order = a_placed_order()
    seal, _is_new = seal_journal(at=NOON)
    record("consent.withdrawn", about=("order", order.code), order=order.code, by="system", at=NOON)
    for at in (NOON, NOON + timedelta(hours=3), NOON - DAY):
        assert seal_journal(at=at) == (seal, False)
    assert Seal.objects.count() == Notice.objects.filter(kind="journal-seal").count() == 1


def test_the_text_is_what_the_decision_says(db):
    a_placed_order()
    seal, _is_new = seal_journal(at=NOON)
    heads = seal.heads.order_by("place")
    assert [head.chain for head in heads] == sorted(head.chain for head in heads)
    assert seal.text == (
        f"journal-seal 1\nnumber 1\nday 2026-11-23\nsealed-at "
        f"2026-11-23T07:00:00.000000+00:00\nprevious {FIRST}\n"
        f"chains {seal.chains}\nrows {seal.rows}\ntree "
        f"{merkle.top([leaf_of(head) for head in heads])}\n"
    )
    assert seal.root == hashlib.sha256(seal.text.encode()).hexdigest()


@pytest.mark.parametrize("count", range(1, 10))
def test_every_leaf_climbs_to_the_top_by_its_path(count):
    leaves = [
        merkle.leaf(chain=f"SM{number}", number=number, digest="d" * 64) for number in range(count)
    ]
    top = merkle.top(leaves)
    for place, each in enumerate(leaves):
        assert merkle.climb(each, merkle.path(leaves, place)) == top
        assert merkle.climb(merkle.sha256(each), merkle.path(leaves, place)) != top
    assert merkle.top(leaves[:-1]) != top


def test_openssl_checks_the_files_of_the_letter(db, tmp_path):
    a_placed_order()
    seal, _is_new = seal_journal(at=NOON)
    for each in seal_attachment(str(seal.number), at=NOON):
        (tmp_path / each.filename).write_bytes(each.content)
    script = (
        "openssl x509 -in seal-00001.txt.pem -pubkey -noout > key.pem &&"
        "openssl dgst -sha256 -verify key.pem -signature seal-00001.txt.sig seal-00001.txt"
    )
    run = ["sh", "-c", script]
    assert subprocess.run(run, cwd=tmp_path, capture_output=True).returncode == 0
    (tmp_path / "seal-00001.txt").write_bytes(seal.text.replace("rows ", "rows 1").encode())
    assert subprocess.run(run, cwd=tmp_path, capture_output=True).returncode != 0


def test_the_letter_carries_the_root_to_the_owner(db, settings):
    settings.SEAL_RECIPIENTS = ["owner@example.kz", "notary@example.kz", "owner@example.kz"]
    a_placed_order()
    Notice.objects.all().delete()
    seal, _is_new = seal_journal(at=NOON)
    assert [outcome.result for outcome in send_due_notices(at=NOON)] == ["sent", "sent"]
    for notice in Notice.objects.all():
        raw = notice.stored_letter()
        assert base64.b64encode(seal.text.encode())[:60] in raw.replace(b"\r\n", b"")
        assert notice.subject.endswith(": 1")
    assert {notice.recipient for notice in Notice.objects.all()} == {
        "owner@example.kz",
        "notary@example.kz",
    }


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (
            "UPDATE journal_entry SET digest = replace(digest, 'a', 'b') WHERE chain = 'house'",
            "house",
        ),
        ("UPDATE journal_sealedhead SET number = number + 1 WHERE chain = 'house'", "text"),
        ("UPDATE journal_seal SET text = replace(text, 'rows ', 'rows 9')", "text"),
        ("UPDATE journal_seal SET signature = replace(signature, 'A', 'B')", "signature"),
    ],
)
def test_a_seal_shows_what_was_changed_behind_its_back(transactional_db, change, found):
    a_published_offer()
    seal, _is_new = seal_journal(at=NOON)
    assert list(faults_of(seal)) == []
    behind_the_back(change)
    assert any(fault.startswith(found) for fault in faults_of(Seal.objects.get()))


def test_without_a_key_nothing_is_sealed_and_a_person_is_called(db, settings):
    settings.SIGNING_KEY = ""
    a_placed_order()
    with pytest.raises(SigningKeyError):
        seal_journal(at=NOON)
    (line,) = job("seal_journal").run(NOON)
    assert line.needs_a_person
    assert line.line.startswith("journal not sealed: SIGNING_KEY names no file")
    with pytest.raises(SystemExit, match="1"):
        call_command("seal_journal")
    assert not Seal.objects.exists()
    assert not Notice.objects.filter(kind="journal-seal").exists()


def test_the_command_says_the_root_once(db, capsys):
    a_placed_order()
    call_command("seal_journal")
    assert capsys.readouterr().out.rstrip().endswith(Seal.objects.get().root)
    call_command("seal_journal")
    assert capsys.readouterr().out == ""


def test_after_36_hours_without_a_seal_staff_are_told(db):
    question = next(each for each in QUESTIONS if each.query == "attention=unsealed")
    a_cohort()
    order = a_placed_order()
    assert question.asks(NOON + timedelta(hours=35)).filter(chain=order.code).count() == 0
    assert question.asks(NOON + timedelta(hours=36)).filter(chain=order.code).count() == 2
    seal_journal(at=NOON + timedelta(hours=36))
    assert question.asks(NOON + timedelta(hours=36)).count() == 0
    assert question.asks(NOON + timedelta(days=30)).count() == 0


def sealed_at_once() -> list[bool]:
    sealed = at_once([partial(seal_journal, at=NOON)] * SEALERS)
    return [is_new for _seal, is_new in sealed]


def test_sealed_many_times_at_once_it_is_sealed_and_mailed_once(transactional_db):
    a_placed_order()
    assert sorted(sealed_at_once()) == [False] * (SEALERS - 1) + [True]
    assert Seal.objects.count() == Notice.objects.filter(kind="journal-seal").count() == 1


@pytest.mark.skipif(on_sqlite(), reason="SQLite lets one write at a time, and drops no constraint")
def test_without_the_constraints_the_same_goes_wrong(transactional_db):
    """The control: the test above can fail."""
    a_placed_order()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conrelid::regclass, conname FROM pg_constraint WHERE contype = 'u'"
            " AND conrelid::regclass::text IN ('journal_seal', 'journal_sealedhead', "
            "'notices_notice')"
        )
        for table, name in cursor.fetchall():
            cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
    assert sum(sealed_at_once()) > 1


@pytest.mark.skipif(on_sqlite(), reason="SQLite lets one write at a time")
def test_a_row_written_while_the_journal_is_sealed_belongs_to_the_next_seal(transactional_db):
    order = a_placed_order()
    written = Barrier(2)
    sealed = Barrier(2)

    def write() -> None:
        try:
            with transaction.atomic():
                record(
                    "consent.withdrawn",
                    about=("order", order.code),
                    order=order.code,
                    by="system",
                    at=NOON,
                )
                written.wait()
                sealed.wait()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as thread:
        writing = thread.submit(write)
        written.wait()
        first, _is_new = seal_journal(at=NOON)
        sealed.wait()
        writing.result()
    second, _is_new = seal_journal(at=NOON + DAY)
    assert moved(second) == {order.code: moved(first)[order.code] + 1}
    assert SealedHead.objects.filter(chain=order.code).count() == 2


def test_sealing_asks_as_much_of_many_chains_as_of_few(db, django_assert_num_queries):
    cohort = a_cohort()
    a_placed_order(cohort=cohort)
    with django_assert_num_queries(7):
        seal_journal(at=NOON)
    for _number in range(4):
        a_placed_order(cohort=cohort)
    with django_assert_num_queries(7):
        seal_journal(at=NOON + DAY)


AHEAD = timedelta(days=400)


def false_of_the_journal(*, at):
    [answer] = ask([line for line in LINES if line.id == "A5"], at=at)
    return answer.violations, answer.notes


def test_a_seal_made_under_a_wrong_clock_makes_no_true_row_false_and_stops_no_other(db):
    """The clock is a year ahead for a night, and is set right again."""
    a_placed_order()
    wrong, _is_new = seal_journal(at=NOON + AHEAD)
    later = a_placed_order(at=NOON + timedelta(hours=1))
    for on in range(3):
        at = NOON + 3 * DAY + on * DAY
        violations, notes = false_of_the_journal(at=at)
        assert violations == []
        assert notes == [
            f"seal {wrong.number} says {(NOON + AHEAD).isoformat()}, that is to come: a clock was "
            "wrong"
        ]
    at = NOON + 3 * DAY
    assert Entry.objects.unsealed_for_long(at).filter(chain=later.code).exists()
    seal, is_new = seal_journal(at=at)
    assert is_new
    assert (seal.number, seal.previous) == (wrong.number + 1, wrong.root)
    assert later.code in moved(seal)
    assert seal_journal(at=at + timedelta(hours=2)) == (seal, False)
    assert not Entry.objects.unsealed_for_long(at + DAY).exists()
    # A year later its time has come, and what was written meanwhile is as true as before.
    record("consent.withdrawn", about=("order", later.code), order=later.code, by="system", at=at)
    assert false_of_the_journal(at=NOON + AHEAD + DAY)[0] == []
    assert list(faults_of(wrong)) == list(faults_of(seal)) == []


def test_a_row_that_says_it_is_older_than_a_seal_of_a_right_clock_is_still_found(db):
    order = a_placed_order()
    seal_journal(at=NOON + AHEAD)
    seal_journal(at=NOON + 5 * DAY)
    record("consent.withdrawn", about=("order", order.code), order=order.code, by="system", at=NOON)
    violations, _notes = false_of_the_journal(at=NOON + 6 * DAY)
    last = Entry.objects.filter(chain=order.code).count()
    assert violations == [
        f"{order.code} {last} says that it is older than seal 2, which did not see it"
    ]


def test_a_seal_made_under_a_clock_that_was_behind_makes_nothing_false_either(db):
    order = a_placed_order()
    seal_journal(at=NOON)
    seal_journal(at=NOON - AHEAD)
    record("consent.withdrawn", about=("order", order.code), order=order.code, by="system", at=NOON)
    assert false_of_the_journal(at=NOON + DAY)[0] == []
    seal_journal(at=NOON + DAY)
    violations, notes = false_of_the_journal(at=NOON + 2 * DAY)
    assert violations == []
    assert notes == [
        f"seal 1 says {NOON.isoformat()}, seal 2 after it says {(NOON - AHEAD).isoformat()}: a "
        "clock was wrong"
    ]
