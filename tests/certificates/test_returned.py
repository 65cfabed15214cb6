"""A certificate whose letter came back was not sent:
its term runs again until a letter leaves that stays away.
"""

from datetime import timedelta

import pytest

from certificates.operations import (
    confirm_sent,
    issue_certificate,
    issue_due_certificates,
    reopen_returned,
    replace_certificate,
    revoke_certificate,
    send_again,
)
from enrollment.models import Deadline
from enrollment.operations.corrections.email import correct_email
from offer_site.accounts.models import User
from offer_site.days import end_of_day
from offer_site.journal.models import Entry
from offer_site.notices.bounces import BOUNCED, record_report
from offer_site.notices.models import Notice, NoticeState
from offer_site.notices.operations import send_again as send_letter_again
from offer_site.notices.outbox import send_due_notices
from offer_site.notices.reports import read_report
from offer_site.pages.cabinet import contracts_of
from offer_site.staff.attention import needs_attention
from tests import given
from tests.notices.returned import a_report

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("short_contracts")]
AFTER = given.NOON + timedelta(
    days=65
)  # 27.01.2027; the cohort ended on 22.01.2027, the term ends on 29.01.2027


@pytest.fixture(autouse=True)
def without_broker(settings):
    settings.CELERY_TASK_ALWAYS_EAGER = True


@pytest.fixture
def certificate():
    """A certificate whose letter has left in time."""
    issued = issue_certificate(enrollment_id=given.a_completed_enrollment().pk, at=AFTER)
    send_due_notices(at=AFTER)
    assert [each.in_time for each in confirm_sent(at=AFTER)] == [True]
    return issued


def come_back(*, at, letter=None, **said):
    letter = letter or Notice.objects.filter(kind="certificate-ready").order_by("pk").last()
    raw = a_report(letter, at=at, **said)
    assert record_report(report=read_report(raw), raw=raw, at=at) == BOUNCED


def the_term() -> Deadline:
    return Deadline.objects.get(clause="9.1")


def verbs(prefix: str) -> list[str]:
    return list(
        Entry.objects.filter(verb__startswith=prefix).order_by("pk").values_list("verb", flat=True)
    )


@pytest.mark.clause("9.1", "12.1", "7.2.1")
def test_a_letter_that_came_back_lets_the_term_run_again_and_contradicts_the_acceptance(
    certificate,
):
    order = certificate.enrollment.order.code
    come_back(at=AFTER + timedelta(minutes=5))
    assert reopen_returned(at=AFTER + timedelta(minutes=5)) == [order]
    assert the_term().met_at is None
    assert verbs("service.") == ["service.accepted", "service.acceptance_contradicted"]
    assert verbs("deadline.")[-2:] == ["deadline.met", "deadline.reopened"]
    assert verbs("certificate.")[-1] == "certificate.returned"
    assert reopen_returned(at=AFTER + timedelta(minutes=6)) == []
    assert confirm_sent(at=AFTER + timedelta(minutes=6)) == []


@pytest.mark.clause("9.1")
def test_the_sweep_finds_what_a_crash_left_between_the_report_and_the_term(certificate):
    come_back(at=AFTER)
    outcomes = issue_due_certificates(at=AFTER)
    assert [(each.what, each.needs_a_person) for each in outcomes] == [("returned", True)]
    assert the_term().met_at is None


@pytest.mark.clause("9.1", "12.1.2.2")
def test_the_corrected_address_gets_it_and_meets_the_term_by_its_own_time(certificate):
    later = AFTER + timedelta(days=1)
    come_back(at=AFTER)
    reopen_returned(at=AFTER)
    order = certificate.enrollment.order
    correct_email(order=order, email="right@example.kz", by="staff:1", at=later, document="4-хат")
    notice = send_again(certificate=certificate, by=given.an_owner(), at=later)
    send_due_notices(at=later)
    assert [(each.order, each.in_time) for each in confirm_sent(at=later)] == [(order.code, True)]
    notice.refresh_from_db()
    assert notice.recipient == "right@example.kz"
    assert the_term().met_at == notice.sent_at >= later
    assert not Notice.objects.came_back().exists()
    assert verbs("service.")[-1] == "service.accepted"


@pytest.mark.clause("9.1")
def test_one_sent_again_after_the_term_is_late(certificate):
    late = end_of_day(the_term().due_on) + timedelta(hours=1)
    come_back(at=AFTER)
    reopen_returned(at=AFTER)
    send_again(certificate=certificate, by=given.an_owner(), at=late)
    send_due_notices(at=late)
    assert [each.in_time for each in confirm_sent(at=late)] == [False]


def test_where_another_letter_with_it_has_left_that_one_meets_the_term(certificate):
    later = AFTER + timedelta(hours=1)
    send_again(certificate=certificate, by=given.an_owner(), at=later)
    first = Notice.objects.filter(kind="certificate-ready").order_by("pk")[0]
    raw = a_report(first, at=later)
    record_report(report=read_report(raw), raw=raw, at=later)
    send_due_notices(at=later)
    issue_due_certificates(at=later)
    assert (
        the_term().met_at
        == Notice.objects.get(kind="certificate-ready", state=NoticeState.SENT).sent_at
    )


@pytest.mark.clause("12.1.2.2")
def test_staff_and_the_student_are_told_that_it_came_back(certificate):
    user = User.objects.create_user(certificate.enrollment.order.party.email)
    assert [contract.came_back for contract in contracts_of(user, at=AFTER)] == [False]
    come_back(at=AFTER)
    asked = {
        matter.question.query: matter.count
        for matter in needs_attention(user=given.an_owner(), at=AFTER)
    }
    assert asked["attention=came-back"] == 1
    assert "attention=dead" not in asked
    assert [contract.came_back for contract in contracts_of(user, at=AFTER)] == [True]


@pytest.mark.clause("9.1")
@pytest.mark.parametrize("is_resent", [False, True])
def test_a_late_report_of_the_first_dispatch_reopens_no_term_that_the_second_met(
    certificate, is_resent
):
    later = AFTER + timedelta(hours=1)
    come_back(at=AFTER)
    reopen_returned(at=AFTER)
    send_letter_again(notice=Notice.objects.get(kind="certificate-ready"), by="staff:1", at=later)
    send_due_notices(at=later)
    if is_resent:
        assert len(confirm_sent(at=later)) == 1
    come_back(at=AFTER, own="a second server of the first dispatch")
    assert reopen_returned(at=later) == []
    confirm_sent(at=later)
    assert the_term().met_at == Notice.objects.get(kind="certificate-ready").sent_at >= later
    assert verbs("service.") == [
        "service.accepted",
        "service.acceptance_contradicted",
        "service.accepted",
    ]


@pytest.mark.clause("9.1", "9.5")
def test_a_term_that_a_question_stopped_is_not_reopened_though_its_moment_is_that_of_a_dispatch(
    certificate,
):
    come_back(at=AFTER)
    Deadline.objects.update(stopped_for="clarification-1")
    assert reopen_returned(at=AFTER) == []
    assert the_term().met_at is not None


@pytest.mark.parametrize("decide", [replace_certificate, revoke_certificate])
@pytest.mark.parametrize("comes_back", ["before", "after"])
def test_the_returned_letter_of_a_certificate_that_stands_no_more_is_not_sent_again(
    certificate, decide, comes_back
):
    letter = Notice.objects.get(kind="certificate-ready")
    if comes_back == "before":
        come_back(at=AFTER)
    decide(certificate=certificate, reason="Тегінде қате бар еді", by=given.an_owner(), at=AFTER)
    if comes_back == "after":
        come_back(at=AFTER, letter=letter)
        reopen_returned(at=AFTER)
    with given.refusal():
        send_letter_again(notice=letter, by="staff:1", at=AFTER)
    assert letter not in Notice.objects.came_back()


@pytest.mark.parametrize("decide", [replace_certificate, revoke_certificate])
def test_the_queued_letter_of_a_certificate_that_stands_no_more_does_not_leave(decide):
    certificate = issue_certificate(enrollment_id=given.a_completed_enrollment().pk, at=AFTER)
    decide(certificate=certificate, reason="Тегінде қате бар еді", by=given.an_owner(), at=AFTER)
    outcomes = send_due_notices(at=AFTER + timedelta(minutes=1))
    of_it = Notice.objects.get(kind="certificate-ready", about_key=certificate.number)
    assert (of_it.state, of_it.withdrawn_at, of_it.sent_at) == (NoticeState.DEAD, AFTER, None)
    assert "withdrawn" in {each.result for each in outcomes}
    left = Notice.objects.filter(kind="certificate-ready", state=NoticeState.SENT)
    assert left.count() == (1 if decide is replace_certificate else 0)
    assert not Notice.objects.given_up().exists()
