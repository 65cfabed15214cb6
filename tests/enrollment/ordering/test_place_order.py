"""Placing an order: at the server's price, with a place held, once (3.1, 4.1, 4.3, 4.6, 5.1)."""

from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection

from enrollment.models import (
    Consent,
    ConsentPurpose,
    Installment,
    Order,
    Party,
    PartyKind,
    Place,
    Tariff,
)
from enrollment.operations.corrections.email import correct_email
from enrollment.operations.ordering.orders import (
    OrderAwaitsElsewhere,
    OtherTariffAwaits,
    cancel_order,
    lapse_order,
    lapse_unpaid_orders,
    place_order,
)
from enrollment.rules.order_states import OrderState
from offer_site.errors import RuleViolation
from offer_site.journal.models import Entry
from offer_site.notices.kinds import NoticeKind
from offer_site.notices.models import Notice
from tests.at_once import at_once
from tests.given import (
    NOON,
    PUBLISHED,
    a_cohort,
    a_paid_order,
    a_placed_order,
    an_application,
    an_owner,
    refusal,
)


def verbs(order: Order) -> list[str]:
    return list(Entry.objects.of_order(order.code).values_list("verb", flat=True))


@pytest.mark.clause("4.1", "4.3", "5.1")
def test_an_order_holds_what_was_asked_and_a_place(db):
    order = a_placed_order(package="vip", language="ru")
    assert (order.price, order.prepayment) == (259_990, 259_990)
    assert order.state == OrderState.AWAITING_PAYMENT
    assert order.placed_on.isoformat() == "2026-11-23"
    assert [(part.number, part.amount, part.due_on) for part in order.installments.all()] == [
        (1, 259_990, order.placed_on)
    ]
    assert order.place.number == 1
    assert order.place.held_until == NOON + timedelta(minutes=10)
    assert set(order.party.consents.values_list("purpose", flat=True)) == {
        ConsentPurpose.CONTRACT,
        ConsentPurpose.TRUTH,
    }
    assert verbs(order) == ["order.placed", "consents.given"]
    letter = Notice.objects.get(order_code=order.code)
    assert (letter.kind, letter.recipient, letter.language) == (
        NoticeKind.ORDER_PLACED,
        order.party.email,
        "ru",
    )


@pytest.mark.clause("5.4", "11.4")
def test_address_and_iin_lie_encrypted(db):
    order = a_placed_order(application=an_application(kind=PartyKind.GUARDIAN))
    with connection.cursor() as cursor:
        cursor.execute("SELECT address, iin FROM enrollment_party WHERE id = %s", [order.party_id])
        address, iin = cursor.fetchone()
    assert "Алматы" not in address
    assert "900101300811" not in iin
    party = Party.objects.get(pk=order.party_id)
    assert party.iin == "900101300811"
    assert "Алматы" in party.address


@pytest.mark.clause("5.1")
def test_evidence_of_an_order_holds_no_personal_value(db):
    order = a_placed_order()
    rows = [str(row) for row in Entry.objects.of_order(order.code).values()]
    rows += [
        str(row)
        for row in Consent.objects.filter(party=order.party).values(
            "origin_digest", "purpose", "language"
        )
    ]
    for personal in (
        order.party.surname,
        order.party.email,
        order.party.phone,
        "Абай",
        "127.0.0.1",
    ):
        assert not any(personal in row for row in rows)


@pytest.mark.clause("3.3")
def test_the_same_wish_again_is_the_same_order(db):
    cohort = a_cohort()
    application = an_application()
    order = a_placed_order(cohort=cohort, application=application)
    again = a_placed_order(cohort=cohort, application=application, at=NOON + timedelta(minutes=5))
    assert again == order
    assert Order.objects.count() == Party.objects.count() == 1
    assert Notice.objects.count() == 1


def wish(cohort, application, package, **more):
    tariff = Tariff.objects.select_related("package", "edition").get(
        package__slug=package, level="standard"
    )
    return place_order(
        tariff=tariff,
        cohort=cohort,
        application=application,
        language="kk",
        at=NOON,
        by="visitor",
        **more,
    )


@pytest.mark.clause("4.3")
def test_another_tariff_asks_and_then_lapses_the_first(db):
    cohort = a_cohort(seats=1)
    application = an_application()
    first = a_placed_order(cohort=cohort, application=application, package="ozim")
    with refusal(OtherTariffAwaits):
        wish(cohort, application, "vip")
    assert Order.objects.get().state == OrderState.AWAITING_PAYMENT
    second, is_new = wish(cohort, application, "vip", replace=True)
    assert is_new
    first.refresh_from_db()
    assert (first.state, second.state) == (OrderState.LAPSED, OrderState.AWAITING_PAYMENT)
    assert verbs(first)[-1] == "order.replaced"
    assert Place.objects.get().order == second


@pytest.mark.clause("4.6")
def test_an_order_that_replaces_another_takes_over_its_place(db):
    cohort = a_cohort(seats=3)
    application = an_application()
    passing = a_placed_order(cohort=cohort)
    first = a_placed_order(cohort=cohort, application=application, package="ozim")
    cancel_order(order=passing, by="visitor", at=NOON)
    second, _is_new = wish(cohort, application, "vip", replace=True)
    assert [(place.number, place.order) for place in Place.objects.exclude(order=None)] == [
        (2, second)
    ]
    assert not Place.objects.filter(order=first).exists()


@pytest.mark.clause("3.1")
def test_a_stranger_who_knows_a_name_and_an_email_neither_opens_nor_replaces_an_order(db):
    cohort = a_cohort()
    application = an_application()
    order = a_placed_order(cohort=cohort, application=application)
    stranger = type(application)(**{**application.__dict__, "origin_browser": "another"})
    for replace in (False, True):
        with refusal(OrderAwaitsElsewhere):
            wish(cohort, stranger, "vip", replace=replace)
    assert Order.objects.get().state == OrderState.AWAITING_PAYMENT
    assert wish(cohort, stranger, "birge", opened=[order.code]) == (order, False)


@pytest.mark.clause("3.3")
def test_a_learner_who_is_enrolled_does_not_order_again(db):
    cohort = a_cohort()
    application = an_application()
    paid = a_paid_order(cohort=cohort, application=application)
    with refusal():
        wish(cohort, application, "vip", opened=[paid.code])
    assert Order.objects.count() == 1


@pytest.mark.clause("4.6")
def test_without_a_free_place_nothing_is_placed(db):
    cohort = a_cohort(seats=1)
    a_placed_order(cohort=cohort)
    with refusal():
        wish(cohort, an_application(), "birge")
    assert Order.objects.count() == Party.objects.count() == 1


@pytest.mark.clause("4.6")
def test_a_hold_that_is_over_gives_the_place_to_the_next_buyer(db):
    cohort = a_cohort(seats=1)
    first = a_placed_order(cohort=cohort)
    second = a_placed_order(cohort=cohort, at=NOON + timedelta(minutes=30))
    assert Place.objects.get().order == second
    assert Order.objects.get(pk=first.pk).state == OrderState.AWAITING_PAYMENT


@pytest.mark.clause("4.6")
def test_thirty_buyers_at_once_for_one_seat(transactional_db):
    cohort = a_cohort(seats=1)
    tariff = Tariff.objects.select_related("package", "edition").get(
        package__slug="vip", level="standard"
    )

    def buy():
        return place_order(
            tariff=tariff,
            cohort=cohort,
            application=an_application(),
            language="kk",
            at=NOON,
            by="visitor",
        )

    results = at_once([buy] * 30, errors=RuleViolation)
    assert sum(isinstance(result, tuple) for result in results) == 1
    assert sum(isinstance(result, RuleViolation) for result in results) == 29
    assert Order.objects.count() == 1
    assert Place.objects.exclude(order=None).count() == 1


@pytest.mark.clause("4.6")
def test_thirty_buyers_at_once_in_a_cohort_that_holds_thirty_all_get_one(transactional_db):
    cohort = a_cohort(seats=33)
    tariff = Tariff.objects.select_related("package", "edition").get(
        package__slug="vip", level="standard"
    )

    def buy():
        return place_order(
            tariff=tariff,
            cohort=cohort,
            application=an_application(),
            language="kk",
            at=NOON,
            by="visitor",
        )

    assert all(isinstance(result, tuple) for result in at_once([buy] * 30, errors=RuleViolation))
    assert set(Place.objects.exclude(order=None).values_list("number", flat=True)) == set(
        range(1, 31)
    )


def test_without_the_lock_of_the_place_thirty_buyers_oversell(transactional_db, monkeypatch):
    """The control: a claim that first looks and then takes sells one seat many times."""

    def look_then_take(*, order, at, until):
        place = (
            Place.objects.filter(cohort_id=order.cohort_id, order=None).order_by("number").first()
        )
        if place is None:
            return False
        Barriers.wait()
        return Place.objects.filter(pk=place.pk).update(order=order, held_until=until) == 1

    class Barriers:
        barrier = Barrier(2, timeout=5)

        @classmethod
        def wait(cls):
            cls.barrier.wait()

    monkeypatch.setattr("enrollment.operations.ordering.orders.claim_place", look_then_take)
    # The lock of the cohort, under which places are counted, would keep the two apart.
    monkeypatch.setattr(
        "enrollment.operations.ordering.orders.may_claim_places", lambda **_facts: True
    )
    cohort = a_cohort(seats=1)
    tariff = Tariff.objects.select_related("package", "edition").get(
        package__slug="vip", level="standard"
    )

    def buy():
        return place_order(
            tariff=tariff,
            cohort=cohort,
            application=an_application(),
            language="kk",
            at=NOON,
            by="visitor",
        )

    results = at_once([buy] * 2, errors=RuleViolation)
    assert sum(isinstance(result, tuple) for result in results) == 2, (
        "both believe that they hold the one seat"
    )


@pytest.mark.clause("3.3")
def test_a_double_click_at_once_makes_one_order(transactional_db):
    cohort = a_cohort()
    application = an_application()
    tariff = Tariff.objects.select_related("package", "edition").get(
        package__slug="vip", level="standard"
    )

    def click():
        return place_order(
            tariff=tariff,
            cohort=cohort,
            application=application,
            language="kk",
            at=NOON,
            by="visitor",
        )

    results = at_once([click] * 8)
    assert len({order.code for order, _is_new in results}) == 1
    assert sum(is_new for _order, is_new in results) == 1
    assert Order.objects.count() == Installment.objects.count() == 1


@pytest.mark.clause("4.3")
def test_the_buyer_cancels_an_unpaid_order_and_not_a_paid_one(db):
    order = a_placed_order()
    cancel_order(order=order, by="visitor", at=NOON)
    order.refresh_from_db()
    assert order.state == OrderState.LAPSED
    assert not Place.objects.filter(order=order).exists()
    paid = a_paid_order()
    with refusal():
        cancel_order(order=paid, by="visitor", at=NOON)
    paid.refresh_from_db()
    assert paid.state == OrderState.PAID


@pytest.mark.clause("4.3")
def test_an_unpaid_order_lapses_at_24_00_and_not_a_moment_before(db):
    order = a_placed_order()
    moment = timedelta(microseconds=1)
    assert lapse_unpaid_orders(at=order.pay_before - moment) == []
    assert not lapse_order(order=order, at=order.pay_before - moment)
    assert lapse_unpaid_orders(at=order.pay_before) == [order.code]
    assert lapse_unpaid_orders(at=order.pay_before) == []
    order.refresh_from_db()
    assert order.state == OrderState.LAPSED
    assert Notice.objects.filter(kind=NoticeKind.ORDER_LAPSED, order_code=order.code).count() == 1


@pytest.mark.clause("4.3")
def test_a_paid_order_never_lapses(db):
    order = a_paid_order()
    assert lapse_unpaid_orders(at=order.pay_before) == []
    assert not lapse_order(order=order, at=order.pay_before)


@pytest.mark.clause("3.1", "12.1.2.2")
def test_the_email_is_corrected_by_the_buyer_until_payment_and_by_staff_with_a_document_after(db):
    order = a_placed_order()
    before = order.party.email
    correct_email(order=order, email="right@example.kz", by="visitor", at=NOON)
    order = Order.objects.select_related("party").get(pk=order.pk)
    assert order.party.email == "right@example.kz"
    told = Notice.objects.filter(kind=NoticeKind.EMAIL_CORRECTED).values_list(
        "recipient", flat=True
    )
    assert set(told) == {before, "right@example.kz"}
    assert before not in str(list(Entry.objects.of_order(order.code).values()))

    paid = a_paid_order()
    with refusal():
        correct_email(order=paid, email="other@example.kz", by="visitor", at=NOON)
    correct_email(
        order=paid,
        email="other@example.kz",
        by=f"staff:{an_owner().pk}",
        at=NOON,
        document="заявление № 1",
    )
    assert Party.objects.get(order=paid).email == "other@example.kz"


def test_a_company_and_a_minor_are_recorded_as_they_are(db):
    company = a_placed_order(application=an_application(kind=PartyKind.COMPANY))
    assert (company.party.bin, company.learner.surname) == ("971240001315", "Қожағұлова")
    minor = a_placed_order(application=an_application(kind=PartyKind.GUARDIAN))
    assert minor.learner.birth_date.year == 2012
    assert minor.party.full_name != minor.learner.full_name
    assert minor.placed_at > PUBLISHED
