"""News and discounts are switched off from any letter, without signing in (5.3.5, A6)."""

from dataclasses import replace
from email import message_from_bytes
from functools import partial

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from enrollment.models import Consent, ConsentPurpose, ConsentWithdrawal, Order
from enrollment.operations.corrections.email import correct_email
from enrollment.operations.ordering.consents import takes_marketing, withdraw_consent
from offer_site.correspondence import cohort_letters
from offer_site.correspondence.cohort_letters import (
    CohortWords,
    send_cohort_letters,
    start_cohort_letter,
    write_cohort_letter,
)
from offer_site.journal.models import Entry
from offer_site.notices.kinds import NoticeKind
from offer_site.notices.letters import letter_bytes
from offer_site.notices.models import Notice
from offer_site.notices.news import news_off_link
from offer_site.notices.operations import send_notice
from tests.accounts.signing import signed_in
from tests.at_once import at_once
from tests.given import NOON, a_paid_order, a_placed_order, an_application
from tests.notices.conftest import post
from tests.services import on_sqlite
from tests.unprotected import take_protection_away

__all__ = ["post"]

pytestmark = pytest.mark.django_db
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture(autouse=True)
def _noon():
    with time_machine.travel(NOON, tick=False):
        yield


def with_marketing(email: str = "reader@example.kz"):
    application = an_application(email=email)
    consents = (*application.consents, (ConsentPurpose.MARKETING.value, "Write to me"))
    return replace(application, consents=consents)


def letter_of(order: Order) -> Notice:
    return Notice.objects.filter(order_code=order.code).earliest("pk")


def switch(order: Order) -> str:
    return news_off_link(letter_of(order)).removeprefix("http://localhost:8000")


def a_program() -> Client:
    """A mail program: it has no cookies and checks nothing but the answer."""
    return Client(enforce_csrf_checks=True)


@pytest.mark.clause("5.3.5")
def test_any_letter_carries_the_headers_of_one_click():
    letter = letter_of(a_placed_order())
    mail = message_from_bytes(letter_bytes(letter, at=NOON)[1])
    assert mail["List-Unsubscribe"].strip() == f"<{news_off_link(letter)}>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    text = mail.get_payload()[0].get_payload(decode=True).decode()
    assert f"{news_off_link(letter)}?lang=kk" in text
    assert f"{news_off_link(letter)}?lang=ru" in text


def test_a_code_carries_none(client):
    client.post(reverse("account_login"), {"email": a_paid_order().party.email})
    code = Notice.objects.get(kind="sign-in-code")
    assert "List-Unsubscribe" not in message_from_bytes(letter_bytes(code, at=NOON)[1])


@pytest.mark.clause("5.3.5")
def test_one_click_switches_off_without_signing_in_and_without_cookies():
    order = a_paid_order(application=with_marketing())
    answer = a_program().post(switch(order), ONE_CLICK)
    assert (answer.status_code, answer.content) == (200, b"OK")
    assert not answer.cookies
    withdrawal = ConsentWithdrawal.objects.get()
    assert (withdrawal.way, withdrawal.at, withdrawal.by) == ("one-click", NOON, "visitor")
    assert len(withdrawal.origin_digest) == 64
    row = Entry.objects.get(verb="consent.withdrawn")
    assert row.facts == {
        "purpose": "marketing",
        "number": 1,
        "way": "one-click",
        "origin": withdrawal.origin_digest,
    }
    assert not takes_marketing(order.party.email)


def test_a_scanner_that_opens_the_address_changes_nothing():
    order = a_paid_order(application=with_marketing())
    for method in ("get", "head"):
        answer = getattr(a_program(), method)(switch(order))
        assert answer.status_code == 200
    assert takes_marketing(order.party.email)
    assert not ConsentWithdrawal.objects.exists()


@pytest.mark.parametrize("language", ["kk", "ru"])
def test_the_page_has_one_button_and_says_what_still_comes(language):
    order = a_paid_order(application=with_marketing())
    page = a_program().get(f"{switch(order)}?lang={language}").content.decode()
    assert page.count('<form method="post">') == 1
    done = a_program().post(switch(order)).content.decode()
    assert '<form method="post">' not in done
    assert ConsentWithdrawal.objects.get().way == "letter"


def test_it_is_off_for_every_order_of_the_mailbox_and_repeating_it_changes_nothing():
    first = a_paid_order(application=with_marketing())
    a_paid_order(application=with_marketing())
    other = a_paid_order(application=with_marketing("another@example.kz"))
    for _time in range(3):
        assert a_program().post(switch(first), ONE_CLICK).status_code == 200
    assert ConsentWithdrawal.objects.count() == 2
    assert Entry.objects.filter(verb="consent.withdrawn").count() == 2
    assert takes_marketing(other.party.email)


def test_an_address_that_we_did_not_sign_is_not_found():
    order = a_paid_order(application=with_marketing())
    letter = letter_of(order)
    for forged in (
        reverse("news_off", args=[letter.pk, "forged"]),
        reverse("news_off", args=[letter.pk + 1000, "forged"]),
        switch(order).replace(f"/{letter.pk}/", f"/{letter.pk + 1}/"),
    ):
        assert a_program().post(forged, ONE_CLICK).status_code == 404
    assert takes_marketing(order.party.email)


@pytest.mark.clause("5.3.5")
def test_it_is_switched_on_again_in_the_cabinet_and_the_history_stays():
    order = a_paid_order(application=with_marketing())
    a_program().post(switch(order), ONE_CLICK)
    browser = signed_in(order.party.email)
    assert browser.post(reverse("my_data_news"), {"news": "on"})["Location"] == reverse("my_data")
    assert takes_marketing(order.party.email)
    given = Consent.objects.to_marketing().order_by("number")
    assert [(each.number, each.way) for each in given] == [(1, "checkout"), (2, "cabinet")]
    assert Entry.objects.get(verb="consent.given").facts["number"] == 2
    browser.post(reverse("my_data_news"), {"news": "on"})
    assert Consent.objects.to_marketing().count() == 2
    browser.post(reverse("my_data_news"), {"news": "off"})
    assert not takes_marketing(order.party.email)
    assert ConsentWithdrawal.objects.count() == 2


def test_who_never_consented_may_later(client):
    order = a_paid_order()
    assert not takes_marketing(order.party.email)
    signed_in(order.party.email).post(reverse("my_data_news"), {"news": "on"})
    consent = Consent.objects.to_marketing().get()
    assert (consent.number, consent.party) == (1, order.party)
    assert consent.text.startswith("Жаңалықтар")


@pytest.mark.django_db(transaction=True)
def test_many_clicks_at_once_are_one_withdrawal():
    order = a_paid_order(application=with_marketing())
    address = switch(order)
    answers = at_once([lambda: a_program().post(address, ONE_CLICK).status_code] * 8)
    assert answers == [200] * 8
    assert ConsentWithdrawal.objects.count() == 1
    assert Entry.objects.filter(verb="consent.withdrawn").count() == 1


@pytest.mark.faults
@pytest.mark.skipif(on_sqlite(), reason="SQLite has one writer at a time")
@pytest.mark.django_db(transaction=True)
def test_control_without_lock_and_constraint_many_clicks_are_many_withdrawals(monkeypatch):
    """The test above can fail."""
    take_protection_away(monkeypatch, "enrollment_consentwithdrawal", "journal_entry")
    for _round in range(8):
        order = a_paid_order(application=with_marketing())
        click = partial(a_program().post, switch(order), ONE_CLICK)
        at_once([click] * 8, errors=Exception)
        if ConsentWithdrawal.objects.filter(consent__party=order.party).count() > 1:
            return
    pytest.fail("nothing was withdrawn twice: the test could not fail")


# --- An address that was corrected, a letter that waits
@pytest.mark.clause("5.3.5")
def test_the_switch_of_a_letter_that_went_to_an_address_corrected_meanwhile_works():
    order = a_paid_order(application=with_marketing())
    also_theirs = a_paid_order(application=with_marketing("new@example.kz"))
    other = a_paid_order(application=with_marketing("another@example.kz"))
    address = switch(order)
    correct_email(order=order, email="new@example.kz", by="staff:1", at=NOON, document="No. 7")
    assert a_program().post(address, ONE_CLICK).status_code == 200
    assert not takes_marketing("new@example.kz")
    assert ConsentWithdrawal.objects.count() == 2
    assert not also_theirs.party.consents.standing().to_marketing().exists()
    assert takes_marketing(other.party.email)


def a_queued_offer(order: Order) -> Notice:
    letter = write_cohort_letter(
        cohort=order.cohort,
        words=CohortWords("Жеңілдік", "Скидка", "Мәтін", "Текст"),
        is_marketing=True,
        by="staff:1",
        at=NOON,
    )
    start_cohort_letter(letter=letter, by="staff:1", at=NOON)
    list(send_cohort_letters(at=NOON))
    return Notice.objects.get(kind=NoticeKind.COHORT_OFFER)


@pytest.mark.clause("5.3.5")
@pytest.mark.parametrize("door", ["letter", "cabinet"])
@pytest.mark.parametrize("is_corrected", [False, True], ids=["same address", "corrected"])
def test_an_offer_that_waits_does_not_leave_after_the_withdrawal(door, is_corrected, post):
    order = a_paid_order(application=with_marketing())
    offer = a_queued_offer(order)
    address = switch(order)
    email = order.party.email
    if is_corrected:
        email = "new@example.kz"
        correct_email(order=order, email=email, by="staff:1", at=NOON, document="No. 7")
    if door == "letter":
        a_program().post(address, ONE_CLICK)
    else:
        signed_in(email).post(reverse("my_data_news"), {"news": "off"})
    assert send_notice(notice_id=offer.pk, at=NOON).result == "withdrawn"
    offer.refresh_from_db()
    assert (offer.state, offer.withdrawn_at, offer.sent_at) == ("dead", NOON, None)
    assert Notice.objects.filter(withdrawn_at=None).exists(), "letters of the contract go on"


def test_an_offer_stays_while_another_order_of_the_mailbox_consents(post):
    order = a_paid_order(application=with_marketing())
    a_paid_order(application=with_marketing(), cohort=order.cohort)
    offer = a_queued_offer(order)
    consent = Consent.objects.to_marketing().get(party=order.party)
    withdraw_consent(consent=consent, by="user:1", at=NOON)
    assert send_notice(notice_id=offer.pk, at=NOON).result == "sent"


@pytest.mark.django_db(transaction=True)
def test_an_offer_that_is_queued_while_news_are_switched_off_does_not_leave():
    """Whoever comes first: either nothing is queued, or what is queued is withdrawn."""
    for _round in range(3):
        order = a_paid_order(application=with_marketing())
        letter = write_cohort_letter(
            cohort=order.cohort,
            words=CohortWords("Жеңілдік", "Скидка", "Мәтін", "Текст"),
            is_marketing=True,
            by="staff:1",
            at=NOON,
        )
        start_cohort_letter(letter=letter, by="staff:1", at=NOON)
        address = switch(order)
        at_once(
            [
                lambda: list(send_cohort_letters(at=NOON)),
                lambda: a_program().post(address, ONE_CLICK),  # noqa: B023
            ]
            * 2
        )
        waiting = Notice.objects.filter(kind=NoticeKind.COHORT_OFFER, withdrawn_at=None)
        assert not waiting.exists()


@pytest.mark.faults
@pytest.mark.django_db(transaction=True)
def test_control_without_the_orders_lock_an_offer_is_queued_behind_the_withdrawal(monkeypatch):
    monkeypatch.setattr(cohort_letters.Order.objects, "people_locked", Order.objects.all)
    lost = False
    for _round in range(40):
        order = a_paid_order(application=with_marketing())
        letter = write_cohort_letter(
            cohort=order.cohort,
            words=CohortWords("Жеңілдік", "Скидка", "Мәтін", "Текст"),
            is_marketing=True,
            by="staff:1",
            at=NOON,
        )
        start_cohort_letter(letter=letter, by="staff:1", at=NOON)
        address = switch(order)
        at_once(
            [
                lambda: list(send_cohort_letters(at=NOON)),
                lambda: a_program().post(address, ONE_CLICK),  # noqa: B023
            ]
        )
        lost |= Notice.objects.filter(kind=NoticeKind.COHORT_OFFER, withdrawn_at=None).exists()
        if lost:
            break
    assert lost
