"""Statements become receipts: by themselves only where nothing speaks against it;
all else waits and is shown (M11).
"""

import tracemalloc
from datetime import timedelta
from decimal import Decimal
from functools import partial

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from enrollment.models import Order
from enrollment.operations.ordering.orders import lapse_unpaid_orders
from enrollment.rules.order_states import OrderState
from offer_site.days import end_of_day
from offer_site.journal.models import Entry
from offer_site.notices.kinds import NoticeKind
from offer_site.notices.models import Notice, NoticeState
from payments.models import Allocation, LedgerEntry, LineState, StatementFile, StatementLine
from payments.operations.statements.imports import import_statement
from payments.operations.statements.lines import apply_line, set_line_aside, settle_line
from payments.providers.bank_transfer.statement import StatementError
from payments.rules.matching import Doubt
from tests.at_once import at_once
from tests.enrollment.ordering.test_reports import reported
from tests.given import NOON, a_cohort, a_paid_order, a_placed_order, an_owner, refusal
from tests.payments.statements.scenes import (
    DAY,
    KASPI_BANK,
    a_statement,
    an_operation,
    an_order_paid,
    bank_details,
)
from tests.staff.conftest import a_member, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.clause("4.4")]
TOMORROW = NOON + timedelta(days=1)


@pytest.fixture
def order() -> Order:
    order = a_placed_order()
    bank_details()
    return order


def imported(*operations, at=TOMORROW):
    return import_statement(content=a_statement(operations), name="kaspi.txt", by="system", at=at)


def state_of(order: Order) -> str:
    return Order.objects.get(pk=order.pk).state


def doubts() -> list[str]:
    return list(StatementLine.objects.order_by("line").values_list("doubt", flat=True))


@pytest.mark.clause("2.2.1", "4.3")
def test_a_transfer_that_names_its_order_is_its_payment_and_the_acceptance(order):
    report = imported(an_order_paid(order))
    assert report.matched == (order.code,)
    assert not report.needs_a_person
    assert state_of(order) == OrderState.PAID
    line = StatementLine.objects.get()
    entry = LedgerEntry.objects.get()
    assert (line.state, line.order, entry.provider, entry.method) == (
        LineState.MATCHED,
        order,
        "bank",
        "transfer",
    )
    assert entry.reference == line.fingerprint
    assert entry.happened_at == NOON
    order.refresh_from_db()
    assert (order.acceptance.accepted_at, order.acceptance.amount) == (NOON, order.price)


@pytest.mark.clause("4.3")
def test_money_of_the_orders_day_counts_after_the_order_lapsed(order):
    lapse_unpaid_orders(at=end_of_day(DAY))
    assert state_of(order) == OrderState.LAPSED
    imported(an_order_paid(order, ДатаОперации="24.11.2026"))
    assert state_of(order) == OrderState.PAID


@pytest.mark.clause("4.3", "4.6")
def test_a_reported_transfer_settles_its_kept_order_when_the_bank_tells_of_it(order):
    reported(order)
    lapse_unpaid_orders(at=TOMORROW)
    assert imported(an_order_paid(order), at=TOMORROW + timedelta(days=1)).matched == (order.code,)
    assert state_of(order) == OrderState.PAID


@pytest.mark.clause("4.3")
def test_a_payment_order_of_the_next_day_waits(order):
    report = imported(an_order_paid(order, day=DAY + timedelta(days=1)))
    assert report.waiting == {Doubt.ANOTHER_DAY: 1}
    assert report.needs_a_person
    assert state_of(order) == OrderState.AWAITING_PAYMENT
    assert not LedgerEntry.objects.exists()


def test_near_misses_wait_with_their_reason(order):
    other = a_placed_order(cohort=order.cohort)
    mistyped = order.code[:-1] + ("A" if order.code[-1] != "A" else "B")
    imported(
        an_order_paid(order, amount="149989.00"),
        an_order_paid(order, purpose=f"{mistyped} оплата"),
        an_order_paid(order, purpose=f"{order.code} және {other.code}"),
        an_order_paid(order, purpose="оплата курса"),
        an_order_paid(order, Валюта="USD"),
        an_order_paid(order, purpose="SM000000 оплата"),
    )
    assert doubts() == [
        Doubt.WRONG_AMOUNT,
        Doubt.NO_CODE,
        Doubt.SEVERAL_ORDERS,
        Doubt.NO_CODE,
        Doubt.WRONG_CURRENCY,
        Doubt.UNKNOWN_CODE,
    ]
    assert StatementLine.objects.waiting().count() == 6
    assert not LedgerEntry.objects.exists()
    assert {state_of(order), state_of(other)} == {OrderState.AWAITING_PAYMENT}


def test_a_second_transfer_for_a_paid_order_waits(order):
    imported(an_order_paid(order), an_order_paid(order, number=16))
    assert doubts() == ["", Doubt.KNOWN_ALREADY]
    assert LedgerEntry.objects.count() == 1


def test_a_friend_may_pay(order):
    assert imported(an_order_paid(order, payer="Басқа А.", payer_id="900101300823")).matched == (
        order.code,
    )


@pytest.mark.clause("4.6")
def test_without_a_place_the_money_waits_and_nothing_of_it_is_written(order):
    full = a_cohort(seats=1)
    late = a_placed_order(cohort=full)
    lapse_unpaid_orders(at=end_of_day(DAY))
    bank_details()
    a_paid_order(cohort=full, at=TOMORROW)
    before = LedgerEntry.objects.count(), Entry.objects.of_order(late.code).count()
    report = imported(an_order_paid(late), at=TOMORROW)
    assert report.waiting == {Doubt.NOT_TAKEN: 1}
    assert (LedgerEntry.objects.count(), Entry.objects.of_order(late.code).count()) == before


def test_a_banks_sum_for_many_is_set_aside(order):
    report = imported(
        an_operation(purpose="Возмещение за 22.11.2026", payer="АО KASPI BANK", payer_id=KASPI_BANK)
    )
    line = StatementLine.objects.get()
    assert (report.set_aside, line.state, line.doubt) == (1, LineState.SET_ASIDE, Doubt.AGGREGATE)
    with refusal():
        apply_line(line=line, code=order.code, by=an_owner(), at=NOON)
    assert not LedgerEntry.objects.exists()


def test_a_sum_for_many_that_names_an_order_waits_for_a_person(order):
    report = imported(an_order_paid(order, payer="АО KASPI BANK", payer_id=KASPI_BANK))
    assert (report.set_aside, report.waiting) == (0, {Doubt.NAMED_BY_MANY: 1})
    assert not LedgerEntry.objects.exists()
    line = StatementLine.objects.get()
    settle_line(line_id=line.pk, at=TOMORROW)
    assert state_of(order) == OrderState.AWAITING_PAYMENT
    apply_line(line=line, code=order.code, by=an_owner(), at=TOMORROW)
    assert state_of(order) == OrderState.PAID


# --- M11
def test_the_same_and_an_overlapping_file_add_nothing(order):
    first = [an_order_paid(order), an_operation(purpose="басқа", number=16)]
    imported(*first)
    again = imported(*first)
    assert (again.is_new, again.matched) == (False, ())
    wider = imported(*first, an_operation(purpose="тағы бір", number=17))
    assert (wider.is_new, wider.repeated) == (True, 2)
    assert StatementLine.objects.count() == 3
    assert LedgerEntry.objects.count() == Allocation.objects.count() == 1


def test_two_equal_lines_of_one_file_are_two(order):
    twice = [an_operation(purpose="курс үшін")] * 2
    imported(*twice)
    assert StatementLine.objects.count() == 2
    assert imported(*twice, an_operation(purpose="тағы")).repeated == 2
    assert StatementLine.objects.count() == 3


def test_a_bad_file_leaves_nothing(order):
    operations = [an_order_paid(order), an_operation(purpose="басқа", amount="1.999")]
    with refusal(StatementError):
        imported(*operations)
    assert not StatementFile.objects.exists()
    assert not StatementLine.objects.exists()
    assert state_of(order) == OrderState.AWAITING_PAYMENT


def test_without_bank_details_nothing_is_imported():
    a_placed_order()
    with refusal():
        imported()


def test_an_import_killed_between_lines_goes_on_when_repeated(order):
    """The file's transaction stands, its lines are not judged yet:
    the same file again judges them.
    """
    imported(an_order_paid(order, day=DAY - timedelta(days=1)))
    StatementLine.objects.update(doubt="", documented_on=DAY)
    again = imported(an_order_paid(order, day=DAY - timedelta(days=1)))
    assert (again.is_new, again.matched) == (False, (order.code,))


def test_the_bank_told_nothing_that_lies_readable(order):
    imported(an_order_paid(order, payer="Өзгеше Тегі", payer_id="900101300823"))
    with connection.cursor() as cursor:
        cursor.execute("SELECT told, codes FROM payments_statementline")
        ((told, _codes),) = cursor.fetchall()
    assert "Өзгеше" not in told
    assert "900101300823" not in told
    assert not Entry.objects.filter(facts__icontains="900101300823").exists()


def test_without_a_worker_an_import_of_many_leaves_their_letters_to_the_sweep(
    order, settings, django_capture_on_commit_callbacks
):
    settings.CELERY_TASK_ALWAYS_EAGER = True
    many = [a_placed_order(cohort=order.cohort) for _each in range(6)]
    with django_capture_on_commit_callbacks() as bells:
        imported(*(an_order_paid(each, number=number) for number, each in enumerate(many)))
    assert bells == []
    assert (
        Notice.objects.filter(kind=NoticeKind.CONTRACT_CONCLUDED, state=NoticeState.QUEUED).count()
        == 6
    )
    with django_capture_on_commit_callbacks() as bells:
        imported(an_order_paid(order, number=7))
    assert len(bells) == 1


# --- by hand
def test_a_person_gives_a_transfer_to_an_order_and_the_journal_tells(order):
    imported(an_order_paid(order, purpose="курс"))
    line = StatementLine.objects.get()
    owner = an_owner()
    apply_line(line=line, code=f" {order.code.lower()} ", by=owner, at=TOMORROW)
    assert state_of(order) == OrderState.PAID
    line.refresh_from_db()
    assert (line.state, line.order, line.settled_by) == (
        LineState.MATCHED,
        order,
        f"staff:{owner.pk}",
    )
    assert Entry.objects.of_order(order.code).filter(verb="statement_line.applied").count() == 1
    with refusal():
        apply_line(line=line, code=order.code, by=owner, at=TOMORROW)


@pytest.mark.clause("4.3")
@pytest.mark.parametrize(
    "wish", [{"amount": "149989.00"}, {"day": DAY + timedelta(days=1)}, {"Валюта": "USD"}]
)
def test_a_person_cannot_give_what_does_not_count(order, wish):
    imported(an_order_paid(order, purpose="курс", **wish))
    line = StatementLine.objects.get()
    with refusal() as refused:
        apply_line(line=line, code=order.code, by=an_owner(), at=TOMORROW)
    assert refused.value.field == "code"
    assert (state_of(order), LedgerEntry.objects.count()) == (OrderState.AWAITING_PAYMENT, 0)
    line.refresh_from_db()
    assert line.state == LineState.UNMATCHED


def test_a_transfer_is_set_aside_with_a_reason_once(order):
    imported(an_operation(purpose="жеке ақша"))
    line = StatementLine.objects.get()
    owner = an_owner()
    set_line_aside(line=line, reason="Иесінің өз ақшасы", by=owner, at=NOON)
    line.refresh_from_db()
    assert (line.state, line.reason) == (LineState.SET_ASIDE, "Иесінің өз ақшасы")
    assert Entry.objects.filter(verb="statement_line.set_aside").count() == 1
    with refusal():
        set_line_aside(line=line, reason="тағы", by=owner, at=NOON)


# --- doors
def test_the_command_says_what_was_done(order, tmp_path, capsys):
    path = tmp_path / "kaspi.txt"
    path.write_bytes(a_statement([an_order_paid(order)]))
    call_command("import_statement", str(path))
    assert f"matched {order.code}\nimported kaspi.txt: 1 incoming" in capsys.readouterr().out
    path.write_bytes(a_statement([an_order_paid(order, number=16)]))
    with pytest.raises(SystemExit) as ended:
        call_command("import_statement", str(path))
    assert ended.value.code == 1
    assert "waiting 1: known-already" in capsys.readouterr().out
    path.write_bytes(b"1CClientBankExchange\nX\n")
    for wrong in (path, tmp_path / "none.txt"):
        with pytest.raises(CommandError) as refused:
            call_command("import_statement", str(wrong))
        assert refused.value.returncode == 2


def test_staff_import_a_file_and_settle_what_waits(order, client):
    client.force_login(an_owner())
    add = reverse("admin:payments_statementfile_add")
    content = a_statement(
        [an_order_paid(order, purpose="курс"), an_operation(purpose="жеке", number=16)]
    )
    bad = client.post(add, {"file": SimpleUploadedFile("a.txt", b"1CClientBankExchange\nX\n")})
    assert "1CClientBankExchange" in bad.text
    assert bad.context["form"].errors["file"]
    assert client.post(add, {}).context["form"].errors["file"]
    done = client.post(add, {"file": SimpleUploadedFile("kaspi.txt", content)}, follow=True)
    assert done.redirect_chain[0][0] == reverse(
        "admin:payments_statementfile_change", args=[StatementFile.objects.get().pk]
    )
    first, second = StatementLine.objects.order_by("line")
    page = client.get(reverse("admin:payments_statementline_change", args=[first.pk]))
    assert order.code in page.text
    assert "900101300811" not in page.text
    apply = reverse("admin:payments_statementline_apply", args=[first.pk])
    assert client.post(apply, {"code": "SM000000"}).context["form"].errors["code"]
    assert client.post(apply, {"code": order.code}).status_code == 302
    assert (
        client.post(
            reverse("admin:payments_statementline_aside", args=[second.pk]), {"reason": "өз ақшасы"}
        ).status_code
        == 302
    )
    waits = client.get(reverse("admin:payments_statementline_changelist"), {"attention": "waits"})
    assert waits.context["cl"].result_count == 0
    assert state_of(order) == OrderState.PAID


def test_the_list_of_transfers_asks_as_much_for_few_as_for_many(order, client):
    client.force_login(an_owner())
    url = reverse("admin:payments_statementline_changelist")

    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(url, {"attention": "waits"}).status_code == 200
        return len(queries)

    imported(an_operation(purpose="курс"))
    asked()
    few = asked()
    imported(*(an_operation(purpose=f"курс {number}", number=number) for number in range(150)))
    assert asked() == few


def test_a_file_too_large_for_the_browser_is_sent_to_the_command(order, client, monkeypatch):
    monkeypatch.setattr("offer_site.admin.forms.LARGEST_FILE", 10)
    client.force_login(an_owner())
    upload = SimpleUploadedFile("kaspi.txt", a_statement([an_order_paid(order)]))
    page = client.post(reverse("admin:payments_statementfile_add"), {"file": upload})
    assert page.context["form"].errors["file"]
    assert not StatementFile.objects.exists()


@pytest.mark.clause("5.4")
@pytest.mark.parametrize(
    ("group", "status"), [("accountant", 200), ("manager", 403), ("curator", 403)]
)
def test_statements_are_the_work_of_those_who_do_the_money(order, group, status):
    imported(an_order_paid(order, purpose="курс"))
    line = StatementLine.objects.get()
    desk = signed_in(a_member(group))
    for page, arguments in (
        ("statementfile_add", []),
        ("statementline_changelist", []),
        ("statementline_change", [line.pk]),
        ("statementline_apply", [line.pk]),
        ("statementline_aside", [line.pk]),
    ):
        assert desk.get(reverse(f"admin:payments_{page}", args=arguments)).status_code == status


# --- at once, and many
@pytest.mark.django_db(transaction=True)
def test_one_file_imported_by_many_at_once_is_imported_once():
    order = a_placed_order()
    bank_details()
    content = a_statement([an_order_paid(order), *[an_operation(purpose="курс")] * 3])
    once = partial(import_statement, content=content, name="kaspi.txt", by="system", at=TOMORROW)
    reports = at_once([once] * 6)
    assert sum(report.is_new for report in reports) == 1
    assert sum(len(report.matched) for report in reports) == 1
    assert (StatementFile.objects.count(), StatementLine.objects.count()) == (1, 4)
    assert LedgerEntry.objects.count() == Allocation.objects.count() == 1


def overlapping_at_once(number: int) -> list[object]:
    """Import two files with the same lines in opposite orders in one moment."""
    operations = [an_operation(purpose=f"курс {number}", number=each) for each in range(400)]
    files = [a_statement(operations), a_statement(operations[::-1])]
    works = [
        partial(import_statement, content=content, name="kaspi.txt", by="system", at=TOMORROW)
        for content in files
    ]
    return at_once(works, errors=OperationalError)


@pytest.mark.django_db(transaction=True)
def test_two_files_with_the_same_lines_at_once_add_each_once():
    a_placed_order()
    bank_details()
    for number in range(3):
        reports = overlapping_at_once(number)
        assert sorted(report.repeated for report in reports)[-1] > 0
        assert sum(report.repeated for report in reports) == 400
    assert StatementLine.objects.count() == 1200


@pytest.mark.faults
@pytest.mark.django_db(transaction=True)
def test_without_its_lock_two_imports_wait_for_each_other(monkeypatch):
    """The control: the test above can fail."""
    a_placed_order()
    bank_details()
    monkeypatch.setattr(QuerySet, "select_for_update", lambda self, *args, **kwargs: self)
    assert any(
        isinstance(each, OperationalError)
        for number in range(20)
        for each in overlapping_at_once(number)
    )


def test_without_the_constraint_an_overlapping_file_would_add_lines(order):
    """The control: the tests above can fail."""
    operations = [an_operation(purpose="бұрынғы")]
    imported(*operations)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(
            "SELECT conname FROM pg_constraint WHERE contype = 'u' AND conrelid = "
            "'payments_statementline'::regclass"
        )
        for (name,) in cursor.fetchall():
            cursor.execute(f'ALTER TABLE payments_statementline DROP CONSTRAINT "{name}"')
    imported(*operations, an_operation(purpose="тағы", number=16))
    assert StatementLine.objects.filter(number="15").count() == 2


def a_large_statement(order: Order, *, operations: int) -> bytes:
    """So many operations, the last of which pays the order."""
    others = [an_operation(purpose=f"қызмет үшін {n}", number=n) for n in range(operations)]
    return a_statement([*others, an_order_paid(order, number=operations)])


def test_twenty_thousand_operations_take_few_statements(order):
    content = a_large_statement(order, operations=20_000)
    with CaptureQueriesContext(connection) as asked:
        report = import_statement(content=content, name="large.txt", by="system", at=TOMORROW)
    assert report.matched == (order.code,)
    assert StatementLine.objects.count() == 20_001
    assert len(asked) < 20_001 / 500 * 4 + 60


# Counting the bytes takes five times as long as the import.
@pytest.mark.parametrize("operations", [5_000, pytest.param(20_000, marks=pytest.mark.faults)])
def test_an_operation_of_a_large_file_takes_no_more_than_ten_kilobytes(order, operations):
    content = a_large_statement(order, operations=operations)
    tracemalloc.start()
    try:
        with CaptureQueriesContext(connection):
            report = import_statement(content=content, name="large.txt", by="system", at=TOMORROW)
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert report.matched == (order.code,)
    assert peak < operations * 10_000


def test_settling_a_line_costs_the_same_in_a_small_and_a_large_file(order):
    def cost(*others: str) -> int:
        paid = a_placed_order(cohort=order.cohort)
        content = a_statement([an_order_paid(paid, number=len(others)), *others])
        with CaptureQueriesContext(connection) as asked:
            assert import_statement(
                content=content, name="f.txt", by="system", at=TOMORROW
            ).matched == (paid.code,)
        return len(asked)

    assert cost() == cost(
        *(an_operation(purpose=f"басқа {number}", number=number) for number in range(300))
    )


def test_a_line_is_settled_once(order):
    imported(an_order_paid(order))
    assert settle_line(line_id=StatementLine.objects.get().pk, at=TOMORROW) == ""
    assert LedgerEntry.objects.get().amount == Decimal(order.price)
