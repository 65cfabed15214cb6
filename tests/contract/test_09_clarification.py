"""Section 9 of the offer: incomplete or contradictory data of the recipient are asked about;
two clocks run (9.5).
"""

from datetime import date, datetime, timedelta

import pytest

from certificates.models import Certificate
from certificates.operations import certificate_file, issue_due_certificates
from certificates.operations.issuing import reserve_certificate
from enrollment.models import Clarification, Deadline, Debtor, Order, PartyKind
from enrollment.operations.clarification.questions import ask_by_hand, withdraw_question
from enrollment.operations.ordering.balances import digest_of
from enrollment.operations.training.enrollments import (
    complete_enrollment,
    open_performance_deadlines,
)
from offer_site.days import start_of_day
from offer_site.journal.models import Entry
from offer_site.notices.kinds import NoticeKind
from offer_site.notices.models import Notice
from tests.certificates.papers import words_of
from tests.enrollment.clarifications import (
    MINUTE,
    NO_HOUSE,
    WHOLE,
    a_doubtful_order,
    a_sent_question,
    answered,
    question_of,
    the_letters_leave,
)
from tests.given import NOON, a_paid_order, an_application, an_owner, refusal

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
PERFORMED = date(2027, 1, 22)  # a Friday; its five working days end on Friday the 29th


@pytest.fixture(autouse=True)
def without_broker(settings):
    settings.CELERY_TASK_ALWAYS_EAGER = True


def noon_of(day: date) -> datetime:
    return start_of_day(day) + timedelta(hours=12)


# --- The question
@pytest.mark.clause("9.5")
def test_incomplete_data_are_asked_about_when_the_contract_is_concluded():
    order = a_doubtful_order()
    question = question_of(order)
    letter = Notice.objects.get(kind=NoticeKind.CLARIFICATION)
    assert question.asked == [["address", "no-house"]]
    assert letter.recipient == order.party.email
    assert "үй нөмірі" in letter.facts["asked_kk"]
    assert "номера дома" in letter.facts["asked_ru"]
    assert f"/orders/{order.code}/clarification/?key=" in letter.facts["answer_url"]
    assert Entry.objects.get(verb="clarification.asked").facts == {
        "asked": [["address", "no-house"]]
    }


@pytest.mark.clause("9.5")
@pytest.mark.parametrize("kind", list(PartyKind))
def test_whole_data_are_not_asked_about(kind):
    a_paid_order(kind=kind)
    assert not Clarification.objects.exists()
    assert not Deadline.objects.exists()


@pytest.mark.clause("9.5", "9.2")
def test_contradictory_data_of_a_company_are_asked_about_in_one_letter():
    application = an_application(kind=PartyKind.COMPANY, company_name="Жаңа Өркен", position="")
    order = a_paid_order(application=application)
    assert question_of(order).asked == [["company_name", "no-legal-form"], ["position", "missing"]]
    assert Notice.objects.filter(kind=NoticeKind.CLARIFICATION).count() == 1


@pytest.mark.clause("9.5")
def test_the_academy_owes_the_question_within_three_working_days_of_the_conclusion():
    term = question_of(a_doubtful_order()).question_term
    assert (term.owed_by, term.days, term.event_on) == (Debtor.ACADEMY, 3, NOON.date())
    assert term.due_on == date(2026, 11, 26)
    assert term.met_at is None


@pytest.mark.clause("9.5")
def test_the_term_is_met_by_the_letter_that_left_and_not_by_the_one_that_waits():
    order = a_doubtful_order()
    the_letters_leave(at=NOON + 2 * DAY)
    question = question_of(order)
    letter = Notice.objects.get(kind=NoticeKind.CLARIFICATION)
    assert question.question_term.met_at == letter.sent_at == question.sent_at
    assert question.sent_at.date() == (NOON + 2 * DAY).date()


@pytest.mark.clause("9.5", "7.2.2")
def test_the_user_owes_the_answer_within_three_working_days_of_the_day_the_question_was_sent():
    order = a_doubtful_order()
    assert question_of(order).answer_term is None
    the_letters_leave(at=NOON + 2 * DAY)  # a Wednesday
    term = question_of(order).answer_term
    assert (term.owed_by, term.days, term.event_on) == (Debtor.USER, 3, date(2026, 11, 25))
    assert term.due_on == date(2026, 11, 30)  # Thursday, Friday, Monday


# --- The answer
@pytest.mark.clause("9.5", "7.2.2")
def test_the_answer_stands_in_the_data_and_the_acceptance_still_verifies():
    question = a_sent_question()
    sealed = question.order.acceptance.sealed
    answered(question)
    order = Order.objects.with_people().get()
    assert order.party.address == WHOLE
    assert order.party.digest() != sealed["party"]
    accepted = order.party.as_accepted(sealed["party"])
    assert (accepted.address, accepted.digest()) == (NO_HOUSE, sealed["party"])
    assert digest_of(order.acceptance.sealed) == order.acceptance.digest


@pytest.mark.clause("9.5")
def test_evidence_of_the_answer_holds_no_personal_value():
    answered(a_sent_question())
    row = Entry.objects.get(verb="clarification.answered")
    before, after = row.facts["fields"]["address"]
    assert len(before) == len(after) == 64
    assert before != after
    assert not [entry for entry in Entry.objects.all() if "Абай" in str(entry.facts)]
    assert "Абай" not in str(Notice.objects.values_list("facts", flat=True))


@pytest.mark.clause("9.5", "7.2.2")
def test_an_answer_in_time_meets_the_term_and_a_late_one_is_taken_all_the_same():
    in_time = answered(a_sent_question()).answer_term
    in_time.refresh_from_db()
    assert in_time.met_at < in_time.due_before
    late = answered(a_sent_question(), at=NOON + 9 * DAY)
    late.answer_term.refresh_from_db()
    assert late.answer_term.met_at == NOON + 9 * DAY > late.answer_term.due_before
    assert late.order.party.address == WHOLE


# --- The clock of the certificate
def the_day_comes(order: Order, *, completed_on: date | None = None) -> None:
    open_performance_deadlines(at=start_of_day(PERFORMED))
    if completed_on:
        complete_enrollment(enrollment=order.enrollment, by=an_owner(), at=noon_of(completed_on))


def terms_of(order: Order) -> list[tuple[str, date, str]]:
    """The terms of 9.1: the occasion, the day it is counted from, and what stopped it or `runs`."""
    terms = Deadline.objects.filter(order=order, clause="9.1").order_by("pk")
    return [
        (each.occasion, each.event_on, each.stopped_for or ("met" if each.met_at else "runs"))
        for each in terms
    ]


STOPPED = ("first", PERFORMED, "clarification-1")


@pytest.mark.clause("9.5", "9.1")
@pytest.mark.parametrize(("asked_on", "completed_on", "answered_on", "terms"), [
    # answered before the day: the clock of 9.1 knows of nothing
    (None, PERFORMED, date(2026, 11, 25), [("first", PERFORMED, "runs")]),
    # open when the day comes: the term stops as it opens, and runs anew from the answer
    (None, PERFORMED, date(2027, 2, 3), [STOPPED, ("after-1", date(2027, 2, 3), "runs")]),
    # answered after the day and before staff complete: anew from the answer, not from the click
    (None, date(2027, 2, 5), date(2027, 2, 3), [STOPPED, ("after-1", date(2027, 2, 3), "runs")]),
    # still open at completion
    (None, date(2027, 1, 25), None, [STOPPED]),
    # asked while the term runs: it stops in that moment
    (date(2027, 1, 27), PERFORMED, date(2027, 1, 28),
     [STOPPED, ("after-1", date(2027, 1, 28), "runs")]),
    (date(2027, 1, 27), PERFORMED, None, [STOPPED]),
    # asked after the term ran out: what was late stays late, and nothing starts anew
    (date(2027, 2, 1), PERFORMED, date(2027, 2, 2), [("first", PERFORMED, "runs")]),
])  # fmt: skip
def test_an_open_question_stops_the_clock_and_its_answer_starts_five_working_days_anew(
    asked_on, completed_on, answered_on, terms
):
    order = a_paid_order() if asked_on else a_doubtful_order()
    the_letters_leave()
    if answered_on and answered_on < PERFORMED:
        answered(question_of(order), at=noon_of(answered_on))
    the_day_comes(order, completed_on=completed_on if completed_on <= PERFORMED else None)
    if asked_on:
        ask_by_hand(
            order=order, fields=["address"], issued=False, by=an_owner(), at=noon_of(asked_on)
        )
    if answered_on and answered_on > PERFORMED:
        answered(question_of(order), at=noon_of(answered_on))
    if completed_on > PERFORMED:
        complete_enrollment(enrollment=order.enrollment, by=an_owner(), at=noon_of(completed_on))
    assert terms_of(order) == terms


@pytest.mark.clause("9.5", "9.1")
def test_the_journal_says_that_the_clock_stopped_why_and_that_it_started_anew():
    order = a_doubtful_order()
    the_letters_leave()
    the_day_comes(order, completed_on=PERFORMED)
    answered(question_of(order), at=noon_of(date(2027, 2, 3)))
    stopped = Entry.objects.get(verb="deadline.stopped")
    opened = Entry.objects.filter(verb="deadline.opened", clause="9.1").last()
    assert stopped.facts == {"cause": "clarification-1", "occasion": "first"}
    assert (opened.facts["because"], opened.facts["event_on"]) == ("clarification-1", "2027-02-03")
    assert opened.facts["due_on"] == "2027-02-10"


@pytest.mark.clause("9.5", "9.1")
def test_no_certificate_is_issued_while_the_question_is_open_and_then_it_states_the_answer():
    order = a_doubtful_order()
    the_letters_leave()
    the_day_comes(order, completed_on=PERFORMED)
    assert issue_due_certificates(at=noon_of(PERFORMED)) == []
    with refusal():
        reserve_certificate(enrollment_id=order.enrollment.pk, at=noon_of(PERFORMED))
    assert not Certificate.objects.exists()
    answered(question_of(order), at=noon_of(date(2027, 2, 3)))
    issue_due_certificates(at=noon_of(date(2027, 2, 3)))
    assert WHOLE in words_of(certificate_file(Certificate.objects.get()), 1)
    the_letters_leave(at=noon_of(date(2027, 2, 3)))
    issue_due_certificates(at=noon_of(date(2027, 2, 3)))
    assert terms_of(order) == [STOPPED, ("after-1", date(2027, 2, 3), "met")]


@pytest.mark.clause("9.5", "9.1")
def test_an_answer_that_never_comes_is_for_staff_to_decide_and_the_term_runs_anew_from_that_day():
    order = a_doubtful_order()
    the_letters_leave()
    the_day_comes(order, completed_on=PERFORMED)
    at = noon_of(date(2027, 2, 3))
    assert Clarification.objects.overdue(at).get().order == order
    withdraw_question(
        question=question_of(order), reason="мекенжай үйсіз де жарайды", by=an_owner(), at=at
    )
    assert terms_of(order) == [STOPPED, ("after-1", at.date(), "runs")]
    issue_due_certificates(at=at)
    assert NO_HOUSE in words_of(certificate_file(Certificate.objects.get()), 1)


@pytest.mark.clause("9.5")
def test_a_question_in_time_keeps_the_certificates_term_whole():
    """The promise of it all: what is asked at the conclusion has
    long been answered when the course ends.
    """
    order = a_doubtful_order()
    the_letters_leave(at=NOON + MINUTE)
    answered(question_of(order), at=NOON + DAY)
    the_day_comes(order, completed_on=PERFORMED)
    assert terms_of(order) == [("first", PERFORMED, "runs")]
    assert [outcome.what for outcome in issue_due_certificates(at=noon_of(PERFORMED))] == ["issued"]
