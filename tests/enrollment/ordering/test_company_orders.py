"""A company orders for several employees: an order and a place each, under one invoice,
all of them or none.
"""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from enrollment.models import (
    Acceptance,
    Consent,
    ConsentPurpose,
    Installment,
    Invoice,
    Learner,
    Order,
    Party,
    Place,
)
from enrollment.operations.links import invoice_link
from enrollment.operations.offering.offers import withdraw_offer
from enrollment.operations.ordering.applications import LearnerData
from enrollment.operations.ordering.company_orders import LearnersRefused, UnpaidOrdersAwait
from enrollment.operations.ordering.invoices import cancel_invoice
from enrollment.operations.ordering.orders import (
    ReportedOrderAwaits,
    cancel_order,
    lapse_unpaid_orders,
)
from enrollment.operations.ordering.reports import report_payment
from enrollment.rules.order_states import OrderState
from offer_site.codes import normalize_invoice_code, normalize_order_code
from offer_site.days import end_of_day
from offer_site.journal.models import Entry
from offer_site.notices.kinds import NoticeKind
from offer_site.notices.models import Notice
from payments.operations.books.invoice_papers import invoice_attachment
from tests.enrollment.company import NAMES, a_list, a_placed_invoice, order_list
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
    the_day_of,
)
from tests.payments.statements.scenes import bank_details

pytestmark = [pytest.mark.django_db, pytest.mark.clause("1.1")]


def states(invoice: Invoice) -> list[str]:
    return list(invoice.orders.as_listed().values_list("state", flat=True))


def nothing_was_written() -> bool:
    return not any(
        model.objects.exists()
        for model in (Invoice, Order, Party, Learner, Consent, Installment, Notice)
    )


@pytest.mark.clause("4.1", "4.6", "5.1")
def test_each_learner_gets_an_order_a_place_and_a_chain_under_one_invoice():
    cohort = a_cohort(seats=10)
    invoice, is_new = order_list(a_list(7), cohort=cohort)
    orders = list(invoice.orders.with_people().as_listed())
    assert is_new
    assert normalize_invoice_code(invoice.code) == invoice.code
    assert normalize_order_code(invoice.code) is None
    assert [
        (each.learner.surname, each.learner.name, each.learner.patronymic) for each in orders
    ] == NAMES
    assert {(each.price, each.prepayment, each.state, each.placed_at) for each in orders} == {
        (149_990, 149_990, OrderState.AWAITING_PAYMENT, NOON)
    }
    assert len({each.party_id for each in orders}) == len({each.party.salt for each in orders}) == 7
    assert len({each.party.company_name for each in orders}) == 1
    assert sorted(Place.objects.exclude(order=None).values_list("number", flat=True)) == [
        1,
        2,
        3,
        4,
        5,
        6,
        7,
    ]
    assert set(Place.objects.exclude(order=None).values_list("order", flat=True)) == {
        each.pk for each in orders
    }
    for order in orders:
        rows = list(Entry.objects.of_order(order.code))
        assert [row.verb for row in rows] == ["order.placed", "consents.given"]
        assert rows[0].facts["invoice"] == invoice.code
        assert rows[0].facts["party"] == order.party.digest()
        assert [row.digest for row in rows] == [row.digest_now() for row in rows]
        assert rows[1].previous == rows[0].digest
        assert order.installments.get().amount == 149_990
        consents = set(order.party.consents.values_list("origin_digest", flat=True))
        assert consents == {order.party.origin_digest()}


@pytest.mark.clause("12.1")
def test_one_letter_tells_of_the_invoice_and_none_of_each_order():
    invoice = a_placed_invoice(7)
    letter = Notice.objects.get()
    assert (letter.kind, letter.about_kind, letter.about_key) == (
        NoticeKind.INVOICE_PLACED,
        "invoice",
        invoice.code,
    )
    assert (letter.facts["due"], letter.facts["learners"]) == (7 * 149_990, 7)
    assert letter.facts["invoice_url"] == invoice_link(invoice, invoice.orders.with_people())


@pytest.mark.clause("4.4", "12.1")
def test_the_letter_brings_the_invoice_as_a_paper_while_it_can_be_paid():
    invoice = a_placed_invoice(2)
    assert Notice.objects.get().attachments == [["invoice", invoice.code]]
    assert invoice_attachment(invoice.code, at=NOON) == [], "without an account there is no paper"
    bank_details()
    (paper,) = invoice_attachment(invoice.code, at=NOON)
    assert paper.filename == f"Төлемге-арналған-шот-{invoice.code}.pdf"
    assert paper.content.startswith(b"%PDF")
    assert invoice_attachment(invoice.code, at=NOON)[0].content == paper.content
    assert invoice_attachment(invoice.code, at=NOON + timedelta(days=1)) == []


@pytest.mark.clause("5.3.5")
def test_what_each_contract_stands_on_is_consented_to_for_each():
    invoice = a_placed_invoice(3)
    for order in invoice.orders.all():
        assert ConsentPurpose.CONTRACT in order.party.consents.values_list("purpose", flat=True)


def test_however_many_learners_the_statements_are_as_many():
    asked = {}
    for count in (2, 60):
        applications = a_list(count)
        cohort = a_cohort(seats=80)
        with CaptureQueriesContext(
            connection,
        ) as captured:
            order_list(applications, cohort=cohort)
        asked[count] = len(captured)
    assert asked[2] == asked[60]
    assert asked[60] <= 18


@pytest.mark.clause("4.6")
@pytest.mark.parametrize(("seats", "sold"), [(5, 3), (2, 0), (3, 3)])
def test_too_few_places_refuse_the_whole_list_and_say_how_many_are_left(seats, sold):
    cohort = a_cohort(seats=seats)
    for _number in range(sold):
        a_paid_order(cohort=cohort)
    before = Order.objects.count(), Notice.objects.count(), Entry.objects.count()
    with refusal() as refused:
        order_list(a_list(3), cohort=cohort)
    assert str(seats - sold) in str(refused.value) or seats == sold
    assert (Order.objects.count(), Notice.objects.count(), Entry.objects.count()) == before
    assert not Invoice.objects.exists()
    assert Place.objects.exclude(order=None).count() == sold


@pytest.mark.clause("4.6")
def test_places_whose_hold_is_over_are_free_for_a_list():
    cohort = a_cohort(seats=3)
    a_placed_order(cohort=cohort)
    with refusal():
        order_list(a_list(3), cohort=cohort)
    invoice, _is_new = order_list(a_list(3), cohort=cohort, at=NOON + timedelta(hours=1))
    assert set(Place.objects.values_list("order__invoice", flat=True)) == {invoice.pk}


@pytest.mark.clause("3.3")
def test_a_learner_who_is_enrolled_already_refuses_the_list_at_his_row():
    cohort = a_cohort()
    company = a_list(3)
    enrolled = replace(company[1])
    order = a_placed_order(cohort=cohort, application=enrolled)
    receive(a_receipt(order), order)
    before = Order.objects.count()
    with refusal(LearnersRefused) as refused:
        order_list(company, cohort=cohort, opened=[order.code])
    assert list(refused.value.reasons) == [1]
    assert Order.objects.count() == before
    assert not Invoice.objects.exists()


@pytest.mark.clause("3.3")
def test_who_stands_in_the_list_twice_is_told_at_the_second_place():
    cohort = a_cohort()
    with refusal(LearnersRefused) as refused:
        order_list(
            a_list(names=[("Ли", "Анна", ""), ("Омаров", "Диас", ""), ("ЛИ", "анна", "")]),
            cohort=cohort,
        )
    assert list(refused.value.reasons) == [2]
    assert nothing_was_written()


@pytest.mark.parametrize("count", [0, 101])
def test_nobody_and_more_than_a_hundred_are_no_list(count):
    cohort = a_cohort(seats=101)
    one = a_list(1)[0]
    many = [replace(one, learner=LearnerData("Ли", "А" * (place + 1))) for place in range(count)]
    with refusal():
        order_list(many, cohort=cohort)
    assert nothing_was_written()


@pytest.mark.clause("3.3")
def test_the_same_list_sent_again_is_the_same_invoice():
    cohort = a_cohort()
    applications = a_list(4)
    invoice, _is_new = order_list(applications, cohort=cohort)
    again = order_list(applications, cohort=cohort, at=NOON + timedelta(minutes=1))
    turned = order_list(applications[::-1], cohort=cohort, at=NOON + timedelta(minutes=2))
    assert again == turned == (invoice, False)
    assert Order.objects.count() == Party.objects.count() == 4
    assert Notice.objects.count() == 1


@pytest.mark.clause("4.3")
def test_a_corrected_list_asks_and_then_replaces_the_unpaid_one_whole_and_keeps_its_places():
    cohort = a_cohort(seats=4)
    company = a_list(5)
    first, _is_new = order_list(company[:4], cohort=cohort)
    with refusal(UnpaidOrdersAwait) as refused:
        order_list(company[1:5], cohort=cohort)
    assert first.code in str(refused.value)
    assert states(first) == ["awaiting_payment"] * 4
    second, is_new = order_list(company[1:5], cohort=cohort, replace=True)
    assert is_new
    assert states(first) == ["lapsed"] * 4
    assert states(second) == ["awaiting_payment"] * 4
    assert set(Place.objects.values_list("order__invoice", flat=True)) == {second.pk}
    assert {row.verb for row in Entry.objects.filter(chain=first.orders.first().code)} >= {
        "order.replaced"
    }


def test_a_shorter_list_gives_the_places_it_does_not_need_back():
    cohort = a_cohort(seats=4)
    company = a_list(4)
    order_list(company, cohort=cohort)
    second, _is_new = order_list(company[:2], cohort=cohort, replace=True)
    assert (
        list(Place.objects.order_by("number").values_list("order__invoice", flat=True))
        == [second.pk] * 2 + [None] * 2
    )


@pytest.mark.clause("3.1")
def test_a_stranger_who_knows_the_company_and_a_name_neither_opens_nor_replaces_an_order():
    cohort = a_cohort()
    company = a_list(3)
    invoice, _is_new = order_list(company, cohort=cohort)
    strangers = [replace(each, origin_browser="another") for each in company]
    for wish in ({}, {"replace": True}):
        with refusal(LearnersRefused) as refused:
            order_list(strangers, cohort=cohort, **wish)
        assert list(refused.value.reasons) == [0, 1, 2]
        assert invoice.code not in str(refused.value)
    codes = list(invoice.orders.values_list("code", flat=True))
    assert order_list(strangers, cohort=cohort, opened=codes) == (invoice, False)


@pytest.mark.clause("4.3")
def test_a_list_replaces_nothing_that_a_report_keeps():
    cohort = a_cohort(seats=20)
    company = a_list(2)
    invoice, _is_new = order_list(company, cohort=cohort)
    order = invoice.orders.first()
    report_payment(
        order=order,
        kind="kaspi",
        number="1",
        day=the_day_of(order),
        document=None,
        by="visitor",
        at=NOON,
    )
    with refusal(ReportedOrderAwaits):
        order_list(
            company + a_list(1, email=company[0].party.email, names=[("Жаңа", "Адам", "")]),
            cohort=cohort,
            replace=True,
        )
    assert states(invoice) == ["awaiting_payment"] * 2


@pytest.mark.clause("2.4")
def test_an_invoice_of_a_withdrawn_offer_concludes_nothing():
    invoice = a_placed_invoice(2)
    order = invoice.orders.first()
    withdraw_offer(edition=order.edition, reason="сот шешімі", by=an_owner(), at=NOON)
    receive(a_receipt(order), order)
    assert not Acceptance.objects.exists()


@pytest.mark.clause("4.3")
def test_what_is_unpaid_of_an_invoice_is_cancelled_at_once():
    invoice = a_placed_invoice(3)
    paid = invoice.orders.as_listed()[0]
    receive(a_receipt(paid), paid)
    assert len(cancel_invoice(invoice=invoice, by="visitor", at=NOON)) == 2
    assert states(invoice) == ["paid", "lapsed", "lapsed"]
    assert Place.objects.exclude(order=None).get().order == paid
    with refusal():
        cancel_invoice(invoice=invoice, by="visitor", at=NOON)


@pytest.mark.clause("4.3")
def test_at_24_00_all_lapse_and_one_letter_says_so():
    invoice = a_placed_invoice(3)
    alone = a_placed_order()
    midnight = end_of_day(the_day_of(alone))
    assert lapse_unpaid_orders(at=midnight - timedelta(seconds=1)) == []
    lapsed = lapse_unpaid_orders(at=midnight)
    assert sorted(lapsed) == sorted(Order.objects.values_list("code", flat=True))
    assert lapse_unpaid_orders(at=midnight) == []
    assert states(invoice) == ["lapsed"] * 3
    letter = Notice.objects.get(kind=NoticeKind.INVOICE_LAPSED)
    assert (letter.about_key, letter.facts["learners"]) == (invoice.code, 3)
    assert Notice.objects.filter(kind=NoticeKind.ORDER_LAPSED).count() == 1
    assert not Place.objects.exclude(order=None).exists()


@pytest.mark.clause("4.3")
def test_one_order_of_an_invoice_can_be_cancelled_and_paid_by_itself():
    invoice = a_placed_invoice(3)
    first, second, _third = invoice.orders.as_listed()
    cancel_order(order=first, by="visitor", at=NOON)
    receive(a_receipt(second), second)
    assert states(invoice) == ["lapsed", "paid", "awaiting_payment"]


def test_evidence_of_a_list_holds_no_personal_value():
    invoice = a_placed_invoice(2)
    party = invoice.orders.first().party
    rows = [str(row) for row in Entry.objects.values()] + [
        str(row) for row in Consent.objects.values("origin_digest")
    ]
    for personal in (party.surname, party.email, party.company_name, "Қожағұлова", "Абай"):
        assert not any(personal in row for row in rows)


def test_a_person_and_a_company_do_not_meet_by_name():
    cohort = a_cohort()
    a_placed_order(
        cohort=cohort, application=an_application(surname="Ли", name="Анна", patronymic="")
    )
    assert order_list(a_list(names=[("Ли", "Анна", "")]), cohort=cohort)[1]
