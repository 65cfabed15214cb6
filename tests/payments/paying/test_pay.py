"""Money that comes by card: once, of its order, of its day."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from enrollment.models import Acceptance, Edition, Enrollment, Order, Place
from enrollment.operations.offering.offers import withdraw_offer
from enrollment.operations.ordering.orders import cancel_order, lapse_order
from enrollment.rules.order_states import OrderState
from offer_site.days import start_of_day
from offer_site.journal.models import HOUSE, Entry
from offer_site.notices.kinds import NoticeKind
from offer_site.notices.models import Notice
from payments.models import Allocation, LedgerEntry, Outcome, ProviderMessage
from payments.operations.ledger.receipts import received_by
from tests.given import NOON, a_cohort, a_placed_order, an_owner
from tests.payments.notifications import a_notification, an_attempt, answer, tell
from tests.payments.waiting import why


def nothing_applied(order, *, waiting=1):
    """Assert that the money moved nothing, and waits for staff."""
    order.refresh_from_db()
    assert order.state in (OrderState.AWAITING_PAYMENT, OrderState.LAPSED)
    assert not Allocation.objects.exists()
    assert not Acceptance.objects.exists()
    assert not Enrollment.objects.exists()
    assert LedgerEntry.objects.waiting().count() == waiting
    return True


@pytest.mark.clause("2.2.1")
@pytest.mark.clause("4.4")
def test_a_payment_by_card_is_the_acceptance(db):
    order = a_placed_order()
    an_attempt(order)
    assert answer("pay", a_notification(order)) == 0
    order.refresh_from_db()
    entry = LedgerEntry.objects.get()
    assert (entry.reference, entry.amount, entry.currency) == ("504", Decimal(order.price), "KZT")
    assert (entry.happened_at, entry.method) == (NOON, "card Visa")
    assert Allocation.objects.get().entry == entry
    assert received_by(order) == order.price
    assert order.state == OrderState.PAID
    assert order.acceptance.reference == "504"
    assert order.acceptance.accepted_at == NOON
    assert order.enrollment
    assert order.place.held_until is None
    message = ProviderMessage.objects.get()
    assert (message.outcome, message.answer_code) == (Outcome.APPLIED, 0)
    assert message.handled_at
    assert "tk_secret" not in message.body
    assert Notice.objects.filter(kind=NoticeKind.CONTRACT_CONCLUDED).count() == 1
    assert Entry.objects.of_order(order.code).filter(verb="receipt.recorded").count() == 1


def test_the_same_notification_again_is_answered_by_one_question(transactional_db):
    order = a_placed_order()
    an_attempt(order)
    body = a_notification(order)
    assert answer("pay", body) == 0
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert [answer("pay", body) for _ in range(3)] == [0, 0, 0]
    assert len(asked) == 3
    assert (
        LedgerEntry.objects.count() == Allocation.objects.count() == Acceptance.objects.count() == 1
    )


def test_a_first_payment_costs_at_most_sixteen_statements(transactional_db, time_machine):
    time_machine.move_to(NOON, tick=False)
    order = a_placed_order()
    an_attempt(order)
    assert answer("check", a_notification(order)) == 0
    body = a_notification(order, GatewayName="Test")
    with CaptureQueriesContext(connection) as asked:
        assert answer("pay", body) == 0
    assert len(asked) <= 16, "\n".join(query["sql"][:150] for query in asked)
    assert [asked[0]["sql"][:6], asked[1]["sql"][:6], asked[2]["sql"]] == [
        "SELECT",
        "INSERT",
        "BEGIN",
    ]
    assert asked[-1]["sql"] == "COMMIT"


WRONG = [
    {"Amount": "1.00"},
    {"Amount": "199990.01"},
    {"Currency": "RUB"},
    {"Currency": None},
    {"AccountId": "SM000000"},
]
WHY = ["short", "excess", "no-order", "no-order", "another-account", *["no-order"] * 3]
UNKNOWN = [{"InvoiceId": "SMXXXXXX-1"}, {"InvoiceId": None}, {"InvoiceId": ""}]


def test_what_does_not_agree_is_set_apart_for_staff(db):
    order = a_placed_order()
    an_attempt(order)
    for number, wrong in enumerate(WRONG + UNKNOWN, start=1):
        body = a_notification(order, transaction=number, **wrong)
        assert [answer("pay", body), answer("pay", body)] == [0, 0]
        assert nothing_applied(order, waiting=number)
        assert ProviderMessage.objects.get(reference=number).outcome == Outcome.UNMATCHED
        assert why(LedgerEntry.objects.get(reference=number)) == WHY[number - 1]
    assert Entry.objects.of_order(order.code).filter(verb="receipt.unmatched").count() == len(WRONG)
    assert Entry.objects.of_order(HOUSE).filter(verb="receipt.unmatched").count() == len(UNKNOWN)


def test_test_money_is_not_credited_in_production(db, settings, time_machine):
    time_machine.move_to(NOON, tick=False)
    order = a_placed_order()
    an_attempt(order)
    assert answer("check", a_notification(order)) == 0
    settings.SANDBOX_BANK = False
    assert answer("check", a_notification(order, TestMode=1)) == 13
    assert answer("check", a_notification(order)) == 0
    assert answer("pay", a_notification(order, TestMode=1, GatewayName="Test")) == 0
    assert nothing_applied(order)
    assert why(LedgerEntry.objects.get()) == "test"


@pytest.mark.clause("2.4")
def test_an_order_that_a_withdrawal_missed_takes_no_money(db, time_machine):
    """Placed in the very moment of the withdrawal, it is unpaid still,
    and nobody asked before it was paid.
    """
    time_machine.move_to(NOON, tick=False)
    cohort = a_cohort()
    withdraw_offer(edition=Edition.objects.get(), reason="2.4", by=an_owner(), at=NOON)
    order = a_placed_order(cohort=cohort)
    an_attempt(order)
    assert answer("check", a_notification(order)) == 13
    assert answer("pay", a_notification(order)) == 0
    assert nothing_applied(order)
    assert Entry.objects.get(verb="money.waits").facts["reason"] == "the offer is withdrawn"


@pytest.mark.clause("4.3")
def test_money_of_the_last_second_told_after_midnight_settles_the_lapsed_order(db):
    order = a_placed_order()
    an_attempt(order)
    last_second = order.pay_before - timedelta(seconds=1)
    assert lapse_order(order=order, at=order.pay_before + timedelta(minutes=5))
    assert answer("pay", a_notification(order, at=last_second)) == 0
    order.refresh_from_db()
    assert order.state == OrderState.PAID
    assert order.acceptance.accepted_at == last_second


@pytest.mark.clause("4.3")
def test_money_of_midnight_is_of_another_day_and_waits(db):
    order = a_placed_order()
    an_attempt(order)
    assert answer("pay", a_notification(order, at=order.pay_before)) == 0
    assert nothing_applied(order)
    assert (
        Entry.objects.of_order(order.code).get(verb="money.waits").facts["reason"] == "another day"
    )


@pytest.mark.clause("4.3")
def test_money_of_the_day_before_waits(db):
    order = a_placed_order()
    an_attempt(order)
    assert (
        answer(
            "pay", a_notification(order, at=start_of_day(order.placed_on) - timedelta(seconds=1))
        )
        == 0
    )
    assert nothing_applied(order)


@pytest.mark.clause("4.6")
def test_money_for_a_lapsed_order_without_a_free_place_waits(db):
    cohort = a_cohort(seats=1)
    first = a_placed_order(cohort=cohort)
    an_attempt(first)
    cancel_order(order=first, by="visitor", at=NOON)
    second = a_placed_order(
        cohort=cohort, at=timezone.now()
    )  # the door's own clock: its hold is not over
    assert answer("pay", a_notification(first)) == 0
    assert nothing_applied(first)
    assert Place.objects.get(cohort=cohort).order == second


def test_a_second_payment_of_a_paid_order_waits(db):
    order = a_placed_order()
    an_attempt(order)
    an_attempt(order, number=2)
    assert answer("pay", a_notification(order)) == 0
    assert answer("pay", a_notification(order, transaction=777, InvoiceId=f"{order.code}-2")) == 0
    assert LedgerEntry.objects.waiting().get().reference == "777"
    assert received_by(order) == order.price
    assert Acceptance.objects.count() == 1


def test_a_known_reference_told_otherwise_is_a_conflict_and_overwrites_nothing(db):
    order = a_placed_order()
    other = a_placed_order()
    an_attempt(order)
    an_attempt(other)
    assert answer("pay", a_notification(order)) == 0
    for body in (
        a_notification(order, Amount="1.00"),
        a_notification(order, Currency="RUB"),
        a_notification(other, transaction=504),
    ):
        assert answer("pay", body) == 0
        assert answer("pay", body) == 0
    assert ProviderMessage.objects.conflicts().count() == 3
    assert LedgerEntry.objects.get().amount == order.price
    other.refresh_from_db()
    assert other.state == OrderState.AWAITING_PAYMENT


def test_what_cannot_be_read_is_kept_for_staff(db):
    order = a_placed_order()
    an_attempt(order)
    assert answer("pay", a_notification(order, Amount="all of it")) == 0
    assert ProviderMessage.objects.conflicts().get().outcome == Outcome.UNREADABLE
    assert not LedgerEntry.objects.exists()


@pytest.mark.clause("4.3.1")
def test_a_hold_is_no_receipt_and_its_confirmation_is(db):
    order = a_placed_order()
    an_attempt(order)
    assert answer("pay", a_notification(order, Status="Authorized")) == 0
    order.refresh_from_db()
    assert order.state == OrderState.AWAITING_PAYMENT
    assert not LedgerEntry.objects.exists()
    assert answer("confirm", a_notification(order)) == 0
    order.refresh_from_db()
    assert order.state == OrderState.PAID
    assert LedgerEntry.objects.count() == 1


def test_success_is_heard_only_after_the_commit(transactional_db, monkeypatch):
    order = a_placed_order()
    an_attempt(order)
    body = a_notification(order)

    def the_database_goes_away() -> None:
        connection.connection.close()
        raise OperationalError("server closed the connection unexpectedly")

    with monkeypatch.context() as fault:
        fault.setattr(connection, "_commit", the_database_goes_away)
        with pytest.raises(OperationalError):
            tell("pay", body)
    connection.close()
    assert not LedgerEntry.objects.exists()
    assert ProviderMessage.objects.get().handled_at is None
    assert answer("pay", body) == 0
    assert LedgerEntry.objects.count() == Acceptance.objects.count() == 1


def test_the_provider_speaks_utc(db):
    order = a_placed_order()
    an_attempt(order)
    answer("pay", a_notification(order, DateTime="2026-11-23 18:59:59"))
    assert LedgerEntry.objects.get().happened_at == datetime(2026, 11, 23, 18, 59, 59, tzinfo=UTC)
    order.refresh_from_db()
    assert order.state == OrderState.PAID


def test_a_payment_that_could_not_be_read_is_applied_when_it_is_told_again_readably(db):
    order = a_placed_order()
    an_attempt(order)
    assert answer("pay", a_notification(order, Status=None)) == 0
    assert not LedgerEntry.objects.exists()
    assert answer("pay", a_notification(order)) == 0
    assert Order.objects.get(pk=order.pk).state == OrderState.PAID
