"""What one who owns the database can do to it behind the application's back, and which lines must
find it.

Each is a function that breaks something of the busy world, under the ids that the audit must name:
these and no others.
"""

import base64
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from django.core.files.storage import default_storage
from django.db import connection

from offer_site.encryption import encrypt
from offer_site.journal.models import row_digest
from offer_site.signing import new_key_file
from tests.audit.world import Busy
from tests.services import on_sqlite

Break = Callable[[Busy], None]


@dataclass(frozen=True)
class Tampering:
    name: str
    found_by: frozenset[str]
    do: Break
    on_sqlite: bool = True


TAMPERINGS: list[Tampering] = []


def found_by(*lines: str, on_sqlite: bool = True) -> Callable[[Break], Break]:
    """Put a tampering into the table; SQLite cannot drop a constraint of a table, only an index."""

    def add(do: Break) -> Break:
        TAMPERINGS.append(Tampering(do.__name__, frozenset(lines), do, on_sqlite))
        return do

    return add


@contextmanager
def unguarded() -> Iterator[None]:
    """Take away triggers and foreign keys for a while, and put them back as they were."""
    with connection.cursor() as cursor:
        if not on_sqlite():
            cursor.execute("SET LOCAL session_replication_role = replica")
            yield
            cursor.execute("SET LOCAL session_replication_role = origin")
            return
        cursor.execute("PRAGMA defer_foreign_keys = ON")
        cursor.execute("PRAGMA ignore_check_constraints = ON")
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        triggers = cursor.fetchall()
        for name, _sql in triggers:
            cursor.execute(f"DROP TRIGGER {name}")
        yield
        for _name, sql in triggers:
            cursor.execute(sql)
        cursor.execute("PRAGMA ignore_check_constraints = OFF")


def sql(statement: str, *params: Any) -> None:
    with unguarded(), connection.cursor() as cursor:
        cursor.execute(statement, params)
        assert cursor.rowcount > 0, f"nothing was tampered with: {statement}"


def ask(question: str, *params: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(question, params)
        return list(cursor.fetchall())


def schema(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


CORRECTED = "(SELECT corrects_id FROM payments_ledgerentry WHERE corrects_id IS NOT NULL)"


def order_of(code: str) -> int:
    return int(ask("SELECT id FROM enrollment_order WHERE code = %s", code)[0][0])


def copy_of(table: str, where: str, *params: Any, **changes: Any) -> None:
    """Insert a row that is another one with changes, under a number of its own."""
    with connection.cursor() as cursor:
        names = [
            column.name for column in connection.introspection.get_table_description(cursor, table)
        ]
    names.remove("id")
    values = ", ".join("%s" if name in changes else f'"{name}"' for name in names)
    listed = ", ".join(f'"{name}"' for name in names)
    given = [changes[name] for name in names if name in changes]
    sql(
        f"INSERT INTO {table} ({listed}) SELECT {values} FROM {table} WHERE {where} LIMIT 1",
        *given,
        *params,
    )


@contextmanager
def another_file(name: str, content: bytes | None) -> Iterator[None]:
    """Overwrite a stored file, or take it away."""
    path = Path(default_storage.path(name))
    before = path.read_bytes()
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    try:
        yield
    finally:
        path.write_bytes(before)


# --- Money
@found_by("M1", "M6")
def a_receipt_is_raised(world: Busy) -> None:
    sql("UPDATE payments_ledgerentry SET amount = amount + 1 WHERE reference = '501'")


@found_by("M1", "S3")
def a_receipt_that_waits_is_removed(world: Busy) -> None:
    sql(
        "DELETE FROM payments_ledgerentry WHERE invoice_id = %s AND kind = 'receipt'",
        world["lapsed"],
    )


@found_by("M1")
def a_receipt_is_forged(world: Busy) -> None:
    copy_of("payments_ledgerentry", "reference = '501'", reference="forged")


@found_by("M1")
def an_accepted_message_has_no_money(world: Busy) -> None:
    copy_of(
        "payments_providermessage", "reference = '501' AND outcome = 'applied'", reference="777"
    )


@found_by("M2", on_sqlite=False)
def a_reference_may_stand_twice(world: Busy) -> None:
    schema(
        "ALTER TABLE payments_ledgerentry DROP CONSTRAINT a_provider_names_a_movement_of_money_once"
    )


@found_by("M3")
def the_ledger_loses_a_guard(world: Busy) -> None:
    on = "" if on_sqlite() else " ON payments_allocation"
    schema(f"DROP TRIGGER payments_allocation_is_append_only{on}")


@found_by("M3")
def the_ledger_may_be_replaced(world: Busy) -> None:
    """SQLite lets REPLACE pass by the triggers of UPDATE and DELETE."""
    if on_sqlite():
        schema("DROP TRIGGER payments_ledgerentry_is_never_replaced")
    else:
        schema("DROP TRIGGER payments_ledgerentry_is_append_only ON payments_ledgerentry")


@found_by("M3", on_sqlite=False)
def a_guard_of_the_ledger_is_disabled(world: Busy) -> None:
    schema("ALTER TABLE payments_ledgerentry DISABLE TRIGGER payments_ledgerentry_is_never_emptied")


@found_by("M3", "A2", on_sqlite=False)
def the_guards_let_everything_pass(world: Busy) -> None:
    schema(
        "CREATE OR REPLACE FUNCTION refuse_to_change_evidence() RETURNS trigger LANGUAGE plpgsql "
        "AS "
        "$$ BEGIN RETURN NEW; RAISE EXCEPTION 'never'; END $$"
    )


@found_by("M4")
def an_allocation_is_lowered(world: Busy) -> None:
    sql(
        "UPDATE payments_allocation SET amount = amount - 1 WHERE order_id = %s",
        order_of(world["parts"]),
    )


@found_by("M4")
def the_first_of_two_allocations_is_removed(world: Busy) -> None:
    number = ask(
        "SELECT MIN(id) FROM payments_allocation WHERE order_id = %s", order_of(world["parts"])
    )[0][0]
    sql("DELETE FROM payments_allocation WHERE id = %s", number)


@found_by("M4")
def an_allocation_has_another_number(world: Busy) -> None:
    number = ask(
        "SELECT MIN(id) FROM payments_allocation WHERE order_id = %s", order_of(world["parts"])
    )[0][0]
    sql("UPDATE payments_allocation SET number = 5 WHERE id = %s", number)


@found_by("M4", "M6", "A1")
def money_is_given_to_another_order(world: Busy) -> None:
    to = order_of(world["unpaid"])
    of = order_of(world["second"])
    sql("UPDATE payments_allocation SET order_id = %s WHERE order_id = %s", to, of)


@found_by("M6")
def money_was_of_another_currency(world: Busy) -> None:
    sql("UPDATE payments_ledgerentry SET currency = 'USD' WHERE reference = '501'")


@found_by("M7")
def a_reference_was_made_money_twice(world: Busy) -> None:
    copy_of(
        "payments_providermessage",
        "reference = '501' AND outcome = 'applied'",
        body_sha256="0" * 64,
    )


@found_by("M1", "M8")
def more_goes_back_than_came(world: Busy) -> None:
    sql("UPDATE payments_ledgerentry SET amount = 9999999 WHERE reference = 'r-77'")


@found_by("M9")
def what_is_due_is_not_the_price(world: Busy) -> None:
    sql(
        "UPDATE enrollment_installment SET amount = amount - 1 WHERE order_id = %s",
        order_of(world["lapsed"]),
    )


@found_by("M9", on_sqlite=False)
def a_column_of_money_becomes_a_float(world: Busy) -> None:
    schema("ALTER TABLE payments_payment ALTER COLUMN amount TYPE double precision")


@found_by("M10")
def an_order_becomes_cheaper(world: Busy) -> None:
    order = order_of(world["lapsed"])
    sql("UPDATE enrollment_order SET price = 1000, prepayment = 1000 WHERE id = %s", order)
    sql("UPDATE enrollment_installment SET amount = 1000 WHERE order_id = %s", order)


@found_by("M10")
def a_tariff_becomes_cheaper(world: Busy) -> None:
    sql("UPDATE enrollment_tariff SET price = 1000 WHERE level = 'full'")


@found_by("M11")
def a_transfer_is_lowered(world: Busy) -> None:
    sql("UPDATE payments_statementline SET amount = amount - 1 WHERE state = 'unmatched'")


@found_by("M6", "M11")
def a_matched_transfer_waits_again(world: Busy) -> None:
    order = order_of(world["transfer"])
    sql(
        "UPDATE payments_statementline SET state = 'unmatched', settled_at = NULL, order_id = NULL "
        "WHERE order_id = "
        "%s",
        order,
    )


@found_by("M12")
def a_typed_transfer_was_approved_by_nobody(world: Busy) -> None:
    sql("UPDATE payments_typedtransfer SET approved_at = NULL, approved_by = ''")


@found_by("M12")
def money_by_hand_was_approved_by_nobody(world: Busy) -> None:
    sql("UPDATE payments_manualreceipt SET approved_at = NULL, approved_by = ''")


@found_by("M12", "S1")
def money_by_hand_was_approved_by_who_entered_it(world: Busy) -> None:
    if not on_sqlite():
        schema(
            "ALTER TABLE payments_manualreceipt DROP CONSTRAINT "
            "money_by_hand_is_approved_by_another_person"
        )
    sql("UPDATE payments_manualreceipt SET approved_by = entered_by")


@found_by("M13")
def a_file_asks_for_no_second_look_any_more(world: Busy) -> None:
    sql("UPDATE payments_statementfile SET asks_for_look = FALSE WHERE asks_for_look")


@found_by("M13")
def a_file_was_brought_by_somebody_else(world: Busy) -> None:
    sql("""UPDATE payments_statementfile SET "by" = 'staff:999' WHERE asks_for_look""")


@found_by("M13")
def a_closing_balance_is_another(world: Busy) -> None:
    sql("UPDATE payments_statementfile SET closing = closing + 1 WHERE asks_for_look")


@found_by("M11", "M13")
def a_file_that_nobody_has_seen_gave_more_than_one_person_may(world: Busy) -> None:
    sql("UPDATE payments_statementfile SET seen_at = NULL, seen_by = '' WHERE asks_for_look")
    sql(
        "UPDATE payments_statementline SET amount = 2000001, settled_by = 'system', "
        "file_id = (SELECT id FROM payments_statementfile WHERE asks_for_look) "
        "WHERE state = 'taken'"
    )


@found_by("M13", "S1")
def a_file_was_seen_by_who_brought_it(world: Busy) -> None:
    if not on_sqlite():
        schema(
            "ALTER TABLE payments_statementfile DROP CONSTRAINT "
            "a_statement_is_seen_by_another_person"
        )
    sql('UPDATE payments_statementfile SET seen_by = "by" WHERE asks_for_look')


@found_by("M12")
def less_was_granted_than_was_paid_out(world: Busy) -> None:
    sql("UPDATE payments_refunddecision SET granted = granted - 1 WHERE granted > 0")


@found_by("M12", "S1")
def a_counter_entry_was_approved_by_who_proposed_it(world: Busy) -> None:
    if not on_sqlite():
        schema(
            "ALTER TABLE payments_ledgercorrection DROP CONSTRAINT "
            "a_correction_is_approved_by_another_person"
        )
    sql("UPDATE payments_ledgercorrection SET approved_by = entered_by")


@found_by("M12")
def a_counter_entry_was_decided_by_nobody(world: Busy) -> None:
    sql("DELETE FROM payments_ledgercorrection WHERE entry_id IN " + CORRECTED)


@found_by("M12")
def a_counter_entry_takes_less_than_came(world: Busy) -> None:
    sql("UPDATE payments_ledgerentry SET amount = amount + 1 WHERE kind = 'correction'")


@found_by("M12")
def a_payout_that_never_left_is_paid_again_by_its_old_entry(world: Busy) -> None:
    wrong = ask("SELECT id FROM payments_ledgerentry WHERE reference = 'K-77' AND kind = 'refund'")
    sql(
        "UPDATE payments_refundpayout SET refund_id = %s, reference = 'K-77' "
        "WHERE reference = 'K-78'",
        wrong[0][0],
    )


@found_by("M12")
def a_refund_of_no_case_is_corrected(world: Busy) -> None:
    sql(
        "UPDATE payments_ledgerentry SET corrects_id = "
        "(SELECT id FROM payments_ledgerentry WHERE reference = 'r-77'), provider = 'card', "
        "reference = 'r-77', amount = -1000 WHERE kind = 'correction' AND reference = 'K-77'"
    )


# --- Orders and seats
@found_by("O1")
def a_seat_is_forged(world: Busy) -> None:
    copy_of("enrollment_place", "order_id IS NULL", number=1000)


@found_by("O1")
def a_sold_place_is_held_for_a_while(world: Busy) -> None:
    sql(
        "UPDATE enrollment_place SET held_until = %s WHERE order_id = %s",
        world.at,
        order_of(world["paid"]),
    )


@found_by("O2")
def a_lapsed_order_awaits_payment(world: Busy) -> None:
    sql(
        "UPDATE enrollment_order SET state = 'awaiting_payment' WHERE code = %s", world["cancelled"]
    )


@found_by("A5", "O2")
def an_order_was_restored_on_another_day(world: Busy) -> None:
    sql(
        "UPDATE journal_entry SET at = %s WHERE chain = %s AND verb = 'order.restored'",
        datetime(2026, 11, 23, 20, tzinfo=UTC),  # after midnight in Almaty
        world["restored"],
    )


@found_by("A5", "O2")
def an_order_was_restored_that_the_clock_had_ended(world: Busy) -> None:
    sql(
        "UPDATE journal_entry SET verb = 'order.lapsed'"
        " WHERE chain = %s AND verb = 'order.cancelled'",
        world["restored"],
    )


@found_by("O3")
def an_order_is_of_another_day(world: Busy) -> None:
    sql("UPDATE enrollment_order SET placed_on = '2026-12-01' WHERE code = %s", world["unpaid"])


@found_by("O3", "A3")
def money_of_another_day_concluded_a_contract(world: Busy) -> None:
    later = datetime(2026, 11, 24, 6, tzinfo=UTC)
    sql("UPDATE payments_ledgerentry SET happened_at = %s WHERE reference = '501'", later)


@found_by("O4")
def an_enrollment_is_of_another_learner(world: Busy) -> None:
    sql(
        "UPDATE enrollment_enrollment SET learner_key = 'x' WHERE order_id = %s",
        order_of(world["paid"]),
    )


@found_by("O4")
def a_learner_may_enroll_twice(world: Busy) -> None:
    schema("DROP INDEX a_learner_has_one_live_enrollment_in_a_cohort")


@found_by("O5")
def who_paid_is_shut_off(world: Busy) -> None:
    enrollment = ask(
        "SELECT id FROM enrollment_enrollment WHERE order_id = %s", order_of(world["halves"])
    )[0][0]
    copy_of(
        "enrollment_suspension",
        "ended_at IS NULL AND breach_id IS NULL",
        enrollment_id=enrollment,
    )


# --- Conduct and ends
@found_by("B1")
def a_breach_is_of_a_rule_that_the_edition_lacks(world: Busy) -> None:
    sql(
        "UPDATE enrollment_breach SET words_ru = 'не опаздывать' WHERE order_id = %s",
        order_of(world["accused"]),
    )


@found_by("B1")
def a_withdrawn_breach_still_shuts_off_access(world: Busy) -> None:
    sql(
        "UPDATE enrollment_suspension SET ended_at = NULL, ended_by = '', end_reason = '' "
        "WHERE breach_id IN (SELECT id FROM enrollment_breach WHERE order_id = %s)",
        order_of(world["accused"]),
    )


@found_by("B1")
def a_demand_is_of_another_sum(world: Busy) -> None:
    sql("UPDATE enrollment_breach SET demand = 2000000 WHERE demand IS NOT NULL")


@found_by("T1")
def a_contract_was_ended_for_fewer_breaches(world: Busy) -> None:
    sql(
        "DELETE FROM enrollment_providerending_breaches WHERE id = "
        "(SELECT MIN(id) FROM enrollment_providerending_breaches)"
    )


@found_by("T1")
def a_contract_ended_without_a_decision(world: Busy) -> None:
    sql("UPDATE payments_refunddecision SET ends_order = %s WHERE ends_order", False)


@found_by("T1")
def an_accepted_proposal_may_be_accepted_twice(world: Busy) -> None:
    schema("DROP INDEX an_order_has_one_accepted_ending_proposal")


@found_by("O5")
def a_material_was_opened_under_a_shut_off(world: Busy) -> None:
    [(enrollment,)] = ask(
        "SELECT enrollment_id FROM enrollment_suspension WHERE ended_at IS NULL LIMIT 1"
    )
    day = world.at.date().isoformat()
    copy_of(
        "materials_materialopening",
        "1 = 1",
        enrollment_id=enrollment,
        at=world.at,
        day=day,
    )


@found_by("O5")
def a_material_was_opened_after_the_end(world: Busy) -> None:
    day = world.at.date().isoformat()
    copy_of("materials_materialopening", "1 = 1", at=world.at, day=day)


@found_by("O5")
def one_who_is_shut_off_stays_in_the_group(world: Busy) -> None:
    [(enrollment,)] = ask(
        "SELECT enrollment_id FROM enrollment_suspension WHERE ended_at IS NULL LIMIT 1"
    )
    copy_of("telegram_groupinvite", "1 = 1", about_key=str(enrollment))


@found_by("O5")
def a_student_may_have_two_invites(world: Busy) -> None:
    schema("DROP INDEX a_subject_has_one_standing_invite")


@found_by("P1")
def a_result_is_another(world: Busy) -> None:
    sql("UPDATE enrollment_studyresult SET mark = 'absent' WHERE mark = 'attended'")


@found_by("P1")
def a_result_is_removed(world: Busy) -> None:
    sql("DELETE FROM enrollment_studyresult WHERE mark = 'attended'")


@found_by("P2")
def a_version_of_a_work_is_removed(world: Busy) -> None:
    sql("DELETE FROM enrollment_workfile")
    sql("DELETE FROM enrollment_studentwork WHERE version = 1")


@found_by("P2")
def a_work_in_time_is_late(world: Busy) -> None:
    sql("UPDATE enrollment_studentwork SET is_late = %s WHERE version = 2", True)


@found_by("P2", on_sqlite=False)
def a_work_may_have_two_versions_of_a_number(world: Busy) -> None:
    schema("ALTER TABLE enrollment_studentwork DROP CONSTRAINT a_work_has_one_version_a_number")


@found_by("P3")
def a_recording_is_not_counted(world: Busy) -> None:
    sql("UPDATE enrollment_studyresult SET version = 1 WHERE mark = 'attended'")


@found_by("P3")
def a_lesson_answers_a_work(world: Busy) -> None:
    sql("UPDATE enrollment_studyresult SET work_version = 1 WHERE mark = 'attended'")


@found_by("P3", on_sqlite=False)
def a_result_may_have_no_version(world: Busy) -> None:
    schema("ALTER TABLE enrollment_studyresult DROP CONSTRAINT versions_of_a_result_begin_with_one")


@found_by("P1")
def a_student_may_have_two_curators(world: Busy) -> None:
    schema("DROP INDEX a_student_has_one_curator_at_a_time")


@found_by("S1")
def a_curator_is_set_by_nobody(world: Busy) -> None:
    sql("UPDATE enrollment_curatorassignment SET begun_by = 'staff:999'")


# --- Acceptance and consent
@found_by("A1")
def an_acceptance_is_removed(world: Busy) -> None:
    sql("DELETE FROM enrollment_acceptance WHERE order_id = %s", order_of(world["paid"]))


@found_by("A1")
def an_enrollment_opened_before_the_payment(world: Busy) -> None:
    earlier = datetime(2026, 11, 20, tzinfo=UTC)
    sql(
        "UPDATE enrollment_enrollment SET opened_at = %s WHERE order_id = %s",
        earlier,
        order_of(world["paid"]),
    )


@found_by("A2")
def the_journal_loses_a_guard(world: Busy) -> None:
    schema(f"DROP TRIGGER journal_entry_is_append_only{'' if on_sqlite() else ' ON journal_entry'}")


@found_by("A2")
def a_party_becomes_another(world: Busy) -> None:
    sql(
        "UPDATE enrollment_party SET phone = '+77770000000' WHERE email = 'moved@example.kz' AND "
        "former_of_id IS NULL"
    )


@found_by("A2")
def what_was_accepted_before_a_correction_is_removed(world: Busy) -> None:
    sql("DELETE FROM enrollment_party WHERE former_of_id IS NOT NULL")


@found_by("A2")
def a_learner_is_erased_without_a_word(world: Busy) -> None:
    learner = ask("SELECT learner_id FROM enrollment_order WHERE code = %s", world["lapsed"])[0][0]
    sql(
        "UPDATE enrollment_learner SET surname = '', name = '', patronymic = '', salt = '' WHERE "
        "id = %s",
        learner,
    )


@found_by("A3")
def an_acceptance_says_another_price(world: Busy) -> None:
    sql(
        "UPDATE enrollment_acceptance SET method = 'cash' WHERE order_id = %s",
        order_of(world["paid"]),
    )


@found_by("A3")
def an_acceptance_is_sealed_anew(world: Busy) -> None:
    number, sealed = ask("SELECT id, sealed FROM enrollment_acceptance ORDER BY id")[0]
    forged = json.dumps(json.loads(sealed) | {"learner_language": "ru"}, sort_keys=True)
    sql(
        "UPDATE enrollment_acceptance SET sealed = %s, digest = %s WHERE id = %s",
        forged,
        "0" * 64,
        number,
    )


@found_by("A3", "A4")
def an_acceptance_names_another_edition(world: Busy) -> None:
    copy_of("enrollment_edition", "1 = 1", name="2030-01-01", kk_sha256="0" * 64)
    sql(
        "UPDATE enrollment_acceptance SET edition_id = (SELECT MAX(id) FROM enrollment_edition) "
        "WHERE order_id = %s",
        order_of(world["paid"]),
    )


@found_by("A3", "A4")
def a_text_of_the_offer_is_edited(world: Busy) -> None:
    sql("UPDATE enrollment_editionfile SET content = %s WHERE name = 'kk.md'", b"another offer")


@found_by("A4")
def the_paper_of_the_offer_is_replaced(world: Busy) -> None:
    content = b"%PDF-1.7 another"
    digest = "5" * 64
    sql(
        "UPDATE enrollment_editionfile SET content = %s, sha256 = %s WHERE name = 'offer.pdf'",
        content,
        digest,
    )


@found_by("A6")
def a_consent_to_marketing_is_forged(world: Busy) -> None:
    party = ask("SELECT party_id FROM enrollment_order WHERE code = %s", world["paid"])[0][0]
    copy_of("enrollment_consent", "party_id = %s", party, purpose="marketing")


@found_by("A6")
def a_withdrawal_is_removed(world: Busy) -> None:
    sql("DELETE FROM enrollment_consentwithdrawal")


@found_by("A7")
def a_guardian_consented_after_the_contract(world: Busy) -> None:
    sql("UPDATE enrollment_guardianconsent SET given_at = %s", world.at)


@found_by("A7")
def another_guardian_consented(world: Busy) -> None:
    sql("UPDATE enrollment_guardianconsent SET surname = 'Басқа'")


@found_by("A7")
def a_guardian_consented_in_another_mailbox(world: Busy) -> None:
    sql("UPDATE enrollment_guardianconsent SET email = 'guardian@example.com'")


@found_by("A7")
def a_guardian_consented_to_other_words(world: Busy) -> None:
    sql("UPDATE enrollment_guardianconsent SET text = 'I agree to everything'")


@found_by("A6")
def an_offer_left_before_anybody_agreed(world: Busy) -> None:
    sql(
        "UPDATE notices_notice SET sent_at = %s WHERE kind = 'cohort-offer' AND state = 'sent'",
        datetime(2026, 1, 1, tzinfo=UTC),
    )


# --- The journal
NEUTRAL = "verb = 'order.cancelled'"  # a row that only the chain itself protects


@found_by("A5")
def the_facts_of_a_row_are_edited(world: Busy) -> None:
    sql(f'UPDATE journal_entry SET facts = \'{{"by": "the buyer"}}\' WHERE {NEUTRAL}')


@found_by("A5")
def the_time_of_a_row_is_edited(world: Busy) -> None:
    sql(f"UPDATE journal_entry SET at = %s WHERE {NEUTRAL}", datetime(2026, 11, 23, 8, tzinfo=UTC))


@found_by("A5")
def the_author_of_a_row_is_edited(world: Busy) -> None:
    sql(f"UPDATE journal_entry SET \"by\" = 'user:9' WHERE {NEUTRAL}")


@found_by("A5")
def a_row_in_the_middle_is_removed(world: Busy) -> None:
    sql("DELETE FROM journal_entry WHERE verb = 'statement.imported'")


@found_by("A5")
def the_last_row_is_removed(world: Busy) -> None:
    """No gap, no fork: only the seal has seen it."""
    sql("DELETE FROM journal_entry WHERE verb = 'personal_data.seen'")


@found_by("A5")
def two_rows_change_places(world: Busy) -> None:
    chain = world["paid"]
    last = ask("SELECT MAX(number) FROM journal_entry WHERE chain = %s", chain)[0][0]
    for before, after in ((last, 1000), (last - 1, last), (1000, last - 1)):
        sql(
            "UPDATE journal_entry SET number = %s WHERE chain = %s AND number = %s",
            after,
            chain,
            before,
        )


@found_by("A5")
def a_row_is_added_with_a_digest_of_its_own_invention(world: Busy) -> None:
    last, digest = last_of(world["cancelled"])
    copy_of(
        "journal_entry",
        "verb = 'personal_data.seen'",
        chain=world["cancelled"],
        number=last + 1,
        previous=digest,
        digest="f" * 64,
        at=world.at,
    )


@found_by("A5")
def a_row_is_put_between_others(world: Busy) -> None:
    """The numbers are consistent, and so is every digest:
    only the seal has seen the chain as it was.
    """
    chain = world["cancelled"]
    last, _digest = last_of(chain)
    sql(
        "UPDATE journal_entry SET number = %s WHERE chain = %s AND number = %s",
        last + 1,
        chain,
        last,
    )
    copy_of("journal_entry", "verb = 'personal_data.seen'", chain=chain, number=last)
    write_anew(chain)


@found_by("A5")
def a_row_is_added_as_if_it_were_old(world: Busy) -> None:
    """All digests are right, and the chain goes on from its sealed end;
    but the seal would have seen it.
    """
    chain = world["cancelled"]
    last, _digest = last_of(chain)
    copy_of("journal_entry", NEUTRAL, verb="personal_data.seen", number=last + 1)
    write_anew(chain)


@found_by("A5")
def a_whole_chain_is_written_anew(world: Busy) -> None:
    sql(f'UPDATE journal_entry SET facts = \'{{"by": "the buyer"}}\' WHERE {NEUTRAL}')
    write_anew(world["cancelled"])


@found_by("A5")
def a_chain_is_written_anew_and_so_is_its_sealed_end(world: Busy) -> None:
    a_whole_chain_is_written_anew(world)
    _last, digest = last_of(world["cancelled"])
    sql("UPDATE journal_sealedhead SET digest = %s WHERE chain = %s", digest, world["cancelled"])


@found_by("A5")
def a_seal_names_another_root(world: Busy) -> None:
    sql("UPDATE journal_seal SET root = %s WHERE number = 2", "a" * 64)


@found_by("A5")
def a_seal_is_of_another_day(world: Busy) -> None:
    sql("UPDATE journal_seal SET day = '2026-11-26' WHERE number = 2")


@found_by("A5")
def the_signature_of_a_seal_is_false(world: Busy) -> None:
    sql(
        "UPDATE journal_seal SET signature = %s WHERE number = 1",
        base64.b64encode(b"x" * 384).decode(),
    )


@found_by("A5")
def a_seal_is_signed_with_another_key(world: Busy) -> None:
    pem = new_key_file(name="somebody", at=world.at)
    key = serialization.load_pem_private_key(pem, None)
    certificate = x509.load_pem_x509_certificate(pem)
    text = ask("SELECT text FROM journal_seal WHERE number = 1")[0][0]
    signature = key.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())  # type: ignore[union-attr, call-arg, arg-type]
    sql(
        "UPDATE journal_seal SET signature = %s, certificate = %s, fingerprint = %s WHERE number "
        "= 1",
        base64.b64encode(signature).decode(),
        certificate.public_bytes(serialization.Encoding.PEM).decode(),
        certificate.fingerprint(hashes.SHA256()).hex(),
    )


@found_by("A5")
def the_last_seal_is_removed(world: Busy) -> None:
    sql("DELETE FROM journal_sealedhead WHERE seal_id = (SELECT MAX(id) FROM journal_seal)")
    sql("DELETE FROM journal_seal WHERE number = (SELECT MAX(number) FROM journal_seal)")


@found_by("A5")
def a_sealed_end_is_removed(world: Busy) -> None:
    sql("DELETE FROM journal_sealedhead WHERE chain = %s", world["cancelled"])


def last_of(chain: str) -> tuple[int, str]:
    number, digest = ask(
        "SELECT number, digest FROM journal_entry WHERE chain = %s ORDER BY number DESC", chain
    )[0]
    return int(number), str(digest)


def write_anew(chain: str) -> None:
    """Give every row of a chain the digest that its content asks for,
    as one who knows the code can.
    """
    previous = ""
    for number, at, by, kind, key, verb, facts, clause in ask(
        'SELECT number, at, "by", about_kind, about_key, verb, facts, clause FROM journal_entry '
        "WHERE chain = %s "
        "ORDER BY number",
        chain,
    ):
        when = datetime.fromisoformat(at).replace(tzinfo=UTC) if isinstance(at, str) else at
        digest = row_digest(
            chain=chain,
            number=number,
            at=when,
            by=by,
            about=(kind, key),
            verb=verb,
            facts=json.loads(facts),
            clause=clause,
            previous=previous,
        )
        sql(
            "UPDATE journal_entry SET previous = %s, digest = %s WHERE chain = %s AND number = %s",
            previous,
            digest,
            chain,
            number,
        )
        previous = digest


# --- Certificates
@found_by("C1")
def a_number_was_given_to_nobody(world: Busy) -> None:
    sql("UPDATE certificates_numberseries SET last = last + 1")


@found_by("C1")
def a_check_code_can_be_guessed(world: Busy) -> None:
    sql("UPDATE certificates_certificate SET code = '1234567890' WHERE revoked_at IS NOT NULL")


@found_by("C1")
def two_certificates_may_stand(world: Busy) -> None:
    schema("DROP INDEX an_enrollment_has_one_live_certificate")


@found_by("C2")
def a_certificate_has_another_digest(world: Busy) -> None:
    sql("UPDATE certificates_certificate SET sha256 = %s WHERE revoked_at IS NOT NULL", "0" * 64)


@found_by("C2")
def a_revoked_certificate_stands_again(world: Busy) -> None:
    sql(
        "UPDATE certificates_certificate SET revoked_at = NULL, revoke_reason = '' WHERE "
        "revoked_at IS NOT NULL"
    )


@found_by("C3")
def an_exception_is_removed(world: Busy) -> None:
    sql("DELETE FROM enrollment_exclusion")


# --- Letters, deadlines, staff
@found_by("N1")
def a_letter_is_removed(world: Busy) -> None:
    sql(
        "DELETE FROM notices_notice WHERE kind = 'contract-concluded' AND order_code = %s",
        world["paid"],
    )


@found_by("N1")
def a_letter_has_another_message_id(world: Busy) -> None:
    sql(
        "UPDATE notices_notice SET message_id = '<x@example.kz>' WHERE kind = 'order-placed' AND "
        "order_code = %s",
        world["paid"],
    )


# --- Later editions
@found_by("E1")
def a_notice_of_an_edition_is_removed(world: Busy) -> None:
    told = "SELECT id FROM enrollment_editionnotice WHERE order_id = %s"
    sql(
        f"DELETE FROM enrollment_editionnotice WHERE id IN ({told})",
        order_of(world["guardian"]),
    )


@found_by("E1")
def an_answer_has_no_journal_row(world: Busy) -> None:
    sql("UPDATE enrollment_editionanswer SET kind = 'agreed' WHERE kind = 'objected'")


@found_by("E1", "N3")
def a_letter_of_a_silent_contract_holder_was_not_read(world: Busy) -> None:
    silent = ask(
        "SELECT n.order_id FROM enrollment_editionanswer a "
        "JOIN enrollment_editionnotice n ON n.id = a.notice_id WHERE a.kind = 'silent'"
    )[0][0]
    came = datetime(2026, 11, 25, tzinfo=UTC)
    sql(
        "UPDATE correspondence_letter SET arrived_at = %s, recorded_at = %s "
        "WHERE standing = 'cabinet'",
        came,
        came,
    )
    letter = "SELECT MAX(id) FROM correspondence_letter WHERE standing = 'cabinet'"
    copy_of("correspondence_concern", f"letter_id = ({letter})", order_id=silent, at=came)


@found_by("E1")
def an_answer_came_when_the_edition_was_in_effect(world: Busy) -> None:
    sql(
        "UPDATE enrollment_editionanswer SET said_at = %s, recorded_at = %s WHERE kind = 'agreed'",
        datetime(2026, 12, 20, tzinfo=UTC),
        datetime(2026, 12, 20, tzinfo=UTC),
    )


@found_by("E1")
def a_contract_is_told_of_its_own_edition(world: Busy) -> None:
    sql(
        "UPDATE enrollment_editionnotice SET edition_id = "
        "(SELECT edition_id FROM enrollment_order WHERE id = order_id)"
    )


@found_by("E1", "A4")
def a_contract_is_moved_to_the_later_edition(world: Busy) -> None:
    order = order_of(world["guardian"])
    sql(
        "UPDATE enrollment_order SET edition_id = (SELECT MAX(id) FROM enrollment_edition) "
        "WHERE id = %s",
        order,
    )


@found_by("E1", on_sqlite=False)
def an_edition_may_be_answered_twice(world: Busy) -> None:
    schema(
        "ALTER TABLE enrollment_editionanswer "
        "DROP CONSTRAINT enrollment_editionanswer_notice_id_key"
    )


@found_by("E1", on_sqlite=False)
def a_contract_may_be_told_of_an_edition_twice(world: Busy) -> None:
    schema(
        "ALTER TABLE enrollment_editionnotice DROP CONSTRAINT a_contract_is_told_of_an_edition_once"
    )


@found_by("N2")
def a_letter_waits_for_ever(world: Busy) -> None:
    sql(
        "UPDATE notices_notice SET state = 'queued', sent_at = NULL WHERE kind = 'order-placed' "
        "AND order_code = %s",
        world["paid"],
    )


@found_by("N3")
def a_letter_that_came_is_removed(world: Busy) -> None:
    sql("DELETE FROM correspondence_letter WHERE standing = 'other-address'")


@found_by("N3")
def a_strangers_letter_counts_as_a_notice(world: Busy) -> None:
    sql("UPDATE correspondence_letter SET standing = 'notice' WHERE standing = 'other-address'")


@found_by("N3")
def a_notice_stands_with_no_contract(world: Busy) -> None:
    sql(
        "DELETE FROM correspondence_concern WHERE letter_id IN "
        "(SELECT id FROM correspondence_letter WHERE standing = 'notice' AND form = 'e-mail')"
    )


@found_by("N3")
def a_notice_is_of_another_address(world: Busy) -> None:
    sql("UPDATE correspondence_letter SET sender = 'x@example.kz' WHERE standing = 'cabinet'")


@found_by("N3")
def a_letter_on_paper_loses_its_receipt(world: Busy) -> None:
    sql("DELETE FROM correspondence_postalreceipt")


@found_by("N3")
def marketing_goes_to_one_who_did_not_agree(world: Busy) -> None:
    sql(
        "UPDATE correspondence_cohortletterreceiver SET order_id = "
        "(SELECT id FROM enrollment_order WHERE code = %s)",
        world["paid"],
    )


@found_by("D1")
def a_deadline_moves(world: Busy) -> None:
    sql(
        "UPDATE enrollment_deadline SET due_on = '2027-02-28', due_before = %s WHERE clause = "
        "'9.1'",
        datetime(2027, 2, 28, 19, tzinfo=UTC),
    )


@found_by("D1")
def the_calendar_changes_silently(world: Busy) -> None:
    sql("UPDATE calendar_dayexception SET day = '2027-01-27' WHERE day = '2027-01-26'")


@found_by("D1")
def a_met_term_reads_as_lifted(world: Busy) -> None:
    sql(
        "UPDATE enrollment_deadline SET was_lifted = %s WHERE clause = '9.1' "
        "AND met_at IS NOT NULL",
        True,
    )


@found_by("D1")
def a_move_is_longer_than_the_force_majeure(world: Busy) -> None:
    sql("UPDATE enrollment_deadlinemove SET days = 30 WHERE days = 2")


@found_by("D1")
def a_move_is_removed(world: Busy) -> None:
    sql("DELETE FROM enrollment_deadlinemove WHERE days = 0")


@found_by("D1")
def a_move_is_the_decision_of_nobody(world: Busy) -> None:
    sql("UPDATE enrollment_calendarreview SET outcome = 'rejected'")


@found_by("D1")
def a_move_was_not_proposed(world: Busy) -> None:
    sql("DELETE FROM enrollment_proposedday")


@found_by("D1")
def a_decision_has_another_reason(world: Busy) -> None:
    sql("UPDATE enrollment_calendarreview SET reason = 'басқа'")


@found_by("D1")
def the_calendar_changes_and_nobody_is_asked(world: Busy) -> None:
    copy_of(
        "calendar_dayexception",
        "day = '2027-01-28' AND removed_at IS NULL",
        day="2027-01-29",
        recorded_at=world.at - timedelta(hours=6),
    )


@found_by("D2")
def a_late_term_was_told_to_nobody(world: Busy) -> None:
    sql("UPDATE enrollment_deadline SET alarmed_at = NULL WHERE alarmed_at IS NOT NULL")


@found_by("D2")
def the_letter_about_a_late_term_is_removed(world: Busy) -> None:
    sql("DELETE FROM notices_notice WHERE kind = 'terms-over'")


@found_by("D2")
def the_alarms_of_certificates_are_removed(world: Busy) -> None:
    sql("DELETE FROM notices_notice WHERE kind = 'deadline-alarm'")


@found_by("D2")
def a_demand_has_no_day(world: Busy) -> None:
    sql("UPDATE payments_refundcase SET deadline_id = NULL WHERE cancelled_at IS NULL")


@found_by("D2", on_sqlite=False)
def a_case_that_nobody_asked_for_has_a_term(world: Busy) -> None:
    name = "a_refund_case_that_nobody_asked_for_has_no_term"
    schema(f"ALTER TABLE payments_refundcase DROP CONSTRAINT {name}")
    sql("UPDATE payments_refundcase SET asked_by = 'academy' WHERE deadline_id IS NOT NULL")


@found_by("D2")
def an_answer_has_no_reasons(world: Busy) -> None:
    sql("UPDATE payments_refunddecision SET reasons_kk = %s", encrypt(b"  ").decode())


@found_by("D2")
def a_claim_has_neither_an_answer_nor_a_term(world: Busy) -> None:
    sql(
        "UPDATE enrollment_claim SET answer_term_id = (SELECT c.answer_term_id FROM"
        " enrollment_claim c JOIN enrollment_claimanswer a ON a.claim_id = c.id)"
        " WHERE id NOT IN (SELECT claim_id FROM enrollment_claimanswer)"
    )


@found_by("D2")
def an_answer_to_a_claim_has_no_proposal(world: Busy) -> None:
    sql(
        "UPDATE enrollment_claimanswer SET proposal_kk = %s, proposal_ru = %s",
        *[encrypt(b" ").decode()] * 2,
    )


@found_by("L2")
def a_confirmed_force_majeure_has_no_document(world: Busy) -> None:
    sql("DELETE FROM enrollment_forcemajeurefile")


@found_by("L2")
def a_late_report_is_told_to_be_in_time(world: Busy) -> None:
    sql("UPDATE enrollment_forcemajeurecontract SET reported_late = %s", True)


@found_by("L2")
def a_force_majeure_began_on_another_day(world: Busy) -> None:
    sql("UPDATE enrollment_forcemajeure SET began_on = %s WHERE ended_on IS NULL", "2026-11-01")


@found_by("L2", "L7")
def a_day_was_put_off_by_more_than_the_force_majeure(world: Busy) -> None:
    sql("UPDATE enrollment_dayputoff SET days = 9 WHERE what = 'rest'")


@found_by("L7")
def a_rest_is_due_on_a_day_that_nobody_agreed_on(world: Busy) -> None:
    order = order_of(world["halves"])
    sql(
        "UPDATE enrollment_installment SET moved_to = %s WHERE order_id = %s AND number = 2",
        "2026-12-28",
        order,
    )


@found_by("L7")
def a_last_day_is_put_off_further_than_told(world: Busy) -> None:
    put_off = "SELECT to_on FROM enrollment_dayputoff WHERE what = 'performance'"
    sql(
        f"UPDATE enrollment_enrollment SET performed_on = %s WHERE performed_on = ({put_off})",
        "2027-01-21",
    )


@found_by("L2", on_sqlite=False)
def a_confirmed_force_majeure_hinders_nobody(world: Busy) -> None:
    schema(
        "ALTER TABLE enrollment_forcemajeure"
        " DROP CONSTRAINT a_confirmed_force_majeure_says_whom_it_hinders"
    )


@found_by("T1", on_sqlite=False)
def one_person_may_end_a_contract_by_force_majeure(world: Busy) -> None:
    schema(
        "ALTER TABLE enrollment_forcemajeurecontract"
        " DROP CONSTRAINT an_end_by_force_majeure_has_two_persons"
    )


@found_by("L1")
def a_claim_demands_something_else(world: Busy) -> None:
    sql("UPDATE enrollment_claim SET demand = %s", encrypt("басқа".encode()).decode())


@found_by("L1")
def a_file_of_a_claim_is_removed(world: Busy) -> None:
    sql(
        "DELETE FROM enrollment_claimfile WHERE id NOT IN"
        " (SELECT withdrawal_id FROM enrollment_claim WHERE withdrawal_id IS NOT NULL)"
    )


@found_by("L4")
def a_claim_that_staff_took_back_lacks_the_students_paper(world: Busy) -> None:
    sql("UPDATE enrollment_claim SET withdrawal_id = NULL")


@found_by("L5")
def the_million_is_demanded_for_another_breach(world: Busy) -> None:
    sql(
        "UPDATE enrollment_claim SET breach_id ="
        " (SELECT MIN(id) FROM enrollment_breach WHERE clause <> '11.5')"
        " WHERE breach_id IS NOT NULL"
    )


@found_by("S1")
def an_edit_leaves_no_journal_row(world: Busy) -> None:
    later = world.at - timedelta(hours=1)
    copy_of(
        "django_admin_log",
        "1 = 1",
        action_time=later,
        change_message='[{"changed": {"fields": ["name"]}}]',
    )


@found_by("S1")
def somebody_may_edit_the_journal(world: Busy) -> None:
    right = ask("SELECT id FROM auth_permission WHERE codename = 'change_entry'")[0][0]
    user = ask("SELECT MIN(id) FROM accounts_user")[0][0]
    sql(
        "INSERT INTO accounts_user_user_permissions (user_id, permission_id) VALUES (%s, %s)",
        user,
        right,
    )


@found_by("S1")
def a_decision_is_of_another_person(world: Busy) -> None:
    sql("UPDATE payments_providermessage SET looked_by = 'staff:999' WHERE looked_at IS NOT NULL")


@found_by("A2", "S2")
def an_address_stands_in_plain_text(world: Busy) -> None:
    party = ask("SELECT party_id FROM enrollment_order WHERE code = %s", world["lapsed"])[0][0]
    sql("UPDATE enrollment_party SET address = 'Алматы' WHERE id = %s", party)


@found_by("S2")
def an_address_stands_in_a_letter(world: Busy) -> None:
    facts = json.dumps({"due": 1, "to": "Мекенжайы: Алматы қ., Абай даңғылы, 1, 2-пәтер"})
    sql(
        "UPDATE notices_notice SET facts = %s WHERE kind = 'order-placed' AND order_code = %s",
        facts,
        world["paid"],
    )


@found_by("S2")
def an_iin_stands_in_a_reason(world: Busy) -> None:
    sql("UPDATE payments_manualreceipt SET reason = 'ЖСН 900101300811'")


@found_by("S3")
def a_wish_to_erase_has_a_term_of_a_month(world: Busy) -> None:
    sql("UPDATE retention_erasurerequest SET due_on = '2030-01-01'")


@found_by("S3")
def a_file_that_was_erased_is_put_back(world: Busy) -> None:
    name = ask("SELECT raw FROM notices_notice WHERE raw <> '' ORDER BY id LIMIT 1")[0][0]
    sql(
        "UPDATE retention_erasedfile SET name = %s, deleted_at = decided_at WHERE id = "
        "(SELECT MIN(id) FROM retention_erasedfile)",
        name,
    )


@found_by("S3")
def a_leak_was_never_reported(world: Busy) -> None:
    sql("UPDATE retention_leak SET reported_at = NULL, report_number = '', reported_by_id = NULL")


# --- Answers by the links of letters
@found_by("N4")
def a_page_is_said_to_have_shown_other_words(world: Busy) -> None:
    sql("UPDATE enrollment_linkanswer SET shown = %s", encrypt("Басқа сөз".encode()).decode())


@found_by("N4")
def who_agreed_by_a_link_has_declined(world: Busy) -> None:
    sql("UPDATE enrollment_linkanswer SET accepts = NOT accepts")


@found_by("N4")
def an_answer_by_a_link_is_removed(world: Busy) -> None:
    sql("DELETE FROM enrollment_linkanswer")


@found_by("N4", on_sqlite=False)
def a_proposal_may_be_answered_by_a_link_twice(world: Busy) -> None:
    schema(
        "ALTER TABLE enrollment_linkanswer DROP CONSTRAINT a_proposal_is_answered_by_a_link_once"
    )


# --- Moves and works
@found_by("W1")
def a_move_of_a_student_is_removed(world: Busy) -> None:
    sql("DELETE FROM enrollment_cohortmove")


@found_by("W1")
def a_move_is_agreed_by_nothing(world: Busy) -> None:
    sql("UPDATE enrollment_cohortmove SET agreed_how = 'cabinet', document = ''")


@found_by("W1")
def a_move_led_elsewhere(world: Busy) -> None:
    sql("UPDATE enrollment_cohortmove SET from_cohort_id = to_cohort_id, to_cohort_id = 1")


@found_by("W2")
def works_were_announced_in_other_words(world: Busy) -> None:
    sql("UPDATE maintenance_maintenance SET words_ru = 'Ничего не было.'")


@found_by("W2")
def works_were_never_ended(world: Busy) -> None:
    sql("UPDATE maintenance_maintenance SET ended_at = NULL, ended_by = ''")


@found_by("W2", on_sqlite=False)
def works_may_end_by_nobody(world: Busy) -> None:
    schema(
        "ALTER TABLE maintenance_maintenance "
        "DROP CONSTRAINT an_ended_maintenance_says_when_and_by_whom"
    )


@found_by("V1")
def an_order_forgets_who_took_it(world: Busy) -> None:
    sql("UPDATE enrollment_order SET taken_by = '' WHERE code = %s", world["named"])


@found_by("V1")
def a_partner_gets_another_name_in_the_contract(world: Busy) -> None:
    sql("UPDATE enrollment_ordertaking SET partner_name = 'Другой' WHERE partner_name <> ''")


@found_by("V1")
def consents_that_came_by_a_link_were_read_aloud_after_all(world: Busy) -> None:
    sql("UPDATE enrollment_ordertaking SET consents = 'aloud' WHERE consents = 'link'")


@found_by("V1")
def what_was_to_be_confirmed_is_gone(world: Busy) -> None:
    sql("DELETE FROM enrollment_confirmation WHERE order_id = %s", order_of(world["second"]))


@found_by("V1")
def a_confirmation_came_after_the_contract(world: Busy) -> None:
    moment = datetime(2027, 3, 1, tzinfo=UTC)
    sql("UPDATE enrollment_confirmation SET confirmed_at = %s WHERE confirmed_in <> ''", moment)


@found_by("V1")
def an_order_takes_money_before_it_is_confirmed(world: Busy) -> None:
    sql(
        "UPDATE enrollment_order SET awaits_confirmation = %s WHERE code = %s",
        False,
        world["lapsed"],
    )


@found_by("V1", on_sqlite=False)
def an_order_may_be_taken_by_nobody(world: Busy) -> None:
    schema(
        "ALTER TABLE enrollment_ordertaking DROP CONSTRAINT an_order_is_taken_by_staff_or_a_partner"
    )
