"""The million of 11.6: for a breach that another person confirmed, and once for each."""

import pytest
from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from enrollment.models import Claim, ClaimKind
from enrollment.operations.claims.filing import claim_against_student
from enrollment.operations.conduct.breaches import record_breach, review_breach
from offer_site.errors import RuleViolation
from offer_site.journal.models import Entry
from offer_site.notices.kinds import NoticeKind
from offer_site.notices.models import Notice
from tests.at_once import at_once
from tests.enrollment.claims.scenes import DAY, a_counterclaim, an_infringement, as_it_is, words
from tests.given import NOON, a_paid_order, an_owner, refusal
from tests.payments.refunds.scenes import a_person
from tests.services import on_sqlite
from tests.unprotected import take_protection_away

pytestmark = [pytest.mark.django_db, pytest.mark.clause("11.5", "11.6")]


def demanded(order, breach, *, kind=ClaimKind.INFRINGEMENT, clause="11.5", **wishes):
    return claim_against_student(
        order=order,
        words=words(kind=kind, **wishes),
        clause=clause,
        breach=breach,
        by=an_owner(),
        at=NOON + DAY,
    )[0]


def a_breach(order, *, rule="11.5-1", at=NOON):
    return record_breach(
        order=order, rule=rule, happened_at=at, what="Таратты", by=a_person("mentor"), at=at
    )


def withdrawn(breach):
    reasons = {"reasons_kk": "Қате", "reasons_ru": "Ошибка"}
    return review_breach(
        breach=breach, verdict="withdrawn", by=a_person("reviewer"), at=NOON + 2 * DAY, **reasons
    )


def test_it_is_demanded_for_a_confirmed_breach_of_the_order_alone():
    order = a_paid_order()
    another = an_infringement(a_paid_order())
    rude = a_breach(order, rule="6.4-1")
    for breach in (None, a_breach(order), rude, another):
        with refusal() as refused:
            demanded(order, breach)
        assert (refused.value.clause, refused.value.field) == ("11.6", "breach")
    assert not Claim.objects.exists()
    assert not Entry.objects.filter(verb="claim.filed").exists()


def test_other_words_do_not_demand_it_a_second_time():
    order = a_paid_order()
    breach = an_infringement(order)
    claim = demanded(order, breach)
    assert (claim.amount, claim.breach) == (1_000_000, breach)
    assert demanded(order, breach) == claim
    with refusal() as refused:
        demanded(order, breach, demand="Тағы миллион")
    assert claim.number in str(refused.value)
    second = an_infringement(order, at=NOON + DAY)
    assert demanded(order, second) != claim


@pytest.mark.parametrize("clause", ["11.5", "11.6", " 11.6.", "11.5.1"])
@pytest.mark.parametrize("kind", [ClaimKind.DAMAGES, ClaimKind.OTHER])
def test_another_name_does_not_demand_it_either(kind, clause):
    order = a_paid_order()
    with refusal() as refused:
        demanded(order, None, kind=kind, clause=clause, amount=1_000_000)
    assert refused.value.field == "kind"
    assert not Claim.objects.exists()


def test_a_breach_that_is_withdrawn_takes_its_open_claim_back():
    claim = a_counterclaim()
    withdrawn(claim.breach)
    assert as_it_is(claim).withdrawn_at == NOON + 2 * DAY
    letter = Notice.objects.get(kind=NoticeKind.CLAIM_WITHDRAWN)
    assert (letter.recipient, letter.facts["of"]) == (claim.order.party.email, "academy")


def test_the_database_keeps_one_claim_an_infringement():
    claim = a_counterclaim()
    with pytest.raises(IntegrityError), transaction.atomic():
        Claim.objects.filter(pk=claim.pk).update(kind=ClaimKind.DAMAGES)
    twice = Claim.objects.get(pk=claim.pk)
    twice.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        twice.save(force_insert=True)


@pytest.mark.django_db(transaction=True)
def test_of_two_demands_at_once_one_stands():
    results, claims = two_demands_at_once(errors=RuleViolation)
    assert [type(each) for each in results].count(RuleViolation) == 1
    assert claims == 1


def two_demands_at_once(*, errors):
    """What each came to, and how many claims of the one breach there are."""
    order = a_paid_order()
    breach = an_infringement(order)
    works = [lambda text=text: demanded(order, breach, demand=text) for text in ("Бір", "Екі")]
    results = at_once(works, errors=errors)
    return results, Claim.objects.filter(breach=breach).count()


@pytest.mark.faults
@pytest.mark.skipif(on_sqlite(), reason="SQLite has one writer at a time")
@pytest.mark.django_db(transaction=True)
def test_control_without_lock_and_constraint_it_is_demanded_twice(monkeypatch):
    """The test above can fail."""
    take_protection_away(
        monkeypatch, "enrollment_claim", "enrollment_deadline", "journal_entry", "notices_notice"
    )
    for _round in range(8):
        _results, claims = two_demands_at_once(errors=Exception)
        if claims == 2:
            return
    pytest.fail("nothing was demanded twice: the test could not fail")


@pytest.mark.faults
@pytest.mark.skipif(on_sqlite(), reason="SQLite has one writer at a time")
@pytest.mark.django_db(transaction=True)
def test_control_without_lock_the_database_refuses_the_second(monkeypatch):
    """The constraint holds alone too, but says it in no words."""
    monkeypatch.setattr(QuerySet, "select_for_update", lambda self, *args, **kwargs: self)
    for _round in range(8):
        results, claims = two_demands_at_once(errors=(RuleViolation, IntegrityError))
        assert claims == 1
        if any(isinstance(each, IntegrityError) for each in results):
            return
    pytest.fail("the lock was not missed: the test could not fail")
