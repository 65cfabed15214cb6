"""Going to the bank: an attempt is kept, the bank makes its page,
the buyer goes there and comes back.
"""

from datetime import timedelta
from functools import partial

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from enrollment.models import Withdrawal
from enrollment.operations.links import order_link
from enrollment.operations.ordering.orders import cancel_order
from enrollment.rules.order_states import OrderState
from offer_site.errors import RuleViolation
from offer_site.journal.models import Entry
from payments.models import LedgerEntry, Payment
from payments.operations.paying.payments import start_payment
from payments.providers import CARD
from payments.providers.base import Link, ProviderError
from tests.at_once import at_once
from tests.enrollment.halves.scenes import an_agreement, order_under
from tests.given import NOON, a_cohort, a_paid_order, a_placed_order, a_receipt, an_owner, receive

# without a script, soon: who came back from the bank waits for its answer
ASKS_AGAIN = '<noscript><meta http-equiv="refresh" content="5"></noscript>'


class Bank:
    """A provider that makes pages without a network, and remembers what it was asked."""

    slug = "card"
    title = "Bank"
    method_text = "VISA"

    def __init__(self, *, is_up: bool = True) -> None:
        self.is_up = is_up
        self.requests: list[str] = []
        self.in_transaction: list[bool] = []

    def start(self, payment, *, addresses, description):
        self.requests.append(payment.request_id)
        self.in_transaction.append(connection.in_atomic_block)
        if not self.is_up:
            raise ProviderError("the bank is closed", retry=True)
        return Link(payment.invoice_id, f"https://bank.example/{payment.request_id}")


def start(order, bank, *, at=NOON, language="kk"):
    return start_payment(order=order, provider=bank, language=language, at=at, by="visitor")


def test_the_attempt_is_kept_before_the_bank_is_asked_outside_any_transaction(transactional_db):
    order = a_placed_order()
    bank = Bank()
    onward = start(order, bank)
    payment = Payment.objects.get()
    assert onward.url == payment.link_url == f"https://bank.example/{payment.request_id}"
    assert (payment.invoice_id, payment.amount, payment.started_at) == (
        f"{order.code}-1",
        order.price,
        NOON,
    )
    assert bank.in_transaction == [False]
    assert Entry.objects.of_order(order.code).filter(verb="payment.started").count() == 1


def test_a_second_click_follows_the_same_link(db):
    order = a_placed_order()
    bank = Bank()
    assert start(order, bank) == start(order, bank, at=NOON + timedelta(minutes=29))
    assert len(bank.requests) == Payment.objects.count() == 1


def test_an_old_link_a_declined_one_and_one_in_another_language_are_not_followed_again(db):
    order = a_placed_order()
    bank = Bank()
    first = start(order, bank)
    assert start(order, bank, language="ru") != first
    later = start(order, bank, at=NOON + timedelta(minutes=30))
    assert later != first
    Payment.objects.filter(link_url=later.url).update(declined_at=NOON, decline_code="5051")
    assert start(order, bank, at=NOON + timedelta(minutes=31)) != later
    invoices = Payment.objects.order_by("pk").values_list("invoice_id", flat=True)
    assert list(invoices) == [f"{order.code}-{number}" for number in (1, 2, 3, 4)]


def test_when_the_bank_is_closed_the_next_click_repeats_the_same_request(db):
    order = a_placed_order()
    closed = Bank(is_up=False)
    open_again = Bank()
    with pytest.raises(ProviderError):
        start(order, closed)
    start(order, open_again)
    assert closed.requests == open_again.requests
    assert Payment.objects.count() == 1


def test_many_clicks_at_once_make_one_attempt(transactional_db):
    order = a_placed_order()
    bank = Bank()
    clicks = at_once([partial(start, order, bank)] * 10)
    assert len({attempt.url for attempt in clicks}) == 1
    assert Payment.objects.count() == 1
    assert len(set(bank.requests)) == 1


@pytest.mark.clause("4.3")
def test_an_order_that_takes_no_money_is_refused_and_nothing_changes(db):
    cohort = a_cohort()
    cancelled = a_placed_order(cohort=cohort)
    late = a_placed_order(cohort=cohort)
    paid = a_paid_order(cohort=cohort)
    cancel_order(order=cancelled, by="visitor", at=NOON)
    for order, at in ((cancelled, NOON), (late, late.pay_before), (paid, NOON)):
        bank = Bank()
        with pytest.raises(RuleViolation):
            start(order, bank, at=at)
        assert not bank.requests
    assert not Payment.objects.exists()


@pytest.mark.clause("2.4")
def test_after_a_withdrawal_no_payment_starts(db):
    order = a_placed_order()
    bank = Bank()
    Withdrawal.objects.create(
        edition=order.edition, reason="a new one comes", at=NOON, by=an_owner()
    )
    with pytest.raises(RuleViolation):
        start(order, bank)
    assert not bank.requests


@pytest.mark.clause("4.6")
def test_without_a_place_no_payment_starts(db, settings):
    cohort = a_cohort(seats=1)
    first = a_placed_order(cohort=cohort)
    bank = Bank()
    later = NOON + timedelta(minutes=settings.PLACE_HOLD_MINUTES)
    a_placed_order(cohort=cohort, at=later)
    with pytest.raises(RuleViolation):
        start(first, bank, at=later)
    assert not bank.requests


# --- through the browser
def the_buyer(order) -> Client:
    """A browser that has opened the order by its link."""
    client = Client()
    client.get(order_link(order))
    return client


def test_strangers_find_no_order_to_pay(db):
    order = a_placed_order()
    assert Client().post(reverse("payment_start", args=[order.code])).status_code == 404
    assert not Payment.objects.exists()
    assert the_buyer(order).get(reverse("payment_start", args=[order.code])).status_code == 405
    assert not Payment.objects.exists()


def test_a_bank_that_does_not_answer_is_told_in_words(db, settings, time_machine):
    time_machine.move_to(NOON)
    settings.CARD_API_URL = "http://127.0.0.1:9"
    order = a_placed_order()
    buyer = the_buyer(order)
    response = buyer.post(reverse("payment_start", args=[order.code]), follow=True)
    assert response.redirect_chain[-1] == (reverse("order", args=[order.code]), 302)
    assert [message.level_tag for message in response.context["messages"]] == ["error"]
    assert Payment.objects.get().link_url == ""


def test_coming_back_proves_nothing(db, time_machine):
    time_machine.move_to(NOON, tick=False)
    order = a_placed_order()
    start(order, Bank())
    buyer = the_buyer(order)
    response = buyer.get(reverse("payment_return", args=[order.code]))
    assert response.headers["Location"] == reverse("order", args=[order.code]) + "?returned=1"
    page = buyer.get(response.headers["Location"])
    assert ASKS_AGAIN in page.text
    order.refresh_from_db()
    assert order.state == OrderState.AWAITING_PAYMENT
    assert Payment.objects.get().returned_at == NOON
    assert not LedgerEntry.objects.exists()


@pytest.mark.parametrize("language", ["kk", "ru"])
@pytest.mark.parametrize("said", ["", "?result=failed", "?key=guess"])
def test_coming_back_in_another_browser_tells_where_the_confirmation_goes_and_nothing_else(
    db, language, said
):
    order = a_placed_order()
    start(order, Bank())
    pages = []
    for code in (order.code, "SM000000", "nothing"):
        answer = Client().get(f"/{language}/orders/{code}/payments/return/{said}")
        assert answer.status_code == 200
        assert "no-store" in answer["Cache-Control"]
        assert not {"orders", "sessionid"} & set(answer.cookies)
        page = answer.content.decode()
        for detail in (order.party.email, order.party.name, "149", "БІРГЕ"):
            assert detail not in page
        pages.append(page.replace(code, ""))
    assert pages[0] == pages[1] == pages[2]
    assert ("поштаға хат келеді" if language == "kk" else "придёт письмо") in pages[0]
    assert Payment.objects.get().returned_at is None


def test_a_bank_that_sends_the_buyer_back_by_a_form_leads_to_the_same_pages(db, time_machine):
    time_machine.move_to(NOON, tick=False)
    order = a_placed_order()
    start(order, Bank())
    back = reverse("payment_return", args=[order.code])
    foreign = Client(enforce_csrf_checks=True)
    for address in (back, f"{back}?result=failed"):
        answer = foreign.post(address, {"MD": "1", "PaRes": "x"})
        assert (answer.status_code, answer["Location"]) == (303, address)
    assert the_buyer(order).post(back, follow=True).status_code == 200
    assert Payment.objects.get().returned_at == NOON


def test_coming_back_without_success_offers_another_try(db, time_machine):
    time_machine.move_to(NOON, tick=False)
    order = a_placed_order()
    start(order, Bank())
    buyer = the_buyer(order)
    page = buyer.get(
        reverse("payment_return", args=[order.code]), {"result": "failed"}, follow=True
    )
    assert ASKS_AGAIN not in page.text
    assert reverse("payment_start", args=[order.code]) in page.content.decode()
    assert Payment.objects.get().returned_at is None


def test_the_card_provider_names_itself():
    assert (CARD.slug, CARD.method_text) == ("card", "VISA, Mastercard")


@pytest.mark.clause("4.3.1")
def test_the_rest_gets_a_link_of_its_own_when_both_halves_are_the_same_sum(db):
    order = order_under(an_agreement())
    bank = Bank()
    first = order.prepayment
    order.price = 2 * first
    order.save(update_fields=["price"])
    start(order, bank)
    receive(a_receipt(order, amount=first, invoice=Payment.objects.get().invoice_id), order)
    start(order, bank, at=NOON + timedelta(minutes=5))
    assert [payment.amount for payment in Payment.objects.all()] == [first, first]
    assert len(set(bank.requests)) == 2
