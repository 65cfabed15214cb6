"""Whom a letter greets: whoever reads that mailbox, and by the name of that order alone (12.1)."""

import pytest

from enrollment.models import GuardianConsent, Party, PartyKind
from enrollment.operations.greetings import name_of
from tests.enrollment.company import a_placed_invoice
from tests.enrollment.halves.scenes import a_request
from tests.given import a_paid_order, a_placed_order

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.clause("12.1"),
    pytest.mark.usefixtures("short_contracts"),
]


def greeted(order, to):
    return name_of(to=to, order=order.code, about=("order", order.code))


def test_the_buyer_of_the_order_is_greeted():
    order = a_placed_order(name="Іңкәр")
    assert greeted(order, order.party.email) == "Іңкәр"


def test_a_mailbox_that_the_order_does_not_have_any_more_reads_no_name_of_it():
    order = a_placed_order(name="Іңкәр")
    assert greeted(order, "stranger@example.kz") == ""


def test_a_minors_guardian_is_greeted_by_the_own_name():
    order = a_placed_order(kind=PartyKind.MINOR, name="Іңкәр")
    guardian = GuardianConsent.objects.get()
    assert greeted(order, guardian.email) == guardian.name == "Бауыржан"


def test_the_person_who_orders_for_a_company_is_greeted():
    invoice = a_placed_invoice()
    party = Party.objects.filter(order__invoice=invoice).first()
    about = ("invoice", invoice.code)
    assert name_of(to=party.email, order="", about=about) == party.name


def test_a_request_for_halves_has_its_own_name():
    request = a_request(name="Айгерім")
    assert name_of(to=request.email, order="", about=("halves", request.code)) == "Айгерім"


def test_a_letter_about_no_order_greets_whoever_has_a_contract_and_nobody_else():
    paid = a_paid_order(name="Іңкәр", email="one@example.kz")
    about = ("sign-in", paid.party.email)
    assert name_of(to=paid.party.email, order="", about=about) == "Іңкәр"
    unpaid = a_placed_order(cohort=paid.cohort, email="two@example.kz")
    assert name_of(to=unpaid.party.email, order="", about=("sign-in", "two@example.kz")) == ""


def test_what_was_erased_is_not_greeted():
    order = a_placed_order()
    Party.objects.filter(pk=order.party_id).update(name="—")
    assert greeted(order, order.party.email) == ""
