"""Days and sums typed by hand are within bounds, at every form that takes one (M12)."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from enrollment.models import Order
from offer_site.days import ALMATY
from payments.models import (
    FiscalReceipt,
    InstallmentApplication,
    InstallmentBank,
    LedgerEntry,
    ManualReceipt,
    PayoutState,
    RefundCost,
    RefundPayout,
    StatementLine,
)
from payments.operations.paying.installments import BankAnswer, state_application
from payments.rules.by_hand import OutOfBounds, bound_of_day, costs_are_below
from tests.given import NOON, a_paid_order, a_placed_order, a_receipt, an_owner, receive
from tests.papers import PDF, a_document
from tests.payments.refunds.scenes import a_case, an_approved_case, by_kaspi
from tests.payments.statements.scenes import DAY, PAYER, bank_details
from tests.payments.statements.test_told_again import an_order_by_halves
from tests.staff.conftest import a_member, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.clause("2.6", "4.4")]
LATER = NOON + timedelta(days=30)
NEXT_YEAR = NOON + timedelta(days=400)
PAPER = {"document": lambda: SimpleUploadedFile("t.pdf", PDF)}


def moment(at: datetime) -> str:
    return f"{at.astimezone(ALMATY):%Y-%m-%dT%H:%M}"


def errors(desk: Any, url: str, form: dict[str, Any]) -> list[str]:
    """The fields that a page refuses; none when it went on."""
    answer = desk.post(url, form)
    return [] if answer.status_code == 302 else list(answer.context["form"].errors)


def paper() -> SimpleUploadedFile:
    return SimpleUploadedFile("t.pdf", PDF)


# --- money by hand
def by_hand(order: Order, **fields: Any) -> dict[str, Any]:
    return {
        "code": order.code,
        "way": "kaspi-pay",
        "reference": "QR-1",
        "amount": str(order.price),
        "paid_at": moment(NOON),
        "reason": "Қосымшадан",
        "document": paper(),
    } | fields


@pytest.mark.parametrize(
    ("fields", "refused"),
    [
        ({"paid_at": moment(NOON - timedelta(minutes=1))}, ["paid_at"]),
        ({"paid_at": moment(NOON - timedelta(days=365))}, ["paid_at"]),
        ({"paid_at": moment(LATER + timedelta(hours=1))}, ["paid_at"]),
        ({"paid_at": "2062-11-23T12:00"}, ["paid_at"]),
        ({"paid_at": "0206-11-23T12:00"}, ["paid_at"]),
        ({"amount": "1499900"}, ["amount"]),
        ({"amount": "0"}, ["amount"]),
        ({"amount": "-5"}, ["amount"]),
        ({}, []),
    ],
)
def test_money_by_hand_is_of_a_day_and_a_sum_that_can_be(fields, refused):
    order = a_placed_order()
    desk = signed_in(a_member("accountant"))
    add = reverse("admin:payments_manualreceipt_add")
    with time_machine.travel(LATER, tick=False):
        assert errors(desk, add, by_hand(order, **fields)) == refused
    assert ManualReceipt.objects.exists() is (not refused)


def test_the_owner_alone_enters_more_than_the_price_and_what_is_over_a_year_old():
    order = a_placed_order()
    accountant = signed_in(a_member("accountant"))
    owner = signed_in(a_member("owner"))
    add = reverse("admin:payments_manualreceipt_add")
    with time_machine.travel(NEXT_YEAR, tick=False):
        assert errors(accountant, add, by_hand(order)) == ["paid_at"]
        assert errors(owner, add, by_hand(order)) == []
        more = {"amount": str(order.price + 1), "reference": "QR-2"}
        more |= {"paid_at": moment(NEXT_YEAR - timedelta(days=1))}
        assert errors(accountant, add, by_hand(order, **more)) == ["amount"]
        assert errors(owner, add, by_hand(order, **more)) == []


# --- a typed transfer
@pytest.mark.parametrize(
    ("day", "refused"),
    [
        (DAY - timedelta(days=1), True),
        (DAY + timedelta(days=31), True),
        (DAY, False),
    ],
)
def test_a_typed_transfer_is_not_before_the_order_it_names(day, refused):
    order = a_placed_order()
    bank_details()
    desk = signed_in(a_member("accountant"))
    form = {
        "documented_on": day.isoformat(),
        "amount": f"{order.price},00",
        "payer": "Тестова Г.",
        "payer_id": PAYER,
        "purpose": f"{order.code} оплата курса",
        "number": "15",
        "reason": "Kaspi Business",
        "document": paper(),
    }
    with time_machine.travel(LATER, tick=False):
        found = errors(desk, reverse("admin:payments_typedtransfer_add"), form)
    assert found == (["documented_on"] if refused else [])
    assert StatementLine.objects.exists() is (not refused)


@pytest.mark.parametrize(("group", "refused"), [("accountant", True), ("owner", False)])
def test_a_typed_transfer_of_another_year_is_the_owners(group, refused):
    order = a_placed_order()
    bank_details()
    form = {
        "documented_on": DAY.isoformat(),
        "amount": "1000",
        "payer": "Т",
        "purpose": order.code,
        "reason": "x",
        "document": paper(),
    }
    with time_machine.travel(NEXT_YEAR, tick=False):
        found = errors(
            signed_in(a_member(group)), reverse("admin:payments_typedtransfer_add"), form
        )
    assert found == (["documented_on"] if refused else [])


# --- instalments
def an_application(order: Order, *, approved_sum: int | None = None) -> InstallmentApplication:
    bank, _new = InstallmentBank.objects.get_or_create(name="Үлгі Банк")
    answer = BankAnswer(number="A-1")
    if approved_sum:
        answer = BankAnswer(
            "A-1", "approved", DAY, Decimal(approved_sum), why_less="Қалғанын Kaspi-мен төлеймін"
        )
    application, _report = state_application(
        order=order, bank=bank, answer=answer, document=a_document(), by="visitor", at=NOON
    )
    return application


@pytest.mark.parametrize(
    ("fields", "refused"),
    [
        ({"decided_on": (DAY - timedelta(days=1)).isoformat()}, ["decided_on"]),
        ({"decided_on": (DAY + timedelta(days=40)).isoformat()}, ["decided_on"]),
        ({"approved_sum": "9999999"}, ["approved_sum"]),
        ({}, []),
    ],
)
def test_a_banks_decision_is_of_a_day_and_a_sum_that_can_be(fields, refused):
    order = a_placed_order()
    application = an_application(order)
    url = reverse("admin:payments_installmentapplication_decision", args=[application.pk])
    form = {
        "decision": "approved",
        "decided_on": DAY.isoformat(),
        "approved_sum": str(order.price),
        "document": paper(),
    } | fields
    with time_machine.travel(LATER, tick=False):
        assert errors(signed_in(a_member("accountant")), url, form) == refused


def test_an_approval_below_what_is_due_is_not_repeated_as_the_whole_sum():
    order = a_placed_order()
    application = an_application(order, approved_sum=100_000)
    url = reverse("admin:payments_installmentapplication_transfer", args=[application.pk])
    desk = signed_in(a_member("accountant"))
    with time_machine.travel(NOON + timedelta(days=1), tick=False):
        assert desk.get(url).context["form"]["amount"].value() == Decimal(100_000)
        form = {"reason": "Түсті", "document": paper()}
        assert errors(desk, url, form | {"amount": str(order.price)}) == ["amount"]
        form["document"] = paper()
        assert errors(desk, url, form | {"amount": "100000"}) == []
    assert ManualReceipt.objects.get().amount == 100_000


# --- refunds
@pytest.mark.clause("4.6")
@pytest.mark.parametrize(
    ("day", "refused"),
    [
        (DAY - timedelta(days=1), ["asked_on"]),
        (DAY + timedelta(days=40), ["asked_on"]),
        (date(1926, 11, 23), ["asked_on"]),
        (DAY, []),
    ],
)
def test_a_demand_is_not_before_its_order(day, refused):
    order = a_paid_order()
    form = {
        "code": order.code,
        "ground": "law",
        "asked_by": "customer",
        "asked_on": day.isoformat(),
        "document": "хат",
    }
    with time_machine.travel(LATER, tick=False):
        desk = signed_in(a_member("accountant"))
        assert errors(desk, reverse("admin:payments_refundcase_add"), form) == refused


@pytest.mark.clause("4.6")
def test_costs_are_below_the_price_together():
    order = a_paid_order()
    case = a_case(order)
    url = reverse("admin:payments_refundcase_cost", args=[case.pk])
    desk = signed_in(an_owner())
    form = {"what_kk": "Материал", "what_ru": "Материал", "document": "чек"}
    assert errors(desk, url, form | {"amount": str(order.price)}) == ["amount"]
    assert errors(desk, url, form | {"amount": "100000"}) == []
    assert errors(desk, url, form | {"amount": str(order.price - 100_000)}) == ["amount"]
    assert errors(desk, url, form | {"amount": str(order.price - 100_001)}) == []
    assert RefundCost.objects.count() == 2


@pytest.mark.clause("4.6")
def test_a_payout_by_hand_is_not_before_its_money():
    order = a_placed_order()
    receive(by_kaspi(order), order)
    case = an_approved_case(order, order.price)
    payout = RefundPayout.objects.get(case=case)
    assert payout.state == PayoutState.BY_HAND
    url = reverse("admin:payments_refundcase_by-hand", args=[case.pk])
    form = {"payout": payout.pk, "reference": "R-7", "document": "чек"}
    desk = signed_in(an_owner())
    with time_machine.travel(LATER, tick=False):
        early = {"paid_on": (DAY - timedelta(days=1)).isoformat()}
        late = {"paid_on": (DAY + timedelta(days=31)).isoformat()}
        assert errors(desk, url, form | early) == ["paid_on"]
        assert errors(desk, url, form | late) == ["paid_on"]
        assert errors(desk, url, form | {"paid_on": DAY.isoformat()}) == []
    assert LedgerEntry.objects.refunds().count() == 1


# --- the cash register
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("at", "refused"),
    [
        (NOON - timedelta(days=1), ["issued_at"]),
        (NOON + timedelta(days=40), ["issued_at"]),
        (NOON, []),
    ],
)
def test_a_fiscal_receipt_is_not_before_its_money(at, refused):
    order = a_placed_order()
    receive(a_receipt(order), order)
    entry = LedgerEntry.objects.get()
    url = reverse("admin:payments_ledgerentry_fiscal-receipt", args=[entry.pk])
    form = {"number": "1", "sign": "2", "issued_at": moment(at)}
    with time_machine.travel(LATER, tick=False):
        assert errors(signed_in(a_member("accountant")), url, form) == refused
    assert FiscalReceipt.objects.exists() is (not refused)


# --- the rule
@pytest.mark.parametrize(
    ("day", "may_be_old", "broken"),
    [
        (DAY, False, None),
        (DAY + timedelta(days=1), True, OutOfBounds.AHEAD),
        (DAY - timedelta(days=365), False, None),
        (DAY - timedelta(days=366), False, OutOfBounds.TOO_OLD),
        (DAY - timedelta(days=366), True, None),
        (DAY - timedelta(days=401), True, OutOfBounds.TOO_EARLY),
    ],
)
def test_the_bounds_of_a_day(day, may_be_old, broken):
    since = DAY - timedelta(days=400)
    found = bound_of_day(day, today=DAY, not_before=since, may_be_old=may_be_old)
    assert found == broken


def test_costs_are_less_than_the_price():
    assert costs_are_below(100, Decimal("99.99"))
    assert not costs_are_below(100, Decimal(100))


def test_a_half_may_be_below_what_a_bank_approved_for_the_whole():
    order = an_order_by_halves()
    assert an_application(order, approved_sum=order.price).approved_sum == order.price
