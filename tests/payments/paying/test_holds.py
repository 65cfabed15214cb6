"""Two stages: the bank holds the money first, and it is taken only when the order may have it."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from decimal import Decimal
from functools import partial
from io import StringIO
from threading import Barrier

import pytest
from django.core.management import call_command
from django.db import IntegrityError, OperationalError, connection
from django.urls import reverse

from enrollment.models import LIVE, Enrollment, Order, Place, Withdrawal
from enrollment.operations.links import order_link
from enrollment.operations.ordering.orders import cancel_order, lapse_order
from enrollment.rules.order_states import OrderState
from offer_site.errors import RuleViolation
from offer_site.journal.models import Entry
from offer_site.staff.attention import needs_attention
from payments.models import Hold, HoldDecision, LedgerEntry, Outcome, ProviderFee, ProviderMessage
from payments.operations.ledger.receipts import received_by
from payments.operations.paying.handlers import _attempts
from payments.operations.paying.hold_settling import settle_by_hand, settle_hold, settle_holds
from payments.operations.paying.payments import start_payment
from payments.providers import CARD
from payments.providers.base import ProviderError
from payments.rules.matching import Refusal
from payments.tasks import settle_hold_task
from tests.at_once import at_once
from tests.given import (
    NOON,
    a_cohort,
    a_paid_order,
    a_placed_order,
    an_application,
    an_owner,
    refusal,
)
from tests.payments.bank import bank
from tests.payments.notifications import a_notification, an_attempt, answer, tell
from tests.payments.unprotected import take_the_protection_away
from tests.staff.conftest import signed_in

__all__ = ["bank"]


@pytest.fixture(autouse=True)
def noon(time_machine):
    time_machine.move_to(NOON, tick=False)


def a_hold(order, bank, *, number=1, transaction=504, at=NOON, **fields):
    """Money that the bank holds for an attempt to pay the order."""
    an_attempt(order, number=number)
    told = {"Status": "Authorized", "InvoiceId": f"{order.code}-{number}"} | fields
    agreed = {"Amount": order.prepayment, "Currency": "KZT"} | told
    bank.has(
        transaction,
        at=at,
        status="Authorized",
        **{name: agreed[name] for name in ("Amount", "Currency", "InvoiceId")},
    )
    assert answer("pay", a_notification(order, transaction=transaction, at=at, **told)) == 0
    bank.asked.clear()
    return Hold.objects.get(reference=transaction)


def settled(hold, *, at=NOON, **wish):
    settle_hold(hold_id=hold.pk, at=at, **wish)
    hold.refresh_from_db()
    return hold


def let_go(hold, bank, reason):
    """Assert that the bank let the money go for this reason, and that no money was recorded."""
    assert (hold.decision, hold.reason, hold.released_at) == (HoldDecision.RELEASE, reason, NOON)
    assert bank.rows[int(hold.reference)]["Status"] == "Cancelled"
    assert not bank.requests("/payments/confirm")
    assert not LedgerEntry.objects.filter(reference=hold.reference).exists()
    return True


@pytest.mark.parametrize("two_stages", [True, False])
def test_the_link_asks_for_two_stages_by_setting(
    transactional_db, bank, settings, client, two_stages
):
    settings.CARD_TWO_STAGES = two_stages
    bank.do = lambda path, asked: {"Id": "L1", "Url": "http://localhost/page"}
    order = a_placed_order()
    client.get(order_link(order))
    assert client.post(reverse("payment_start", args=[order.code])).status_code == 302
    assert [asked["RequireConfirmation"] for asked in bank.requests("/orders/create")] == [
        two_stages
    ]


@pytest.mark.clause("4.4")
def test_a_hold_is_no_receipt_until_it_is_taken(db, bank):
    order = a_placed_order()
    hold = a_hold(order, bank)
    order.refresh_from_db()
    assert order.state == OrderState.AWAITING_PAYMENT
    assert not LedgerEntry.objects.exists()
    assert settled(hold).confirmed_at == NOON
    assert bank.requests("/payments/confirm") == [
        {"TransactionId": 504, "Amount": order.prepayment}
    ]
    order.refresh_from_db()
    assert order.state == OrderState.PAID
    assert order.acceptance.accepted_at == NOON
    assert received_by(order) == order.price
    assert settle_hold(hold_id=hold.pk, at=NOON) is None
    assert answer("confirm", a_notification(order)) == 0
    assert ProviderMessage.objects.get(kind="confirm").outcome == Outcome.REPEATED
    assert LedgerEntry.objects.count() == 1
    verbs = list(
        Entry.objects.of_order(order.code)
        .filter(verb__startswith="hold.")
        .values_list("verb", flat=True)
    )
    assert verbs == ["hold.recorded", "hold.decided"]


def test_the_bell_of_a_hold_is_answered_by_its_task(
    db, bank, django_capture_on_commit_callbacks, settings
):
    settings.CELERY_TASK_ALWAYS_EAGER = True
    order = a_placed_order()
    with django_capture_on_commit_callbacks() as rung:
        hold = a_hold(order, bank)
    assert rung
    settle_hold_task(hold.pk)
    order.refresh_from_db()
    assert order.state == OrderState.PAID


def test_the_place_is_held_while_the_hold_is_settled(db, bank):
    order = a_placed_order(cohort=a_cohort(seats=1))
    Place.objects.filter(order=order).update(held_until=NOON + timedelta(seconds=1))
    a_hold(order, bank)
    assert order.place.held_until == NOON + timedelta(minutes=15)


@pytest.mark.clause("4.3")
def test_money_held_in_the_last_second_settles_the_order_that_lapsed_meanwhile(db, bank):
    order = a_placed_order()
    last_second = order.pay_before - timedelta(seconds=1)
    hold = a_hold(order, bank, at=last_second)
    morning = order.pay_before + timedelta(minutes=10)
    assert lapse_order(order=order, at=morning)
    assert settled(hold, at=morning).confirmed_at
    order.refresh_from_db()
    assert order.state == OrderState.PAID
    assert order.acceptance.accepted_at == last_second


@pytest.mark.clause("4.3")
def test_a_confirmation_told_after_midnight_counts_by_the_time_of_the_hold(db, bank):
    order = a_placed_order()
    last_second = order.pay_before - timedelta(seconds=1)
    a_hold(order, bank, at=last_second)
    bank.rows[504]["Status"] = "Completed"
    assert answer("confirm", a_notification(order, at=order.pay_before + timedelta(minutes=1))) == 0
    order.refresh_from_db()
    assert order.state == OrderState.PAID
    assert LedgerEntry.objects.get().happened_at == last_second


def withdrawn(order):
    Withdrawal.objects.create(edition=order.edition, reason="Тексеру", at=NOON, by=an_owner())


def enrolled_elsewhere(order):
    other = a_paid_order(cohort=a_cohort())
    Enrollment.objects.filter(order=other).update(
        learner_key=order.learner_key, cohort=order.cohort
    )
    assert Enrollment.objects.filter(learner_key=order.learner_key, state__in=LIVE).exists()


REFUSED = {
    "cancelled": (
        lambda order: cancel_order(order=order, by="visitor", at=NOON),
        {},
        Refusal.ENDED,
    ),
    "withdrawn": (withdrawn, {}, Refusal.CLOSED),
    "enrolled": (enrolled_elsewhere, {}, Refusal.CLOSED),
    "another amount": (lambda order: None, {"Amount": "1000.00"}, Refusal.WRONG_AMOUNT),
    "another currency": (lambda order: None, {"Currency": "RUB"}, Refusal.WRONG_CURRENCY),
    "another account": (lambda order: None, {"AccountId": "SM000000"}, Refusal.ANOTHER_ACCOUNT),
    "unknown invoice": (lambda order: None, {"InvoiceId": "SMXXXXXX-1"}, Refusal.UNKNOWN_INVOICE),
}


@pytest.mark.parametrize("case", REFUSED)
def test_money_that_the_order_may_not_have_is_let_go(db, bank, case):
    change, fields, reason = REFUSED[case]
    order = a_placed_order()
    hold = a_hold(order, bank, **fields)
    change(order)
    assert let_go(settled(hold), bank, reason)


@pytest.mark.clause("4.3")
def test_money_held_on_another_day_is_let_go(db, bank):
    order = a_placed_order()
    hold = a_hold(order, bank, at=order.pay_before)
    assert let_go(settled(hold), bank, Refusal.EXPIRED)


@pytest.mark.clause("4.6")
def test_money_for_which_no_place_is_left_is_let_go(db, bank):
    cohort = a_cohort(seats=1)
    order = a_placed_order(cohort=cohort)
    hold = a_hold(order, bank)
    Place.objects.filter(order=order).update(order=None, held_until=None)
    a_paid_order(cohort=cohort)
    assert let_go(settled(hold), bank, Refusal.NO_PLACE)


def test_a_hold_of_a_test_card_is_let_go_in_production(db, bank, settings):
    in_production_once_asked(bank, settings)
    order = a_placed_order()
    hold = a_hold(order, bank, TestMode=1)
    settings.SANDBOX_BANK = True  # plain HTTP may be spoken again
    assert let_go(settled(hold), bank, Refusal.TEST_MONEY)


def in_production_once_asked(bank, settings):
    """Let plain HTTP be spoken to the bank, and money be judged as in production."""
    settings.SANDBOX_BANK = True
    bank.on_request = lambda path: setattr(settings, "SANDBOX_BANK", False)


def test_a_confirmed_test_payment_is_recorded_in_production_and_never_applied(db, settings, bank):
    order = a_placed_order()
    an_attempt(order)
    test = {"TestMode": 1}
    settings.SANDBOX_BANK = False
    assert answer("check", a_notification(order, **test)) == 13
    in_production_once_asked(bank, settings)
    assert answer("pay", a_notification(order, Status="Authorized", **test)) == 0
    in_production_once_asked(bank, settings)
    assert answer("confirm", a_notification(order, **test)) == 0
    order.refresh_from_db()
    assert order.state == OrderState.AWAITING_PAYMENT
    assert LedgerEntry.objects.waiting().count() == 1
    reason = Entry.objects.of_order(order.code).get(verb="receipt.unmatched").facts["reason"]
    assert reason == Refusal.TEST_MONEY


def test_of_two_holds_one_is_taken(db, bank):
    order = a_placed_order()
    first = a_hold(order, bank)
    second = a_hold(order, bank, number=2, transaction=505)
    bank.fails["/payments/confirm"] = [503]
    with pytest.raises(ProviderError):
        settle_hold(hold_id=first.pk, at=NOON)  # decided, and not known to be done
    assert settled(second).decision == HoldDecision.RELEASE
    assert settled(first, at=NOON + timedelta(minutes=5)).confirmed_at
    assert LedgerEntry.objects.get().reference == "504"


def test_the_learners_newer_order_and_the_place_of_the_older_do_not_meet(db, bank):
    """An order that lapsed with its hold still open is let
    go when its learner has ordered again.
    """
    application = an_application()
    order = a_placed_order(application=application)
    hold = a_hold(order, bank)
    morning = order.pay_before + timedelta(hours=9)
    lapse_order(order=order, at=morning)
    newer = a_placed_order(cohort=order.cohort, application=application, at=morning)
    settle_hold(hold_id=hold.pk, at=morning)
    hold.refresh_from_db()
    assert (hold.decision, hold.reason) == (HoldDecision.RELEASE, Refusal.CLOSED)
    assert newer.place


def test_while_a_hold_is_settled_no_other_page_is_made(db, bank):
    order = a_placed_order()
    hold = a_hold(order, bank)
    with refusal() as refused:
        start_payment(order=order, provider=CARD, language="kk", at=NOON, by="visitor")
    assert refused.value.clause == "4.3"
    assert not bank.asked
    settle_by_hand(
        hold=hold, decision=HoldDecision.RELEASE, reason="Қайтару", by=an_owner(), at=NOON
    )
    bank.do = lambda path, asked: {"Id": "L1", "Url": "http://localhost/page"}
    assert start_payment(order=order, provider=CARD, language="ru", at=NOON, by="visitor").url


# --- asking the bank
def test_the_decision_is_committed_with_its_request_before_the_bank_is_asked(
    transactional_db, bank
):
    order = a_placed_order()
    hold = a_hold(order, bank)
    seen = []

    def look(path):
        seen.append(Hold.objects.values_list("decision", "request_id").get(pk=hold.pk))
        connection.close()

    bank.on_request = look
    settle_hold(hold_id=hold.pk, at=NOON)
    ((decision, request_id),) = seen
    assert decision == HoldDecision.CONFIRM
    assert [sent for _path, _data, sent in bank.asked] == [request_id] != [""]


@pytest.mark.parametrize("lost", ["answer lost", 503])
def test_after_a_lost_answer_the_state_is_asked_before_anything_is_repeated(db, bank, lost):
    order = a_placed_order()
    hold = a_hold(order, bank)
    bank.fails["/payments/confirm"] = [lost]
    with pytest.raises(ProviderError):
        settle_hold(hold_id=hold.pk, at=NOON)
    hold.refresh_from_db()
    assert hold.failure
    assert not LedgerEntry.objects.exists()
    assert (
        settle_hold(hold_id=hold.pk, at=NOON + timedelta(minutes=4)) is None
    )  # the bank may still be at it
    assert settled(hold, at=NOON + timedelta(minutes=5)).confirmed_at
    asked = [path for path, _data, _request_id in bank.asked]
    again = [] if lost == "answer lost" else ["/payments/confirm"]
    assert asked == ["/payments/confirm", "/payments/get", *again]
    assert LedgerEntry.objects.count() == 1


def test_an_hour_later_the_hold_is_judged_anew_and_only_if_nothing_was_taken(db, bank):
    order = a_placed_order()
    hold = a_hold(order, bank)
    bank.fails["/payments/confirm"] = [503]
    with pytest.raises(ProviderError):
        settle_hold(hold_id=hold.pk, at=NOON)
    cancel_order(order=order, by="visitor", at=NOON)
    settle_hold(hold_id=hold.pk, at=NOON + timedelta(hours=1))
    hold.refresh_from_db()
    assert hold.decision == HoldDecision.RELEASE
    assert bank.rows[504]["Status"] == "Cancelled"


def test_the_clock_settles_what_the_bell_did_not_and_goes_on_after_a_failure(db, bank):
    orders = [a_placed_order(), a_placed_order()]
    for number, order in enumerate(orders):
        a_hold(order, bank, transaction=504 + number)
    bank.fails["/payments/confirm"] = [503]
    said = StringIO()
    with pytest.raises(SystemExit):
        call_command("settle_holds", stdout=said)
    assert len(said.getvalue().splitlines()) == 2
    assert "hold card 504 not settled" in said.getvalue()
    assert LedgerEntry.objects.get().reference == "505"
    assert list(settle_holds(at=NOON)) == []


def settled_at_once(hold):
    return at_once([partial(settle_hold, hold_id=hold.pk, at=NOON)] * 10, errors=Exception)


def test_settled_at_once_by_many_the_bank_is_asked_once(transactional_db, bank):
    order = a_placed_order()
    hold = a_hold(order, bank)
    done = settled_at_once(hold)
    assert len([each for each in done if each is not None]) == 1
    assert len(bank.asked) == 1
    assert LedgerEntry.objects.count() == 1


def test_without_the_conditional_update_the_bank_is_asked_by_many(
    transactional_db, bank, monkeypatch
):
    """The control: the test above can fail."""
    order = a_placed_order()
    hold = a_hold(order, bank)
    monkeypatch.setattr(type(Hold.objects.all()), "to_settle", lambda self, at: Hold.objects.all())
    settled_at_once(hold)
    assert len(bank.asked) > 1


def confirmed_and_told_at_once(bank, *, transaction=504, count=10):
    """Have the bank asked to take the money,
    and tell of it many times in the moment in which it is asked.
    """
    order = a_placed_order()
    hold = a_hold(order, bank, transaction=transaction)
    start = Barrier(count + 1)
    bank.on_request = lambda path: start.wait(timeout=10)
    body = a_notification(order, transaction=transaction)

    def told(_number):
        connection.ensure_connection()
        start.wait(timeout=10)
        try:
            return tell("confirm", body).status_code
        except Exception:
            return 500
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as threads:
        answers = threads.map(told, range(count))
        with suppress(IntegrityError, OperationalError):
            settle_hold(hold_id=hold.pk, at=NOON)
        return order, list(answers)


def test_the_banks_answer_and_its_confirm_at_once_record_the_money_once(transactional_db, bank):
    order, answers = confirmed_and_told_at_once(bank)
    assert answers == [200] * 10
    assert LedgerEntry.objects.count() == 1
    assert Order.objects.get().state == OrderState.PAID
    assert received_by(order) == order.price
    assert not ProviderMessage.objects.conflicts().exists()


@pytest.mark.faults
def test_without_locks_and_constraints_it_is_recorded_more_than_once(
    transactional_db, bank, monkeypatch
):
    """The control: the test above can fail."""
    a_cohort()
    take_the_protection_away(monkeypatch)
    _attempts.cache_clear()
    kept = Hold.save
    # Writing the hold's row locks it as well; that it is held must be written.
    monkeypatch.setattr(
        Hold, "save", lambda hold, **how: None if hold.confirmed_at else kept(hold, **how)
    )
    rounds = 0
    while (
        LedgerEntry.objects.count() == rounds < 5
    ):  # threads that happened to come one by one prove nothing
        rounds += 1
        confirmed_and_told_at_once(bank, transaction=rounds)
    _attempts.cache_clear()
    assert LedgerEntry.objects.count() > rounds


# --- staff
def test_a_hold_that_nobody_settled_needs_a_person(db, bank):
    hold = a_hold(a_placed_order(), bank)
    hour = NOON + timedelta(hours=1)
    asked = {
        matter.question.listed: matter.count for matter in needs_attention(user=an_owner(), at=hour)
    }
    assert asked["payments_hold"] == 1
    settle_hold(hold_id=hold.pk, at=hour)
    asked = {matter.question.listed for matter in needs_attention(user=an_owner(), at=hour)}
    assert "payments_hold" not in asked


def test_staff_take_a_hold_or_let_it_go_with_a_reason(db, bank):
    desk = signed_in(an_owner())
    first = a_placed_order()
    second = a_placed_order()
    taken = a_hold(first, bank)
    free = a_hold(second, bank, transaction=505)
    for name, hold in (("confirm", taken), ("release", free)):
        url = reverse(f"admin:payments_hold_{name}", args=[hold.pk])
        assert desk.get(url).status_code == 200
        assert desk.post(url, {"reason": "Банк сұрады"}).status_code == 302
        hold.refresh_from_db()
        assert hold.reason == "Банк сұрады"
        assert hold.decided_by.startswith("staff:")
        assert desk.get(reverse("admin:payments_hold_change", args=[hold.pk])).status_code == 200
    assert (taken.confirmed_at, free.released_at) == (NOON, NOON)
    assert LedgerEntry.objects.get().reference == "504"


def test_staff_cannot_take_what_the_order_may_not_have_and_nothing_is_asked(db, bank):
    order = a_placed_order()
    hold = a_hold(order, bank)
    cancel_order(order=order, by="visitor", at=NOON)
    wish = {"hold": hold, "decision": HoldDecision.CONFIRM, "by": an_owner(), "at": NOON}
    with pytest.raises(RuleViolation) as refused:
        settle_by_hand(reason="Сатып алушы сұрады", **wish)
    assert refused.value.clause == "4.3"
    hold.refresh_from_db()
    assert (hold.decision, bank.asked, hold.asked_at) == ("", [], None)
    with refusal():
        settle_by_hand(reason=" ", **wish)


def test_staff_read_in_words_why_a_hold_was_let_go(db, bank):
    order = a_placed_order()
    hold = a_hold(order, bank)
    cancel_order(order=order, by="visitor", at=NOON)
    settle_hold(hold_id=hold.pk, at=NOON)
    url = reverse("admin:payments_hold_change", args=[hold.pk])
    page = signed_in(an_owner()).get(url, headers={"accept-language": "ru"}).content.decode()
    assert "заказ отменён" in page
    assert str(Refusal.ENDED) not in page


def test_a_silent_bank_is_a_sentence_for_staff(db, bank):
    hold = a_hold(a_placed_order(), bank)
    bank.fails["/payments/void"] = [503]
    with pytest.raises(RuleViolation) as refused:
        settle_by_hand(
            hold=hold, decision=HoldDecision.RELEASE, reason="Қайтару", by=an_owner(), at=NOON
        )
    hold.refresh_from_db()
    assert (refused.value.field, hold.is_open, hold.failure != "") == (None, True, True)


@pytest.mark.clause("4.5")
def test_the_fee_that_only_the_confirmation_tells_is_recorded_though_we_took_the_money_first(
    db, bank
):
    order = a_placed_order()
    hold = a_hold(order, bank)
    assert settled(hold).confirmed_at
    assert answer("confirm", a_notification(order, TotalFee="4349.71")) == 0
    assert ProviderMessage.objects.get(kind="confirm").outcome == Outcome.REPEATED
    assert ProviderFee.objects.get().amount == Decimal("4349.71")


def test_money_held_for_an_order_that_its_buyer_cancelled_is_let_go_after_midnight_too(db, bank):
    order = a_placed_order()
    hold = a_hold(order, bank)
    cancel_order(order=order, by="visitor", at=NOON)
    hold = settled(hold, at=order.pay_before + timedelta(minutes=5))
    assert (hold.decision, hold.reason) == (HoldDecision.RELEASE, Refusal.ENDED)
    assert not LedgerEntry.objects.exists()
