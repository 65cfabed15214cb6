"""The sweep hands certificates to a worker; a lost worker loses nothing."""

import os
from datetime import UTC, datetime, timedelta

import pytest
from celery import current_app

from certificates.models import QUEUED_FOR, Certificate
from certificates.operations import issue_due_certificates
from enrollment.models import Deadline
from offer_site.notices.models import Notice
from tests import given
from tests.at_once import at_once
from tests.mailbox import wait_for
from tests.processes import free_port
from tests.sites import manage

NOW = datetime(2027, 1, 27, 7, 0, tzinfo=UTC)


@pytest.mark.clause("9.1")
def test_what_is_due_is_handed_to_a_worker_who_issues_it(celery_worker):
    cohort = given.a_cohort()
    orders = {given.a_completed_enrollment(cohort=cohort).order.code for _ in range(2)}
    outcomes = issue_due_certificates(at=NOW)
    wait_for(
        lambda: Notice.objects.filter(kind="certificate-ready", state="sent").count() == 2,
        seconds=60,
    )
    sent = issue_due_certificates(at=NOW)
    assert {(outcome.what, outcome.order) for outcome in outcomes} == {
        ("handed", code) for code in orders
    }
    assert {(outcome.what, outcome.order) for outcome in sent} == {
        ("sent", code) for code in orders
    }
    assert Certificate.objects.live().rendered().count() == 2
    assert not Deadline.objects.running().filter(clause="9.1").exists()


@pytest.mark.django_db(transaction=True)
def test_what_lies_in_the_queue_is_not_handed_over_again_until_it_is_believed_lost():
    given.a_completed_enrollment()
    first = issue_due_certificates(at=NOW)
    hour_later = issue_due_certificates(at=NOW + timedelta(hours=1))
    lost = issue_due_certificates(at=NOW + QUEUED_FOR)
    assert [[outcome.what for outcome in run] for run in (first, hour_later, lost)] == [
        ["handed"],
        [],
        ["handed"],
    ]
    assert not Certificate.objects.rendered().exists()
    current_app.control.purge()


@pytest.mark.django_db(transaction=True)
def test_sweeps_at_once_hand_each_certificate_over_once():
    cohort = given.a_cohort()
    orders = [given.a_completed_enrollment(cohort=cohort).order.code for _ in range(6)]
    current_app.control.purge()  # the bells of letters
    runs = at_once([lambda: issue_due_certificates(at=NOW)] * 4)
    handed = [outcome.order for run in runs for outcome in run if outcome.what == "handed"]
    assert sorted(handed) == sorted(orders)
    assert current_app.control.purge() == len(orders)


@pytest.mark.clause("9.1")
@pytest.mark.django_db(transaction=True)
def test_the_earliest_deadline_is_numbered_first():
    late = given.a_cohort()
    early = given.a_cohort(starts_on=given.STARTS_ON - timedelta(days=5))
    enrollments = [given.a_completed_enrollment(cohort=cohort) for cohort in (late, early)]
    outcomes = issue_due_certificates(at=NOW)
    assert [outcome.order for outcome in outcomes] == [
        each.order.code for each in reversed(enrollments)
    ]
    assert [outcome.number for outcome in outcomes] == ["LZA-2027-000001", "LZA-2027-000002"]
    current_app.control.purge()


@pytest.mark.django_db(transaction=True)
def test_without_a_broker_the_sweep_issues_by_itself():
    order = given.a_completed_enrollment().order.code
    nobody = {
        **os.environ,
        "REDIS_URL": f"redis://127.0.0.1:{free_port()}/0",
        "LOG_LEVEL": "CRITICAL",
    }
    said = manage(nobody, "issue_certificates", check=False)
    certificate = Certificate.objects.get()
    assert certificate.is_rendered
    assert f"certificate issued: {order} {certificate.number}" in said
