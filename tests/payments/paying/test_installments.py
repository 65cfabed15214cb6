"""Instalments of a second-tier bank: what it decided, the order it keeps,
and its transfer by two people (4.4).
"""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection
from django.urls import reverse

from enrollment.models import Order, PaymentReport, Place, ReportEnding
from enrollment.operations.links import order_signature
from enrollment.operations.ordering.orders import lapse_unpaid_orders
from enrollment.rules.order_states import OrderState
from offer_site.days import end_of_day
from offer_site.journal.models import Entry
from offer_site.journal.operations import actor
from payments.models import Decision, InstallmentApplication, InstallmentBank, LedgerEntry, Outcome
from payments.operations.ledger.manual import approve_manual_receipt
from payments.operations.paying.installments import (
    BankAnswer,
    confirm_installment,
    decide_application,
    show_income,
    state_application,
)
from tests.given import NOON, a_placed_order, refusal
from tests.papers import a_document, a_file
from tests.payments.by_hand import a_clerk

pytestmark = [pytest.mark.django_db, pytest.mark.clause("4.4")]
MONDAY = date(2026, 11, 23)
INCOME = "417300"
APPROVED = {"decision": Decision.APPROVED, "decided_on": MONDAY, "approved_sum": Decimal(149990)}


def a_bank(name: str = "Үлгі Банк", **wishes) -> InstallmentBank:
    return InstallmentBank.objects.get_or_create(name=name, defaults=wishes)[0]


def stated(order: Order, *, bank=None, at=NOON, number="A-1", document=None, **answer):
    return state_application(
        order=order,
        bank=bank or a_bank(),
        answer=BankAnswer(number=number, **answer),
        document=document or (a_document() if answer else None),
        by="visitor",
        at=at,
    )


def state_of(order: Order) -> str:
    return Order.objects.get(pk=order.pk).state


@pytest.mark.clause("4.3")
def test_an_approval_of_today_is_a_reported_payment_and_keeps_the_order():
    order = a_placed_order()
    application, report = stated(order, **APPROVED)
    assert (report.kind, report.number, report.keeps_place) == (
        "installment",
        "Үлгі Банк A-1",
        True,
    )
    assert report.document == application.document != ""
    assert lapse_unpaid_orders(at=order.pay_before) == []
    assert lapse_unpaid_orders(at=end_of_day(date(2026, 11, 26))) == [order.code]


@pytest.mark.clause("4.3")
def test_what_is_undecided_is_kept_and_keeps_nothing():
    order = a_placed_order()
    application, report = stated(order)
    assert report is None
    assert InstallmentApplication.objects.get() == application
    assert lapse_unpaid_orders(at=order.pay_before) == [order.code]


@pytest.mark.clause("4.3")
def test_no_bank_approves_an_order_before_it_is_placed():
    order = a_placed_order()
    with refusal() as caught:
        stated(order, **{**APPROVED, "decided_on": MONDAY - timedelta(days=1)})
    assert caught.value.field == "decided_on"
    assert not InstallmentApplication.objects.exists()


@pytest.mark.parametrize("missing", ["decided_on", "approved_sum", "document"])
def test_an_approval_without_its_facts_is_refused(missing):
    order = a_placed_order()
    answer = {name: value for name, value in APPROVED.items() if name != missing}
    document = None if missing == "document" else a_document()
    with refusal() as caught:
        state_application(
            order=order,
            bank=a_bank(),
            answer=BankAnswer(number="A-1", **answer),
            document=document,
            by="visitor",
            at=NOON,
        )
    assert caught.value.field == missing
    assert not InstallmentApplication.objects.exists()


def test_an_application_is_of_one_order_and_is_brought_up_to_date():
    order = a_placed_order()
    first, _none = stated(order)
    second, report = stated(order, **APPROVED)
    assert (first.pk, report.order) == (second.pk, order)
    with refusal() as caught:
        stated(a_placed_order(cohort=order.cohort), **APPROVED)
    assert caught.value.field == "number"


@pytest.mark.clause("2.6", "4.3")
def test_the_banks_transfer_is_entered_by_one_and_approved_by_another_on_the_day_of_the_approval():
    order = a_placed_order(at=NOON + timedelta(hours=5))
    application, _report = stated(order, at=NOON + timedelta(hours=6), **APPROVED)
    later = order.pay_before + timedelta(days=1)
    receipt = confirm_installment(
        application=application,
        amount=Decimal("149990.00"),
        reason="Шотқа түсті",
        document=a_document(),
        by=a_clerk(),
        at=later,
    )
    assert not LedgerEntry.objects.exists()
    with refusal():
        approve_manual_receipt(receipt=receipt, by=a_clerk(), at=later)
    assert (
        approve_manual_receipt(receipt=receipt, by=a_clerk("second"), at=later)[1]
        == Outcome.APPLIED
    )
    entry = LedgerEntry.objects.get()
    assert (entry.provider, entry.reference, entry.happened_at) == (
        "installment",
        "Үлгі Банк A-1",
        order.placed_at,
    )
    assert state_of(order) == OrderState.PAID
    assert receipt.third_party == "Үлгі Банк"


def test_money_is_confirmed_of_an_approved_application_alone():
    application, _none = stated(a_placed_order())
    with refusal():
        confirm_installment(
            application=application,
            amount=Decimal(1),
            reason="–",
            document=a_document(),
            by=a_clerk(),
            at=NOON,
        )


@pytest.mark.clause("4.3")
def test_a_refusal_told_later_lets_the_order_lapse():
    order = a_placed_order()
    application, report = stated(order, **APPROVED)
    at = order.pay_before + timedelta(hours=12)
    answer = BankAnswer(
        number="A-1", decision=Decision.REFUSED, decided_on=MONDAY + timedelta(days=1)
    )
    decide_application(application=application, answer=answer, document=None, by=a_clerk(), at=at)
    report.refresh_from_db()
    assert (report.ending, state_of(order)) == (ReportEnding.DROPPED, OrderState.LAPSED)
    assert not Place.objects.filter(order=order).exists()
    with refusal():
        decide_application(
            application=application, answer=answer, document=None, by=a_clerk(), at=at
        )


@pytest.mark.clause("4.3")
def test_after_a_refusal_on_its_day_the_order_is_paid_otherwise():
    order = a_placed_order()
    application, _report = stated(order, **APPROVED)
    answer = BankAnswer(number="A-1", decision=Decision.REFUSED, decided_on=MONDAY)
    decide_application(application=application, answer=answer, document=None, by=a_clerk(), at=NOON)
    assert state_of(order) == OrderState.AWAITING_PAYMENT
    assert not PaymentReport.objects.standing().exists()


@pytest.mark.clause("4.3")
def test_an_approval_that_staff_learn_of_on_the_day_keeps_the_order_too():
    order = a_placed_order()
    application, _none = stated(order)
    answer = BankAnswer(number="A-1", **APPROVED)
    decide_application(
        application=application, answer=answer, document=a_document(), by=a_clerk(), at=NOON
    )
    assert PaymentReport.objects.standing().get().said_by == actor(a_clerk())


@pytest.mark.clause("5.2", "11.4")
def test_income_is_kept_only_where_the_bank_needs_it_and_encrypted():
    order = a_placed_order()
    curious = a_bank("Сынақ Банк", needs_income=True)
    plain, _none = stated(order, income=INCOME)
    asked, _none = stated(order, bank=curious, income=INCOME)
    assert (plain.income, InstallmentApplication.objects.get(pk=asked.pk).income) == ("", INCOME)
    with connection.cursor() as cursor:
        cursor.execute("SELECT income FROM payments_installmentapplication")
        assert INCOME not in str(cursor.fetchall())
    assert INCOME not in str(list(Entry.objects.values_list("facts", flat=True)))


@pytest.mark.clause("5.4")
def test_who_saw_the_income_is_journalled():
    application, _none = stated(
        a_placed_order(), bank=a_bank("Сынақ Банк", needs_income=True), income=INCOME
    )
    assert (
        show_income(application=application, reason="Банк сұрады", by="staff:1", at=NOON) == INCOME
    )
    assert Entry.objects.get(verb="income.seen").facts == {
        "reason": "Банк сұрады",
        "application": application.pk,
    }


# --- The page


@pytest.fixture
def at_noon(time_machine):
    time_machine.move_to(NOON)


def opened(client, order):
    client.get(reverse("order", args=[order.code]), {"key": order_signature(order)})
    return reverse("order_instalments", args=[order.code])


def test_the_page_shows_the_offered_banks_and_asks_only_what_one_needs(client, at_noon):
    order = a_placed_order()
    page = opened(client, order)
    assert "Үлгі" not in client.get(page).text
    bank = a_bank(note_kk="Қосымшада өтінім беріңіз")
    curious = a_bank("Сынақ Банк", needs_income=True)
    a_bank("Жабық Банк", is_offered=False)
    answer = client.get(page).text
    assert "Үлгі Банк" in answer
    assert "Сынақ Банк" in answer
    assert "Жабық Банк" not in answer
    assert 'name="income"' not in client.get(f"{page}?bank={bank.pk}").text
    assert 'name="income"' in client.get(f"{page}?bank={curious.pk}").text


@pytest.mark.clause("4.3")
def test_an_approval_sent_by_the_page_leads_to_what_it_keeps(client, at_noon):
    order = a_placed_order()
    _bank = a_bank()
    page = opened(client, order)
    sent = {
        "number": "A-1",
        "decision": "approved",
        "decided_on": "23.11.2026",
        "approved_sum": "149 990 ₸",
    }
    refused = client.post(page, sent)
    assert list(refused.context["form"].errors) == ["document"]
    answer = client.post(page, sent | {"document": a_file()})
    assert answer.headers["Location"] == order.get_absolute_url()
    assert InstallmentApplication.objects.get().approved_sum == Decimal(149990)
    assert "Үлгі Банк A-1" in client.get(answer.headers["Location"], follow=True).text


def test_a_stranger_finds_no_page(client, at_noon):
    order = a_placed_order()
    assert client.get(reverse("order_instalments", args=[order.code])).status_code == 404


# --- Less than is due, and how long a bank lends


def test_an_approval_of_less_than_is_due_says_how_the_rest_is_paid():
    order = a_placed_order()
    short = APPROVED | {"approved_sum": Decimal(100_000)}
    with refusal() as caught:
        stated(order, **short)
    assert caught.value.field == "why_less"
    assert not InstallmentApplication.objects.exists()
    assert not PaymentReport.objects.exists()
    application, report = stated(order, **short, why_less="Қалғанын Kaspi-мен төлеймін")
    assert application.why_less == "Қалғанын Kaspi-мен төлеймін"
    assert report is not None


def test_of_a_sum_that_is_enough_no_reason_is_kept():
    application, _report = stated(a_placed_order(), **APPROVED, why_less="Жай ғана")
    assert application.why_less == ""


def test_staff_who_record_a_short_approval_say_why_too():
    application, _none = stated(a_placed_order())
    short = APPROVED | {"approved_sum": Decimal(1)}

    def decided(**answer):
        return decide_application(
            application=application,
            answer=BankAnswer(number="A-1", **answer),
            document=a_document(),
            by=a_clerk(),
            at=NOON,
        )

    with refusal() as caught:
        decided(**short)
    assert caught.value.field == "why_less"
    assert decided(**short, why_less="Айырманы бүгін аударады").why_less
    refused = decided(decision=Decision.REFUSED, decided_on=MONDAY)
    assert refused.why_less == ""


@pytest.mark.django_db(transaction=True)
def test_the_page_asks_why_once_the_sum_is_short_and_shows_the_sum_a_month(client, time_machine):
    time_machine.move_to(NOON)
    order = a_placed_order()
    a_bank(months=24)
    client.get(reverse("order", args=[order.code]), {"key": order_signature(order)})
    page = reverse("order_instalments", args=[order.code])
    asked = client.get(page).text
    assert "6\u00a0250\u00a0₸" in asked, "149 990 in 24 months, rounded up"
    assert 'name="why_less"' not in asked
    sent = {
        "number": "A-1",
        "decision": "approved",
        "decided_on": "23.11.2026",
        "approved_sum": "100 000",
    }
    refused = client.post(page, sent | {"document": a_file()}).text
    assert 'name="why_less"' in refused
    client.post(page, sent | {"why_less": "Қалғанын өзім төлеймін", "document": a_file()})
    assert InstallmentApplication.objects.get().why_less == "Қалғанын өзім төлеймін"


@pytest.mark.parametrize("months", [0, 61])
def test_a_bank_lends_for_one_to_sixty_months(months):
    with refusal(IntegrityError):
        a_bank(months=months)
