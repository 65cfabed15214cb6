"""Work that one process does at a time is taken once, kept to its end, and tried again later."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection, transaction
from django.db.models import F

from offer_site.leases import Pauses, held, sweep, take, take_within
from offer_site.notices.models import Notice
from tests.notices.post import NOW, a_notice

LEASE = timedelta(minutes=10)
MANY = 12


def due(notice, at=NOW):
    return Notice.objects.due(at).filter(pk=notice.pk)


def at_once(work):
    """Do the same work in many threads in one moment; list what each came to."""
    start = Barrier(MANY)

    def run(_number):
        connection.ensure_connection()
        start.wait()
        try:
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(MANY) as threads:
        return list(threads.map(run, range(MANY)))


def test_what_is_taken_is_not_taken_again_before_its_lease_ends(transactional_db):
    notice = a_notice()
    assert take(due(notice), at=NOW, lease=LEASE)
    assert not take(due(notice), at=NOW, lease=LEASE)
    later = NOW + LEASE
    assert not due(notice, later - timedelta(seconds=1)).exists()
    assert take(due(notice, later), at=later, lease=LEASE)
    notice.refresh_from_db()
    assert (notice.attempts, notice.lease_until) == (2, later + LEASE)


def test_of_many_at_once_one_takes_it(transactional_db):
    notice = a_notice()
    assert sum(at_once(lambda: take(due(notice), at=NOW, lease=LEASE))) == 1
    notice.refresh_from_db()
    assert notice.attempts == 1


def test_without_the_condition_in_the_update_many_take_it(transactional_db):
    """The control of the test above: who asks first and writes afterwards takes it too."""
    for _round in range(5):
        notice = a_notice(occasion=f"round {_round}")
        asked = Barrier(MANY)

        def ask_then_write(notice=notice, asked=asked):
            is_due = due(notice).exists()
            asked.wait()
            Notice.objects.filter(pk=notice.pk).update(attempts=F("attempts") + 1)
            return is_due

        if sum(at_once(ask_then_write)) > 1:
            return
    pytest.fail("nothing went wrong without the condition")


def test_who_lost_the_lease_holds_nothing(transactional_db):
    notice = a_notice()
    take(due(notice), at=NOW, lease=LEASE)
    slow = Notice.objects.get(pk=notice.pk)
    assert held(slow).exists()
    later = NOW + LEASE
    take(due(notice, later), at=later, lease=LEASE)
    assert not held(slow).update(last_error="too late")
    assert held(Notice.objects.get(pk=notice.pk)).exists()


def test_work_for_a_network_is_not_taken_within_a_transaction(transactional_db):
    notice = a_notice()
    with transaction.atomic(), pytest.raises(RuntimeError, match="durable"):
        take(due(notice), at=NOW, lease=LEASE)
    with transaction.atomic():
        assert take_within(due(notice), at=NOW, lease=LEASE, subject="taken")
    notice.refresh_from_db()
    assert notice.subject == "taken"


def test_a_failure_stops_no_other_row(db):
    rows = [a_notice(occasion=str(number)) for number in range(3)]
    seen = []

    def work(notice, now):
        seen.append(now)
        if notice == rows[1]:
            raise ValueError("broken")
        return f"done {notice.occasion}" if notice == rows[0] else None

    results = sweep(rows, work, failed=lambda notice, error: f"{notice.occasion} {error}", at=NOW)
    assert results == ["done 0", "1 broken"]
    assert len(seen) == 3
    assert NOW <= seen[0] <= seen[1] <= seen[2]


@pytest.mark.parametrize(
    ("attempts", "minutes"), [(0, 1), (1, 1), (2, 2), (3, 4), (7, 60), (8, 60), (10_000, 60)]
)
def test_each_pause_is_twice_the_one_before_up_to_the_longest(attempts, minutes):
    pauses = Pauses(first=timedelta(minutes=1), longest=timedelta(hours=1))
    assert pauses.after(attempts) == timedelta(minutes=minutes)
