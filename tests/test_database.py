"""What the database tells and what its account may do: no refused row in a log, no trigger that the
site could switch off.
"""

import os
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from django.db import IntegrityError, connection, connections, transaction
from psycopg import errors

from certificates.models import Certificate
from certificates.operations import issue_certificate, issue_due_certificates
from enrollment.operations.paper.contracts import contract_pdf
from offer_site.checks import the_account_of_the_site_cannot_undo_evidence
from offer_site.journal.sealing import seal_journal
from offer_site.notices.models import Notice
from offer_site.notices.operations import send_due_notices
from tests import given
from tests.audit.asked import all_that_is_false
from tests.certificates.test_issue_certificate import AFTER
from tests.given import NOON, a_paid_order, a_placed_order
from tests.processes import PROJECT
from tests.services import on_sqlite

of_postgresql = pytest.mark.skipif("on_sqlite()", reason="SQLite has no accounts and no DETAIL")


def test_the_log_of_a_refused_row_names_nobody(db, settings, caplog):
    """A certificate whose letter is there already: the database refuses a second one."""
    settings.CELERY_TASK_ALWAYS_EAGER = True
    enrollment = given.a_completed_enrollment(email="aigerim@example.kz")
    issue_certificate(enrollment_id=enrollment.pk, at=AFTER)
    Certificate.objects.update(file="", sha256="", rendered_at=None)
    assert [each.detail for each in issue_due_certificates(at=AFTER)] == ["IntegrityError"]
    assert "IntegrityError" in caplog.text
    assert "aigerim" not in caplog.text
    assert "DETAIL" not in caplog.text
    assert on_sqlite() or "a_person_gets_one_letter" in caplog.text


@of_postgresql
def test_a_row_that_a_constraint_refuses_is_not_quoted(db):
    order = a_placed_order(email="aigerim@example.kz")
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        Notice.objects.filter(order_code=order.code).update(state="lost")
    told = "".join(traceback.format_exception(refused.value))
    assert "a_notice_is_queued_or_sent_or_dead" in told
    assert "Failing row" not in told
    assert "aigerim" not in told
    assert "aigerim" not in repr(refused.value) + repr(refused.value.__cause__)


def rights_of_the_site(owner: str, account: str) -> str:
    """The statements of docs/operating.md, for these two accounts."""
    text = (Path(PROJECT) / "docs" / "operating.md").read_text()
    block = text.partition("```sql\n")[2].partition("```")[0]
    assert "GRANT" in block
    return block.replace("offer_site_owner", owner).replace("offer_site", account)


@contextmanager
def as_the_site() -> Iterator[psycopg.Connection]:
    """A session of the account that the site runs as; Django's own sessions are its, too."""
    name = connection.settings_dict["NAME"]
    account = f"{name}_runs"
    owner = connection.settings_dict["USER"]
    server = f"{os.environ['TESTS_POSTGRES'].rpartition('/')[0]}/{name}"
    connections.close_all()
    with psycopg.connect(server, autocommit=True) as session:
        session.execute(f'CREATE ROLE "{account}" LOGIN')
        session.execute(rights_of_the_site(f'"{owner}"', f'"{account}"'))
    connection.settings_dict["USER"] = account
    try:
        with psycopg.connect(server, user=account, autocommit=True) as session:
            yield session
    finally:
        connections.close_all()
        connection.settings_dict["USER"] = owner
        with psycopg.connect(server, autocommit=True) as session:
            session.execute(f'DROP OWNED BY "{account}"')
            session.execute(f'DROP ROLE "{account}"')


FORBIDDEN = (
    "ALTER TABLE payments_ledgerentry DISABLE TRIGGER ALL",
    "ALTER TABLE payments_ledgerentry DISABLE TRIGGER payments_ledgerentry_is_append_only",
    "DROP TRIGGER payments_ledgerentry_is_append_only ON payments_ledgerentry",
    "CREATE OR REPLACE FUNCTION refuse_to_change_evidence() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RETURN NEW; END $$",
    "CREATE TABLE aside (id int)",
    "CREATE TRIGGER other BEFORE INSERT ON journal_entry FOR EACH ROW "
    "EXECUTE FUNCTION refuse_to_change_evidence()",
    "CREATE RULE other AS ON INSERT TO journal_entry DO INSTEAD NOTHING",
    "DROP TABLE journal_entry CASCADE",
    "TRUNCATE journal_entry",
    "ALTER TABLE journal_entry DROP CONSTRAINT a_chain_has_one_row_a_number",
    "ALTER TABLE journal_entry OWNER TO CURRENT_USER",
    "SET session_replication_role = replica",
    "SET ROLE site",
)


@of_postgresql
def test_the_account_of_the_site_owns_nothing_and_can_switch_no_trigger_off(transactional_db):
    a_paid_order()
    with as_the_site() as session:
        owned = "SELECT COUNT(*) FROM pg_class WHERE relowner = CURRENT_USER::regrole"
        assert session.execute(owned).fetchone() == (0,)
        for statement in FORBIDDEN:
            with pytest.raises(errors.InsufficientPrivilege):
                session.execute(statement)
        for table in ("payments_ledgerentry", "journal_entry", "enrollment_acceptance"):
            for statement in (f"UPDATE {table} SET id = id", f"DELETE FROM {table}"):
                with pytest.raises(errors.RestrictViolation, match="is evidence"):
                    session.execute(statement)


@of_postgresql
def test_the_site_works_with_that_account(transactional_db):
    with as_the_site():
        order = a_paid_order()
        send_due_notices(at=NOON)
        assert contract_pdf(order, at=NOON).startswith(b"%PDF")
        seal_journal(at=NOON)
        assert all_that_is_false() == []


def said_of_the_account():
    messages = the_account_of_the_site_cannot_undo_evidence()
    return str(messages[0].msg) if messages else ""


@of_postgresql
def test_the_check_is_silent_about_an_account_that_owns_nothing(transactional_db):
    with as_the_site():
        assert said_of_the_account() == ""


@of_postgresql
@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("ALTER TABLE journal_entry OWNER TO {}", "owns 1 tables: it may drop their triggers"),
        (
            "GRANT {owner} TO {}",
            "it may drop their triggers and constraints",
        ),  # it can become the owner
        ("GRANT TRUNCATE ON journal_entry TO {}", "may empty 1 tables at once (TRUNCATE)"),
        ("GRANT TRIGGER ON journal_entry TO {}", "may put triggers on 1 tables"),
        ("GRANT CREATE ON SCHEMA public TO {}", "may create tables and functions"),
        ("ALTER FUNCTION refuse_to_change_evidence OWNER TO {}", "owns the function that guards"),
        ("ALTER ROLE {} BYPASSRLS", "may pass over row security"),
        ("ALTER ROLE {} SUPERUSER", "it is a superuser."),
    ],
)
def test_each_power_over_the_evidence_is_said(transactional_db, statement, said):
    owner = connection.settings_dict["USER"]
    with as_the_site() as session:
        account = session.info.user
        server = f"{os.environ['TESTS_POSTGRES'].rpartition('/')[0]}/{session.info.dbname}"
        with psycopg.connect(server, autocommit=True) as superuser:
            superuser.execute(statement.format(f'"{account}"', owner=f'"{owner}"'))
            try:
                told = said_of_the_account()
            finally:
                connections.close_all()
                superuser.execute(f'REASSIGN OWNED BY "{account}" TO "{owner}"')
    assert f"The account {account} of DATABASE_URL could undo the evidence: it " in told
    assert said in told


def test_the_check_is_silent_where_there_are_no_accounts(db):
    if on_sqlite():
        assert said_of_the_account() == ""
    else:
        assert "could undo the evidence" in said_of_the_account()  # tests run as the owner
