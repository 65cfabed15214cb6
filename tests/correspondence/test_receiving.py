"""Mail of people over a real mailbox: every one is a row once, with what it counts as (12.1)."""

import os
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from multiprocessing import get_context
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.db import DatabaseError, IntegrityError, connection, connections
from django.test.utils import CaptureQueriesContext
from django.utils.translation import override

from enrollment.operations.corrections.email import correct_email
from offer_site.clock.jobs import read_mail
from offer_site.correspondence import receiving
from offer_site.correspondence.models import Letter
from offer_site.correspondence.receiving import RegisterKeeper, keep_mail
from offer_site.correspondence.rules import SenderCheck, Standing, check_of_sender
from offer_site.correspondence.threads import thread_for_student, thread_of
from offer_site.journal.models import Entry
from offer_site.notices.incoming import ArrivedMail
from offer_site.notices.models import MailboxPlace, Notice
from tests import imap
from tests.at_once import at_once
from tests.correspondence.mails import a_mail
from tests.given import NOON, a_paid_order, a_placed_order

MINUTE = timedelta(minutes=1)
LATER = NOON + timedelta(hours=1)
PDF = b"%PDF-1.7 a paper %%EOF"


@pytest.fixture(params=["mail.ru", "Yandex"])
def mailbox(request, settings):
    with imap.mailbox_server(manner=imap.MANNERS[request.param]) as server:
        settings.INCOMING_MAIL_URL = server.url
        yield server


@pytest.fixture
def order(db):
    return a_paid_order(email="student@example.kz")


def read(at=LATER) -> list[str]:
    return [each.line for each in read_mail(at) if "returned" not in each.line]


def arrived(raw: bytes, *, at=LATER, **more) -> ArrivedMail:
    return ArrivedMail(raw, at, mailbox="test", **more)


def fetched(raw: bytes, *, uid: int = 1) -> ArrivedMail:
    """As our own mail server gave it."""
    return arrived(raw, uid=uid, uid_validity=1, is_by_our_server=True)


def files() -> list[str]:
    root = Path(default_storage.path("letters"))
    return sorted(str(path) for path in root.rglob("*.eml"))


@pytest.mark.clause("12.1.2.2")
def test_a_letter_from_the_registered_address_is_a_notice_of_its_contract(order, mailbox):
    raw = a_mail("Student@example.kz", files=(("шарт.pdf", PDF),))
    mail = mailbox.receive(raw, at=LATER)
    assert read() == ["mail 1 letter notice"]
    letter = Letter.objects.get()
    assert (letter.standing, letter.form, letter.way) == ("notice", "e-mail", "in")
    assert (letter.sender, letter.subject) == ("student@example.kz", "Курс туралы сұрақ")
    assert (letter.arrived_at, letter.recorded_at) == (LATER, LATER)
    assert (letter.uid, letter.uid_validity) == (mail.uid, mailbox.uid_validity)
    assert letter.stored() == raw
    assert [each.order for each in letter.concerns.all()] == [order]
    assert [(each.name, each.sha256) for each in letter.files.all()] == [
        ("шарт.pdf", sha256(PDF).hexdigest())
    ]
    assert "қашан" in letter.text
    assert PDF not in Path(default_storage.path(letter.raw)).read_bytes()
    entry = Entry.objects.get(verb="letter.recorded")
    assert (entry.chain, entry.facts["sha256"]) == (order.code, letter.raw_sha256)
    assert "student" not in str(entry.facts)
    assert mail.flags == set(), "it stays unread for whoever reads the mailbox"
    assert mailbox.uids() == [mail.uid]
    assert read(LATER + MINUTE) == []
    assert Letter.objects.count() == 1


@pytest.mark.clause("12.1.3")
@pytest.mark.parametrize(
    ("mail", "standing"),
    [
        (a_mail("other@example.kz"), Standing.OTHER_ADDRESS),
        (a_mail("student+x@example.kz"), Standing.OTHER_ADDRESS),
        (a_mail("student@example.kz", subject=""), Standing.NO_SUBJECT),
        (a_mail("student@example.kz", text=" \n"), Standing.NO_TEXT),
        (a_mail("student@example.kz", text="> quoted"), Standing.NO_TEXT),
        (a_mail("student@example.kz", Auto_Submitted="auto-replied"), Standing.AUTOMATIC),
    ],
    ids=["stranger", "another mailbox", "no subject", "no text", "only quoted", "on leave"],
)
def test_what_does_not_fulfil_the_form_is_kept_and_marked(order, mail, standing):
    letter = keep_mail(mail=arrived(mail), at=LATER)
    assert letter.standing == standing
    assert letter.stored() == mail
    concerned = [each.order for each in letter.concerns.all()]
    assert concerned == ([] if standing == Standing.OTHER_ADDRESS else [order])


@pytest.mark.clause("12.1.2.2")
def test_a_corrected_address_counts_from_its_moment_on(order):
    correct_email(order=order, email="new@example.kz", by="staff:1", at=LATER, document="No. 7")
    before = keep_mail(mail=arrived(a_mail("student@example.kz"), at=LATER - MINUTE), at=LATER)
    after = a_mail("student@example.kz", text="after", message_id="<2@example.kz>")
    new = a_mail("new@example.kz", message_id="<3@example.kz>")
    too_early = a_mail("new@example.kz", text="early", message_id="<4@example.kz>")
    assert before.standing == Standing.NOTICE
    later = LATER + MINUTE
    assert keep_mail(mail=arrived(after, at=later), at=later).standing == Standing.OTHER_ADDRESS
    assert keep_mail(mail=arrived(new, at=later), at=later).standing == Standing.NOTICE
    early = arrived(too_early, at=LATER - MINUTE)
    assert keep_mail(mail=early, at=later).standing == Standing.OTHER_ADDRESS


def test_a_letter_stands_with_the_contract_that_it_answers_or_names(order):
    other = a_paid_order(email="student@example.kz")
    notice = Notice.objects.filter(order_code=other.code).first()
    answer = a_mail("student@example.kz", In_Reply_To=notice.message_id)
    named = a_mail("student@example.kz", subject=f"Re: {order.code.lower()}", message_id="<2@x.kz>")
    neither = a_mail("student@example.kz", subject="?", message_id="<3@x.kz>")
    found = [
        {each.order for each in keep_mail(mail=arrived(mail), at=LATER).concerns.all()}
        for mail in (answer, named, neither)
    ]
    assert found == [{other}, {order}, {order, other}]


def test_an_answer_to_anothers_notice_stays_with_the_senders_own(order):
    other = a_paid_order()
    notice = Notice.objects.filter(order_code=other.code).first()
    mail = a_mail("student@example.kz", In_Reply_To=notice.message_id)
    letter = keep_mail(mail=arrived(mail), at=LATER)
    assert [each.order for each in letter.concerns.all()] == [order]


def test_an_order_that_is_not_paid_is_matched_too(db):
    order = a_placed_order(email="student@example.kz")
    letter = keep_mail(mail=arrived(a_mail("student@example.kz")), at=LATER)
    assert [each.order for each in letter.concerns.all()] == [order]


def test_other_uids_of_the_same_letters_add_nothing(order, mailbox):
    mailbox.receive(a_mail("student@example.kz"), at=LATER)
    assert len(read()) == 1
    kept = files()
    mailbox.uid_validity += 1
    assert read(LATER + MINUTE) == []
    mailbox.receive(a_mail("student@example.kz"), at=LATER)  # the same letter, delivered twice
    assert read(LATER + 2 * MINUTE) == []
    assert Letter.objects.count() == 1
    assert files() == kept


def test_of_the_spam_only_what_a_registered_address_sent_is_kept(order, mailbox):
    mailbox.receive_as_spam(a_mail("spam@example.com", message_id="<9@x>"), at=LATER)
    mailbox.receive_as_spam(a_mail("student@example.kz"), at=LATER)
    assert len(read()) == 1
    assert Letter.objects.get().sender == "student@example.kz"
    assert len(mailbox.fetched) == 1, "a stranger's spam is not even fetched"
    assert ("SELECT", mailbox.manner.junk) not in mailbox.opened


def test_our_own_letters_to_ourselves_are_in_the_outbox_already(order, settings):
    notice = Notice.objects.filter(order_code=order.code).first()
    Notice.objects.filter(pk=notice.pk).update(recipient=settings.PROVIDER_EMAIL)
    mail = a_mail(settings.PROVIDER_EMAIL, message_id=notice.message_id)
    assert keep_mail(mail=arrived(mail), at=LATER) is None


@pytest.mark.parametrize("refuses", ["UID FETCH BODY[]"])
def test_a_letter_that_the_server_refuses_is_tried_again(order, mailbox, refuses):
    mailbox.receive(a_mail("student@example.kz"), at=LATER)
    mailbox.refuses.add(refuses)
    assert read() == ["mail 1 failed"]
    mailbox.refuses.clear()
    assert read(LATER + MINUTE) == ["mail 1 letter notice"]
    assert MailboxPlace.objects.filter(again=[]).exists()


def test_a_letter_that_cannot_be_recorded_leaves_no_file(order, mailbox, monkeypatch):
    def refuse(*args, **kwargs):
        raise DatabaseError

    before = files()
    mailbox.receive(a_mail("student@example.kz"), at=LATER)
    with monkeypatch.context() as patch:
        patch.setattr("offer_site.correspondence.receiving.connect", refuse)
        assert read() == ["mail 1 failed"]
    assert (files(), Letter.objects.count()) == (before, 0)
    assert read(LATER + MINUTE) == ["mail 1 letter notice"]


def test_a_spool_is_read_and_moved(order, settings, tmp_path):
    settings.INCOMING_MAIL_SPOOL = str(tmp_path)
    (tmp_path / "1.eml").write_bytes(a_mail("student@example.kz"))
    (tmp_path / "half.part").write_bytes(b"From: ")
    (tmp_path / "link.eml").symlink_to("/etc/passwd")
    assert read() == ["mail 1 letter notice"]
    assert Letter.objects.get().arrived_at <= LATER
    assert sorted(path.name for path in (tmp_path / "handled").iterdir()) == ["1.eml"]
    # As after a crash between recording and moving.
    (tmp_path / "1.eml").write_bytes(a_mail("student@example.kz"))
    assert read(LATER + MINUTE) == []
    assert Letter.objects.count() == 1
    assert len(list((tmp_path / "handled").iterdir())) == 2


@pytest.mark.usefixtures("transactional_db")
def test_two_processes_that_read_one_letter_make_one_row():
    a_paid_order(email="student@example.kz")
    mail = arrived(a_mail("student@example.kz"), uid=1, uid_validity=1)
    before = files()
    kept = at_once([lambda: keep_mail(mail=mail, at=LATER)] * 3)
    assert sum(each is not None for each in kept) == 1
    assert Letter.objects.count() == 1
    assert len(files()) == len(before) + 1


def test_control_without_the_key_the_same_letter_is_two_rows(order):
    """The race above is decided by the database: a second identity would be a second row."""
    first = keep_mail(mail=arrived(a_mail("student@example.kz")), at=LATER)
    first.pk = None
    first._state.adding = True
    with pytest.raises(IntegrityError):
        first.save()


def test_the_keeper_looks_at_heads_of_spam_alone():
    assert RegisterKeeper().wants(b"", at=LATER, is_spam=False)


# --- How much it asks
def statements_of(work) -> int:
    with CaptureQueriesContext(connection) as asked:
        work()
    return len(asked)


def test_a_sender_with_many_orders_is_asked_about_as_one_with_one(db):
    """Each corrected once: their former addresses are read together too."""
    asked = []
    for count, sender in ((1, "one@example.kz"), (4, "many@example.kz")):
        orders = [
            a_placed_order(email=f"wrong.{sender}", surname=f"Оқушы{number}")
            for number in range(count)
        ]
        for order in orders:
            correct_email(order=order, email=sender, by="visitor", at=NOON)
        subject = f"Тапсырыс {orders[0].code}"
        raw = a_mail(sender, subject=subject, message_id=f"<{count}@example.kz>")
        early = a_mail(sender, subject=subject, message_id=f"<early{count}@example.kz>")
        keeper = RegisterKeeper()
        asked.append(
            [
                statements_of(lambda: keep_mail(mail=arrived(raw), at=LATER)),  # noqa: B023
                statements_of(lambda: keep_mail(mail=arrived(early, at=NOON - MINUTE), at=LATER)),  # noqa: B023
                statements_of(lambda: keeper.wants(raw, at=NOON - MINUTE, is_spam=True)),  # noqa: B023
            ]
        )
    assert asked[0] == asked[1]


# --- What nobody can read
# No such mail is known any more; the reader here is one that lets a value through.
def refuses_its_value(monkeypatch):
    """A reader of a later day lets a value through that no database keeps."""
    read_as = receiving.read_letter

    def read_badly(raw):
        return replace(read_as(raw), subject="x\ud800") if b"poison" in raw else read_as(raw)

    monkeypatch.setattr(receiving, "read_letter", read_badly)


@pytest.mark.clause("12.1")
def test_a_mail_that_no_database_keeps_is_set_aside_once_and_the_others_are_read(
    order, mailbox, monkeypatch
):
    refuses_its_value(monkeypatch)
    poison = a_mail("student@example.kz", text="poison")
    mailbox.receive(poison, at=LATER)
    mailbox.receive(a_mail("student@example.kz", message_id="<2@x.kz>"), at=LATER)
    assert read() == ["mail 1 letter set-aside", "mail 2 letter notice"]
    letter = Letter.objects.get(standing=Standing.SET_ASIDE)
    assert (letter.stored(), letter.sender, letter.text) == (poison, "", "")
    assert letter.read.is_head_only, "no page takes it apart again"
    assert letter in Letter.objects.unread(), "staff see it"
    assert Entry.objects.filter(about_key=str(letter.pk), verb="letter.recorded").exists()
    assert read(LATER + MINUTE) == []
    mailbox.uid_validity += 1
    assert read(LATER + 2 * MINUTE) == []
    assert Letter.objects.count() == 2


def dies(monkeypatch):
    """What the machine does to a process that takes too much: no line of it runs any more."""
    read_as = receiving.read_letter

    def die(raw):
        if b"poison" in raw:
            os._exit(9)
        return read_as(raw)

    monkeypatch.setattr(receiving, "read_letter", die)


def in_a_process(work) -> int | None:
    """Run it in a process of its own; how that ended.

    Whoever forks by hand takes the open connections of this process's queue along.
    """

    def begin() -> None:
        # Where a browser was open before, its loop hides this thread's first session with the
        # database; a fork runs no loop, and finds that session again, long ended by the server.
        connections.close_all()
        work()

    connections.close_all()
    child = get_context("fork").Process(target=begin)
    child.start()
    child.join()
    return child.exitcode


@pytest.mark.usefixtures("transactional_db")
@pytest.mark.parametrize("door", ["mailbox", "spool"])
def test_a_mail_on_which_readers_died_is_set_aside_and_reading_goes_on(
    door, settings, tmp_path, monkeypatch
):
    a_paid_order(email="student@example.kz")
    mails = [
        a_mail("student@example.kz", message_id="<0@x.kz>"),
        a_mail("student@example.kz", text="poison"),
        a_mail("student@example.kz", message_id="<2@x.kz>"),
    ]
    dies(monkeypatch)
    with imap.mailbox_server() as server:
        if door == "mailbox":
            settings.INCOMING_MAIL_URL = server.url
            for mail in mails:
                server.receive(mail, at=LATER)
        else:
            settings.INCOMING_MAIL_SPOOL = str(tmp_path)
            for number, mail in enumerate(mails):
                (tmp_path / f"{number}.eml").write_bytes(mail)
        assert [in_a_process(lambda: list(read_mail(LATER))) for _run in range(2)] == [9, 9]
        assert Letter.objects.count() == 1, "what came before it is kept"
        lines = read(LATER + MINUTE)
        assert [line.partition("letter ")[2] for line in lines] == ["set-aside", "notice"]
        assert read(LATER + 2 * MINUTE) == []
    assert sorted(Letter.objects.values_list("standing", flat=True)) == [
        "notice",
        "notice",
        "set-aside",
    ]


def test_a_mailbox_that_breaks_off_sets_nothing_aside(order, mailbox):
    mailbox.receive(a_mail("student@example.kz"), at=LATER)
    for minute in range(4):
        mailbox.refuses.add("UID FETCH BODY[]")
        assert read(LATER + minute * MINUTE) == ["mail 1 failed"]
    mailbox.refuses.clear()
    assert read(LATER + 5 * MINUTE) == ["mail 1 letter notice"]


# --- Whose server found what of the sender
@pytest.mark.parametrize(
    ("found", "check"),
    [
        ("dkim=pass header.d=example.kz", SenderCheck.CONFIRMED),
        ("spf=pass smtp.mailfrom=student@example.kz; dkim=none", SenderCheck.CONFIRMED),
        ("dkim=pass header.i=@mail.example.kz; dmarc=pass header.from=example.kz", "confirmed"),
        ("spf=pass smtp.mailfrom=a@forger.kz; dkim=pass header.d=forger.kz", SenderCheck.FAILED),
        ("dmarc=fail header.from=example.kz; spf=pass smtp.mailfrom=a@example.kz", "failed"),
        ("spf=softfail smtp.mailfrom=student@example.kz; dkim=none", SenderCheck.FAILED),
        ("dkim=fail (dkim=pass header.d=example.kz)", SenderCheck.FAILED),
        ("spf=none; dkim=none", SenderCheck.UNKNOWN),
        ('spf=pass smtp.mailfrom="a b"@example.kz; dkim=none', SenderCheck.CONFIRMED),
        ('dkim=pass (a (b) c) header.d="example.kz"', SenderCheck.CONFIRMED),
        ('spf=pass smtp.mailfrom="a;dkim=pass header.d=example.kz"@forger.kz', "failed"),
    ],
)
def test_what_our_server_found_of_the_sender_is_one_word(order, found, check):
    mail = a_mail("student@example.kz", Authentication_Results=f"mxs.mail.ru; {found}")
    letter = keep_mail(mail=fetched(mail), at=LATER)
    assert letter.sender_check == check
    assert letter.standing == Standing.NOTICE, "what it counts as is for a person to say"


@pytest.mark.parametrize(
    ("found", "check"),
    [
        ('spf=pass smtp.mailfrom="a\\";dkim=pass header.d=example.kz"@forger.kz', "failed"),
        ('spf=pass smtp.mailfrom="a@example.kz"@forger.kz', SenderCheck.FAILED),
        ('spf=pass smtp.mailfrom=""@example.kz@forger.kz', SenderCheck.FAILED),
        (
            'spf=pass (of "x);dkim=pass header.d=example.kz;("@forger.kz) smtp.mailfrom=forger.kz',
            SenderCheck.FAILED,
        ),
        (
            'spf=pass (of "x");dkim=pass header.d=example.kz;("y"@forger.kz)',
            SenderCheck.UNKNOWN,
        ),
        (
            'spf=pass (a (b) of "x");dkim=pass header.d=example.kz;("y"@forger.kz)',
            SenderCheck.UNKNOWN,
        ),
        ("spf=pass smtp.mailfrom=a@forger.kz smtp.helo=header.d=example.kz", "failed"),
        ("spf=pass (a \\) ;dkim=pass header.d=example.kz; \\( b)", SenderCheck.FAILED),
        ('dkim=pass header.d=example.kz; spf=pass smtp.mailfrom="a', SenderCheck.UNKNOWN),
        ("dkim=pass header.d=example.kz; spf=pass (a", SenderCheck.UNKNOWN),
        ("spf=pass smtp.mailfrom=a) ;dkim=pass header.d=example.kz", SenderCheck.UNKNOWN),
    ],
)
def test_what_a_forger_writes_into_the_envelope_confirms_nobody(found, check):
    assert check_of_sender(f"mxs.mail.ru; {found}", sender="student@example.kz") == check


def test_a_letter_whose_sender_is_not_confirmed_is_marked_in_the_thread(order, mailbox):
    found = "mxs.mail.ru; dkim=fail header.d=example.kz"
    mailbox.receive(a_mail("student@example.kz", Authentication_Results=found), at=LATER)
    assert read() == ["mail 1 letter notice"]
    [staffs] = [each for each in thread_of(order) if each.key.startswith("l")]
    [students] = [each for each in thread_for_student(order) if each.key.startswith("l")]
    with override("en"):
        assert staffs.standing == "a notice (12.1) · sender not confirmed"
        assert students.standing == staffs.standing


def test_what_a_spool_says_of_a_sender_is_believed_by_nobody(order, settings, tmp_path):
    settings.INCOMING_MAIL_SPOOL = str(tmp_path)
    found = "mxs.mail.ru; dkim=pass header.d=example.kz; dmarc=pass"
    (tmp_path / "1.eml").write_bytes(a_mail("student@example.kz", Authentication_Results=found))
    assert read() == ["mail 1 letter notice"]
    letter = Letter.objects.get()
    assert (letter.authentication, letter.sender_check) == ("", SenderCheck.UNKNOWN)
