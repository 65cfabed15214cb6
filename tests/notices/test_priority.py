"""Letters of the moment overtake batches: a code leaves within seconds while certificates are made.

`CERTIFICATES=1000 make test ARGS="tests/notices/test_priority.py"` asks it of a thousand.
"""

import os
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from celery import current_app
from django.test import Client
from django.utils import timezone

from certificates.models import Certificate
from certificates.operations import issue_due_certificates
from offer_site.notices.kinds import LETTERS, NoticeKind
from offer_site.notices.models import Notice
from offer_site.notices.operations import left_to_the_sweep
from offer_site.priorities import Priority
from tests import given
from tests.accounts.signing import ask_for_code
from tests.mailbox import parse, wait_for
from tests.notices.post import Post, post_office
from tests.processes import Process
from tests.sites import WORKER

WITHIN = 5  # seconds
MANY = int(os.environ.get("CERTIFICATES", "12"))
CODES = 2 if MANY < 100 else 10
BATCHES = {
    NoticeKind.ORDER_LAPSED,
    NoticeKind.INVOICE_LAPSED,
    NoticeKind.CERTIFICATE_READY,
    NoticeKind.REST_REMINDER,
    NoticeKind.ACCESS_SUSPENDED,
    NoticeKind.DEADLINE_WARNING,
    NoticeKind.DEADLINE_ALARM,
    NoticeKind.JOURNAL_SEAL,
    NoticeKind.COHORT_NEWS,
    NoticeKind.COHORT_OFFER,
    NoticeKind.EDITION_COMING,
    NoticeKind.ERASURE_ANSWERED,
    NoticeKind.TERM_NEAR,
    NoticeKind.TERM_OVER,
    NoticeKind.TERMS_NEAR,
    NoticeKind.TERMS_OVER,
    NoticeKind.TERMS_MOVED,
    NoticeKind.SALES_OPEN,
    NoticeKind.COURSE_BEGINS,
    NoticeKind.LESSON_TODAY,
    NoticeKind.RECEIPT_KNOWN,
}


def test_what_a_clock_queues_by_the_hundred_lets_the_moment_pass():
    at = {
        step: {kind for kind, each in LETTERS.items() if each.priority == step} for step in Priority
    }
    assert at[Priority.CODE] == {NoticeKind.SIGN_IN_CODE}
    assert at[Priority.BATCH] == BATCHES
    assert at[Priority.PAPER] == set()


@pytest.fixture
def post(transactional_db: None) -> Iterator[Post]:
    with post_office() as office:
        yield office


@pytest.fixture
def worker(post: Post, tmp_path: Path) -> Iterator[Process]:
    """One worker with one hand, whose letters go to the post office of the test."""
    current_app.control.purge()
    env = {
        **os.environ,
        "PYTHONUNBUFFERED": "1",
        "EMAIL_URL": f"smtp://127.0.0.1:{post.port}",
    }
    running = Process(*WORKER, log=tmp_path / "worker.log", env=env)
    running.wait_until(lambda: " ready." in running.output)
    yield running
    running.stop()
    current_app.control.purge()


def codes(post: Post) -> int:
    subjects = [str(parse(raw)["Subject"]) for raw in list(post.letters)]
    return sum("Код для входа" in subject for subject in subjects)


@pytest.mark.clause("3.1")
def test_a_code_leaves_within_five_seconds_while_certificates_are_made(worker, post, capsys):
    cohort = given.a_cohort(seats=MANY)
    with left_to_the_sweep():
        emails = [
            given.a_completed_enrollment(cohort=cohort).order.party.email for _number in range(MANY)
        ]
    Notice.objects.update(next_attempt_at=timezone.now() + timedelta(days=365))
    made = Certificate.objects.rendered()
    outcomes = issue_due_certificates(at=timezone.now())
    assert sum(outcome.what == "handed" for outcome in outcomes) == MANY
    wait_for(made.exists, seconds=120)  # the worker is at it, and warm
    waits = []
    for number in range(CODES):
        begun = time.monotonic()
        ask_for_code(Client(), emails[number])
        wait_for(lambda wanted=number + 1: codes(post) >= wanted, seconds=120)
        waits.append(time.monotonic() - begun)
        assert made.count() < MANY, "the certificates were all made before the code was asked for"
    told = ", ".join(f"{wait:.1f}" for wait in waits)
    with capsys.disabled():
        sys.stdout.write(f"\ncodes after {told} s, while {MANY} certificates are made\n")
    assert max(waits) < WITHIN
