"""Which days are worked in Kazakhstan, and how a calendar names itself."""

from datetime import date, timedelta

import holidays
import pytest
from hypothesis import given
from hypothesis import strategies as st

from offer_site.calendar.rules import Calendar, working_days_by_law

LAW = Calendar()
BY_MONTH = {
    2024: [21, 21, 17, 22, 20, 20, 22, 21, 21, 22, 21, 21],
    2025: [20, 20, 17, 22, 19, 20, 22, 21, 21, 22, 20, 22],
    2026: [19, 20, 18, 22, 17, 22, 22, 21, 22, 21, 21, 22],
    2027: [18, 20, 18, 22, 18, 22, 21, 22, 22, 20, 22, 22],
}
TOTAL = {2024: 249, 2025: 246, 2026: 247, 2027: 247}


@pytest.mark.parametrize("year", BY_MONTH)
def test_working_days_of_a_month(year):
    days = working_days_by_law(year)
    assert [sum(day.month == month for day in days) for month in range(1, 13)] == BY_MONTH[year]
    assert len(days) == TOTAL[year]


@pytest.mark.parametrize(
    "days_off",
    [
        "2026-01-01 2026-01-02 2026-01-07 2026-03-09 2026-03-23 2026-03-24 2026-03-25 2026-05-01 "
        "2026-05-07"
        " 2026-05-11 2026-05-27 2026-07-06 2026-10-26 2026-12-16",
        "2027-01-01 2027-01-04 2027-01-07 2027-03-08 2027-03-15 2027-03-22 2027-03-23 2027-03-24 "
        "2027-05-03"
        " 2027-05-07 2027-05-10 2027-07-06 2027-10-25 2027-12-16",
    ],
)
def test_weekdays_off_in_a_year_are_these_and_no_others(days_off):
    expected = [date.fromisoformat(day) for day in days_off.split()]
    year = (date(expected[0].year, 1, 1) + timedelta(days=number) for number in range(365))
    assert [day for day in year if day.weekday() < 5 and not LAW.is_working(day)] == expected


@pytest.mark.parametrize(
    ("day", "is_working"),
    [
        (date(2024, 5, 4), True),  # a Saturday, for Wednesday 8 May
        (date(2024, 5, 8), False),
        (date(2025, 1, 5), True),  # a Sunday, for Friday 3 January
        (date(2025, 1, 3), False),
        (date(2013, 12, 28), True),  # a Saturday, for a Friday of the next year
        (date(2014, 1, 3), False),
        (date(2026, 8, 31), True),  # 30 August is no holiday since the new Constitution
        (date(2027, 3, 15), False),  # and 15 March is
        (date(2026, 12, 1), True),
        (date(2026, 5, 27), False),  # Kurban Ait
        (date(2026, 1, 7), False),  # Orthodox Christmas
        (date(2023, 1, 9), True),  # which is not moved: 7 January 2023 was a Saturday
    ],
)
def test_days_that_calendars_get_wrong(day, is_working):
    assert LAW.is_working(day) is is_working


def test_an_exception_stands_before_the_law():
    saturday = date(2027, 2, 27)
    monday = date(2027, 2, 22)
    assert (LAW.is_working(saturday), LAW.is_working(monday)) == (False, True)
    moved = Calendar(worked=frozenset({saturday}), off=frozenset({monday}))
    assert (moved.is_working(saturday), moved.is_working(monday)) == (True, False)


@given(
    st.dates(date(2000, 1, 1), date(2060, 12, 31)),
    st.booleans(),
    st.dates(date(2000, 1, 1), date(2060, 12, 31)),
)
def test_an_exception_changes_its_own_day_and_no_other(day, is_working, other):
    calendar = Calendar(**{"worked" if is_working else "off": frozenset({day})})
    assert calendar.is_working(day) is is_working
    assert other == day or calendar.is_working(other) is LAW.is_working(other)


def test_no_day_is_both_worked_and_off():
    day = frozenset({date(2027, 2, 27)})
    with pytest.raises(ValueError, match="both worked and off"):
        Calendar(worked=day, off=day)


def test_a_calendar_names_its_library_and_its_exceptions():
    one = Calendar(off=frozenset({date(2027, 2, 22)}))
    two = Calendar(off=frozenset({date(2027, 2, 22)}), worked=frozenset({date(2027, 2, 27)}))
    turned = Calendar(worked=frozenset({date(2027, 2, 22)}))
    library = f"holidays-{holidays.__version__}"
    assert LAW.version == f"{library}+0@e3b0c442"
    assert one.version.startswith(f"{library}+1@")
    assert two.version.startswith(f"{library}+2@")
    assert len({LAW.version, one.version, two.version, turned.version}) == 4
    assert one.version == Calendar(off=frozenset({date(2027, 2, 22)})).version
