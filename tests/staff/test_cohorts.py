"""Cohorts at staff's desk: edited, given seats, linked to a webinar, completed."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.conf import settings
from django.db import connections, transaction
from django.urls import reverse

from enrollment.admin.cohorts import MOST_SEATS
from enrollment.models import (
    Cohort,
    Course,
    Enrollment,
    EnrollmentState,
    Exclusion,
    Place,
    PriceWindow,
)
from enrollment.operations.training.cohorts import set_seats
from enrollment.operations.training.enrollments import complete_cohort
from enrollment.rules.prices import webinar_code_end
from offer_site.days import start_of_day
from offer_site.errors import RuleViolation
from offer_site.journal.models import Entry
from offer_site.journal.operations import actor
from tests.given import NOON, a_cohort, a_paid_order, a_placed_order, a_published_offer, an_owner
from tests.staff.conftest import led_by_curators_desk

REFUSES = pytest.mark.django_db(
    transaction=True
)  # what a refusal rolls back is a transaction of its own


def page(name, *arguments):
    return reverse(f"admin:enrollment_cohort_{name}", args=arguments)


def numbers(cohort):
    return list(cohort.places.order_by("number").values_list("number", flat=True))


def posted(cohort, **changed):
    """What the browser sends when staff save a cohort's page."""
    sent = {
        "course": cohort.course_id,
        "name": cohort.name,
        "starts_on": f"{cohort.starts_on:%d.%m.%Y}",
        "ends_on": f"{cohort.ends_on:%d.%m.%Y}",
        "joining_link": cohort.joining_link,
        "joining_opens_on": "",
        "programme-TOTAL_FORMS": 0,
        "programme-INITIAL_FORMS": 0,
        "windows-TOTAL_FORMS": 0,
        "windows-INITIAL_FORMS": 0,
    }
    return sent | changed


# --- Seats
@pytest.mark.clause("4.6")
def test_seats_are_added_and_taken_away_at_the_end(at_managers_desk, manager):
    cohort = a_cohort(seats=3)
    at_managers_desk.post(page("seats", cohort.pk), {"seats": 5})
    assert numbers(cohort) == [1, 2, 3, 4, 5]
    at_managers_desk.post(page("seats", cohort.pk), {"seats": 2})
    assert numbers(cohort) == [1, 2]
    rows = Entry.objects.filter(verb="cohort.seats_set", by=actor(manager))
    assert [row.facts for row in rows.order_by("pk")] == [
        {"from": 3, "to": 5},
        {"from": 5, "to": 2},
    ]


@pytest.mark.clause("4.6")
@REFUSES
def test_a_sold_place_is_never_taken_away(at_managers_desk):
    order = a_paid_order(cohort=a_cohort(seats=3))
    answer = at_managers_desk.post(page("seats", order.cohort_id), {"seats": 0})
    assert list(answer.context["form"].errors) == ["seats"]
    assert numbers(order.cohort) == [1, 2, 3]
    assert Entry.objects.filter(verb="cohort.seats_set", facts__to=0).count() == 0


@pytest.mark.clause("4.6")
@REFUSES
def test_a_held_place_is_taken_away_only_when_its_hold_is_over(db):
    cohort = a_cohort(seats=1)
    order = a_placed_order(cohort=cohort)
    with pytest.raises(RuleViolation):
        set_seats(cohort=cohort, seats=0, by="staff:1", at=NOON)
    assert Place.objects.get().order == order
    set_seats(
        cohort=cohort,
        seats=0,
        by="staff:1",
        at=NOON + timedelta(minutes=settings.PLACE_HOLD_MINUTES),
    )
    assert not Place.objects.exists()


def test_the_same_number_of_seats_again_changes_nothing(db):
    cohort = a_cohort(seats=3)
    before = Entry.objects.count()
    set_seats(cohort=cohort, seats=3, by="staff:1", at=NOON)
    assert (numbers(cohort), Entry.objects.count()) == ([1, 2, 3], before)


def at_once(*works):
    """Run each in a thread and a connection of its own."""

    def run(work):
        try:
            work()
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=[work]) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_seats_set_twice_at_once_are_not_doubled(transactional_db):
    cohort = a_cohort(seats=2)
    at_once(*[lambda: set_seats(cohort=cohort, seats=6, by="staff:1", at=NOON)] * 4)
    assert numbers(cohort) == [1, 2, 3, 4, 5, 6]
    assert Entry.objects.filter(verb="cohort.seats_set", facts__to=6).count() == 1


def test_seats_wait_for_whoever_sets_them_now(transactional_db):
    cohort = a_cohort(seats=2)
    done = threading.Event()

    def set_and_tell():
        set_seats(cohort=cohort, seats=4, by="staff:1", at=NOON)
        done.set()

    waiting = threading.Thread(target=at_once, args=[set_and_tell])
    with transaction.atomic():
        Cohort.objects.select_for_update().get(pk=cohort.pk)
        waiting.start()
        assert not done.wait(0.5)
    waiting.join()
    assert numbers(cohort) == [1, 2, 3, 4]


# --- Editing
def test_a_new_cohort_gets_its_seats_and_its_journal_rows(at_managers_desk, manager):
    a_published_offer()
    new = Cohort(
        course=Course.objects.get(),
        name="SMMARKETING 77",
        starts_on=NOON.date(),
        ends_on=NOON.date(),
    )
    assert at_managers_desk.post(page("add"), posted(new, seats=4)).status_code == 302
    cohort = Cohort.objects.get()
    assert numbers(cohort) == [1, 2, 3, 4]
    assert set(Entry.objects.about("cohort", cohort.pk).values_list("verb", "by")) == {
        ("cohort.added", actor(manager)),
        ("cohort.seats_set", actor(manager)),
    }


def test_an_edit_leaves_what_was_and_what_is(at_managers_desk, manager):
    cohort = a_cohort()
    PriceWindow.objects.all().delete()
    link = "https://meet.example.kz/smm"
    assert (
        at_managers_desk.post(
            page("change", cohort.pk), posted(cohort, joining_link=link)
        ).status_code
        == 302
    )
    row = Entry.objects.get(verb="cohort.changed")
    assert Cohort.objects.get().joining_link == link
    assert (row.by, row.facts) == (actor(manager), {"fields": {"joining_link": ["", link]}})


def test_an_edit_of_a_price_window_is_journalled(at_managers_desk):
    cohort = a_cohort()
    first, second = cohort.windows.order_by("pk")
    answer = at_managers_desk.post(
        page("change", cohort.pk),
        posted(cohort)
        | {
            "windows-TOTAL_FORMS": 2,
            "windows-INITIAL_FORMS": 2,
            "windows-0-id": first.pk,
            "windows-0-cohort": cohort.pk,
            "windows-0-level": "standard",
            "windows-0-opens_at": "2026-11-01T10:00",
            "windows-0-closes_at": "2026-11-25T00:00",
            "windows-1-id": second.pk,
            "windows-1-cohort": cohort.pk,
            "windows-1-DELETE": "on",
            "windows-1-level": "full",
            "windows-1-opens_at": "2026-11-30T00:00",
        },
    )
    assert answer.status_code == 302, answer.context["errors"]
    row = Entry.objects.get(verb="cohort.changed")
    assert set(row.facts["pricewindow"]) == {"changed", "removed"}
    assert PriceWindow.objects.get().closes_at == datetime(2026, 11, 24, 19, 0, tzinfo=UTC)


def test_saving_without_a_change_leaves_no_row(at_managers_desk):
    cohort = a_cohort()
    PriceWindow.objects.all().delete()
    at_managers_desk.post(page("change", cohort.pk), posted(cohort))
    assert not Entry.objects.filter(verb="cohort.changed").exists()


def test_a_last_day_before_the_first_is_refused_beside_it(at_managers_desk):
    cohort = a_cohort()
    answer = at_managers_desk.post(page("change", cohort.pk), posted(cohort, ends_on="01.01.2026"))
    assert list(answer.context["adminform"].form.errors) == ["ends_on"]
    assert Cohort.objects.get().ends_on == cohort.ends_on


def test_a_curator_edits_the_joining_link_and_nothing_else(at_curators_desk):
    cohort = a_cohort()
    led_by_curators_desk(a_paid_order(cohort=cohort).enrollment)
    sent = posted(cohort, name="Other", joining_link="https://meet.example.kz/smm")
    assert at_curators_desk.post(page("change", cohort.pk), sent).status_code == 302
    now = Cohort.objects.get()
    assert (now.name, now.joining_link) == (cohort.name, "https://meet.example.kz/smm")
    assert now.windows.count() == 2
    for button, typed in (
        ("seats", {"seats": 0}),
        ("webinar", {"ends_at": "2026-11-23T20:00"}),
        ("completion", {}),
    ):
        assert at_curators_desk.post(page(button, cohort.pk), typed).status_code == 403


# --- Webinar
@pytest.mark.clause("4.1")
def test_a_webinar_link_opens_until_its_end_and_is_journalled(at_managers_desk, manager):
    cohort = a_cohort()
    with time_machine.travel(NOON, tick=False):
        answer = at_managers_desk.post(page("webinar", cohort.pk), {"ends_at": "2026-11-23T20:00"})
    row = Entry.objects.get(verb="cohort.webinar_link")
    code = row.facts["code"]
    assert f"http://localhost:8000/kk/webinar/{code}/" in answer.text
    assert f"http://localhost:8000/ru/webinar/{code}/" in answer.text
    assert row.by == actor(manager)
    ends_at = webinar_code_end(code, secret=settings.SECRET_KEY, cohort_id=cohort.pk)
    assert ends_at == datetime(2026, 11, 23, 15, 0, tzinfo=UTC)


@pytest.mark.clause("4.1")
@REFUSES
def test_a_webinar_link_that_is_over_already_is_refused(at_managers_desk):
    cohort = a_cohort()
    with time_machine.travel(NOON, tick=False):
        answer = at_managers_desk.post(page("webinar", cohort.pk), {"ends_at": "2026-11-23T11:59"})
    assert list(answer.context["form"].errors) == ["ends_at"]
    assert not Entry.objects.filter(verb="cohort.webinar_link").exists()


# --- Completion
@pytest.fixture
def taught(db):
    """Two students of one cohort, and the evening of its last day."""
    first = a_paid_order(email="first@example.kz")
    second = a_paid_order(cohort=first.cohort, email="second@example.kz")
    return first, second, start_of_day(first.cohort.ends_on) + timedelta(hours=19)


def ticked(*orders, **reasons):
    """What the browser sends: a tick for each order, a reason for each named by its code."""
    sent = {
        f"completed_{order.enrollment.pk}": "on" for order in orders if order.code not in reasons
    }
    return sent | {f"reason_{order.enrollment.pk}": reasons.get(order.code, "") for order in orders}


@pytest.mark.clause("9.1")
@REFUSES
def test_a_cohort_is_completed_but_for_those_left_out_by_name(at_managers_desk, manager, taught):
    first, second, evening = taught
    with time_machine.travel(evening, tick=False):
        sent = ticked(first, second, **{second.code: "Есеп тапсырмады"})
        answer = at_managers_desk.post(page("completion", first.cohort_id), sent, follow=True)
    assert answer.redirect_chain == [(page("change", first.cohort_id), 302)]
    states = {each.order_id: each.state for each in Enrollment.objects.all()}
    assert states == {first.pk: EnrollmentState.COMPLETED, second.pk: EnrollmentState.ACTIVE}
    assert Exclusion.objects.get().reason == "Есеп тапсырмады"
    assert "Есеп тапсырмады" in answer.text
    assert Entry.objects.of_order(first.code).get(verb="enrollment.completed").by == actor(manager)
    assert Entry.objects.of_order(second.code).get(verb="enrollment.excluded").by == actor(manager)


@pytest.mark.clause("9.1")
def test_nobody_is_left_out_without_a_reason(at_managers_desk, taught):
    first, second, evening = taught
    sent = ticked(first, second)
    del sent[f"completed_{second.enrollment.pk}"]
    with time_machine.travel(evening, tick=False):
        answer = at_managers_desk.post(page("completion", first.cohort_id), sent)
    assert list(answer.context["form"].errors) == [f"reason_{second.enrollment.pk}"]
    assert not Enrollment.objects.completed().exists()
    assert not Exclusion.objects.exists()


@pytest.mark.clause("9.1")
@REFUSES
def test_a_cohort_is_not_completed_before_its_last_day(at_managers_desk, taught):
    first, second, evening = taught
    with time_machine.travel(evening - timedelta(days=1), tick=False):
        answer = at_managers_desk.post(page("completion", first.cohort_id), ticked(first, second))
    assert answer.context["form"].non_field_errors()
    assert not Enrollment.objects.completed().exists()
    assert not Exclusion.objects.exists()


@pytest.mark.clause("9.1")
@REFUSES
def test_the_largest_cohort_is_completed_in_one_form(at_managers_desk, taught):
    first, second, evening = taught
    others = {
        f"{field}_{number}": "on"
        for number in range(10**6, 10**6 + MOST_SEATS)
        for field in ("completed", "reason")
    }
    with time_machine.travel(evening, tick=False):
        answer = at_managers_desk.post(
            page("completion", first.cohort_id), others | ticked(first, second)
        )
    assert answer.status_code == 302
    assert Enrollment.objects.completed().count() == 2


@pytest.mark.clause("9.1")
def test_completing_a_completed_cohort_again_does_nothing(at_managers_desk, taught):
    first, second, evening = taught
    with time_machine.travel(evening, tick=False):
        for _again in range(2):
            at_managers_desk.post(page("completion", first.cohort_id), ticked(first, second))
    assert Entry.objects.filter(verb="enrollment.completed").count() == 2
    assert not Exclusion.objects.exists()


@pytest.mark.clause("9.1")
def test_two_who_complete_a_cohort_at_once_complete_each_student_once(transactional_db):
    first = a_paid_order()
    second = a_paid_order(cohort=first.cohort)
    owner = an_owner()
    evening = start_of_day(first.cohort.ends_on) + timedelta(hours=19)
    at_once(*[lambda: complete_cohort(cohort=first.cohort, excluded={}, by=owner, at=evening)] * 3)
    assert Enrollment.objects.completed().count() == 2
    for order in (first, second):
        assert Entry.objects.of_order(order.code).filter(verb="enrollment.completed").count() == 1
        assert order.deadlines.count() == 1
