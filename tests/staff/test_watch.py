"""Whoever watches is watched: a clock that stands, a job that failed, a mailbox that is dumb, a
certificate that ends and an old zone file are lines on the first page of staff.
"""

import os
import subprocess
import sys
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.utils import timezone

from offer_site.clock.jobs import JobResult, failure
from offer_site.clock.schedule import JOBS, Job, job, longest_pause, run_jobs
from offer_site.notices.models import MailboxPlace
from offer_site.signing import YEARS, new_key_file
from offer_site.staff.attention import needs_attention
from offer_site.watch.models import WatchedJob
from offer_site.watch.names import JOB_NAMES
from tests import imap
from tests.clock.test_schedule import done
from tests.given import NOON, an_owner
from tests.processes import PROJECT
from tests.staff.conftest import a_member, signed_in
from tests.zones import with_an_old_zone_file

MINUTE = timedelta(minutes=1)
CLOCK = "watch_watchedjob?attention=silent"
FAILED = "watch_watchedjob?attention=failed"
MAILBOX = "notices_mailboxplace?attention=failing"
CONDITION = "watch_watchedjob?"


def lines(at=NOON, user=None):
    return {
        f"{matter.question.listed}?{matter.question.query}": matter.count
        for matter in needs_attention(user=user or an_owner(), at=at)
        if matter.question.listed in ("watch_watchedjob", "notices_mailboxplace")
    }


@pytest.fixture
def ran(db):
    """Every job ran at noon."""
    WatchedJob.objects.all().delete()
    run_jobs([nothing_due(each) for each in JOBS], at=NOON, say=lambda line: None)


def nothing_due(each, work=lambda at: []):
    return Job(each.name, each.cron, work)


def test_every_job_of_the_table_is_expected_after_a_migration(db):
    assert set(WatchedJob.objects.values_list("name", flat=True)) == {each.name for each in JOBS}
    WatchedJob.objects.filter(name="read_mail").delete()
    WatchedJob.objects.create(name="of_an_older_release", expected_before=NOON)
    call_command("migrate", stdout=StringIO())
    assert set(WatchedJob.objects.values_list("name", flat=True)) == {each.name for each in JOBS}


def test_every_job_has_a_name_for_staff(ran):
    assert {each.name for each in JOBS} <= set(JOB_NAMES)
    page = signed_in(an_owner()).get("/admin/watch/watchedjob/", headers={"accept-language": "ru"})
    for each in JOBS:
        assert f">{each.name}<" not in page.text


@pytest.mark.parametrize(
    ("cron", "minutes"),
    [
        ("* * * * *", 1),
        ("*/5 * * * *", 5),
        ("3-58/5 * * * *", 5),
        ("2-59/5 * * * *", 5),
        ("5,20,35,50 * * * *", 15),
        ("10 * * * *", 60),
        ("0 10-20 * * *", 14 * 60),
        ("40 6 * * *", 24 * 60),
    ],
)
def test_the_longest_pause_of_a_cron_line(cron, minutes):
    assert longest_pause(cron) == minutes


def test_a_clock_that_does_not_run_is_a_line_as_soon_as_it_is_late(ran):
    assert lines(NOON + 10 * MINUTE) == {}
    late = lines(NOON + 12 * MINUTE)
    assert late == {CLOCK: 3}  # send_notices, send_telegram and keep_groups, due every minute
    assert lines(NOON + timedelta(days=2)) == {CLOCK: len(JOBS)}
    run_jobs([nothing_due(each) for each in JOBS], at=NOON + timedelta(days=2), say=str)
    assert lines(NOON + timedelta(days=2)) == {}


def test_a_clock_that_never_ran_is_a_line(db):
    assert lines(timezone.now() + timedelta(days=2))[CLOCK] == len(JOBS)


def test_a_job_that_failed_says_so_where_people_look_until_it_works(ran):
    def breaks(at):
        yield JobResult("half of it")
        raise ZeroDivisionError

    audit = job("nightly_audit")
    run_jobs([nothing_due(audit, breaks)], at=NOON, say=str)
    assert lines() == {FAILED: 1}
    page = signed_in(an_owner()).get("/admin/watch/watchedjob/?attention=failed")
    assert "nightly_audit failed: ZeroDivisionError" in page.text
    run_jobs([nothing_due(audit)], at=NOON, say=str)
    assert lines() == {}


def test_a_job_that_could_not_do_a_part_says_which(ran):
    reconcile = nothing_due(
        job("reconcile_payments"), lambda at: [failure("not reconciled, card: ProviderError")]
    )
    run_jobs([reconcile], at=NOON, say=str)
    assert WatchedJob.objects.failed().get().failure == "not reconciled, card: ProviderError"


def test_a_job_with_work_for_people_has_not_failed(ran):
    false = nothing_due(
        job("nightly_audit"), lambda at: [JobResult("false: M1", needs_a_person=True)]
    )
    run_jobs([false], at=NOON, say=str)
    assert lines() == {}


@pytest.mark.clause("12.1")
def test_a_mailbox_that_cannot_be_read_is_a_line_and_the_job_goes_on(ran, settings):
    with imap.mailbox_server(refuses={"LOGIN"}) as server:
        settings.INCOMING_MAIL_URL = server.url
        said, code = done("read_mail", NOON)
        assert (said, code) == (["mailbox not read: sign-in: refused"], 1)
        assert MAILBOX not in lines(NOON + 5 * MINUTE)  # it may pass
        done("read_mail", NOON + 10 * MINUTE)
        assert lines(NOON + 15 * MINUTE)[MAILBOX] == 1
        page = signed_in(an_owner()).get("/admin/notices/mailboxplace/?attention=failing")
        assert "sign-in: refused" in page.text
        assert imap.PASSWORD not in page.text
        server.refuses = set()
        assert done("read_mail", NOON + 20 * MINUTE) == ([], 0)
    assert MAILBOX not in lines(NOON + 21 * MINUTE)
    assert MailboxPlace.objects.get().read_at == NOON + 20 * MINUTE


@pytest.mark.clause("9.1")
@pytest.mark.parametrize(("days", "told"), [(40, False), (29, True), (-1, True)])
def test_a_signing_certificate_that_ends_is_a_line(ran, settings, tmp_path, days, told):
    key = tmp_path / "key.pem"
    key.write_bytes(new_key_file(name="Academy", at=NOON - timedelta(days=365 * YEARS - days)))
    settings.SIGNING_KEY = str(key)
    assert lines() == ({CONDITION: 1} if told else {})


def test_a_signing_key_that_is_not_there_is_a_line(ran, settings):
    settings.SIGNING_KEY = "/nowhere/key.pem"
    assert lines() == {CONDITION: 1}
    page = signed_in(an_owner()).get("/admin/", headers={"accept-language": "ru"})
    assert 'href=""' not in page.text


def test_who_does_not_see_the_site_itself_is_not_asked(ran):
    later = NOON + timedelta(days=2)
    assert lines(later, a_member("manager")) == {CLOCK: len(JOBS)}
    assert lines(later, a_member("accountant")) == {}


ASK = """
from datetime import datetime, UTC
from offer_site.accounts.models import User
from offer_site.staff.attention import needs_attention
owner = User(is_active=True, is_staff=True, is_superuser=True)
for matter in needs_attention(user=owner, at=datetime.now(UTC)):
    print(matter.question.asks.__name__)
"""


@pytest.mark.clause("4.3")
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_old", [True, False])
def test_an_old_zone_file_is_a_line(tmp_path, is_old):
    """Almaty was +06 until March 2024: with that file a day ends an hour early."""
    env = with_an_old_zone_file(tmp_path) if is_old else {}
    answer = subprocess.run(
        [sys.executable, "manage.py", "shell", "-v", "0", "-c", ASK],
        cwd=PROJECT,
        env=os.environ | env,
        capture_output=True,
        text=True,
        check=True,
    )
    assert ("time_is_wrong" in answer.stdout) == is_old
