"""A company's invoice and what comes at the same moment: each tenge counts once,
each place is sold once.
"""

from functools import partial

import pytest

from enrollment.models import Acceptance, Order, Place
from enrollment.operations.ordering.orders import cancel_order
from offer_site.errors import RuleViolation
from payments.models import Allocation, LedgerEntry, LineState, StatementLine
from payments.operations.statements.imports import import_statement
from payments.operations.statements.lines import apply_line
from tests.at_once import at_once
from tests.enrollment.company import a_placed_invoice
from tests.given import NOON, a_cohort, a_receipt, an_owner, receive
from tests.payments.statements.scenes import a_statement, an_operation, bank_details
from tests.payments.statements.test_invoice_settled import NEXT_DAY, paid, states

pytestmark = [pytest.mark.clause("4.3", "4.4")]


def received() -> dict[str, int]:
    return {
        order.code: sum(int(each.amount) for each in order.allocations.all())
        for order in Order.objects.all()
    }


def import_all(*statements):
    works = [
        partial(import_statement, content=content, name=f"{number}.txt", by="staff:1", at=NEXT_DAY)
        for number, content in enumerate(statements)
    ]
    return at_once(works)


def test_the_same_transfer_in_two_files_at_once_is_given_once(transactional_db):
    invoice = a_placed_invoice(3, cohort=a_cohort(seats=20))
    bank_details()
    line = paid(invoice, learners=3)
    rent = an_operation(purpose="жалға алу", amount="5.00", number=16)
    import_all(a_statement([line]), a_statement([line, rent]), a_statement([rent, line]))
    assert states(invoice) == ["paid"] * 3
    assert LedgerEntry.objects.count() == 1
    assert Allocation.objects.count() == Acceptance.objects.count() == 3
    assert set(received().values()) == {149_990}


@pytest.mark.parametrize("round_", range(3))
def test_one_order_is_paid_by_card_while_the_transfer_for_all_is_read(transactional_db, round_):
    invoice = a_placed_invoice(3, cohort=a_cohort(seats=20))
    bank_details()
    last = invoice.orders.order_by("pk").last()
    works = [
        lambda: import_statement(
            content=a_statement([paid(invoice, learners=3)]), name="a", by="staff:1", at=NEXT_DAY
        ),
        lambda: receive(a_receipt(last), last),
    ]
    at_once(works)
    line = StatementLine.objects.get()
    if line.state == LineState.MATCHED:  # the card's money came second and waits
        assert LedgerEntry.objects.waiting().count() == 1
        assert states(invoice) == ["paid"] * 3
    else:
        assert (line.doubt, states(invoice).count("paid")) == ("wrong-amount", 1)
    assert set(received().values()) <= {0, 149_990}
    assert (
        Place.objects.filter(held_until=None).exclude(order=None).count()
        == Acceptance.objects.count()
    )


def test_one_order_is_cancelled_while_staff_give_the_transfer(transactional_db):
    invoice = a_placed_invoice(3, cohort=a_cohort(seats=20))
    owner = an_owner()
    bank_details()
    import_statement(
        content=a_statement([paid(invoice, learners=3, purpose="курс")]),
        name="a",
        by="staff:1",
        at=NOON,
    )
    line = StatementLine.objects.get()
    first = invoice.orders.order_by("pk").first()
    works = [
        lambda: apply_line(line=line, code=invoice.code, by=owner, at=NOON),
        lambda: apply_line(line=line, code=invoice.code, by=owner, at=NOON),
        lambda: cancel_order(order=first, by="visitor", at=NOON),
    ]
    at_once(works, errors=RuleViolation)
    found = states(invoice)
    assert found in (
        ["paid"] * 3,
        *[
            [s if n != at else "lapsed" for n, s in enumerate(["awaiting_payment"] * 3)]
            for at in range(3)
        ],
    )
    assert LedgerEntry.objects.count() == (found == ["paid"] * 3)
