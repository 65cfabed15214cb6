"""Whatever bytes a mail holds, it is read in a moment, and its row can be kept (12.1).

`FUZZ_INPUTS=1000000 make faults ARGS="-k mail_fuzz"` tries a million.
"""

import os
import time

import pytest

from offer_site import mails
from offer_site.correspondence import reading
from offer_site.correspondence.reading import identity_of, read_letter
from offer_site.notices import reports
from offer_site.notices.reports import may_be_report, read_report
from tests.correspondence.mails import a_mail, deep
from tests.faults.fuzzing import InputError, fuzz

pytestmark = [pytest.mark.clause("12.1")]
INPUTS = int(os.environ.get("FUZZ_INPUTS", "5000"))
SEED = int(os.environ.get("FUZZ_SEED", "57"))
WATCHED = [mails, reading, reports]
MOST_SECONDS = 4  # of a mail of some thousand bytes, while each line is traced
PAGE = "<html><head><title>t</title><!-- x --><body><p>Жауап &amp; <a href='x'>y</a></p>"
BOUNCE = b"\r\n".join(
    [
        b"From: MAILER-DAEMON@mail.kz",
        b"Subject: Undelivered Mail Returned to Sender",
        b"Content-Type: multipart/report; report-type=delivery-status; boundary=b",
        b"",
        b"--b",
        b"Content-Type: message/delivery-status",
        b"",
        b"Final-Recipient: rfc822; a@example.kz",
        b"Action: failed",
        b"Status: 5.1.1",
        b"",
        b"--b",
        b"Content-Type: message/rfc822",
        b"",
        b"Message-ID: <1@x.kz>",
        b"",
        b"--b--",
    ]
)
SEEDS = [
    a_mail("a@example.kz", files=(("шарт.pdf", b"%PDF"),), html=PAGE),
    a_mail("a@example.kz", References="<0@x.kz> <2@x.kz>", Auto_Submitted="no"),
    a_mail("a@example.kz", files=(("a.eml", a_mail("b@example.kz")),)),
    deep(4),
    BOUNCE,
]
WORDS = [
    *(b"<!--", b"-->", b"--!>", b"<![", b"<!", b"<?", b"</", b"<head>", b"<style>", b"</style>"),
    *(b"=?utf-8?q?", b"?=", b"=?x?b?", b"; name*0*=", b"; charset=", b"; boundary=", b'"', b"\\"),
    *(b"utf-16", b"punycode", b"zip", b"base64", b"quoted-printable", b"\0", b"\xff"),
    *(b"\r\n\r\n", b"\r", b"\n", b"\n--b", b"\n\t", b"\xed\xa0\x80", b"&#0;", b"&#xd800;"),
    *(b"Content-Type: ", b"Content-Disposition: attachment; filename=", b"multipart/mixed"),
    *(b"message/rfc822", b"message/partial", b"message/delivery-status", b"text/html"),
    *(b"Content-Transfer-Encoding: ", b"Date: ", b"Sat, 99 Foo 0000", b"From: ", b"Message-ID: <"),
]  # fmt: skip


def is_read(content: bytes) -> None:
    """Fail if a mail takes long, or if a database would refuse a value of it."""
    begun = time.process_time()
    letter = read_letter(content)
    may_be_report(content.partition(b"\r\n\r\n")[0])
    read_report(content)
    assert time.process_time() - begun < MOST_SECONDS
    assert len(identity_of(content, letter)) == 64
    for longest, value in (
        (320, letter.sender),
        (320, letter.recipient),
        (400, letter.subject),
        (400, letter.message_id),
        (reading.LONGEST_TEXT, letter.text),
        (2000, "".join(letter.authentication[:1])),
        *((200, each.name) for each in letter.files),
        *((100, each.content_type) for each in letter.files),
    ):
        assert len(value) <= longest
        assert "\0" not in value
        value.encode()


def run(inputs: int, *, is_guided: bool = True):
    return fuzz(
        is_read,
        seeds=SEEDS,
        words=WORDS,
        watched=WATCHED,
        inputs=inputs,
        seed=SEED,
        is_guided=is_guided,
    )


def test_some_mails_are_read():
    run(300)


@pytest.mark.faults
def test_many_mails_are_read():
    found = run(INPUTS)
    assert len(found.kept) > len(SEEDS) + 10


def test_control_a_reader_that_fails_on_one_sign_is_found():
    def fails(content: bytes) -> None:
        is_read(content)
        assert b"\xff" not in content

    with pytest.raises(InputError):
        fuzz(fails, seeds=SEEDS, words=WORDS, watched=WATCHED, inputs=300, seed=SEED)
