"""How terms are counted: the examples worked out for Kazakhstan, and what holds for every term."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offer_site.calendar.rules import (
    Calendar,
    backward_term,
    calendar_day_target,
    calendar_day_term,
    month_target,
    month_term,
    rolled,
    working_day_term,
)
from offer_site.days import HALF_A_MONTH

LAW = Calendar()
DAYS = st.dates(date(2023, 1, 1), date(2030, 12, 31))
LENGTHS = st.integers(1, 40)
NEAR = st.sets(st.integers(-20, 90), max_size=12)  # days around an event that staff except


def excepted(event, worked, off):
    """Build a calendar whose exceptions lie near the event, where they can matter."""
    return Calendar(
        worked=frozenset(event + timedelta(days=number) for number in worked),
        off=frozenset(event + timedelta(days=number) for number in off - worked),
    )


@pytest.mark.clause("9.1")
@pytest.mark.parametrize(
    ("event", "last_day"),
    [
        (date(2026, 3, 17), date(2026, 3, 27)),
        (date(2026, 3, 19), date(2026, 3, 31)),
        (date(2026, 5, 4), date(2026, 5, 13)),
        (date(2026, 8, 26), date(2026, 9, 2)),  # 31 August is worked in 2026
        (date(2026, 12, 14), date(2026, 12, 22)),
        (date(2026, 12, 30), date(2027, 1, 11)),
        (date(2027, 3, 11), date(2027, 3, 19)),
        (date(2025, 1, 1), date(2025, 1, 10)),  # Friday 3 January off for Sunday 5 January
    ],
)
def test_five_working_days(event, last_day):
    assert working_day_term(event, 5, LAW) == last_day


@pytest.mark.clause("7.2.2")
@pytest.mark.clause("9.5")
@pytest.mark.parametrize(
    ("event", "last_day"),
    [
        (date(2026, 3, 20), date(2026, 3, 30)),
        (date(2026, 5, 6), date(2026, 5, 13)),
        (date(2026, 5, 25), date(2026, 5, 29)),
        (date(2026, 10, 22), date(2026, 10, 28)),
        (date(2026, 12, 31), date(2027, 1, 8)),
        (date(2024, 5, 2), date(2024, 5, 6)),  # Saturday 4 May worked
    ],
)
def test_three_working_days(event, last_day):
    assert working_day_term(event, 3, LAW) == last_day


@pytest.mark.clause("10.2.3")
@pytest.mark.parametrize(
    ("event", "target", "last_day"),
    [
        (date(2026, 3, 11), date(2026, 3, 21), date(2026, 3, 26)),
        (date(2026, 3, 13), date(2026, 3, 23), date(2026, 3, 26)),
        (date(2026, 10, 15), date(2026, 10, 25), date(2026, 10, 27)),
        (date(2026, 5, 1), date(2026, 5, 11), date(2026, 5, 12)),
        (date(2026, 12, 22), date(2027, 1, 1), date(2027, 1, 5)),
        (date(2026, 2, 26), date(2026, 3, 8), date(2026, 3, 10)),
    ],
)
def test_ten_calendar_days(event, target, last_day):
    assert calendar_day_target(event, 10) == target
    assert calendar_day_term(event, 10, LAW) == last_day


@pytest.mark.clause("12.4")
def test_thirty_days_before_are_counted_back_and_never_rolled():
    last_day = backward_term(date(2026, 4, 20), 30)
    assert last_day == date(2026, 3, 21)
    assert not LAW.is_working(last_day)


@pytest.mark.clause("4.1")
def test_the_course_ends_on_its_day_even_when_that_day_is_off():
    assert month_target(date(2026, 11, 12), 1, HALF_A_MONTH) == date(2026, 12, 27)  # a Sunday
    assert not LAW.is_working(date(2026, 12, 27))


@pytest.mark.clause("8.6")
def test_a_month_that_ends_on_a_day_off_ends_on_the_next_working_day():
    assert month_term(date(2026, 11, 12), 1, HALF_A_MONTH, LAW) == date(2026, 12, 28)
    assert month_term(date(2026, 12, 1), 1, 0, LAW) == date(2027, 1, 5)
    assert month_term(date(2027, 1, 31), 1, 0, LAW) == date(2027, 3, 1)  # Sunday 28 February
    assert month_term(date(2026, 10, 12), 1, 0, LAW) == date(2026, 11, 12)


@pytest.mark.parametrize("days", [0, -1])
def test_a_term_of_no_length_is_no_term(days):
    for count in (
        lambda: working_day_term(date(2026, 3, 17), days, LAW),
        lambda: calendar_day_term(date(2026, 3, 17), days, LAW),
        lambda: month_term(date(2026, 3, 17), 0, days, LAW),
        lambda: backward_term(date(2026, 3, 17), days),
    ):
        with pytest.raises(ValueError, match="at least one day"):
            count()


@given(DAYS, LENGTHS, NEAR, NEAR)
def test_a_term_never_ends_on_a_day_off(event, days, worked, off):
    calendar = excepted(event, worked, off)
    assert calendar.is_working(working_day_term(event, days, calendar))
    assert calendar.is_working(calendar_day_term(event, days, calendar))
    assert calendar.is_working(month_term(event, 1, days, calendar))


@given(DAYS, LENGTHS, NEAR, NEAR)
def test_a_working_day_term_holds_exactly_its_number_of_working_days(event, days, worked, off):
    calendar = excepted(event, worked, off)
    last = working_day_term(event, days, calendar)
    span = [event + timedelta(days=number) for number in range(1, (last - event).days + 1)]
    assert sum(calendar.is_working(day) for day in span) == days


@given(DAYS, LENGTHS, NEAR, NEAR)
def test_a_rolled_term_passes_over_nothing_but_days_off(event, days, worked, off):
    calendar = excepted(event, worked, off)
    target = calendar_day_target(event, days)
    last = calendar_day_term(event, days, calendar)
    passed = [target + timedelta(days=number) for number in range((last - target).days)]
    assert last >= target
    assert not any(calendar.is_working(day) for day in passed)


@given(DAYS, LENGTHS, NEAR, NEAR)
def test_a_later_event_or_a_longer_term_never_ends_earlier(event, days, worked, off):
    calendar = excepted(event, worked, off)
    tomorrow = event + timedelta(days=1)
    for term in (working_day_term, calendar_day_term):
        assert term(event, days, calendar) <= term(tomorrow, days, calendar)
        assert term(event, days, calendar) <= term(event, days + 1, calendar)
    assert working_day_term(event, days, calendar) < working_day_term(event, days + 1, calendar)


@given(DAYS, LENGTHS, NEAR, NEAR, st.integers(-5, 60))
def test_a_new_day_off_lengthens_a_term_that_holds_it_and_no_other(
    event, days, worked, off, number
):
    before = excepted(event, worked, off)
    day = event + timedelta(days=number)
    after = Calendar(worked=before.worked - {day}, off=before.off | {day})
    last = working_day_term(event, days, before)
    if before.is_working(day) and event < day <= last:
        assert working_day_term(event, days, after) == rolled(last + timedelta(days=1), after)
    else:
        assert working_day_term(event, days, after) == last


@given(DAYS, LENGTHS, NEAR, NEAR, st.integers(-5, 60))
def test_a_new_working_day_never_lengthens_a_term(event, days, worked, off, number):
    before = excepted(event, worked, off)
    day = event + timedelta(days=number)
    after = Calendar(worked=before.worked | {day}, off=before.off - {day})
    last = working_day_term(event, days, before)
    if not before.is_working(day) and event < day <= last:
        assert working_day_term(event, days, after) < last
    else:
        assert working_day_term(event, days, after) == last
