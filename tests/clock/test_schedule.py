"""The clock: one table, printed for cron or done once; late, twice, beside itself,
and after a lost doorbell.
"""

import re
from datetime import timedelta
from io import StringIO

import pytest
import time_machine
from django.core.management import call_command, get_commands, load_command_class
from django.db import connection
from django.db.models import CheckConstraint, Q

from enrollment.models import Deadline, Enrollment, Order
from enrollment.operations.training.enrollments import complete_enrollment
from enrollment.rules.order_states import OrderState
from offer_site.clock.jobs import JobResult
from offer_site.clock.schedule import JOBS, Job, run_jobs
from offer_site.days import start_of_day
from offer_site.journal.models import Entry
from offer_site.notices.models import Notice, NoticeState
from tests.given import NOON, a_cohort, a_paid_order, a_placed_order, an_owner
from tests.services import on_sqlite
from tests.staff.test_cohorts import at_once

MIDNIGHT = start_of_day(NOON.date() + timedelta(days=1))
CRON = re.compile(r"[-*/,0-9]+( [-*/,0-9]+){4}")


@pytest.fixture(autouse=True)
def lost_doorbell(settings):
    """Let no letter be sent by the bell that is rung when it is queued."""
    settings.CELERY_TASK_ALWAYS_EAGER = False
    settings.CELERY_BROKER_URL = "memory://"


def done(command, at):
    """Run a command at a moment; return what it said, and the code it ended with."""
    said = StringIO()
    with time_machine.travel(at, tick=False):
        try:
            call_command(command, stdout=said)
        except SystemExit as ended:
            return said.getvalue().splitlines(), ended.code
    return said.getvalue().splitlines(), 0


def test_every_job_is_a_command_and_says_what_it_does():
    commands = get_commands()
    assert {job.name for job in JOBS} <= set(commands)
    assert all(load_command_class(commands[job.name], job.name).help for job in JOBS)
    assert all(CRON.fullmatch(job.cron) and job.summary.endswith((".", ")")) for job in JOBS)


def test_the_crontab_names_every_job_once_in_almaty_time():
    said = StringIO()
    call_command("print_crontab", "/srv/site/manage.py", stdout=said)
    lines = said.getvalue().splitlines()
    jobs = [line for line in lines if not line.startswith("#")]
    assert jobs[0] == "CRON_TZ=Asia/Almaty"
    assert [line.split(" /srv/site/manage.py ")[1] for line in jobs[1:]] == [
        job.name for job in JOBS
    ]
    assert all(CRON.match(line) for line in jobs[1:])


@pytest.mark.clause("4.3")
def test_an_unpaid_order_lapses_when_its_day_is_over_and_not_before(transactional_db):
    order = a_placed_order()
    assert done("lapse_unpaid_orders", MIDNIGHT - timedelta(seconds=1)) == ([], 0)
    assert done("lapse_unpaid_orders", MIDNIGHT) == ([f"order lapsed: {order.code}"], 0)
    assert done("lapse_unpaid_orders", MIDNIGHT) == ([], 0)
    assert Order.objects.get().state == OrderState.LAPSED
    assert Entry.objects.filter(verb="order.lapsed").count() == 1


@pytest.mark.clause("4.3")
def test_a_clock_days_late_lapses_what_it_missed(transactional_db):
    cohort = a_cohort()
    codes = [a_placed_order(cohort=cohort, at=NOON + timedelta(days=day)).code for day in range(3)]
    lines, _code = done("lapse_unpaid_orders", MIDNIGHT + timedelta(days=1))
    assert lines == [f"order lapsed: {code}" for code in codes[:2]]


@pytest.mark.clause("9.1")
def test_the_term_of_the_certificate_runs_from_the_day_however_late_the_clock(transactional_db):
    order = a_paid_order()
    last_day = order.cohort.ends_on
    assert done("open_deadlines", start_of_day(last_day) - timedelta(seconds=1)) == ([], 0)
    late = start_of_day(last_day) + timedelta(days=3)
    assert done("open_deadlines", late) == ([f"deadline of 9.1 opened: {order.code}"], 0)
    assert done("open_deadlines", late) == ([], 0)
    assert Deadline.objects.get().event_on == last_day


@pytest.mark.clause("12.1")
def test_a_letter_whose_doorbell_was_lost_is_sent_by_the_clock(transactional_db):
    a_placed_order()
    assert Notice.objects.get().state == NoticeState.QUEUED
    lines, code = done("run_due", NOON)
    assert (len(lines), code) == (
        4,
        0,
    )  # the seal of the day, its letter, the order's letter, the audit of the night
    assert lines[0].startswith("journal sealed: No. 1")
    assert set(Notice.objects.values_list("state", flat=True)) == {NoticeState.SENT}
    assert done("run_due", NOON) == ([], 0)


@pytest.fixture
def own_files(settings, tmp_path):
    """The sweep of files, months later, is to find those of this test alone."""
    settings.MEDIA_ROOT = tmp_path


def test_all_that_is_due_is_done_once_in_one_run(transactional_db, own_files):
    unpaid = a_placed_order()
    paid = a_paid_order(cohort=unpaid.cohort)
    evening = start_of_day(paid.cohort.ends_on) + timedelta(hours=19)
    lines, code = done("run_due", evening)
    assert code == 0
    assert {f"order lapsed: {unpaid.code}", f"deadline of 9.1 opened: {paid.code}"} <= set(lines)
    assert sum("sent" in line for line in lines) == Notice.objects.count() == 5
    assert done("run_due", evening) == ([], 0)


@pytest.mark.clause("9.1")
def test_a_completed_enrollment_gets_its_certificate_from_one_run(
    transactional_db, settings, own_files
):
    settings.CELERY_TASK_ALWAYS_EAGER = True
    order = a_paid_order()
    evening = start_of_day(order.cohort.ends_on) + timedelta(hours=19)
    complete_enrollment(enrollment=order.enrollment, by=an_owner(), at=evening)
    lines, code = done("run_due", evening)
    assert code == 0, lines
    assert any(line.startswith(f"certificate issued: {order.code}") for line in lines)
    done("run_due", evening)
    assert Deadline.objects.get().met_at is not None
    assert Enrollment.objects.get().certificates.count() == 1


def test_two_clocks_at_once_do_everything_once(transactional_db):
    cohort = a_cohort()
    orders = [a_placed_order(cohort=cohort) for _number in range(3)]
    said = []
    at_once(*[lambda: run_jobs(JOBS, at=MIDNIGHT, say=said.append)] * 3)
    assert sorted(line for line in said if line.startswith("order lapsed")) == sorted(
        f"order lapsed: {each.code}" for each in orders
    )
    assert Entry.objects.filter(verb="order.lapsed").count() == len(orders)
    assert Notice.objects.filter(kind="order-lapsed", state=NoticeState.SENT).count() == len(orders)


def test_a_job_that_fails_is_reported_and_stops_no_other(db, caplog):
    def breaks(at):
        """Break."""
        yield JobResult("half of it")
        raise ZeroDivisionError

    said = []
    jobs = [
        Job("breaks", "* * * * *", breaks),
        Job("works", "* * * * *", lambda at: [JobResult("done")]),
    ]
    assert run_jobs(jobs, at=NOON, say=said.append) is True
    assert said == ["half of it", "breaks failed: ZeroDivisionError", "done"]
    assert "the job breaks failed" in caplog.text


def test_what_needs_a_person_ends_the_run_with_one(transactional_db):
    a_placed_order()
    Notice.objects.update(recipient="nobody@example.kz", attempts=11, kind="order-placed", facts={})
    lines, code = done("run_due", NOON)
    assert ([line.split()[0] for line in lines].count("dead"), code) == (1, 1)


@pytest.mark.skipif(on_sqlite(), reason="SQLite takes no constraint that the model does not name")
@pytest.mark.clause("4.3")
def test_an_order_that_cannot_be_lapsed_keeps_no_other_order_alive(transactional_db):
    bad = a_placed_order()
    good = a_placed_order()
    never = CheckConstraint(
        condition=~Q(pk=bad.pk, state=OrderState.LAPSED), name="the_bad_one_never_lapses"
    )
    with connection.schema_editor() as editor:
        editor.add_constraint(Order, never)
    said, code = done("lapse_unpaid_orders", MIDNIGHT + timedelta(minutes=5))
    assert (said, code) == (["lapse_unpaid_orders failed: SomeFailedError"], 1)
    states = dict(Order.objects.values_list("pk", "state"))
    assert states == {bad.pk: OrderState.AWAITING_PAYMENT, good.pk: OrderState.LAPSED}


@pytest.mark.parametrize(
    ("cron", "since", "until", "is_due"),
    [
        ("10 3 * * *", (3, 9), (3, 10), True),
        ("10 3 * * *", (3, 10), (9, 7), False),
        ("10 3 * * *", (20, 7), (24, 7), False),
        ("25 0 * * *", (20, 7), (24 + 9, 7), True),
        ("25 0 * * *", (0, 30), (24, 20), False),
        ("0 10-20 * * *", (9, 7), (10, 0), True),
        ("*/5 * * * *", (9, 6), (9, 9), False),
        ("* * * * *", (9, 6), (9, 7), True),
        ("10 3 * * *", (3, 11), (24 + 3, 11), True),
    ],
)
def test_what_cron_started_between_two_moments_is_due(cron, since, until, is_due):
    begun, ended = (
        MIDNIGHT + timedelta(hours=hour, minutes=minute) for hour, minute in (since, until)
    )
    job = Job("any", cron, lambda _at: [])
    assert job.is_due(since=begun, until=ended) is is_due
