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
    TalkOutcome,
)
from enrollment.operations.offering.edition_answers import (
    answer_edition,
    close_talk,
    record_silence,
)
from offer_site.errors import RuleViolation
from offer_site.journal.models import Entry
from offer_site.notices.kinds import NoticeKind
from offer_site.notices.models import Notice, NoticeState
from tests.at_once import at_once
from tests.enrollment.company import a_placed_invoice
from tests.enrollment.offering.scenes import (
    IN_EFFECT,
    LAST_MOMENT,
    READ,
    a_coming_edition,
    an_edition_answer,
    letters_arrive,
    told,
)
from tests.given import NOON, a_paid_order, a_receipt, receive, refusal

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
