"""Orders that a third party takes for the academy: who it was is recorded (2.6)."""

import hashlib
from datetime import timedelta

import pytest
from django.db import connection

from enrollment.models import Confirmation, Consent, ConsentsBy, ConsentWay, Order, OrderTaking
from enrollment.operations.ordering.called_orders import take_order
from enrollment.operations.ordering.orders import OtherTariffAwaits
from enrollment.operations.ordering.taking import Taken
from enrollment.rendering import acceptance_rows
from enrollment.rules.order_states import OrderState
from enrollment.rules.settlement import Waiting
from offer_site.audit import acceptance as audited
from offer_site.audit import people, third_parties
from offer_site.errors import RuleViolation
from offer_site.journal.models import Entry
from offer_site.journal.operations import actor
from offer_site.notices.models import Notice
from offer_site.proof.contract import contract
from payments.models import LedgerEntry
from payments.operations.paying.checks import refusal_now
from payments.rules.matching import Refusal
from tests.at_once import at_once
from tests.enrollment.called import (
    BROWSER,
    REQUIRED,
    a_called_order,
    a_partner,
    a_partners_order,
    a_tariff,
    confirm,
)
from tests.given import (
    NOON,
    a_cohort,
    a_paid_order,
    a_placed_order,
    a_receipt,
    an_application,
    an_owner,
    receive,
    refusal,
)
from tests.services import on_sqlite

pytestmark = pytest.mark.clause("2.6")


def fresh(order):
    return Order.objects.with_people().select_related("acceptance").get(pk=order.pk)


def faults():
    lines = (
        third_parties.who_took_an_order_is_told_alike,
        third_parties.payment_opened_after_what_was_confirmed,
        audited.an_acceptance_recomputes,
        people.personal_values_are_those_that_were_digested,
        people.consents_are_those_that_were_given,
    )
    return [str(said) for line in lines for said in line(NOON)]


def line(order, verb):
    return Entry.objects.of_order(order.code).get(verb=verb)


@pytest.mark.clause("5.1")
def test_consents_read_aloud_are_recorded_with_who_read_which_texts_in_which_language(db):
    order = a_called_order()
    staff = an_owner()
    given = Consent.objects.filter(party=order.party_id)
    assert {(each.purpose, each.text) for each in given} == set(REQUIRED)
    assert {(each.way, each.language, each.given_at) for each in given} == {
        (ConsentWay.ALOUD, "kk", NOON)
    }
    row = line(order, "consents.given")
    assert (row.by, row.at) == (actor(staff), NOON)
    assert (row.facts["way"], row.facts["language"]) == ("aloud", "kk")
    assert row.facts["texts"] == {
        purpose: hashlib.sha256(text.encode()).hexdigest() for purpose, text in REQUIRED
    }
    assert refusal_now(order, amount=order.price, at=NOON) is None
    assert faults() == []


def test_who_took_it_stands_in_order_journal_acceptance_contract_and_proof(db):
    order = a_called_order(partner=a_partner())
    receive(a_receipt(order), order)
    order = fresh(order)
    taken = {
        "version": 1,
        "staff": an_owner().pk,
        "partner": order.taking.partner_id,
        "partner_name": "«Білім» ЖШС",
        "consents": "aloud",
    }
    assert order.taken_by == "partner"
    assert line(order, "order.taken").facts == taken
    assert order.acceptance.sealed["taken"] == taken
    [row] = [row for row in acceptance_rows(order) if row.ru == "Заказ принял (п. 2.6)"]
    assert row.ru_value == (
        f"партнёр: «Білім» ЖШС\nсотрудник Исполнителя № {an_owner().pk}, по телефону\n"
        "согласия зачитаны вслух"
    )
    assert contract(order).facts["taken"] == taken | {"taken_at": NOON}
    assert faults() == []


@pytest.mark.clause("2.1")
def test_an_order_that_nobody_took_is_sealed_and_printed_as_it_was_before(db):
    order = fresh(a_paid_order())
    assert "taken" not in order.acceptance.sealed
    assert [row for row in acceptance_rows(order) if "2.6" in row.ru] == []
    assert contract(order).facts["taken"] is None
    assert "way" not in line(order, "consents.given").facts
    assert faults() == []


@pytest.mark.clause("2.1")
def test_a_later_version_falsifies_no_old_acceptance(db, monkeypatch):
    order = a_called_order()
    receive(a_receipt(order), order)
    for versions in (OrderTaking.facts.__globals__["TAKING_FIELDS"], third_parties.FIELDS):
        monkeypatch.setitem(versions, 2, (*versions[1], "taken_at"))
    assert fresh(order).taking.facts() == order.acceptance.sealed["taken"]
    assert faults() == []


def test_a_partners_link_marks_the_order_that_the_buyer_places_alone(db):
    order = a_partners_order(a_partner())
    assert order.taken_by == "partner"
    assert (order.taking.staff, order.taking.consents) == (None, "own")
    assert order.price == a_tariff().price
    letter = Notice.objects.get(order_code=order.code)
    assert letter.facts["partner"] == "«Білім» ЖШС"
    assert faults() == []


@pytest.mark.clause("5.1")
def test_before_the_link_is_confirmed_no_money_is_taken(db):
    order = a_called_order(consents=ConsentsBy.LINK)
    assert not Consent.objects.filter(party=order.party_id).exists()
    assert refusal_now(order, amount=order.price, at=NOON) == Refusal.CLOSED
    letter = Notice.objects.get(order_code=order.code)
    assert "/confirmations/consents/?key=" in letter.facts["order_url"]
    assert faults() == []


@pytest.mark.clause("5.1", "2.2.1")
def test_the_confirmation_writes_the_buyers_own_consents_and_opens_the_payment(db):
    order = a_called_order(consents=ConsentsBy.LINK)
    at = NOON + timedelta(minutes=5)
    assert confirm(order, at=at)
    order = Order.objects.get(pk=order.pk)
    given = Consent.objects.filter(party=order.party_id)
    assert {(each.way, each.language, each.given_at) for each in given} == {
        (ConsentWay.LINK, "ru", at)
    }
    party = order.party
    assert {each.origin_digest for each in given} == {party.origin_digest()}
    assert (party.origin_address, party.origin_agent) == (BROWSER.address, BROWSER.agent)
    confirmation = Confirmation.objects.get(order=order)
    assert (confirmation.confirmed_at, confirmation.confirmed_in) == (at, "ru")
    assert line(order, "order.confirmed").facts["opens_payment"] is True
    assert refusal_now(order, amount=order.price, at=at) is None
    receive(a_receipt(order), order, at=at)
    assert Order.objects.get(pk=order.pk).state == OrderState.PAID
    assert faults() == []


def test_confirming_again_changes_nothing(db):
    order = a_called_order(consents=ConsentsBy.LINK)
    confirm(order)
    rows = Entry.objects.of_order(order.code).count()
    assert confirm(order, at=NOON + timedelta(minutes=1)) is False
    assert Entry.objects.of_order(order.code).count() == rows
    assert Consent.objects.filter(party=order.party_id).count() == len(REQUIRED)


@pytest.mark.parametrize(
    ("consents", "terminated"),
    [(REQUIRED[:1], False), (REQUIRED, True)],
    ids=["a consent is missing", "the order is ended"],
)
def test_a_confirmation_that_is_refused_leaves_everything(transactional_db, consents, terminated):
    order = a_called_order(consents=ConsentsBy.LINK)
    if terminated:
        Order.objects.update(state=OrderState.TERMINATED)
    with refusal():
        confirm(order, consents=consents)
    order = Order.objects.get(pk=order.pk)
    assert order.awaits_confirmation
    assert order.party.origin_address is None
    assert not Consent.objects.filter(party=order.party_id).exists()
    assert not Entry.objects.filter(verb="order.confirmed").exists()


def test_two_confirmations_at_once_are_one(transactional_db):
    order = a_called_order(consents=ConsentsBy.LINK)
    assert sorted(at_once([lambda: confirm(order)] * 6)) == [False] * 5 + [True]
    assert Consent.objects.filter(party=order.party_id).count() == len(REQUIRED)
    assert Entry.objects.filter(verb="order.confirmed").count() == 1


@pytest.mark.clause("4.3")
def test_money_for_an_order_that_is_not_confirmed_waits_for_a_person(db):
    order = a_called_order(consents=ConsentsBy.LINK)
    receive(a_receipt(order), order)
    assert Order.objects.get(pk=order.pk).state == OrderState.AWAITING_PAYMENT
    assert line(order, "money.waits").facts["reason"] == Waiting.UNCONFIRMED
    assert LedgerEntry.objects.waiting().count() == 1
    assert not hasattr(Order.objects.get(pk=order.pk), "acceptance")


def take(cohort, application, *, package="birge", replace=False):
    staff = an_owner()
    return take_order(
        tariff=a_tariff(package),
        cohort=cohort,
        application=application,
        language="kk",
        taken=Taken(ConsentsBy.ALOUD, staff=staff),
        replace=replace,
        by=staff,
        at=NOON,
    )


@pytest.mark.clause("1.8")
def test_the_callers_own_unpaid_order_is_found_and_stays_the_callers(db):
    cohort = a_cohort()
    application = an_application()
    own = a_placed_order(cohort=cohort, application=application)
    order, is_new = take(cohort, application)
    assert (order.pk, is_new) == (own.pk, False)
    assert Order.objects.get(pk=own.pk).taken_by == ""
    assert not OrderTaking.objects.exists()


def test_another_package_asks_before_it_replaces_the_callers_order(transactional_db):
    cohort = a_cohort()
    application = an_application()
    own = a_placed_order(cohort=cohort, application=application)
    with refusal(OtherTariffAwaits):
        take(cohort, application, package="vip")
    order, is_new = take(cohort, application, package="vip", replace=True)
    assert is_new
    assert Order.objects.get(pk=own.pk).state == OrderState.LAPSED
    assert order.place.held_until is not None


@pytest.mark.clause("4.6")
def test_seats_are_taken_by_the_same_locks(transactional_db):
    cohort = a_cohort(seats=1)
    staff = an_owner()

    def call():
        return a_called_order(cohort=cohort, by=staff)

    came = at_once([call] * 6, errors=RuleViolation)
    placed = [each for each in came if isinstance(each, Order)]
    holders = [each for each in placed if hasattr(Order.objects.get(pk=each.pk), "place")]
    assert len(holders) == 1


@pytest.mark.clause("1.8")
def test_two_members_of_staff_who_take_the_same_call_place_one_order(transactional_db):
    cohort = a_cohort()
    application = an_application()
    an_owner()
    came = at_once([lambda: take(cohort, application)] * 4)
    assert sorted(is_new for _order, is_new in came) == [False] * 3 + [True]
    assert Order.objects.count() == OrderTaking.objects.count() == 1


@pytest.mark.skipif(on_sqlite(), reason="SQLite has one writer: there is no such race")
def test_without_the_constraint_the_same_call_places_more_than_one(transactional_db):
    """The control of the test above: what makes one order is the database."""
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX a_learner_has_one_unpaid_order_in_a_cohort")
    cohort = a_cohort()
    application = an_application()
    an_owner()
    for _try in range(5):
        at_once([lambda: take(cohort, application)] * 6, errors=Exception)
        if Order.objects.count() > 1:
            break
    assert Order.objects.count() > 1
