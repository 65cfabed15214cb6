"""Money that the bank took back pays nothing and goes back to nobody, until a person has settled
what that means.
"""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils.translation import override

from enrollment.models import Order
from enrollment.rules.order_states import OrderState
from offer_site.errors import RuleViolation
from payments.models import (
    Allocation,
    DifferenceKind,
    LedgerEntry,
    Reconciliation,
    ReconciliationDifference,
    RefundDecision,
    StatementLine,
)
from payments.operations.ledger.allocations import give_to_order, reopen_with_money
from payments.operations.reconciliation.differences import settle_difference
from payments.operations.reconciliation.kaspi_registry import import_kaspi_registry
from payments.operations.statements.imports import import_statement
from payments.operations.statements.lines import apply_line, take_line
from payments.rules.matching import Doubt
from tests.given import NOON, a_placed_order, a_receipt, an_owner, receive, refusal
from tests.payments.refunds.scenes import a_case, a_proposal, an_approval
from tests.payments.registries import a_registry, a_row
from tests.payments.statements.scenes import (
    PAYER,
    a_statement,
    an_operation,
    an_order_paid,
    bank_details,
)
from tests.staff.conftest import a_member, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.clause("4.4")]
TOMORROW = NOON + timedelta(days=1)
LATER = TOMORROW + timedelta(hours=1)
SENTENCE = "went back"


@pytest.fixture(autouse=True)
def _in_english():
    """Another test's page may have left its language."""
    with override("en"):
        yield


@pytest.fixture
def order() -> Order:
    order = a_placed_order()
    bank_details()
    return order


def imported(*operations, at=TOMORROW):
    content = a_statement(operations)
    return import_statement(content=content, name="kaspi.txt", by="system", at=at)


def state_of(order: Order) -> str:
    return Order.objects.get(pk=order.pk).state


def a_waiting_receipt_taken_back(order: Order) -> LedgerEntry:
    """A transfer too short, which staff took into the ledger before the bank took it back."""
    short = str(Decimal(order.price) - 1)
    imported(an_order_paid(order, amount=short))
    line = StatementLine.objects.get()
    entry = take_line(line=line, reason="тексеру", by=an_owner(), at=TOMORROW)
    imported(an_order_paid(order, amount=f"-{short}"), at=LATER)
    return entry


def settle(reason: str = "банк қайта жазды") -> None:
    settle_difference(
        difference=ReconciliationDifference.objects.get(), reason=reason, by=an_owner(), at=LATER
    )


@pytest.mark.parametrize("give", [give_to_order, reopen_with_money])
def test_a_receipt_in_the_ledger_that_went_back_is_given_to_no_order(order, give):
    entry = a_waiting_receipt_taken_back(order)
    wish = {"entry": entry, "code": order.code, "reason": "келді", "by": an_owner(), "at": LATER}
    with refusal() as caught:
        give(**wish)
    assert SENTENCE in str(caught.value)
    assert not Allocation.objects.exists()
    settle()
    give(**wish)
    assert Allocation.objects.get().entry == entry


@pytest.mark.django_db(transaction=True)
def test_the_page_of_the_money_says_so_and_keeps_what_was_typed(order):
    entry = a_waiting_receipt_taken_back(order)
    desk = signed_in(a_member("accountant"))
    address = reverse("admin:payments_ledgerentry_give", args=[entry.pk])
    shown = desk.post(address, {"code": order.code, "reason": "келген ақша"}).text
    assert "келген ақша" in shown
    assert not Allocation.objects.exists()


def test_a_line_that_waits_is_applied_once_that_is_settled(order):
    imported(an_order_paid(order), an_order_paid(order, amount="-149990.00"))
    wish = {"line": StatementLine.objects.get(), "code": order.code, "by": an_owner(), "at": LATER}
    with refusal():
        apply_line(**wish)
    assert state_of(order) == OrderState.AWAITING_PAYMENT
    settle()
    apply_line(**wish)
    assert state_of(order) == OrderState.PAID


def test_what_the_bank_took_back_is_not_paid_out_as_well(order):
    """It would go back twice."""
    imported(an_order_paid(order))
    case = a_case(order)
    imported(an_order_paid(order, amount="-149990.00"), at=LATER)
    with pytest.raises(RuleViolation, match=SENTENCE):
        a_proposal(case, order.price, at=LATER)
    assert not RefundDecision.objects.exists()
    a_proposal(case, 0, at=LATER)


def test_a_storno_between_proposal_and_approval_stops_the_approval(order):
    imported(an_order_paid(order))
    case = a_case(order)
    a_proposal(case, order.price, at=LATER)
    imported(an_order_paid(order, amount="-149990.00"), at=LATER)
    with pytest.raises(RuleViolation, match=SENTENCE):
        an_approval(case, at=LATER)
    assert not case.payouts.exists()
    settle()
    an_approval(case, at=LATER)
    assert case.payouts.exists()


def test_a_refund_that_a_provider_lists_under_a_number_of_its_own_holds_its_receipt(order):
    """Cards and Kaspi name the attempt; the ledger has no such refund yet."""
    other = a_placed_order()
    receive(a_receipt(order, amount=order.price - 1, reference="7001"), order)
    entry = LedgerEntry.objects.get()
    day = Reconciliation.objects.create(
        provider=entry.provider, day=NOON.date(), compared_at=LATER, by="system"
    )
    ReconciliationDifference.objects.create(
        reconciliation=day,
        provider=entry.provider,
        kind=DifferenceKind.REFUND_MISSING_HERE,
        reference="7002",
        invoice_id=entry.invoice_id,
        amount_there=entry.amount,
        found_at=LATER,
    )
    with refusal():
        give_to_order(entry=entry, code=other.code, reason="келді", by=an_owner(), at=LATER)


def a_storno_of_one_payer(payer_id: str = PAYER, *, amount: str = "-149990.00") -> str:
    """It names who paid, and no order."""
    return an_operation(purpose="Сторно", number=900, amount=amount, payer_id=payer_id)


def test_a_storno_that_fits_two_receipts_of_a_payer_stops_both_until_it_is_settled(order):
    """A father paid for two children: only a person learns from the bank which receipt is meant."""
    other = a_placed_order()
    imported(an_order_paid(order), an_order_paid(other, number=16))
    assert state_of(order) == state_of(other) == OrderState.PAID
    cases = [a_case(order), a_case(other)]
    imported(a_storno_of_one_payer(), at=LATER)
    for case in cases:
        with pytest.raises(RuleViolation, match=SENTENCE):
            a_proposal(case, order.price, at=LATER)
    settle()
    for case in cases:
        a_proposal(case, order.price, at=LATER)


def test_lines_that_a_storno_may_mean_are_given_to_no_order_until_it_is_settled(order):
    other = a_placed_order()
    imported(
        an_order_paid(order), an_order_paid(other, number=16), a_storno_of_one_payer(), at=LATER
    )
    line = StatementLine.objects.get(codes=order.code)
    wish = {"line": line, "code": order.code, "by": an_owner(), "at": LATER}
    with refusal():
        apply_line(**wish)
    assert state_of(order) == OrderState.AWAITING_PAYMENT
    settle()
    apply_line(**wish)
    assert state_of(order) == OrderState.PAID


def test_a_storno_of_another_code_sum_or_time_stops_no_receipt(order):
    """Most students pay the same sum: what the storno says of itself is heard."""
    other = a_placed_order()
    imported(an_order_paid(order))
    case = a_case(order)
    strange = {"number": 900, "payer_id": "900101300823"}
    imported(an_order_paid(other, amount="-149990.00", **strange), at=LATER)
    imported(a_storno_of_one_payer("900101300823", amount="-149989.00"), at=LATER)
    before = NOON.date() - timedelta(days=1)
    early = an_operation(purpose="Сторно", number=901, amount="-149990.00", day=before)
    import_statement(
        content=a_statement([early], day=before), name="kaspi.txt", by="system", at=LATER
    )
    assert ReconciliationDifference.objects.open().count() == 3
    a_proposal(case, order.price, at=LATER)


def test_a_part_that_went_back_holds_its_receipt(order):
    imported(an_order_paid(order))
    case = a_case(order)
    imported(an_order_paid(order, amount="-50000.00"), at=LATER)
    with pytest.raises(RuleViolation, match=SENTENCE):
        a_proposal(case, order.price, at=LATER)


@pytest.mark.parametrize("written", ["{code}", " {lower} ", "{spaced}"])
@pytest.mark.parametrize("amount", ["-149989.00", "-5000.00"])
def test_a_refund_of_kaspi_holds_its_receipt_however_the_code_is_written(order, written, amount):
    code = order.code
    account = written.format(code=code, lower=code.lower(), spaced=f"{code[:4]} {code[4:]}")
    short = str(order.price - 1)
    rows = a_row("7001", code, short), a_row("7002", account, amount, "")
    import_kaspi_registry(content=a_registry(*rows), name="kaspi.csv", by="system", at=TOMORROW)
    entry = LedgerEntry.objects.get()
    wish = {"entry": entry, "code": order.code, "reason": "келді", "by": an_owner(), "at": LATER}
    with refusal() as caught:
        give_to_order(**wish)
    assert SENTENCE in str(caught.value)
    difference = ReconciliationDifference.objects.get(kind=DifferenceKind.REFUND_MISSING_HERE)
    settle_difference(difference=difference, reason="тексерілді", by=an_owner(), at=LATER)
    give_to_order(**wish)


def test_a_receipt_of_which_a_part_went_back_in_an_earlier_file_pays_nothing_by_itself(order):
    imported(an_order_paid(order, amount="-50000.00"))
    report = imported(an_order_paid(order), at=LATER)
    assert report.waiting == {Doubt.TAKEN_BACK: 1}
    assert state_of(order) == OrderState.AWAITING_PAYMENT
