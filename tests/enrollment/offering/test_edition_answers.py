"""What contract holders answer to a later edition; silence; the talk of an objection (12.2.1)."""

from datetime import timedelta

import pytest

from enrollment.models import (
    AnswerDoor,
    EditionAnswer,
    EditionAnswerKind,
    EditionNotice,
    EditionTalk,
    Order,
    SilenceRefutation,
    TalkOutcome,
)
from enrollment.operations.endings.proposals import answer_proposal, end_agreed_contracts
from enrollment.operations.offering.edition_answers import (
    answer_edition,
    close_talk,
)
from enrollment.operations.offering.holders import progress_of
from enrollment.rules.sides import Side
from offer_site.audit.editions import (
    an_edition_is_answered_once_and_in_time,
    no_letter_waited_when_silence_was_recorded,
)
from offer_site.clock.jobs import read_mail, tell_editions
from offer_site.correspondence.models import Letter, Reading
from offer_site.correspondence.receiving import keep_mail, set_mail_aside
from offer_site.correspondence.writing import mark_read
from offer_site.days import start_of_day
from offer_site.errors import RuleViolation
from offer_site.journal.models import Entry
from offer_site.notices.bounces import record_report
from offer_site.notices.incoming import ArrivedMail
from offer_site.notices.kinds import NoticeKind
from offer_site.notices.models import SPOOL, MailboxPlace, Notice, NoticeState
from offer_site.notices.operations import send_again
from offer_site.notices.reports import FAILED, Delivery, Report
from tests import imap
from tests.at_once import at_once
from tests.audit.tampering import unguarded
from tests.correspondence.mails import a_mail
from tests.enrollment.company import a_placed_invoice
from tests.enrollment.conduct.scenes import ENDS_ON, a_proposal, a_student, owner_of
from tests.enrollment.offering.scenes import (
    IN_EFFECT,
    LAST_MOMENT,
    READ,
    a_coming_edition,
    an_edition_answer,
    letters_arrive,
    record_silence,
    told,
)
from tests.given import NOON, a_paid_order, a_receipt, receive, refusal
from tests.notices.returned import a_report

pytestmark = pytest.mark.clause("12.2.1")
OBJECTED = EditionAnswerKind.OBJECTED
AGREED = EditionAnswerKind.AGREED


@pytest.fixture
def notice(db, tmp_path):
    order = a_paid_order()
    a_coming_edition(tmp_path)
    return told(order)


def test_an_objection_is_recorded_opens_a_talk_and_its_copy_is_sent(notice):
    before = Order.objects.filter(pk=notice.order_id).values().get()
    (answer,) = an_edition_answer(notice, words="Баға өзгермесін")
    assert (answer.kind, answer.said_at, answer.words) == (OBJECTED, NOON, "Баға өзгермесін")
    assert EditionTalk.objects.open().get().answer == answer
    row = Entry.objects.get(chain=notice.order.code, verb="edition.objected")
    assert "Баға" not in str(row.facts)
    copy = Notice.objects.get(kind=NoticeKind.EDITION_ANSWERED)
    assert (copy.recipient, copy.facts["answer"]) == (notice.order.party.email, "objected")
    assert Order.objects.filter(pk=notice.order_id).values().get() == before


def test_a_consent_opens_no_talk(notice):
    an_edition_answer(notice, AGREED)
    assert EditionAnswer.objects.get().kind == AGREED
    assert not EditionTalk.objects.exists()


def test_there_is_one_answer(notice):
    an_edition_answer(notice)
    with refusal():
        an_edition_answer(notice, AGREED)
    assert EditionAnswer.objects.get().kind == OBJECTED


def test_it_may_be_objected_to_until_the_last_moment_of_the_day_before(notice):
    with refusal():
        an_edition_answer(notice, at=IN_EFFECT)
    assert not EditionAnswer.objects.exists()
    an_edition_answer(notice, at=LAST_MOMENT)
    assert EditionAnswer.objects.get().said_at == LAST_MOMENT


def test_a_letter_that_came_in_time_is_entered_later(notice):
    letter = {
        "notice": notice,
        "kind": OBJECTED,
        "words": "",
        "door": AnswerDoor.LETTER,
        "by": "staff:1",
        "at": READ - timedelta(hours=1),
    }
    with refusal():
        answer_edition(said_at=IN_EFFECT, **letter)
    with refusal():
        answer_edition(said_at=READ, **letter)
    answer_edition(said_at=LAST_MOMENT, **letter)
    assert EditionAnswer.objects.get().door == AnswerDoor.LETTER


def test_silence_is_recorded_as_consent_once_letters_of_the_last_evening_are_read(notice):
    letters_arrive()
    assert record_silence(at=READ - timedelta(seconds=1)) == []
    assert record_silence(at=READ) == [notice.order.code]
    answer = EditionAnswer.objects.get()
    assert (answer.kind, answer.said_at, answer.recorded_at) == ("silent", IN_EFFECT, READ)
    assert Entry.objects.filter(verb="edition.silent").count() == 1
    assert record_silence(at=READ) == []


# --- When nobody knows yet that it is silence
def a_letter_of_the_holder(notice, *, at=LAST_MOMENT, standing=None):
    mail = a_mail(notice.order.party.email, text="Келіспеймін")
    letter = keep_mail(mail=ArrivedMail(mail, at, mailbox="test"), at=at)
    assert letter.concerns.get().order == notice.order
    return letter


def test_silence_waits_for_a_letter_that_came_before_and_is_not_read(notice):
    letters_arrive()
    letter = a_letter_of_the_holder(notice)
    assert record_silence(at=READ) == []
    assert not EditionAnswer.objects.exists()
    mark_read(letter=letter, by="staff:1", at=READ)
    assert record_silence(at=READ) == [notice.order.code]
    assert list(no_letter_waited_when_silence_was_recorded(READ)) == []
    with unguarded():
        Reading.objects.all()._raw_delete("default")
    assert len(list(no_letter_waited_when_silence_was_recorded(READ))) == 1


def test_an_objection_in_that_letter_is_no_silence(notice):
    letters_arrive()
    letter = a_letter_of_the_holder(notice)
    mark_read(letter=letter, by="staff:1", at=READ)
    an_edition_answer(notice, at=LAST_MOMENT)
    assert record_silence(at=READ) == []


def test_a_letter_of_later_or_of_another_keeps_no_silence_back(notice):
    letters_arrive()
    a_letter_of_the_holder(notice, at=IN_EFFECT)
    other = a_mail("stranger@example.kz", message_id="<2@x.kz>")
    keep_mail(mail=ArrivedMail(other, LAST_MOMENT, mailbox="test"), at=READ)
    assert record_silence(at=READ) == [notice.order.code]


def test_a_mail_of_nobody_knows_whom_keeps_silence_back_until_a_person_looked(notice):
    letters_arrive()
    letter = set_mail_aside(
        mail=ArrivedMail(b"poison", LAST_MOMENT, mailbox="test"), at=LAST_MOMENT
    )
    assert record_silence(at=READ) == []
    mark_read(letter=letter, by="staff:1", at=READ)
    assert record_silence(at=READ) == [notice.order.code]


def test_silence_waits_until_the_mailbox_was_read(notice, settings):
    letters_arrive()
    with imap.mailbox_server() as server:
        settings.INCOMING_MAIL_URL = server.url
        assert record_silence(at=READ) == [], "it was never read"
        list(read_mail(READ - timedelta(minutes=1)))
        assert record_silence(at=READ) == [], "a letter of the last evening may lie there"
        server.receive(a_mail(notice.order.party.email), at=LAST_MOMENT)
        server.refuses.add("UID FETCH BODY[]")
        list(read_mail(READ))
        assert record_silence(at=READ) == [], "one mail could not be fetched yet"
        server.refuses.clear()
        list(read_mail(READ))
        assert record_silence(at=READ) == [], "it is read, and a person has not"
        mark_read(letter=Letter.objects.get(), by="staff:1", at=READ)
        assert record_silence(at=READ) == [notice.order.code]


# --- A mailbox that was not read to its end
@pytest.fixture
def mailbox(settings):
    with imap.mailbox_server() as server:
        settings.INCOMING_MAIL_URL = server.url
        yield server


def strangers_write(mailbox, count, *, at):
    for number in range(count):
        mailbox.receive(a_mail("stranger@example.kz", message_id=f"<{number}@x.kz>"), at=at)


def test_silence_waits_for_a_mail_behind_those_that_one_run_reads(notice, mailbox, monkeypatch):
    monkeypatch.setattr("offer_site.notices.incoming.MOST_MAILS", 2)
    letters_arrive()
    list(read_mail(NOON))
    strangers_write(mailbox, 2, at=LAST_MOMENT)
    mailbox.receive(a_mail(notice.order.party.email), at=LAST_MOMENT)
    list(read_mail(READ))
    assert record_silence(at=READ) == [], "the third mail waits for the next run"
    list(read_mail(READ + timedelta(minutes=5)))
    assert record_silence(at=READ) == [], "it is read, and a person has not"
    mark_read(letter=Letter.objects.get(sender=notice.order.party.email), by="staff:1", at=READ)
    assert record_silence(at=READ + timedelta(minutes=5)) == [notice.order.code]


def test_silence_waits_until_the_spam_was_read_too(notice, mailbox):
    """A process that is killed behind the inbox leaves no word of the spam."""
    letters_arrive()
    mailbox.receive_as_spam(a_mail(notice.order.party.email), at=LAST_MOMENT)
    mailbox.breaks_at = "EXAMINE"
    list(read_mail(READ))
    MailboxPlace.objects.update(failing_since=None, failure="")
    assert record_silence(at=READ) == []
    mailbox.breaks_at = ""
    list(read_mail(READ))
    assert record_silence(at=READ) == [], "a person has not read it"
    mark_read(letter=Letter.objects.get(), by="staff:1", at=READ)
    assert record_silence(at=READ) == [notice.order.code]


def test_a_clock_that_stood_still_for_weeks_reads_what_came_meanwhile(notice, mailbox):
    letters_arrive()
    strangers_write(mailbox, 1, at=NOON)
    list(read_mail(NOON))
    mailbox.receive(a_mail(notice.order.party.email), at=LAST_MOMENT)
    later = LAST_MOMENT + timedelta(days=20)
    list(read_mail(later))
    assert record_silence(at=later) == []
    mark_read(letter=Letter.objects.get(sender=notice.order.party.email), by="staff:1", at=later)
    assert record_silence(at=later) == [notice.order.code]


def test_nobody_is_silent_whose_letter_may_lie_among_mails_too_old_to_be_read(notice, mailbox):
    """The mailbox is named weeks after the notice: its older mail is read by nobody."""
    letters_arrive()
    strangers_write(mailbox, 1, at=NOON - timedelta(days=30))
    mailbox.receive(a_mail(notice.order.party.email), at=LAST_MOMENT)
    later = LAST_MOMENT + timedelta(days=20)
    list(read_mail(later))
    list(read_mail(later + timedelta(minutes=5)))
    assert not Letter.objects.exists()
    assert record_silence(at=later) == []


def test_a_mail_that_is_given_up_leaves_no_silence(notice, mailbox):
    letters_arrive()
    list(read_mail(NOON))
    mailbox.receive(a_mail(notice.order.party.email), at=LAST_MOMENT)
    mailbox.refuses.add("UID FETCH BODY[]")
    list(read_mail(LAST_MOMENT))
    later = LAST_MOMENT + timedelta(days=15)
    list(read_mail(later))
    assert MailboxPlace.objects.filter(again=[]).count() == MailboxPlace.objects.count()
    assert record_silence(at=later) == []


def test_old_mail_of_before_the_notice_keeps_no_silence_back(notice, mailbox):
    letters_arrive()
    strangers_write(mailbox, 3, at=NOON - timedelta(days=30))
    list(read_mail(READ))
    assert record_silence(at=READ) == [notice.order.code]


def test_silence_waits_for_the_spool(notice, settings, tmp_path):
    letters_arrive()
    settings.INCOMING_MAIL_SPOOL = str(tmp_path)
    (tmp_path / "1.eml").write_bytes(a_mail("stranger@example.kz"))
    assert record_silence(at=READ) == []
    list(read_mail(READ))
    (tmp_path / "link.eml").symlink_to("/etc/passwd")
    (tmp_path / ".half.eml").write_bytes(b"From: ")
    list(read_mail(READ))
    assert record_silence(at=READ) == [notice.order.code], "what is never read keeps nobody waiting"


def test_a_mail_that_failed_in_a_folder_that_is_read_no_more_keeps_no_silence_back(
    notice, mailbox, settings
):
    letters_arrive()
    mailbox.receive_as_spam(a_mail(notice.order.party.email), at=LAST_MOMENT)
    mailbox.refuses.add("UID FETCH BODY[]")
    list(read_mail(READ))
    assert record_silence(at=READ) == []
    dying = {"mail": "1.eml", "deaths": 1}
    MailboxPlace.objects.create(mailbox=SPOOL, trying=dying)
    settings.INCOMING_MAIL_FOLDERS = []
    list(read_mail(READ))
    assert record_silence(at=READ) == [notice.order.code]
    assert MailboxPlace.objects.get(mailbox=SPOOL).trying == dying, "the spool is read beside it"


def test_a_letter_that_left_on_the_last_day_may_still_come_back(notice):
    sent = IN_EFFECT - timedelta(hours=1)
    letters_arrive(at=sent)
    assert record_silence(at=READ) == []
    assert record_silence(at=sent + timedelta(days=5)) == [notice.order.code]


def it_comes_back(notice, *, at):
    """What a mail server reports of the letter, recorded as the mailbox's reader does."""
    letter = Notice.objects.get(pk=notice.letter_id)
    report = Report(
        (letter.message_id,),
        (Delivery(frozenset({letter.recipient}), FAILED, "5.1.1"),),
    )
    assert record_report(report=report, raw=b"report", at=at) == "bounced"


def test_a_letter_that_comes_back_later_was_not_told(notice):
    letters_arrive()
    assert record_silence(at=READ) == [notice.order.code]
    later = READ + timedelta(days=2)
    assert not EditionNotice.objects.untold(later).exists()
    it_comes_back(notice, at=later)
    soon = later + timedelta(hours=2)
    assert len(list(an_edition_is_answered_once_and_in_time(soon))) == 1
    lines = [each for each in tell_editions(later) if "came back" in each.line]
    assert [each.needs_a_person for each in lines] == [True]
    assert SilenceRefutation.objects.get().answer.notice == notice
    assert Entry.objects.filter(verb="edition.silence_refuted", chain=notice.order.code).exists()
    assert list(EditionNotice.objects.untold(later)) == [notice]
    assert progress_of(notice.edition).silent == 0
    assert list(an_edition_is_answered_once_and_in_time(soon)) == []
    send_again(notice=Notice.objects.get(pk=notice.letter_id), by="staff:1", at=later)
    letters_arrive(at=soon)
    assert [each for each in tell_editions(soon) if "silence" in each.line] == []
    assert list(EditionNotice.objects.untold(soon)) == [notice], "sent again, it is too late"


@pytest.mark.parametrize("before", [timedelta(0), timedelta(minutes=1)])
def test_a_letter_that_comes_back_while_silence_is_recorded_was_not_told(notice, mailbox, before):
    """Both jobs write when they began: the reader's may have begun first, and ended last."""
    letters_arrive()
    list(read_mail(READ))
    assert record_silence(at=READ) == [notice.order.code]
    letter = Notice.objects.get(pk=notice.letter_id)
    returned = f"Message-ID: {letter.message_id}"
    mailbox.receive(a_report(letter, at=READ, returned=returned), at=READ - before)
    lines = [each.line for each in read_mail(READ - before)]
    assert lines == ["mail 1 bounced"]
    list(tell_editions(READ + timedelta(minutes=5)))
    assert SilenceRefutation.objects.get().answer.notice == notice


@pytest.mark.parametrize("leaves", [False, True])
def test_one_that_came_back_so_and_is_sent_again_before_the_clock_looks_was_not_told(
    notice, leaves
):
    letters_arrive()
    assert record_silence(at=READ) == [notice.order.code]
    it_comes_back(notice, at=READ)
    send_again(notice=Notice.objects.get(pk=notice.letter_id), by="staff:1", at=READ)
    if leaves:
        letters_arrive(at=READ + timedelta(minutes=1))
    list(tell_editions(READ + timedelta(minutes=5)))
    assert SilenceRefutation.objects.count() == 1


def test_a_letter_that_came_back_in_time_and_was_sent_again_is_told(notice):
    letters_arrive()
    it_comes_back(notice, at=NOON)
    send_again(notice=Notice.objects.get(pk=notice.letter_id), by="staff:1", at=NOON)
    letters_arrive(at=NOON + timedelta(hours=1))
    assert record_silence(at=READ) == [notice.order.code]
    assert [each for each in tell_editions(READ) if "came back" in each.line] == []


@pytest.mark.django_db(transaction=True)
def test_a_letter_and_the_clock_at_once_leave_no_silence_beside_an_unread_letter(tmp_path):
    order = a_paid_order()
    a_coming_edition(tmp_path)
    notice = told(order)
    letters_arrive()
    at_once(
        [
            lambda: record_silence(at=READ),
            lambda: a_letter_of_the_holder(notice),
            lambda: record_silence(at=READ),
        ]
    )
    waited = list(no_letter_waited_when_silence_was_recorded(READ))
    # A letter that the register got later than the silence could not be waited for.
    is_silent = EditionAnswer.objects.filter(kind="silent").exists()
    letter = Entry.objects.get(chain=order.code, verb="letter.recorded")
    silence = Entry.objects.filter(chain=order.code, verb="edition.silent").first()
    assert is_silent == (silence is not None)
    assert silence is None or silence.number < letter.number
    assert EditionAnswer.objects.count() <= 1
    assert waited == [] or silence is not None


def test_the_silence_of_one_whose_letter_did_not_arrive_says_nothing(notice):
    assert record_silence(at=READ) == []
    assert list(EditionNotice.objects.untold(IN_EFFECT)) == [notice]
    Notice.objects.filter(pk=notice.letter_id).update(
        state=NoticeState.SENT, sent_at=IN_EFFECT, raw="letter", raw_sha256="0" * 64
    )
    assert record_silence(at=READ) == []
    assert list(EditionNotice.objects.untold(IN_EFFECT)) == [notice]


def test_who_answered_is_not_silent(notice):
    letters_arrive()
    an_edition_answer(notice)
    assert record_silence(at=READ) == []
    assert not EditionNotice.objects.untold(READ).exists()


def test_a_talk_is_closed_once_with_what_was_agreed_on(notice):
    an_edition_answer(notice)
    talk = EditionTalk.objects.get()
    closing = {"talk": talk, "outcome": TalkOutcome.GOES_ON, "by": "staff:1", "at": NOON}
    close_talk(reason="По старой редакции", **closing)
    talk.refresh_from_db()
    assert (talk.outcome, talk.reason, talk.closed_at) == ("goes-on", "По старой редакции", NOON)
    assert not EditionTalk.objects.open().exists()
    with refusal():
        close_talk(reason="", **closing)
    assert Entry.objects.filter(verb="edition.talk_closed").count() == 1


# --- A talk that leads to the end of the contract (12.4)
def an_objected_talk(tmp_path):
    order = a_student()
    a_coming_edition(tmp_path)
    an_edition_answer(told(order))
    return order, EditionTalk.objects.get()


def ends(talk, *, at=NOON):
    return close_talk(talk=talk, outcome=TalkOutcome.ENDS, reason="", by="staff:1", at=at)


@pytest.mark.clause("12.4")
def test_a_talk_ends_a_contract_only_by_what_both_sides_agreed_on(db, tmp_path):
    order, talk = an_objected_talk(tmp_path)
    with refusal() as refused:
        ends(talk)
    assert refused.value.field == "outcome"
    proposal = a_proposal(order, side=Side.ACADEMY, at=NOON)
    with refusal():
        ends(talk)
    assert not EditionTalk.objects.exclude(closed_at=None).exists()
    answer_proposal(proposal=proposal, side=Side.USER, accepts=True, by=owner_of(order), at=NOON)
    assert ends(talk).ending == proposal
    row = Entry.objects.get(verb="edition.talk_closed")
    assert row.facts["proposal"] == proposal.number
    assert end_agreed_contracts(at=start_of_day(ENDS_ON)) == [order.code]
    order.refresh_from_db()
    assert order.state == "terminated"


def test_an_agreement_of_before_the_talk_is_none_of_it(db, tmp_path):
    order = a_student()
    proposal = a_proposal(order, side=Side.ACADEMY, at=NOON - timedelta(hours=1))
    answer_proposal(
        proposal=proposal,
        side=Side.USER,
        accepts=False,
        by=owner_of(order),
        at=NOON - timedelta(minutes=1),
    )
    a_coming_edition(tmp_path)
    an_edition_answer(told(order))
    with refusal():
        ends(EditionTalk.objects.get())


@pytest.mark.django_db(transaction=True)
def test_the_end_of_a_talk_and_the_answer_at_once_agree(tmp_path):
    order, talk = an_objected_talk(tmp_path)
    proposal = a_proposal(order, side=Side.ACADEMY, at=NOON)
    user = owner_of(order)
    at_once(
        [
            lambda: answer_proposal(
                proposal=proposal, side=Side.USER, accepts=True, by=user, at=NOON
            ),
            lambda: ends(talk),
            lambda: ends(talk),
        ],
        errors=RuleViolation,
    )
    talk.refresh_from_db()
    assert (talk.closed_at is None) == (talk.ending is None)
    assert Entry.objects.filter(verb="edition.talk_closed").count() == (talk.ending is not None)


def test_a_company_is_told_by_one_letter_and_answers_for_all_its_learners(db, tmp_path):
    invoice = a_placed_invoice()
    orders = list(Order.objects.filter(invoice=invoice))
    for order in orders:
        receive(a_receipt(order), order)
    a_coming_edition(tmp_path)
    first = told(orders[0])
    letter = Notice.objects.get(kind=NoticeKind.EDITION_COMING)
    assert letter.facts["learners"] == len(orders) > 1
    assert letter.facts["invoice"] == invoice.code
    assert len(an_edition_answer(first)) == len(orders)
    assert EditionAnswer.objects.filter(kind=OBJECTED).count() == len(orders)
    assert Notice.objects.filter(kind=NoticeKind.EDITION_ANSWERED).count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_answers_at_once_one_counts(tmp_path):
    order = a_paid_order()
    a_coming_edition(tmp_path)
    notice = told(order)
    results = at_once(
        [lambda: an_edition_answer(notice, OBJECTED), lambda: an_edition_answer(notice, AGREED)]
        * 2,
        errors=RuleViolation,
    )
    assert sum(isinstance(each, RuleViolation) for each in results) == 3
    assert EditionAnswer.objects.count() == 1
