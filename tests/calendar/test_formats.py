"""Dates and numbers in Django's own forms and pages: as Kazakhstan writes them,
in both languages.
"""

from datetime import date, datetime, time
from decimal import Decimal

import pytest
from django import forms
from django.utils import formats, translation


@pytest.fixture(params=["kk", "ru"])
def language(request):
    with translation.override(request.param):
        yield request.param


@pytest.mark.parametrize("typed", ["09.03.2026", "2026-03-09"])
def test_a_typed_day_is_read_day_first(language, typed):
    assert forms.DateField().clean(typed) == date(2026, 3, 9)


@pytest.mark.parametrize("typed", ["03/09/2026", "09.03.26"])
def test_an_american_day_and_a_year_of_two_digits_are_refused(language, typed):
    with pytest.raises(forms.ValidationError):
        forms.DateField().clean(typed)


@pytest.mark.parametrize("typed", ["09.03.2026 18:05", "2026-03-09 18:05", "09.03.2026 18:05:00"])
def test_a_typed_moment_is_read_day_first(language, typed):
    assert forms.DateTimeField().clean(typed).replace(tzinfo=None) == datetime(2026, 3, 9, 18, 5)  # noqa: DTZ001


def test_numbers_days_and_weeks_look_alike_in_both_languages(language):
    assert (
        formats.number_format(Decimal("99990.5"), 2, use_l10n=True, force_grouping=True)
        == "99\xa0990,50"
    )
    assert formats.date_format(date(2026, 3, 9), "SHORT_DATE_FORMAT") == "09.03.2026"
    moment = datetime(2026, 3, 9, 18, 5)  # noqa: DTZ001
    assert formats.date_format(moment, "SHORT_DATETIME_FORMAT") == "09.03.2026 18:05"
    assert formats.time_format(time(18, 5)) == "18:05"
    assert formats.get_format("FIRST_DAY_OF_WEEK") == 1


def test_a_list_of_staff_writes_a_day_as_a_table_does(language):
    moment = datetime(2026, 3, 9, 18, 5)  # noqa: DTZ001
    assert formats.localize(date(2026, 3, 9)) == "09.03.2026"
    assert formats.localize(moment) == "09.03.2026 18:05"


def test_a_russian_month_is_declined():
    with translation.override("ru"):
        assert formats.date_format(date(2026, 3, 9), "MONTH_DAY_FORMAT") == "9 марта"


def test_a_kazakh_month_begins_with_its_year():
    with translation.override("kk"):
        month = formats.date_format(date(2026, 3, 9), "YEAR_MONTH_FORMAT")
        assert month.lower() == "2026 жылғы наурыз"
