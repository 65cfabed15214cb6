"""The provider's list of a day beside the ledger: every difference by name,
and no money lost for want of a message.
"""

from datetime import date, timedelta
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from enrollment.operations.ordering.orders import lapse_order
from enrollment.rules.order_states import OrderState
from offer_site.days import end_of_day, start_of_day
from offer_site.staff.attention import needs_attention
from payments.models import (
    DifferenceKind,
    Hold,
    LedgerEntry,
    Outcome,
    ProviderMessage,
    Reconciliation,
    ReconciliationDifference,
)
from payments.operations.reconciliation.comparing import reconcile
from payments.operations.reconciliation.differences import settle_difference
from payments.providers import CARD
from payments.providers.base import ProviderError
from payments.rules.reconciliation import Movement, compare
from tests.at_once import at_once
from tests.given import NOON, a_cohort, a_placed_order, an_owner, refusal
from tests.payments.bank import bank
from tests.payments.notifications import a_notification, a_refund, an_attempt, answer
from tests.staff.conftest import a_member, signed_in

__all__ = ["bank"]
DAY = date(2026, 11, 23)
MORNING = start_of_day(DAY) + timedelta(days=1, hours=6)


@pytest.fixture(autouse=True)
def next_morning(time_machine):
    time_machine.move_to(MORNING, tick=False)


def a_payment(bank, order, *, number=504, told=True, at=NOON, **row):
    """A payment that the bank took, told of to us or not."""
    if not order.payments.exists():
        an_attempt(order)
    bank.has(
        number,
        at=at,
        amount=order.prepayment,
        InvoiceId=f"{order.code}-1",
        AccountId=order.code,
        **row,
    )
    if told:
        assert answer("pay", a_notification(order, transaction=number, at=at)) == 0


def compared(day=DAY, at=MORNING):
    return reconcile(provider=CARD, day=day, at=at, by="system")


def differences():
    return list(ReconciliationDifference.objects.order_by("pk").values_list("kind", "reference"))


def said(*words):
    """Run the command; give its lines and its exit code."""
    out = StringIO()
    try:
        call_command("reconcile_payments", *words, stdout=out)
    except SystemExit as ended:
        return out.getvalue().splitlines(), ended.code
    return out.getvalue().splitlines(), 0


def test_two_equal_sides_differ_in_nothing(db, bank):
    cohort = a_cohort()
    for number in (504, 505):
        a_payment(bank, a_placed_order(cohort=cohort), number=number)
    order = a_placed_order(cohort=cohort)
    a_payment(bank, order, number=506)
    bank.has_refund(507, of=506, amount=order.price)
    answer("refund", a_refund(order, transaction=507, of=506))
    bank.has(508, status="Declined")
    bank.has(509, status="Cancelled")
    total = f"{2 * order.price}.00"
    line = f"reconciled card 2026-11-23: there 3 payments, 1 refunds, {total}; here 3, 1, {total}"
    assert said("--day", "2026-11-23") == ([line], 0)
    assert not ReconciliationDifference.objects.exists()


@pytest.mark.clause("4.3")
def test_money_we_never_heard_of_is_recorded_and_judged_by_its_own_time(db, bank):
    order = a_placed_order()
    a_payment(bank, order, told=False)
    lapse_order(order=order, at=order.pay_before)
    lines, code = said("--day", "2026-11-23")
    assert code == 1
    assert lines[0] == (
        f"difference: missing_here 504: there {order.price}.00 KZT, here nothing, invoice "
        f"{order.code}-1"
        " (recorded from the list: applied)"
    )
    order.refresh_from_db()
    assert order.state == OrderState.PAID
    assert order.acceptance.accepted_at == NOON
    assert said("--day", "2026-11-23")[1] == 0
    assert answer("pay", a_notification(order)) == 0
    assert ProviderMessage.objects.get().outcome == Outcome.REPEATED
    assert LedgerEntry.objects.count() == 1
    assert differences() == [("missing_here", "504")]
    assert not ReconciliationDifference.objects.open().exists()


def test_money_of_no_order_is_recorded_and_waits(db, bank):
    bank.has(504, InvoiceId="SMXXXXXX-1")
    compared()
    assert LedgerEntry.objects.waiting().get().invoice_id == "SMXXXXXX-1"


def test_a_message_that_could_not_be_read_is_found_by_its_money(db, bank):
    order = a_placed_order()
    a_payment(bank, order, told=False)
    answer("pay", a_notification(order, Amount="all of it"))
    assert not LedgerEntry.objects.exists()
    kept = compared()
    assert "could not be read" in kept.new[0].detail
    assert LedgerEntry.objects.get().amount == order.price
    order.refresh_from_db()
    assert order.state == OrderState.PAID


@pytest.mark.clause("4.6")
def test_a_refund_made_there_is_recorded_and_awaits_its_ground(db, bank):
    order = a_placed_order()
    a_payment(bank, order)
    bank.has_refund(505, of=504, amount=1000)
    assert [each.kind for each in compared().new] == [DifferenceKind.REFUND_MISSING_HERE]
    refund = LedgerEntry.objects.refunds().get()
    assert (refund.reference, refund.refunds_reference, refund.amount) == (
        "505",
        "504",
        Decimal("1000.00"),
    )
    assert answer("refund", a_refund(order, Amount="1000.00")) == 0
    assert LedgerEntry.objects.refunds().count() == 1


def test_what_is_told_otherwise_or_missing_there_is_named(db, bank):
    cohort = a_cohort()
    orders = [a_placed_order(cohort=cohort) for _ in range(4)]
    for number, order in enumerate(orders, start=504):
        a_payment(bank, order, number=number)
    bank.rows[504]["Amount"] = 1
    bank.rows[505]["Currency"] = "RUB"
    del bank.rows[506]
    bank.rows[507]["Status"] = "Cancelled"
    assert said("--day", "2026-11-23")[1] == 1
    assert sorted(differences()) == [
        ("amount", "504"),
        ("currency", "505"),
        ("missing_there", "506"),
        ("missing_there", "507"),
        ("released", "507"),
    ]
    amount = ReconciliationDifference.objects.get(kind="amount")
    assert (amount.amount_there, amount.amount_here) == (Decimal("1.00"), orders[0].price)
    assert LedgerEntry.objects.count() == 4


def test_the_same_again_adds_nothing_and_what_vanished_is_marked(db, bank):
    order = a_placed_order()
    a_payment(bank, order)
    row = bank.rows.pop(504)
    assert len(compared().new) == 1
    again = compared(at=MORNING + timedelta(hours=1))
    assert (len(again.new), len(again.standing), len(again.vanished)) == (0, 1, 0)
    bank.rows[504] = row
    lines, code = said("--day", "2026-11-23")
    assert (lines[0].startswith("differs no more: missing_there 504"), code) == (True, 0)
    assert ReconciliationDifference.objects.get().vanished_at == MORNING
    del bank.rows[504]
    assert len(compared().new) == 1
    assert ReconciliationDifference.objects.get().vanished_at is None


def test_the_clock_compares_yesterday_and_the_days_whose_differences_stand(db, bank, time_machine):
    order = a_placed_order()
    a_payment(bank, order)
    row = bank.rows.pop(504)
    assert said()[1] == 1
    time_machine.move_to(MORNING + timedelta(days=3), tick=False)
    bank.rows[504] = row
    lines, code = said()
    assert [line.partition(":")[0] for line in lines] == [
        "differs no more",
        "reconciled card 2026-11-23",
        "reconciled card 2026-11-26",
    ]
    assert code == 0


def test_a_day_in_almaty_is_two_days_in_utc_and_its_edges_belong_to_one_day(db, bank):
    cohort = a_cohort()
    first = start_of_day(DAY)
    last = end_of_day(DAY) - timedelta(seconds=1)
    for number, at in ((504, first), (505, last)):
        a_payment(bank, a_placed_order(cohort=cohort, at=first), number=number, at=at, told=False)
    bank.has(506, at=first - timedelta(seconds=1))
    bank.has(507, at=end_of_day(DAY))
    compared()
    assert differences() == [("missing_here", "504"), ("missing_here", "505")]
    assert Reconciliation.objects.get().receipts_there == 2


def test_money_that_the_list_of_another_day_has_is_not_called_missing(db, bank):
    order = a_placed_order()
    a_payment(bank, order)
    bank.rows[504]["CreatedDateIso"] = (
        f"{start_of_day(DAY) - timedelta(seconds=1):%Y-%m-%dT%H:%M:%S}"
    )
    compared()
    assert differences() == []


def test_an_outage_accuses_nobody(db, bank):
    a_payment(bank, a_placed_order())
    del bank.rows[504]
    for path, code in (("/v2/payments/list", 503), ("/payments/get", 500)):
        bank.fails[path] = [code]
        with pytest.raises(ProviderError):
            compared()
        assert not ReconciliationDifference.objects.exists()
    bank.fails["/v2/payments/list"] = [503]
    lines, code = said("--day", "2026-11-23")
    assert (lines[0].startswith("2026-11-23 was not compared"), code) == (True, 1)
    bank.fails["/v2/payments/list"] = [503]
    assert said()[1] == 1


def test_holds_are_heard_of_and_stand_until_they_end(db, bank):
    order = a_placed_order()
    a_payment(bank, order, told=False, status="Authorized")
    compared()
    assert Hold.objects.get().held_at == NOON
    assert not LedgerEntry.objects.exists()
    assert [each.kind for each in compared().standing] == [DifferenceKind.HOLD_OPEN]
    bank.rows[504]["Status"] = "Cancelled"
    assert [each.kind for each in compared().vanished] == [DifferenceKind.HOLD_OPEN]
    assert Hold.objects.get().released_at == MORNING


def test_a_hold_that_was_taken_there_is_a_receipt_of_the_time_of_the_hold(db, bank):
    order = a_placed_order()
    an_attempt(order)
    answer("pay", a_notification(order, Status="Authorized"))
    a_payment(bank, order, told=False)
    compared()
    order.refresh_from_db()
    assert order.state == OrderState.PAID
    assert Hold.objects.get().confirmed_at == MORNING


def test_a_test_payment_is_named_in_production_and_never_applied(db, bank, settings):
    order = a_placed_order()
    a_payment(bank, order, told=False, TestMode=True)
    read = list(CARD.operations_between(start_of_day(DAY), end_of_day(DAY)))
    settings.SANDBOX_BANK = False

    class Listed(type(CARD)):
        """The same provider with its list read before plain HTTP was forbidden."""

        def operations_between(self, since, until):
            return iter(read)

    reconcile(provider=Listed(), day=DAY, at=MORNING, by="system")
    assert differences() == [("test_money", "504"), ("missing_here", "504")]
    order.refresh_from_db()
    assert order.state == OrderState.AWAITING_PAYMENT
    assert LedgerEntry.objects.waiting().count() == 1


@pytest.mark.parametrize("words", ["yesterday", "2026-13-01", "2026-11-30"])
def test_a_day_that_is_none_or_has_not_come_is_wrong_use(db, bank, words):
    with pytest.raises(CommandError) as wrong:
        said("--day", words)
    assert wrong.value.returncode == 2
    assert not bank.asked


def test_compared_at_once_by_many_each_difference_and_each_receipt_is_there_once(
    transactional_db, bank
):
    order = a_placed_order()
    a_payment(bank, order, told=False)
    bank.has(600, InvoiceId="SMXXXXXX-1")
    bank.has_refund(601, of=600)
    done = at_once([compared] * 6, errors=Exception)
    assert not [each for each in done if isinstance(each, Exception)]
    assert LedgerEntry.objects.count() == 3
    assert ReconciliationDifference.objects.count() == 3
    assert Reconciliation.objects.count() == 1


# --- staff
@pytest.fixture
def standing(db, bank):
    """A payment of the ledger that the provider does not know."""
    a_payment(bank, a_placed_order())
    del bank.rows[504]
    return compared().new[0]


def test_a_difference_needs_a_person_until_it_is_settled_with_a_reason(standing, bank):
    def asked():
        return {
            matter.question.listed: matter.count
            for matter in needs_attention(user=an_owner(), at=MORNING)
        }

    assert asked()["payments_reconciliationdifference"] == 1
    desk = signed_in(a_member("accountant"))
    assert (
        desk.get(
            reverse("admin:payments_reconciliationdifference_change", args=[standing.pk])
        ).status_code
        == 200
    )
    url = reverse("admin:payments_reconciliationdifference_settle", args=[standing.pk])
    assert desk.get(url).status_code == 200
    assert desk.post(url, {"reason": ""}).status_code == 200
    assert desk.post(url, {"reason": "Банк қатесін мойындады"}).status_code == 302
    standing.refresh_from_db()
    assert (standing.settled_at, standing.reason) == (MORNING, "Банк қатесін мойындады")
    assert standing.settled_by.startswith("staff:")
    assert "payments_reconciliationdifference" not in asked()
    assert said("--day", "2026-11-23")[1] == 0
    run = reverse("admin:payments_reconciliation_change", args=[standing.reconciliation_id])
    assert "504" in desk.get(run).content.decode()
    with refusal():
        settle_difference(difference=standing, reason="тағы", by=an_owner(), at=MORNING)


def test_a_manager_settles_no_difference(standing):
    url = reverse("admin:payments_reconciliationdifference_settle", args=[standing.pk])
    assert signed_in(a_member("manager")).post(url, {"reason": "x"}).status_code == 403


# --- the rule
def a_movement(reference="1", amount="10.00", currency="KZT", **more):
    return Movement(reference, Decimal(amount), currency, **more)


@pytest.mark.parametrize(
    ("there", "here", "kinds"),
    [
        ([], [], []),
        ([a_movement()], [a_movement()], []),
        ([a_movement()], [], ["missing_here"]),
        ([], [a_movement()], ["missing_there"]),
        ([a_movement(is_refund=True)], [a_movement()], ["refund_here", "missing_there"]),
        ([], [a_movement(is_refund=True)], ["refund_there"]),
        ([a_movement()], [a_movement(amount="10.01")], ["amount"]),
        ([a_movement(amount="9")], [a_movement(currency="USD")], ["amount", "currency"]),
        ([a_movement()], [a_movement(currency="")], []),
    ],
)
def test_both_sides_are_compared_by_the_number_of_the_movement(there, here, kinds):
    assert [difference.kind for difference in compare(there=there, here=here)] == kinds
