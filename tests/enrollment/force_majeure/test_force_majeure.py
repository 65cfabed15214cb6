"""Force majeure: each operation works, is refused and changes nothing, is repeated, at once."""

from functools import partial
from hashlib import sha256

import pytest
from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from enrollment.models import Deadline, ForceMajeure, ForceMajeureContract
from enrollment.operations.force_majeure.events import (
    add_proof,
    call_for_talks,
    correct_beginning,
    reject_force_majeure,
)
from enrollment.operations.force_majeure.settlements import (
    approve_end,
    propose_to_end,
    send_end_back,
    settle_force_majeure,
)
from enrollment.operations.terms.moves import move_deadlines
from offer_site.errors import RuleViolation
from offer_site.journal.models import Entry
from offer_site.notices.kinds import NoticeKind
from offer_site.notices.models import Notice
from offer_site.retention.holdings import GONE, HOLDINGS
from tests.at_once import at_once
from tests.enrollment.claims.scenes import a_claim
from tests.enrollment.conduct.scenes import reviewer
from tests.enrollment.force_majeure.scenes import (
    BEGAN_ON,
    DAY,
    a_proof,
    a_report,
    confirmed,
    over,
    proposed_to_end,
)
from tests.given import NOON, a_paid_order, a_placed_order, an_owner, refusal

pytestmark = pytest.mark.django_db


def verbs(order):
    found = Entry.objects.of_order(order.code).filter(verb__startswith="force_majeure.")
    return [entry.verb.partition(".")[2] for entry in found.order_by("number")]


def told(order):
    letters = Notice.objects.filter(kind=NoticeKind.FORCE_MAJEURE, order_code=order.code)
    return [letter.facts["stage"] for letter in letters.order_by("pk")]


def test_the_same_report_again_is_the_same_event():
    order = a_paid_order()
    assert a_report(order) == a_report(order)
    assert ForceMajeure.objects.get().files.count() == 1
    assert (verbs(order), told(order)) == (["reported"], ["reported"])


def test_it_concerns_an_open_contract_and_has_begun():
    with refusal():
        a_report(a_placed_order())
    with refusal() as refused:
        a_report(began_on=BEGAN_ON + DAY)
    assert refused.value.field == "began_on"
    assert ForceMajeure.objects.count() == 0


def test_a_report_of_the_academy_concerns_each_contract_and_tells_each_student():
    first, second = a_paid_order(), a_paid_order()
    event = a_report(first, second, side="academy", words_ru="Наводнение")
    assert event.contracts.count() == 2
    assert told(first) == told(second) == ["told"]


def test_an_event_is_judged_once():
    event = confirmed(a_report())
    with refusal():
        confirmed(event)
    with refusal():
        reject_force_majeure(event=event, reason="жоқ", by=an_owner(), at=NOON)
    event.refresh_from_db()
    assert event.rejected_at is None


def test_an_event_that_is_not_confirmed_moves_nothing_and_says_why():
    order = a_paid_order()
    term = a_claim(order).answer_term
    event = reject_force_majeure(event=a_report(order), reason="Жоқ", by=an_owner(), at=NOON)
    with refusal():
        over(event, BEGAN_ON)
    with refusal():
        add_proof(event=event, files=(a_proof(),), by="user:1", at=NOON)
    assert Deadline.objects.get(pk=term.pk).due_on == term.due_on
    assert told(order) == ["reported", "rejected"]


@pytest.mark.parametrize("ended_on", [BEGAN_ON - DAY, BEGAN_ON + 11 * DAY])
def test_it_ends_neither_before_it_began_nor_in_days_to_come(ended_on):
    event = confirmed(a_report())
    with refusal() as refused:
        over(event, ended_on)
    assert refused.value.field == "ended_on"


def test_the_end_is_recorded_once_and_moves_once():
    order = a_paid_order()
    claim = a_claim(order)
    event = confirmed(a_report(order))
    over(event, BEGAN_ON + 4 * DAY)
    due_on = Deadline.objects.get(pk=claim.answer_term_id).due_on
    with refusal():
        over(event, BEGAN_ON + 4 * DAY)
    assert Deadline.objects.get(pk=claim.answer_term_id).due_on == due_on
    assert Entry.objects.filter(verb="deadline.moved").count() == 1


def test_a_length_that_is_none_is_an_error():
    with pytest.raises(ValueError, match="from one day on"):
        move_deadlines(
            order=a_paid_order(),
            event=(BEGAN_ON, BEGAN_ON),
            days=0,
            because="force-majeure 1",
            at=NOON,
        )


def test_the_database_refuses_an_end_before_the_beginning():
    event = a_report()
    with pytest.raises(IntegrityError), transaction.atomic():
        ForceMajeure.objects.filter(pk=event.pk).update(ended_on=BEGAN_ON - DAY)


def test_nothing_is_settled_before_the_month_or_twice():
    order = a_paid_order()
    event = confirmed(a_report(order))
    contract = event.contracts.get()
    values = {"contract": contract, "agreed": "Онлайн жалғасады", "by": an_owner()}
    with refusal():
        settle_force_majeure(at=NOON + 20 * DAY, **values)
    call_for_talks(at=event.talks_from)
    settle_force_majeure(at=event.talks_from, **values)
    with refusal():
        propose_to_end(at=event.talks_from, **values)
    order.refresh_from_db()
    assert order.state == "paid"
    assert not ForceMajeure.objects.to_settle(event.talks_from).exists()


def ends_at_once():
    order = a_paid_order()
    claim = a_claim(order)
    event = confirmed(a_report(order))
    an_owner()
    works = [lambda: over(event, BEGAN_ON + 4 * DAY)] * 4
    return claim, at_once(works, errors=RuleViolation)


@pytest.mark.django_db(transaction=True)
def test_of_ends_at_once_one_moves_the_terms():
    claim, results = ends_at_once()
    assert [type(each) for each in results].count(RuleViolation) == 3
    assert Entry.objects.filter(verb="deadline.moved").count() == 1
    assert ForceMajeureContract.objects.get().moved_days == 5
    assert (
        Deadline.objects.get(pk=claim.answer_term_id).due_on == claim.answer_term.due_on + 5 * DAY
    )


@pytest.mark.clause("8.6")
@pytest.mark.django_db(transaction=True)
def test_of_two_overlapping_events_that_end_at_once_the_common_days_count_once():
    order = a_paid_order()
    claim = a_claim(order)
    mine = confirmed(a_report(order))
    theirs = confirmed(a_report(order, side="academy"))
    an_owner()
    at_once([partial(over, each, BEGAN_ON + 4 * DAY) for each in (mine, theirs)])
    assert Entry.objects.filter(verb="deadline.moved").count() == 1
    assert (
        Deadline.objects.get(pk=claim.answer_term_id).due_on == claim.answer_term.due_on + 5 * DAY
    )


def approvals_at_once() -> list[object]:
    order = a_paid_order()
    event = confirmed(a_report(order))
    contract = proposed_to_end(event)
    person = reviewer()
    approve = partial(approve_end, contract=contract, by=person, at=event.talks_from)
    back = partial(send_end_back, contract=contract, reason="жоқ", by=person, at=event.talks_from)
    return at_once([approve, back] * 2, errors=(RuleViolation, IntegrityError))


@pytest.mark.clause("8.6", "12.5")
@pytest.mark.django_db(transaction=True)
def test_of_approvals_and_returns_at_once_one_counts():
    results = approvals_at_once()
    assert [type(each) for each in results].count(RuleViolation) == 3
    contract = ForceMajeureContract.objects.select_related("order").get()
    assert (contract.settlement == "ended") == (contract.order.state == "terminated")
    decided = ["force_majeure.settled", "force_majeure.ending_returned"]
    assert Entry.objects.filter(verb__in=decided).count() == 1


@pytest.mark.faults
@pytest.mark.django_db(transaction=True)
def test_without_locks_more_than_one_decision_would_count(monkeypatch):
    person = reviewer()
    monkeypatch.setattr(QuerySet, "select_for_update", lambda self, *args, **kwargs: self)
    for _attempt in range(20):
        results = approvals_at_once()
        if [type(each) for each in results].count(RuleViolation) < 3:
            return
    pytest.fail(f"the race was never lost by {person}: the test could not fail")


@pytest.mark.parametrize("other", [{"proposed_by": "staff:2"}, {"proposed_by": ""}])
def test_the_database_refuses_an_end_by_one_person(other):
    contract = proposed_to_end(confirmed(a_report()))
    with pytest.raises(IntegrityError), transaction.atomic():
        ForceMajeureContract.objects.filter(pk=contract.pk).update(
            settlement="ended", settled_at=NOON, settled_by="staff:2", **other
        )


def test_an_end_that_is_proposed_waits_for_its_decision():
    event = confirmed(a_report())
    contract = proposed_to_end(event)
    again = {"contract": contract, "agreed": "", "by": an_owner(), "at": event.talks_from}
    with refusal():
        propose_to_end(**again)
    with refusal():
        settle_force_majeure(**again)
    with refusal():
        correct_beginning(
            event=event, began_on=BEGAN_ON, reason="қате", by=an_owner(), at=event.talks_from
        )


@pytest.mark.clause("11.2")
def test_why_a_first_day_was_corrected_stands_on_the_event_and_in_no_journal():
    first = a_paid_order()
    second = a_paid_order(cohort=first.cohort)
    event = a_report(first, second, began_on=BEGAN_ON + DAY, at=NOON + 2 * DAY)
    for number, began_on in enumerate((BEGAN_ON + 2 * DAY, BEGAN_ON)):
        reason = f"Айгүл {number} рет қателесті"
        at = NOON + (2 + number) * DAY
        correct_beginning(event=event, began_on=began_on, reason=reason, by=an_owner(), at=at)
    event.refresh_from_db()
    assert event.corrected_because.splitlines() == [
        "Айгүл 0 рет қателесті",
        "Айгүл 1 рет қателесті",
    ]
    for order in (first, second):
        rows = Entry.objects.filter(chain=order.code, verb="force_majeure.corrected")
        digests = [each.facts["reason_sha256"] for each in rows.order_by("number")]
        assert digests == [
            sha256(line.encode()).hexdigest() for line in event.corrected_because.splitlines()
        ]
        assert "Айгүл" not in str([each.facts for each in rows])
    holding = next(each for each in HOLDINGS if each.model is ForceMajeure)
    holding.erase(ForceMajeure.objects.all())
    event.refresh_from_db()
    assert event.corrected_because == GONE


def test_no_more_than_came_goes_back():
    event = confirmed(a_report())
    with refusal() as refused:
        proposed_to_end(event, owed=event.contracts.get().order.price + 1)
    assert refused.value.field == "owed"


@pytest.mark.faults
@pytest.mark.django_db(transaction=True)
def test_without_locks_more_than_one_would_move_them(monkeypatch):
    monkeypatch.setattr(QuerySet, "select_for_update", lambda self, *args, **kwargs: self)
    for _attempt in range(20):
        try:
            _claim, results = ends_at_once()
        except IntegrityError:
            return
        if [type(each) for each in results].count(RuleViolation) < 3:
            return
    pytest.fail("the race was never lost: the test could not fail")
