"""Staff resolve waiting money from its page: what they see, whose work it is,
and each move by its button.
"""

from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from enrollment.models import ConsentsBy, Order
from enrollment.operations.ordering.orders import lapse_order
from enrollment.rules.order_states import OrderState
from offer_site.journal.models import Entry
from offer_site.notices.models import Notice
from payments.models import (
    Allocation,
    LedgerEntry,
    LineState,
    Outcome,
    ProviderMessage,
    StatementLine,
)
from payments.operations.ledger.receipts import record_receipt
from payments.operations.paying.messages import settle_message
from payments.operations.statements.imports import import_statement
from payments.operations.statements.lines import settle_line, take_line
from payments.rules.waiting import Why
from tests.enrollment.called import a_called_order
from tests.given import NOON, a_paid_order, a_placed_order, a_receipt, an_owner, receive, refusal
from tests.payments.notifications import a_notification, an_attempt, answer
from tests.payments.statements.scenes import a_statement, an_operation, an_order_paid, bank_details
from tests.payments.waiting import REASON, give, left, money_that_waits, why
from tests.staff.conftest import a_member, signed_in

REFUSES = pytest.mark.django_db(
    transaction=True
)  # what a refusal rolls back is a transaction of its own
NEXT = NOON + timedelta(days=1)
LEDGER = "/admin/payments/ledgerentry/"


def page(name, thing):
    return reverse(f"admin:payments_{thing._meta.model_name}_{name}", args=[thing.pk])


def buttons(answer):
    return {url.rstrip("/").rpartition("/")[2] for _label, url in answer.context["staff_buttons"]}


def said(answer):
    """What a page says was done."""
    return str(next(iter(answer.context["messages"])))


def state_of(order):
    return Order.objects.get(pk=order.pk).state


@pytest.fixture
def at_accountants_desk(db):
    return signed_in(a_member("accountant"))


@pytest.fixture
def at_managers_desk(db):
    return signed_in(a_member("manager"))


def taken_by_a_person(order):
    """A transfer of exactly what is due, which a person took into the ledger."""
    record_receipt(receipt=replace(a_receipt(order, reference="b-1"), provider="bank"), at=NOON)
    return LedgerEntry.objects.get(provider="bank")


# --- what they see
@pytest.mark.clause("4.3")
def test_each_kind_of_waiting_money_has_its_list(at_accountants_desk):
    paid = a_paid_order()
    unpaid = a_placed_order()
    part = a_placed_order()
    given = money_that_waits(part, amount=1000)
    give(given, part)
    lapse_order(order=part, at=part.pay_before)
    for question, entry in {
        Why.NO_ORDER: money_that_waits(unpaid, invoice=""),
        Why.ANOTHER_DAY: money_that_waits(unpaid, at=NEXT),
        Why.SHORT: money_that_waits(unpaid, amount=1),
        Why.EXCESS: money_that_waits(unpaid, amount=unpaid.price + 1),
        Why.DOUBLE: money_that_waits(paid),
        Why.NOT_TAKEN: money_that_waits(unpaid),
        Why.GUARDIAN: money_that_waits(a_placed_order(kind="minor")),
        Why.UNCONFIRMED: money_that_waits(a_called_order(consents=ConsentsBy.LINK)),
        Why.BY_PERSON: taken_by_a_person(a_placed_order()),
        "part-of-lapsed": given,
    }.items():
        listed = at_accountants_desk.get(LEDGER, {"waits": question})
        assert [row.pk for row in listed.context["cl"].result_list] == [entry.pk], question
    assert at_accountants_desk.get(LEDGER, {"waits": "yes"}).context["cl"].result_count == 9


@pytest.mark.parametrize("language", ["kk", "ru"])
def test_the_page_says_what_is_left_why_it_waits_and_which_orders_are_meant(
    at_accountants_desk, language
):
    order = a_placed_order()
    entry = money_that_waits(order, amount=order.price + 10)
    give(entry, order)
    answer = at_accountants_desk.get(page("change", entry), headers={"accept-language": language})
    words = {"kk": "төлеуге тиіс сомадан көп", "ru": "больше, чем причитается"}
    assert words[language] in answer.text
    assert "10\N{NO-BREAK SPACE}₸" in answer.text
    assert order.code in answer.text
    assert REASON not in answer.text  # the journal is not the accountant's


def test_the_ledgers_list_asks_the_same_number_of_questions_for_any_number_of_rows(
    at_accountants_desk,
):
    order = a_placed_order()
    give(money_that_waits(order, amount=10), order, amount=1)
    asked = []
    for _more in range(3):
        with CaptureQueriesContext(connection) as queries:
            assert at_accountants_desk.get(LEDGER, {"waits": "yes"}).status_code == 200
        asked.append(len(queries))
        for number in range(4):
            give(money_that_waits(order, amount=10 + number), order, amount=1)
    assert len(set(asked)) == 1, asked


# --- whose work it is
@pytest.mark.clause("5.4")
def test_the_moves_are_the_work_of_the_owner_and_the_accountant(db):
    order = a_placed_order()
    entry = money_that_waits(order, amount=1000)
    give(entry, order, amount=500)
    for group, offered in {"owner": True, "accountant": True, "manager": False}.items():
        desk = signed_in(a_member(group))
        found = buttons(desk.get(page("change", entry)))
        assert (found >= {"give", "reopen", "take-back"}) == offered
        assert desk.get(page("give", entry)).status_code == (200 if offered else 403)
    assert signed_in(a_member("curator")).get(page("change", entry)).status_code == 403


@pytest.mark.clause("4.3")
def test_a_manager_reopens_a_lapsed_order_from_its_page(at_managers_desk):
    order = a_placed_order()
    url = reverse("admin:enrollment_order_reopen", args=[order.pk])
    assert "reopen" not in buttons(
        at_managers_desk.get(reverse("admin:enrollment_order_change", args=[order.pk]))
    )
    lapse_order(order=order, at=order.pay_before)
    with time_machine.travel(NEXT, tick=False):
        assert 'value="2026-11-24"' in at_managers_desk.get(url).text
        done = at_managers_desk.post(url, {"day": "2026-11-25", "reason": REASON}, follow=True)
    assert order.code in said(done)
    assert state_of(order) == OrderState.AWAITING_PAYMENT
    assert Notice.objects.get(kind="order-reopened").facts["pay_on"] == "2026-11-25"
    assert signed_in(a_member("accountant")).get(url).status_code == 403


# --- the moves
def test_money_is_given_from_its_page(at_accountants_desk):
    order = a_placed_order()
    entry = money_that_waits(order)
    asked = at_accountants_desk.get(page("give", entry))
    assert asked.context["form"]["code"].initial == order.code
    assert str(asked.context["chapters"][0].rows[0][-1])
    typed = {"code": order.code, "amount": "", "reason": REASON}
    with time_machine.travel(NOON, tick=False):
        done = at_accountants_desk.post(page("give", entry), typed, follow=True)
    assert order.code in said(done)
    assert (state_of(order), left(entry)) == (OrderState.PAID, 0)
    assert "give" not in buttons(at_accountants_desk.get(page("change", entry)))


@REFUSES
def test_a_refused_move_is_an_error_of_the_form_and_changes_nothing():
    desk = signed_in(a_member("accountant"))
    order = a_placed_order()
    entry = money_that_waits(order, at=NEXT)
    with time_machine.travel(NEXT, tick=False):
        refused = desk.post(page("give", entry), {"code": order.code, "reason": REASON})
        assert refused.context["form"].errors["code"]
        assert not desk.post(page("give", entry), {"code": order.code}).context["form"].is_valid()
    assert (state_of(order), left(entry)) == (OrderState.AWAITING_PAYMENT, order.price)
    assert not Entry.objects.filter(verb="receipt.given").exists()


def test_a_lapsed_order_is_reopened_with_its_money(at_accountants_desk):
    order = a_placed_order()
    lapse_order(order=order, at=order.pay_before)
    entry = money_that_waits(order, at=NEXT)
    with time_machine.travel(NEXT, tick=False):
        at_accountants_desk.post(
            page("reopen", entry), {"code": order.code, "day": "", "reason": REASON}
        )
    assert (state_of(order), left(entry)) == (OrderState.PAID, 0)


def test_an_allocation_is_taken_back_from_the_page_of_its_money(at_accountants_desk):
    order = a_placed_order()
    entry = money_that_waits(order, amount=1000)
    give(entry, order)
    allocation = Allocation.objects.get()
    assert at_accountants_desk.get(page("take-back", entry)).status_code == 200
    at_accountants_desk.post(
        page("take-back", entry), {"allocation": allocation.pk, "reason": REASON}
    )
    assert left(entry) == 1000
    assert "take-back" not in buttons(at_accountants_desk.get(page("change", entry)))


# --- transfers
def a_waiting_line(order, **wishes):
    bank_details()
    import_statement(
        content=a_statement([an_order_paid(order, **wishes)]),
        name="kaspi.txt",
        by="system",
        at=NEXT,
    )
    return StatementLine.objects.get()


@pytest.mark.clause("4.3", "4.4")
def test_a_transfer_taken_into_the_ledger_waits_there_with_every_move(at_accountants_desk):
    order = a_placed_order()
    line = a_waiting_line(order, amount="100000.00")
    done = at_accountants_desk.post(page("take", line), {"reason": REASON}, follow=True)
    entry = LedgerEntry.objects.get()
    assert page("change", entry) in done.text
    line.refresh_from_db()
    assert (line.state, line.order, line.reason) == (LineState.TAKEN, None, REASON)
    assert (entry.reference, entry.invoice_id, left(entry)) == (
        line.fingerprint,
        order.code,
        100_000,
    )
    assert (why(entry), state_of(order)) == (Why.SHORT, OrderState.AWAITING_PAYMENT)
    assert buttons(at_accountants_desk.get(page("change", line))) == {"not-found"}
    give(entry, order)
    assert left(entry) == 0


def test_a_transfer_is_taken_once_and_not_once_it_is_given(db):
    order = a_placed_order()
    line = a_waiting_line(order, amount="100000.00")
    take_line(line=line, reason=REASON, by=an_owner(), at=NEXT)
    with refusal():
        take_line(line=line, reason=REASON, by=an_owner(), at=NEXT)
    assert settle_line(line_id=line.pk, at=NEXT) == ""
    assert LedgerEntry.objects.count() == 1
    other = a_placed_order()
    import_statement(
        content=a_statement([an_order_paid(other)]), name="b.txt", by="system", at=NEXT
    )
    matched = StatementLine.objects.get(state=LineState.MATCHED)
    with refusal():
        take_line(line=matched, reason=REASON, by=an_owner(), at=NEXT)


def test_a_transfer_that_names_nobody_is_taken_as_money_of_no_order(db):
    a_placed_order()
    bank_details()
    content = a_statement([an_operation(purpose="курс үшін")])
    import_statement(content=content, name="kaspi.txt", by="system", at=NEXT)
    entry = take_line(line=StatementLine.objects.get(), reason=REASON, by=an_owner(), at=NEXT)
    assert (entry.invoice_id, why(entry)) == ("", Why.NO_ORDER)


@pytest.mark.clause("4.3")
def test_the_rest_of_a_part_comes_by_transfer(db):
    order = a_placed_order()
    give(money_that_waits(order, amount=100_000), order)
    line = a_waiting_line(order, amount="49990.00")
    assert (line.state, state_of(order)) == (LineState.MATCHED, OrderState.PAID)


# --- messages
def a_conflict():
    order = a_placed_order()
    an_attempt(order)
    answer("pay", a_notification(order))
    answer("pay", a_notification(order, Amount="1.00"))
    return ProviderMessage.objects.get(outcome=Outcome.CONFLICT)


def test_a_contradiction_is_settled_with_what_came_of_it(at_accountants_desk):
    message = a_conflict()
    at_accountants_desk.post(
        page("settle", message), {"reason": "Банк растады: бірінші хабар дұрыс"}
    )
    message.refresh_from_db()
    assert message.looked_at
    assert message.reason.startswith("Банк")
    assert not ProviderMessage.objects.conflicts().exists()
    assert message.outcome == Outcome.CONFLICT
    assert Entry.objects.get(verb="message.settled").about_key == str(message.pk)
    assert buttons(at_accountants_desk.get(page("change", message))) == set()


def test_a_message_that_asks_nothing_is_not_settled_nor_one_twice(db):
    message = a_conflict()
    applied = ProviderMessage.objects.get(outcome=Outcome.APPLIED)
    with refusal():
        settle_message(message=applied, reason=REASON, by=an_owner(), at=NOON)
    settle_message(message=message, reason=REASON, by=an_owner(), at=NOON)
    with refusal():
        settle_message(message=message, reason=REASON, by=an_owner(), at=NOON)
    assert Entry.objects.filter(verb="message.settled").count() == 1


def test_the_same_contradiction_told_again_asks_no_more(db):
    message = a_conflict()
    settle_message(message=message, reason=REASON, by=an_owner(), at=NOON)
    order = Order.objects.get()
    answer("pay", a_notification(order, Amount="1.00"))
    assert not ProviderMessage.objects.conflicts().exists()
    answer("pay", a_notification(order, Amount="2.00"))
    assert ProviderMessage.objects.conflicts().count() == 1


def test_a_managers_order_page_tells_what_of_its_money_waits(at_managers_desk):
    order = a_placed_order()
    receive(a_receipt(order, amount=order.price + 10), order)
    give(LedgerEntry.objects.get(), order)
    answer = at_managers_desk.get(reverse("admin:enrollment_order_change", args=[order.pk]))
    assert "10\N{NO-BREAK SPACE}₸" in answer.text
