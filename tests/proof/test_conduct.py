"""The proof of a contract tells every breach, and what ended it early (6.5, 12.4, 12.5)."""

import pytest

from enrollment.models import Order
from enrollment.operations.endings.provider import approve_provider_ending
from enrollment.rules.endings import Ground
from offer_site.proof.performance import performance
from tests.enrollment.conduct.scenes import (
    HOUR,
    SOON,
    a_breach,
    a_proposal,
    a_reviewed_breach,
    a_student,
    an_ending,
    reviewer,
)

pytestmark = pytest.mark.django_db


@pytest.mark.clause("6.5", "12.5")
def test_breaches_and_ends_stand_in_the_proof():
    order = a_student()
    a_reviewed_breach("withdrawn", order)
    a_breach(order, rule="6.3-3")
    a_proposal(order)
    ending = an_ending(order, 2, ground=Ground.ONE, owed=30_000)
    approve_provider_ending(ending=ending, by=reviewer(), at=SOON + HOUR)
    part = performance(Order.objects.with_people().get(pk=order.pk))
    first, second = part.facts["breaches"]
    assert (first["verdict"], second["verdict"], second["clause"]) == ("withdrawn", "", "6.3")
    assert part.facts["endings_by_academy"][0]["breaches"] == [2]
    assert part.facts["ending_proposals"][0]["returned"] == 0
    assert [chapter.key for chapter in part.chapters] == ["access", "breaches", "endings"]


def test_without_any_the_proof_says_that_no_breach_was_recorded():
    part = performance(a_student())
    assert part.facts["breaches"] == []
    assert [chapter.key for chapter in part.chapters] == ["access", "breaches"]
