"""Reading what a mail server reports: which letter, whose copy, and what became of it.
Rules alone, no mailbox.
"""

import time

import pytest
from hypothesis import given as whatever
from hypothesis import strategies

from offer_site.notices.operations import send_notice
from offer_site.notices.reports import DELAYED, FAILED, may_be_report, read_report
from tests.notices.post import BUYER, NOW, a_notice
from tests.notices.returned import a_mail_of_a_person, a_report, a_report_of_exim


@pytest.fixture
def letter(db, post):
    notice = a_notice()
    send_notice(notice_id=notice.pk, at=NOW)
    notice.refresh_from_db()
    return notice


@pytest.mark.parametrize("kind", ["text/rfc822-headers", "message/rfc822"])
def test_a_report_of_the_standard_names_letter_recipient_and_status(letter, kind):
    report = read_report(a_report(letter, at=NOW, kind=kind))
    assert report.message_ids == (letter.message_id,)
    assert report.written_at == NOW
    told = report.about(BUYER.upper())
    assert (told.action, told.status) == (FAILED, "5.1.1")
    assert told.diagnostic.startswith("smtp; 550 5.1.1 The email account")
    assert report.about("somebody@example.kz") is None


def test_a_delay_is_read_as_a_delay(letter):
    told = read_report(a_report(letter, at=NOW, action="Delayed", status="4.4.1")).about(BUYER)
    assert (told.action, told.status) == ("delayed", "4.4.1")


def test_the_form_of_mail_ru_is_read(letter):
    report = read_report(a_report_of_exim(letter, at=NOW))
    told = report.about(BUYER)
    assert (report.message_ids, told.action, told.status) == ((letter.message_id,), FAILED, "5.1.1")
    assert "550 5.1.1 no such user here" in told.diagnostic


def test_mail_rus_warning_of_a_delay_is_no_report_of_a_failure(letter):
    delivery = read_report(a_report_of_exim(letter, at=NOW, permanent=False)).about(BUYER)
    assert delivery.action == DELAYED


def test_a_report_that_does_not_give_the_letter_back_names_none(letter):
    """Its own Message-ID is not taken for the letter's."""
    assert read_report(a_report(letter, at=NOW, returned="Subject: without an id")) is None


def test_a_failure_counts_before_whatever_else_is_said_of_a_recipient(letter):
    both = a_report(letter, at=NOW, action="delayed", status="4.4.1").replace(
        b"\r\n\r\n--=_report\r\nContent-Type: text/rfc822",
        b"\r\n\r\nFinal-Recipient: rfc822; %s\r\nAction: failed\r\nStatus: 4.4.7\r\n"
        b"\r\n--=_report\r\nContent-Type: text/rfc822" % BUYER.encode(),
    )
    told = read_report(both).about(BUYER)
    assert (told.action, told.status) == (FAILED, "4.4.7")


def test_what_a_person_writes_is_no_report(letter):
    quoted = (
        f"> Message-ID: {letter.message_id}\nAction: failed\nStatus: 5.1.1\n"
        f"Final-Recipient: rfc822; {BUYER}"
    )
    assert read_report(a_mail_of_a_person(at=NOW, text=quoted)) is None


@whatever(strategies.binary(max_size=300))
def test_bytes_of_rubbish_are_no_report(rubbish):
    assert read_report(rubbish) is None


@whatever(cut=strategies.integers(0, 900))
@pytest.mark.filterwarnings("ignore")
def test_a_report_cut_anywhere_breaks_nothing(cut):
    whole = (
        b"From: MAILER-DAEMON@x\r\nContent-Type: multipart/report; report-type=delivery-status; "
        b"boundary=b\r\n\r\n"
        b"--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; x\r\n\r\n"
        b"Final-Recipient: rfc822; a@b.kz\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n"
        b"--b\r\nContent-Type: message/rfc822\r\n\r\nMessage-ID: <1@x>\r\nSubject: "
        b"s\r\n\r\ntext\r\n--b--\r\n"
    )
    report = read_report(whole[:cut])
    assert report is None or report.message_ids


SERVER = b"From: MAILER-DAEMON@x.kz\r\nSubject: Undelivered\r\n"
REPORT = SERVER + b"Content-Type: multipart/report; boundary=b\r\n\r\n--b\r\nContent-Type: "


@pytest.mark.parametrize(
    "bomb",
    [
        b"From: a@b.kz\r\nSubject: " + b"=?utf-8?q?a?= " * 200_000 + b"\r\n\r\nx",
        b"Subject: x\r\nFrom: " + b"=?utf-8?q?a?=" * 200_000 + b"\r\n\r\nx",
        SERVER + b"Content-Type: multipart/report" + b"; a=b" * 200_000 + b"\r\n\r\nx",
        REPORT + b"text/plain" + b"; a=b" * 200_000 + b"\r\n\r\nx",
        REPORT + b"text/plain\r\n\r\n" + b"a" * 200_000,
        REPORT + b"message/delivery-status\r\n\r\nFinal-Recipient: " + b"a" * 200_000,
        REPORT + b"text/html\r\n\r\n" + b"<br" * 200_000,
        REPORT + b"text/html\r\n\r\n<" + b"a" * 200_000,
        REPORT + b"text/plain; charset=punycode\r\n\r\n" + b"a-" * 200_000,
    ],
    ids="subject, sender, fields, fields of a part, words, recipient, breaks, tag, codec".split(
        ", "
    ),
)
def test_no_report_takes_its_own_time(bomb):
    begun = time.process_time()
    may_be_report(bomb.partition(b"\r\n\r\n")[0])
    read_report(bomb)
    assert time.process_time() - begun < 4
