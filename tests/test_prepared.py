"""Prepared queries give what the query itself would give,
every time with the values and rows of that time.
"""

from datetime import timedelta
from functools import partial

import pytest
from django.db.models import CharField, DateTimeField

from enrollment.models import Cohort, PriceWindow
from offer_site.prepared import Given, Prepared
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
