"""A letter leaves once; what stops it is recorded; a crash repeats the very same bytes (12.1;
N1, N2).
"""

import os
import signal
import subprocess
import sys
from datetime import timedelta
from email.utils import parseaddr
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.utils import timezone

from offer_site.errors import RuleViolation
from offer_site.journal.models import Entry
from offer_site.notices.kinds import NoticeKind
from offer_site.notices.models import LEASE, Notice, NoticeState
from offer_site.notices.operations import send_again, send_due_notices, send_notice
from offer_site.notices.outbox import MOST_ATTEMPTS
from tests.at_once import at_once
from tests.mailbox import parse
from tests.notices.post import BUYER, NOW, a_notice
from tests.processes import PROJECT

MINUTE = timedelta(minutes=1)


def sent(notice, *, at=NOW):
    """Send a letter; return what became of it and its row."""
    outcome = send_notice(notice_id=notice.pk, at=at)
    return outcome.result if outcome else None, Notice.objects.get(pk=notice.pk)


@pytest.mark.clause("12.1")
def test_a_sent_letter_is_kept_byte_for_byte(db, post):
    notice = a_notice(NoticeKind.CONTRACT_CONCLUDED, attachments=[("contract", "SM4K7Q2X")])
    result, row = sent(notice)
    assert result == "sent"
    assert (row.state, row.attempts, row.lease_until, row.last_error) == (
        NoticeState.SENT,
        1,
        None,
        "",
    )
    assert NOW <= row.sent_at < NOW + MINUTE
    assert post.letters == [row.stored_letter()]
    assert row.subject.replace("\N{NO-BREAK SPACE}", " ") == (
        "Шарт жасалды, курс 7 желтоқсанда басталады · "
        "Договор заключён, начало курса 7 декабря: SM4K7Q2X"
    )


@pytest.mark.clause("12.1.2.1")
def test_a_letter_leaves_from_the_providers_address(db, post, settings):
    sent(a_notice())
    letter = parse(post.letters[0])
    assert post.sender == settings.PROVIDER_EMAIL
    assert parseaddr(letter["From"]) == ("Lessbek Zapusk Academy", settings.PROVIDER_EMAIL)
    assert letter["To"] == BUYER
    assert letter["Reply-To"] is None
    assert letter["List-Unsubscribe"].startswith(f"<{settings.SITE_URL}/n/")
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter["Date"].datetime == NOW
    assert letter["Message-ID"].endswith("@localhost>")


def test_a_letter_is_sent_once(db, post):
    notice = a_notice()
    sent(notice)
    assert sent(notice, at=NOW + 2 * LEASE)[0] is None
    assert send_due_notices(at=NOW + 2 * LEASE) == []
    assert len(post.letters) == 1


def test_many_senders_send_one_letter(transactional_db, post):
    notice = a_notice()
    at_once([lambda: send_notice(notice_id=notice.pk, at=NOW)] * 12)
    assert len(post.letters) == 1
    assert Notice.objects.get().state == NoticeState.SENT
    # The control: with the claim taken away from each of them, every one of them sends.
    at_once([lambda: (release(notice), send_notice(notice_id=notice.pk, at=NOW))] * 3)
    assert len(post.letters) > 1


def release(notice):
    Notice.objects.filter(pk=notice.pk).update(
        state=NoticeState.QUEUED, sent_at=None, lease_until=None
    )


def test_many_sweeps_send_each_letter_once(transactional_db, post):
    for number in range(10):
        a_notice(occasion=str(number))
    at_once([lambda: send_due_notices(at=NOW)] * 4)
    assert len(post.letters) == len(set(post.letters)) == 10
    assert Notice.objects.filter(state=NoticeState.SENT).count() == 10


def test_a_letter_is_not_sent_inside_a_transaction(transactional_db, post):
    notice = a_notice()
    with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
        send_notice(notice_id=notice.pk, at=NOW)
    assert post.letters == []


def test_a_killed_sender_is_repeated_with_the_same_bytes(transactional_db, post):
    at = timezone.now()
    notice = a_notice(at=at)
    sender = subprocess.Popen(
        [sys.executable, "manage.py", "send_notices"],
        cwd=PROJECT,
        env=os.environ | {"EMAIL_URL": f"smtp://127.0.0.1:{post.port}"},
    )
    post.data = lambda: [os.kill(sender.pid, signal.SIGKILL), "250 OK"][1]
    assert sender.wait(60) == -signal.SIGKILL
    post.data = lambda: "250 OK"
    left = Notice.objects.get()
    assert (left.state, len(post.letters)) == (NoticeState.QUEUED, 1)
    assert send_due_notices(at=at + LEASE / 2) == []  # the dead sender's lease still runs
    assert [outcome.result for outcome in send_due_notices(at=at + 2 * LEASE)] == ["sent"]
    first, second = post.letters
    assert first == second == left.stored_letter()
    assert Notice.objects.get(pk=notice.pk).message_id == parse(first)["Message-ID"]


def test_a_letter_tried_again_is_not_written_again(db, post):
    notice = a_notice(NoticeKind.CONTRACT_CONCLUDED, attachments=[("contract", "SM4K7Q2X")])
    post.data = lambda: "451 busy"
    sent(notice)
    post.data = lambda: "250 OK"
    sent(notice, at=NOW + 2 * MINUTE)
    assert len(post.letters) == 2
    assert post.letters[0] == post.letters[1]


@pytest.mark.parametrize("stage", ["recipients", "data"])
def test_a_busy_server_is_tried_again_each_time_later(db, post, stage):
    setattr(post, stage, lambda: "451 busy")
    notice = a_notice()
    at = NOW
    pauses = []
    for _ in range(4):
        result, row = sent(notice, at=at)
        assert (result, row.state, row.lease_until) == ("postponed", NoticeState.QUEUED, None)
        assert "451 busy" in row.last_error
        assert sent(notice, at=row.next_attempt_at - timedelta(seconds=1))[0] is None
        pauses.append(round((row.next_attempt_at - at) / MINUTE))
        at = row.next_attempt_at
    assert pauses == [1, 2, 4, 8]
    setattr(post, stage, lambda: "250 OK")
    assert sent(notice, at=at)[0] == "sent"


def test_a_server_that_is_away_is_tried_again(db, post, settings):
    settings.EMAIL_PORT = 1
    result, row = sent(a_notice())
    assert (result, row.state) == ("held", NoticeState.QUEUED)
    assert "refused" in row.last_error


@pytest.mark.parametrize("stage", ["recipients", "data"])
def test_a_refused_letter_is_dead_with_its_reason(db, post, stage):
    setattr(post, stage, lambda: "550 no such mailbox")
    notice = a_notice()
    result, row = sent(notice)
    assert (result, row.state, row.attempts) == ("dead", NoticeState.DEAD, 1)
    assert "550 no such mailbox" in row.last_error
    assert Notice.objects.dead().get() == notice
    assert send_due_notices(at=NOW + 100 * LEASE) == []


def test_a_letter_is_given_up_after_many_attempts(db, post):
    post.data = lambda: "451 busy"
    notice = a_notice()
    Notice.objects.update(attempts=MOST_ATTEMPTS - 2)
    assert sent(notice)[0] == "postponed"
    assert sent(notice, at=NOW + timedelta(days=1))[0] == "dead"


def test_a_letter_that_cannot_be_written_is_recorded(db, post, settings):
    settings.NOTICE_ATTACHMENTS = {}
    result, row = sent(a_notice(attachments=[("contract", "SM4K7Q2X")]))
    assert (result, row.state) == ("postponed", NoticeState.QUEUED)
    assert row.last_error == "KeyError: 'contract'"


def test_letters_behind_a_bad_one_go_on(db, post):
    a_notice(NoticeKind.CONTRACT_CONCLUDED, attachments=[("unknown", "SM4K7Q2X")])
    a_notice()
    a_notice(NoticeKind.ORDER_LAPSED)
    results = sorted(outcome.result for outcome in send_due_notices(at=NOW))
    assert results == ["postponed", "sent", "sent"]


def test_a_server_that_hangs_up_after_the_letter_changes_nothing(db, post):
    class Rude(type(post)):
        async def handle_QUIT(self, server, session, envelope):  # noqa: N802
            server.transport.abort()
            return "221 bye"

    post.__class__ = Rude
    assert sent(a_notice())[0] == "sent"


def test_a_code_comes_in_time_or_not_at_all(db, post):
    notice = a_notice(NoticeKind.SIGN_IN_CODE)
    result, row = sent(notice, at=NOW + timedelta(minutes=10))
    assert (result, row.state, row.facts) == ("dead", NoticeState.DEAD, {})
    assert post.letters == []


@pytest.mark.clause("3.1")
def test_a_code_is_forgotten_once_it_is_sent(db, post):
    notice = a_notice(NoticeKind.SIGN_IN_CODE)
    row = sent(notice)[1]
    assert "482913" in parse(post.letters[0])["Subject"]
    assert (row.facts, row.subject) == ({}, "Кіру коды · Код для входа")


@pytest.mark.clause("5.4")
def test_the_link_that_opens_an_order_is_forgotten_once_it_is_sent(db, post):
    result, row = sent(a_notice(NoticeKind.CONTRACT_CONCLUDED))
    assert result == "sent"
    assert "key=" not in str(row.facts)
    assert row.facts["package"] == "SMMARKETING – БІРГЕ"
    assert "key=signed" in parse(post.letters[0]).get_body(("plain",)).get_content()


def test_a_stored_letter_that_was_tampered_with_is_written_again(db, post):
    notice = a_notice()
    post.data = lambda: "451 busy"
    sent(notice)
    Notice.objects.update(raw_sha256="0" * 64)
    post.data = lambda: "250 OK"
    row = sent(notice, at=NOW + 2 * MINUTE)[1]
    assert row.stored_letter() == post.letters[1]


def a_dead_notice(post, kind=NoticeKind.ORDER_PLACED):
    post.recipients = lambda: "550 no such mailbox"
    notice = sent(a_notice(kind))[1]
    post.recipients = lambda: "250 OK"
    return notice


def test_staff_send_a_dead_letter_again(db, post):
    notice = a_dead_notice(post)
    send_again(notice=notice, by="staff:7", at=NOW + MINUTE)
    assert sent(notice, at=NOW + MINUTE)[0] == "sent"
    assert parse(post.letters[0])["Message-ID"] == notice.message_id
    entry = Entry.objects.about("notice", notice.pk).get()
    assert (entry.verb, entry.by, entry.clause) == ("notice.sent_again", "staff:7", "12.1")
    assert BUYER not in str(entry.facts)


def test_only_a_dead_letter_is_sent_again(db, post):
    notice = sent(a_notice())[1]
    with pytest.raises(RuleViolation):
        send_again(notice=notice, by="staff:7", at=NOW)
    assert Notice.objects.get().state == NoticeState.SENT
    assert not Entry.objects.filter(about_kind="notice").exists()


def test_a_code_is_never_sent_again(db, post):
    notice = a_dead_notice(post, NoticeKind.SIGN_IN_CODE)
    with pytest.raises(RuleViolation):
        send_again(notice=notice, by="staff:7", at=NOW)
    assert Notice.objects.get().state == NoticeState.DEAD


def test_the_command_says_what_became_of_each_letter(db, post):
    good = a_notice()
    said = StringIO()
    call_command("send_notices", stdout=said)
    assert said.getvalue() == f"sent notice {good.pk} order-placed: SM4K7Q2X\n"
    post.recipients = lambda: "550 no such mailbox"
    bad = a_notice(occasion="second")
    with pytest.raises(SystemExit) as ended:
        call_command("send_notices", stdout=said)
    assert ended.value.code == 1
    assert f"dead notice {bad.pk} order-placed: SMTPRecipientsRefused: 550" in said.getvalue()


def test_the_command_does_at_most_what_it_is_told(db, post):
    for number in range(3):
        a_notice(occasion=str(number))
    call_command("send_notices", "--limit=2", stdout=StringIO())
    assert len(post.letters) == 2
    with pytest.raises(CommandError):
        call_command("send_notices", "--limit=some")
