"""A certificate on which workers died is printed alone before a person is asked; what killed
printers left is swept.
"""

import json
import os
import time
from datetime import timedelta
from pathlib import Path

import pytest
from billiard.exceptions import SoftTimeLimitExceeded
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from certificates.models import LEASE, Certificate, PictureKind
from certificates.operations import (
    CertificateSetApartError,
    certificate_file,
    certificate_picture,
    issue_certificate,
    issue_due_certificates,
    try_again,
)
from certificates.operations.claiming import MOST_LOOKS, WORKER_DIED, claim, claim_deadly
from certificates.operations.issuing import _set_apart, reserve_certificate
from certificates.operations.second_look import print_alone
from certificates.rendering import certificate_pdf
from offer_site.clock.schedule import job
from offer_site.errors import RuleViolation
from offer_site.journal.models import Entry
from tests import given
from tests.audit.asked import all_that_is_false
from tests.certificates.test_issue_certificate import AFTER

pytestmark = [pytest.mark.django_db, pytest.mark.clause("9.1")]
LATER = AFTER + 2 * LEASE
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def without_broker(settings):
    settings.CELERY_TASK_ALWAYS_EAGER = True


def killed_twice(**party) -> Certificate:
    """Two workers took it, one after the other, and neither came back."""
    enrollment = given.a_completed_enrollment(**party)
    certificate = reserve_certificate(enrollment_id=enrollment.pk, at=AFTER)
    assert [claim(certificate, at=AFTER + died * LEASE) for died in range(2)] == [True, True]
    assert not claim(certificate, at=LATER), "no third worker takes it"
    return certificate


def outcomes_at(at):
    return [(each.what, each.number, each.detail) for each in issue_due_certificates(at=at)]


TOO_LARGE = 16_000_000  # words: more than the memory of a paper holds
TOO_LONG = 8_000_000  # words that it holds, and cannot set in the time that a paper has


def make_deadly(certificate: Certificate, *, words: int) -> None:
    """Rows that no machine can set: a value of millions of words, written behind the rules."""
    row = {"kk": "Мекенжайы", "ru": "Адрес", "value": "word " * words}
    Certificate.objects.filter(pk=certificate.pk).update(record=json.dumps([row]))


def test_two_workers_killed_by_their_machine_do_not_set_it_apart():
    certificate = killed_twice()
    assert outcomes_at(LATER) == [("issued", certificate.number, "")]
    printed = Certificate.objects.get()
    assert printed.is_rendered
    assert (printed.attempts, printed.failed_at) == (0, None)
    assert certificate_file(printed).startswith(b"%PDF")
    assert [row.verb for row in Entry.objects.about("certificate", printed.number)] == [
        "certificate.numbered",
        "certificate.issued",
    ]


def test_printed_alone_it_is_the_same_paper():
    certificate = Certificate.objects.get(pk=killed_twice().pk)
    assert print_alone(certificate) == certificate_pdf(certificate)


@pytest.mark.parametrize("words", [TOO_LARGE, pytest.param(TOO_LONG, marks=pytest.mark.faults)])
def test_a_paper_that_ends_the_process_alone_too_waits_for_a_person(words):
    certificate = killed_twice()
    whole = given.a_completed_enrollment(cohort=certificate.enrollment.cohort)
    make_deadly(certificate, words=words)
    assert [(what, detail) for what, _number, detail in outcomes_at(LATER)] == [
        ("failed", WORKER_DIED),
        ("issued", ""),
    ]
    assert Certificate.objects.given_up().get() == certificate
    assert Certificate.objects.rendered().get().enrollment == whole
    assert outcomes_at(LATER + HOUR) == []
    with pytest.raises(CertificateSetApartError):
        issue_certificate(enrollment_id=certificate.enrollment_id, at=LATER)
    try_again(certificate=certificate, by=given.an_owner(), at=LATER)
    assert Entry.objects.filter(verb="certificate.tried_again").count() == 1
    with pytest.raises(RuleViolation):
        try_again(certificate=certificate, by=given.an_owner(), at=LATER)
    assert Certificate.objects.get(pk=certificate.pk).attempts == 0


def test_a_paper_that_cannot_be_printed_says_why():
    certificate = killed_twice()
    Certificate.objects.filter(pk=certificate.pk).update(face={"art": "vip"})
    # It ends no process, so the sweep goes on to try it as any other that was set apart.
    assert {(what, detail) for what, _number, detail in outcomes_at(LATER)} == {
        ("failed", "KeyError")
    }
    assert Certificate.objects.set_apart().get().attempts == 0


def test_looks_that_were_ended_from_outside_say_nothing_and_do_not_go_on_for_ever():
    certificate = killed_twice()
    for look in range(MOST_LOOKS):
        assert claim_deadly(certificate, at=LATER + look * LEASE)
        assert not claim_deadly(certificate, at=LATER + look * LEASE), "one looks at a time"
    last = LATER + MOST_LOOKS * LEASE
    assert not claim_deadly(certificate, at=last)
    assert outcomes_at(last) == [("failed", certificate.number, WORKER_DIED)]


def test_one_that_was_stopped_twice_for_its_time_is_looked_at_too():
    enrollment = given.a_completed_enrollment()
    certificate = reserve_certificate(enrollment_id=enrollment.pk, at=AFTER)
    for stopped in range(2):
        at = AFTER + stopped * HOUR
        assert claim(certificate, at=at)
        _set_apart(certificate, SoftTimeLimitExceeded(), at=at)
    assert outcomes_at(AFTER + 2 * HOUR) == [("issued", certificate.number, "")]


def old(name: str) -> str:
    """A stored file of two days ago."""
    path = Path(default_storage.path(name))
    days_ago = time.time() - timedelta(days=2).total_seconds()
    os.utime(path, (days_ago, days_ago))
    return name


@pytest.mark.clause("9.4")
def test_the_papers_of_killed_printers_are_swept_and_no_other_file(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    certificate = issue_certificate(enrollment_id=given.a_completed_enrollment().pk, at=AFTER)
    certificate_picture(certificate=certificate, kind=PictureKind.PRINT)
    waits = reserve_certificate(enrollment_id=given.a_completed_enrollment().pk, at=AFTER)

    def left(name: str) -> str:
        return default_storage.save(f"certificates/2027/{name}", ContentFile(b"%PDF-1.7 paper"))

    orphans = [
        old(left(certificate.file_name)),
        old(left(f"{certificate.number}-print.png")),
        old(left(f"{certificate.number}-post.png")),
    ]
    young = left(certificate.file_name)
    of_one_that_waits = old(left(waits.file_name))
    unknown = old(left("LZA-2027-999999.pdf"))
    old(certificate.file)
    old(certificate.pictures.get().file)

    said = [result.line for result in job("sweep_files").run(AFTER)]

    assert said == [f"file of no certificate deleted: {name}" for name in sorted(orphans)]
    kept = {
        str(path.relative_to(tmp_path))
        for path in (tmp_path / "certificates").rglob("*")
        if path.is_file()
    }
    assert kept == {
        certificate.file,
        certificate.pictures.get().file,
        young,
        of_one_that_waits,
        unknown,
    }
    assert list(job("sweep_files").run(AFTER)) == []
    assert not [said for said in all_that_is_false() if said.startswith(("C2", "S2"))]
