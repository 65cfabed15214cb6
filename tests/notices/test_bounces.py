"""A letter that came back does not count as sent; the mailbox is read over TCP,
and touched as little as can be.
"""

from dataclasses import replace
from datetime import timedelta
from itertools import chain
from urllib.parse import quote

import pytest
from django.core.files.storage import default_storage
from django.db import DatabaseError, IntegrityError, transaction
from django.urls import reverse

from offer_site.days import ALMATY
from offer_site.journal.models import Entry
from offer_site.journal.operations import actor
from offer_site.notices.folders import from_wire
from offer_site.notices.incoming import (
    FIRST_LOOK,
    MOST_BYTES,
    MOST_MAILS,
    MailboxError,
    read_mail,
)
from offer_site.notices.models import Bounce, MailboxPlace, Notice, NoticeState
from offer_site.notices.operations import send_again, send_notice, withdraw_notices
from offer_site.notices.outbox import record_sent, send_due_notices
from offer_site.notices.passed_over import look_through
from offer_site.staff.attention import needs_attention
from tests import imap
from tests.at_once import at_once
from tests.given import an_owner, refusal
from tests.notices.post import BUYER, NOW, a_notice
from tests.notices.returned import a_mail_of_a_person, a_report, a_report_of_exim
from tests.staff.conftest import signed_in

LATER = NOW + timedelta(minutes=5)


@pytest.fixture
def mailbox(settings):
    with imap.mailbox_server() as server:
        settings.INCOMING_MAIL_URL = server.url
        yield server


@pytest.fixture
def letter(db, post):
    return a_sent_letter()


def a_sent_letter(**more) -> Notice:
    notice = a_notice(**more)
    assert send_notice(notice_id=notice.pk, at=NOW).result == "sent"
    return Notice.objects.get(pk=notice.pk)


def files_of(folder: str) -> list[str]:
    """List what the storage holds below a folder; none where it was never made."""
    try:
        folders, files = default_storage.listdir(folder)
    except FileNotFoundError:
        return []
    return files + [name for each in folders for name in files_of(f"{folder}/{each}")]


def read(at=LATER) -> list[str]:
    return [each.result for each in read_mail(at=at)]


@pytest.mark.clause("12.1")
def test_a_letter_that_came_back_is_dead_and_its_dispatch_stays_evidence(letter, mailbox):
    raw = a_report(letter, at=LATER)
    mailbox.receive(raw, at=LATER)
    assert read() == ["bounced"]
    now = Notice.objects.get()
    assert (now.state, now.bounced_at) == (NoticeState.DEAD, LATER)
    assert now.last_error == (
        "bounced: 5.1.1 smtp; 550 5.1.1 The email account that you tried to reach does not exist"
    )
    assert (now.sent_at, now.raw_sha256) == (letter.sent_at, letter.raw_sha256)
    assert now.stored_letter() == letter.stored_letter()
    bounce = Bounce.objects.get()
    assert (bounce.status, bounce.sent_at, bounce.read_at) == ("5.1.1", letter.sent_at, LATER)
    with default_storage.open(bounce.raw) as kept:
        assert kept.read() == raw
    with open(default_storage.path(bounce.raw), "rb") as sealed:
        assert BUYER.encode() not in sealed.read()
    entry = Entry.objects.get(verb="notice.bounced")
    assert BUYER not in str(entry.facts)
    assert (entry.facts["status"], entry.facts["order"]) == ("5.1.1", letter.order_code)
    assert [list(Notice.objects.came_back()), list(Notice.objects.given_up())] == [[letter], []]


def test_the_report_of_mail_ru_counts_too(letter, mailbox):
    mailbox.receive(a_report_of_exim(letter, at=LATER), at=LATER)
    assert read() == ["bounced"]


@pytest.mark.parametrize("write", [a_report, a_report_of_exim])
def test_signs_that_no_database_keeps_hide_no_report(letter, mailbox, write):
    mailbox.receive(write(letter, at=LATER).replace(b"550 5.1.1", b"550\0 5.1.1"), at=LATER)
    assert read() == ["bounced"]
    assert "\0" not in Notice.objects.get().last_error


def test_a_report_that_cannot_be_recorded_leaves_no_file(letter, mailbox, monkeypatch):
    def refuse(*args, **kwargs):
        raise DatabaseError

    monkeypatch.setattr("offer_site.notices.bounces.record", refuse)
    mailbox.receive(a_report(letter, at=LATER), at=LATER)
    before = files_of("bounces")
    assert read() == [""]
    assert files_of("bounces") == before


def test_a_report_is_put_away_and_every_other_mail_is_left_as_it_was(letter, mailbox):
    mailbox.receive(a_mail_of_a_person(at=LATER), at=LATER)
    mailbox.receive(a_report(letter, at=LATER), at=LATER)
    mailbox.receive(a_report(letter, at=LATER, recipient="friend@example.kz"), at=LATER)
    assert read() == ["bounced"]
    assert (mailbox.uids(), mailbox.uids("Bounces")) == ([1, 3], [2])
    assert all(mail.flags == set() for mail in mailbox.folders["INBOX"])
    assert 1 not in mailbox.fetched
    asked = list(mailbox.heads)
    assert read() == []
    assert mailbox.heads == asked  # what was judged once is not asked for again


@pytest.mark.parametrize("capabilities", [("IMAP4rev1", "UIDPLUS"), ("IMAP4rev1",)])
def test_a_server_that_cannot_move_copies_and_deletes_this_one_mail(letter, mailbox, capabilities):
    mailbox.manner = imap.Manner(capabilities)
    mailbox.receive(a_mail_of_a_person(at=LATER), at=LATER).flags.add(imap.DELETED)
    mailbox.receive(a_report(letter, at=LATER), at=LATER)
    assert [read(), read()] == [["bounced"], []]
    assert mailbox.uids("Bounces") == [2]
    assert mailbox.uids() == ([1] if "UIDPLUS" in capabilities else [1, 2])


@pytest.mark.parametrize("breaks_at", ["UID MOVE", "CREATE"])
def test_a_crash_before_it_is_put_away_leaves_a_report_that_changes_nothing_more(
    letter, mailbox, breaks_at
):
    mailbox.receive(a_report(letter, at=LATER), at=LATER)
    mailbox.breaks_at = breaks_at
    with pytest.raises(MailboxError):
        read()
    assert Notice.objects.get().state == NoticeState.DEAD
    mailbox.breaks_at = ""
    assert read() == ["known"]
    assert (mailbox.uids(), mailbox.uids("Bounces")) == ([], [1])
    assert Bounce.objects.count() == Entry.objects.filter(verb="notice.bounced").count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_clocks_at_once_count_a_report_once(post, mailbox):
    letter = a_sent_letter()
    mailbox.manner = imap.Manner(("IMAP4rev1",))
    mailbox.receive(a_report(letter, at=LATER), at=LATER)

    results = list(chain.from_iterable(at_once([read] * 3)))
    assert results.count("bounced") == 1
    assert set(results) <= {"bounced", "known"}
    assert Bounce.objects.count() == 1


def test_the_database_counts_a_report_once(letter, mailbox):
    """The control: without the question that `record_report` asks under the lock,
    the constraint would stand alone.
    """
    mailbox.receive(a_report(letter, at=LATER), at=LATER)
    read()
    bounce = Bounce.objects.get()
    again = Bounce(
        notice=letter, status="5.1.1", read_at=LATER, raw=bounce.raw, raw_sha256=bounce.raw_sha256
    )
    with (
        pytest.raises(IntegrityError, match=r"a_report_is_counted_once|UNIQUE"),
        transaction.atomic(),
    ):
        again.save()


def test_what_was_reported_cannot_be_changed(letter, mailbox):
    mailbox.receive(a_report(letter, at=LATER), at=LATER)
    read()
    with pytest.raises(DatabaseError, match="is evidence"), transaction.atomic():
        Bounce.objects.update(status="2.0.0")


@pytest.mark.parametrize(
    ("action", "status"), [("delayed", "4.4.1"), ("delivered", "2.0.0"), ("relayed", "2.0.0")]
)
def test_a_delay_changes_nothing_and_is_put_away(letter, mailbox, action, status):
    mailbox.receive(a_report(letter, at=LATER, action=action, status=status), at=LATER)
    assert read() == ["not bounced"]
    assert Notice.objects.get().state == NoticeState.SENT
    assert (mailbox.uids(), Bounce.objects.count()) == ([], 0)


@pytest.mark.parametrize(
    "forge",
    [
        lambda letter: a_report(letter, at=LATER, returned=f"Message-ID: <{'0' * 32}@localhost>"),
        lambda letter: a_report(letter, at=LATER, recipient="another@example.kz"),
        lambda letter: a_report(
            letter, at=LATER, returned=f"Message-ID: {letter.message_id[:-2]}>"
        ),
    ],
    ids=["guessed Message-ID", "another recipient", "a part of the Message-ID"],
)
def test_a_forged_report_is_none_of_ours(letter, mailbox, forge):
    mailbox.receive(forge(letter), at=LATER)
    assert read() == []
    assert Notice.objects.get().state == NoticeState.SENT
    assert mailbox.uids() == [1]


def test_a_letter_that_was_never_written_cannot_come_back(db, mailbox):
    letter = a_notice()
    mailbox.receive(
        a_report(letter, at=LATER, returned=f"Message-ID: {letter.message_id}"), at=LATER
    )
    assert read() == []
    assert Notice.objects.get().state == NoticeState.QUEUED


def test_one_sent_again_is_sent_until_it_comes_back_again(letter, mailbox):
    first = a_report(letter, at=LATER)
    mailbox.receive(first, at=LATER)
    read()
    send_again(notice=letter, by="staff:1", at=LATER)
    assert Notice.objects.get().sent_at is None
    send_notice(notice_id=letter.pk, at=LATER + timedelta(hours=1))
    mailbox.receive(first, at=LATER)
    mailbox.receive(
        a_report(letter, at=LATER, own="a second server of the first dispatch"), at=LATER
    )
    assert sorted(read()) == ["bounced", "known"]
    assert Notice.objects.get().state == NoticeState.SENT
    assert {bounce.sent_at for bounce in Bounce.objects.all()} == {letter.sent_at}
    mailbox.receive(
        a_report(letter, at=LATER + timedelta(hours=2), own="of the second dispatch"), at=LATER
    )
    assert read() == ["bounced"]
    assert Notice.objects.get().state == NoticeState.DEAD
    assert Bounce.objects.count() == 3


def test_a_letter_that_comes_back_before_its_dispatch_is_recorded_stays_returned(letter, mailbox):
    """The worker was killed after the server took the letter;
    another one records late what has come back already.
    """
    Notice.objects.update(state=NoticeState.QUEUED, sent_at=None, lease_until=LATER)
    mailbox.receive(a_report(letter, at=LATER), at=LATER)
    assert read() == ["bounced"]
    record_sent(letter, at=LATER)
    now = Notice.objects.get()
    assert (now.state, now.sent_at, now.bounced_at) == (NoticeState.DEAD, LATER, LATER)


def test_a_big_report_is_read_by_its_head(letter, mailbox):
    raw = a_report(letter, at=LATER, kind="message/rfc822").replace(b"--=_report--", b"")
    mailbox.receive(raw + b"A" * 3 * MOST_BYTES, at=LATER)
    assert read() == ["bounced"]
    assert default_storage.size(Bounce.objects.get().raw) < 2 * MOST_BYTES


def test_an_old_mail_is_not_asked_for(letter, mailbox):
    mailbox.receive(a_report(letter, at=LATER), at=LATER - timedelta(days=30))
    assert read() == []
    assert mailbox.fetched == []


def test_a_mail_that_breaks_the_reading_stops_no_other(letter, mailbox):
    nested = b"".join(
        b"Content-Type: multipart/mixed; boundary=%d\r\n\r\n--%d\r\n" % (n, n) for n in range(3000)
    )
    mailbox.receive(a_report(letter, at=LATER), at=LATER)
    mailbox.receive(b"From: mailer-daemon@x\r\n" + nested, at=LATER)
    assert read() == ["bounced"]
    assert mailbox.uids() == [2]


@pytest.mark.parametrize("refused", ["LOGIN", "SELECT", "FETCH"])
def test_a_mailbox_that_refuses_says_so_without_the_password(letter, mailbox, refused):
    mailbox.receive(a_report(letter, at=LATER), at=LATER)
    mailbox.refuses = {refused}
    with pytest.raises(MailboxError) as told:
        read()
    place = MailboxPlace.objects.get()
    assert (place.failure, place.failing_since, place.read_at) == (str(told.value), LATER, None)
    for said in (str(told.value), place.failure, place.mailbox):
        assert imap.PASSWORD not in said
        assert quote(imap.PASSWORD, safe="") not in said
    mailbox.refuses = set()
    assert read(LATER + timedelta(minutes=5)) == ["bounced"]
    place = MailboxPlace.objects.get()
    assert (place.failure, place.failing_since) == ("", None)
    assert place.read_at == LATER + timedelta(minutes=5)


@pytest.mark.parametrize(
    ("refused", "state"), [("UID FETCH BODY[]", NoticeState.SENT), ("UID MOVE", NoticeState.DEAD)]
)
def test_one_mail_that_the_server_refuses_keeps_no_other_from_being_read(
    letter, mailbox, refused, state, caplog
):
    mailbox.receive(a_report(letter, at=LATER), at=LATER)
    mailbox.receive(a_report(a_sent_letter(occasion="again-1"), at=LATER), at=LATER)
    mailbox.refuses = {refused}
    assert [(each.uid, each.needs_a_person) for each in read_mail(at=LATER)] == [
        (1, True),
        (2, True),
    ]
    assert {notice.state for notice in Notice.objects.all()} == {state}
    assert imap.PASSWORD not in caplog.text
    mailbox.refuses = set()
    assert set(read()) == {"bounced" if refused.startswith("UID FETCH") else "known"}
    assert MailboxPlace.objects.get().again == []


@pytest.mark.parametrize("manner", imap.MANNERS.values(), ids=imap.MANNERS)
def test_a_report_is_found_and_put_away_in_the_manner_of_each_server(letter, mailbox, manner):
    """mail.ru refuses nearly every key of SEARCH, and is the mailbox of the offer (12.1.2.1)."""
    mailbox.manner = manner
    assert read() == []  # an empty mailbox is no error
    mailbox.receive(a_mail_of_a_person(at=LATER), at=LATER)
    assert [read(), read()] == [[], []]  # nor is one in which nothing is new
    mailbox.receive(a_report(letter, at=LATER), at=LATER)
    mailbox.receive(a_mail_of_a_person(at=LATER), at=LATER)
    assert [read(), read()] == [["bounced"], []]
    assert mailbox.put_away == [2]
    assert [mail.flags for mail in mailbox.folders["INBOX"] if mail.uid != 2] == [set(), set()]
    assert mailbox.fetched == [2]
    assert MailboxPlace.objects.get().failure == ""


@pytest.mark.clause("12.1")
@pytest.mark.parametrize("manner", imap.MANNERS.values(), ids=imap.MANNERS)
def test_a_report_among_the_spam_is_found_in_the_manner_of_each_server(letter, mailbox, manner):
    mailbox.manner = manner
    spam = mailbox.receive_as_spam(a_mail_of_a_person(at=LATER), at=LATER)
    assert [read(), read()] == [[], []]
    assert {verb for verb, name in mailbox.opened if name == manner.junk} == {"EXAMINE"}
    mailbox.receive_as_spam(a_report(letter, at=LATER), at=LATER)
    assert [read(), read()] == [["bounced"], []]
    assert mailbox.put_away == [2]
    assert mailbox.fetched == [2]
    assert [
        mail.uid for mail in mailbox.folders[manner.junk] if imap.DELETED not in mail.flags
    ] == [1]
    assert spam.flags == set()
    assert Notice.objects.get().state == NoticeState.DEAD
    assert not MailboxPlace.objects.exclude(failure="").exists()


def test_each_folder_has_its_own_place(letter, mailbox):
    mailbox.manner = imap.MAIL_RU
    mailbox.receive(a_mail_of_a_person(at=LATER), at=LATER)
    mailbox.receive_as_spam(a_mail_of_a_person(at=LATER), at=LATER)
    assert [read(), read()] == [[], []]
    assert mailbox.heads == [1, 2]  # each is judged once
    assert sorted(
        (each.mailbox.split(", ")[1], each.last_uid) for each in MailboxPlace.objects.all()
    ) == [
        ("INBOX", 1),
        ("Спам", 2),
    ]


@pytest.mark.parametrize(
    ("name", "wire"),
    [
        ("Спам", "&BCEEPwQwBDw-"),
        ("~peter/mail/台北/日本語", "~peter/mail/&U,BTFw-/&ZeVnLIqe-"),  # the example of RFC 3501
        ("Letters & spam", "Letters &- spam"),
    ],
)
def test_a_folder_is_named_as_people_read_it(letter, mailbox, settings, name, wire):
    settings.INCOMING_MAIL_FOLDERS = [name]
    mailbox.receive(a_report(letter, at=LATER), at=LATER, folder=wire)
    assert read() == ["bounced"]
    assert from_wire(wire) == name


def test_without_such_folders_only_the_inbox_is_read(letter, mailbox, settings):
    mailbox.receive_as_spam(a_report(letter, at=LATER), at=LATER)
    settings.INCOMING_MAIL_FOLDERS = []
    assert read() == []
    assert [name for _verb, name in mailbox.opened] == ["INBOX"]


def test_a_folder_that_is_not_there_is_said_and_hides_nothing_of_the_inbox(
    letter, mailbox, settings
):
    settings.INCOMING_MAIL_FOLDERS = ["Spma"]
    mailbox.receive(a_report(letter, at=LATER), at=LATER)
    with pytest.raises(MailboxError, match="folder: refused"):
        read()
    assert Notice.objects.get().state == NoticeState.DEAD
    place = MailboxPlace.objects.get(mailbox__endswith="Spma")
    assert (place.failure, place.failing_since) == ("folder: refused", LATER)
    settings.INCOMING_MAIL_FOLDERS = ["\\Junk"]
    assert read() == []
    place.refresh_from_db()
    assert (place.failure, place.failing_since) == ("", None)  # it is nobody's trouble any more


def test_a_server_that_signs_in_and_then_knows_nobody_is_a_mailbox_that_cannot_be_read(
    letter, mailbox
):
    """Office 365 does so with an account that has no mailbox."""
    mailbox.manner = replace(imap.OFFICE_365, disconnected=True)
    with pytest.raises(MailboxError):
        read()
    assert MailboxPlace.objects.get().failure == "folder: refused"


def test_a_long_mailbox_is_looked_through_from_its_end_and_then_read_on(letter, mailbox):
    for _number in range(FIRST_LOOK):
        mailbox.receive(a_mail_of_a_person(at=LATER), at=LATER - timedelta(days=30))
    mailbox.receive(a_report(letter, at=LATER), at=LATER)
    assert read() == ["bounced"]
    assert mailbox.heads == [FIRST_LOOK + 1]  # of old mails not even the heads


@pytest.mark.clause("12.1")
def test_mails_passed_over_are_a_line_until_a_person_has_looked_through_them(letter, mailbox):
    old = LATER - timedelta(days=30)
    mailbox.receive(a_mail_of_a_person(at=LATER), at=old)
    assert read() == []
    owner = an_owner()

    def lines() -> int:
        found = needs_attention(user=owner, at=LATER)
        return sum(each.count for each in found if "passed-over" in each.question.query)

    place = MailboxPlace.objects.get()
    assert (place.passed_over_at, lines()) == (old, 1)
    browser = signed_in(owner)
    listed = browser.get("/admin/notices/mailboxplace/?attention=passed-over").text
    assert place.mailbox in listed
    assert f"{old.astimezone(ALMATY):%d.%m.%Y %H:%M}" in listed
    button = reverse("admin:notices_mailboxplace_looked-through", args=[place.pk])
    assert browser.post(button).status_code == 302
    place.refresh_from_db()
    first = (place.looked_through_by, place.looked_through_at)
    assert (first[0], lines()) == (actor(owner), 0)
    look_through(place=place, by="staff:999", at=LATER)  # once more: nothing new
    place.refresh_from_db()
    assert (place.looked_through_by, place.looked_through_at) == first
    told = Entry.objects.get(verb="mailbox.looked_through")
    assert (told.by, told.about_key) == (actor(owner), str(place.pk))
    assert told.facts == {"passed_over_at": old.isoformat()}
    assert read() == []
    assert lines() == 0, "what was looked through is not told of again"
    place.again = [1]
    place.save(update_fields=["again"])
    assert read() == []  # given up after a fortnight
    place.refresh_from_db()
    assert (place.looked_through_at, place.looked_through_by, lines()) == (None, "", 1)


def test_where_no_mail_was_passed_over_nobody_has_looked_through_any(letter, mailbox):
    read()
    place = MailboxPlace.objects.get()
    with refusal():
        look_through(place=place, by="staff:1", at=LATER)
    for wrong in ({"looked_through_at": LATER}, {"looked_through_by": "staff:1"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            MailboxPlace.objects.update(**wrong)


def test_more_mails_than_one_run_reads_are_read_by_the_next_runs(letter, mailbox):
    """Hundreds of false reports hide no true one."""
    read()
    mailbox.receive(a_mail_of_a_person(at=LATER), at=LATER)
    read()
    for _number in range(MOST_MAILS + 5):
        mailbox.receive(a_mail_of_a_person(at=LATER), at=LATER)
    mailbox.receive(a_report(letter, at=LATER), at=LATER)
    assert [read(), read(), read()] == [[], ["bounced"], []]
    assert len(mailbox.heads) == len(set(mailbox.heads)) == MOST_MAILS + 7


def test_a_mail_that_the_server_cannot_give_is_asked_for_again_and_holds_up_no_other(
    letter, mailbox
):
    mailbox.receive(a_report(letter, at=LATER), at=LATER)
    mailbox.receive(a_report(a_sent_letter(occasion="again-1"), at=LATER), at=LATER)
    mailbox.spoiled = {1}
    assert read() == ["", "bounced"]
    assert MailboxPlace.objects.get().again == [1]
    assert read() == [""]
    mailbox.spoiled = set()
    assert [read(), read()] == [["bounced"], []]
    assert MailboxPlace.objects.get().again == []


def test_a_mail_that_fails_for_ever_is_left_alone_after_a_fortnight(letter, mailbox):
    mailbox.receive(a_report(letter, at=LATER), at=LATER)
    mailbox.spoiled = {1}
    assert read() == [""]
    assert read(LATER + timedelta(days=15)) == []
    assert MailboxPlace.objects.get().again == []


def test_a_mailbox_that_was_made_anew_is_read_from_its_beginning(letter, mailbox):
    for _number in range(5):
        mailbox.receive(a_mail_of_a_person(at=LATER), at=LATER)
    read()
    mailbox.folders["INBOX"].clear()
    mailbox.last_uid = 0
    mailbox.uid_validity = 2
    mailbox.receive(a_report(letter, at=LATER), at=LATER)
    assert read() == ["bounced"]


def test_a_mailbox_that_is_not_there_says_so(db, settings):
    settings.INCOMING_MAIL_URL = "imap://a:b@127.0.0.1:1/"
    with pytest.raises(MailboxError):
        read()


def test_without_a_mailbox_nothing_is_read(db, settings):
    settings.INCOMING_MAIL_URL = ""
    assert read() == []


def test_what_was_sent_in_its_place_answers_a_letter_that_came_back(letter, mailbox):
    mailbox.receive(a_report(letter, at=LATER), at=LATER)
    read()
    a_sent_letter(to="right@example.kz", occasion="again-1")
    assert not Notice.objects.came_back().exists()


def test_a_withdrawn_letter_does_not_leave_and_needs_nobody(db, post):
    notice = a_notice()
    assert withdraw_notices(about=("order", "SM4K7Q2X"), at=NOW) == 1
    outcomes = send_due_notices(at=LATER)
    assert [outcome.result for outcome in outcomes] == ["withdrawn"]
    assert post.letters == []
    now = Notice.objects.get(pk=notice.pk)
    assert (now.state, now.withdrawn_at, now.sent_at) == (NoticeState.DEAD, NOW, None)
    assert not Notice.objects.given_up().exists()


def test_a_letter_that_left_is_not_withdrawn(letter):
    assert withdraw_notices(about=("order", "SM4K7Q2X"), at=LATER) == 0
    assert Notice.objects.get().state == NoticeState.SENT
