"""What a way of paying costs the buyer, before the choice and on the receipt;
and what the academy bears (4.5).
"""

from decimal import Decimal

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from enrollment.operations.paper.contracts import contract_pdf
from enrollment.rules.methods import Method, method_in_both, method_of
from offer_site.journal.models import Entry
from offer_site.languages import speaking
from offer_site.notices.kinds import NoticeKind
from offer_site.notices.models import Notice
from payments.models import FeeSource, LedgerEntry, Outcome, Payment, PaymentMethod, ProviderFee
from payments.operations.ledger.fees import record_fee
from payments.operations.paying.methods import offered_method, offered_methods
from payments.operations.paying.payments import start_payment
from payments.providers.base import Link
from payments.rules.fees import commission_on
from tests.given import NOON, a_cohort, a_paid_order, a_placed_order, an_owner
from tests.payments.kaspi import a_payment
from tests.payments.kaspi import answer as kaspi_answer
from tests.payments.notifications import a_notification, answer
from tests.payments.statements.test_invoice import text_of
from tests.staff.conftest import signed_in

pytestmark = [pytest.mark.clause("4.5"), pytest.mark.usefixtures("short_offer")]


class Bank:
    """Far edge: a provider that makes a page for whatever it is asked."""

    def __init__(self, slug: str, method_text: str) -> None:
        self.slug = slug
        self.title = slug
        self.method_text = method_text
        self.is_open = True

    def start(self, payment, *, addresses, description):
        return Link(number=f"link {payment.pk}", url=f"https://bank.example.kz/{payment.pk}")


CARD = Bank("card", "card")
KASPI = Bank("kaspi", "Kaspi Pay")


def begin(order, provider=CARD, at=NOON):
    start_payment(order=order, provider=provider, language="kk", at=at, by="visitor")
    return Payment.objects.latest("pk")


@pytest.mark.parametrize(
    ("amount", "percent", "fixed", "commission"),
    [
        (149_990, "0", 0, "0.00"),
        (149_990, "1", 0, "1499.90"),
        (149_990, "0.95", 0, "1424.91"),  # 1424.905, half up
        (149_990, "0.25", 0, "374.98"),  # 374.975, half up
        (1, "0.49", 0, "0.00"),
        (1, "0.50", 0, "0.01"),
        (99_990, "0", 200, "200.00"),
        (99_990, "2.50", 200, "2699.75"),
        (299_990, "100", 0, "299990.00"),
    ],
)
def test_a_commission_is_counted_to_the_tiyn(amount, percent, fixed, commission):
    assert commission_on(amount, percent=Decimal(percent), fixed=fixed) == Decimal(commission)
    assert commission_on(amount, percent=Decimal(percent), fixed=fixed).as_tuple().exponent == -2


@pytest.mark.parametrize(
    ("method", "way", "words"),
    [
        ("card Visa", Method.CARD, "банк картасы Visa · банковская карта Visa"),
        ("card", Method.CARD, "банк картасы · банковская карта"),
        ("Kaspi Pay", Method.KASPI, "Kaspi Pay"),
        ("Kaspi Red", Method.KASPI_RED, "Kaspi Red"),
        ("transfer", Method.TRANSFER, "банктік шотқа аударым · перевод на банковский счёт"),
        ("cash desk", Method.CASH, "үшінші тұлғаның кассасы · касса третьего лица"),
        ("something new", None, "something new"),
    ],
)
def test_a_method_is_a_way_of_the_offer(method, way, words):
    assert method_of(method) == way
    assert method_in_both(method) == words


@pytest.mark.clause("4.4")
def test_the_five_ways_are_offered_at_no_commission_until_staff_say_otherwise(
    db, django_assert_num_queries
):
    with django_assert_num_queries(1), speaking("ru"):
        offered = offered_methods(149_990)
    assert [each.slug for each in offered] == [
        "card",
        "transfer",
        "kaspi",
        "installment",
        "kaspi-red",
    ]
    assert {each.commission for each in offered} == {Decimal(0)}
    assert offered[1].name == "Перевод на банковский счёт"


def test_what_staff_say_of_a_way_is_what_buyers_read(db):
    PaymentMethod.objects.create(
        slug="kaspi", percent=Decimal("1"), name_kk="Kaspi", note_ru="в приложении"
    )
    PaymentMethod.objects.create(slug="installment", is_offered=False)
    with speaking("kk"):
        offered = {each.slug: each for each in offered_methods(149_990)}
    assert "installment" not in offered
    assert (offered["kaspi"].name, offered["kaspi"].total) == ("Kaspi", Decimal("151489.90"))
    assert offered_method("installment", 149_990).commission == 0


@pytest.mark.parametrize("percent", ["-1", "100.01"])
def test_a_commission_is_no_discount_and_no_second_price(db, percent):
    with pytest.raises(ValidationError):
        PaymentMethod(slug="card", percent=Decimal(percent)).full_clean()
    with pytest.raises(IntegrityError), transaction.atomic():
        PaymentMethod.objects.create(slug="card", percent=Decimal(percent))


@time_machine.travel(NOON, tick=False)
@pytest.mark.parametrize(
    ("language", "free", "dear"),
    [("kk", "комиссиясыз", "1 499,90"), ("ru", "без комиссии", "1 499,90")],
)
def test_the_checkout_names_the_commission_before_anything_is_chosen(db, language, free, dear):
    a_cohort()
    page = f"/{language}/checkout/birge/"
    text = Client().get(page).text
    assert free in text
    assert dear.replace(" ", "\N{NO-BREAK SPACE}") not in text
    PaymentMethod.objects.create(slug="kaspi-red", percent=Decimal(1))
    text = Client().get(page).text.replace("\N{NO-BREAK SPACE}", " ")
    assert dear in text
    assert "151 489,90" in text


def test_what_was_shown_when_the_payment_began_stays_with_it(db):
    order = a_placed_order()
    free = begin(order)
    assert free.commission == 0
    PaymentMethod.objects.create(slug="card", percent=Decimal(1))
    dear = begin(order)
    assert dear.pk != free.pk, "a link that was shown without a commission is not followed again"
    PaymentMethod.objects.update(percent=Decimal(2))
    dear.refresh_from_db()
    assert dear.commission == Decimal("1499.90")
    assert (
        Entry.objects.filter(verb="payment.started").latest("pk").facts["commission"] == "1499.90"
    )


@pytest.mark.parametrize("provider", [CARD, KASPI], ids=lambda provider: provider.slug)
def test_the_receipt_names_the_way_and_the_commission(db, settings, provider):
    PaymentMethod.objects.create(slug=provider.slug, percent=Decimal(1))
    order = a_placed_order()
    begin(order, provider)
    PaymentMethod.objects.update(percent=Decimal(5))
    if provider is CARD:
        assert answer("pay", a_notification(order)) == 0
    else:
        assert kaspi_answer(a_payment(order))["result"] == 0
    order.refresh_from_db()
    letter = Notice.objects.get(kind=NoticeKind.CONTRACT_CONCLUDED)
    assert letter.facts["commission"] == "1499.90"
    assert letter.facts["amount"] == f"{order.price}.00", (
        "the academy receives the price and no commission"
    )
    assert order.acceptance.commission == Decimal("1499.90")
    paper = text_of(contract_pdf(order, at=NOON)).replace("\N{NO-BREAK SPACE}", " ")
    assert "комиссия сверх этого 1 499,90 ₸ (п. 4.5)" in paper
    assert "бұдан бөлек комиссия 1 499,90 ₸ (4.5-т.)" in paper


def test_where_there_was_no_commission_nothing_is_said_of_one(db):
    order = a_paid_order()
    assert "commission" not in order.acceptance.sealed["payment"]
    assert "комиссия" not in text_of(contract_pdf(order, at=NOON)).partition("4.4.")[0].lower()
    letter = Notice.objects.get(kind=NoticeKind.CONTRACT_CONCLUDED)
    assert letter.facts["way"] == "банк картасы · банковская карта"
    assert "commission" not in letter.facts


def test_staff_set_a_commission_and_the_journal_keeps_it(db):
    desk = signed_in(an_owner())
    sent = {
        "slug": "card",
        "is_offered": "on",
        "position": 1,
        "percent": "1.5",
        "fixed": 0,
        "taken_by": "bank",
    }
    assert desk.post(reverse("admin:payments_paymentmethod_add"), sent).status_code == 302
    method = PaymentMethod.objects.get()
    page = reverse("admin:payments_paymentmethod_change", args=[method.pk])
    assert "2 249,85" in desk.get(page).text.replace("\N{NO-BREAK SPACE}", " ")
    assert desk.post(page, sent | {"percent": "2"}).status_code == 302
    verbs = Entry.objects.filter(about_kind="paymentmethod").order_by("pk")
    assert [row.verb for row in verbs] == ["paymentmethod.added", "paymentmethod.changed"]
    assert verbs[1].facts["fields"] == {"percent": ["1.50", "2"]}


# --- What the academy bears
def fee(amount: str, source: str = FeeSource.CARD) -> Outcome:
    return record_fee(
        entry=LedgerEntry.objects.get(), amount=Decimal(amount), source=source, at=NOON
    )


def test_a_fee_is_recorded_once_a_source(db):
    order = a_paid_order()
    assert fee("4499.70") == Outcome.APPLIED
    assert fee("4499.70") == Outcome.REPEATED
    assert fee("4499.70", FeeSource.KASPI) == Outcome.APPLIED
    assert ProviderFee.objects.count() == 2
    assert Entry.objects.of_order(order.code).filter(verb="fee.recorded").count() == 2


def test_a_fee_told_otherwise_overwrites_nothing_and_is_journalled(db):
    order = a_paid_order()
    fee("4499.70")
    assert fee("1.00") == Outcome.CONFLICT
    assert ProviderFee.objects.get().amount == Decimal("4499.70")
    row = Entry.objects.of_order(order.code).get(verb="fee.contradicted")
    assert row.facts == {"source": "card", "amount": "1.00", "known": "4499.70"}


def test_a_fee_is_not_less_than_nothing(db):
    a_paid_order()
    with pytest.raises(IntegrityError), transaction.atomic():
        fee("-1.00")
