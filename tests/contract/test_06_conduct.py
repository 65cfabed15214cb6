"""Section 6 of the offer, 7.2.8 and 11.5: a breach shuts off access at once, and is reviewed."""

from datetime import timedelta

import pytest
import time_machine
from django.core.files.storage import default_storage
from django.urls import reverse

from enrollment.models import Breach, BreachStatement, Order, Suspension
from enrollment.operations.access.questions import access_now
from enrollment.operations.conduct.breaches import (
    add_evidence,
    object_to_breach,
    read_objections,
    record_breach,
    restore_access,
    review_breach,
)
from enrollment.operations.conduct.edition import rules_of
from enrollment.operations.halves.suspensions import suspend_overdue
from enrollment.rules.access import ClosedBy
from enrollment.rules.conduct import Verdict
from offer_site.days import end_of_day, start_of_day
from offer_site.journal.models import Entry
from offer_site.notices.kinds import NoticeKind
from offer_site.notices.models import Notice
from tests.accounts.signing import signed_in
from tests.enrollment.conduct.scenes import (
    HOUR,
    LESSONS,
    REASONS,
    SOON,
    a_breach,
    a_reviewed_breach,
    a_student,
    curator,
    owner_of,
    reviewer,
)
from tests.enrollment.halves.scenes import REST_ON, a_half_paid_order, pay_the_rest
from tests.given import NOON, a_completed_enrollment, a_placed_order, an_owner, refusal
from tests.papers import PDF, a_document

pytestmark = pytest.mark.django_db
LATER = SOON + HOUR


def letters(kind):
    return Notice.objects.filter(kind=kind)


# --- The rules are the edition's own
@pytest.mark.clause("6.3", "6.4", "7.2.8", "11.5")
def test_the_rules_to_choose_from_are_the_words_of_the_edition():
    rules = {rule.key: rule for rule in rules_of(a_student().edition)}
    counts = dict.fromkeys(("6.3", "6.4", "7.2.8", "11.5"), 0)
    for rule in rules.values():
        counts[rule.clause] += 1
    assert counts == {"6.3": 6, "6.4": 1, "7.2.8": 1, "11.5": 1}
    assert "ненормативной лексики" in rules["6.3-3"].words_ru
    assert "аудио, бейне хабарламаларды" in rules["6.3-3"].words_kk
    assert rules["11.5-1"].words_ru.startswith("Пользователь обязуется соблюдать")


@pytest.mark.clause("6.3", "6.5")
def test_a_breach_keeps_the_rule_what_happened_when_and_who_says_so():
    order = a_student()
    breach = a_breach(order, rule="6.3-3", document=a_document())
    assert (breach.number, breach.clause, breach.recorded_at) == (1, "6.3", SOON)
    assert (breach.happened_at, breach.what) == (
        SOON - timedelta(minutes=10),
        "Чатта дөрекі сөз жазды.",
    )
    row = Entry.objects.of_order(order.code).get(verb="breach.recorded")
    assert (row.clause, row.by, row.facts["what"]) == ("6.3", breach.recorded_by, breach.digest())
    assert "дөрекі" not in str(row.facts), "the journal holds no personal words"


# --- Access
@pytest.mark.clause("6.5")
@pytest.mark.parametrize("rule", ["6.3-1", "6.4-1"])
def test_access_is_shut_off_at_once_in_every_session(rule):
    with time_machine.travel(SOON, tick=False):
        order = a_student()
        browsers = [signed_in(order.party.email) for _each in range(2)]
        lessons = reverse("cabinet_lessons", args=[order.code])
        assert [browser.get(lessons)["Location"] for browser in browsers] == [LESSONS, LESSONS]
        a_breach(order, rule=rule)
        for browser in browsers:
            assert browser.get(lessons)["Location"] == reverse("cabinet")
            shown = browser.get(reverse("cabinet")).content.decode()
            assert lessons not in shown
            assert reverse("cabinet_breach", args=[order.code, 1]) in shown
    assert access_now(order, at=SOON).closed_by == (ClosedBy.BREACH,)
    shut = Suspension.objects.get()
    assert (shut.clause, shut.begun_at, shut.breach.number) == ("6.5", SOON, 1)


@pytest.mark.clause("6.5", "7.2.8", "11.5")
@pytest.mark.parametrize("rule", ["7.2.8-1", "11.5-1"])
def test_what_6_5_does_not_name_shuts_off_only_if_6_3_or_6_4_is_broken_too(rule):
    order = a_student()
    assert not a_breach(order, rule=rule).shuts_off
    assert access_now(order, at=SOON).is_open
    assert a_breach(order, rule=rule, at=LATER, also_shuts_off=True).shuts_off
    assert not access_now(order, at=LATER).is_open


@pytest.mark.clause("6.5")
def test_the_student_is_told_the_rule_and_how_to_object():
    breach = a_breach(rule="6.3-3")
    letter = letters(NoticeKind.BREACH_RECORDED).get()
    assert (letter.recipient, letter.facts["clause"]) == (breach.order.party.email, "6.3")
    assert letter.facts["rule_kk"] == breach.words_kk
    assert letter.facts["rule_ru"] == breach.words_ru
    assert letter.facts["is_closed"] == "yes"
    assert letter.facts["breach_url"].endswith(f"/cabinet/{breach.order.code}/breaches/1/")
    assert "дөрекі сөз жазды" not in str(letter.facts), "what happened is read in the cabinet"


@pytest.mark.clause("6.5", "4.3.1")
def test_all_reasons_stand_and_access_opens_only_when_the_last_is_gone():
    order = a_half_paid_order()
    at = end_of_day(REST_ON)
    breach = a_breach(order, at=at)
    suspend_overdue(at=at)
    both = (ClosedBy.REST_UNPAID, ClosedBy.BREACH)
    assert access_now(order, at=at).closed_by == both
    pay_the_rest(order, at=at + HOUR)
    assert access_now(order, at=at + HOUR).closed_by == (ClosedBy.BREACH,)
    assert letters(NoticeKind.ACCESS_RESTORED).count() == 0
    assert letters(NoticeKind.REST_PAID).count() == 1
    restore_access(breach=breach, reason="кешірім сұрады", by=reviewer(), at=at + 2 * HOUR)
    assert access_now(order, at=at + 2 * HOUR).is_open
    assert letters(NoticeKind.ACCESS_RESTORED).count() == 1


@pytest.mark.clause("6.5")
def test_each_of_two_breaches_closes_by_itself():
    order = a_student()
    first = a_breach(order)
    second = a_breach(order, rule="6.3-3", at=LATER)
    restore_access(breach=first, reason="түсінбестік", by=reviewer(), at=LATER)
    assert not access_now(order, at=LATER).is_open
    assert letters(NoticeKind.ACCESS_RESTORED).count() == 0
    restore_access(breach=second, reason="түсінбестік", by=reviewer(), at=LATER)
    assert access_now(order, at=LATER).is_open
    assert letters(NoticeKind.ACCESS_RESTORED).count() == 1


# --- Review and restoring
@pytest.mark.clause("6.5")
def test_restoring_is_a_recorded_decision_with_its_reason_and_the_breach_stands():
    breach = a_breach()
    restore_access(breach=breach, reason="кешірім сұрады", by=reviewer(), at=LATER)
    ended = Suspension.objects.get()
    assert (ended.ended_at, ended.end_reason) == (LATER, "кешірім сұрады")
    assert Entry.objects.of_order(breach.order.code).filter(verb="enrollment.restored").count() == 1
    assert Breach.objects.standing().count() == 1
    with refusal():
        restore_access(breach=breach, reason="тағы", by=reviewer(), at=LATER)
    assert letters(NoticeKind.ACCESS_RESTORED).count() == 1


@pytest.mark.clause("6.5")
def test_a_withdrawn_breach_opens_access_and_counts_for_nothing():
    breach = a_reviewed_breach(Verdict.WITHDRAWN)
    assert access_now(breach.order, at=LATER).is_open
    assert not Breach.objects.standing().exists()
    letter = letters(NoticeKind.BREACH_REVIEWED).get()
    assert (letter.facts["verdict"], letter.facts["is_open"]) == ("withdrawn", "yes")
    with refusal():
        review_breach(breach=breach, verdict="confirmed", by=reviewer(), at=LATER, **REASONS)


@pytest.mark.clause("6.5")
def test_a_confirmed_breach_keeps_access_closed():
    breach = a_reviewed_breach(Verdict.CONFIRMED)
    assert not access_now(breach.order, at=LATER).is_open
    assert letters(NoticeKind.BREACH_REVIEWED).get().facts["is_open"] == ""


@pytest.mark.clause("6.5")
def test_nobody_reviews_the_own_record():
    breach = a_breach()
    with refusal():
        review_breach(breach=breach, verdict="confirmed", by=curator(), at=LATER, **REASONS)
    breach.refresh_from_db()
    assert (breach.verdict, breach.reviewed_at) == ("", None)
    assert letters(NoticeKind.BREACH_REVIEWED).count() == 0


@pytest.mark.clause("6.5")
def test_a_confirmed_breach_can_be_withdrawn_after_an_objection():
    breach = a_reviewed_breach(Verdict.CONFIRMED)
    user = owner_of(breach.order)
    object_to_breach(breach=breach, text="Мен емес едім", document=None, by=user, at=LATER)
    assert Breach.objects.with_objection_to_read().get() == breach
    read_objections(breach=breach, by=reviewer(), at=LATER)
    assert not Breach.objects.with_objection_to_read().exists()
    review_breach(breach=breach, verdict="withdrawn", by=reviewer(), at=LATER + HOUR, **REASONS)
    assert access_now(breach.order, at=LATER + HOUR).is_open


# --- Evidence
@pytest.mark.clause("6.5")
def test_evidence_is_kept_encrypted_and_in_order():
    breach = a_breach(document=a_document())
    add_evidence(breach=breach, text="Скриншот", document=None, by=curator(), at=LATER)
    first, second = BreachStatement.objects.order_by("number")
    assert (first.number, second.number, second.text) == (1, 2, "Скриншот")
    with open(default_storage.path(first.document), "rb") as stored:
        assert PDF not in stored.read()
    with refusal():
        add_evidence(breach=breach, text="", document=None, by=curator(), at=LATER)


# --- 11.5 and 11.6
@pytest.mark.clause("11.5", "11.6")
def test_a_confirmed_infringement_of_11_5_opens_the_demand_of_the_edition():
    breach = a_breach(rule="11.5-1")
    assert (breach.demand, breach.demanded_at) == (1_000_000, None)
    breach = review_breach(breach=breach, verdict="confirmed", by=reviewer(), at=LATER, **REASONS)
    assert breach.demanded_at == LATER
    assert Breach.objects.with_demand().get() == breach
    assert letters(NoticeKind.BREACH_REVIEWED).get().facts["demanded"] == 1_000_000
    review_breach(breach=breach, verdict="withdrawn", by=reviewer(), at=LATER + HOUR, **REASONS)
    assert not Breach.objects.with_demand().exists()


@pytest.mark.clause("11.5")
def test_after_the_course_only_11_5_binds():
    order = a_completed_enrollment().order
    at = start_of_day(order.cohort.ends_on) + timedelta(days=9)
    with refusal():
        a_breach(order, rule="6.4-1", at=at)
    a_breach(order, rule="11.5-1", at=at, also_shuts_off=True)
    assert not Suspension.objects.exists(), "there is nothing left to shut off"


# --- Refused, repeated
@pytest.mark.clause("6.5")
def test_without_a_contract_and_outside_its_time_nothing_is_recorded():
    unpaid = a_placed_order()
    with refusal():
        a_breach(unpaid)
    order = a_student()
    for happened_at in (SOON + HOUR, NOON - HOUR):
        with refusal() as refused:
            a_breach(order, happened_at=happened_at)
        assert refused.value.field == "happened_at"
    with refusal() as refused:
        a_breach(order, rule="6.9-1")
    assert refused.value.field == "rule"
    assert not Breach.objects.exists()
    assert not Suspension.objects.exists()


@pytest.mark.clause("6.5")
def test_the_same_breach_again_is_the_same_row():
    order = a_student()
    first = a_breach(order, document=a_document())
    again = record_breach(
        order=order,
        rule=first.rule,
        happened_at=first.happened_at,
        what=first.what,
        document=a_document(),
        by=an_owner(),
        at=LATER,
    )
    assert again == first
    assert (Breach.objects.count(), BreachStatement.objects.count()) == (1, 1)
    assert letters(NoticeKind.BREACH_RECORDED).count() == 1
    assert Order.objects.get(pk=order.pk).state == "paid"
