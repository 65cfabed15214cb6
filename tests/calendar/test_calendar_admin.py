"""Staff's door to the calendar, used as staff use it: record, read, remove, never edit."""

from datetime import date

import pytest
from django.urls import reverse

from offer_site.calendar.models import DayException
from offer_site.calendar.operations import current_calendar
from offer_site.journal.models import Entry
from offer_site.journal.operations import actor

MONDAY = date(2027, 2, 22)
TYPED = {
    "day": "22.02.2027",
    "name_kk": "Демалысты көшіру",
    "name_ru": "Перенос выходного дня",
    "source": "№ 12 қаулы, 08.01.2027",
}


def page(name, *arguments):
    return reverse(f"admin:calendar_dayexception_{name}", args=arguments)


@pytest.fixture
def recorded(admin_client):
    """Record an exception at the door."""
    answer = admin_client.post(page("add"), TYPED)
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    return DayException.objects.get()


def test_staff_record_an_exception_in_their_own_name(recorded, admin_user):
    row = Entry.objects.about("day_exception", recorded.pk).get()
    assert (recorded.day, recorded.is_working, recorded.source) == (MONDAY, False, TYPED["source"])
    assert recorded.recorded_by == row.by == actor(admin_user)
    assert not current_calendar().is_working(MONDAY)


@pytest.mark.parametrize("field", TYPED)
def test_an_exception_with_an_empty_field_comes_back_with_all_that_was_typed(admin_client, field):
    answer = admin_client.post(page("add"), {**TYPED, field: ""})
    form = answer.context["adminform"].form
    assert list(form.errors) == [field]
    assert all(form[name].value() == typed for name, typed in TYPED.items() if name != field)
    assert not DayException.objects.exists()


def test_a_second_exception_of_a_day_is_refused_beside_the_day(admin_client, recorded):
    answer = admin_client.post(page("add"), {**TYPED, "is_working": "on"})
    assert list(answer.context["adminform"].form.errors) == ["day"]
    assert DayException.objects.get() == recorded
    assert Entry.objects.filter(verb__startswith="day_exception.").count() == 1


def test_a_recorded_exception_is_read_and_never_edited(admin_client, recorded):
    assert admin_client.get(page("change", recorded.pk)).status_code == 200
    assert (
        admin_client.post(page("change", recorded.pk), {**TYPED, "is_working": "on"}).status_code
        == 403
    )
    assert not DayException.objects.get().is_working


def test_before_removing_staff_read_that_the_row_stays(admin_client, recorded):
    answer = admin_client.get(page("delete", recorded.pk), headers={"accept-language": "ru"})
    assert "22.02.2027" in answer.text
    assert page("change", recorded.pk) in answer.text
    assert DayException.objects.get().is_standing


def test_removing_at_the_door_keeps_the_row_and_names_who_removed_it(
    admin_client, admin_user, recorded
):
    answer = admin_client.post(page("delete", recorded.pk), {"post": "yes"})
    kept = DayException.objects.get()
    assert answer.status_code == 302
    assert (kept.is_standing, kept.removed_by) == (False, actor(admin_user))
    assert Entry.objects.filter(verb="day_exception.removed").count() == 1
    assert current_calendar().is_working(MONDAY)


def test_a_removed_exception_cannot_be_removed_again(admin_client, recorded):
    admin_client.post(page("delete", recorded.pk), {"post": "yes"})
    assert admin_client.post(page("delete", recorded.pk), {"post": "yes"}).status_code == 403
    assert admin_client.get(page("changelist")).status_code == 200
