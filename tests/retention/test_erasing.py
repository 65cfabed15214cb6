"""Personal data go when their term is over, and the evidence stays (5.2, 11.2, A2)."""

import json
from datetime import timedelta

import pytest
import time_machine
from django.core.files.storage import default_storage

from enrollment.models import Learner, Order, Party, PartyKind
from enrollment.operations.corrections.email import correct_email
from enrollment.operations.ordering.orders import cancel_order, lapse_unpaid_orders
from enrollment.operations.terms.deadlines import meet_deadline
from offer_site.accounts.models import User
from offer_site.audit.asking import ask_everything
from offer_site.clock.schedule import job
from offer_site.journal.models import Entry
from offer_site.notices.models import Notice
from offer_site.notices.operations import send_due_notices
from offer_site.retention import erasing
from offer_site.retention.classes import CLASSES, DataClassKey, data_class
from offer_site.retention.erasing import delete_files, erase_class, erase_due, holds_of
from offer_site.retention.models import ErasedFile
from offer_site.telegram.models import TelegramUpdate
from offer_site.telegram.operations import give_link
from payments.models import LedgerEntry
from tests.at_once import at_once
from tests.given import (
    NOON,
    a_completed_enrollment,
    a_paid_order,
    a_placed_order,
    a_receipt,
    an_application,
    receive,
)
from tests.telegram import a_member, a_start, a_text, fake_telegram, tell

pytestmark = [pytest.mark.django_db]
TOMORROW = NOON + timedelta(days=1)
DAY_31 = TOMORROW + timedelta(days=31)
APPLICATION = data_class(DataClassKey.APPLICATION)


def a_lapsed_order(**wishes):
    order = a_placed_order(**wishes)
    lapse_unpaid_orders(at=TOMORROW)
    send_due_notices(at=TOMORROW)
    return Order.objects.get(pk=order.pk)


def erased_today(at):
    return [(each.order, str(each.data)) for each in erase_due(at=at)]


def everything_written_about(order: Order) -> str:
    """Every value of the rows that told of the order's people."""
    rows = [
        *Party.objects.values(),
        *Learner.objects.values(),
        *Notice.objects.filter(order_code=order.code).values(),
    ]
    return json.dumps(rows, default=str, ensure_ascii=False)


@pytest.mark.clause("5.2")
def test_an_order_that_lapsed_without_money_is_blank_after_30_days():
    order = a_lapsed_order(email="gone@example.kz", phone="+77015550000")
    correct = Notice.objects.filter(order_code=order.code)
    files = [name for name in correct.values_list("raw", flat=True) if name]
    assert files
    assert erased_today(TOMORROW + timedelta(days=29)) == []
    assert erased_today(DAY_31) == [(order.code, "application")]
    written = everything_written_about(order)
    for value in ("gone@example.kz", "+77015550000", "Әбілқасымова", "Абай", "pytest"):
        assert value not in written
    assert not any(default_storage.exists(name) for name in files)
    row = Entry.objects.get(verb="personal_data.erased")
    assert row.chain == order.code
    assert row.facts["why"] == "term"
    assert row.clause == "5.2"


def test_digests_and_the_journal_stay_and_the_audit_says_erased():
    order = a_lapsed_order()
    before = list(Entry.objects.of_order(order.code).values_list("digest", flat=True))
    erased_today(DAY_31)
    after = list(Entry.objects.of_order(order.code).values_list("digest", flat=True))
    assert after[: len(before)] == before
    answers = {each.line.id: each for each in ask_everything(at=DAY_31)}
    assert [each.violations for each in answers.values() if each.found] == []
    assert f"{order.code}: the party's values are erased" in answers["A2"].notes
    assert any("its file is erased" in note for note in answers["N1"].notes)


def test_repeated_it_erases_nothing_more():
    a_lapsed_order()
    assert len(erased_today(DAY_31)) == 1
    assert erased_today(DAY_31) == []
    assert Entry.objects.filter(verb="personal_data.erased").count() == 1


def test_a_portion_is_bounded_and_the_next_run_goes_on():
    for _number in range(3):
        a_placed_order()
    lapse_unpaid_orders(at=TOMORROW)
    send_due_notices(at=TOMORROW)
    assert len(list(erase_due(at=DAY_31, limit=2))) == 2
    assert len(list(erase_due(at=DAY_31, limit=2))) == 1


def test_money_that_came_for_a_lapsed_order_keeps_it_as_a_contract_is_kept():
    order = a_placed_order()
    lapse_unpaid_orders(at=TOMORROW)
    late = TOMORROW + timedelta(hours=1)
    receive(a_receipt(order, at=late), order, at=late)
    assert LedgerEntry.objects.get().invoice_id == order.code
    send_due_notices(at=late)
    assert erased_today(DAY_31) == []


def test_former_values_go_too():
    order = a_placed_order(email="mistyped@example.kz")
    correct_email(order=order, email="right@example.kz", by="visitor", at=NOON)
    cancel_order(order=Order.objects.get(pk=order.pk), by="visitor", at=NOON)
    send_due_notices(at=NOON)
    erased_today(DAY_31)
    written = everything_written_about(order)
    assert "mistyped@" not in written
    assert "right@" not in written


def test_what_is_still_running_holds_it():
    order = a_placed_order()
    lapse_unpaid_orders(at=TOMORROW)
    assert holds_of(order, at=TOMORROW) == ["letter"]
    assert erased_today(DAY_31) == []
    assert not erase_class(order=order, data=APPLICATION, why="term", by="system", at=DAY_31)
    send_due_notices(at=TOMORROW)
    assert erased_today(DAY_31) == [(order.code, "application")]


def test_a_company_that_paid_nothing_leaves_no_name():
    order = a_lapsed_order(application=an_application(kind=PartyKind.COMPANY))
    erased_today(DAY_31)
    written = everything_written_about(order)
    assert "Жаңа Өркен" not in written
    assert "Қожағұлова" not in written


@pytest.mark.clause("11.2")
def test_a_contract_goes_class_by_class():
    enrollment = a_completed_enrollment()
    order = enrollment.order
    ended = enrollment.completed_at
    send_due_notices(at=ended)
    running = order.deadlines.running().first()
    if running:
        meet_deadline(order=order, clause=running.clause, at=ended, occasion=running.occasion)
    assert erased_today(ended + timedelta(days=3 * 365)) == []
    after_three = ended + timedelta(days=3 * 366)
    assert [data for _code, data in erased_today(after_three)] == ["origin", "chats", "exchange"]
    order = Order.objects.with_people().get(pk=order.pk)
    assert order.party.origin_agent == ""
    assert order.party.full_name
    assert not Notice.objects.filter(order_code=order.code).exclude(facts={}).exists()
    after_five = ended + timedelta(days=5 * 366)
    assert [data for _code, data in erased_today(after_five)] == ["contract"]
    order = Order.objects.with_people().get(pk=order.pk)
    assert order.party.full_name == ""
    assert order.learner.full_name == ""
    assert order.acceptance.digest
    assert [
        each.violations
        for each in ask_everything(at=after_five)
        if each.found and each.line.id != "C3"  # no certificate was issued in this scene
    ] == []


def test_the_account_closes_with_its_last_order():
    a_lapsed_order(email="once@example.kz")
    user = User.objects.create_user("once@example.kz")
    erased_today(DAY_31)
    user.refresh_from_db()
    assert (user.is_active, user.email) == (False, f"user-{user.pk}@erased.invalid")


def test_the_account_of_another_contract_stays():
    a_lapsed_order(email="twice@example.kz")
    a_paid_order(email="twice@example.kz", surname="Әлиева")
    user = User.objects.create_user("twice@example.kz")
    erased_today(DAY_31)
    user.refresh_from_db()
    assert user.is_active


def test_a_file_that_a_crash_left_is_deleted_by_the_next_run():
    order = a_lapsed_order()
    name = Notice.objects.filter(order_code=order.code).exclude(raw="").first().raw
    ErasedFile.objects.create(name=name, order_code=order.code, decided_at=DAY_31)
    assert delete_files(at=DAY_31) == 1
    assert not default_storage.exists(name)
    assert delete_files(at=DAY_31) == 0


def test_the_table_is_whole():
    assert {each.key for each in CLASSES} == set(DataClassKey)
    assert set(erasing.ERASERS) <= set(DataClassKey)


def test_the_job_says_what_it_did():
    order = a_lapsed_order()
    lines = [each.line for each in job("erase_data").run(DAY_31)]
    assert lines == [f"erased: {order.code} application"]
    assert list(job("erase_data").run(DAY_31)) == []


@pytest.mark.django_db(transaction=True)
def test_two_runs_at_once_erase_once():
    order = a_lapsed_order()
    done = at_once([lambda: len(list(erase_due(at=DAY_31)))] * 4)
    assert sum(done) == 1
    assert Entry.objects.filter(chain=order.code, verb="personal_data.erased").count() == 1


@pytest.mark.clause("11.2")
def test_what_telegram_told_of_groups_and_strangers_goes_after_days_and_chats_stay(settings):
    settings.TELEGRAM_STARTED = {"order": "tests.test_telegram.started"}
    with fake_telegram(settings), time_machine.travel(NOON, tick=False):
        link = give_link(about=("order", "SM000000"), language="kk", at=NOON)
        own = a_start(link.token, chat=77)
        strange = [
            a_member("", group=-100),
            a_member("", group=-100, status="left"),
            a_member("https://t.me/+abc", group=-100),
            a_start("no-such-link", chat=78),
            a_text("Қалайсыз?", chat=79),
        ]
        for update in (own, *strange):
            assert tell(update).status_code == 200
    of_strangers = TelegramUpdate.objects.filter(chat=None)
    assert of_strangers.count() == len(strange)
    job("erase_data").run(NOON + timedelta(days=14))
    assert all(each.body for each in TelegramUpdate.objects.all())
    after = NOON + timedelta(days=15)
    assert [each.line for each in job("erase_data").run(after)] != []
    assert [(each.body, each.reply) for each in of_strangers] == [("", "")] * len(strange)
    assert TelegramUpdate.objects.get(update_id=own["update_id"]).body
    assert [each.line for each in job("erase_data").run(after)] == []


def test_an_update_that_a_crash_left_is_never_erased_unhandled():
    TelegramUpdate.objects.create(update_id=1, body="{}", received_at=NOON)
    job("erase_data").run(NOON + timedelta(days=400))
    assert TelegramUpdate.objects.get().body == "{}"
