"""Cancelling is refused while a reported payment is awaited, told in a letter, and taken back."""

from datetime import timedelta
from functools import partial

import pytest
from django.conf import settings
from django.db import connection

from enrollment.models import (
    Edition,
    Order,
    PartyKind,
    PaymentReport,
    Place,
    PriceLevel,
    PriceWindow,
    ReportEnding,
    Tariff,
)
from enrollment.operations.offering.offers import withdraw_offer
from enrollment.operations.ordering.cancelling import PaymentIsAwaited
from enrollment.operations.ordering.invoices import cancel_invoice
from enrollment.operations.ordering.orders import cancel_order, lapse_order, place_order
from enrollment.operations.ordering.restoring import Visitor, restore_invoice, restore_order
from enrollment.operations.training.cohorts import set_seats
from enrollment.rules.order_states import OrderState
from enrollment.rules.prices import webinar_code
from offer_site.errors import RuleViolation
from offer_site.journal.models import Entry
from offer_site.notices.kinds import NoticeKind
from offer_site.notices.models import Notice, NoticeState
from tests.at_once import at_once
from tests.enrollment.company import a_placed_invoice
from tests.enrollment.ordering.test_reports import reported
from tests.enrollment.replaced import a_replacement
from tests.faults.test_all_at_once import require_that_the_books_agree
from tests.given import (
    NOON,
    a_cohort,
    a_placed_order,
    a_receipt,
    an_application,
    an_owner,
    receive,
    refusal,
)
from tests.payments.racing import forget_prepared_queries
from tests.payments.unprotected import take_the_protection_away

pytestmark = [pytest.mark.django_db, pytest.mark.clause("4.3")]
SOON = NOON + timedelta(minutes=20)
LATER = SOON + timedelta(minutes=5)
MOMENT = timedelta(microseconds=1)


def a_cancelled_order(*, at=SOON, **wishes) -> Order:
    order = a_placed_order(**wishes)
    cancel_order(order=order, by="visitor", at=at)
    return Order.objects.get(pk=order.pk)


def restored(order: Order, *, at=LATER, **wishes) -> bool:
    _order, is_new = restore_order(order=order, by="visitor", at=at, **wishes)
    return is_new


def state_of(order: Order) -> str:
    return Order.objects.get(pk=order.pk).state


def endings(order: Order) -> list[str]:
    verbs = Entry.objects.of_order(order.code).values_list("verb", flat=True)
    return [verb for verb in verbs if verb.startswith("order.")]


def require_refused(order: Order, *, at=LATER, **wishes) -> str:
    """A restoration that is refused changes nothing; return the words."""
    before = (endings(order), Place.objects.exclude(order=None).count(), Notice.objects.count())
    with refusal() as caught:
        restored(order, at=at, **wishes)
    assert state_of(order) == OrderState.LAPSED
    after = (endings(order), Place.objects.exclude(order=None).count(), Notice.objects.count())
    assert after == before
    return str(caught.value)


# --- Cancelling


def test_cancelling_writes_a_letter_that_says_until_when_it_can_be_undone():
    order = a_cancelled_order()
    letter = Notice.objects.get(kind=NoticeKind.ORDER_CANCELLED)
    assert (letter.recipient, letter.order_code) == (order.party.email, order.code)
    assert letter.facts["restore_on"] == order.placed_on.isoformat()
    assert f"/orders/{order.code}/?key=" in letter.facts["order_url"]


def test_an_order_whose_day_is_over_cannot_be_undone_and_its_letter_names_no_day():
    order = a_placed_order()
    cancel_order(order=order, by="visitor", at=order.pay_before)
    assert "restore_on" not in Notice.objects.get(kind=NoticeKind.ORDER_CANCELLED).facts


def test_while_a_reported_payment_is_awaited_only_who_says_that_none_was_made_cancels():
    order = a_placed_order()
    report = reported(order)
    with refusal(PaymentIsAwaited):
        cancel_order(order=order, by="visitor", at=SOON)
    assert state_of(order) == OrderState.AWAITING_PAYMENT
    assert PaymentReport.objects.standing().count() == 1
    assert not Notice.objects.filter(kind=NoticeKind.ORDER_CANCELLED).exists()

    cancel_order(order=order, by="visitor", at=SOON, no_payment_made=True)
    report.refresh_from_db()
    assert report.ending == ReportEnding.LAPSED
    [row] = Entry.objects.of_order(order.code).filter(verb="order.cancelled")
    assert row.facts == {"no_payment_made": True}
    assert restored(order), "without its report: the buyer says that there was no payment"
    assert Order.objects.get(pk=order.pk).kept_until is None


def test_nothing_is_said_of_payments_where_none_was_reported():
    order = a_placed_order()
    cancel_order(order=order, by="visitor", at=SOON, no_payment_made=True)
    [row] = Entry.objects.of_order(order.code).filter(verb="order.cancelled")
    assert row.facts == {}


def test_an_invoice_is_not_cancelled_while_one_of_its_orders_is_kept():
    invoice = a_placed_invoice(3, cohort=a_cohort(seats=20))
    reported(invoice.orders.first())
    with refusal(PaymentIsAwaited):
        cancel_invoice(invoice=invoice, by="visitor", at=SOON)
    assert invoice.orders.awaiting_payment().count() == 3
    assert len(cancel_invoice(invoice=invoice, by="visitor", at=SOON, no_payment_made=True)) == 3
    said = Entry.objects.filter(verb="order.cancelled", facts__no_payment_made=True)
    assert said.count() == 1, "the order that was kept, and no other"


# --- Taking it back


@pytest.mark.clause("4.6")
def test_a_cancelled_order_stands_again_as_it_was_with_a_place():
    order = a_cancelled_order()
    before = (order.price, order.placed_on, order.placed_at, order.reopened_on, order.edition_id)
    assert restored(order)
    order = Order.objects.get(pk=order.pk)
    assert order.state == OrderState.AWAITING_PAYMENT
    after = (order.price, order.placed_on, order.placed_at, order.reopened_on, order.edition_id)
    assert after == before
    assert LATER < Place.objects.get(order=order).held_until <= order.pay_before
    assert endings(order) == ["order.placed", "order.cancelled", "order.restored"]
    letter = Notice.objects.get(kind=NoticeKind.ORDER_RESTORED)
    assert letter.facts["pay_on"] == order.placed_on.isoformat()
    receive(a_receipt(order), order, at=LATER)
    assert state_of(order) == OrderState.PAID
    require_that_the_books_agree()


def test_a_second_click_changes_nothing_and_it_can_be_cancelled_and_undone_again():
    order = a_cancelled_order()
    assert restored(order)
    assert not restored(order, at=LATER + timedelta(minutes=1))
    assert Notice.objects.filter(kind=NoticeKind.ORDER_RESTORED).count() == 1
    assert endings(order).count("order.restored") == 1
    cancel_order(order=order, by="visitor", at=LATER + timedelta(minutes=2))
    assert restored(order, at=LATER + timedelta(minutes=3))


def test_the_last_moment_of_the_day_is_in_time_and_midnight_is_not():
    order = a_cancelled_order()
    require_refused(order, at=order.pay_before)
    assert restored(order, at=order.pay_before - MOMENT)
    assert Place.objects.get(order=order).held_until == order.pay_before


def test_only_its_buyers_cancellation_is_taken_back():
    lapsed = a_placed_order()
    lapse_order(order=lapsed, at=lapsed.pay_before)
    require_refused(lapsed, at=lapsed.pay_before - MOMENT)
    application = an_application()
    replaced = a_placed_order(application=application)
    successor = a_replacement(application, replaced, at=SOON)
    ending = Entry.objects.of_order(replaced.code).get(verb="order.replaced")
    assert ending.facts == {"by": successor.code}
    cancel_order(order=successor, by="visitor", at=SOON)
    require_refused(replaced)


def test_an_order_that_money_has_revived_is_paid_and_not_restored():
    order = a_cancelled_order()
    receive(a_receipt(order), order, at=SOON)
    with refusal():
        restored(order)
    assert state_of(order) == OrderState.PAID
    assert "order.restored" not in endings(order)


@pytest.mark.clause("4.6")
def test_a_place_that_another_buyer_took_is_not_taken_from_him():
    cohort = a_cohort(seats=1)
    order = a_cancelled_order(cohort=cohort)
    other = a_placed_order(cohort=cohort, at=SOON)
    require_refused(order)
    assert Place.objects.get().order == other
    cancel_order(order=other, by="visitor", at=LATER)
    assert restored(order)


@pytest.mark.clause("4.1")
def test_a_price_that_is_no_longer_offered_comes_back_with_no_order():
    order = a_cancelled_order()
    window = PriceWindow.objects.get(cohort=order.cohort, level=PriceLevel.STANDARD)
    window.closes_at = SOON
    window.save()
    require_refused(order)
    window.closes_at = LATER + MOMENT
    window.save()
    assert restored(order)


@pytest.mark.clause("4.1")
def test_a_webinars_price_comes_back_by_its_link_until_the_links_end():
    cohort = a_cohort()
    tariff = Tariff.objects.get(package__slug="birge", level=PriceLevel.WEBINAR)
    order, _is_new = place_order(
        tariff=tariff,
        cohort=cohort,
        application=an_application(),
        language="kk",
        at=NOON,
        by="visitor",
    )
    cancel_order(order=order, by="visitor", at=SOON)
    code = partial(webinar_code, secret=settings.SECRET_KEY, cohort_id=cohort.pk)
    require_refused(order)
    require_refused(order, visitor=Visitor(webinar_code=code(ends_at=LATER)))
    good = Visitor(webinar_code=code(ends_at=LATER + timedelta(minutes=1)))
    assert restored(order, visitor=good)


@pytest.mark.clause("2.4")
def test_while_the_offer_is_withdrawn_nothing_is_restored():
    order = a_cancelled_order()
    withdraw_offer(edition=Edition.objects.get(), reason="2.4", by=an_owner(), at=SOON)
    require_refused(order)


@pytest.mark.clause("3.3")
def test_a_learner_with_another_order_has_not_two():
    application = an_application()
    order = a_cancelled_order(application=application)
    other = a_placed_order(application=application, cohort=order.cohort, at=SOON)
    require_refused(order)
    receive(a_receipt(other), other, at=SOON)
    require_refused(order, visitor=Visitor(opened={order.code, other.code}))
    # A stranger is told nothing of the contract: the order stands as any order of a stranger does.
    assert restored(order)
    receive(a_receipt(order), order, at=LATER)
    assert state_of(order) == OrderState.AWAITING_PAYMENT


@pytest.mark.clause("1.1")
def test_a_guardian_whose_letter_was_stopped_is_written_to_again():
    order = a_cancelled_order(kind=PartyKind.MINOR)
    asked = Notice.objects.filter(kind=NoticeKind.GUARDIAN_ASKED)
    assert asked.get().withdrawn_at
    restored(order)
    assert asked.filter(withdrawn_at=None, state=NoticeState.QUEUED).count() == 1


# --- An invoice


def test_an_invoice_comes_back_whole_without_what_was_cancelled_alone():
    cohort = a_cohort(seats=20)
    invoice = a_placed_invoice(4, cohort=cohort)
    alone, paid, *_rest = invoice.orders.as_listed()
    cancel_order(order=alone, by="visitor", at=NOON)
    receive(a_receipt(paid), paid, at=NOON)
    assert len(cancel_invoice(invoice=invoice, by="visitor", at=SOON)) == 2
    letter = Notice.objects.get(kind=NoticeKind.INVOICE_CANCELLED)
    assert letter.facts["learners"] == 2
    back = restore_invoice(invoice=invoice, by="visitor", at=LATER)
    assert len(back) == 2
    assert state_of(alone) == OrderState.LAPSED
    assert state_of(paid) == OrderState.PAID
    assert Place.objects.filter(order__in=back, held_until__gt=LATER).count() == 2
    assert Notice.objects.filter(kind=NoticeKind.INVOICE_RESTORED).count() == 1
    assert restore_invoice(invoice=invoice, by="visitor", at=LATER) == []
    assert state_of(alone) == OrderState.LAPSED
    require_that_the_books_agree()


@pytest.mark.clause("4.6")
def test_an_invoice_with_too_few_places_comes_back_not_at_all():
    cohort = a_cohort(seats=3)
    invoice = a_placed_invoice(3, cohort=cohort)
    cancel_invoice(invoice=invoice, by="visitor", at=SOON)
    a_placed_order(cohort=cohort, at=SOON)
    with refusal():
        restore_invoice(invoice=invoice, by="visitor", at=LATER)
    assert not invoice.orders.awaiting_payment().exists()
    assert Place.objects.exclude(order=None).count() == 1


# --- In the same moment


def the_last_place_and_two_who_want_it_back() -> int:
    """Two orders that had the one place after each other; return how many stand again with it."""
    cohort = a_cohort(seats=1)
    first = a_cancelled_order(cohort=cohort)
    second = a_placed_order(cohort=cohort, at=SOON)
    cancel_order(order=second, by="visitor", at=SOON)
    works = [partial(restored, each) for each in (first, second)] * 2
    at_once(works, errors=RuleViolation)
    standing = Order.objects.filter(cohort=cohort).awaiting_payment()
    assert Place.objects.filter(cohort=cohort).exclude(order=None).count() <= 1
    return standing.count()


@pytest.mark.clause("4.6")
def test_the_last_place_comes_back_to_one(transactional_db):
    for _round in range(3):
        assert the_last_place_and_two_who_want_it_back() == 1


def test_an_order_restored_many_times_at_once_is_restored_once(transactional_db):
    order = a_cancelled_order()
    results = at_once([partial(restored, order)] * 8)
    assert sorted(results) == [False] * 7 + [True]
    assert endings(order).count("order.restored") == 1
    assert Place.objects.filter(order=order).count() == 1
    assert Notice.objects.filter(kind=NoticeKind.ORDER_RESTORED).count() == 1


def restored_and_paid_at_once() -> list[str]:
    """The same moment brings the money; return the states that this led to, as the journal says."""
    order = a_cancelled_order()
    receipt = a_receipt(order)
    at_once(
        [
            partial(receive, receipt, order, at=LATER),
            partial(restored, order),
            partial(restored, order),
        ],
        errors=Exception,
    )
    assert state_of(order) == OrderState.PAID, "money of its day counts, whoever came first"
    return endings(order)


def test_money_that_comes_in_the_moment_of_the_undo_concludes_one_contract(transactional_db):
    for _round in range(3):
        verbs = restored_and_paid_at_once()
        assert verbs[:2] == ["order.placed", "order.cancelled"]
        assert verbs[2:] in (["order.moved"], ["order.restored", "order.moved"])
    assert Place.objects.exclude(order=None).filter(held_until=None).count() == 3
    require_that_the_books_agree()


def test_an_undo_and_a_new_order_of_the_learner_at_once_leave_one(transactional_db):
    for _round in range(3):
        application = an_application()
        order = a_cancelled_order(application=application)
        again = partial(a_placed_order, application=application, cohort=order.cohort, at=LATER)
        at_once([again, partial(restored, order), again], errors=RuleViolation)
        standing = Order.objects.filter(learner_key=order.learner_key).awaiting_payment()
        assert standing.count() == 1
        assert Place.objects.filter(cohort=order.cohort).exclude(order=None).count() == 1


def test_an_undo_beside_cancellation_clock_and_withdrawal_leaves_no_place_behind(transactional_db):
    order = a_cancelled_order()
    owner = an_owner()
    at_once(
        [
            partial(restored, order),
            partial(lapse_order, order=order, at=order.pay_before),
            partial(cancel_order, order=order, by="visitor", at=LATER),
            partial(
                withdraw_offer, edition=Edition.objects.get(), reason="2.4", by=owner, at=LATER
            ),
            partial(set_seats, cohort=order.cohort, seats=12, by="system", at=LATER),
        ],
        errors=RuleViolation,
    )
    assert state_of(order) == OrderState.LAPSED
    assert not Place.objects.filter(order=order).exists()
    require_that_the_books_agree()


@pytest.mark.faults
def test_without_locks_and_constraints_an_order_is_restored_more_than_once(
    transactional_db, monkeypatch
):
    """The control: the races above can be lost."""
    take_the_protection_away(monkeypatch)
    forget_prepared_queries()
    with connection.cursor() as cursor:  # an order's place is one, and would stop the second too
        cursor.execute(
            "SELECT conname FROM pg_constraint"
            " WHERE contype = 'u' AND conrelid = 'enrollment_place'::regclass"
        )
        for (name,) in cursor.fetchall():
            cursor.execute(f'ALTER TABLE enrollment_place DROP CONSTRAINT "{name}"')

    def goes_wrong() -> bool:
        order = a_cancelled_order()
        came_to = at_once([partial(restored, order)] * 8, errors=Exception)
        return came_to.count(True) != 1 or endings(order).count("order.restored") != 1

    assert any(goes_wrong() for _round in range(8))
    forget_prepared_queries()
