"""A letter to a whole cohort: to each contract once, however often it breaks off (12.1, 5.3.5)."""

from datetime import timedelta
from email import message_from_bytes

import pytest
from django.db import DatabaseError

from enrollment.forms.consents import CONSENTS
from enrollment.models import Consent, ConsentPurpose
from enrollment.operations.ordering.consents import withdraw_consent
from offer_site.clock.jobs import send_cohort_letters as job
from offer_site.correspondence import cohort_letters
from offer_site.correspondence.cohort_letters import (
    CohortWords,
    progress_of,
    rewrite_cohort_letter,
    send_cohort_letters,
    start_cohort_letter,
    write_cohort_letter,
)
from offer_site.correspondence.models import CohortLetterReceiver
from offer_site.correspondence.threads import thread_for_student
from offer_site.journal.models import Entry
from offer_site.notices.kinds import NoticeKind
from offer_site.notices.models import Notice
from offer_site.notices.news import news_off_link
from offer_site.notices.operations import send_notice
from tests.at_once import at_once
from tests.given import NOON, a_cohort, a_paid_order, a_placed_order, refusal

LATER = NOON + timedelta(hours=1)
WORDS = CohortWords("Кесте", "Расписание", "Сабақ жетіде.", "Занятия в семь.")


def a_letter(cohort, *, is_marketing=False):
    return write_cohort_letter(
        cohort=cohort, words=WORDS, is_marketing=is_marketing, by="staff:1", at=LATER
    )


def sent_to(letter) -> list[str]:
    return sorted(
        Notice.objects.filter(about_kind="cohort-letter", about_key=str(letter.pk)).values_list(
            "recipient", flat=True
        )
    )


def agree(order):
    words = next(each for each in CONSENTS if each.purpose == ConsentPurpose.MARKETING)
    return Consent.objects.create(
        party=order.party,
        edition=order.edition,
        purpose=ConsentPurpose.MARKETING,
        text=str(words.line),
        language="kk",
        given_at=NOON,
        origin_digest="0" * 64,
    )


@pytest.mark.clause("12.1")
def test_a_letter_about_the_service_goes_to_every_contract_holder_once(db):
    cohort = a_cohort()
    first = a_paid_order(cohort=cohort, email="one@example.kz")
    second = a_paid_order(cohort=cohort, email="one@example.kz", name="Басқа")
    a_paid_order(cohort=cohort, email="two@example.kz", language="ru")
    a_placed_order(cohort=cohort, email="unpaid@example.kz")
    a_paid_order(email="other-cohort@example.kz")
    letter = a_letter(cohort)
    assert list(send_cohort_letters(at=LATER)) == [], "nothing goes before it is let go"
    start_cohort_letter(letter=letter, by="staff:1", at=LATER)
    assert [each.line for each in job(LATER)] == [f"letter {letter.pk} to a cohort: 3 contracts"]
    assert list(job(LATER)) == []
    assert sent_to(letter) == ["one@example.kz", "two@example.kz"]
    assert CohortLetterReceiver.objects.count() == 3
    letter.refresh_from_db()
    assert letter.finished_at == LATER
    assert progress_of(letter).queued == 2
    for order in (first, second):
        kinds = [each.thing.kind for each in thread_for_student(order)]
        assert NoticeKind.COHORT_NEWS in kinds, "one notice, and it stands with both contracts"
    verbs = Entry.objects.filter(about_kind="cohort_letter").values_list("verb", flat=True)
    assert list(verbs) == ["cohort_letter.written", "cohort_letter.sent", "cohort_letter.finished"]


@pytest.mark.clause("5.3.5")
def test_marketing_goes_only_to_those_whose_consent_stands(db, post):
    cohort = a_cohort()
    willing = a_paid_order(cohort=cohort, email="willing@example.kz")
    withdrawn = a_paid_order(cohort=cohort, email="withdrawn@example.kz")
    a_paid_order(cohort=cohort, email="never@example.kz")
    agree(willing)
    consent = agree(withdrawn)
    letter = a_letter(cohort, is_marketing=True)
    start_cohort_letter(letter=letter, by="staff:1", at=LATER)
    withdraw_consent(consent=consent, by="user:1", at=LATER)
    list(send_cohort_letters(at=LATER))
    assert sent_to(letter) == ["willing@example.kz"]
    notice = Notice.objects.get(kind=NoticeKind.COHORT_OFFER)
    send_notice(notice_id=notice.pk, at=LATER)
    notice.refresh_from_db()
    sent = message_from_bytes(notice.stored_letter())
    assert sent["List-Unsubscribe"] == f"<{news_off_link(notice)}>"
    assert sent["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_it_goes_on_where_it_broke_off(db, monkeypatch):
    cohort = a_cohort()
    orders = [a_paid_order(cohort=cohort) for _number in range(3)]
    letter = a_letter(cohort)
    start_cohort_letter(letter=letter, by="staff:1", at=LATER)
    queue = cohort_letters.queue_notice

    def refuse(kind, **more):
        if more["order"] == orders[1].code:
            raise DatabaseError
        return queue(kind, **more)

    with monkeypatch.context() as patch:
        patch.setattr(cohort_letters, "queue_notice", refuse)
        assert [each.failed for each in job(LATER)] == [True]
    assert len(sent_to(letter)) == 2
    letter.refresh_from_db()
    assert letter.finished_at is None
    assert [each.failed for each in job(LATER)] == [False]
    assert len(sent_to(letter)) == 3


def test_words_change_until_they_go_out_and_never_after(db):
    order = a_paid_order()
    letter = a_letter(order.cohort)
    other = CohortWords("Жаңа", "Новое", "Мәтін", "Текст")
    rewrite_cohort_letter(letter=letter, words=other, by="staff:1", at=LATER)
    start_cohort_letter(letter=letter, by="staff:1", at=LATER)
    with refusal():
        rewrite_cohort_letter(letter=letter, words=WORDS, by="staff:1", at=LATER)
    with refusal():
        start_cohort_letter(letter=letter, by="staff:1", at=LATER)
    letter.refresh_from_db()
    assert letter.subject_ru == "Новое"


def test_a_letter_to_nobody_does_not_go_out(db):
    letter = a_letter(a_cohort())
    with refusal():
        start_cohort_letter(letter=letter, by="staff:1", at=LATER)


@pytest.mark.usefixtures("transactional_db")
def test_two_clocks_at_once_write_to_each_once():
    cohort = a_cohort()
    for _number in range(3):
        a_paid_order(cohort=cohort)
    a_paid_order(cohort=cohort, email="twin@example.kz")
    a_paid_order(cohort=cohort, email="twin@example.kz", name="Басқа")
    letter = a_letter(cohort)
    start_cohort_letter(letter=letter, by="staff:1", at=LATER)
    at_once([lambda: list(send_cohort_letters(at=LATER))] * 3)
    assert len(sent_to(letter)) == len(set(sent_to(letter))) == 4
    assert CohortLetterReceiver.objects.count() == 5
    assert Entry.objects.filter(verb="cohort_letter.finished").count() == 1
