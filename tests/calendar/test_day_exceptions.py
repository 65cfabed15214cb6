"""What staff do to the calendar: an exception is recorded, precedes the law, is removed,
and each act is journalled.
"""

from datetime import UTC, date, datetime, timedelta
from functools import partial

import pytest
from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from offer_site.calendar.models import DayException
from offer_site.calendar.operations import current_calendar, record_exception, remove_exception
from offer_site.calendar.rules import Calendar, working_day_term
from offer_site.errors import RuleViolation
from offer_site.journal.models import Entry
from tests.at_once import at_once

NOW = datetime(2027, 1, 11, 6, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
STAFF = "staff:7"
COLLEAGUE = "staff:8"
SATURDAY = date(2027, 2, 27)
MONDAY = date(2027, 2, 22)


def a_day_off(day=MONDAY, *, is_working=False, source="Decree 12 of 8 January 2027", at=NOW):
    return record_exception(
        day=day,
        is_working=is_working,
        name_kk="Демалысты көшіру",
        name_ru="Перенос выходного дня",
        source=source,
        by=STAFF,
        at=at,
    )


def journal_rows() -> QuerySet[Entry]:
    return Entry.objects.filter(verb__startswith="day_exception.")


def test_without_exceptions_the_calendar_is_the_laws(db, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert current_calendar() == Calendar()


def test_a_recorded_exception_precedes_the_law(db, django_assert_num_queries):
    a_day_off(MONDAY)
    a_day_off(SATURDAY, is_working=True)
    with django_assert_num_queries(1):
        calendar = current_calendar()
    assert calendar == Calendar(worked=frozenset({SATURDAY}), off=frozenset({MONDAY}))
    assert not calendar.is_working(MONDAY)
    assert calendar.is_working(SATURDAY)


def test_an_exception_moves_only_the_terms_counted_after_it(db):
    friday = date(2027, 2, 19)
    before = current_calendar()
    a_day_off(MONDAY)
    after = current_calendar()
    assert working_day_term(friday, 5, before) == date(2027, 2, 26)
    assert working_day_term(friday, 5, after) == date(2027, 3, 1)
    assert before.version != after.version


def test_recording_says_who_when_and_by_which_document(db):
    exception = a_day_off()
    row = Entry.objects.about("day_exception", exception.pk).get()
    assert (exception.recorded_by, exception.recorded_at, exception.is_standing) == (
        STAFF,
        NOW,
        True,
    )
    assert (row.verb, row.by, row.at) == ("day_exception.recorded", STAFF, NOW)
    assert row.facts == {
        "day": "2027-02-22",
        "is_working": False,
        "name_kk": "Демалысты көшіру",
        "name_ru": "Перенос выходного дня",
        "source": "Decree 12 of 8 January 2027",
    }


def test_the_same_exception_said_twice_is_recorded_once(db):
    first = a_day_off()
    second = a_day_off(at=LATER)
    assert first == second
    assert second.recorded_at == NOW
    assert DayException.objects.count() == 1
    assert journal_rows().count() == 1


@pytest.mark.parametrize("other", [{"is_working": True}, {"source": "Decree 13"}])
def test_another_word_about_the_same_day_is_refused_and_changes_nothing(db, other):
    exception = a_day_off()
    with pytest.raises(RuleViolation, match=r"22\.02\.2027") as refusal:
        a_day_off(**other, at=LATER)
    assert refusal.value.field == "day"
    assert DayException.objects.get() == exception
    assert DayException.objects.get().says_the_same_as(
        is_working=False,
        name_kk=exception.name_kk,
        name_ru=exception.name_ru,
        source=exception.source,
    )
    assert journal_rows().count() == 1


def test_a_removed_exception_gives_the_day_back_to_the_law_and_stays_as_a_row(db):
    exception = remove_exception(exception=a_day_off(), by=COLLEAGUE, at=LATER)
    kept = DayException.objects.get()
    assert current_calendar() == Calendar()
    assert (kept, kept.is_standing, kept.removed_by, kept.removed_at) == (
        exception,
        False,
        COLLEAGUE,
        LATER,
    )
    row = Entry.objects.about("day_exception", exception.pk).get(verb="day_exception.removed")
    assert (row.by, row.at, row.facts) == (COLLEAGUE, LATER, {"day": "2027-02-22"})


def test_removing_twice_is_removing_once(db):
    exception = a_day_off()
    remove_exception(exception=exception, by=COLLEAGUE, at=LATER)
    again = remove_exception(exception=exception, by=STAFF, at=LATER + timedelta(days=1))
    assert (again.removed_by, again.removed_at) == (COLLEAGUE, LATER)
    assert journal_rows().count() == 2


def test_after_removal_the_day_can_be_excepted_anew(db):
    remove_exception(exception=a_day_off(), by=STAFF, at=LATER)
    a_day_off(source="Decree 13", at=LATER)
    assert DayException.objects.on(MONDAY).count() == 2
    assert DayException.objects.on(MONDAY).standing().get().source == "Decree 13"
    assert not current_calendar().is_working(MONDAY)


@pytest.mark.parametrize("missing", ["name_kk", "name_ru", "source"])
def test_an_exception_without_its_names_or_document_is_refused_by_the_database(db, missing):
    facts = {"name_kk": "Көшіру", "name_ru": "Перенос", "source": "Decree 12", missing: ""}
    with pytest.raises(IntegrityError), transaction.atomic():
        record_exception(day=MONDAY, is_working=False, **facts, by=STAFF, at=NOW)
    assert not DayException.objects.exists()
    assert not journal_rows().exists()


def test_a_removal_without_a_name_is_refused_by_the_database(db):
    exception = a_day_off()
    with pytest.raises(IntegrityError), transaction.atomic():
        DayException.objects.filter(pk=exception.pk).update(removed_at=LATER)
    assert DayException.objects.get().is_standing


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "sources", [["Decree 12"] * 4, ["Decree 12", "Decree 13", "Decree 14", "Decree 15"]]
)
def test_of_exceptions_recorded_at_once_for_one_day_one_stands(sources):
    recorded = at_once(
        [partial(a_day_off, source=source) for source in sources], errors=RuleViolation
    )
    outcomes = [getattr(each, "source", "refused") for each in recorded]
    standing = DayException.objects.standing().get()
    assert Entry.objects.filter(verb="day_exception.recorded").count() == 1
    assert outcomes.count(standing.source) == sources.count(standing.source)
    assert outcomes.count("refused") == len(sources) - sources.count(standing.source)
