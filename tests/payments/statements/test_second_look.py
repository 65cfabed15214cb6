"""A file of the bank that one person brought: what it may give before another has compared it with
the bank, what the look does, and what the next file of the same days says (4.4, M13).
"""

from datetime import date, timedelta
from functools import partial

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import override

from enrollment.models import Order
from enrollment.rules.order_states import OrderState
from offer_site.days import start_of_day
from offer_site.errors import RuleViolation
from offer_site.journal.models import Entry
from payments.models import (
    DifferenceKind,
    KaspiRegistry,
    LedgerEntry,
    LineState,
    ReconciliationDifference,
    StatementFile,
    StatementLine,
)
from payments.operations.ledger.corrections import approve_correction, propose_correction
from payments.operations.reconciliation.kaspi_registry import (
    import_kaspi_registry,
    reconcile_kaspi,
    see_registry,
    take_as_another,
)
from payments.operations.statements.imports import import_statement
from payments.operations.statements.lines import apply_line, take_line
from payments.operations.statements.looks import note_not_at_the_bank, see_statement
from payments.operations.statements.typed_transfers import TransferSeen, enter_transfer
from payments.rules.matching import Doubt
from tests.at_once import at_once
from tests.audit.asked import all_that_is_false
from tests.enrollment.company import a_placed_invoice
from tests.given import NOON, a_cohort, a_placed_order, refusal
from tests.papers import a_document
from tests.payments.by_hand import a_clerk
from tests.payments.registries import a_registry, a_row
from tests.payments.statements.scenes import (
    DAY,
    PAYER,
    a_statement,
    an_operation,
    an_order_paid,
    bank_details,
)
from tests.payments.statements.test_invoice_settled import paid, states
from tests.staff.conftest import a_member, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.clause("4.4")]

TUESDAY = NOON + timedelta(days=1)
WEDNESDAY = NOON + timedelta(days=2)
THURSDAY = NOON + timedelta(days=3)


@pytest.fixture(autouse=True)
def _in_english():
    with override("en"):
        yield


def by(clerk="first") -> str:
    return f"staff:{a_clerk(clerk).pk}"


def brought(*operations, clerk="first", at=TUESDAY, **wishes):
    """One person imports a file."""
    bank_details()
    content = a_statement(operations, **wishes)
    return import_statement(content=content, name="bank.txt", by=by(clerk), at=at)


def seen(file: StatementFile, clerk="second", at=TUESDAY) -> list[str]:
    return see_statement(file=file, by=a_clerk(clerk), at=at)


def a_million(number=1):
    """An invoice of 1 049 930 ₸ and the transfer that pays it."""
    invoice = a_placed_invoice(7, cohort=a_cohort(seats=20))
    return invoice, paid(invoice, learners=7, number=number)


def state_of(order: Order) -> str:
    return Order.objects.get(pk=order.pk).state


# --- what a file gives before the look
def test_an_usual_evening_concludes_at_once_and_asks_for_a_look():
    """Sales do not stop at night."""
    order = a_placed_order()
    report = brought(an_order_paid(order))
    assert report.matched == (order.code,)
    assert report.file.is_unseen
    imported = Entry.objects.get(verb="statement.imported")
    assert (imported.by, imported.facts["asks_for_look"]) == (by(), True)
    assert not all_that_is_false()


def test_more_than_the_bound_waits_until_another_person_has_looked():
    first, first_paid = a_million()
    second, second_paid = a_million(2)
    report = brought(first_paid, second_paid)
    assert report.matched == (first.code,)
    assert report.waiting == {Doubt.UNSEEN_FILE: 1}
    assert states(second) == ["awaiting_payment"] * 7
    assert seen(report.file) == [second.code]
    assert states(second) == ["paid"] * 7
    assert not all_that_is_false()
    StatementFile.objects.update(seen_at=None, seen_by="")
    assert "M13" in " ".join(all_that_is_false())


def test_the_bound_is_of_the_person_and_not_of_the_file():
    first, first_paid = a_million()
    second_paid = a_million(2)[1]
    brought(first_paid)
    assert brought(second_paid, at=TUESDAY + timedelta(hours=1)).waiting == {Doubt.UNSEEN_FILE: 1}
    assert states(first) == ["paid"] * 7


def test_who_imported_it_gives_no_more_by_a_click_either():
    brought(a_million()[1])
    second, second_paid = a_million(2)
    brought(second_paid)
    line = StatementLine.objects.get(codes=second.code)
    for move in (
        partial(apply_line, line=line, code=second.code),
        partial(take_line, line=line, reason="келді"),
    ):
        with refusal() as caught:
            move(by=a_clerk("first"), at=TUESDAY)
        assert "another person" in str(caught.value)
    assert LedgerEntry.objects.count() == 1
    apply_line(line=line, code=second.code, by=a_clerk("second"), at=TUESDAY)
    assert states(second) == ["paid"] * 7


def test_what_a_server_imports_by_itself_asks_for_no_look():
    bank_details()
    for number in (1, 2):
        invoice, transfer = a_million(number)
        report = import_statement(
            content=a_statement([transfer]), name="a", by="system", at=TUESDAY
        )
        assert report.matched == (invoice.code,)
    assert not StatementFile.objects.unseen().exists()


def test_a_look_that_is_late_holds_the_next_file_of_this_person_and_of_nobody_else():
    late, other, own = (a_placed_order() for _ in range(3))
    file = brought(an_order_paid(late)).file
    on_time = end_of(WEDNESDAY)
    assert brought(an_order_paid(other, number=2), at=on_time).matched == (other.code,)
    report = brought(an_order_paid(own, number=3), at=THURSDAY)
    assert report.waiting == {Doubt.UNSEEN_FILE: 1}
    stranger = a_placed_order()
    by_another = brought(an_order_paid(stranger, number=4), clerk="third", at=THURSDAY)
    assert by_another.matched == (stranger.code,)
    for each in StatementFile.objects.filter(by=by()):
        seen(each, at=THURSDAY)
    assert state_of(own) == OrderState.PAID
    assert file.by == by()


def end_of(at):
    return start_of_day(at.date() + timedelta(days=1)) - timedelta(minutes=1)


def test_a_weekend_is_no_delay():
    friday = NOON + timedelta(days=4)
    order = a_placed_order(at=friday)
    day = friday.date()
    brought(an_order_paid(a_placed_order(at=friday), day=day), at=friday, day=day)
    sunday = friday + timedelta(days=2)
    report = brought(an_order_paid(order, day=day, number=2), at=sunday, day=day)
    assert report.matched == (order.code,)


def test_a_typed_transfer_is_not_freed_of_its_second_person_by_an_invented_file():
    """Who types a transfer could write the file that repeats it, too."""
    brought(a_million()[1])
    second, second_paid = a_million(2)
    transfer = TransferSeen(
        documented_on=DAY,
        amount=StatementLine.objects.get().amount,
        payer="Тестова Г.",
        payer_id=PAYER,
        purpose=f"{second.code} оплата курса",
        number="2",
    )
    line = enter_transfer(
        transfer=transfer,
        reason="көрінді",
        document=a_document(),
        by=a_clerk("first"),
        at=TUESDAY,
        is_another=True,
    )
    brought(second_paid)
    line.refresh_from_db()
    assert (line.state, line.doubt) == (LineState.UNMATCHED, Doubt.UNSEEN_FILE)
    with refusal():
        apply_line(line=line, code=second.code, by=a_clerk("first"), at=TUESDAY)
    seen(StatementFile.objects.exclude(sha256=None).latest("pk"))
    assert states(second) == ["paid"] * 7


@pytest.mark.parametrize("round_", range(3))
def test_two_files_of_one_person_at_once_give_no_more_than_the_bound(transactional_db, round_):
    assert both_at_once() == 1


def both_at_once() -> int:
    """How many of two invoices, together above the bound, two imports of one moment pay."""
    bank_details()
    transfers = [a_million(number)[1] for number in (1, 2)]
    who = by()
    works = [
        partial(import_statement, content=a_statement([each]), name=f"{number}", by=who, at=TUESDAY)
        for number, each in enumerate(transfers)
    ]
    at_once(works)
    return StatementLine.objects.filter(state=LineState.MATCHED).count()


@pytest.mark.faults
def test_without_the_lock_the_bound_is_passed(transactional_db, monkeypatch):
    monkeypatch.setattr(QuerySet, "select_for_update", lambda self, *args, **kwargs: self)
    assert 2 in {both_at_once() for _round in range(5)}


# --- the look itself
def test_who_imported_it_does_not_look_and_nobody_looks_twice():
    file = brought(an_order_paid(a_placed_order())).file
    with refusal():
        seen(file, "first")
    seen(file)
    with refusal():
        seen(file, "third")
    file.refresh_from_db()
    assert (file.seen_by, file.seen_at) == (by("second"), TUESDAY)
    assert Entry.objects.get(verb="statement.seen").by == by("second")


def test_the_database_takes_no_look_of_the_same_person_and_none_without_a_name():
    file = brought(an_order_paid(a_placed_order())).file
    for wrong in (
        {"seen_at": TUESDAY, "seen_by": file.by},
        {"seen_at": TUESDAY},
        {"seen_by": by("second")},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            StatementFile.objects.filter(pk=file.pk).update(**wrong)


@pytest.mark.parametrize("language", ["kk", "ru"])
def test_the_second_person_looks_at_the_desk(language):
    order = a_placed_order()
    bank_details()
    desk = signed_in(a_member("accountant"))
    owner = signed_in(a_member("owner"))
    content = a_statement([an_order_paid(order)], closing=f"{order.price}.00")
    with time_machine.travel(TUESDAY, tick=False), override(language):
        brings = {"file": SimpleUploadedFile("b.txt", content)}
        desk.post(reverse("admin:payments_statementfile_add"), brings)
        file = StatementFile.objects.get()
        address = reverse("admin:payments_statementfile_seen", args=[file.pk])
        for each in (desk, owner):
            each.cookies["django_language"] = language
        refused = desk.post(address)
        assert refused.status_code == 200
        page = owner.get(address).text
        assert order.code in page
        listed = owner.get(
            reverse("admin:payments_statementfile_changelist"), {"attention": "to-see"}
        )
        assert [row.pk for row in listed.context["cl"].result_list] == [file.pk]
        assert owner.post(address).status_code == 302
        assert not StatementFile.objects.unseen().exists()
        assert owner.get(file_page(file)).status_code == 200
    assert not all_that_is_false()


def file_page(file):
    return reverse("admin:payments_statementfile_change", args=[file.pk])


@pytest.mark.clause("5.4")
@pytest.mark.parametrize("group", ["manager", "curator"])
def test_whoever_does_no_money_does_not_look(group):
    file = brought(an_order_paid(a_placed_order())).file
    desk = signed_in(a_member(group))
    address = reverse("admin:payments_statementfile_seen", args=[file.pk])
    assert desk.post(address).status_code in (403, 404)
    assert StatementFile.objects.unseen().count() == 1


# --- what is not at the bank
def test_what_a_second_person_does_not_find_is_held_and_reversed_by_two():
    order = a_placed_order()
    brought(an_order_paid(order))
    line = StatementLine.objects.get()
    note_not_at_the_bank(line=line, reason="Банкте жоқ", by=a_clerk("second"), at=TUESDAY)
    with refusal():
        note_not_at_the_bank(line=line, reason="Банкте жоқ", by=a_clerk("second"), at=TUESDAY)
    difference = ReconciliationDifference.objects.open().get()
    assert (difference.kind, difference.reference) == (
        DifferenceKind.MISSING_THERE,
        line.fingerprint,
    )
    entry = LedgerEntry.objects.get()
    correction = propose_correction(
        entry=entry,
        reason="Банкте жоқ",
        document=a_document(),
        by=a_clerk("second"),
        at=TUESDAY,
        ends_order=True,
    )
    approve_correction(correction=correction, by=a_clerk("third"), at=TUESDAY)
    assert state_of(order) == OrderState.TERMINATED
    assert not all_that_is_false()


def test_what_is_not_found_is_given_to_no_order():
    order = a_placed_order()
    brought(an_order_paid(order, amount="1000.00"))
    line = StatementLine.objects.get()
    note_not_at_the_bank(line=line, reason="Банкте жоқ", by=a_clerk("second"), at=TUESDAY)
    line.refresh_from_db()
    assert line.doubt == Doubt.NOT_AT_BANK
    with refusal():
        apply_line(line=line, code=order.code, by=a_clerk("third"), at=TUESDAY)


def test_a_whole_later_file_of_the_same_days_names_what_it_does_not_tell():
    order, honest = a_placed_order(), a_placed_order()
    forged = an_order_paid(order, number=99)
    real = an_order_paid(honest)
    brought(real, forged)
    both = sum(each.price for each in (order, honest))
    brought(real, closing=f"{honest.price}.00", clerk="second", at=WEDNESDAY)
    found = ReconciliationDifference.objects.open().get()
    assert found.reference == StatementLine.objects.get(codes=order.code).fingerprint
    assert found.amount_here == order.price
    brought(real, forged, an_operation(purpose="аренда", amount="5.00"), closing=f"{both + 5}.00")
    assert ReconciliationDifference.objects.count() == 1


@pytest.mark.parametrize(
    "again",
    [
        {"purpose": "{code} ?плата курса"},
        {"number": "000000015"},
    ],
)
def test_what_a_later_file_tells_in_other_words_is_not_missed(again):
    order = a_placed_order()
    brought(an_order_paid(order))
    words = {key: text.format(code=order.code) for key, text in again.items()}
    brought(an_order_paid(order, **words), closing=f"{order.price}.00", at=WEDNESDAY)
    assert not ReconciliationDifference.objects.exists()


def test_a_file_without_sums_or_of_other_days_names_nothing():
    brought(an_order_paid(a_placed_order()))
    brought(an_operation(purpose="аренда", amount="5.00"), at=WEDNESDAY)
    other = date(2026, 11, 24)
    brought(
        an_operation(purpose="аренда", amount="6.00", day=other),
        closing="6.00",
        day=other,
        at=WEDNESDAY,
    )
    assert not ReconciliationDifference.objects.exists()


# --- one file follows another
def a_day(day: date, *, opening: str, amount: str, closing: str) -> bytes:
    told = an_operation(purpose="аренда", amount=amount, day=day)
    whole = a_statement([told], day=day, closing=closing).decode("kz1048")
    return whole.replace("НачальныйОстаток=0.00", f"НачальныйОстаток={opening}").encode("kz1048")


def import_day(number: int, *, opening: str, amount: str, closing: str) -> StatementFile:
    bank_details()
    content = a_day(date(2026, 11, number), opening=opening, amount=amount, closing=closing)
    return import_statement(content=content, name="d", by="system", at=THURSDAY).file


def not_following() -> list[int]:
    files = StatementFile.objects.not_following()
    return sorted(file.since.day for file in files)


def test_a_file_that_begins_elsewhere_than_the_one_before_ended_is_named():
    import_day(23, opening="0.00", amount="10.00", closing="10.00")
    import_day(24, opening="10.00", amount="5.00", closing="15.00")
    assert not not_following()
    file = import_day(26, opening="22.00", amount="1.00", closing="23.00")
    assert not_following() == [26]
    import_day(25, opening="15.00", amount="7.00", closing="22.00")
    assert not not_following()
    assert file.opening == 22


def test_what_does_not_follow_is_seen_by_whoever_compares_it():
    import_day(23, opening="0.00", amount="10.00", closing="10.00")
    file = import_day(24, opening="11.00", amount="5.00", closing="16.00")
    page = signed_in(a_member("accountant")).get(file_page(file))
    assert {
        url.rstrip("/").rpartition("/")[2] for _label, url in page.context["staff_buttons"]
    } == {"seen"}
    seen(file)
    assert not not_following()


def test_a_balance_of_nothing_is_a_balance():
    import_day(23, opening="0.00", amount="10.00", closing="10.00")
    import_day(24, opening="0.00", amount="5.00", closing="5.00")
    assert not_following() == [24]


# --- Kaspi's registry is such a file too
def a_registry_of(*orders: Order, at=TUESDAY, first=7001):
    rows = [
        a_row(str(first + number), order.code, f"{order.price}.00")
        for number, order in enumerate(orders)
    ]
    content = a_registry(*rows)
    return import_kaspi_registry(content=content, name="k.csv", by=by(), at=at)


def test_a_registry_gives_no_more_than_the_bound_before_it_is_seen():
    cohort = a_cohort(seats=20)
    orders = [a_placed_order(cohort=cohort, package="vip") for _ in range(8)]
    assert sum(order.price for order in orders[:7]) <= 2_000_000 < sum(o.price for o in orders)
    registry = a_registry_of(*orders).registry
    assert [state_of(order) for order in orders].count(OrderState.PAID) == 7
    reconcile_kaspi(day=DAY, at=TUESDAY)
    assert LedgerEntry.objects.count() == 7
    difference = ReconciliationDifference.objects.open().get(kind=DifferenceKind.MISSING_HERE)
    with refusal():
        take_as_another(difference=difference, reason="басқа", by=a_clerk("first"), at=TUESDAY)
    with pytest.raises(RuleViolation):
        see_registry(registry=registry, by=a_clerk("first"), at=TUESDAY)
    see_registry(registry=registry, by=a_clerk("second"), at=TUESDAY)
    assert [state_of(order) for order in orders].count(OrderState.PAID) == 8
    assert not KaspiRegistry.objects.unseen().exists()
    assert Entry.objects.get(verb="kaspi_registry.seen").by == by("second")


def test_a_payment_that_only_a_registry_told_is_reversed_by_two():
    order = a_placed_order()
    a_registry_of(order)
    correction = propose_correction(
        entry=LedgerEntry.objects.get(),
        reason="Kaspi-де жоқ",
        document=a_document(),
        by=a_clerk("second"),
        at=TUESDAY,
        ends_order=True,
    )
    approve_correction(correction=correction, by=a_clerk("third"), at=TUESDAY)
    assert state_of(order) == OrderState.TERMINATED
    reconcile_kaspi(day=DAY, at=TUESDAY)
    assert LedgerEntry.objects.receipts().count() == 1


def test_a_payment_of_a_registry_that_went_back_in_it_concludes_nothing():
    order = a_placed_order()
    rows = a_row("7001", order.code), a_row("7002", order.code, "-149990.00", "")
    import_kaspi_registry(content=a_registry(*rows), name="k.csv", by="system", at=TUESDAY)
    assert LedgerEntry.objects.receipts().count() == 1
    assert state_of(order) == OrderState.AWAITING_PAYMENT


# --- a storno that names no order (M1)
def a_storno(**wishes) -> str:
    return an_operation(
        **{"purpose": "Сторно", "number": 900, "amount": "-149990.00", "payer_id": ""} | wishes
    )


def test_a_storno_without_a_code_that_came_first_stops_the_receipt_at_every_door():
    order = a_placed_order()
    bank_details()
    wish = {"name": "b", "by": "system"}
    import_statement(content=a_statement([a_storno()]), at=TUESDAY, **wish)
    report = import_statement(content=a_statement([an_order_paid(order)]), at=WEDNESDAY, **wish)
    assert report.waiting == {Doubt.TAKEN_BACK: 1}
    assert state_of(order) == OrderState.AWAITING_PAYMENT


def test_a_storno_of_another_sum_or_of_an_earlier_day_stops_nothing():
    bank_details()
    wish = {"name": "b", "by": "system", "at": TUESDAY}
    early = DAY - timedelta(days=1)
    for content in (
        a_statement([a_storno(amount="-149989.00")]),
        a_statement([a_storno(day=early)], day=early),
    ):
        import_statement(content=content, **wish)
    order = a_placed_order()
    report = import_statement(content=a_statement([an_order_paid(order)]), **wish)
    assert report.matched == (order.code,)
