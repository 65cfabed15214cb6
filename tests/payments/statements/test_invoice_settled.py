"""A transfer that names a company's invoice: the whole sum on its day settles all its orders,
anything else waits.
"""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from enrollment.models import Acceptance, Enrollment, Invoice, Order, Place
from enrollment.operations.ordering.invoice_reports import report_invoice_payment
from enrollment.operations.ordering.orders import cancel_order, lapse_unpaid_orders
from enrollment.operations.ordering.restoring import restore_order
from enrollment.rules.order_states import OrderState
from offer_site.days import end_of_day
from offer_site.documents import Document
from offer_site.journal.models import Entry
from offer_site.notices.kinds import NoticeKind
from offer_site.notices.models import Notice
from payments.models import Allocation, LedgerEntry, LineState, ManualMethod, StatementLine
from payments.operations.ledger.allocations import give_to_order
from payments.operations.statements.imports import import_statement
from payments.operations.statements.lines import apply_line, take_line
from payments.operations.statements.typed_transfers import (
    TransferSeen,
    approve_transfer,
    enter_transfer,
)
from payments.rules.matching import Candidate, Doubt, Transfer, match_invoice
from payments.rules.waiting import Why
from tests.enrollment.company import a_list, a_placed_invoice, order_list
from tests.given import (
    NOON,
    a_cohort,
    a_paid_order,
    a_placed_order,
    a_receipt,
    an_owner,
    receive,
    refusal,
)
from tests.payments.by_hand import a_clerk, entered
from tests.payments.statements.scenes import (
    DAY,
    a_statement,
    an_operation,
    an_order_paid,
    bank_details,
)

pytestmark = [pytest.mark.django_db, pytest.mark.clause("4.3", "4.4")]

PRICE = 149_990
NEXT_DAY = NOON + timedelta(days=1)


def paid(invoice: Invoice, *, learners: int, **wishes: Any) -> str:
    """The transfer that pays for so many learners of an invoice."""
    wanted = {"purpose": f"{invoice.code} оплата курса", "amount": f"{PRICE * learners}.00"}
    return an_operation(**wanted | wishes)


def told(operations: Sequence[str], *, at=NEXT_DAY, by="staff:1"):
    """The bank's statement comes, the next working day."""
    bank_details()
    return import_statement(content=a_statement(operations), name="bank.txt", by=by, at=at)


def states(invoice: Invoice) -> list[str]:
    return list(invoice.orders.as_listed().values_list("state", flat=True))


@pytest.mark.clause("2.2.1", "2.3")
@pytest.mark.parametrize("has_lapsed", [False, True])
def test_the_whole_sum_settles_all_orders_of_the_invoice_at_once(has_lapsed):
    invoice = a_placed_invoice(7, cohort=a_cohort(seats=20))
    if has_lapsed:  # the clock ran at 24:00, and the bank told of the day's money in the morning
        assert len(lapse_unpaid_orders(at=end_of_day(DAY))) == 7
    report = told([paid(invoice, learners=7)])
    assert report.matched == (invoice.code,)
    assert not report.needs_a_person
    assert states(invoice) == ["paid"] * 7
    entry = LedgerEntry.objects.get()
    assert (entry.amount, entry.invoice_id) == (Decimal(7 * PRICE), invoice.code)
    shares = list(Allocation.objects.order_by("number").values_list("number", "amount", "order"))
    assert [(number, amount) for number, amount, _order in shares] == [
        (n, Decimal(PRICE)) for n in range(1, 8)
    ]
    assert {order for _number, _amount, order in shares} == set(
        invoice.orders.values_list("pk", flat=True)
    )
    assert Acceptance.objects.count() == Enrollment.objects.count() == 7
    assert set(Acceptance.objects.values_list("reference", "amount")) == {
        (entry.reference, Decimal(PRICE))
    }
    assert Place.objects.filter(held_until=None).exclude(order=None).count() == 7
    assert Notice.objects.filter(kind=NoticeKind.CONTRACT_CONCLUDED).count() == 7
    line = StatementLine.objects.get()
    assert (line.state, line.invoice, line.order, line.doubt) == (
        LineState.MATCHED,
        invoice,
        None,
        "",
    )
    assert not LedgerEntry.objects.waiting().exists()
    for order in invoice.orders.all():
        recorded = Entry.objects.of_order(order.code).get(verb="receipt.recorded")
        assert recorded.facts["share"] == str(PRICE)


def test_the_same_statement_again_adds_nothing():
    invoice = a_placed_invoice(3)
    line = paid(invoice, learners=3)
    told([line])
    again = told([line])
    overlapping = told([line, an_operation(purpose="жалға алу", amount="5.00", number=16)])
    assert (again.matched, overlapping.matched, overlapping.repeated) == ((), (), 1)
    assert LedgerEntry.objects.count() == 1
    assert Allocation.objects.count() == 3


@pytest.mark.parametrize(
    ("learners", "wishes", "doubt"),
    [
        (2, {}, Doubt.WRONG_AMOUNT),
        (4, {}, Doubt.WRONG_AMOUNT),
        (3, {"amount": "449969.99"}, Doubt.WRONG_AMOUNT),
        (3, {"day": DAY + timedelta(days=1)}, Doubt.ANOTHER_DAY),
        (3, {"Валюта": "USD"}, Doubt.WRONG_CURRENCY),
    ],
    ids=["less", "more", "a tiyn less", "late", "dollars"],
)
def test_anything_but_the_whole_sum_on_its_day_waits_with_its_reason(learners, wishes, doubt):
    invoice = a_placed_invoice(3)
    report = told([paid(invoice, learners=learners, **wishes)])
    assert (report.matched, report.waiting) == ((), {doubt: 1})
    assert states(invoice) == ["awaiting_payment"] * 3
    assert not LedgerEntry.objects.exists()
    assert not Acceptance.objects.exists()


@pytest.mark.parametrize("what", ["an order of it", "another order", "another invoice"])
def test_a_purpose_that_names_more_than_the_invoice_waits(what):
    cohort = a_cohort(seats=20)
    invoice = a_placed_invoice(2, cohort=cohort)
    also = {
        "an order of it": lambda: invoice.orders.first().code,
        "another order": lambda: a_placed_order(cohort=cohort).code,
        "another invoice": lambda: a_placed_invoice(2, cohort=cohort).code,
    }[what]()
    report = told([paid(invoice, learners=2, purpose=f"{invoice.code} және {also}")])
    assert report.waiting == {Doubt.SEVERAL_ORDERS: 1}
    assert states(invoice) == ["awaiting_payment"] * 2


def test_what_was_paid_or_cancelled_singly_is_not_in_the_sum():
    invoice = a_placed_invoice(4)
    first, second, *_rest = invoice.orders.as_listed()
    cancel_order(order=first, by="visitor", at=NOON)
    receive(a_receipt(second), second)
    assert told([paid(invoice, learners=2)]).matched == (invoice.code,)
    assert states(invoice) == ["lapsed", "paid", "paid", "paid"]


def test_what_was_cancelled_and_restored_is_in_the_sum_though_the_clock_ended_it_since():
    invoice = a_placed_invoice(3)
    first, *_rest = invoice.orders.as_listed()
    cancel_order(order=first, by="visitor", at=NOON)
    restore_order(order=first, by="visitor", at=NOON)
    lapse_unpaid_orders(at=first.pay_before)
    assert states(invoice) == ["lapsed"] * 3
    assert told([paid(invoice, learners=3)]).matched == (invoice.code,)
    assert states(invoice) == ["paid"] * 3


def test_a_second_transfer_for_a_paid_invoice_waits_for_a_person():
    invoice = a_placed_invoice(2)
    report = told([paid(invoice, learners=2), paid(invoice, learners=2, number=16)])
    assert (report.matched, report.waiting) == ((invoice.code,), {Doubt.KNOWN_ALREADY: 1})


@pytest.mark.clause("4.6")
def test_where_one_place_is_missing_no_order_of_the_list_takes_the_money():
    cohort = a_cohort(seats=3)
    invoice = a_placed_invoice(3, cohort=cohort)
    late = NOON + timedelta(hours=1)  # the places are held no longer, and one is sold
    a_paid_order(cohort=cohort, at=late)
    report = told([paid(invoice, learners=3)])
    assert report.waiting == {Doubt.NOT_TAKEN: 1}
    assert states(invoice) == ["awaiting_payment"] * 3
    assert LedgerEntry.objects.count() == Acceptance.objects.count() == 1
    assert Notice.objects.filter(kind=NoticeKind.CONTRACT_CONCLUDED).count() == 1


def test_the_code_of_an_unknown_invoice_waits_at_once():
    a_cohort()
    invoice = a_placed_invoice(1)
    code = invoice.code
    Invoice.objects.filter(pk=invoice.pk).update(code="SHXXXXXX")
    assert told([an_operation(purpose=code)]).waiting == {Doubt.UNKNOWN_CODE: 1}


@pytest.mark.clause("2.6")
def test_staff_give_a_short_sum_to_the_orders_in_parts():
    invoice = a_placed_invoice(3)
    owner = an_owner()
    told([paid(invoice, learners=2)], at=NOON)
    line = StatementLine.objects.get()
    entry = take_line(line=line, reason="екі адамға төленді", by=owner, at=NOON)
    assert LedgerEntry.objects.waiting(Why.OF_INVOICE).get() == entry
    first, second, _third = invoice.orders.as_listed()
    for order in (first, second):
        give_to_order(entry=entry, code=order.code, reason="тізім бойынша", by=owner, at=NOON)
    assert states(invoice) == ["paid", "paid", "awaiting_payment"]
    assert not LedgerEntry.objects.waiting().exists()


def test_staff_name_the_invoice_that_the_purpose_does_not():
    invoice = a_placed_invoice(3)
    owner = an_owner()
    told([paid(invoice, learners=3, purpose="курс үшін")], at=NOON)
    line = StatementLine.objects.get()
    with refusal():
        apply_line(line=line, code=a_placed_invoice(2).code, by=owner, at=NOON)
    assert apply_line(line=line, code=invoice.code.lower(), by=owner, at=NOON) == invoice
    assert states(invoice) == ["paid"] * 3
    order = invoice.orders.first()
    assert Entry.objects.of_order(order.code).filter(verb="statement_line.applied").count() == 1


@pytest.mark.clause("2.6")
def test_a_typed_transfer_settles_an_invoice_when_a_second_person_approves_it():
    invoice = a_placed_invoice(2)
    bank_details()
    transfer = TransferSeen(
        DAY, Decimal(2 * PRICE), "«Жаңа Өркен» ЖШС", "971240001315", f"{invoice.code} төлем", "15"
    )
    paper = Document(b"%PDF-1.4 %%EOF", "application/pdf")
    line = enter_transfer(
        transfer=transfer, reason="банк қосымшасынан", document=paper, by=an_owner(), at=NOON
    )
    assert states(invoice) == ["awaiting_payment"] * 2
    assert approve_transfer(line=line, by=a_clerk(), at=NOON) == invoice.code
    assert states(invoice) == ["paid"] * 2


def test_a_transfer_that_was_entered_by_hand_for_one_of_the_orders_is_not_counted_again():
    invoice = a_placed_invoice(2)
    order = invoice.orders.first()
    entered(order, method=ManualMethod.TRANSFER)
    assert told([paid(invoice, learners=2)]).waiting == {Doubt.TYPED_ALREADY: 1}


@pytest.mark.clause("4.6")
def test_one_report_keeps_all_orders_and_as_many_places_as_the_tenth_allows():
    cohort = a_cohort(seats=30)
    invoice = a_placed_invoice(5, cohort=cohort)
    paper = Document(b"%PDF-1.4 %%EOF", "application/pdf")
    wish = {
        "invoice": invoice,
        "kind": "transfer",
        "number": "15",
        "day": DAY,
        "document": paper,
        "by": "visitor",
    }
    reports = report_invoice_payment(**wish, at=NOON)
    assert [report.keeps_place for report in reports] == [True, True, True, False, False]
    assert report_invoice_payment(**wish, at=NOON) == reports
    assert len({report.document for report in reports}) == 1
    letter = Notice.objects.get(kind=NoticeKind.INVOICE_REPORTED)
    assert (letter.facts["learners"], letter.facts["places"], letter.facts["beyond"]) == (
        5,
        3,
        "yes",
    )
    assert not Notice.objects.filter(kind=NoticeKind.REPORT_RECEIVED).exists()
    assert lapse_unpaid_orders(at=end_of_day(DAY)) == []
    assert told([paid(invoice, learners=5)], at=NEXT_DAY).matched == (invoice.code,)
    assert states(invoice) == ["paid"] * 5


def test_an_order_and_an_invoice_in_one_statement_settle_beside_each_other():
    cohort = a_cohort(seats=20)
    invoice = a_placed_invoice(2, cohort=cohort)
    order = a_placed_order(cohort=cohort)
    report = told([an_order_paid(order, number=14), paid(invoice, learners=2)])
    assert set(report.matched) == {order.code, invoice.code}
    assert set(Order.objects.values_list("state", flat=True)) == {OrderState.PAID}


def a_candidate(code: str, **values: Any) -> Candidate:
    known = {
        "state": OrderState.AWAITING_PAYMENT,
        "due": 10,
        "placed_on": DAY,
        "payer_ids": frozenset(),
    }
    return Candidate(code, **known | values)


@pytest.mark.parametrize(
    ("candidates", "amount", "found"),
    [
        ([a_candidate("a"), a_candidate("b")], 20, ["a", "b"]),
        ([a_candidate("a"), a_candidate("b", due=0, state=OrderState.PAID)], 10, ["a"]),
        ([a_candidate("a", due=3), a_candidate("b")], 13, ["a", "b"]),
        ([a_candidate("a", due=0, state=OrderState.PAID)], 10, Doubt.NOTHING_DUE),
        ([a_candidate("a"), a_candidate("b")], 10, Doubt.WRONG_AMOUNT),
        (
            [a_candidate("a"), a_candidate("b", placed_on=DAY + timedelta(days=1))],
            20,
            Doubt.ANOTHER_DAY,
        ),
        (
            [a_candidate("a"), a_candidate("b", placed_on=DAY + timedelta(days=1), since=DAY)],
            20,
            ["a", "b"],
        ),
    ],
    ids=range(7),
)
def test_the_rule_of_the_whole_sum(candidates, amount, found):
    transfer = Transfer(amount=Decimal(amount), currency="KZT", payer_id="", paid_on=DAY)
    judged = match_invoice(transfer, candidates)
    assert (judged if isinstance(judged, Doubt) else [each.code for each in judged]) == found


def test_a_list_of_sixty_is_settled_by_one_transfer():
    invoice, _is_new = order_list(a_list(60), cohort=a_cohort(seats=60))
    report = told([paid(invoice, learners=60)], by="system")
    assert report.matched == (invoice.code,)
    assert Acceptance.objects.count() == 60
