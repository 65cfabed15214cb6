"""A leak of personal data is told in one working day, and to those concerned (11.4)."""

from datetime import date, datetime, timedelta

import pytest
import time_machine
from django.urls import reverse

from offer_site.days import ALMATY
from offer_site.journal.models import Entry
from offer_site.notices.models import Notice
from offer_site.retention.leaks import record_leak, report_leak, tell_persons
from offer_site.retention.models import Leak
from tests.given import NOON, a_paid_order, an_owner, refusal
from tests.staff.conftest import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.clause("11.4")]


def a_leak(*, found_at=NOON, at=NOON, orders=()):
    return record_leak(
        happened="ноутбук жоғалды",
        data="аты-жөні мен мекенжайы",
        measures="кілттер ауыстырылды",
        contact="Лесбек Л., +7 701 000 00 00",
        persons=1,
        orders=list(orders),
        found_at=found_at,
        by=an_owner(),
        at=at,
    )


@pytest.mark.parametrize(
    ("found_on", "due_on"),
    [
        (date(2026, 11, 23), date(2026, 11, 24)),  # a Monday
        (date(2026, 11, 27), date(2026, 11, 30)),  # a Friday: the next working day is Monday
        (date(2026, 11, 28), date(2026, 11, 30)),  # a Saturday
    ],
)
def test_the_clock_is_one_working_day(found_on, due_on):
    found_at = datetime(found_on.year, found_on.month, found_on.day, 23, 0, tzinfo=ALMATY)
    leak = a_leak(found_at=found_at, at=found_at)
    assert leak.due_on == due_on
    before = leak.due_before - timedelta(seconds=1)
    assert not Leak.objects.overdue(before).exists()
    assert Leak.objects.overdue(leak.due_before).exists()


def test_the_journal_tells_each_step_and_holds_no_word_of_it():
    order = a_paid_order()
    leak = a_leak(orders=[order.code])
    report_leak(leak=leak, number="K-17", reported_at=NOON, by=an_owner(), at=NOON)
    tell_persons(leak=leak, told_kk="Не болды.", told_ru="Что было.", by=an_owner(), at=NOON)
    rows = Entry.objects.about("leak", leak.pk).order_by("number")
    assert [row.verb for row in rows] == ["leak.recorded", "leak.reported", "leak.persons_told"]
    assert rows[1].facts == {"number": "K-17", "late": False}
    assert "ноутбук" not in str([row.facts for row in rows])
    letter = Notice.objects.get(kind="data-leaked")
    assert (letter.recipient, letter.facts["told_ru"]) == (order.party.email, "Что было.")


def test_what_is_refused_changes_nothing():
    with refusal():
        a_leak(found_at=NOON + timedelta(hours=1))
    with refusal():
        a_leak(orders=["SMNOBODY"])
    assert not Leak.objects.exists()
    leak = a_leak()
    with refusal():
        tell_persons(leak=leak, told_kk="а", told_ru="а", by=an_owner(), at=NOON)
    early = NOON - timedelta(days=1)
    with refusal():
        report_leak(leak=leak, number="1", reported_at=early, by=an_owner(), at=NOON)
    report_leak(leak=leak, number="1", reported_at=NOON, by=an_owner(), at=NOON)
    with refusal():
        report_leak(leak=leak, number="2", reported_at=NOON, by=an_owner(), at=NOON)
    assert Leak.objects.get().report_number == "1"


def test_a_late_report_is_recorded_as_late():
    leak = a_leak()
    late = NOON + timedelta(days=3)
    report_leak(leak=leak, number="9", reported_at=late, by=an_owner(), at=late)
    assert Entry.objects.get(verb="leak.reported").facts["late"] is True


def test_the_owner_does_it_on_the_page():
    order = a_paid_order()
    with time_machine.travel(NOON, tick=False):
        browser = signed_in(an_owner())
        typed = {
            "found_at": "2026-11-23T11:00",
            "happened": "бөтен адам көрді",
            "data": "пошта",
            "measures": "жабылды",
            "contact": "Лесбек Л.",
            "persons": "1",
            "orders": order.code,
        }
        answer = browser.post(reverse("admin:retention_leak_add"), typed)
        leak = Leak.objects.get()
        assert answer["Location"] == reverse("admin:retention_leak_change", args=[leak.pk])
        assert "retention/leak/?attention=unreported" in (
            browser.get(reverse("admin:index")).content.decode()
        )
        page = reverse("admin:retention_leak_report", args=[leak.pk])
        browser.post(page, {"reported_at": "2026-11-23T11:30", "number": "K-1"})
        page = reverse("admin:retention_leak_tell", args=[leak.pk])
        browser.post(page, {"told_kk": "Не болды.", "told_ru": "Что было."})
        assert browser.get(answer["Location"]).status_code == 200
        assert browser.get(reverse("admin:retention_leak_changelist")).status_code == 200
    assert Notice.objects.filter(kind="data-leaked").count() == 1
