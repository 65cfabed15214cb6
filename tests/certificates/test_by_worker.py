"""The sweep hands certificates to a worker; a lost worker loses nothing."""

from datetime import UTC, datetime

import pytest
from celery import current_app

from certificates.models import Certificate
from certificates.operations import issue_due_certificates
from enrollment.models import Deadline
from offer_site.notices.models import Notice
from tests import given
from tests.mailbox import wait_for

NOW = datetime(2027, 1, 27, 7, 0, tzinfo=UTC)


@pytest.mark.clause("9.1")
def test_what_is_due_is_handed_to_a_worker_who_issues_it(celery_worker):
    cohort = given.a_cohort()
    orders = {given.a_completed_enrollment(cohort=cohort).order.code for _ in range(2)}
    outcomes = issue_due_certificates(at=NOW)
    wait_for(lambda: Notice.objects.filter(kind="certificate-ready", state="sent").count() == 2, seconds=60)
    sent = issue_due_certificates(at=NOW)
    assert {(outcome.what, outcome.order) for outcome in outcomes} == {("handed", code) for code in orders}
    assert {(outcome.what, outcome.order) for outcome in sent} == {("sent", code) for code in orders}
    assert Certificate.objects.live().rendered().count() == 2
    assert not Deadline.objects.running().filter(clause="9.1").exists()


@pytest.mark.django_db(transaction=True)
def test_what_no_worker_took_is_handed_over_again():
    given.a_completed_enrollment()
    first, second = issue_due_certificates(at=NOW), issue_due_certificates(at=NOW)
    assert [outcome.what for outcome in first + second] == ["handed", "handed"]
    assert not Certificate.objects.exists()
    current_app.control.purge()
