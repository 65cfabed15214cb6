"""The invariants: each line has a sentence, and the questions or the test that check it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from . import (
    acceptance,
    brought,
    certificates,
    claims,
    conduct,
    deadlines,
    editions,
    files,
    guardians,
    guards,
    journal,
    letters,
    link_answers,
    manual,
    money,
    moves,
    notices,
    orders,
    people,
    plain,
    prices,
    put_off,
    retention,
    staff,
    teaching,
    third_parties,
)

Question = Callable[[datetime], Iterable[str]]


@dataclass(frozen=True)
class AuditLine:
    """One invariant. If only a test can prove it, its questions can find it false but not true."""

    id: str
    sentence: str
    questions: tuple[Question, ...] = ()
    test: str = ""


LINES = (
    AuditLine(
        "M1",
        "The ledger has what providers were told was accepted, and nothing else.",
        (money.what_was_accepted_is_in_the_ledger, money.the_ledger_is_what_the_journal_says),
    ),
    AuditLine(
        "M2",
        "A provider's reference and kind stand once in the ledger.",
        (guards.constraints("M2"),),
    ),
    AuditLine(
        "M3", "The ledger is append-only.", (guards.ledger_is_append_only, guards.constraints("M3"))
    ),
    AuditLine(
        "M4",
        "What an order received is the sum of its allocations, within their receipts.",
        (
            money.allocations_stay_within_their_receipts,
            money.orders_stand_where_their_money_put_them,
            guards.constraints("M4"),
        ),
    ),
    AuditLine(
        "M5",
        "A provider hears success only after commit.",
        test="tests/payments/paying/test_pay.py::test_success_is_heard_only_after_the_commit",
    ),
    AuditLine(
        "M6",
        "Amount, currency and order of money that was given by itself agree.",
        (money.money_given_by_itself_agrees_with_its_order,),
    ),
    AuditLine(
        "M7",
        "A reference that is told otherwise changes nothing.",
        (money.a_reference_is_made_money_once, guards.constraints("M7")),
    ),
    AuditLine(
        "M8",
        "Refunds do not exceed receipts.",
        (money.refunds_stay_within_receipts, guards.constraints("M8")),
    ),
    AuditLine(
        "M9",
        "Prices are whole tenge, reported money is kept to the tiyn, halves sum to the price.",
        (
            prices.no_column_is_a_float,
            prices.installments_sum_to_the_price,
            guards.constraints("M9"),
        ),
    ),
    AuditLine(
        "M10",
        "An order keeps the price that was in force when it was placed.",
        (prices.an_order_keeps_the_price_of_its_tariff, prices.tariffs_are_those_of_the_offer),
    ),
    AuditLine(
        "M11",
        "A line of a statement is matched, waits, or is set aside with a reason; "
        "none is there twice.",
        (
            manual.a_line_is_matched_or_waits_or_is_set_aside,
            manual.a_line_is_what_the_bank_told,
            guards.constraints("M11"),
        ),
    ),
    AuditLine(
        "M12",
        "Money by hand and refunds name two persons, a reason, a document and a time.",
        (
            manual.money_by_hand_has_two_persons,
            manual.corrections_have_two_persons,
            manual.typed_transfers_have_two_persons,
            manual.refunds_have_two_persons,
            files.documents_of_banks_are_those_that_were_given,
            guards.constraints("M12"),
        ),
    ),
    AuditLine(
        "M13",
        "What one person brought as a bank's file is seen by another, and gives no more before.",
        (
            brought.files_are_as_they_were_brought,
            brought.unseen_files_give_no_more_than_the_bound,
            guards.constraints("M13"),
        ),
    ),
    AuditLine(
        "O1",
        "No cohort is oversold.",
        (
            orders.no_cohort_is_oversold,
            orders.a_place_is_sold_to_each_contract_and_to_nobody_else,
            guards.constraints("O1"),
        ),
    ),
    AuditLine(
        "O2",
        "Only moves of the table happen, and each left a journal row.",
        (
            orders.the_journal_leads_to_the_state,
            orders.only_a_cancellation_of_the_same_day_is_taken_back,
        ),
    ),
    AuditLine(
        "O3",
        "Only money of the order's day concludes its contract.",
        (orders.only_money_of_the_day_concludes_a_contract,),
    ),
    AuditLine(
        "O4",
        "One live enrollment a learner and cohort, one enrollment and one place an order.",
        (orders.a_learner_has_one_order_that_lives, guards.constraints("O4")),
    ),
    AuditLine(
        "O5",
        "Access is open only if payment allows it and no shut-off is in force.",
        (
            orders.nobody_is_shut_off_without_a_ground,
            teaching.materials_were_opened_with_access,
            teaching.nobody_without_access_is_left_in_a_group,
            guards.constraints("O5"),
        ),
        test="tests/enrollment/halves/test_rests.py::test_a_standing_suspension_closes_access_whatever_the_day_says",
    ),
    AuditLine(
        "A1",
        "No enrollment without one acceptance, made by a payment, in its transaction.",
        (
            acceptance.each_contract_was_made_by_one_payment,
            acceptance.a_contract_was_concluded_in_its_payment_s_transaction,
            guards.constraints("A1"),
        ),
    ),
    AuditLine(
        "A2",
        "Evidence cannot be changed, and holds digests of values that are stored or were erased.",
        (
            guards.evidence_is_append_only,
            people.personal_values_are_those_that_were_digested,
            files.documents_are_those_that_were_given,
        ),
    ),
    AuditLine(
        "A3",
        "An acceptance recomputes from stored bytes, and its paper is the one that was made.",
        (acceptance.an_acceptance_recomputes, files.contracts_are_those_that_were_made),
    ),
    AuditLine(
        "A4",
        "The edition accepted is the one that was shown, byte for byte.",
        (acceptance.an_edition_is_its_bytes, acceptance.an_order_keeps_its_edition),
    ),
    AuditLine(
        "A5",
        "The journal is whole: its rows, its chains, its seals.",
        (
            journal.rows_recompute_and_follow_each_other,
            journal.sealed_ends_are_still_there,
            journal.seals_hold,
            guards.constraints("A5"),
        ),
    ),
    AuditLine(
        "A6",
        "Each consent is for a purpose of its own, and its withdrawal stops the next letter.",
        (
            people.consents_are_those_that_were_given,
            people.a_withdrawal_stops_the_next_letter,
            letters.marketing_leaves_by_a_consent,
            guards.constraints("A6"),
        ),
    ),
    AuditLine(
        "A7",
        "A minor from 14 to 18 has a contract only after the guardian consented.",
        (
            guardians.minors_have_a_consent_before_the_contract,
            guardians.guardians_consented_as_the_journal_says,
            guards.constraints("A7"),
        ),
    ),
    AuditLine(
        "C1",
        "One certificate of an enrollment stands; numbers are given once; codes cannot be guessed.",
        (
            certificates.one_live_certificate_an_enrollment,
            certificates.numbers_are_given_once,
            guards.constraints("C1"),
        ),
    ),
    AuditLine(
        "C2",
        "An issued file is the same for ever, and a correction is a new certificate.",
        (
            certificates.issued_files_are_what_was_issued,
            files.pictures_are_those_that_were_drawn,
            files.acts_are_those_that_were_drawn_up,
            certificates.a_correction_is_a_new_certificate,
            guards.constraints("C2"),
        ),
    ),
    AuditLine(
        "C3",
        "Whoever was taught has the certificate sent by its deadline, or an explained exception.",
        (certificates.each_was_sent_or_is_explained,),
    ),
    AuditLine(
        "C4",
        "No public page shows an address, an e-mail, a phone or an IIN.",
        test="tests/certificates/test_verification.py::test_the_page_shows_the_name_and_nothing_else_of_a_person",
    ),
    AuditLine(
        "N1",
        "One letter an occasion, never lost, as it is stored.",
        (
            notices.one_letter_an_occasion,
            notices.what_was_sent_is_stored,
            files.reports_are_those_that_came,
            guards.constraints("N1"),
        ),
    ),
    AuditLine(
        "N2",
        "A letter is queued, sent, or dead with its reason; none waits without an owner.",
        (notices.every_letter_is_somewhere, guards.constraints("N2")),
    ),
    AuditLine(
        "N3",
        "A letter is kept as it came, once; it counts as a notice by its form and address alone.",
        (
            letters.letters_are_those_that_came,
            letters.letters_stand_with_their_contracts,
            letters.paper_has_its_receipts,
            letters.letters_to_cohorts_reach_whom_they_may,
            guards.constraints("N3"),
        ),
    ),
    AuditLine(
        "N4",
        "What was answered by a letter's link is what its page showed, told alike everywhere.",
        (
            link_answers.answers_by_link_are_those_of_the_journal,
            link_answers.answers_by_link_stand_in_their_proposals,
            link_answers.no_proposal_was_answered_by_a_link_that_left_no_row,
            guards.constraints("N4"),
        ),
    ),
    AuditLine(
        "D1",
        "A deadline recomputes from its event and its calendar; none moves silently.",
        (
            deadlines.deadlines_recompute,
            deadlines.deadlines_are_those_of_the_journal,
            deadlines.moves_have_their_reasons,
            deadlines.a_changed_calendar_was_proposed,
            guards.constraints("D1"),
        ),
    ),
    AuditLine(
        "D2",
        "Every claim has its day and its answer, or an open deadline; what is late was told.",
        (
            deadlines.claims_have_their_day_and_answer,
            deadlines.late_terms_were_told,
            claims.each_claim_is_answered_or_its_term_runs,
            files.answers_are_those_that_were_given,
            guards.constraints("D2"),
        ),
    ),
    AuditLine(
        "E1",
        "Contract holders are told of a later edition and answer it once at most; nothing computed "
        "changes.",
        (
            editions.contract_holders_are_told,
            editions.no_letter_waited_when_silence_was_recorded,
            editions.an_edition_is_answered_once_and_in_time,
            editions.a_later_edition_changes_no_contract,
            guards.constraints("E1"),
        ),
    ),
    AuditLine(
        "B1",
        "A breach names its edition's rule, shuts off access at once, is reviewed by another.",
        (
            conduct.breaches_name_a_rule_of_their_edition,
            conduct.breaches_shut_off_at_once,
            conduct.breaches_were_reviewed_by_another_person,
            guards.constraints("B1"),
        ),
    ),
    AuditLine(
        "T1",
        "A contract ends early by one decision: of both sides, of two persons, or by a refund.",
        (
            conduct.early_ends_were_decided,
            conduct.agreements_were_in_time_and_of_both_sides,
            conduct.no_service_is_performed_before_an_agreed_end,
            conduct.endings_by_the_academy_have_breaches_and_two_persons,
            conduct.endings_by_force_majeure_have_a_month_and_two_persons,
            guards.constraints("T1"),
        ),
    ),
    AuditLine(
        "L1",
        "A claim is what came: its words and files are those of the journal.",
        (claims.claims_are_those_that_came, guards.constraints("L1")),
    ),
    AuditLine(
        "L2",
        "Only a confirmed force majeure that is over moves the terms it hindered, by its length.",
        (
            claims.what_moved_was_confirmed,
            claims.what_moved_was_hindered,
            claims.events_began_as_the_journal_tells,
            claims.reports_are_late_or_in_time,
            guards.constraints("L2"),
        ),
    ),
    AuditLine(
        "L4",
        "A student's claim is taken back by the student, or by a paper that the student signed.",
        (claims.claims_are_taken_back_by_their_students, guards.constraints("L4")),
    ),
    AuditLine(
        "L5",
        "The sum of 11.6 is claimed for a confirmed breach of 11.5, once for each.",
        (claims.penalties_are_for_confirmed_breaches, guards.constraints("L5")),
    ),
    AuditLine(
        "L7",
        "A force majeure puts off the rest of a student, or the last day of teaching, as its rows "
        "say.",
        (
            put_off.days_put_off_are_those_of_their_event,
            put_off.each_day_is_where_its_last_move_led,
            guards.constraints("L7"),
        ),
    ),
    AuditLine(
        "P1",
        "A result is the last that the journal tells; a student has one curator at a time.",
        (teaching.results_are_those_of_the_journal, guards.constraints("P1")),
    ),
    AuditLine(
        "P2",
        "Every version of a student's work is kept as it was handed in: number, day and files.",
        (teaching.works_are_kept_as_they_were_handed_in, guards.constraints("P2")),
    ),
    AuditLine(
        "P3",
        "A result counts how often it was recorded, and answers a version that was handed in.",
        (teaching.results_name_what_they_answer, guards.constraints("P3")),
    ),
    AuditLine(
        "W1",
        "A student learns in another cohort than the order's first only with their agreement.",
        (
            moves.moves_lead_where_the_student_is,
            moves.moves_are_those_of_the_journal,
            guards.constraints("W1"),
        ),
    ),
    AuditLine(
        "W2",
        "The site is closed for works only as they were announced.",
        (moves.maintenance_is_what_the_journal_says, guards.constraints("W2")),
    ),
    AuditLine(
        "V1",
        "Who took an order for its buyer is told alike; no money counts before what was confirmed.",
        (
            third_parties.who_took_an_order_is_told_alike,
            third_parties.payment_opened_after_what_was_confirmed,
            guards.constraints("V1"),
        ),
    ),
    AuditLine(
        "S1",
        "Every write by staff leaves a journal row that staff cannot edit.",
        (
            staff.every_act_has_its_journal_row,
            staff.every_edit_in_the_admin_has_its_journal_row,
            staff.nobody_may_edit_the_journal,
        ),
    ),
    AuditLine(
        "S2",
        "Addresses, income and IIN stand nowhere in plain text.",
        (
            plain.protected_columns_are_encrypted,
            plain.stored_files_are_encrypted,
            plain.no_protected_value_stands_in_plain,
        ),
        test="tests/certificates/test_issue_certificate.py::test_the_address_lies_nowhere_in_plain_text",
    ),
    AuditLine(
        "S3",
        "Personal data are kept as long as they may be and no longer; a leak is told in time.",
        (
            retention.nothing_is_kept_beyond_its_term,
            retention.erased_files_are_gone,
            retention.wishes_are_answered_in_time,
            retention.leaks_are_told_in_time,
        ),
    ),
)
