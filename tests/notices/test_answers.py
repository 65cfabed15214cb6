"""Whose fault an answer of the mail server tells, asked over SMTP (12.1): what is refused for good
ends the letter, what is our own trouble makes all letters wait, and what may pass is tried again.
"""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.urls import reverse

from offer_site.audit.notices import every_letter_is_somewhere
from offer_site.journal.models import Entry
from offer_site.notices.kinds import NoticeKind
from offer_site.notices.models import LEASE, Notice, NoticeState, SendingStop
from offer_site.notices.operations import send_due_notices, send_notice
from offer_site.notices.outbox import MOST_ATTEMPTS
from offer_site.staff.attention import needs_attention
from tests.clock.test_schedule import done
from tests.given import an_owner
from tests.notices.post import BUYER, NOW, a_notice
from tests.staff.conftest import a_member, signed_in

MINUTE = timedelta(minutes=1)
RECIPIENT = "dead"
OURS = "held"
PASSING = "postponed"
REFUSED = "dead"  # for good, and nobody says whose fault it is

# Where it is said, what is said, what becomes of the letter. The sentences are of these kinds, as
# mail.ru, Yandex, Gmail, Office 365, Exim, Postfix and others write them.
ANSWERS = [
    ("recipients", "550 5.1.1 The email account that you tried to reach does not exist", RECIPIENT),
    ("recipients", "550 Message was not accepted -- invalid mailbox", RECIPIENT),
    (
        "recipients",
        "550 Local mailbox aigerim@example.kz is unavailable: account is disabled",
        RECIPIENT,
    ),
    ("recipients", "550 5.2.1 The email account that you tried to reach is disabled", RECIPIENT),
    ("recipients", "550 5.1.10 RESOLVER.ADR.RecipientNotFound; not found by lookup", RECIPIENT),
    ("recipients", "550 no such mailbox", RECIPIENT),
    ("recipients", "550 User unknown", RECIPIENT),
    ("recipients", "550 rejected", RECIPIENT),
    ("recipients", "551 not our customer", RECIPIENT),
    ("recipients", "553 5.1.3 The recipient address is not a valid address", RECIPIENT),
    ("recipients", "501 5.1.3 Bad recipient address syntax", RECIPIENT),
    ("recipients", "550 5.1.2 Bad destination system address", RECIPIENT),
    ("recipients", "550 5.4.4 Unable to route: no mail servers for the domain", RECIPIENT),
    ("recipients", "550 5.7.129 The mailbox takes mail only from people it knows", RECIPIENT),
    ("recipients", "554 5.1.1 <aigerim@example.kz>: Recipient address rejected", RECIPIENT),
    ("data", "550 no such mailbox", RECIPIENT),
    ("data", "550 5.1.1 User unknown", RECIPIENT),
    # A fault of the recipient that may pass: the letter is tried again, and then given up.
    ("recipients", "452 4.2.2 The email account that you tried to reach is over quota", PASSING),
    ("recipients", "450 4.2.1 The user you are trying to contact gets mail too quickly", PASSING),
    ("recipients", "450 4.2.0 Greylisted, try again in five minutes", PASSING),
    ("recipients", "451 4.7.1 Greylisting in action", PASSING),
    ("recipients", "451 busy", PASSING),
    ("data", "451 busy", PASSING),
    # Ours: quotas and rates.
    ("data", "550 5.4.5 Daily user sending limit exceeded", OURS),
    ("recipients", "550 5.4.5 Daily sending quota exceeded", OURS),
    ("data", "550 5.7.0 The limit of letters is reached", OURS),
    ("data", "554 5.7.0 Your message could not be sent. The limit was exceeded", OURS),
    ("data", "554 5.2.0 STOREDRV.Submission.Exception:SubmissionQuotaExceededException", OURS),
    ("data", "554 5.2.0 STOREDRV.Submission.Exception:OutboundSpamException", OURS),
    ("recipients", "554 5.7.1 Recipient address rejected: You have exceeded your quota", OURS),
    ("recipients", "451 Ratelimit exceeded for mailbox lesbek.l@mail.ru. Try again later", OURS),
    ("recipients", "550 The domain has exceeded the max emails per hour allowed", OURS),
    ("data", "450 4.7.1 Too many messages in a short time", OURS),
    ("data", "550 5.4.6 Unusual sending activity detected", OURS),
    ("senders", "452 4.5.3 Too many letters in this session", OURS),
    # Ours: the account and the sender.
    ("data", "550 Account is disabled", OURS),
    ("recipients", "550 5.7.1 Sorry, your account is blocked", OURS),
    ("senders", "550 not local sender over smtp", OURS),
    ("senders", "553 5.7.1 Sender address rejected: not owned by auth user", OURS),
    ("recipients", "553 5.7.1 <l@mail.ru>: Sender address rejected: not owned by user", OURS),
    ("data", "550 5.7.60 SMTP; Client does not have permissions to send as this sender", OURS),
    ("data", "550 5.1.8 Access denied, bad outbound sender", OURS),
    ("recipients", "554 5.7.1 <aigerim@example.kz>: Relay access denied", OURS),
    ("recipients", "530 5.7.0 Authentication required", OURS),
    ("recipients", "554 5.7.1 Client host blocked using a list of spammers", OURS),
    ("data", "550 5.7.26 This mail is unauthenticated: SPF and DKIM did not pass", OURS),
    # Ours: the service.
    ("senders", "421 4.3.2 Service not available, closing channel", OURS),
    ("recipients", "421 4.7.0 Try again later", OURS),
    ("data", "421 Too many concurrent sessions", OURS),
    ("senders", "454 4.7.0 Temporary authentication failure", OURS),
    ("recipients", "454 4.7.1 Relay access denied", OURS),
    ("data", "452 4.3.1 Insufficient system storage", OURS),
    ("data", "451 4.3.0 Temporary system problem", OURS),
    # A mailbox without room says 552 or 554, and is emptied in an hour or in a week.
    ("recipients", "552 5.2.2 The mailbox is full", PASSING),
    ("data", "552 5.2.2 Over quota", PASSING),
    ("recipients", "452 4.2.2 Mailbox full", PASSING),
    # Our letter looks like spam: the same letter is often taken some hours later.
    ("data", "550 spam message rejected", PASSING),
    ("data", "554 5.7.1 Message rejected under suspicion of SPAM", PASSING),
    ("data", "552 message rejected by anti-spam engine", PASSING),
    # Permanent by RFC 5321, in words that tell nobody's fault.
    ("data", "552 5.3.4 Message size exceeds fixed limit", REFUSED),
    ("senders", "552 5.3.4 Message too big for system", REFUSED),
    ("data", "554 Transaction failed", REFUSED),
    ("data", "554 5.6.0 Message content is not acceptable here", REFUSED),
    ("data", "552 5.7.0 The attachment may hold a virus", REFUSED),
    ("data", "550 5.0.0 Хат қабылданбады", REFUSED),
    ("recipients", "554 5.7.1 Policy", REFUSED),
    ("recipients", "556 5.1.10 Domain does not accept mail", REFUSED),
    ("recipients", "500 what", REFUSED),
]
# What the four services say to those who send through them, and to those who send to them: of the
# kinds that their pages for senders name.
SERVICES = {
    "mail.ru": [
        ("recipients", "550 Message was not accepted -- invalid mailbox.", RECIPIENT),
        ("recipients", "550 Local mailbox x@mail.ru is unavailable: user not found", RECIPIENT),
        ("recipients", "550 Local mailbox x@mail.ru is unavailable: user is terminated", RECIPIENT),
        ("recipients", "550 Mailbox x@mail.ru is full: user quota exceeded", PASSING),
        ("data", "550 spam message rejected. Please visit the page about spam", PASSING),
        ("data", "550 message sending for this account is disabled", OURS),
        ("senders", "550 Sender domain is not verified", OURS),
        ("data", "550 5.7.1 Not accepted due to domain owner DMARC policy", OURS),
        ("recipients", "451 Ratelimit exceeded for mailbox x@mail.ru. Try again later", OURS),
        ("senders", "535 5.7.0 NEOBHODIM parol prilozheniya: application password required", OURS),
    ],
    "Yandex": [
        ("recipients", "550 5.7.1 No such user!", RECIPIENT),
        ("recipients", "550 5.7.1 Policy rejection on the target address", REFUSED),
        ("data", "552 5.2.2 Mailbox size limit exceeded", PASSING),
        ("recipients", "552 Account is full", PASSING),
        ("data", "554 5.7.1 Message rejected under suspicion of SPAM; see the page", PASSING),
        ("data", "554 5.7.1 Sorry, message looks like SPAM to me", PASSING),
        ("senders", "553 5.7.1 Sender address rejected: not owned by auth user.", OURS),
        ("senders", "535 5.7.8 Error: authentication failed: no rights to this service", OURS),
        ("recipients", "550 5.7.1 SPF check failed: may not send in the name of it", OURS),
        ("data", "550 5.7.1 Too many messages from your account in a day", OURS),
        ("recipients", "451 4.7.1 Sorry, the service is currently unavailable", OURS),
    ],
    "Gmail": [
        (
            "recipients",
            "550 5.1.1 The email account that you tried to reach does not exist",
            "dead",
        ),
        (
            "recipients",
            "550 5.2.1 The email account that you tried to reach is disabled",
            RECIPIENT,
        ),
        ("recipients", "552 5.2.2 The recipient's inbox is out of storage space", PASSING),
        ("recipients", "452 4.2.2 The recipient's inbox is out of storage space", PASSING),
        (
            "recipients",
            "450 4.2.1 The user you are trying to contact gets mail too quickly",
            PASSING,
        ),
        ("data", "550 5.7.1 This message is likely unsolicited mail", PASSING),
        ("data", "550 5.7.1 Suspicious due to the low reputation of the sending domain", OURS),
        ("data", "550 5.4.5 Daily user sending limit exceeded", OURS),
        ("data", "421 4.7.28 An unusual rate of mail from your SPF domain", OURS),
        ("senders", "534 5.7.9 Application-specific password required", OURS),
        ("senders", "535 5.7.8 Username and Password not accepted", OURS),
        ("data", "550 5.7.26 The sender is unauthenticated", OURS),
        ("data", "552 5.3.4 Your message exceeded the size limits of the service", REFUSED),
        ("data", "552 5.7.0 This message was blocked because its content is unsafe", REFUSED),
        ("data", "555 5.5.2 Syntax error, goodbye", REFUSED),
    ],
    "Outlook": [
        ("recipients", "550 5.5.0 Requested action not taken: mailbox unavailable", RECIPIENT),
        ("recipients", "550 5.1.10 RESOLVER.ADR.RecipientNotFound", RECIPIENT),
        ("recipients", "550 5.4.1 Recipient address rejected: Access denied", RECIPIENT),
        ("data", "554 5.2.2 mailbox full; STOREDRV.Deliver QuotaExceededException", PASSING),
        ("recipients", "550 5.2.3 RESOLVER.RST.RecipSizeLimit; message too large", REFUSED),
        ("data", "550 5.7.1 Your network is on our block list (S3140)", OURS),
        ("data", "550 5.7.501 Access denied, spam abuse detected", OURS),
        ("data", "550 5.7.708 Access denied, traffic not accepted from this IP", OURS),
        ("data", "550 5.7.509 Sending domain does not pass DMARC verification", OURS),
        ("senders", "535 5.7.139 Authentication unsuccessful", OURS),
        ("senders", "530 5.7.57 Client not authenticated to send mail", OURS),
        ("recipients", "550 5.1.90 Your message can't be sent: you've reached your limit", OURS),
        ("data", "554 5.2.0 STOREDRV.Submission.Exception:OutboundSpamException", OURS),
        ("recipients", "451 4.7.500 Server busy. Please try again later", OURS),
        ("recipients", "421 RP-001 The number of messages was exceeded", OURS),
        ("data", "550 5.6.11 Invalid characters", REFUSED),
    ],
}
ANSWERS += [each for said in SERVICES.values() for each in said]


@pytest.mark.clause("12.1")
@pytest.mark.parametrize(("stage", "answer", "result"), ANSWERS)
def test_what_becomes_of_a_letter_by_the_servers_answer(db, post, stage, answer, result):
    setattr(post, stage, lambda: answer)
    notice = a_notice()
    assert send_notice(notice_id=notice.pk, at=NOW).result == result
    row = Notice.objects.get()
    assert row.state == (NoticeState.DEAD if result == "dead" else NoticeState.QUEUED)
    assert " ".join(answer.split()[1:]) in row.last_error
    assert SendingStop.objects.standing().exists() == (result == OURS)


def test_a_server_that_is_away_makes_all_wait(db, post, settings):
    settings.EMAIL_PORT = 1
    assert send_notice(notice_id=a_notice().pk, at=NOW).result == OURS


def test_staff_see_at_once_what_was_refused_for_good_and_send_it_again(db, post):
    post.data = lambda: "554 Transaction failed"
    refused = a_notice()
    a_notice(occasion="another")
    assert send_notice(notice_id=refused.pk, at=NOW).result == REFUSED
    assert lines(NOW)["notices_notice"] == 1  # at once, and no other letter waits for it
    assert not SendingStop.objects.exists()
    page = signed_in(an_owner()).get(reverse("admin:notices_notice_change", args=[refused.pk]))
    assert "Transaction failed" in page.text
    post.data = lambda: "250 OK"
    press(signed_in(an_owner()), [refused])
    at = Notice.objects.get(pk=refused.pk).next_attempt_at
    assert [each.result for each in send_due_notices(at=at)] == ["sent", "sent"]


def test_a_mailbox_that_stays_full_is_given_up_after_twelve_attempts(db, post):
    post.recipients = lambda: "552 5.2.2 The mailbox is full"
    notice = a_notice()
    results = []
    while not results or results[-1] == PASSING:
        at = Notice.objects.get(pk=notice.pk).next_attempt_at
        results += [each.result for each in send_due_notices(at=at)]
    assert results == [PASSING] * (MOST_ATTEMPTS - 1) + ["dead"]
    assert lines(NOW)["notices_notice"] == 1


def test_while_all_wait_one_letter_tries_and_the_first_that_is_taken_lets_all_go(db, post):
    for number in range(30):
        a_notice(occasion=str(number))
    post.data = lambda: "550 5.4.5 Daily user sending limit exceeded"
    at = NOW
    pauses = []
    for _run in range(6):
        assert [each.result for each in send_due_notices(at=at)] == [OURS]
        assert send_due_notices(at=at + MINUTE / 2) == []  # nobody tries before its time
        stop = SendingStop.objects.get()
        pauses.append((stop.next_attempt_at - at) / MINUTE)
        at = stop.next_attempt_at
    assert len(post.letters) == 6  # not 180
    assert [round(pause) for pause in pauses] == [1, 2, 4, 8, 10, 10]
    post.data = lambda: "250 OK"
    results = [each.result for each in send_due_notices(at=at + 10 * MINUTE)]
    assert results == ["sent"] * 30
    assert SendingStop.objects.get().ended_at is not None


def test_no_stop_however_long_ends_a_letter_or_costs_it_its_attempts(db, post):
    notice = a_notice()
    post.senders = lambda: "550 5.7.1 Your account is blocked"
    at = NOW
    for _day in range(3 * MOST_ATTEMPTS):
        send_due_notices(at=at)
        at += timedelta(hours=2)
    now = Notice.objects.get()
    assert (now.state, now.attempts) == (NoticeState.QUEUED, 4)
    post.senders = lambda: "250 OK"
    assert [each.result for each in send_due_notices(at=at)] == ["sent"]
    assert Notice.objects.get().pk == notice.pk


def test_a_letter_queued_meanwhile_waits_too_and_a_code_dies_of_age_alone(db, post):
    post.senders = lambda: "421 closing"
    send_notice(notice_id=a_notice().pk, at=NOW)
    code = a_notice(NoticeKind.SIGN_IN_CODE)
    assert send_notice(notice_id=code.pk, at=NOW + MINUTE / 2) is None
    waiting = Notice.objects.get(pk=code.pk)
    assert (waiting.state, waiting.attempts, waiting.lease_until) == (NoticeState.QUEUED, 0, None)
    SendingStop.objects.update(next_attempt_at=NOW + timedelta(hours=1))
    send_due_notices(at=NOW + 11 * MINUTE)
    buried = Notice.objects.get(pk=code.pk)
    assert (buried.state, buried.facts) == (NoticeState.DEAD, {})


def lines(at, user=None):
    return {
        matter.question.listed: matter.count
        for matter in needs_attention(user=user or an_owner(), at=at)
        if matter.question.listed.startswith("notices_")
    }


def test_staff_are_told_once_that_letters_wait_and_the_audit_knows_why(db, post):
    for number in range(3):
        a_notice(occasion=str(number))
    post.data = lambda: "550 5.4.5 Daily user sending limit exceeded"
    said, code = done("send_notices", NOW)
    assert (code, [line.split()[0] for line in said]) == (1, ["held", "all"])
    assert done("send_notices", NOW + 2 * MINUTE)[1] == 0
    later = NOW + 15 * MINUTE + 2 * LEASE
    SendingStop.objects.update(next_attempt_at=later - MINUTE)
    assert lines(later) == {"notices_sendingstop": 1}
    assert list(every_letter_is_somewhere(later)) == []
    # The control: once no clock asks the server any more, the letters have no owner.
    SendingStop.objects.update(next_attempt_at=NOW)
    assert lines(later)["notices_notice"] == 3
    assert len(list(every_letter_is_somewhere(later))) == 3


def test_staff_who_mended_the_cause_let_the_next_letter_try_at_once(db, post):
    post.senders = lambda: "535 5.7.8 wrong password"
    a_notice()
    send_due_notices(at=NOW)
    stop = SendingStop.objects.get()
    SendingStop.objects.update(next_attempt_at=NOW + timedelta(days=365))
    desk = signed_in(an_owner())
    page = desk.get(reverse("admin:notices_sendingstop_changelist"))
    assert "535 5.7.8 wrong password" in page.text
    desk.post(reverse("admin:notices_sendingstop_try-now", args=[stop.pk]))
    post.senders = lambda: "250 OK"
    assert [each.result for each in send_due_notices(at=NOW + timedelta(days=30))] == ["sent"]


def given_up(many):
    notices = [a_notice(occasion=str(number)) for number in range(many)]
    Notice.objects.update(state=NoticeState.DEAD, last_error="550")
    return notices


def press(desk, notices):
    return desk.post(
        reverse("admin:notices_notice_changelist"),
        {"action": "send_selected_again", "_selected_action": [each.pk for each in notices]},
        follow=True,
        headers={"accept-language": "ru"},
    )


def test_staff_send_many_again_at_once(db, post):
    notices = given_up(20)
    code = a_notice(NoticeKind.SIGN_IN_CODE)
    Notice.objects.filter(pk=code.pk).update(state=NoticeState.DEAD, last_error="550")
    page = press(signed_in(an_owner()), [*notices, code])
    assert "20" in page.text
    assert Notice.objects.queued().count() == 20
    assert Notice.objects.get(pk=code.pk).state == NoticeState.DEAD
    assert Entry.objects.filter(verb="notice.sent_again").count() == 20
    assert post.letters == []  # the clock sends them; the page does not wait
    at = Notice.objects.queued().first().next_attempt_at
    assert [each.result for each in send_due_notices(at=at)] == ["sent"] * 20


@pytest.mark.clause("5.4")
@pytest.mark.parametrize("role", ["curator", "accountant"])
def test_who_may_not_send_again_sends_nothing(db, role):
    notices = given_up(2)
    press(signed_in(a_member(role)), notices)
    assert not Notice.objects.queued().exists()


def test_the_most_urgent_letter_leaves_first(db, post):
    """A code overtakes a payment's letter, and both overtake what the clock queued before."""
    for kind in (
        NoticeKind.CERTIFICATE_READY,
        NoticeKind.ORDER_LAPSED,
        NoticeKind.ORDER_PLACED,
        NoticeKind.SIGN_IN_CODE,
    ):
        a_notice(kind, to=BUYER)
    assert [each.kind for each in send_due_notices(at=NOW)] == [
        NoticeKind.SIGN_IN_CODE,
        NoticeKind.ORDER_PLACED,
        NoticeKind.CERTIFICATE_READY,
        NoticeKind.ORDER_LAPSED,
    ]


def a_code():
    return a_notice(NoticeKind.SIGN_IN_CODE, at=NOW)


def in_a_thread(work):
    try:
        return work()
    finally:
        connection.close()


def test_a_code_asked_for_during_a_run_does_not_wait_for_its_end(transactional_db, post):
    for number in range(5):
        a_notice(NoticeKind.CERTIFICATE_READY, occasion=str(number))
    asked = []

    def a_code_is_asked_for():
        if not asked:
            with ThreadPoolExecutor() as another:
                asked.append(another.submit(in_a_thread, a_code).result())
        return "250 OK"

    post.data = a_code_is_asked_for
    kinds = [each.kind for each in send_due_notices(at=NOW)]
    assert kinds[:2] == [NoticeKind.CERTIFICATE_READY, NoticeKind.SIGN_IN_CODE]
