"""The days that are no terms: the rest (4.3.1) of a hindered student, the last day of a hindered
academy (3.3, 9.1), and what follows them.
"""

from datetime import date, timedelta
from functools import partial
from importlib import import_module

import pytest
import time_machine
from django.apps import apps
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.urls import reverse

from enrollment.models import (
    Acceptance,
    DayPutOff,
    Deadline,
    DeadlineMove,
    Debtor,
    Enrollment,
    ForceMajeureContract,
    Installment,
    Order,
    Suspension,
)
from enrollment.operations.clarification.questions import ask_by_hand, withdraw_question
from enrollment.operations.endings.proposals import answer_proposal
from enrollment.operations.force_majeure.new_days import new_days, what_moved
from enrollment.operations.halves.rests import move_rest_day, remind_of_rests
from enrollment.operations.halves.suspensions import suspend_overdue
from enrollment.operations.terms.certificate_clock import CERTIFICATE_CLAUSE
from enrollment.operations.terms.deadlines import open_deadline
from enrollment.operations.training.enrollments import (
    complete_enrollment,
    open_performance_deadlines,
    set_day_of_performance,
)
from enrollment.operations.training.moves import move_by_document
from enrollment.rules.sides import Side
from offer_site.audit.certificates import each_was_sent_or_is_explained
from offer_site.days import start_of_day
from offer_site.documents import read_document
from offer_site.journal.models import Entry
from offer_site.notices.kinds import NoticeKind
from offer_site.notices.models import Notice
from tests.accounts.signing import signed_in
from tests.at_once import at_once
from tests.audit.asked import all_that_is_false
from tests.enrollment.claims.scenes import a_claim
from tests.enrollment.conduct.scenes import a_proposal, a_student
from tests.enrollment.force_majeure.scenes import DAY, a_report, confirmed, over
from tests.enrollment.halves.scenes import (
    REST_ON,
    a_half_paid_order,
    pay_the_rest,
    staff_evidence,
)
from tests.given import NOON, a_cohort, a_paid_order, an_owner
from tests.staff.conftest import signed_in as at_the_desk_of

pytestmark = [pytest.mark.django_db, pytest.mark.clause("8.6")]
STARTS_ON = date(2026, 12, 7)
ENDS_ON = date(2027, 1, 22)  # a Friday


def noon(day: date):
    return start_of_day(day) + timedelta(hours=12)


def lasted(order: Order, first: date, last: date, *, hinders: str, side: str = "", told=None):
    """An event from one day to another, that was reported, confirmed and closed a day later."""
    side = side or ("academy" if hinders == "academy" else "user")
    at = noon(first)
    event = confirmed(a_report(order, side=side, began_on=first, at=at), at=at, hinders=hinders)
    return over(event, last, at=told or noon(last + DAY))


def rest(order: Order) -> Installment:
    return Installment.objects.get(order=order, number=2)


def performed(order: Order) -> date:
    return Enrollment.objects.select_related("cohort").get(order=order).day_of_performance


# --- The rest
@pytest.mark.clause("4.3.1")
def test_a_hindered_student_pays_the_rest_later_by_the_length_and_on_a_working_day():
    order = a_half_paid_order()
    event = lasted(order, date(2026, 12, 14), date(2026, 12, 18), hinders="user")
    part = rest(order)
    assert (part.due_on, part.day) == (REST_ON, date(2026, 12, 28))  # the 26th is a Saturday
    move = DayPutOff.objects.get()
    assert (move.what, move.from_on, move.to_on, move.days) == ("rest", REST_ON, part.day, 5)
    assert ForceMajeureContract.objects.get().user_days == 5
    assert performed(order) == ENDS_ON, "the academy was not hindered"
    entry = Entry.objects.of_order(order.code).get(verb="rest.put_off")
    assert (entry.clause, entry.facts["because"]) == ("8.6", event.key)
    letter = Notice.objects.filter(kind=NoticeKind.FORCE_MAJEURE).latest("pk")
    assert [(each["clause"], each["to_on"]) for each in letter.facts["terms"]] == [
        ("4.3.1", "28.12.2026")
    ]
    assert all_that_is_false() == []


@pytest.mark.clause("4.3.1")
def test_reminders_follow_the_day_that_was_put_off():
    order = a_half_paid_order()
    lasted(order, date(2026, 12, 10), date(2026, 12, 14), hinders="user")
    assert remind_of_rests(at=noon(date(2026, 12, 18))) == []
    assert remind_of_rests(at=noon(date(2026, 12, 21))) == [(order.code, 7)]


@pytest.mark.clause("4.3.1")
def test_access_that_was_suspended_meanwhile_opens_again_with_the_new_day():
    order = a_half_paid_order()
    first, last = date(2026, 12, 20), date(2026, 12, 27)
    at = noon(first)
    event = confirmed(a_report(order, began_on=first, at=at), at=at, hinders="user")
    assert suspend_overdue(at=noon(date(2026, 12, 22))) == [order.code]
    over(event, last, at=noon(date(2026, 12, 28)))
    assert rest(order).day == date(2026, 12, 29)
    assert not Suspension.objects.standing().exists()
    letter = Notice.objects.get(kind=NoticeKind.ACCESS_RESTORED)
    assert letter.facts["put_off"] == "yes"
    assert suspend_overdue(at=noon(date(2026, 12, 29))) == []
    assert suspend_overdue(at=noon(date(2026, 12, 30))) == [order.code]
    assert all_that_is_false() == []


@pytest.mark.clause("4.3.1")
def test_a_rest_that_was_overdue_before_or_is_paid_keeps_its_day():
    late, paid = a_half_paid_order(), a_half_paid_order()
    first, last = REST_ON + DAY, REST_ON + 3 * DAY
    pay_the_rest(paid, at=noon(date(2026, 12, 20)))
    for order in (late, paid):
        lasted(order, first, last, hinders="user")
        assert rest(order).moved_to is None
    assert not DayPutOff.objects.exists()


@pytest.mark.clause("8.1", "4.3.1")
def test_what_hinders_the_academy_alone_leaves_the_student_the_day_to_pay():
    order = a_half_paid_order()
    lasted(order, date(2026, 12, 14), date(2026, 12, 18), hinders="academy")
    assert rest(order).day == REST_ON
    assert performed(order) == ENDS_ON + 5 * DAY
    assert all_that_is_false() == []


def test_a_flood_of_each_side_puts_off_what_that_side_owes_and_each_day_once():
    order = a_half_paid_order()
    first, last = date(2026, 12, 14), date(2026, 12, 18)
    lasted(order, first, last, hinders="academy")
    lasted(order, first, last, hinders="user")
    lasted(order, first, last, hinders="both", side="academy")
    assert rest(order).day == date(2026, 12, 28)
    assert performed(order) == ENDS_ON + 5 * DAY
    moved = ForceMajeureContract.objects.order_by("pk").values_list("academy_days", "user_days")
    assert list(moved) == [(5, 0), (0, 5), (0, 0)]
    assert all_that_is_false() == []


@pytest.mark.clause("4.3.1")
def test_a_rest_may_be_agreed_on_within_the_days_that_the_course_was_put_off_to():
    order = a_half_paid_order()
    lasted(order, date(2026, 12, 14), date(2026, 12, 18), hinders="both")
    to_day = ENDS_ON + 2 * DAY
    evidence = staff_evidence(at=noon(date(2026, 12, 20)))
    at = noon(date(2026, 12, 20))
    move_rest_day(order=order, to_day=to_day, reason="ауру", evidence=evidence, at=at)
    assert rest(order).day == to_day
    assert all_that_is_false() == []


@pytest.mark.clause("4.3.1")
def test_a_day_that_was_agreed_on_because_of_the_event_stands():
    order = a_half_paid_order()
    first = date(2026, 12, 10)
    at = noon(first)
    event = confirmed(a_report(order, began_on=first, at=at), at=at, hinders="user")
    to_day, then = date(2026, 12, 27), noon(date(2026, 12, 16))
    evidence = staff_evidence(at=then)
    move_rest_day(order=order, to_day=to_day, reason="су тасқыны", evidence=evidence, at=then)
    over(event, date(2026, 12, 15), at=noon(date(2026, 12, 17)))
    assert rest(order).day == to_day
    assert not DayPutOff.objects.exists()
    assert all_that_is_false() == []


# --- The day of performance
@pytest.mark.clause("3.3", "9.1")
def test_teaching_that_was_hindered_lasts_longer_and_9_1_counts_from_the_new_day():
    order = a_paid_order()
    sealed = Acceptance.objects.get(order=order).sealed
    lasted(order, date(2026, 12, 14), date(2026, 12, 16), hinders="academy")
    new = ENDS_ON + 3 * DAY  # a Monday
    assert performed(order) == new
    assert order.cohort.ends_on == ENDS_ON
    assert Acceptance.objects.get(order=order).sealed == sealed
    assert open_performance_deadlines(at=noon(ENDS_ON)) == []
    assert open_performance_deadlines(at=noon(new)) == [order.code]
    term = Deadline.objects.get(clause=CERTIFICATE_CLAUSE)
    assert (term.event_on, term.due_on) == (new, date(2027, 2, 1))
    assert open_performance_deadlines(at=noon(new)) == []
    assert all_that_is_false() == []


@pytest.mark.clause("3.3", "9.1")
def test_a_term_of_9_1_that_runs_already_stops_and_is_counted_anew():
    order = a_paid_order()
    first, last = ENDS_ON - 2 * DAY, ENDS_ON + 3 * DAY
    at = noon(first)
    event = confirmed(
        a_report(order, side="academy", began_on=first, at=at), at=at, hinders="academy"
    )
    assert open_performance_deadlines(at=noon(ENDS_ON)) == [order.code]
    over(event, last, at=noon(last + DAY))
    old = Deadline.objects.get(clause=CERTIFICATE_CLAUSE)
    assert old.stopped_for == event.key
    new = performed(order)
    assert new == ENDS_ON + 6 * DAY
    assert open_performance_deadlines(at=noon(new - DAY)) == []
    assert open_performance_deadlines(at=noon(new)) == [order.code]
    anew = Deadline.objects.running().get(clause=CERTIFICATE_CLAUSE)
    assert (anew.event_on, anew.due_on) == (new, date(2027, 2, 4))
    complete_enrollment(enrollment=order.enrollment, by=an_owner(), at=noon(new + DAY))
    assert Deadline.objects.filter(clause=CERTIFICATE_CLAUSE).count() == 2
    assert all_that_is_false() == []


@pytest.mark.clause("9.1")
def test_a_students_own_day_is_put_off_and_one_that_staff_set_later_stays():
    order = a_paid_order()
    set_day = partial(
        set_day_of_performance, enrollment=order.enrollment, reason="ауру", by=an_owner()
    )
    set_day(day=date(2027, 1, 10), at=NOON)
    lasted(order, date(2026, 12, 14), date(2026, 12, 16), hinders="academy")
    assert performed(order) == date(2027, 1, 13)
    set_day(day=date(2027, 1, 20), at=noon(date(2026, 12, 20)))
    assert performed(order) == date(2027, 1, 20)
    assert all_that_is_false() == []


@pytest.mark.clause("3.3")
def test_a_day_of_performance_that_staff_set_because_of_the_event_stands():
    order = a_paid_order()
    first, day = date(2026, 12, 14), date(2027, 1, 30)
    at = noon(first)
    event = confirmed(
        a_report(order, side="academy", began_on=first, at=at), at=at, hinders="academy"
    )
    set_day_of_performance(
        enrollment=order.enrollment, day=day, reason="су тасқыны", by=an_owner(), at=at + DAY
    )
    over(event, first + 2 * DAY, at=noon(first + 3 * DAY))
    assert performed(order) == day
    assert not DayPutOff.objects.exists()
    assert all_that_is_false() == []


@pytest.mark.clause("9.1", "9.5")
def test_a_term_that_an_answer_opened_after_the_new_day_stays():
    order = a_paid_order()
    open_performance_deadlines(at=noon(ENDS_ON))
    first, last = ENDS_ON - DAY, ENDS_ON + 2 * DAY
    event = confirmed(
        a_report(order, side="academy", began_on=first, at=noon(last)),
        at=noon(last),
        hinders="academy",
    )
    asked = noon(ENDS_ON + DAY)
    question = ask_by_hand(order=order, fields=["address"], issued=False, by=an_owner(), at=asked)
    answered = ENDS_ON + 10 * DAY
    withdraw_question(question=question, reason="Анықталды", by=an_owner(), at=noon(answered))
    term = Deadline.objects.running().get(clause=CERTIFICATE_CLAUSE)
    assert term.event_on == answered
    over(event, last, at=noon(answered + DAY))
    assert performed(order) == ENDS_ON + 4 * DAY
    open_performance_deadlines(at=noon(answered + DAY))
    assert Deadline.objects.running().get(clause=CERTIFICATE_CLAUSE) == term
    assert all_that_is_false() == []


@pytest.mark.clause("9.1")
def test_a_term_is_counted_anew_at_once_where_the_new_day_has_come():
    order = a_paid_order()
    first = ENDS_ON - DAY
    event = confirmed(
        a_report(order, side="academy", began_on=first, at=noon(first)),
        at=noon(first),
        hinders="academy",
    )
    open_performance_deadlines(at=noon(ENDS_ON))
    at = noon(ENDS_ON + 5 * DAY)
    over(event, ENDS_ON, at=at)
    term = Deadline.objects.running().get(clause=CERTIFICATE_CLAUSE)
    assert term.event_on == performed(order) == ENDS_ON + 2 * DAY
    assert list(each_was_sent_or_is_explained(at)) == []
    assert open_performance_deadlines(at=at) == []
    assert all_that_is_false() == []


@pytest.mark.clause("12.4")
def test_an_agreed_end_says_otherwise():
    order = a_student()
    starts_on = order.cohort.starts_on
    before = performed(order)
    proposal = a_proposal(order, ends_on=starts_on + 10 * DAY)
    answer_proposal(
        proposal=proposal, side=Side.ACADEMY, accepts=True, by=an_owner(), at=NOON + DAY
    )
    lasted(order, starts_on + DAY, starts_on + 3 * DAY, hinders="academy")
    assert performed(order) == before
    assert not DayPutOff.objects.exists()


def test_what_was_over_before_the_course_began_hindered_no_teaching():
    order = a_paid_order()
    lasted(order, date(2026, 12, 1), STARTS_ON - DAY, hinders="academy")
    assert performed(order) == ENDS_ON
    assert not DayPutOff.objects.exists()


@pytest.mark.clause("3.3")
def test_a_claim_of_one_student_gives_a_cohort_no_two_last_days():
    cohort = a_cohort()
    claimant, other = (a_paid_order(cohort=cohort) for _each in range(2))
    a_claim(claimant, at=noon(STARTS_ON - 7 * DAY))
    for order in (claimant, other):
        lasted(order, STARTS_ON - 5 * DAY, STARTS_ON - DAY, hinders="academy")
        event = lasted(order, STARTS_ON - 2 * DAY, STARTS_ON + 4 * DAY, hinders="academy")
        assert performed(order) == ENDS_ON + 7 * DAY
    moved = DeadlineMove.objects.order_by("pk").values_list("days", flat=True)
    assert list(moved) == [5, 5]
    assert event.contracts.get().academy_days == 7
    assert all_that_is_false() == []


@pytest.mark.clause("3.3")
def test_who_moved_to_another_cohort_since_has_the_days_that_were_agreed_on():
    order = a_paid_order()
    first = date(2026, 12, 14)
    at = noon(first)
    event = confirmed(
        a_report(order, side="academy", began_on=first, at=at), at=at, hinders="academy"
    )
    other = a_cohort(starts_on=STARTS_ON + 7 * DAY)
    move_by_document(
        enrollment=order.enrollment,
        to=other,
        reason="Ауырып қалды",
        document=read_document(b"%PDF-1.7\nagreed\n%%EOF\n"),
        by=an_owner(),
        at=at,
    )
    over(event, first + 2 * DAY, at=noon(first + 3 * DAY))
    assert performed(order) == other.ends_on
    assert not DayPutOff.objects.exists()


@pytest.mark.clause("3.3")
def test_what_was_performed_is_not_put_off_and_its_certificate_is():
    order = a_paid_order()
    complete_enrollment(enrollment=order.enrollment, by=an_owner(), at=noon(ENDS_ON))
    lasted(order, ENDS_ON, ENDS_ON + 2 * DAY, hinders="academy")
    assert not DayPutOff.objects.exists()
    term = Deadline.objects.get(clause=CERTIFICATE_CLAUSE)
    assert (term.event_on, term.due_on) == (ENDS_ON, date(2027, 2, 1))  # 29.1 and three days
    assert all_that_is_false() == []


@pytest.mark.clause("9.1")
def test_who_is_taught_longer_waits_when_the_cohort_is_completed():
    cohort = a_cohort()
    order, other = (a_paid_order(cohort=cohort) for _each in range(2))
    lasted(order, date(2026, 12, 14), date(2026, 12, 16), hinders="academy")
    desk = at_the_desk_of(an_owner())
    with time_machine.travel(noon(ENDS_ON), tick=False):
        page = reverse("admin:enrollment_cohort_completion", args=[cohort.pk])
        assert order.code not in desk.get(page).text
        desk.post(page, {f"completed_{other.enrollment.pk}": "on"})
    states = Enrollment.objects.order_by("pk").values_list("order__code", "state")
    assert dict(states) == {order.code: "active", other.code: "completed"}
    assert not order.enrollment.exclusions.exists()
    assert list(Enrollment.objects.past_the_day(ENDS_ON + 3 * DAY)) == [order.enrollment]


# --- At the doors
@pytest.mark.clause("8.1")
def test_staff_say_who_is_hindered_and_see_every_new_day_before_it_counts():
    order = a_half_paid_order()
    a_claim(order, at=noon(date(2026, 12, 10)))
    first = date(2026, 12, 14)
    event = a_report(order, began_on=first, at=noon(first))
    desk = at_the_desk_of(an_owner())
    page = partial(reverse, args=[event.pk])
    with time_machine.travel(noon(date(2026, 12, 16)), tick=False):
        confirmation = page("admin:enrollment_forcemajeure_confirmation")
        asked = desk.get(confirmation).text
        for shown in ("21.12.2026", "24.12.2026", "22.01.2027", "25.01.2027"):
            assert shown in asked
        assert desk.post(confirmation, {}).status_code == 200
        event.refresh_from_db()
        assert not event.is_confirmed, "nobody said whom it hinders"
        desk.post(confirmation, {"hinders": "user"})
        event.refresh_from_db()
        assert event.hinders == "user"
        end = page("admin:enrollment_forcemajeure_end")
        looked_at = desk.post(end, {"ended_on": "2026-12-15", "shown_for": "2026-12-16"})
        assert "ended_on" in looked_at.context["form"].errors
        assert "23.12.2026" in looked_at.text
        assert "22.01.2027" not in looked_at.text, "the academy is not hindered"
        assert 'value="2026-12-15"' in looked_at.text
        event.refresh_from_db()
        assert event.ended_on is None
        planned = new_days(event, [order], ended_on=date(2026, 12, 15), hinders="user")
        desk.post(end, {"ended_on": "2026-12-15", "shown_for": "2026-12-15"})
    event.refresh_from_db()
    assert [(each.clause, each.from_on, each.to_on) for each in what_moved(event, order=order)] == [
        (each.clause, each.from_on, each.to_on) for each in planned[order.pk]
    ]
    assert rest(order).day == date(2026, 12, 23)
    shown = desk.get(page("admin:enrollment_forcemajeure_change")).text
    assert "23.12.2026" in shown


@pytest.mark.clause("3.3", "4.3.1")
def test_the_student_reads_on_each_page_which_day_is_another_and_why():
    cohort = a_cohort()
    order = a_half_paid_order(cohort=cohort)
    event = lasted(order, date(2026, 12, 14), date(2026, 12, 16), hinders="both")
    browser = signed_in(order.party.email)
    with time_machine.travel(noon(date(2026, 12, 17)), tick=False):
        for name, days in (
            ("cabinet", ("2026-12-24", "25.01.2027")),
            ("order", ("2026-12-24", "2027-01-25")),
            ("course", ("25.01.2027",)),
            ("force_majeure", ("2026-12-24", "2027-01-25")),
        ):
            args = {"cabinet": [], "force_majeure": [order.code, event.pk]}.get(name, [order.code])
            shown = browser.get(reverse(name, args=args)).text
            for day in days:
                assert day in shown, (name, day)
            assert "бұрын" in shown or "Бұрынғы күні: " in shown, name
    desk = at_the_desk_of(an_owner())
    for model, key in (("cohort", cohort.pk), ("enrollment", order.enrollment.pk)):
        page = desk.get(reverse(f"admin:enrollment_{model}_change", args=[key])).text
        assert "25.01.2027" in page, model


def test_no_number_of_days_is_told_where_the_sides_moved_by_different_ones():
    order = a_half_paid_order()
    lasted(order, date(2026, 12, 14), date(2026, 12, 15), hinders="academy")
    event = lasted(order, date(2026, 12, 14), date(2026, 12, 18), hinders="both")
    contract = event.contracts.get()
    assert (contract.academy_days, contract.user_days) == (3, 5)
    letter = Notice.objects.filter(kind=NoticeKind.FORCE_MAJEURE).latest("pk")
    assert "days" not in letter.facts
    browser, desk = signed_in(order.party.email), at_the_desk_of(an_owner())
    with time_machine.travel(noon(date(2026, 12, 20)), tick=False):
        pages = [
            browser.get(reverse("order", args=[order.code])).text,
            browser.get(reverse("force_majeure", args=[order.code, event.pk])).text,
        ]
        shown = desk.get(reverse("admin:enrollment_forcemajeure_change", args=[event.pk])).text
    for page in pages:
        assert "5 күнге жылжыды" not in page
        assert "3 күнге жылжыды" not in page
    assert "әрқайсысы өз күніне жылжыды" in pages[1]
    assert "3 / 5" in shown


# --- At once
def paid_while_it_is_put_off() -> tuple[Order, list[object]]:
    order = a_half_paid_order()
    first = REST_ON - DAY
    at = noon(first)
    event = confirmed(a_report(order, began_on=first, at=at), at=at, hinders="user")
    an_owner()
    then = noon(REST_ON + 2 * DAY)
    suspend_overdue(at=noon(REST_ON + DAY))
    works = [
        partial(over, event, REST_ON + DAY, at=then),
        partial(pay_the_rest, order, at=then),
    ]
    return order, at_once(works, errors=(IntegrityError,))


@pytest.mark.clause("4.3.1")
@pytest.mark.django_db(transaction=True)
def test_a_rest_that_is_paid_while_it_is_put_off_is_paid_and_access_is_open():
    order, _results = paid_while_it_is_put_off()
    order.refresh_from_db()
    assert order.state == "paid"
    assert not Suspension.objects.standing().exists()
    ended = Entry.objects.of_order(order.code).filter(verb="access.restored")
    assert ended.count() <= 1
    assert (rest(order).moved_to is None) == (not DayPutOff.objects.exists())
    assert all_that_is_false() == []


@pytest.mark.faults
@pytest.mark.django_db(transaction=True)
def test_without_locks_a_suspension_would_end_twice(monkeypatch):
    monkeypatch.setattr(QuerySet, "select_for_update", lambda self, *args, **kwargs: self)
    for _attempt in range(20):
        order, results = paid_while_it_is_put_off()
        ends = Notice.objects.filter(kind=NoticeKind.ACCESS_RESTORED, order_code=order.code)
        put_off = DayPutOff.objects.filter(contract__order=order).exists()
        entries = Entry.objects.of_order(order.code).filter(verb="rest.put_off").exists()
        if (
            any(isinstance(each, IntegrityError) for each in results)
            or ends.count() > 1
            or put_off != entries
        ):
            return
    pytest.fail("the race was never lost: the test could not fail")


# --- The database
def test_a_day_put_off_is_evidence_of_one_event_and_later_than_before():
    order = a_half_paid_order()
    lasted(order, date(2026, 12, 14), date(2026, 12, 16), hinders="user")
    row = DayPutOff.objects.get()
    values = {
        "contract": row.contract,
        "calendar_version": "x",
        "at": NOON,
        "by": "staff:1",
        "days": 1,
        "from_on": REST_ON,
    }
    for wrong in (
        {"what": "rest", "to_on": REST_ON + DAY},
        {"what": "performance", "to_on": REST_ON},
        {"what": "other", "to_on": REST_ON + DAY},
        {"what": "performance", "to_on": REST_ON + DAY, "days": 0},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            DayPutOff.objects.create(**values | wrong)
    with pytest.raises(TypeError):
        row.save()


# --- What ended before this release
def test_what_moved_before_counts_for_the_side_whose_terms_it_moved():
    academys, users = a_paid_order(), a_paid_order()
    first, last = STARTS_ON - 5 * DAY, STARTS_ON - DAY
    for order, side in ((academys, "academy"), (users, "user")):
        owes = Debtor(side)
        open_deadline(
            order=order,
            clause="10.2.3",
            days=30,
            in_working_days=False,
            event_on=first,
            owed_by=owes,
            at=noon(first),
        )
        lasted(order, first, last, hinders="both")
    contracts = ForceMajeureContract.objects.order_by("pk")
    contracts.update(academy_days=5, user_days=0)  # one column, as it was
    migration = import_module("enrollment.migrations.0026_days_put_off")
    migration.both_sides_until_now(apps, None)
    assert list(contracts.values_list("academy_days", "user_days")) == [(5, 0), (0, 5)]
    assert all_that_is_false() == []
