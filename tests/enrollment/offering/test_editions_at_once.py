"""An edition is published, withdrawn, objected to and passed over in silence, all in one moment."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.db import IntegrityError

from enrollment.models import AnswerDoor, EditionAnswer, EditionAnswerKind, EditionTalk, Order
from enrollment.operations.offering import edition_answers
from enrollment.operations.offering.edition_answers import answer_edition
from enrollment.operations.offering.offers import publish_offer, withdraw_offer
from offer_site.audit.editions import an_edition_is_answered_once_and_in_time
from offer_site.errors import RuleViolation
from offer_site.journal.models import Entry
from tests.at_once import at_once
from tests.enrollment.editions import a_later_edition
from tests.enrollment.offering.scenes import (
    LAST_MOMENT,
    READ,
    a_coming_edition,
    letters_arrive,
    record_silence,
    told,
)
from tests.given import a_paid_order, an_owner

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.clause("12.2.1")]


def a_told_contract(folder: Path):
    order = a_paid_order()
    edition = a_coming_edition(folder)
    notice = told(order)
    letters_arrive()
    return notice, edition


def objection(notice):
    """A letter of the last evening, which staff enter when silence is due."""
    return answer_edition(
        notice=notice,
        kind=EditionAnswerKind.OBJECTED,
        words="",
        door=AnswerDoor.LETTER,
        said_at=LAST_MOMENT,
        by="staff:1",
        at=READ,
    )


def test_whatever_happens_to_an_edition_in_one_moment_a_contract_has_one_answer(tmp_path):
    notice, edition = a_told_contract(tmp_path)
    before = Order.objects.filter(pk=notice.order_id).values().get()
    owner = an_owner()
    next_one = a_later_edition(tmp_path, "2026-12-20")
    results = at_once(
        [
            lambda: record_silence(at=READ),
            lambda: objection(notice),
            lambda: withdraw_offer(edition=edition, reason="2.4", by=owner, at=READ),
            lambda: publish_offer(
                folder=next_one,
                by="system",
                at=READ,
                effective_from=(READ + timedelta(days=20)).date(),
            ),
            lambda: record_silence(at=READ),
            lambda: objection(notice),
        ],
        errors=RuleViolation,
    )
    answer = EditionAnswer.objects.get(notice=notice)
    is_objected = answer.kind == EditionAnswerKind.OBJECTED
    assert EditionTalk.objects.count() == is_objected
    assert sum(isinstance(each, RuleViolation) for each in results) == 2 - is_objected
    verbs = Entry.objects.of_order(notice.order.code).filter(verb__startswith="edition.")
    answers = [each.verb for each in verbs if each.verb != "edition.told"]
    assert answers == [f"edition.{answer.kind}"]
    assert list(an_edition_is_answered_once_and_in_time(READ)) == []
    assert Order.objects.filter(pk=notice.order_id).values().get() == before
    assert Entry.objects.filter(verb="offer.withdrawn").count() == 1


@pytest.mark.faults
def test_control_without_the_orders_lock_the_second_answer_is_an_error(tmp_path, monkeypatch):
    notice, _edition = a_told_contract(tmp_path)
    monkeypatch.setattr(edition_answers.Order.objects, "people_locked", Order.objects.all)
    results = at_once(
        [lambda: objection(notice)] * 8,
        errors=(RuleViolation, IntegrityError),
    )
    assert any(isinstance(each, IntegrityError) for each in results)
    assert EditionAnswer.objects.count() == 1, "the database still keeps one"


def test_control_a_talk_beside_silence_would_be_found(tmp_path):
    a_told_contract(tmp_path)
    record_silence(at=READ)
    assert list(an_edition_is_answered_once_and_in_time(READ)) == []
    EditionTalk.objects.create(answer=EditionAnswer.objects.get(), opened_at=READ)
    assert len(list(an_edition_is_answered_once_and_in_time(READ))) == 1
