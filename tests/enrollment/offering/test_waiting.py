"""The waiting list: one e-mail, its consent, one letter when sales open, nothing after (5.3)."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.test import Client
from django.urls import reverse

from enrollment.forms.waiting import CONSENT
from enrollment.models import Course, Edition, PriceWindow, WaitingPerson
from enrollment.operations.offering.offers import withdraw_offer
from enrollment.operations.offering.waiting import KEPT, forget_old, tell_of_sales, wait_for_sales
from enrollment.rules.bounds import DEEDS_AN_HOUR
from offer_site.journal.models import Entry
from offer_site.languages import speaking
from offer_site.notices.kinds import NoticeKind
from offer_site.notices.models import Notice, NoticeState
from offer_site.retention.erasing import erase_of_no_order
from tests.at_once import at_once
from tests.given import NOON, a_cohort, a_paid_order, a_published_offer, an_owner
from tests.services import on_sqlite  # noqa: F401 - in a mark
from tests.staff.conftest import a_member, signed_in

pytestmark = pytest.mark.clause("5.1", "5.2")
EMAIL = "gulnur@example.kz"
PAGES = [("/kk/", "kk"), ("/ru/", "ru")]


@pytest.fixture(autouse=True)
def noon(time_machine):
    time_machine.move_to(NOON, tick=False)


def a_closed_course():
    a_published_offer()
    return Course.objects.get()


def sends(email=EMAIL, path="/kk/"):
    return Client(enforce_csrf_checks=True).post(f"{path}waiting/", {"email": email})


def waits(course, email=EMAIL, **more):
    wait_for_sales(
        course=course,
        email=email,
        consent_text=str(CONSENT),
        language="kk",
        at=NOON,
        by="visitor",
        **more,
    )
    return WaitingPerson.objects.get(email=email)


def letters():
    return Notice.objects.filter(kind=NoticeKind.SALES_OPEN)


# --- Joining
@pytest.mark.parametrize(("path", "language"), PAGES)
def test_what_the_page_showed_is_recorded_as_the_consent(db, path, language):
    a_closed_course()
    page = Client().get(path)
    with speaking(language):
        words = str(CONSENT)
    assert words in page.content.decode()
    assert not page.cookies.get("csrftoken")
    answer = sends(path=path)
    assert (answer.status_code, answer["Location"]) == (302, f"{path}waiting/")
    person = WaitingPerson.objects.get()
    assert (person.email, person.language, person.consent_text) == (EMAIL, language, words)
    row = Entry.objects.get(verb="waiting.asked")
    assert EMAIL not in str(row.facts)
    assert "no-store" in Client().get(answer["Location"])["Cache-Control"]


def test_the_same_email_again_gets_the_same_answer_and_one_row(db):
    a_closed_course()
    first = sends()
    second = sends()
    assert (first.status_code, first["Location"]) == (second.status_code, second["Location"])
    assert WaitingPerson.objects.count() == 1
    assert Entry.objects.filter(verb="waiting.asked").count() == 1


@pytest.mark.parametrize("typed", ["", "gulnur", "gulnur@", "a@b"])
def test_a_refused_email_stays_in_its_field_with_the_reason(db, typed):
    a_closed_course()
    page = sends(typed)
    text = page.content.decode()
    assert page.status_code == 200
    assert f'value="{typed}"' in text
    assert 'aria-describedby="id_email_error"' in text
    assert not WaitingPerson.objects.exists()


def test_a_network_that_asks_too_often_is_refused(db):
    a_closed_course()
    answers = [
        sends(f"buyer{number}@example.kz").status_code for number in range(DEEDS_AN_HOUR + 3)
    ]
    assert answers == [302] * DEEDS_AN_HOUR + [429] * 3
    assert WaitingPerson.objects.count() == DEEDS_AN_HOUR


def test_nobody_waits_for_what_is_on_sale(db):
    a_cohort()
    assert sends()["Location"] == "/kk/"
    assert not WaitingPerson.objects.exists()
    assert "/waiting/" not in Client().get("/kk/").content.decode()


def test_the_database_keeps_one_row_a_course_with_its_consent(db):
    course = a_closed_course()
    waits(course)
    for values in ({"email": EMAIL, "consent_text": "а"}, {"email": "b@example.kz"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            WaitingPerson.objects.create(course=course, language="kk", asked_at=NOON, **values)


def test_two_of_one_moment_are_one_row(transactional_db):
    course = a_closed_course()
    at_once([lambda: waits(course), lambda: waits(course)])
    assert WaitingPerson.objects.count() == 1


# --- One letter
def test_one_letter_when_sales_open_and_the_email_is_erased(db):
    waits(a_closed_course())
    assert list(tell_of_sales(at=NOON)) == []
    a_cohort()
    assert len(list(tell_of_sales(at=NOON))) == 1
    assert list(tell_of_sales(at=NOON)) == []
    letter = letters().get()
    assert (letter.recipient, letter.facts["starts_on"]) == (EMAIL, "2026-12-07")
    assert letter.facts["home_url"].endswith("/kk/")
    assert not WaitingPerson.objects.exists()
    assert Entry.objects.filter(verb="waiting.told").count() == 1


@pytest.mark.parametrize("closed", ["withdrawn", "sold out", "not yet"])
def test_no_letter_while_nobody_can_order(db, closed):
    cohort = a_cohort(seats=1)
    if closed == "withdrawn":
        withdraw_offer(edition=Edition.objects.get(), reason="2.4", by=an_owner(), at=NOON)
    elif closed == "sold out":
        a_paid_order(cohort=cohort)
    else:
        PriceWindow.objects.update(opens_at=NOON + timedelta(days=1))
        PriceWindow.objects.update(closes_at=NOON + timedelta(days=2))
    waits(cohort.course)
    assert list(tell_of_sales(at=NOON)) == []
    assert WaitingPerson.objects.exists()


def test_a_place_of_the_cohort_that_was_sold_out_is_no_news(db):
    cohort = a_cohort(seats=1)
    a_paid_order(cohort=cohort)
    assert sends().status_code == 302
    assert WaitingPerson.objects.get().besides == cohort
    cohort.places.create(number=2)
    assert list(tell_of_sales(at=NOON)) == []
    PriceWindow.objects.filter(cohort=cohort).delete()
    a_cohort()
    assert len(list(tell_of_sales(at=NOON))) == 1


def test_a_later_cohort_behind_one_that_is_sold_out_is_not_told_of(db):
    """The home page sells the first cohort with an open price: it still says that all is taken."""
    cohort = a_cohort(seats=1)
    a_paid_order(cohort=cohort)
    a_cohort(starts_on=cohort.starts_on + timedelta(days=60))
    waits(cohort.course)
    assert list(tell_of_sales(at=NOON)) == []
    assert "waiting/" in Client().get("/kk/").text
    PriceWindow.objects.filter(cohort=cohort).delete()
    assert len(list(tell_of_sales(at=NOON))) == 1
    assert "waiting/" not in Client().get("/kk/").text


def told_of_one_moment(*, errors=()):
    done = at_once([lambda: list(tell_of_sales(at=NOON))] * 3, errors=errors)
    return [each for each in done if not isinstance(each, Exception)]


def test_three_clocks_of_one_moment_write_one_letter(transactional_db):
    waits(a_cohort().course)
    assert sorted(map(len, told_of_one_moment())) == [0, 0, 1]
    assert letters().count() == 1


@pytest.mark.faults
@pytest.mark.skipif("on_sqlite()")
def test_without_the_lock_a_clock_breaks(transactional_db, monkeypatch):
    """The control: the test above can fail."""
    course = a_cohort().course
    monkeypatch.setattr(QuerySet, "select_for_update", lambda self, *args, **kwargs: self)
    for number in range(20):
        waits(course, f"buyer{number}@example.kz")
        done = told_of_one_moment(errors=Exception)
        if len(done) < 3 or sum(map(len, done)) != 1:
            return
    pytest.fail("three clocks did the same without the lock")


# --- Nothing after
def test_who_waited_a_year_in_vain_is_erased(db):
    waits(a_closed_course())
    assert forget_old(at=NOON + KEPT) == 0
    assert forget_old(at=NOON + KEPT + timedelta(seconds=1)) == 1


def test_the_letter_forgets_its_reader_a_month_later(db):
    waits(a_cohort().course)
    list(tell_of_sales(at=NOON))
    letters().update(state=NoticeState.DEAD, last_error="550")
    list(erase_of_no_order(at=NOON + timedelta(days=20)))
    assert letters().get().recipient == EMAIL
    list(erase_of_no_order(at=NOON + timedelta(days=40)))
    assert EMAIL not in letters().get().recipient


def test_staff_take_an_email_off_the_list(db):
    person = waits(a_closed_course())
    url = reverse("admin:enrollment_waitingperson_forgetting", args=[person.pk])
    assert signed_in(a_member("manager")).post(url).status_code == 302
    assert not WaitingPerson.objects.exists()
    assert Entry.objects.get(verb="waiting.forgotten").about_key == str(person.pk)
