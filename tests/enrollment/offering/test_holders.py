"""Contract holders are told of a later edition once, and no number of theirs moves (12.2.1)."""

from datetime import timedelta

import pytest

from enrollment.models import Acceptance, EditionNotice, Order
from enrollment.operations.offering.holders import progress_of, tell_holder, tell_of_editions
from enrollment.operations.training.enrollments import complete_enrollment
from offer_site.days import start_of_day
from offer_site.journal.models import Entry
from offer_site.notices.kinds import NoticeKind
from offer_site.notices.models import Notice
from tests.at_once import at_once
from tests.enrollment.offering.scenes import (
    IN_EFFECT,
    LAST_MOMENT,
    a_coming_edition,
    told,
)
from tests.given import NOON, a_cohort, a_paid_order, a_placed_order, an_owner

pytestmark = pytest.mark.clause("12.2.1")


def letters():
    return Notice.objects.filter(kind=NoticeKind.EDITION_COMING)


@pytest.mark.django_db
def test_each_contract_holder_gets_one_letter_with_what_changes_and_until_when(tmp_path):
    order = a_paid_order()
    a_placed_order(cohort=order.cohort)
    edition = a_coming_edition(tmp_path)

    (done,) = tell_of_editions(at=NOON)

    assert (done.edition, done.told, done.left) == (edition, 1, 0)
    letter = letters().get()
    assert letter.recipient == order.party.email
    assert letter.facts["effective_on"] == "2026-12-01"
    assert letter.facts["object_until"] == "2026-11-30"
    (change,) = letter.facts["changes_ru"]
    assert change["place"] == "10.3"
    assert change["before"].startswith("Споры")
    assert change["after"].startswith("Неурегулированные споры")
    assert f"/kk/cabinet/{order.code}/editions/{edition.name}/" in letter.facts["answer_url"]
    notice = EditionNotice.objects.get()
    assert (notice.order, notice.letter, notice.object_before) == (order, letter, IN_EFFECT)
    assert Entry.objects.filter(chain=order.code, verb="edition.told").count() == 1
    assert tell_of_editions(at=NOON) == []


@pytest.mark.django_db
def test_a_later_edition_changes_nothing_of_an_accepted_contract(tmp_path):
    order = a_paid_order()
    before = Order.objects.filter(pk=order.pk).values().get()
    accepted = Acceptance.objects.filter(order=order).values().get()
    a_coming_edition(tmp_path)
    told(order)
    assert Order.objects.filter(pk=order.pk).values().get() == before
    assert Acceptance.objects.filter(order=order).values().get() == accepted


@pytest.mark.django_db
def test_the_clock_tells_some_at_a_time_and_the_page_shows_how_far_it_is(tmp_path):
    cohort = a_cohort()
    for _number in range(3):
        a_paid_order(cohort=cohort)
    edition = a_coming_edition(tmp_path)
    (done,) = tell_of_editions(at=NOON, at_once=2)
    assert (done.told, done.left) == (2, 1)
    assert (progress_of(edition).told, progress_of(edition).left) == (2, 1)
    (done,) = tell_of_editions(at=NOON, at_once=2)
    assert (done.told, done.left) == (1, 0)
    assert letters().count() == 3


@pytest.mark.django_db
def test_who_buys_before_the_day_of_effect_is_told_and_who_buys_after_is_not(tmp_path):
    edition = a_coming_edition(tmp_path)
    cohort = a_cohort()
    before = a_paid_order(cohort=cohort, at=LAST_MOMENT - timedelta(hours=1))
    after = a_paid_order(cohort=cohort, at=IN_EFFECT)
    assert before.edition != edition
    assert after.edition == edition
    tell_of_editions(at=IN_EFFECT)
    assert EditionNotice.objects.get().order == before
    assert EditionNotice.objects.get().object_before is None  # too late to be asked


@pytest.mark.django_db
def test_a_contract_that_was_performed_is_not_told(tmp_path):
    order = a_paid_order()
    at = start_of_day(order.cohort.ends_on) + timedelta(hours=12)
    complete_enrollment(enrollment=order.enrollment, by=an_owner(), at=at)
    later = at + timedelta(days=1)
    a_coming_edition(tmp_path, at=later, effect=later.date() + timedelta(days=9))
    assert tell_of_editions(at=later) == []


@pytest.mark.django_db
def test_an_edition_in_effect_at_once_is_told_and_asks_nothing(tmp_path):
    order = a_paid_order()
    at = NOON + timedelta(hours=1)
    a_coming_edition(tmp_path, at=at, effect=NOON.date())
    notice = told(order, at=at)
    assert notice.object_before is None
    assert "object_until" not in notice.letter.facts


@pytest.mark.django_db(transaction=True)
def test_two_clocks_at_once_tell_once(tmp_path):
    order = a_paid_order()
    edition = a_coming_edition(tmp_path)
    results = at_once([lambda: tell_holder(order=order, edition=edition, at=NOON)] * 4)
    assert sorted(len(each) for each in results) == [0, 0, 0, 1]
    assert letters().count() == 1
