"""The cabinet's page of a later edition: what changes, until when, and the answer (12.2.1)."""

import pytest
import time_machine
from django.urls import reverse

from enrollment.models import EditionAnswer, EditionTalk, TalkOutcome
from enrollment.operations.offering.edition_answers import close_talk
from tests.accounts.signing import signed_in
from tests.enrollment.offering.scenes import IN_EFFECT, a_coming_edition, told
from tests.given import NOON, a_paid_order

pytestmark = [pytest.mark.django_db, pytest.mark.clause("12.2.1")]


@pytest.fixture(autouse=True)
def _noon():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def notice(tmp_path):
    order = a_paid_order()
    a_coming_edition(tmp_path)
    return told(order)


def address(notice, language="ru"):
    return f"/{language}/cabinet/{notice.order.code}/editions/{notice.edition.name}/"


def test_the_cabinet_leads_to_it_until_the_day_of_effect(notice):
    browser = signed_in(notice.order.party.email)
    link = reverse("edition_answer", args=[notice.order.code, notice.edition.name])
    assert link in browser.get(reverse("cabinet")).content.decode()
    with time_machine.travel(IN_EFFECT, tick=False):
        browser = signed_in(notice.order.party.email)
        assert link not in browser.get(reverse("cabinet")).content.decode()


@pytest.mark.parametrize(
    ("language", "was", "becomes", "until"),
    [
        ("ru", "<del>Споры</del>", "<ins>Неурегулированные споры</ins>", "30.11.2026"),
        ("kk", "<del>Даулар</del>", "<ins>Келісімге келмеген даулар</ins>", "30.11.2026"),
    ],
)
def test_it_shows_what_changes_and_until_when(notice, language, was, becomes, until):
    browser = signed_in(notice.order.party.email)
    content = browser.get(address(notice, language)).content.decode()
    assert was in content
    assert becomes in content
    assert until in content
    assert f"/{language}/offer/{notice.edition.name}/?view=both" in content


def test_a_student_objects_and_reads_what_was_agreed_on(notice):
    browser = signed_in(notice.order.party.email)
    page = browser.post(
        address(notice), {"answer": "objected", "words": "Не согласна с 10.3"}, follow=True
    )
    content = page.content.decode()
    assert EditionAnswer.objects.get().words == "Не согласна с 10.3"
    assert "Вы не согласились" in content
    assert "Не согласна с 10.3" in content
    assert 'name="answer"' not in content
    talk = EditionTalk.objects.get()
    close_talk(talk=talk, outcome=TalkOutcome.GOES_ON, reason="звонок", by="staff:1", at=NOON)
    content = browser.get(address(notice)).content.decode()
    assert "договор продолжается по своей редакции" in content
    assert "звонок" not in content


def test_a_student_agrees(notice):
    browser = signed_in(notice.order.party.email)
    browser.post(address(notice), {"answer": "agreed", "words": ""})
    assert EditionAnswer.objects.get().kind == "agreed"


def test_words_that_are_too_long_stay_in_the_form(notice):
    browser = signed_in(notice.order.party.email)
    words = "нет " * 600
    page = browser.post(address(notice), {"answer": "objected", "words": words})
    assert page.status_code == 200
    assert words.strip() in page.content.decode()
    assert not EditionAnswer.objects.exists()


@pytest.mark.django_db(transaction=True)  # a refusal ends the transaction
def test_after_the_day_of_effect_nothing_is_taken(notice):
    with time_machine.travel(IN_EFFECT, tick=False):
        browser = signed_in(notice.order.party.email)
        page = browser.post(address(notice), {"answer": "objected", "words": ""})
    assert page.status_code == 200
    assert not EditionAnswer.objects.exists()


def test_another_student_does_not_find_it(notice):
    other = a_paid_order(cohort=notice.order.cohort)
    browser = signed_in(other.party.email)
    assert browser.get(address(notice)).status_code == 404
    assert browser.post(address(notice), {"answer": "objected"}).status_code == 404
    assert not EditionAnswer.objects.exists()
