"""Section 8 of the offer: a force majeure puts off every running term by its length (8.6)."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from enrollment.models import Deadline, DeadlineMove, Debtor, Order
from enrollment.operations.terms.deadlines import meet_deadline, open_deadline
from offer_site.days import end_of_day
from offer_site.journal.models import Entry
from offer_site.notices.models import Notice
from tests.audit.asked import all_that_is_false
from tests.enrollment.clarifications import a_sent_question
from tests.enrollment.force_majeure.scenes import put_off_by
from tests.given import NOON, a_paid_order

pytestmark = [pytest.mark.django_db, pytest.mark.clause("8.6")]
LATER = NOON + timedelta(days=1)


@pytest.fixture(autouse=True)
def without_broker(settings):
    settings.CELERY_TASK_ALWAYS_EAGER = True


@transaction.atomic
def put_off(order: Order, days: int = 10, *, because: str = "force-majeure 1", **wishes):
    locked = Order.objects.people_locked().with_people().get(pk=order.pk)
    return put_off_by(locked, days, because=because, at=LATER, by="staff:1", **wishes)


def a_claim_to_answer(order: Order) -> Deadline:
    return open_deadline(
        order=order,
        clause="10.2.3",
        days=10,
        in_working_days=False,
        event_on=date(2026, 11, 26),
        owed_by=Debtor.ACADEMY,
        at=NOON,
    )


def test_every_running_term_of_the_contract_moves_by_the_length_to_a_working_day():
    order = a_sent_question().order
    claim = a_claim_to_answer(order)
    other = a_claim_to_answer(a_paid_order())
    answer = Deadline.objects.running().get(order=order, clause="9.5")
    assert (answer.due_on, claim.due_on) == (date(2026, 11, 26), date(2026, 12, 7))
    put_off(order)
    answer.refresh_from_db()
    claim.refresh_from_db()
    assert answer.due_on == answer.told_on == date(2026, 12, 7)  # the tenth day is a Sunday
    assert answer.due_before == end_of_day(answer.due_on)
    assert claim.due_on == claim.told_on == date(2026, 12, 17)
    assert Deadline.objects.get(pk=other.pk).due_on == date(2026, 12, 7)
    assert all_that_is_false() == []


def test_a_term_that_was_met_keeps_its_day():
    order = a_paid_order()
    a_claim_to_answer(order)
    meet_deadline(order=order, clause="10.2.3", at=NOON)
    assert put_off(order) == []
    assert Deadline.objects.get().due_on == date(2026, 12, 7)
    assert not Notice.objects.filter(kind="terms-moved").exists()


def test_the_move_stands_in_a_row_and_in_the_journal():
    order = a_paid_order()
    a_claim_to_answer(order)
    (move,) = put_off(order, 3)
    assert (move.from_on, move.to_on, move.days) == (date(2026, 12, 7), date(2026, 12, 10), 3)
    entry = Entry.objects.get(chain=order.code, verb="deadline.moved")
    assert (entry.by, entry.clause) == ("staff:1", "10.2.3")
    assert entry.facts["because"] == "force-majeure 1"
    assert (entry.facts["days"], entry.facts["to_on"]) == (3, "2026-12-10")


def test_the_same_force_majeure_moves_a_term_once_and_another_once_more():
    order = a_paid_order()
    a_claim_to_answer(order)
    assert len(put_off(order, 3)) == 1
    assert put_off(order, 3) == []
    assert len(put_off(order, 1, because="force-majeure 2")) == 1
    assert [move.number for move in DeadlineMove.objects.all()] == [1, 2]
    assert Deadline.objects.get().due_on == date(2026, 12, 11)
    assert all_that_is_false() == []


def test_the_student_is_told_the_new_days_in_one_letter_unless_the_caller_tells():
    order = a_sent_question().order
    a_claim_to_answer(order)
    put_off(order)
    letter = Notice.objects.get(kind="terms-moved")
    assert letter.recipient == order.party.email
    assert [
        (each["what_ru"], each["from_on"], each["to_on"]) for each in letter.facts["terms"]
    ] == [
        (
            "ответить на вопрос о получателе сертификата",
            "26.11.2026",
            "07.12.2026",
        ),
        ("ответить на претензию", "07.12.2026", "17.12.2026"),
    ]
    put_off(order, because="force-majeure 2", tells=False)
    assert Notice.objects.filter(kind="terms-moved").count() == 1


@pytest.mark.parametrize("days", [0, -1, 4000])
def test_a_length_that_is_none_is_refused_and_nothing_moves(days):
    order = a_paid_order()
    a_claim_to_answer(order)
    with pytest.raises(ValueError, match="force majeure"):
        put_off(order, days)
    assert not DeadlineMove.objects.exists()


def test_the_database_refuses_a_move_that_shortens_or_says_nothing_of_its_ground():
    order = a_paid_order()
    a_claim_to_answer(order)
    (move,) = put_off(order)
    for broken in ({"days": 0}, {"to_on": move.from_on - timedelta(days=1)}):
        wrong = DeadlineMove(
            deadline=move.deadline,
            number=9,
            because="x",
            from_calendar="",
            to_calendar="",
            at=LATER,
            by="staff:1",
            **({"from_on": move.from_on, "to_on": move.to_on, "days": 1} | broken),
        )
        with pytest.raises(IntegrityError), transaction.atomic():
            wrong.save()
