"""Unpaid and not yet known differ: a payment reported on its day keeps the order,
and a tenth of the places (4.3).
"""

from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.storage import default_storage
from django.db.models import QuerySet

from enrollment.models import Enrollment, Order, PaymentReport, Place, ReportEnding, ReportKind
from enrollment.operations.offering.offers import withdraw_offer
from enrollment.operations.ordering.orders import (
    OrderAwaitsElsewhere,
    ReportedOrderAwaits,
    cancel_order,
    lapse_order,
    lapse_unpaid_orders,
)
from enrollment.operations.ordering.reopening import reopen_order
from enrollment.operations.ordering.reports import drop_report, report_payment
from enrollment.rules.order_states import OrderState
from offer_site.calendar.operations import record_exception
from offer_site.days import end_of_day, start_of_day
from offer_site.documents import Document
from offer_site.errors import RuleViolation
from offer_site.journal.models import Entry
from offer_site.notices.kinds import NoticeKind
from offer_site.notices.models import Notice
from payments.models import LedgerEntry, Outcome
from payments.operations.paying.checks import refusal_now
from payments.rules.matching import Refusal
from tests.at_once import at_once
from tests.faults.test_all_at_once import require_that_the_books_agree
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
from tests.papers import a_document

pytestmark = [pytest.mark.django_db, pytest.mark.clause("4.3")]
MOMENT = timedelta(microseconds=1)
MONDAY = date(2026, 11, 23)
THURSDAY_ENDS = end_of_day(date(2026, 11, 26))


def reported(order: Order, *, at: datetime = NOON, number: str = "15", **wishes) -> PaymentReport:
    said = {
        "kind": ReportKind.TRANSFER,
        "day": order.placed_on,
        "document": a_document(),
        "by": "visitor",
    } | wishes
    report, _is_new = report_payment(order=order, number=number, at=at, **said)
    return report


def state_of(order: Order) -> str:
    return Order.objects.get(pk=order.pk).state


def test_without_a_report_the_order_lapses_at_midnight():
    order = a_placed_order()
    assert lapse_unpaid_orders(at=order.pay_before - MOMENT) == []
    assert lapse_unpaid_orders(at=order.pay_before) == [order.code]


def test_with_a_report_it_lapses_at_the_end_of_the_third_working_day():
    order = a_placed_order()
    report = reported(order)
    assert report.keeps_until == THURSDAY_ENDS
    for at in (order.pay_before, order.pay_before + timedelta(hours=1), THURSDAY_ENDS - MOMENT):
        assert lapse_unpaid_orders(at=at) == []
        assert not lapse_order(order=order, at=at)
    assert lapse_unpaid_orders(at=THURSDAY_ENDS) == [order.code]
    report.refresh_from_db()
    assert (report.ending, report.ended_at, report.ended_by) == (
        ReportEnding.LAPSED,
        THURSDAY_ENDS,
        "system",
    )
    assert Notice.objects.filter(kind=NoticeKind.ORDER_LAPSED).count() == 1
    assert not Place.objects.filter(order=order).exists()
    assert lapse_unpaid_orders(at=THURSDAY_ENDS + timedelta(days=1)) == []


@pytest.mark.parametrize(
    ("placed_on", "last_day"),
    [
        (
            date(2026, 12, 14),
            date(2026, 12, 18),
        ),  # Wednesday 16 December is the day of independence
        (date(2026, 12, 11), date(2026, 12, 17)),  # a Friday: the week end and that holiday between
        (
            date(2026, 12, 29),
            date(2027, 1, 5),
        ),  # New Year: 1 to 3 January, and the 4th for the Saturday
    ],
)
def test_the_third_working_day_is_counted_across_holidays(placed_on, last_day):
    at = start_of_day(placed_on) + timedelta(hours=12)
    order = a_placed_order(cohort=a_cohort(starts_on=date(2027, 3, 1)), at=at)
    assert reported(order, at=at).keeps_until == end_of_day(last_day)
    assert lapse_unpaid_orders(at=end_of_day(last_day) - MOMENT) == []
    assert lapse_unpaid_orders(at=end_of_day(last_day)) == [order.code]


def test_a_day_off_that_staff_recorded_is_not_counted():
    record_exception(
        day=date(2026, 11, 25),
        is_working=False,
        name_kk="Демалыс",
        name_ru="Выходной",
        source="№ 1",
        by="staff:1",
        at=NOON,
    )
    assert reported(a_placed_order()).keeps_until == end_of_day(date(2026, 11, 27))


def test_a_report_keeps_order_and_place_and_says_so_in_a_letter():
    order = a_placed_order()
    report = reported(order)
    assert (Order.objects.get(pk=order.pk).kept_until, report.keeps_place) == (THURSDAY_ENDS, True)
    assert Place.objects.get(order=order).held_until == THURSDAY_ENDS
    letter = Notice.objects.get(kind=NoticeKind.REPORT_RECEIVED)
    assert (letter.facts["kept_on"], letter.facts["place"], letter.recipient) == (
        "2026-11-26",
        "kept",
        order.party.email,
    )
    row = Entry.objects.of_order(order.code).get(verb="report.received")
    assert row.facts == {
        "kind": "transfer",
        "until": THURSDAY_ENDS.isoformat(),
        "keeps_place": True,
    }


def test_the_same_report_again_changes_nothing():
    order = a_placed_order()
    first = reported(order)
    before = Entry.objects.count(), Notice.objects.count()
    again, is_new = report_payment(
        order=order,
        kind=ReportKind.TRANSFER,
        number="15",
        day=MONDAY,
        document=a_document(),
        by="visitor",
        at=order.pay_before + timedelta(hours=1),
    )
    assert (again, is_new) == (first, False)
    assert (Entry.objects.count(), Notice.objects.count(), PaymentReport.objects.count()) == (
        *before,
        1,
    )


def test_the_same_report_again_brings_the_document_that_it_lacked():
    order = a_placed_order()
    reported(order, kind=ReportKind.KASPI, document=None)
    for _time in range(2):
        reported(order, kind=ReportKind.KASPI)
    report = PaymentReport.objects.get()
    assert report.document_sha256 == a_document().sha256
    assert default_storage.exists(report.document)
    row = Entry.objects.get(verb="report.document_came")
    assert row.facts["document"] == report.document_sha256


def test_another_document_of_the_same_report_is_refused_and_not_lost_in_silence():
    order = a_placed_order()
    first = reported(order)
    stored = set(Path(settings.MEDIA_ROOT).rglob("*"))
    other = Document(a_document().content + b"%", a_document().content_type)
    with refusal() as caught:
        reported(order, document=other)
    assert caught.value.field == "document"
    assert PaymentReport.objects.get().document == first.document
    assert set(Path(settings.MEDIA_ROOT).rglob("*")) == stored


def test_another_report_beside_a_standing_one_is_refused():
    order = a_placed_order()
    reported(order)
    with refusal() as caught:
        reported(order, number="16")
    assert "15" in str(caught.value)
    assert PaymentReport.objects.count() == 1


@pytest.mark.parametrize(
    ("wishes", "field"),
    [
        ({"at": end_of_day(MONDAY)}, None),
        ({"day": date(2026, 11, 22)}, "day"),
        ({"day": date(2026, 11, 24)}, "day"),
        ({"document": None}, "document"),
        ({"document": None, "kind": ReportKind.INSTALLMENT}, "document"),
    ],
)
def test_what_is_no_payment_of_the_day_is_refused_and_nothing_changes(wishes, field):
    order = a_placed_order()
    files = set(stored_files())
    before = Entry.objects.count(), Notice.objects.count()
    with refusal() as caught:
        reported(order, **wishes)
    assert caught.value.field == field
    assert not PaymentReport.objects.exists()
    assert (Entry.objects.count(), Notice.objects.count()) == before
    assert Order.objects.get(pk=order.pk).kept_until is None
    assert set(stored_files()) == files, "the document of a refused report goes away"


def test_the_last_moment_of_the_day_is_in_time():
    order = a_placed_order()
    assert reported(order, at=order.pay_before - MOMENT).keeps_until == THURSDAY_ENDS


def test_an_operation_number_of_kaspi_needs_no_file():
    assert reported(a_placed_order(), kind=ReportKind.KASPI, document=None).document == ""


@pytest.mark.parametrize("end", [cancel_order, None], ids=["cancelled", "paid"])
def test_an_order_that_does_not_wait_takes_no_report(end):
    order = a_placed_order()
    if end:
        end(order=order, by="visitor", at=NOON)
    else:
        receive(a_receipt(order), order)
    with refusal():
        reported(order)
    assert not PaymentReport.objects.exists()


# --- The money


def test_money_of_the_documents_day_settles_a_kept_order_days_later():
    order = a_placed_order()
    report = reported(order)
    outcome = receive(
        a_receipt(order, at=order.pay_before - timedelta(hours=1)), order, at=THURSDAY_ENDS - MOMENT
    )
    assert outcome == Outcome.APPLIED
    assert state_of(order) == OrderState.PAID
    assert Place.objects.get(order=order).held_until is None
    report.refresh_from_db()
    assert (report.ended_at, list(PaymentReport.objects.standing())) == (None, [])
    assert lapse_unpaid_orders(at=THURSDAY_ENDS) == []


def test_money_of_another_day_settles_no_kept_order():
    order = a_placed_order()
    reported(order)
    assert (
        receive(a_receipt(order, at=order.pay_before), order, at=order.pay_before)
        == Outcome.UNMATCHED
    )
    assert state_of(order) == OrderState.AWAITING_PAYMENT
    assert LedgerEntry.objects.waiting().count() == 1


def test_a_kept_order_takes_no_new_payment_after_its_day():
    order = a_placed_order()
    reported(order)
    order.refresh_from_db()
    assert refusal_now(order, amount=order.price, at=order.pay_before - MOMENT) is None
    assert refusal_now(order, amount=order.price, at=order.pay_before) == Refusal.EXPIRED


def test_after_the_term_money_of_the_day_still_revives_the_order():
    order = a_placed_order()
    reported(order)
    lapse_unpaid_orders(at=THURSDAY_ENDS)
    assert receive(a_receipt(order), order, at=THURSDAY_ENDS + timedelta(days=2)) == Outcome.APPLIED


# --- Places


@pytest.mark.clause("4.6")
@pytest.mark.parametrize(("seats", "kept"), [(9, 0), (10, 1), (25, 2)])
def test_a_tenth_of_the_places_is_kept_and_the_rest_is_recorded_all_the_same(seats, kept):
    cohort = a_cohort(seats=seats)
    orders = [a_placed_order(cohort=cohort) for _number in range(kept + 2)]
    reports = [reported(order) for order in orders]
    assert [report.keeps_place for report in reports] == [True] * kept + [False] * 2
    assert PaymentReport.objects.beyond_the_tenth().count() == 2
    assert lapse_unpaid_orders(at=orders[0].pay_before) == []
    assert Place.objects.filter(held_until=THURSDAY_ENDS).count() == kept
    without = Notice.objects.filter(kind=NoticeKind.REPORT_RECEIVED, facts__place="")
    assert without.count() == 2


@pytest.mark.clause("4.6")
def test_a_place_that_is_settled_or_given_back_makes_room_for_another_report():
    cohort = a_cohort(seats=10)
    first, second, third, fourth = [a_placed_order(cohort=cohort) for _number in range(4)]
    reported(first)
    assert not reported(second).keeps_place
    receive(a_receipt(first), first)
    assert reported(third).keeps_place
    cancel_order(order=third, by="visitor", at=NOON, no_payment_made=True)
    assert reported(fourth).keeps_place


@pytest.mark.clause("4.6")
def test_a_hold_that_was_over_is_taken_up_again_if_a_place_is_free():
    cohort = a_cohort(seats=10)
    order = a_placed_order(cohort=cohort)
    later = NOON + timedelta(hours=1)
    a_placed_order(cohort=cohort, at=later)  # takes the place whose hold is over
    assert not Place.objects.filter(order=order).exists()
    assert reported(order, at=later).keeps_place
    assert Place.objects.get(order=order).held_until == THURSDAY_ENDS


@pytest.mark.clause("4.6")
def test_without_a_free_place_the_report_says_that_none_is_kept():
    cohort = a_cohort(seats=10)
    order = a_placed_order(cohort=cohort)
    later = NOON + timedelta(hours=1)
    for _buyer in range(10):
        a_paid_order(cohort=cohort, at=later)
    report = reported(order, at=later)
    assert not report.keeps_place
    assert lapse_unpaid_orders(at=order.pay_before) != [order.code]
    assert state_of(order) == OrderState.AWAITING_PAYMENT


@pytest.mark.clause("4.6")
def test_when_a_kept_place_ends_it_is_sold_once():
    cohort = a_cohort(seats=10, starts_on=date(2026, 12, 14))
    order = a_placed_order(cohort=cohort)
    reported(order)
    others = [
        a_placed_order(cohort=cohort, at=THURSDAY_ENDS - timedelta(minutes=5))
        for _buyer in range(9)
    ]
    with refusal() as caught:
        a_placed_order(cohort=cohort, at=THURSDAY_ENDS - MOMENT)
    assert caught.value.clause == "4.6"
    last = a_placed_order(cohort=cohort, at=THURSDAY_ENDS)  # before any clock came by
    receive(a_receipt(last, at=THURSDAY_ENDS), last, at=THURSDAY_ENDS)
    for other in others:
        receive(a_receipt(other, at=THURSDAY_ENDS - MOMENT), other, at=THURSDAY_ENDS)
    assert receive(a_receipt(order), order, at=THURSDAY_ENDS) == Outcome.UNMATCHED
    lapse_unpaid_orders(at=THURSDAY_ENDS)
    assert Place.objects.filter(cohort=cohort).exclude(order=None).count() == 10
    assert Enrollment.objects.filter(cohort=cohort).count() == 10
    assert state_of(order) == OrderState.LAPSED


# --- Ends


def test_a_false_report_on_its_day_gives_the_place_back_and_leaves_the_order_payable():
    order = a_placed_order()
    later = NOON + timedelta(hours=2)
    report = drop_report(report=reported(order), reason="Басқа төлем", by=an_owner(), at=later)
    assert (report.ending, report.reason) == (ReportEnding.DROPPED, "Басқа төлем")
    assert state_of(order) == OrderState.AWAITING_PAYMENT
    assert Place.objects.get(order=order).held_until == later
    assert lapse_unpaid_orders(at=order.pay_before) == [order.code]
    assert "Басқа төлем" not in str(list(Entry.objects.values_list("facts", flat=True)))


def test_a_false_report_after_its_day_lapses_the_order_at_once():
    order = a_placed_order()
    report = reported(order)
    drop_report(
        report=report, reason="Жалған", by=an_owner(), at=order.pay_before + timedelta(hours=9)
    )
    assert state_of(order) == OrderState.LAPSED
    assert not Place.objects.filter(order=order).exists()
    assert Notice.objects.filter(kind=NoticeKind.ORDER_LAPSED).count() == 1
    report.refresh_from_db()
    assert report.ending == ReportEnding.DROPPED


def test_a_report_that_stands_no_more_is_not_dropped():
    order = a_placed_order()
    report = reported(order)
    receive(a_receipt(order), order)
    with refusal():
        drop_report(report=report, reason="Кеш", by=an_owner(), at=NOON)
    report.refresh_from_db()
    assert report.ended_at is None


def test_after_a_dropped_report_a_true_one_is_taken_the_same_day():
    order = a_placed_order()
    drop_report(report=reported(order), reason="Қате нөмір", by=an_owner(), at=NOON)
    assert reported(order, number="16").keeps_place


@pytest.mark.clause("2.4")
def test_a_withdrawn_offer_ends_the_report_too():
    order = a_placed_order()
    report = reported(order)
    withdraw_offer(edition=order.edition, reason="2.4", by=an_owner(), at=NOON)
    report.refresh_from_db()
    assert (report.ending, Order.objects.get(pk=order.pk).kept_until) == (ReportEnding.LAPSED, None)


def test_the_next_day_the_same_purchase_leads_to_the_kept_order():
    application = an_application()
    order = a_placed_order(application=application)
    reported(order)
    tomorrow = order.pay_before + timedelta(hours=12)
    assert a_placed_order(cohort=order.cohort, application=application, at=tomorrow) == order
    with refusal(ReportedOrderAwaits):
        a_placed_order(cohort=order.cohort, application=application, at=tomorrow, package="vip")
    assert state_of(order) == OrderState.AWAITING_PAYMENT


def test_another_browser_learns_nothing_of_a_kept_order():
    order = a_placed_order()
    reported(order)
    stranger = an_application(email=order.party.email)
    stranger = type(stranger)(**{**vars(stranger), "origin_browser": "another"})
    with refusal(OrderAwaitsElsewhere):
        a_placed_order(
            cohort=order.cohort, application=stranger, at=order.pay_before + timedelta(hours=12)
        )


# --- At once


def thirty_reports_at_once() -> int:
    cohort = a_cohort(seats=100)
    orders = [a_placed_order(cohort=cohort) for _buyer in range(30)]
    at_once([partial(reported, order, kind=ReportKind.KASPI, document=None) for order in orders])
    assert PaymentReport.objects.filter(order__cohort=cohort).count() == 30
    return PaymentReport.objects.filter(order__cohort=cohort, keeps_place=True).count()


@pytest.mark.clause("4.6")
def test_thirty_reports_at_once_keep_ten_of_a_hundred_places(transactional_db):
    assert thirty_reports_at_once() == 10
    assert Place.objects.filter(held_until=THURSDAY_ENDS).count() == 10
    assert Place.objects.exclude(order=None).count() == 30


@pytest.mark.faults
def test_without_the_cohorts_lock_more_are_kept(transactional_db, monkeypatch):
    """The control: the test above can fail."""
    locks = QuerySet.select_for_update

    def unlocked(self, *args, **kwargs):
        return self if self.model.__name__ == "Cohort" else locks(self, *args, **kwargs)

    monkeypatch.setattr(QuerySet, "select_for_update", unlocked)
    assert any(thirty_reports_at_once() > 10 for _round in range(5))


def test_the_same_report_ten_times_at_once_is_one(transactional_db):
    order = a_placed_order()
    before = len(stored_files("reports"))
    at_once([partial(reported, order)] * 10)
    assert PaymentReport.objects.count() == 1
    assert Notice.objects.filter(kind=NoticeKind.REPORT_RECEIVED).count() == 1
    assert len(stored_files("reports")) == before + 1, "the documents of the others went away"
    assert default_storage.exists(PaymentReport.objects.get().document)


def test_the_clock_the_money_and_the_word_of_staff_at_once(transactional_db):
    order = a_placed_order()
    report = reported(order)
    owner = an_owner()
    at_once(
        [
            partial(lapse_order, order=order, at=THURSDAY_ENDS),
            partial(
                drop_report, report=report, reason="Жалған", by=owner, at=THURSDAY_ENDS - MOMENT
            ),
            partial(receive, a_receipt(order, reference="once"), order, at=THURSDAY_ENDS),
        ],
        errors=RuleViolation,
    )
    assert state_of(order) == OrderState.PAID, "money of its day counts, whoever came first"
    assert Place.objects.filter(order=order, held_until=None).count() == 1
    rows = list(Entry.objects.of_order(order.code).values_list("number", flat=True))
    assert rows == list(range(1, len(rows) + 1))


@pytest.mark.clause("4.6")
def test_when_a_kept_place_ends_many_reach_for_it_at_once_and_one_gets_it(transactional_db):
    cohort = a_cohort(seats=10, starts_on=date(2026, 12, 14))
    order = a_placed_order(cohort=cohort)
    reported(order)
    for _buyer in range(9):
        a_paid_order(cohort=cohort)
    buyers = [partial(a_placed_order, cohort=cohort, at=THURSDAY_ENDS) for _buyer in range(8)]
    late = [partial(receive, a_receipt(order, reference="late"), order, at=THURSDAY_ENDS)]
    works = [*late, partial(lapse_order, order=order, at=THURSDAY_ENDS), *buyers]
    answers = at_once(works, errors=RuleViolation)
    lucky = [answer for answer in answers if isinstance(answer, Order)]
    assert len(lucky) + (answers[0] == Outcome.APPLIED) == 1
    assert Place.objects.exclude(order=None).count() == Place.objects.count() == 10
    require_that_the_books_agree()


def stored_files(under: str = "") -> list[str]:
    folder = Path(settings.MEDIA_ROOT) / under
    return [str(path) for path in folder.rglob("*") if path.is_file()] if folder.exists() else []


def a_reopened_order(*, until: date) -> Order:
    order = a_placed_order()
    lapse_unpaid_orders(at=order.pay_before)
    return reopen_order(
        order=order, day=until, reason="Кешігіп төледі", by=an_owner(), at=order.pay_before
    )


def test_of_a_reopened_order_a_payment_of_any_of_its_days_is_reported_and_none_of_a_day_ahead():
    order = a_reopened_order(until=date(2026, 11, 26))
    tuesday = NOON + timedelta(days=1)
    for day in (MONDAY, date(2026, 11, 26), date(2026, 11, 27)):
        with refusal() as refused:
            reported(order, at=tuesday, day=day)
        assert refused.value.field == "day"
    report = reported(order, at=tuesday, day=date(2026, 11, 24))
    assert report.keeps_until == end_of_day(date(2026, 12, 1))
