"""Constraints and append-only triggers of the database, looked for by name (M2, M3, A2).

The names are repeated here, so that one that was dropped, or forgotten when a table was rebuilt, is
found.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial

from django.apps import apps
from django.db import connection

from .reading import on_postgresql, rows, table_names

LONGEST = 63  # characters of a name in PostgreSQL
CONSTRAINTS = {
    "M2": {"payments_ledgerentry": ["a_provider_names_a_movement_of_money_once"]},
    "M3": {"payments_ledgerentry": ["a_correction_names_what_it_corrects"]},
    "M4": {
        "payments_allocation": [
            "a_receipt_has_one_allocation_a_number",
            "an_allocation_is_taken_back_once",
            "an_allocation_gives_or_takes_back_what_was_given",
        ]
    },
    "M7": {"payments_providermessage": ["a_message_is_stored_once"]},
    "M8": {
        "payments_refundpayout": [
            "payouts_of_a_receipt_are_numbered",
            "no_more_of_a_receipt_goes_back_than_came",
        ]
    },
    "M9": {
        "enrollment_order": ["a_prepayment_is_within_the_price"],
        "enrollment_installment": ["an_order_has_one_installment_a_number"],
    },
    "M11": {"payments_statementline": ["a_line_is_set_aside_with_a_reason"]},
    "M12": {
        "payments_manualreceipt": [
            "money_by_hand_is_approved_by_another_person",
            "money_by_hand_names_its_reference_reason_document_and_person",
        ],
        "payments_typedtransfer": [
            "a_typed_transfer_is_approved_by_another_person",
            "a_typed_transfer_names_its_reason_document_and_person",
        ],
        "payments_refunddecision": ["a_refund_is_approved_by_another_person"],
    },
    "M13": {
        "payments_statementfile": ["a_statement_is_seen_by_another_person"],
        "payments_kaspiregistry": ["a_registry_is_seen_by_another_person"],
    },
    "O1": {"enrollment_place": ["a_cohort_has_one_place_a_number"]},
    "O4": {
        "enrollment_order": ["a_learner_has_one_unpaid_order_in_a_cohort"],
        "enrollment_enrollment": ["a_learner_has_one_live_enrollment_in_a_cohort"],
    },
    "A5": {
        "journal_entry": ["a_chain_has_one_row_a_number"],
        "journal_sealedhead": ["a_seal_has_one_chain_a_place"],
    },
    "A6": {"enrollment_consent": ["consents_of_a_party_to_a_purpose_are_numbered"]},
    "A7": {
        "enrollment_guardianconsent": [
            "a_guardian_has_a_name_a_relation_and_an_email",
            "a_guardian_consents_at_a_time_in_a_way_to_a_text",
            "a_consent_that_was_spoken_says_how",
        ]
    },
    "C1": {"certificates_certificate": ["an_enrollment_has_one_live_certificate"]},
    "C2": {
        "certificates_certificate": [
            "an_issued_certificate_has_its_file_and_digest",
            "a_replaced_certificate_says_when_and_why",
        ]
    },
    "N1": {
        "notices_notice": [
            "a_person_gets_one_letter_of_a_kind_about_a_thing_an_occasion",
            "a_sent_notice_has_its_letter",
        ]
    },
    "N2": {"notices_notice": ["a_notice_is_queued_or_sent_or_dead", "a_dead_notice_says_why"]},
    "D1": {
        "enrollment_deadline": [
            "a_term_runs_once_an_occasion",
            "a_lifted_term_says_when_and_is_not_stopped",
        ],
        "enrollment_deadlinemove": [
            "a_term_has_one_move_a_number",
            "a_cause_moves_a_term_once",
            "a_term_is_moved_by_days_or_by_a_review",
        ],
        "enrollment_calendarreview": [
            "one_review_of_deadlines_waits_for_a_decision",
            "a_decided_review_says_when_and_by_whom",
            "a_review_is_confirmed_or_rejected_for_a_reason",
        ],
    },
    "N3": {
        "correspondence_letter": ["a_mail_is_recorded_once", "a_letter_is_kept"],
        "correspondence_concern": ["a_letter_concerns_an_order_once"],
        "correspondence_postalreceipt": ["a_receipt_has_number_and_paper"],
        "correspondence_cohortletterreceiver": ["a_contract_gets_a_cohorts_letter_once"],
    },
    "N4": {
        "enrollment_linkanswer": [
            "a_proposal_is_answered_by_a_link_once",
            "an_answer_by_a_link_says_what_was_shown_and_where",
        ]
    },
    "E1": {
        "enrollment_editionnotice": ["a_contract_is_told_of_an_edition_once"],
        "enrollment_editionanswer": ["only_the_clock_records_silence"],
    },
    "B1": {
        "enrollment_breach": [
            "a_breach_is_recorded_once",
            "a_breach_is_reviewed_by_another_person",
        ],
        "enrollment_suspension": ["a_breach_shuts_off_once_at_a_time"],
    },
    "T1": {
        "enrollment_endingproposal": [
            "an_order_has_one_accepted_ending_proposal",
            "nobody_accepts_the_own_proposal_to_end",
        ],
        "enrollment_providerending": ["an_ending_is_approved_by_another_person"],
        "enrollment_forcemajeurecontract": ["an_end_by_force_majeure_has_two_persons"],
    },
    "D2": {
        "payments_refunddecision": ["a_refund_is_answered_with_reasons"],
        "payments_refundcase": ["a_refund_case_that_nobody_asked_for_has_no_term"],
        "enrollment_claimanswer": ["a_claim_is_answered_with_reasons_and_a_proposal"],
    },
    "L2": {
        "enrollment_forcemajeure": [
            "a_force_majeure_does_not_end_before_it_begins",
            "a_confirmed_force_majeure_says_when_and_by_whom",
            "a_confirmed_force_majeure_says_whom_it_hinders",
        ],
        "enrollment_forcemajeurecontract": ["an_event_concerns_a_contract_once"],
    },
    "L7": {
        "enrollment_dayputoff": [
            "an_event_puts_a_day_of_a_contract_off_once",
            "a_force_majeure_makes_a_day_later",
        ]
    },
    "L1": {
        "enrollment_claim": ["a_claim_says_what_is_demanded_and_why"],
        "payments_refundcase": ["a_claim_is_decided_by_one_refund_case"],
    },
    "L4": {"enrollment_claim": ["only_a_withdrawn_claim_of_a_student_has_the_paper_of_it"]},
    "L5": {
        "enrollment_claim": [
            "an_infringement_is_claimed_once",
            "only_the_demand_of_11_6_names_a_breach",
        ]
    },
    "O5": {
        "telegram_groupinvite": ["a_subject_has_one_standing_invite"],
        "materials_materialopening": ["a_student_opens_materials_by_number_a_day"],
    },
    "P1": {
        "enrollment_curatorassignment": ["a_student_has_one_curator_at_a_time"],
        "enrollment_studyresult": ["a_student_has_one_result_an_item"],
        "enrollment_programmeitem": ["a_programme_has_one_item_a_number"],
    },
    "P2": {
        "enrollment_studentwork": [
            "a_work_has_one_version_a_number",
            "a_work_holds_something",
        ],
        "enrollment_workfile": ["a_file_of_a_work_is_there"],
    },
    "P3": {"enrollment_studyresult": ["versions_of_a_result_begin_with_one"]},
    "W1": {
        "enrollment_cohortmove": [
            "a_student_has_one_open_move",
            "a_move_agreed_by_a_document_has_it",
            "an_agreed_move_says_when_by_whom_and_how",
        ]
    },
    "W2": {"maintenance_maintenance": ["an_ended_maintenance_says_when_and_by_whom"]},
    "V1": {
        "enrollment_ordertaking": [
            "an_order_is_taken_by_staff_or_a_partner",
            "a_partner_that_took_an_order_is_named",
            "only_staff_read_consents_aloud_or_send_them",
        ],
        "enrollment_confirmation": ["an_order_asks_for_one_confirmation_a_subject"],
    },
}
UNIQUE_COLUMNS = {
    "M11": {"payments_statementline": ["fingerprint"]},
    "O4": {
        "enrollment_place": ["order_id"],
        "enrollment_enrollment": ["order_id", "learner_id"],
        "enrollment_order": ["code"],
    },
    "A1": {"enrollment_acceptance": ["order_id"]},
    "A6": {"enrollment_consentwithdrawal": ["consent_id"]},
    "C1": {"certificates_certificate": ["number", "code"]},
    "N1": {"notices_notice": ["message_id"]},
    "E1": {
        "enrollment_editionanswer": ["notice_id"],
        "enrollment_silencerefutation": ["answer_id"],
    },
    "N3": {"correspondence_letter": ["identity"], "correspondence_reading": ["letter_id"]},
}
LEDGER = (
    "payments_ledgerentry",
    "payments_allocation",
    "payments_providerfee",
    "payments_fiscalreceipt",
    "payments_refundground",
)
EVIDENCE = (
    "journal_entry",
    "journal_seal",
    "journal_sealedhead",
    "enrollment_acceptance",
    "enrollment_consent",
    "enrollment_consentwithdrawal",
    "enrollment_ordertaking",
    "enrollment_edition",
    "enrollment_editionfile",
    "enrollment_tariff",
    "enrollment_halvesproposal",
    "enrollment_halvesanswer",
    "enrollment_restmove",
    "enrollment_editionnotice",
    "enrollment_editionanswer",
    "enrollment_silencerefutation",
    "enrollment_proposedday",
    "enrollment_deadlinemove",
    "enrollment_dayputoff",
    "enrollment_signatureimage",
    "certificates_certificatepicture",
    "materials_materialopening",
    "notices_bounce",
    "correspondence_concern",
    "correspondence_reading",
    "correspondence_assignment",
    "correspondence_cohortletterreceiver",
    "audit_auditrun",
)
# Bits of tgtype in PostgreSQL: before (2), each row (1), delete (8), update (16), truncate (32).
NEEDED = {"is_append_only": 1 | 2 | 8 | 16, "is_never_emptied": 2 | 32}
NEEDED_IN_SQLITE = {
    "is_append_only": "BEFORE UPDATE",
    "is_never_emptied": "BEFORE DELETE",
    "is_never_replaced": "BEFORE INSERT",
}


def constraints(line: str) -> Callable[[datetime], Iterator[str]]:
    """A question: are all constraints and unique columns of one line there?"""
    return partial(_missing, line)


def _missing(line: str, at: datetime) -> Iterator[str]:
    named = CONSTRAINTS.get(line, {})
    columns = UNIQUE_COLUMNS.get(line, {})
    for table in sorted({*named, *columns}):
        with connection.cursor() as cursor:
            found = connection.introspection.get_constraints(cursor, table)
        for name in named.get(table, ()):
            if name[:LONGEST] not in found:
                yield f"the constraint {name} of {table} is gone"
        unique = {tuple(each["columns"] or ()) for each in found.values() if each["unique"]}
        yield from (
            f"{table}.{each} is unique no more"
            for each in columns.get(table, ())
            if (each,) not in unique
        )


def ledger_is_append_only(at: datetime) -> Iterator[str]:
    """M3: UPDATE and DELETE of the ledger fail in the database itself."""
    yield from _unguarded(LEDGER)


def evidence_is_append_only(at: datetime) -> Iterator[str]:
    """A2: the same for every other table of evidence, including later ones."""
    later = {
        model._meta.db_table for model in apps.get_models() if _is_evidence(model)
    } & table_names()
    yield from _unguarded([*EVIDENCE, *sorted(later.difference(EVIDENCE, LEDGER))])


def _is_evidence(model: type) -> bool:
    return any(base.__name__ == "Evidence" for base in model.__mro__) and not model._meta.proxy  # type: ignore[attr-defined]


def _unguarded(tables: tuple[str, ...] | list[str]) -> Iterator[str]:
    guards = _postgresql_triggers() if on_postgresql() else _sqlite_triggers()
    for table in tables:
        for guard in NEEDED if on_postgresql() else NEEDED_IN_SQLITE:
            if f"{table}_{guard}"[:LONGEST] not in guards.get(table, ()):
                yield f"{table} is not guarded: {table}_{guard} is gone, disabled, or lets pass"


def _postgresql_triggers() -> dict[str, set[str]]:
    """The enabled triggers that refuse changes, by table."""
    sql = """
        SELECT c.relname, t.tgname, t.tgtype, p.prosrc
        FROM pg_trigger t
        JOIN pg_class c ON c.oid = t.tgrelid
        JOIN pg_namespace n ON n.oid = c.relnamespace
        JOIN pg_proc p ON p.oid = t.tgfoid
        WHERE NOT t.tgisinternal
            AND t.tgenabled IN ('O', 'A')
            AND t.tgqual IS NULL
            AND n.nspname = CURRENT_SCHEMA
    """
    found: dict[str, set[str]] = {}
    for table, name, kind, source in rows(sql):
        refuses = source.split("BEGIN", 1)[-1].strip().upper().startswith("RAISE EXCEPTION")
        if refuses and any(
            name == f"{table}_{guard}"[:LONGEST] and kind == NEEDED[guard] for guard in NEEDED
        ):
            found.setdefault(table, set()).add(name)
    return found


def _sqlite_triggers() -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for table, name, sql in rows(
        "SELECT tbl_name, name, sql FROM sqlite_master WHERE type = 'trigger'"
    ):
        said = " ".join(sql.split()).upper()
        for guard, when in NEEDED_IN_SQLITE.items():
            if name != f"{table}_{guard}" or " BEGIN SELECT RAISE(ABORT" not in said:
                continue
            head = said.partition(" BEGIN ")[0]
            asks = head.partition(f"{when} ON {table}".upper())[2]
            expected = _asks_each_key(table, asks) if guard == "is_never_replaced" else not asks
            if f"{when} ON {table}".upper() in head and expected:
                found.setdefault(table, set()).add(name)
    return found


def _asks_each_key(table: str, asks: str) -> bool:
    """True if the WHEN of a trigger of INSERT asks whether each unique key is taken.

    REPLACE would else delete the row that has it, past the trigger of DELETE.
    """
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, table)
    keys = {tuple(each["columns"]) for each in found.values() if each["unique"] and each["columns"]}
    asked = {
        " AND ".join(f'"{table}"."{name}" = NEW."{name}"' for name in columns).upper()
        for columns in keys
    }
    parts = asks.removeprefix(" WHEN ").split(" OR EXISTS ")
    return asks.startswith(" WHEN EXISTS ") and all(
        any(f"WHERE {key}" in part for part in parts) for key in asked
    )
