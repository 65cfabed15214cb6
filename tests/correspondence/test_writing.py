"""Letters from the cabinet, on paper, and what staff write: each once, with its proof (12.1)."""

from datetime import date, timedelta
from email import message_from_bytes
from email.policy import default

import pytest
from django.core.files.storage import default_storage
from django.utils.translation import override

from enrollment.operations.corrections.email import correct_email
from offer_site.correspondence.models import Concern, Form, Letter, PostalReceipt, Reading, Way
from offer_site.correspondence.receiving import keep_mail
from offer_site.correspondence.threads import thread_for_student, thread_of
from offer_site.correspondence.writing import (
    LETTERS_A_DAY,
    PaperLetter,
    add_receipt,
    assign,
    enter_paper,
    mark_read,
    put_to_order,
    write_from_cabinet,
    write_to_party,
)
from offer_site.documents import read_document
from offer_site.journal.models import Entry
from offer_site.notices.kinds import NoticeKind
from offer_site.notices.models import Notice
from offer_site.notices.operations import send_notice
from tests.at_once import at_once
from tests.correspondence.mails import a_mail
from tests.correspondence.test_receiving import arrived, files
from tests.given import NOON, a_paid_order, an_owner, refusal

LATER = NOON + timedelta(hours=1)
RECEIPT = read_document(b"%PDF-1.7 receipt %%EOF")
SCAN = read_document(b"%PDF-1.7 scan %%EOF")


@pytest.fixture
def order(db):
    return a_paid_order(email="student@example.kz")


def paper(**more) -> PaperLetter:
    return PaperLetter(
        **{
            "way": Way.OUT,
            "form": Form.POST,
            "day": date(2026, 11, 22),
            "subject": "Шартты бұзу туралы",
            "text": "Хаттың мазмұны",
            "receipt_number": "KZ 123 456",
            "receipt_day": date(2026, 11, 22),
            "receipt": RECEIPT,
            "scan": SCAN,
        }
        | more
    )


def write(order, text="Қашан?", *, at=LATER, **more):
    return write_from_cabinet(order=order, subject="Сұрақ", text=text, by="user:1", at=at, **more)


# --- From the cabinet
@pytest.mark.clause("12.1")
def test_a_letter_from_the_cabinet_is_kept_and_its_coming_is_told(order):
    letter, is_new = write(order, document=SCAN)
    assert is_new
    assert (letter.standing, letter.form, letter.arrived_at) == ("cabinet", "cabinet", LATER)
    assert (letter.text, letter.sender) == ("Қашан?", "student@example.kz")
    assert letter.document_sha256 == SCAN.sha256
    assert [each.order for each in letter.concerns.all()] == [order]
    told = Notice.objects.get(kind=NoticeKind.LETTER_TAKEN)
    assert (told.recipient, told.facts["subject"]) == ("student@example.kz", "Сұрақ")
    entry = Entry.objects.get(verb="letter.recorded")
    assert (entry.chain, entry.by) == (order.code, "user:1")
    assert entry.facts["document"] == SCAN.sha256


def test_the_same_words_on_one_day_are_one_letter(order):
    letter, _is_new = write(order)
    again, is_new = write(order, at=LATER + timedelta(minutes=1))
    assert (again, is_new) == (letter, False)
    assert write(order, at=LATER + timedelta(days=1))[1]
    assert Notice.objects.filter(kind=NoticeKind.LETTER_TAKEN).count() == 2


def test_a_flood_of_letters_is_stopped_and_leaves_nothing(order):
    for number in range(LETTERS_A_DAY):
        write(order, f"{number}")
    before = files()
    with refusal():
        write(order, "one more")
    assert (files(), Letter.objects.count()) == (before, LETTERS_A_DAY)


@pytest.mark.usefixtures("transactional_db")
def test_two_clicks_write_one_letter():
    order = a_paid_order()
    written = at_once([lambda: write(order)] * 3)
    assert sorted(is_new for _letter, is_new in written) == [False, False, True]
    assert Letter.objects.count() == 1


# --- On paper
@pytest.mark.clause("12.1.1")
@pytest.mark.parametrize("form", [Form.POST, Form.COURIER])
def test_a_letter_on_paper_is_entered_with_its_receipt(order, form):
    letter = enter_paper(order=order, paper=paper(form=form), by="staff:1", at=LATER)
    assert (letter.way, letter.form, letter.standing) == ("out", form, "notice")
    assert letter.document_sha256 == SCAN.sha256
    receipt = letter.receipts.get()
    assert (receipt.number, receipt.day) == ("KZ 123 456", date(2026, 11, 22))
    with default_storage.open(receipt.document) as kept:
        assert kept.read() == RECEIPT.content
    item = thread_of(order)[0]
    assert (item.thing, item.is_ours) == (letter, True)
    assert Entry.objects.of_order(order.code).filter(verb="letter.recorded").exists()
    delivered = add_receipt(
        letter=letter, number="7", day=NOON.date(), document=SCAN, by="staff:1", at=LATER
    )
    assert list(letter.receipts.all()) == [receipt, delivered]


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"day": date(2026, 11, 24)}, "day"),
        ({"receipt_day": date(2026, 11, 24)}, "receipt_day"),
        ({}, "receipt_number"),
    ],
)
def test_a_day_to_come_or_a_receipt_known_is_refused(order, more, field):
    if field == "receipt_number":
        enter_paper(order=order, paper=paper(), by="staff:1", at=LATER)
    before = (Letter.objects.count(), PostalReceipt.objects.count(), files())
    with refusal() as refused:
        enter_paper(order=order, paper=paper(**more), by="staff:1", at=LATER)
    assert refused.value.field == field
    assert (Letter.objects.count(), PostalReceipt.objects.count(), files()) == before


# --- What staff do
@pytest.mark.clause("12.1.2.1")
def test_an_answer_leaves_from_the_providers_address_in_the_thread(order, settings, post):
    mail = a_mail("student@example.kz", References="<0@example.kz>")
    letter = keep_mail(mail=arrived(mail), at=LATER)
    notice = write_to_party(
        order=order,
        subject="Re: Курс туралы сұрақ",
        text="Дүйсенбіде.\nКүтеміз!",
        language="kk",
        answers=letter,
        by="staff:1",
        at=LATER,
    )
    assert send_notice(notice_id=notice.pk, at=LATER).result == "sent"
    notice.refresh_from_db()
    sent = message_from_bytes(notice.stored_letter(), policy=default)
    assert settings.PROVIDER_EMAIL in sent["From"]
    assert sent["To"] == "student@example.kz"
    assert sent["Subject"] == "Re: Курс туралы сұрақ"
    assert sent["In-Reply-To"] == "<1@example.kz>"
    assert sent["References"] == "<0@example.kz> <1@example.kz>"
    assert sent["Auto-Submitted"] is None
    text = sent.get_body(("plain",)).get_content()
    assert text.count("Дүйсенбіде.") == 1
    assert "Күтеміз!" in text
    assert "text" not in notice.facts, "once sent, its words stand in its encrypted bytes alone"
    assert Reading.objects.get().letter == letter
    assert [type(each.thing).__name__ for each in thread_of(order)][-2:] == ["Letter", "Notice"]


def test_the_same_answer_twice_is_refused(order):
    letter = keep_mail(mail=arrived(a_mail("student@example.kz")), at=LATER)
    words = {"order": order, "subject": "Re", "text": "x", "language": "kk", "answers": letter}
    write_to_party(**words, by="staff:1", at=LATER)
    with refusal() as refused:
        write_to_party(**words, by="staff:1", at=LATER)
    assert refused.value.field == "text"
    assert Notice.objects.filter(kind=NoticeKind.WRITTEN).count() == 1


def test_a_letter_is_answered_under_its_own_orders_alone(order):
    letter = keep_mail(mail=arrived(a_mail("student@example.kz")), at=LATER)
    with refusal():
        write_to_party(
            order=a_paid_order(), subject="x", text="x", language="kk", answers=letter,
            by="staff:1", at=LATER,
        )  # fmt: skip


def test_a_letter_is_read_once_and_assigned_to_the_last(order):
    letter = keep_mail(mail=arrived(a_mail("student@example.kz")), at=LATER)
    assert list(Letter.objects.unread()) == [letter]
    for by in ("staff:1", "staff:2"):
        assert mark_read(letter=letter, by=by, at=LATER).by == "staff:1"
    assert not Letter.objects.unread().exists()
    owner = an_owner()
    for _again in range(2):
        assign(letter=letter, to=owner, by="staff:1", at=LATER)
    assert letter.assignments.count() == 1
    assert list(Letter.objects.assigned_to(owner)) == [letter]
    verbs = Entry.objects.of_order(order.code).values_list("verb", flat=True)
    assert [verb for verb in verbs if verb.startswith("letter.")] == [
        "letter.recorded",
        "letter.read",
        "letter.assigned",
    ]


@pytest.mark.clause("12.1.3")
def test_a_strangers_letter_put_to_an_order_stays_a_strangers(order):
    letter = keep_mail(mail=arrived(a_mail("other@example.kz")), at=LATER)
    assert not Letter.objects.unread().exists()
    for _again in range(2):
        put_to_order(letter=letter, order=order, reason="he phoned", by="staff:1", at=LATER)
    letter.refresh_from_db()
    assert letter.standing == "other-address"
    assert Concern.objects.count() == 1
    assert letter in [each.thing for each in thread_of(order)]


# --- What the student sees
def theirs(order) -> dict[Letter, bool]:
    items = [each for each in thread_for_student(order) if isinstance(each.thing, Letter)]
    return {each.thing: each.is_from_party for each in items}


@pytest.mark.clause("12.1.3")
def test_a_strangers_letter_that_staff_put_to_an_order_is_no_letter_of_the_student(order):
    other = a_paid_order(email="other@example.kz")
    stranger = keep_mail(mail=arrived(a_mail("nobody@example.kz")), at=LATER)
    of_another = keep_mail(
        mail=arrived(a_mail("other@example.kz", message_id="<2@x.kz>")), at=LATER
    )
    own = keep_mail(mail=arrived(a_mail("student@example.kz", message_id="<3@x.kz>")), at=LATER)
    on_paper = enter_paper(order=order, paper=paper(way=Way.IN), by="staff:1", at=LATER)
    for letter in (stranger, of_another):
        put_to_order(letter=letter, order=order, reason="he phoned", by="staff:1", at=LATER)
    assert theirs(order) == {stranger: False, of_another: False, own: True, on_paper: True}
    assert theirs(other) == {of_another: True}
    with override("en"):
        for item in [*thread_for_student(order), *thread_of(order)]:
            if item.thing in (stranger, of_another):
                assert "from another address" in item.standing


def test_a_letter_from_an_address_that_was_corrected_later_stays_the_students(order):
    own = keep_mail(mail=arrived(a_mail("student@example.kz")), at=LATER)
    cabinet, _is_new = write(order)
    correct_email(order=order, email="new@example.kz", by="staff:1", at=LATER, document="No. 7")
    order.refresh_from_db()
    assert theirs(order) == {own: True, cabinet: True}


def test_the_student_sees_both_ways_and_nothing_of_others(order):
    letter, _is_new = write(order)
    correct_email(order=order, email="new@example.kz", by="staff:1", at=LATER, document="No. 7")
    order.refresh_from_db()
    alien = a_paid_order()
    write(alien)
    things = [each.thing for each in thread_for_student(order)]
    assert letter in things
    notices = [each for each in things if isinstance(each, Notice)]
    assert {each.recipient for each in notices} == {"student@example.kz", "new@example.kz"}
    assert all(each.order_code == order.code for each in notices)
