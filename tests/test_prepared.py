"""Prepared queries give what the query itself would give,
every time with the values and rows of that time.
"""

from datetime import timedelta
from functools import partial

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import BigIntegerField, CharField, DateTimeField

from enrollment.models import Cohort, Course, Edition, Package, Place, PriceWindow, Tariff
from offer_site.prepared import Given, Prepared, PreparedUpdate, insert
from tests.at_once import at_once
from tests.given import PUBLISHED, STARTS_ON, a_cohort


def windows_of_a_name() -> Prepared[PriceWindow]:
    named = PriceWindow.objects.filter(
        cohort__name=Given("name", CharField()), opens_at__lte=Given("at", DateTimeField())
    )
    return Prepared(named.select_related("cohort__course").order_by("opens_at"))


def test_a_prepared_query_gives_what_the_query_gives(db, django_assert_num_queries):
    first = a_cohort()
    second = a_cohort(on_sale_from=PUBLISHED - timedelta(days=1))
    query = windows_of_a_name()
    for cohort, at, count in (
        (first, PUBLISHED, 1),
        (second, PUBLISHED, 1),
        (first, PUBLISHED + timedelta(60), 2),
    ):
        plain = PriceWindow.objects.filter(cohort=cohort, opens_at__lte=at).order_by("opens_at")
        with django_assert_num_queries(1):
            found = query.ask(name=cohort.name, at=at)
            assert [window.cohort.course.name for window in found] == ["SMMARKETING"] * count
        assert found == list(plain)


def test_a_prepared_query_keeps_no_answer(db):
    cohort = a_cohort()
    query = windows_of_a_name()
    assert [window.cohort.starts_on for window in query.ask(name=cohort.name, at=PUBLISHED)] == [
        STARTS_ON
    ]
    Cohort.objects.filter(pk=cohort.pk).update(starts_on=STARTS_ON - timedelta(days=1))
    assert [window.cohort.starts_on for window in query.ask(name=cohort.name, at=PUBLISHED)] == [
        STARTS_ON - timedelta(days=1)
    ]


def test_a_value_left_out_is_an_error(db):
    with pytest.raises(KeyError):
        windows_of_a_name().ask(at=PUBLISHED)


def test_threads_ask_over_their_own_connections(transactional_db):
    cohort = a_cohort()
    query = windows_of_a_name()

    ask = partial(query.ask, name=cohort.name, at=PUBLISHED)
    assert [len(found) for found in at_once([ask] * 40)] == [1] * 40


def test_threads_that_ask_for_the_first_time_at_once_get_the_same_query(transactional_db):
    cohort = a_cohort()

    for _again in range(10):
        ask = partial(windows_of_a_name().ask, name=cohort.name, at=PUBLISHED)
        assert [len(found) for found in at_once([ask] * 8)] == [1] * 8


def test_a_prepared_update_changes_what_is_asked_and_counts_it(db, django_assert_num_queries):
    first = a_cohort()
    second = a_cohort()
    rename = PreparedUpdate(
        Cohort.objects.filter(pk=Given("pk", BigIntegerField())), name=Given("name", CharField())
    )
    for cohort, name in ((first, "Көктем"), (second, "Жаз")):
        with django_assert_num_queries(1):
            assert rename.make(pk=cohort.pk, name=name) == 1
    assert list(Cohort.objects.order_by("pk").values_list("name", flat=True)) == ["Көктем", "Жаз"]
    assert rename.make(pk=0, name="Күз") == 0


def test_rows_are_inserted_together_and_know_their_keys(db, django_assert_num_queries):
    cohort = a_cohort(seats=2)
    places = [Place(cohort=cohort, number=number) for number in (3, 4)]
    with django_assert_num_queries(1):
        insert(places)
    assert [Place.objects.get(pk=place.pk).number for place in places] == [3, 4]
    with pytest.raises(TypeError, match="inserted once"):
        insert([places[0]])


def test_rows_of_several_tables_are_inserted_together_and_know_their_keys(
    db, django_assert_num_queries
):
    cohort = a_cohort(seats=2)
    places = [Place(cohort=cohort, number=number) for number in (3, 4)]
    course = Course(name="Таргет")
    package = Package(course=cohort.course, slug="tortinshi", name="ТӨРТІНШІ")
    is_one = connection.vendor == "postgresql"
    with django_assert_num_queries(1 if is_one else 3):
        insert(places, [course], [], [package])
    assert [Place.objects.get(pk=place.pk).number for place in places] == [3, 4]
    assert Course.objects.get(name="Таргет") == course
    assert Package.objects.get(slug="tortinshi") == package
    with django_assert_num_queries(0):
        insert([], [])


def test_plain_values_of_a_prepared_query_are_those_of_the_query(db, django_assert_num_queries):
    first = a_cohort(seats=2)
    second = a_cohort(seats=3)
    named = Place.objects.filter(cohort=Given("cohort", BigIntegerField())).order_by("-number")
    query = Prepared(named.values_list("number", "cohort__starts_on"))
    for cohort, numbers in ((first, [2, 1]), (second, [3, 2, 1]), (first, [2, 1])):
        with django_assert_num_queries(1):
            found = query.rows(cohort=cohort.pk)
        assert found == [(number, cohort.starts_on) for number in numbers]


def test_a_row_that_breaks_a_promise_is_refused(transactional_db):
    cohort = a_cohort(seats=2)
    with pytest.raises(IntegrityError), transaction.atomic():
        insert([Place(cohort=cohort, number=3), Place(cohort=cohort, number=3)])
    assert cohort.places.count() == 2


def test_of_several_tables_none_gets_a_row_where_one_is_refused(transactional_db):
    cohort = a_cohort(seats=2)
    with pytest.raises(IntegrityError), transaction.atomic():
        insert([Course(name="Таргет")], [Place(cohort=cohort, number=2)])
    assert not Course.objects.filter(name="Таргет").exists()
    assert cohort.places.count() == 2


def test_a_json_text_that_stands_in_many_rows_is_read_once_a_call(db):
    a_cohort()
    tariffs = Prepared(Tariff.objects.select_related("edition").order_by("row"))
    first, *others = tariffs.ask()
    assert first.edition.terms == Edition.objects.get().terms
    assert len(others) == 8
    assert all(each.edition.terms is first.edition.terms for each in others)
    again = tariffs.first()
    assert again is not None
    assert again.edition.terms == first.edition.terms
    assert again.edition.terms is not first.edition.terms, "no call keeps what another may change"
