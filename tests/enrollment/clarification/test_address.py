"""The home address is asked for after the payment: on the order's page and in the contract's letter
at once, and by the question of 9.5 when the certificate needs it soon (5.2, 9.3).
"""

from datetime import timedelta
from functools import partial

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.db.models import QuerySet
from django.test import Client
from django.urls import reverse

from enrollment.models import Clarification, Party
from enrollment.operations.clarification.questions import ask_for_gaps, withdraw_question
from enrollment.operations.corrections.contacts import tell_address
from enrollment.operations.links import order_link
from offer_site.accounts.models import User
from offer_site.days import start_of_day
from offer_site.errors import RuleViolation
from offer_site.journal.models import Entry
from offer_site.notices.kinds import NoticeKind
from offer_site.notices.letters import letterhead, write_letter
from offer_site.notices.models import Notice
from tests.at_once import at_once
from tests.given import NOON, a_paid_order, a_placed_order, an_owner

HOME = "Алматы қ., Абай даңғылы, 1, 2-пәтер"
OTHER = "Шымкент қ., Тәуке хан даңғылы, 5"
LOST = (RuleViolation, IntegrityError)  # to whoever was faster
pytestmark = pytest.mark.usefixtures("short_contracts")


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOON, tick=False):
        yield


def a_contract(**given):
    return a_paid_order(address="", **given)


def page_of(order):
    return reverse("order_address", args=[order.code])


def opened(order):
    client = Client()
    link = order_link(order)
    client.get(link[link.index("/kk/") :], follow=True)
    return client


def days_before_the_end(order, days):
    return start_of_day(order.cohort.ends_on - timedelta(days=days)) + timedelta(hours=9)


# --- On the paid page and in the letter
@pytest.mark.clause("5.2", "9.3")
def test_a_payment_asks_for_the_address_on_the_page_and_in_the_letter_and_by_no_question(db):
    order = a_contract()
    assert not Clarification.objects.exists()
    assert 'name="address"' in opened(order).get(order.get_absolute_url()).text
    letter = write_letter(Notice.objects.get(kind=NoticeKind.CONTRACT_CONCLUDED), letterhead())
    for words in ("Тұрғылықты мекенжайыңызды жазыңыз", "Напишите адрес места жительства"):
        assert words in " ".join(letter.text.split())
        assert words in " ".join(letter.html.split())


def test_whose_address_is_known_or_who_is_a_company_is_not_asked(db):
    for order in (a_paid_order(), a_paid_order(kind="company")):
        assert 'name="address"' not in opened(order).get(order.get_absolute_url()).text
        client = opened(order)
        assert client.post(page_of(order), {"address": OTHER}).status_code == 302
        assert Party.objects.get(order=order).address != OTHER
    letter = write_letter(Notice.objects.filter(kind="contract-concluded").first(), letterhead())
    assert "Напишите адрес" not in letter.text


@pytest.mark.clause("5.4", "9.3")
def test_the_address_is_kept_and_the_accepted_sheet_stays_as_it_was(db):
    order = a_contract()
    client = opened(order)
    assert client.post(page_of(order), {"address": f"  {HOME} "}).status_code == 302
    party = Party.objects.get(order=order)
    assert party.address == HOME
    assert party.as_accepted(order.acceptance.sealed["party"]).address == ""
    entry = Entry.objects.get(verb="party.corrected")
    assert (entry.clause, entry.by) == ("9.3", "visitor")
    assert HOME not in str(entry.facts)
    page = client.get(order.get_absolute_url()).text
    assert 'name="address"' not in page
    assert HOME not in page


def test_a_mistake_stands_at_the_field_and_what_was_typed_stays(db):
    order = a_contract()
    client = opened(order)
    empty = client.post(page_of(order), {"address": ""})
    assert empty.status_code == 200
    assert 'id="id_address_error"' in empty.text
    doubted = client.post(page_of(order), {"address": "Алматы"})
    assert 'value="Алматы"' in doubted.text
    assert Party.objects.get(order=order).address == ""
    kept = client.post(page_of(order), {"address": "Алматы", "kept": "address:Алматы"})
    assert kept.status_code == 302
    order.refresh_from_db()
    assert [field for field, _digest in order.confirmed] == ["address"]
    assert ask_for_gaps(at=days_before_the_end(order, 1)) == []


def test_it_is_for_the_orders_browser_its_letter_and_its_owner_alone(db):
    order = a_contract()
    stranger = Client()
    assert stranger.get(page_of(order)).status_code == 404
    assert stranger.post(page_of(order), {"address": HOME}).status_code == 404
    other = Client()
    other.force_login(User.objects.create_user("other@example.kz"))
    assert other.post(page_of(order), {"address": HOME}).status_code == 404
    assert Party.objects.get(order=order).address == ""
    owner = Client()
    owner.force_login(User.objects.create_user(order.party.email))
    assert owner.post(page_of(order), {"address": HOME}).status_code == 302
    assert Party.objects.get(order=order).address == HOME


def test_before_there_is_a_contract_it_is_not_taken(db):
    order = a_placed_order(address="")
    assert opened(order).post(page_of(order), {"address": HOME}).status_code == 302
    with pytest.raises(RuleViolation), transaction.atomic():
        tell_address(order=order, address=HOME, confirmed=False, by="visitor", at=NOON)
    assert Party.objects.get(order=order).address == ""


def test_told_twice_it_is_kept_once_and_another_one_changes_nothing(db):
    order = a_contract()
    for _time in range(2):
        tell_address(order=order, address=HOME, confirmed=False, by="visitor", at=NOON)
    with pytest.raises(RuleViolation), transaction.atomic():
        tell_address(order=order, address=OTHER, confirmed=False, by="visitor", at=NOON)
    assert Party.objects.get(order=order).address == HOME
    assert Party.objects.filter(former_of=order.party).count() == 1
    assert Entry.objects.filter(verb="party.corrected").count() == 1


def test_an_address_of_erased_data_is_not_taken(db):
    order = a_contract()
    Party.objects.filter(pk=order.party_id).update(salt="")
    with pytest.raises(RuleViolation), transaction.atomic():
        tell_address(order=order, address=HOME, confirmed=False, by="visitor", at=NOON)


def test_of_two_addresses_told_at_once_one_is_kept(transactional_db):
    order = a_contract()

    def tell(address):
        try:
            tell_address(order=order, address=address, confirmed=False, by="visitor", at=NOON)
        except RuleViolation:
            return False
        return True

    told = at_once([lambda: tell(HOME), lambda: tell(OTHER)])
    assert sorted(told) == [False, True]
    assert Party.objects.filter(former_of=order.party).count() == 1
    assert Entry.objects.filter(verb="party.corrected").count() == 1


@pytest.mark.faults
def test_without_the_lock_two_addresses_are_told(transactional_db, monkeypatch):
    """The control: the test above can fail."""
    monkeypatch.setattr(QuerySet, "select_for_update", lambda self, *args, **kwargs: self)
    with connection.cursor() as cursor:
        cursor.execute(
            "ALTER TABLE journal_entry DROP CONSTRAINT IF EXISTS a_chain_has_one_row_a_number"
        )
    rounds = formers = 0
    while formers <= rounds < 5:  # threads that happened to come one by one prove nothing
        rounds += 1
        order = a_contract()
        tell = partial(tell_address, order=order, confirmed=False, by="visitor", at=NOON)
        at_once([partial(tell, address=each) for each in (HOME, OTHER) * 4], errors=LOST)
        formers += Party.objects.filter(former_of=order.party).count()
    assert formers > rounds


# --- The question of 9.5
@pytest.mark.clause("9.5")
def test_what_is_not_told_is_asked_for_fourteen_days_before_the_end_and_once(db, settings):
    order = a_contract()
    a_paid_order()
    assert ask_for_gaps(at=days_before_the_end(order, 15)) == []
    at = days_before_the_end(order, 14)
    assert ask_for_gaps(at=at) == [f"{order.code}-1"]
    assert ask_for_gaps(at=at) == []
    question = Clarification.objects.get()
    assert question.asked == [["address", "missing"]]
    assert Notice.objects.filter(kind=NoticeKind.CLARIFICATION).count() == 1
    page = opened(order).get(order.get_absolute_url()).text
    assert 'action="' + page_of(order) not in page, "the open question asks for it"
    tell_address(order=order, address=HOME, confirmed=False, by="visitor", at=at)
    question.refresh_from_db()
    assert question.answered_how == "correction"
    assert ask_for_gaps(at=at) == []


def test_the_days_are_a_setting_and_an_own_day_of_performance_counts(db, settings):
    order = a_contract()
    order.enrollment.performed_on = order.cohort.ends_on - timedelta(days=20)
    order.enrollment.save()
    settings.GAPS_ASKED_DAYS_BEFORE_END = 3
    assert ask_for_gaps(at=days_before_the_end(order, 24)) == []
    assert ask_for_gaps(at=days_before_the_end(order, 23)) == [f"{order.code}-1"]


def test_a_question_that_staff_withdrew_is_not_asked_again(db):
    order = a_contract()
    at = days_before_the_end(order, 10)
    ask_for_gaps(at=at)
    withdraw_question(question=Clarification.objects.get(), reason="-", by=an_owner(), at=at)
    assert ask_for_gaps(at=at) == []
    assert Clarification.objects.count() == 1


@pytest.mark.clause("9.5")
def test_a_doubt_is_asked_about_at_once_and_the_gap_only_in_its_time(db):
    order = a_contract(surname="Иванoв")  # the o is Latin
    assert [field for field, _why in Clarification.objects.get(order=order).asked] == ["learner"]


def test_two_runs_of_the_clock_at_once_ask_once(transactional_db):
    order = a_contract()
    at = days_before_the_end(order, 2)
    at_once([lambda: ask_for_gaps(at=at), lambda: ask_for_gaps(at=at)])
    assert Clarification.objects.count() == 1
    assert Notice.objects.filter(kind=NoticeKind.CLARIFICATION).count() == 1
