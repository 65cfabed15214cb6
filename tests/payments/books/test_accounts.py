"""The books: sums by day, way, tariff and cohort, debts, the year's turnover,
and files that no spreadsheet runs.
"""

import csv
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from io import StringIO

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from offer_site.days import end_of_day, start_of_day
from offer_site.journal.models import Entry
from offer_site.languages import speaking
from offer_site.spreadsheets import cell, csv_lines
from offer_site.staff.attention import needs_attention
from payments.models import FeeSource, LedgerEntry
from payments.operations.books.accounts import Grouping, Sums, books_of, entries_of, turnover_of
from payments.operations.ledger.fees import record_fee
from payments.rules.turnover import Threshold, nears, percent_of, threshold_of
from tests.enrollment.halves.scenes import a_half_paid_order
from tests.given import NOON, a_cohort, a_paid_order, a_placed_order, an_owner
from tests.payments.books.scenes import a_refund_of, money
from tests.staff.conftest import a_member, signed_in

DAY = date(2026, 11, 23)
NEXT = DAY + timedelta(days=1)
PAGE = "/admin/payments/accounts/"
ASKED = f"{PAGE}?since=2026-11-01&until=2026-11-30&by="
PRICE = 149_990


def books(by=Grouping.DAY, since=DAY, until=DAY):
    with speaking("ru"):
        return books_of(since=since, until=until, by=by)


def fee_of(order, amount):
    entry = LedgerEntry.objects.receipts().get(allocations__order=order)
    record_fee(entry=entry, amount=Decimal(amount), source=FeeSource.CARD, at=NOON)


@pytest.fixture
def scene(db):
    """Three orders of two cohorts, one of them in halves, a refund the next day, a fee,
    and money of no order.
    """
    first = a_cohort(seats=20)
    second = a_cohort()
    paid = a_paid_order(cohort=first)
    vip = a_placed_order(cohort=first, package="vip")
    money(vip.price, order=vip, method="Kaspi Red")
    half = a_half_paid_order(cohort=second, rest_on=date(2026, 12, 21))
    a_refund_of(paid, "50000.50", at=NOON + timedelta(days=1))
    fee_of(paid, "4499.70")
    money("777.25", method="transfer")
    return {"paid": paid, "vip": vip, "half": half}


def came_of(scene):
    return Decimal(scene["paid"].price + scene["vip"].price + scene["half"].prepayment) + Decimal(
        "777.25"
    )


@pytest.mark.parametrize("by", Grouping)
def test_every_grouping_comes_to_the_same_total(scene, by):
    total = books(by, until=NEXT).total
    assert (total.count if by in (Grouping.DAY, Grouping.METHOD) else 4) == 4
    assert total.came == came_of(scene)
    assert total.went == Decimal("50000.50")
    assert total.fees == Decimal("4499.70")
    assert total.net == total.came - total.went


def test_by_day(scene):
    lines = dict(books(until=date(2026, 12, 31)).lines)
    assert list(lines) == ["23.11.2026", "24.11.2026", "21.12.2026"]
    assert lines["24.11.2026"] == Sums(went=Decimal("50000.50"))
    assert lines["21.12.2026"] == Sums(owed=Decimal(scene["half"].price - scene["half"].prepayment))


def test_by_method(scene):
    lines = {
        name: (sums.came, sums.went) for name, sums in books(Grouping.METHOD, until=NEXT).lines
    }
    assert lines == {
        "банковская карта": (PRICE + scene["half"].prepayment, Decimal("50000.50")),
        "Kaspi Red": (scene["vip"].price, 0),
        "перевод на банковский счёт": (Decimal("777.25"), 0),
    }


def test_by_tariff_and_cohort(scene):
    tariffs = {
        name.partition(":")[0]: sums for name, sums in books(Grouping.TARIFF, until=NEXT).lines
    }
    assert set(tariffs) == {"БІРГЕ", "VIP", "не зачтено в заказы"}
    assert tariffs["БІРГЕ"].came == PRICE + scene["half"].prepayment
    assert (tariffs["БІРГЕ"].went, tariffs["БІРГЕ"].fees) == (
        Decimal("50000.50"),
        Decimal("4499.70"),
    )
    assert tariffs["БІРГЕ"].owed == scene["half"].price - scene["half"].prepayment
    assert tariffs["не зачтено в заказы"].came == Decimal("777.25")
    cohorts = dict(books(Grouping.COHORT, until=NEXT).lines)
    assert cohorts[scene["half"].cohort.name].came == scene["half"].prepayment
    assert cohorts[scene["paid"].cohort.name].came == PRICE + scene["vip"].price


@pytest.mark.clause("4.3.1")
def test_debts_and_waiting_money_stand_apart(scene):
    found = books(since=NEXT, until=NEXT)
    (debt,) = found.debts
    assert (debt.order, debt.amount, debt.due_on) == (scene["half"], 74_995, date(2026, 12, 21))
    assert (found.waiting, found.waiting_count) == (Decimal("777.25"), 1)
    money(scene["half"].price - scene["half"].prepayment, order=scene["half"])
    assert books().debts == []


def test_a_day_is_a_day_of_almaty(db):
    money(1, at=start_of_day(DAY))
    money(10, at=end_of_day(DAY) - timedelta(microseconds=1))
    money(100, at=end_of_day(DAY))
    money(1000, at=start_of_day(DAY) - timedelta(microseconds=1))
    assert [(name, sums.came) for name, sums in books().lines] == [("23.11.2026", Decimal(11))]
    assert dict(books(until=NEXT).lines)["24.11.2026"].came == 100


def test_what_was_told_last_of_a_fee_counts(scene):
    entry = LedgerEntry.objects.receipts().get(allocations__order=scene["paid"])
    record_fee(
        entry=entry, amount=Decimal("5000.00"), source=FeeSource.KASPI, at=NOON + timedelta(days=1)
    )
    assert books().total.fees == Decimal(5000)


@pytest.mark.parametrize("by", Grouping)
def test_the_number_of_statements_does_not_grow(scene, by):
    with CaptureQueriesContext(connection) as few:
        books(by, until=date(2026, 12, 31))
    for _more in range(5):
        a_paid_order(cohort=scene["paid"].cohort)
        a_half_paid_order(cohort=scene["paid"].cohort, rest_on=date(2026, 12, 22))
        money(5)
    with CaptureQueriesContext(connection) as many:
        books(by, until=date(2026, 12, 31))
    assert len(few) == len(many) <= 5


# --- The threshold
@pytest.mark.parametrize(
    ("year", "expected"),
    [
        (2026, Threshold(43_250_000, 4325, 2026)),
        (2027, Threshold(45_000_000, 4500, 2027)),
        (2029, Threshold(45_000_000, 4500, 2027)),
        (2025, Threshold(43_250_000, 4325, 2026)),
    ],
)
def test_the_threshold_is_ten_thousand_mrp_of_the_year_or_of_the_last_one_known(year, expected):
    assert threshold_of(year, mrp={2026: 4325, 2027: 4500}, times=10_000) == expected


@pytest.mark.parametrize(
    ("turnover", "percent"),
    [
        ("0", 0),
        ("-5", 0),
        ("432499.99", 0),
        ("432500", 1),
        ("34599999.99", 79),
        ("34600000", 80),
        ("43250000", 100),
        ("86500000", 200),
    ],
)
def test_the_turnover_as_a_part_of_the_threshold(turnover, percent):
    threshold = threshold_of(2026, mrp={2026: 4325}, times=10_000)
    assert percent_of(Decimal(turnover), threshold) == percent
    assert nears(threshold) == 34_600_000


def test_a_year_ends_at_midnight_in_almaty_and_refunds_lessen_it(db):
    new_year = datetime(2026, 12, 31, 19, 0, tzinfo=UTC)
    assert start_of_day(date(2027, 1, 1)) == new_year
    order = a_paid_order()
    money("10.50", at=new_year - timedelta(seconds=1))
    money(100, at=new_year)
    a_refund_of(order, 40_000, at=new_year - timedelta(seconds=1))
    a_refund_of(order, 5, at=new_year)
    assert turnover_of(2026).amount == PRICE + Decimal("10.50") - 40_000
    assert turnover_of(2027).amount == 95
    assert turnover_of(2025).amount == 0


@pytest.mark.clause("4.2")
def test_staff_are_told_when_four_fifths_are_passed(db, settings):
    a_paid_order()
    owner = an_owner()

    def told(at=NOON):
        return any(
            matter.question.listed == "payments_accounts"
            for matter in needs_attention(user=owner, at=at)
        )

    settings.MRP = {2026: PRICE}
    settings.VAT_THRESHOLD_MRP = Decimal("1.25")
    assert not told(), "exactly four fifths"
    settings.VAT_THRESHOLD_MRP = Decimal("1.249")
    assert told()
    assert not told(NOON + timedelta(days=365)), "the next year begins at nothing"


# --- Files
DANGEROUS = ["=cmd|' /C calc'!A0", "+7701", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1"]


@pytest.mark.parametrize("text", DANGEROUS)
def test_no_text_of_a_buyer_begins_a_formula(text):
    assert cell(text) == f"'{text}"
    line = b"".join(csv_lines([[text]])).decode("utf-8-sig")
    (row,) = csv.reader(StringIO(line, newline=""), delimiter=";")
    assert row == [f"'{text}"]


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (Decimal("149990.00"), "149990,00"),
        (Decimal("-0.5"), "-0,50"),
        (7, "7"),
        (None, ""),
        (DAY, "23.11.2026"),
        (NOON, "23.11.2026 12:00:00"),
        ("«Жаңа Өркен» ЖШС", "«Жаңа Өркен» ЖШС"),
        ("a=b", "a=b"),
    ],
)
def test_numbers_and_days_are_plain(value, written):
    assert cell(value) == written


def table(desk, address):
    answer = desk.get(address)
    content = b"".join(answer.streaming_content)
    assert content.startswith(b"\xef\xbb\xbf")
    assert "attachment" in answer["Content-Disposition"]
    return list(csv.reader(StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";"))


def test_every_movement_as_a_file_with_a_dangerous_buyer(db):
    order = a_paid_order(surname="=cmd|' /C calc'!A0", name="A;B")
    a_refund_of(order, "1.5")
    money(7)
    rows = table(signed_in(an_owner()), f"{ASKED}day&file=entries")
    assert len(rows) == 4
    assert {len(row) for row in rows} == {14}
    for row in rows[1:3]:
        assert row[10:12] == [order.code, "'=cmd|' /C calc'!A0 A;B"]
        assert row[13] == order.cohort.name
    assert sorted(row[2] for row in rows[1:]) == ["1,50", "149990,00", "7,00"]
    assert rows[3][10:] == ["", "", "", ""]


def test_the_sums_as_a_file_end_in_the_total_and_the_debts(scene):
    rows = table(signed_in(an_owner()), f"{ASKED}tariff&file=sums")
    total = next(row for row in rows if row[0] in ("Жиыны", "Итого"))
    assert total[2] == f"{came_of(scene)}".replace(".", ",")
    assert rows[-1][0] == scene["half"].code
    assert rows[-1][4:] == ["74995,00", "21.12.2026"]


def test_the_movements_are_read_in_two_statements_however_many(scene):
    for more in (0, 5):
        for _each in range(more):
            a_paid_order(cohort=scene["paid"].cohort)
        with CaptureQueriesContext(connection) as asked:
            rows = list(entries_of(since=DAY, until=NEXT))
        assert len(rows) == 5 + more
        assert len(asked) == 2


# --- The page
@time_machine.travel(NOON, tick=False)
@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("kk", ["Бухгалтерия", "ҚҚС", "АЕК", "Жиыны"]),
        ("ru", ["Бухгалтерия", "НДС", "МРП", "Итого"]),
    ],
)
@pytest.mark.parametrize("by", Grouping)
def test_an_accountant_reads_the_page(scene, language, words, by):
    desk = signed_in(a_member("accountant"))
    page = desk.get(f"{ASKED}{by}", headers={"accept-language": language})
    for said in [*words, scene["half"].code, "<progress"]:
        assert said in page.text
    assert desk.get(PAGE).context["books"].since == date(2026, 11, 1)


def test_a_period_that_ends_before_it_begins_is_refused_beside_its_field(db):
    page = signed_in(an_owner()).get(f"{PAGE}?since=2026-11-02&until=2026-11-01&by=day")
    assert page.status_code == 200
    assert page.context["books"] is None
    assert "until" in page.context["form"].errors


def test_who_takes_a_file_is_journalled_and_others_get_none(scene):
    accountant = a_member("accountant")
    signed_in(accountant).get(f"{ASKED}day&file=entries")
    row = Entry.objects.get(verb="accounts.exported")
    assert row.by == f"staff:{accountant.pk}"
    assert row.facts == {
        "file": "entries",
        "since": "2026-11-01",
        "until": "2026-11-30",
        "by": "day",
    }
    for group in ("manager", "curator"):
        assert signed_in(a_member(group)).get(f"{ASKED}day&file=entries").status_code == 403
    assert reverse("admin:payments_accounts_changelist") == PAGE
