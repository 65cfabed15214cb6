"""Two of the staff, or two readers of the mailbox, in one moment: each letter once (12.1)."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection

from enrollment.models import Order
from offer_site.clock.jobs import read_mail
from offer_site.correspondence import writing
from offer_site.correspondence.models import Concern, Letter, Reading
from offer_site.correspondence.receiving import keep_mail
from offer_site.correspondence.writing import mark_read, put_to_order, write_to_party
from offer_site.errors import RuleViolation
from offer_site.journal.models import Entry
from offer_site.notices.kinds import NoticeKind
from offer_site.notices.models import MailboxPlace, Notice
from tests import imap
from tests.at_once import at_once
from tests.correspondence.mails import a_mail
from tests.correspondence.test_receiving import fetched, files
from tests.given import NOON, a_paid_order

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.clause("12.1")]
LATER = NOON + timedelta(hours=1)


def a_letter(order: Order) -> Letter:
    return keep_mail(mail=fetched(a_mail(order.party.email)), at=LATER)


def answer(order: Order, letter: Letter, text: str, *, by: str) -> Notice:
    return write_to_party(
        order=order, subject="Re", text=text, language="kk", answers=letter, by=by, at=LATER
    )


def answers_at_once(*texts: str, errors=RuleViolation) -> list:
    order = a_paid_order()
    letter = a_letter(order)
    works = [
        lambda text=text, number=number: answer(order, letter, text, by=f"staff:{number}")
        for number, text in enumerate(texts)
    ]
    return at_once(works, errors=errors)


def test_the_same_answer_of_two_at_once_goes_out_once():
    answers = answers_at_once("Ертең.", "Ертең.", "Ертең.", "Ертең.")
    assert sum(isinstance(each, RuleViolation) for each in answers) == 3
    assert Notice.objects.filter(kind=NoticeKind.WRITTEN).count() == 1
    assert Reading.objects.count() == 1
    assert Entry.objects.filter(verb="letter.answered").count() == 1
    assert Entry.objects.filter(verb="letter.read").count() == 1


def test_two_different_answers_at_once_both_go_out_and_the_letter_is_read_once():
    answers_at_once("Ертең.", "Бүгін.")
    assert Notice.objects.filter(kind=NoticeKind.WRITTEN).count() == 2
    assert Reading.objects.count() == 1
    assert Entry.objects.filter(verb="letter.read").count() == 1


@pytest.mark.faults
def test_control_without_the_orders_lock_the_second_answer_is_an_error(monkeypatch):
    monkeypatch.setattr(writing.Order.objects, "people_locked", Order.objects.all)
    for _round in range(30):
        answers = answers_at_once(*["Ертең."] * 4, errors=(RuleViolation, IntegrityError))
        if any(isinstance(each, IntegrityError) for each in answers):
            return
    pytest.fail("the lock is not needed")


def test_read_and_put_to_an_order_at_once_each_is_one_row():
    order = a_paid_order()
    letter = keep_mail(mail=fetched(a_mail("stranger@example.kz")), at=LATER)
    works = [
        lambda: mark_read(letter=letter, by="staff:1", at=LATER),
        lambda: put_to_order(letter=letter, order=order, reason="x", by="staff:2", at=LATER),
    ]
    at_once(works * 3)
    assert (Reading.objects.count(), Concern.objects.count()) == (1, 1)
    assert Entry.objects.filter(verb="letter.put_to_order").count() == 1


def readers_at_once(settings, count: int) -> list[list[str]]:
    order = a_paid_order()
    with imap.mailbox_server() as server:
        settings.INCOMING_MAIL_URL = server.url
        for number in range(4):
            server.receive(a_mail(order.party.email, message_id=f"<{number}@x.kz>"), at=LATER)
        return at_once([lambda: [each.line for each in read_mail(LATER)]] * count)


def test_two_readers_of_one_mailbox_at_once_keep_each_mail_once(settings):
    before = len(files())
    lines = readers_at_once(settings, 3)
    assert sorted(line for each in lines for line in each) == [
        f"mail {number} letter notice" for number in range(1, 5)
    ]
    assert Letter.objects.count() == 4
    assert len(files()) == before + 4, "who came second leaves no file"
    assert not Letter.objects.filter(standing="set-aside").exists()
    place = MailboxPlace.objects.get(last_uid=4)
    assert (place.again, place.trying) == ([], {})


@pytest.mark.faults
def test_control_without_the_key_two_readers_keep_a_mail_twice(settings, monkeypatch):
    """The identity decides: where each reader finds another, a mail is two rows."""
    numbers = iter(range(1000))
    monkeypatch.setattr(
        "offer_site.correspondence.receiving.identity_of",
        lambda raw, letter: f"{next(numbers):064}",
    )
    constraint = next(
        each for each in Letter._meta.constraints if each.name == "a_mail_is_recorded_once"
    )
    with connection.schema_editor() as editor:
        editor.remove_constraint(Letter, constraint)
    readers_at_once(settings, 3)
    assert Letter.objects.count() > 4
