"""Days in Almaty, months, and how days are written."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offer_site.days import (
    ALMATY,
    HALF_A_MONTH,
    add_months,
    add_months_and_days,
    almaty_day,
    day_in_words,
    end_of_day,
    short_day,
    start_of_day,
)

DAYS = st.dates(date(1992, 1, 1), date(2100, 12, 31))


@pytest.mark.clause("4.3")
def test_a_day_ends_at_24_00_in_almaty():
    last_second = datetime(2026, 11, 22, 23, 59, 59, tzinfo=ALMATY)
    midnight = datetime(2026, 11, 23, 0, 0, 0, tzinfo=ALMATY)
    assert last_second < end_of_day(date(2026, 11, 22)) == midnight
    assert almaty_day(last_second) == date(2026, 11, 22)
    assert almaty_day(midnight) == date(2026, 11, 23)


@pytest.mark.clause("4.3")
def test_the_day_is_almatys_wherever_the_clock_stands():
    assert almaty_day(datetime(2026, 11, 22, 18, 59, 59, tzinfo=UTC)) == date(2026, 11, 22)
    assert almaty_day(datetime(2026, 11, 22, 19, 0, 0, tzinfo=UTC)) == date(2026, 11, 23)
    assert end_of_day(date(2026, 11, 22)) == datetime(2026, 11, 22, 19, 0, tzinfo=UTC)
    assert end_of_day(date(2026, 11, 22)).tzinfo is UTC


def test_a_moment_without_a_zone_has_no_day():
    with pytest.raises(ValueError, match="without a zone"):
        almaty_day(datetime(2026, 11, 22, 12, 0))  # noqa: DTZ001


def test_29_february_2024_had_25_hours():
    day = date(2024, 2, 29)
    assert start_of_day(day) == datetime(2024, 2, 28, 18, 0, tzinfo=UTC)
    assert end_of_day(day) == datetime(2024, 2, 29, 19, 0, tzinfo=UTC)
    for fold in (0, 1):
        assert almaty_day(datetime(2024, 2, 29, 23, 30, tzinfo=ALMATY, fold=fold)) == day
    assert almaty_day(datetime(2024, 2, 29, 18, 0, tzinfo=UTC)) == day, (
        "the first 24:00 was only 23:00 again"
    )


@given(DAYS)
def test_a_day_owns_exactly_the_instants_from_its_start_to_its_end(day):
    assert almaty_day(start_of_day(day)) == day
    assert almaty_day(start_of_day(day) - timedelta(microseconds=1)) < day
    assert almaty_day(end_of_day(day) - timedelta(microseconds=1)) == day
    assert almaty_day(end_of_day(day)) == day + timedelta(days=1)


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2026, 12, 7), 1, date(2027, 1, 7)),
        (date(2027, 1, 31), 1, date(2027, 2, 28)),
        (date(2028, 1, 31), 1, date(2028, 2, 29)),
        (date(2026, 3, 31), 1, date(2026, 4, 30)),
        (date(2026, 11, 30), 3, date(2027, 2, 28)),
        (date(2026, 12, 31), 12, date(2027, 12, 31)),
        (date(2026, 1, 31), -2, date(2025, 11, 30)),
        (date(2028, 2, 29), 36, date(2031, 2, 28)),
    ],
)
def test_a_month_ends_on_the_same_number_or_on_its_last_day(day, months, expected):
    assert add_months(day, months) == expected


@pytest.mark.clause("4.1")
@pytest.mark.parametrize(
    ("start", "expected"),
    [
        (date(2026, 12, 7), date(2027, 1, 22)),
        (date(2026, 12, 31), date(2027, 2, 15)),
        (
            date(2027, 1, 31),
            date(2027, 3, 15),
        ),  # 28 February, then 15 days; not 15 February's month
        (date(2028, 1, 31), date(2028, 3, 15)),
    ],
)
def test_one_month_and_a_half_is_a_month_and_then_15_days(start, expected):
    assert add_months_and_days(start, 1, HALF_A_MONTH) == expected


@given(DAYS, st.integers(0, 60))
def test_adding_months_never_leaves_the_month_it_goes_to(day, months):
    later = add_months(day, months)
    assert (later.year * 12 + later.month) - (day.year * 12 + day.month) == months
    assert later.day == day.day or (later.day < day.day and (later + timedelta(days=1)).day == 1)


@pytest.mark.parametrize(
    ("day", "kk", "ru", "short"),
    [
        (date(2026, 11, 22), "2026 жылғы 22 қараша", "22 ноября 2026 г.", "22.11.2026"),
        (date(2027, 1, 1), "2027 жылғы 1 қаңтар", "1 января 2027 г.", "01.01.2027"),
        (date(2026, 3, 8), "2026 жылғы 8 наурыз", "8 марта 2026 г.", "08.03.2026"),
    ],
)
def test_a_day_is_written_in_the_readers_language(day, kk, ru, short):
    assert day_in_words(day, "kk") == kk
    assert day_in_words(day, "ru") == ru
    assert short_day(day) == short


@pytest.mark.parametrize("language", ["kk", "ru"])
def test_twelve_months_have_twelve_lower_case_names(language):
    place = {"kk": 3, "ru": 1}[language]
    names = {day_in_words(date(2026, month, 1), language).split()[place] for month in range(1, 13)}
    assert len(names) == 12
    assert all(name == name.lower() for name in names)
