"""Staff say where waiting money belongs: whole, in part, and taken back again (4.3, M4, M8)."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from enrollment.models import Acceptance, ConsentsBy, Enrollment, Order, PartyKind, Place
from enrollment.operations.offering.offers import withdraw_offer
from enrollment.operations.ordering.guardians import consent_by_link
from enrollment.operations.ordering.orders import lapse_unpaid_orders
from enrollment.rules.order_states import OrderState
from offer_site.journal.models import Entry
from offer_site.journal.operations import actor
from offer_site.notices.models import Notice
from payments.models import Allocation, LedgerEntry
from payments.operations.ledger.allocations import left_of, reopen_with_money, take_back
from payments.operations.ledger.receipts import received_by, record_receipt
from payments.operations.ledger.refunds import record_refund
from payments.operations.paying.checks import due_now
from payments.rules.waiting import Why, part_to_give
from tests.enrollment.called import a_called_order, confirm
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
)
from tests.payments.waiting import REASON, give, left, money_that_waits, why

PRICE = 149_990
LATER = NOON + timedelta(hours=1)


def state_of(order):
    return Order.objects.get(pk=order.pk).state


def nothing_changed(order, entry, *, state=OrderState.AWAITING_PAYMENT):
    """Assert that a refused decision left no trace."""
    assert state_of(order) == state
    assert not Allocation.objects.filter(entry=entry).exists()
    assert not Acceptance.objects.filter(order=order).exists()
    assert not Entry.objects.filter(verb__in=["receipt.given", "order.reopened"]).exists()
    return True


def back(entry, *, amount=None, reference="back"):
    """The provider tells that it gave money back."""
    return record_refund(
        provider=entry.provider,
        reference=reference,
        refunds_reference=entry.reference,
        amount=Decimal(entry.amount if amount is None else amount),
        happened_at=LATER,
        at=LATER,
    )


# --- given to an order
@pytest.mark.clause("4.3")
def test_money_of_no_order_becomes_the_contract_when_staff_give_it(db):
    order = a_placed_order()
    entry = money_that_waits(order, invoice="SMXXXXXX-1")
    assert why(entry) == Why.NO_ORDER
    assert give(entry, order).state == OrderState.PAID
    assert (received_by(order), left(entry), why(entry)) == (PRICE, 0, None)
    allocation = Allocation.objects.get()
    assert (allocation.number, allocation.amount, allocation.by) == (1, PRICE, actor(an_owner()))
    assert order.acceptance.reference == entry.reference
    assert order.acceptance.accepted_at == entry.happened_at
    assert Place.objects.get(order=order).held_until is None
    given = Entry.objects.of_order(order.code).get(verb="receipt.given")
    assert given.by == actor(an_owner())
    assert given.facts == {
        "reference": entry.reference,
        "amount": f"{PRICE}.00",
        "left": "0.00",
        "reason": REASON,
    }


@pytest.mark.clause("4.3")
def test_of_too_much_an_order_takes_what_is_due_and_the_rest_waits_on(db):
    order = a_placed_order()
    other = a_placed_order(package="ozim")
    entry = money_that_waits(order, amount=PRICE + other.price + 10)
    assert why(entry) == Why.EXCESS
    give(entry, order)
    assert (state_of(order), left(entry), why(entry)) == (
        OrderState.PAID,
        other.price + 10,
        Why.EXCESS,
    )
    give(entry, other)
    assert (state_of(other), left(entry)) == (OrderState.PAID, 10)
    assert list(Allocation.objects.order_by("pk").values_list("number", "amount")) == [
        (1, PRICE),
        (2, other.price),
    ]


@pytest.mark.clause("4.3")
def test_two_short_payments_of_one_day_make_up_one_price(db):
    order = a_placed_order()
    first, second = (money_that_waits(order, amount=amount) for amount in (100_000, 49_990))
    assert why(first) == Why.SHORT
    give(first, order)
    assert (state_of(order), received_by(order), left(first)) == (
        OrderState.AWAITING_PAYMENT,
        100_000,
        0,
    )
    assert due_now(Order.objects.get(pk=order.pk)) == 49_990
    assert not Acceptance.objects.exists()
    give(second, order)
    assert (state_of(order), received_by(order)) == (OrderState.PAID, PRICE)
    assert order.acceptance.reference == second.reference
    assert Notice.objects.get(kind="contract-concluded").facts["amount"] == f"{PRICE}.00"


@pytest.mark.clause("4.3")
def test_money_that_comes_by_itself_makes_up_what_a_part_lacks(db):
    order = a_placed_order()
    give(money_that_waits(order, amount=100_000), order)
    receive(a_receipt(order, amount=49_990), order)
    assert (state_of(order), received_by(order)) == (OrderState.PAID, PRICE)
    assert not LedgerEntry.objects.waiting().exists()


def test_the_whole_price_beside_a_part_waits_until_staff_give_what_is_due_of_it(db):
    order = a_placed_order()
    give(money_that_waits(order, amount=100_000), order)
    receive(a_receipt(order), order)
    entry = LedgerEntry.objects.waiting().get()
    assert (state_of(order), why(entry)) == (OrderState.AWAITING_PAYMENT, Why.EXCESS)
    give(entry, order)
    assert (state_of(order), left(entry)) == (OrderState.PAID, 100_000)


def test_a_part_is_given_in_whole_tenge(db):
    order = a_placed_order()
    entry = money_that_waits(order, amount=Decimal("1000.75"))
    give(entry, order)
    assert (received_by(order), left(entry)) == (1000, Decimal("0.75"))
    assert part_to_give(left=Decimal("0.75"), due=Decimal(1), whole=Decimal(2)) == 0


def test_less_than_all_is_given_when_staff_name_it(db):
    order = a_placed_order()
    entry = money_that_waits(order)
    give(entry, order, amount=50_000)
    assert (state_of(order), left(entry)) == (OrderState.AWAITING_PAYMENT, PRICE - 50_000)


@pytest.mark.parametrize("amount", [0, -1, PRICE + 1, PRICE + 6])
def test_neither_more_than_is_left_nor_than_is_due_nor_nothing_is_given(db, amount):
    order = a_placed_order()
    entry = money_that_waits(order, amount=PRICE + 5)
    with refusal() as refused:
        give(entry, order, amount=amount)
    assert refused.value.field == "amount"
    assert nothing_changed(order, entry)


def test_money_of_the_day_revives_a_lapsed_order_by_the_hand_of_staff(db):
    order = a_placed_order()
    entry = money_that_waits(order, invoice="")
    lapse_unpaid_orders(at=order.pay_before)
    give(entry, order, at=order.pay_before)
    assert state_of(order) == OrderState.PAID


# --- what no decision of staff overrules
@pytest.mark.clause("4.3")
def test_money_of_another_day_is_not_given_without_a_new_day(db):
    order = a_placed_order()
    entry = money_that_waits(order, at=order.pay_before)
    assert why(entry) == Why.ANOTHER_DAY
    with refusal() as refused:
        give(entry, order)
    assert refused.value.clause == "4.3"
    assert nothing_changed(order, entry)


@pytest.mark.clause("4.6")
def test_money_is_not_given_beyond_the_seats(db):
    cohort = a_cohort(seats=1)
    order = a_placed_order(cohort=cohort)
    later = NOON + timedelta(minutes=31)
    a_paid_order(cohort=cohort, at=later)
    entry = money_that_waits(order)
    assert why(entry) == Why.NOT_TAKEN
    with refusal():
        give(entry, order, at=later)
    assert nothing_changed(order, entry)


@pytest.mark.clause("2.4")
def test_money_revives_nothing_while_the_offer_is_withdrawn(db):
    order = a_placed_order()
    entry = money_that_waits(order)
    withdraw_offer(edition=order.edition, reason="2.4", by=an_owner(), at=NOON)
    with refusal():
        give(entry, order)
    assert nothing_changed(order, entry, state=OrderState.LAPSED)


@pytest.mark.clause("3.3")
def test_a_learner_is_not_enrolled_twice_by_the_hand_of_staff(db):
    cohort = a_cohort()
    application = an_application()
    older = a_placed_order(cohort=cohort, application=application)
    lapse_unpaid_orders(at=older.pay_before)
    a_paid_order(cohort=cohort, application=application, at=older.pay_before)
    entry = money_that_waits(older)
    with refusal():
        give(entry, older, at=older.pay_before)
    assert nothing_changed(older, entry, state=OrderState.LAPSED)


def test_a_paid_order_takes_no_more_and_double_money_goes_to_another(db):
    order = a_paid_order()
    entry = money_that_waits(order)
    assert why(entry) == Why.DOUBLE
    with refusal():
        give(entry, order)
    other = a_placed_order()
    give(entry, other)
    assert state_of(other) == OrderState.PAID


@pytest.mark.clause("4.4")
def test_foreign_and_test_money_is_given_to_nobody(db):
    order = a_placed_order()
    foreign = a_receipt(order)
    record_receipt(receipt=foreign.__class__(**{**vars(foreign), "currency": "RUB"}), at=NOON)
    tried = a_receipt(order)
    record_receipt(receipt=tried, disagreement="test money", at=NOON)
    for reference in (foreign.reference, tried.reference):
        entry = LedgerEntry.objects.get(reference=reference)
        with refusal():
            give(entry, order)
        assert nothing_changed(order, entry)


def test_an_unknown_code_is_refused_and_a_dictated_one_understood(db):
    order = a_placed_order()
    entry = money_that_waits(order)
    for code in ("", "SM000000", "nonsense"):
        order.code, known = code, order.code
        with refusal() as refused:
            give(entry, order)
        assert refused.value.field == "code"
        order.code = known
    order.code = " ".join(order.code.lower())
    assert give(entry, order).state == OrderState.PAID


# --- repeated
def test_money_given_once_cannot_be_given_again(db):
    order = a_placed_order()
    other = a_placed_order()
    entry = money_that_waits(order)
    give(entry, order)
    for again in (order, other):
        with refusal():
            give(entry, again)
    assert Allocation.objects.count() == Enrollment.objects.count() == 1


# --- refunds
@pytest.mark.clause("4.6")
def test_what_went_back_waits_no_more(db):
    order = a_placed_order()
    entry = money_that_waits(order)
    back(entry, amount=100_000, reference="first")
    assert (left(entry), why(entry)) == (49_990, Why.SHORT)
    back(entry, amount=49_990, reference="second")
    assert (left(entry), why(entry)) == (0, None)
    with refusal():
        give(entry, order)
    assert nothing_changed(order, entry)


def test_a_refund_of_another_providers_reference_lessens_nothing(db):
    entry = money_that_waits(a_placed_order())
    record_refund(
        provider="kaspi",
        reference="1",
        refunds_reference=entry.reference,
        amount=entry.amount,
        happened_at=NOON,
        at=NOON,
    )
    assert left(entry) == entry.amount


@pytest.mark.clause("4.6")
def test_a_part_that_went_back_does_not_make_up_a_price(db):
    order = a_placed_order()
    entry = money_that_waits(order, amount=100_000)
    give(entry, order)
    back(entry)
    assert (received_by(order), left(entry)) == (0, 0)
    receive(a_receipt(order, amount=49_990), order)
    assert state_of(order) == OrderState.AWAITING_PAYMENT


@pytest.mark.clause("4.6")
def test_money_whose_refund_was_told_before_concludes_nothing_and_waits_by_what_is_left(db):
    order = a_placed_order()
    receipt = a_receipt(order)
    record_refund(
        provider=receipt.provider,
        reference="r",
        refunds_reference=receipt.reference,
        amount=Decimal(100_000),
        happened_at=NOON,
        at=NOON,
    )
    receive(receipt, order)
    entry = LedgerEntry.objects.waiting().get()
    assert (state_of(order), left(entry)) == (OrderState.AWAITING_PAYMENT, 49_990)
    assert (
        Entry.objects.of_order(order.code).get(verb="receipt.unmatched").facts["reason"]
        == "refunded already"
    )


# --- taken back
def test_a_part_given_wrongly_is_taken_back_and_waits_again(db):
    order = a_placed_order()
    other = a_placed_order()
    entry = money_that_waits(other, amount=100_000)
    give(entry, order)
    allocation = Allocation.objects.get()
    undone = take_back(allocation=allocation, reason=REASON, by=an_owner(), at=LATER)
    assert (undone.number, undone.amount, undone.takes_back) == (2, -100_000, allocation)
    assert (received_by(order), left(entry), why(entry)) == (0, 100_000, Why.SHORT)
    assert (
        Entry.objects.of_order(order.code).get(verb="receipt.taken_back").facts["reason"] == REASON
    )
    with refusal():
        take_back(allocation=allocation, reason=REASON, by=an_owner(), at=LATER)
    assert Allocation.objects.count() == 2
    give(entry, other)
    assert (received_by(other), Allocation.objects.latest("pk").number) == (100_000, 3)


@pytest.mark.clause("2.2.1")
def test_money_that_concluded_a_contract_is_never_taken_back(db):
    order = a_placed_order()
    parts = [money_that_waits(order, amount=amount) for amount in (100_000, 49_990)]
    for part in parts:
        give(part, order)
    for allocation in Allocation.objects.all():
        with refusal() as refused:
            take_back(allocation=allocation, reason=REASON, by=an_owner(), at=LATER)
        assert refused.value.clause == "2.2.1"
    assert (state_of(order), received_by(order), Allocation.objects.count()) == (
        OrderState.PAID,
        PRICE,
        2,
    )


# --- what the database promises
def test_the_database_refuses_a_number_twice_and_a_row_that_neither_gives_nor_takes_back(db):
    order = a_paid_order()
    first = Allocation.objects.get()
    for wrong in (
        {"number": 1, "amount": 1},
        {"number": 0, "amount": 1},
        {"number": 2, "amount": 0},
        {"number": 2, "amount": -1},
        {"number": 2, "amount": 1, "takes_back": first},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            Allocation.objects.create(
                entry=first.entry, order=order, at=NOON, by="staff:1", **wrong
            )
    taken = {
        "entry": first.entry,
        "order": order,
        "amount": -1,
        "takes_back": first,
        "at": NOON,
        "by": "staff:1",
    }
    Allocation.objects.create(number=2, **taken)
    with pytest.raises(IntegrityError), transaction.atomic():
        Allocation.objects.create(number=3, **taken)


def test_what_is_left_is_the_same_in_the_list_and_under_the_lock(db):
    order = a_placed_order()
    entry = money_that_waits(order, amount=Decimal("0.30"))
    back(entry, amount="0.10", reference="a")
    back(entry, amount="0.20", reference="b")
    assert left_of(entry) == left(entry) == 0
    assert not LedgerEntry.objects.waiting().exists()


def a_minors_order() -> Order:
    return a_placed_order(kind=PartyKind.MINOR)


def an_order_to_confirm() -> Order:
    return a_called_order(consents=ConsentsBy.LINK)


def the_guardian_consents(order: Order, *, at: datetime = NOON) -> None:
    origin = ("198.18.0.1", "pytest")
    consent_by_link(order=order, text="Келісемін.", language="kk", origin=origin, at=at)


@pytest.mark.clause("1.1", "2.6")
@pytest.mark.parametrize(
    ("placed", "allowed"),
    [(a_minors_order, the_guardian_consents), (an_order_to_confirm, confirm)],
    ids=["minor", "called"],
)
def test_an_order_that_takes_no_money_yet_gets_no_part_of_it(db, placed, allowed):
    """A part alone does not move the order, so nothing else would ask."""
    order = placed()
    entry = money_that_waits(order, amount=5000)
    with refusal():
        give(entry, order, amount=5000)
    with refusal():
        reopen_with_money(entry=entry, code=order.code, reason=REASON, by=an_owner(), at=NOON)
    assert nothing_changed(order, entry)
    allowed(order)
    give(entry, order, amount=5000)
    assert received_by(order) == 5000


@pytest.mark.clause("1.1", "2.6")
@pytest.mark.parametrize(
    ("placed", "allowed", "reason"),
    [
        (a_minors_order, the_guardian_consents, Why.GUARDIAN),
        (an_order_to_confirm, confirm, Why.UNCONFIRMED),
    ],
    ids=["minor", "called"],
)
def test_the_reason_is_who_has_not_agreed_yet_and_then_that_a_person_may_give_it(
    db, placed, allowed, reason
):
    order = placed()
    entry = money_that_waits(order)
    assert why(entry) == reason
    assert list(LedgerEntry.objects.waiting(reason)) == [entry]
    allowed(order, at=LATER)
    assert why(entry) == Why.BY_PERSON
    after = LATER + timedelta(hours=1)
    assert why(money_that_waits(order, at=after)) == Why.NOT_TAKEN
    give(entry, order, at=after)
    assert state_of(order) == OrderState.PAID
