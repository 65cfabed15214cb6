"""The programme of a cohort is copied from the last one in one step (7.2.3)."""

from datetime import timedelta

import pytest

from enrollment.models import ProgrammeItem
from enrollment.operations.training.programme import copy_programme, remove_item
from enrollment.operations.training.results import ResultWish, record_results
from enrollment.rules.programme import Result
from offer_site.days import start_of_day
from offer_site.errors import RuleViolation
from offer_site.journal.models import Entry
from tests.at_once import at_once
from tests.enrollment.training.scenes import a_student, a_taught_cohort, an_item
from tests.given import NOON, STARTS_ON, a_cohort, an_owner, refusal

LATER = STARTS_ON + timedelta(days=56)


def days_of(cohort):
    return {item.code: item.day for item in cohort.items.all()}


@pytest.mark.clause("7.2.3")
def test_days_move_with_the_start(db):
    former = a_taught_cohort()
    cohort = a_cohort(starts_on=LATER)
    done = copy_programme(cohort=cohort, by="staff:1", at=NOON)
    assert (done.source, done.parts, done.items, done.beyond) == (former, 2, 4, 1)
    # A month and a half from February is a day shorter than from December.
    assert days_of(cohort) == {
        "L1": LATER,
        "L2": LATER + timedelta(days=7),
        "A1": LATER + timedelta(days=6),
        "R1": cohort.ends_on,
    }
    assert [part.starts_on for part in cohort.programme.all()] == [
        LATER,
        LATER + timedelta(days=7),
    ]
    assert days_of(former)["L1"] == STARTS_ON
    row = Entry.objects.get(verb="cohort.programme_copied")
    assert row.facts == {"source": former.pk, "days": 56, "parts": 2, "items": 4}


def test_what_lies_after_the_new_end_is_due_on_its_last_day(db):
    a_taught_cohort()
    cohort = a_cohort(starts_on=LATER)
    cohort.ends_on = LATER + timedelta(days=6)
    cohort.save()
    assert copy_programme(cohort=cohort, by="staff:1", at=NOON).beyond == 2
    assert days_of(cohort)["L2"] == days_of(cohort)["R1"] == cohort.ends_on


def test_the_last_cohort_that_has_a_programme_is_copied(db):
    a_taught_cohort()
    newer = a_taught_cohort(starts_on=STARTS_ON + timedelta(days=7))
    a_cohort(starts_on=STARTS_ON + timedelta(days=14))
    done = copy_programme(cohort=a_cohort(starts_on=LATER), by="staff:1", at=NOON)
    assert done.source == newer


def test_it_is_refused_where_there_is_one_or_none_to_copy(db):
    cohort = a_taught_cohort()
    with refusal():
        copy_programme(cohort=cohort, by="staff:1", at=NOON)
    assert ProgrammeItem.objects.count() == 4
    earlier = a_cohort(starts_on=STARTS_ON - timedelta(days=7))
    with refusal():
        copy_programme(cohort=earlier, by="staff:1", at=NOON)
    assert not earlier.items.exists()


def test_copied_twice_at_once_it_is_there_once(transactional_db):
    a_taught_cohort()
    cohort = a_cohort(starts_on=LATER)
    at_once(
        [lambda: copy_programme(cohort=cohort, by="staff:1", at=NOON)] * 3, errors=RuleViolation
    )
    assert cohort.items.count() == 4
    assert Entry.objects.filter(verb="cohort.programme_copied").count() == 1


@pytest.mark.clause("7.2.3")
def test_an_item_without_results_is_taken_out(db):
    cohort = a_taught_cohort()
    lesson = cohort.items.get(kind="lesson", number=1)
    extra = an_item(cohort, "lesson", 3, STARTS_ON)
    wish = ResultWish(a_student(cohort).pk, lesson.pk, Result("attended"))
    record_results(wishes=[wish], by=an_owner(), at=start_of_day(STARTS_ON))
    with refusal():
        remove_item(item=lesson, by="staff:1", at=NOON)
    remove_item(item=extra, by="staff:1", at=NOON)
    assert set(days_of(cohort)) == {"L1", "L2", "A1", "R1"}
    assert Entry.objects.get(verb="programmeitem.removed").facts["code"] == "L3"
