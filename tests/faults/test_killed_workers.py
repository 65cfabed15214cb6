"""Certificates through two real workers, one of which is killed twice: each once, whatever dies
(C1, C2, N1).

`CERTIFICATES=1000 make faults` issues a thousand; without it, as many as the suite can wait for.
"""

import json
import os
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.db.models import F
from django.utils import timezone

from certificates.models import Certificate
from certificates.operations import certificate_file
from enrollment.models import Deadline, Enrollment
from offer_site.notices.models import Notice
from offer_site.notices.operations import left_to_the_sweep
from tests import given
from tests.notices.post import Post, post_office
from tests.processes import Process
from tests.sites import WORKER, manage

MANY = int(os.environ.get("CERTIFICATES", "24"))
KILLS = 2
LETTERS = Notice.objects.filter(kind="certificate-ready")


class Workers:
    """Two workers of this test's database and queue, whose letters go to its post office."""

    def __init__(self, folder: Path, post: Post) -> None:
        self.folder = folder
        self.started = 0
        self.env = {
            **os.environ,
            "PYTHONUNBUFFERED": "1",
            "EMAIL_URL": f"smtp://127.0.0.1:{post.port}",
        }
        self.env |= {"DJANGO_SETTINGS_MODULE": "offer_site.settings", "LOG_LEVEL": "ERROR"}
        self.running = [self.start(), self.start()]
        self.wait_until_ready()

    def start(self) -> Process:
        self.started += 1
        name = f"worker{self.started}"
        return Process(
            *WORKER, "--hostname", f"{name}@test", log=self.folder / f"{name}.log", env=self.env
        )

    def wait_until_ready(self) -> None:
        for worker in self.running:
            worker.wait_until(lambda worker=worker: " ready." in worker.output, seconds=180)

    def kill_the_first(self) -> None:
        """Kill -9 the worker and its child at once, as a machine does that loses its power;
        start another.
        """
        os.killpg(self.running[0].pid, signal.SIGKILL)
        self.running[0].running.wait()
        self.running[0] = self.start()

    def stop(self) -> None:
        for worker in self.running:
            worker.stop()


@pytest.fixture
def post(transactional_db: None) -> Iterator[Post]:
    with post_office() as office:
        yield office


@pytest.fixture
def workers(post: Post, tmp_path: Path) -> Iterator[Workers]:
    with ExitStack() as stack:
        both = Workers(tmp_path, post)
        stack.callback(both.stop)
        yield both


def completed_enrollments(many: int) -> None:
    """Lay out a cohort that is over; the letters of its orders stay where they are,
    for they are not what is tested.
    """
    cohort = given.a_cohort(seats=many)
    with left_to_the_sweep():
        for _number in range(many):
            given.a_completed_enrollment(cohort=cohort)
    Notice.objects.update(next_attempt_at=timezone.now() + timedelta(days=365))


def hours_pass() -> None:
    """Let what was leased or lay in a lost queue become free,
    as it does by itself after three hours.
    """
    moved = timedelta(hours=3)
    Certificate.objects.update(
        lease_until=F("lease_until") - moved, handed_at=F("handed_at") - moved
    )
    LETTERS.update(
        lease_until=F("lease_until") - moved, next_attempt_at=F("next_attempt_at") - moved
    )


def rest_of_the_letters() -> int:
    return MANY - LETTERS.filter(state="sent").count()


def done_so_far() -> tuple[int, int]:
    return Certificate.objects.rendered().count(), LETTERS.filter(state="sent").count()


def until_nothing_moves(*, seconds: float) -> None:
    """Wait until every letter has left, or for a while nothing was printed and nothing left:
    the workers are idle.
    """
    done = done_so_far()
    moved = time.monotonic()
    while rest_of_the_letters() and time.monotonic() - moved < seconds:
        time.sleep(0.5)
        now = done_so_far()
        done, moved = (now, time.monotonic()) if now != done else (done, moved)


@pytest.mark.clause("9.1")
def test_each_certificate_is_issued_once_though_a_worker_is_killed_twice(workers, post, capsys):
    completed_enrollments(MANY)
    chance = random.Random(MANY)
    began = time.monotonic()
    sweep = [sys.executable, "manage.py", "issue_certificates"]
    manage(workers.env, *sweep[2:], check=False)
    assert Certificate.objects.count() == MANY
    manage(workers.env, *sweep[2:], check=False)  # the next hour's, while the queue is long
    for kill in range(KILLS):
        while Certificate.objects.rendered().count() < MANY * (kill + 1) // (KILLS + 2):
            time.sleep(0.05)
        time.sleep(chance.uniform(0, 2))
        workers.kill_the_first()
    sweeps = 0
    workers.wait_until_ready()
    until_nothing_moves(seconds=10)
    while rest_of_the_letters() and sweeps < 5:
        hours_pass()
        manage(workers.env, "issue_certificates", check=False)
        until_nothing_moves(seconds=10)
        manage(workers.env, "send_notices", check=False)
        sweeps += 1
    took = time.monotonic() - began

    certificates = list(Certificate.objects.all())
    numbers = sorted(each.number for each in certificates)
    year = timezone.localdate().year
    assert numbers == [f"LZA-{year}-{count:06d}" for count in range(1, MANY + 1)]
    assert len({each.enrollment_id for each in certificates}) == Enrollment.objects.count() == MANY
    assert all(certificate_file(each).startswith(b"%PDF") for each in certificates)
    assert (
        len({each.file for each in certificates})
        == len({each.sha256 for each in certificates})
        == MANY
    )
    assert not Certificate.objects.set_apart().exists()

    arrived = Counter(
        raw.partition(b"Message-ID: ")[2].partition(b"\r\n")[0].decode() for raw in post.letters
    )
    assert set(arrived) == set(LETTERS.values_list("message_id", flat=True))
    assert len(arrived) == MANY
    repeated = sum(arrived.values()) - MANY
    assert repeated <= KILLS
    assert len(set(post.letters)) == MANY, "what is repeated is the same, byte for byte"
    manage(workers.env, "issue_certificates", check=False)
    assert not Deadline.objects.running().filter(clause="9.1").exists()

    figures = {
        "certificates": MANY,
        "kills": KILLS,
        "seconds": round(took),
        "a second": round(MANY / took, 2),
        "sweeps afterwards": sweeps,
        "letters repeated": repeated,
        "files": files_kept(),
    }
    with capsys.disabled():
        print(f"\n{json.dumps(figures)}")  # noqa: T201


def files_kept() -> int:
    """Count the papers in storage: a killed worker may have left one that no certificate names."""
    folder = f"certificates/{timezone.localdate().year}"
    return len([name for name in default_storage.listdir(folder)[1] if name.endswith(".pdf")])


def until_one_is_taken(*, seconds: int) -> None:
    """Wait for the moment in which a worker works on a certificate, or has already ended it."""
    end = time.monotonic() + seconds
    taken = Certificate.objects.filter(lease_until__gt=timezone.now())
    while not (taken | Certificate.objects.rendered()).exists():
        assert time.monotonic() < end, "no worker took the certificate"
        time.sleep(0.002)


def test_a_certificate_on_which_two_workers_are_killed_goes_out_all_the_same(workers):
    """The workers are killed in the moment in which they have taken it, as a machine kills them
    that goes down: that says nothing of the paper, so it is printed alone.
    """
    completed_enrollments(1)
    for _death in range(2):
        manage(workers.env, "issue_certificates", check=False)
        until_one_is_taken(seconds=120)
        for number in (0, 1):
            os.killpg(workers.running[number].pid, signal.SIGKILL)
            workers.running[number].running.wait()
        if Certificate.objects.rendered().exists():
            pytest.skip("the worker was faster than the kill")
        hours_pass()
        workers.running = [workers.start(), workers.start()]
        workers.wait_until_ready()
    killed = Certificate.objects.get()
    assert killed.attempts == 2
    cohort = given.a_cohort()
    whole = given.a_completed_enrollment(cohort=cohort)
    said = manage(workers.env, "issue_certificates", check=False)
    assert f"certificate issued: {killed.enrollment.order.code} {killed.number}" in said
    assert certificate_file(Certificate.objects.get(pk=killed.pk)).startswith(b"%PDF")
    end = time.monotonic() + 120
    while not Certificate.objects.rendered().filter(enrollment=whole).exists():
        assert time.monotonic() < end
        time.sleep(0.2)
    assert not Certificate.objects.set_apart().exists()
