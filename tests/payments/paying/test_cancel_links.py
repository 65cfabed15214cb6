"""A payment link is closed when its order takes no money any more (4.3)."""

from datetime import timedelta
from io import StringIO
from itertools import chain

import pytest
from django.core.management import call_command
from django.db import connection, transaction

from enrollment.models import Order
from enrollment.operations.ordering.orders import cancel_order, lapse_order
from enrollment.operations.ordering.restoring import restore_order
from offer_site.journal.models import Entry
from offer_site.staff.attention import needs_attention
from payments.models import Payment
from payments.models.payment import MOST_TRIES
from payments.operations.paying.links import cancel_links
from payments.tasks import cancel_links_task
from tests.at_once import at_once
from tests.enrollment.halves.scenes import a_half_paid_order
from tests.given import NOON, a_placed_order, a_receipt, an_owner, receive
from tests.payments.bank import bank
from tests.payments.notifications import a_notification, an_attempt, answer
from tests.payments.waiting import give, money_that_waits

__all__ = ["bank"]


@pytest.fixture(autouse=True)
def noon(time_machine):
    time_machine.move_to(NOON, tick=False)


def an_open_link(order, *, number=1):
    payment = an_attempt(order, number=number)
    Payment.objects.filter(pk=payment.pk).update(link_id=f"{order.code}-{number}")
    payment.refresh_from_db()
    return payment


def closed(*, at=NOON):
    """Close what is due; give the numbers of the attempts."""
    return [payment.invoice_id for payment, failure in cancel_links(at=at) if failure is None]


def lapse(order):
    lapse_order(order=order, at=order.pay_before)


ENDS = {
    "lapsed": lapse,
    "cancelled": lambda order: cancel_order(order=order, by="visitor", at=NOON),
    "paid otherwise": lambda order: receive(a_receipt(order), order),
}


@pytest.mark.clause("4.3")
@pytest.mark.parametrize("end", ENDS)
def test_the_link_of_an_order_that_takes_no_money_is_closed_once(db, bank, end):
    order = a_placed_order()
    payment = an_open_link(order)
    assert closed() == []
    ENDS[end](order)
    assert closed() == [payment.invoice_id]
    assert closed() == []
    payment.refresh_from_db()
    assert (payment.link_cancelled_at, payment.link_failure) == (NOON, "")
    assert bank.links == {payment.link_id: "Cancelled"}
    assert Entry.objects.of_order(order.code).filter(verb="link.cancelled").count() == 1


def restored(order):
    restore_order(order=order, by="visitor", at=NOON)


@pytest.mark.clause("4.3")
def test_a_link_that_was_being_closed_is_not_offered_again_once_its_order_is_restored(db, bank):
    order = a_placed_order()
    payment = an_open_link(order)
    cancel_order(order=order, by="visitor", at=NOON)
    assert closed() == [payment.invoice_id]
    restored(order)
    usable = Payment.objects.usable(
        order=order, provider="card", amount=payment.amount, language=payment.language, at=NOON
    )
    assert not usable.exists(), "the bank would say that the link is closed"
    Payment.objects.filter(pk=payment.pk).update(link_cancelled_at=None)
    assert not usable.exists(), "the bank may be closing it at this moment"
    Payment.objects.filter(pk=payment.pk).update(link_tries=0)
    assert usable.get() == payment


@pytest.mark.clause("4.3")
def test_a_link_of_an_order_that_was_restored_meanwhile_stays_open(db, bank):
    """The clock has read what is to be closed, and the buyer is faster."""
    first, second = [a_placed_order(), a_placed_order()]
    links = [an_open_link(order) for order in (first, second)]
    for order in (first, second):
        cancel_order(order=order, by="visitor", at=NOON)
    closing = cancel_links(at=NOON)
    assert next(closing) == (links[0], None)
    restored(second)
    assert list(closing) == []
    assert Payment.objects.get(pk=links[1].pk).link_tries == 0


def test_once_an_order_is_paid_by_one_link_its_others_are_closed_and_not_that_one(db, bank):
    order = a_placed_order()
    first = an_open_link(order)
    second = an_open_link(order, number=2)
    answer("pay", a_notification(order, InvoiceId=second.invoice_id))
    cancel_links_task(order.pk)
    assert [data["Id"] for data in bank.requests("/orders/cancel")] == [first.link_id]


def test_the_bell_is_rung_when_a_receipt_is_applied(db, bank, django_capture_on_commit_callbacks):
    order = a_placed_order()
    an_attempt(order)
    with django_capture_on_commit_callbacks() as rung:
        answer("pay", a_notification(order))
    with django_capture_on_commit_callbacks() as rung_again:
        answer("pay", a_notification(order))
    assert len([hook for hook in rung if "cancel_links_task" in hook.__qualname__]) == 1
    assert not [hook for hook in rung_again if "cancel_links_task" in hook.__qualname__]


def test_the_task_closes_the_links_of_its_order_alone(db, bank):
    orders = [a_placed_order(), a_placed_order()]
    for order in orders:
        an_open_link(order)
        lapse(order)
    cancel_links_task(orders[0].pk)
    assert Payment.objects.exclude(link_cancelled_at=None).get().order == orders[0]


@pytest.mark.parametrize("end", [503, "answer lost"])
def test_a_failure_is_reported_and_tried_again_later_and_later(db, bank, end):
    order = a_placed_order()
    payment = an_open_link(order)
    lapse(order)
    bank.fails["/orders/cancel"] = [end, end]
    said = StringIO()
    with pytest.raises(SystemExit):
        call_command("cancel_links", stdout=said)
    assert said.getvalue().startswith(f"link of {payment.invoice_id} not cancelled: ")
    assert closed(at=NOON + timedelta(minutes=4)) == []
    assert closed(at=NOON + timedelta(minutes=5)) == []  # tried, and failed again
    assert closed(at=NOON + timedelta(minutes=14)) == []
    assert closed(at=NOON + timedelta(minutes=15)) == [payment.invoice_id]
    assert len(bank.asked) == 3
    assert len({request_id for _path, _data, request_id in bank.asked}) == 3


def test_a_link_that_the_bank_never_closes_is_left_to_a_person(db, bank):
    order = a_placed_order()
    payment = an_open_link(order)
    lapse(order)
    bank.links[payment.link_id] = "Paid"
    at = NOON
    for _ in range(MOST_TRIES + 3):
        assert closed(at=at) == []
        at += timedelta(hours=12)
    assert len(bank.asked) == MOST_TRIES
    matters = {
        matter.question.listed: matter.count for matter in needs_attention(user=an_owner(), at=at)
    }
    assert matters["payments_payment"] == 1


def test_nothing_is_locked_and_nothing_is_open_while_the_bank_is_asked(transactional_db, bank):
    order = a_placed_order()
    an_open_link(order)
    lapse(order)
    seen = []

    def look(path):
        with transaction.atomic():
            Order.objects.select_for_update(nowait=True).get()
            seen.append(Payment.objects.select_for_update(nowait=True).get().link_tries)
        connection.close()

    bank.on_request = look
    assert len(closed()) == 1
    assert seen == [1]


def closed_at_once() -> list[str]:
    return list(chain.from_iterable(at_once([closed] * 10)))


def test_closed_at_once_by_many_the_bank_is_asked_once(transactional_db, bank):
    order = a_placed_order()
    payment = an_open_link(order)
    lapse(order)
    assert closed_at_once() == [payment.invoice_id]
    assert len(bank.asked) == 1


def test_without_taking_the_link_for_oneself_the_bank_is_asked_by_many(
    transactional_db, bank, monkeypatch
):
    """The control: the test above can fail."""
    an_open_link(order := a_placed_order())
    lapse(order)
    monkeypatch.setattr("payments.operations.paying.links._take", lambda payment, at: True)
    closed_at_once()
    assert len(bank.asked) > 1


@pytest.mark.clause("4.3.1")
def test_of_a_rest_that_is_paid_in_part_the_link_of_what_lacks_stays_open(db, bank):
    order = a_half_paid_order(rest_on=NOON.date() + timedelta(days=20))
    whole = an_open_link(order, number=2)
    rest = order.price - order.prepayment
    Payment.objects.filter(pk=whole.pk).update(amount=rest)
    assert closed() == []
    give(money_that_waits(order, amount=10_000), order)
    lacking = an_open_link(order, number=3)
    Payment.objects.filter(pk=lacking.pk).update(amount=rest - 10_000)
    assert closed() == [whole.invoice_id]
