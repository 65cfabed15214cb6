"""Counting attempts: none is lost between two processes, each address has its own count,
and a count ends.
"""

import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import chain
from threading import Barrier

import pytest
from django.db import OperationalError, connection, transaction
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from offer_site.attempts.models import AttemptCount
from offer_site.attempts.operations import (
    CLEARED_AT_ONCE,
    add_to_each,
    attempts_of,
    clear_ended,
)
from offer_site.clock.schedule import job
from tests.at_once import at_once
from tests.services import on_sqlite

THREADS = 8
EACH = 15
BEGAN = datetime(2027, 1, 27, 7, tzinfo=UTC)


def attempts(address: str = "203.0.113.7", thing: str = "door", seconds: int = 600):
    return attempts_of(RequestFactory().get("/", REMOTE_ADDR=address), thing, seconds=seconds)


def counted_at_once(count) -> list[int]:
    """Count from many threads in one moment and list what each was told."""

    def count_each() -> list[int]:
        return [count() for _attempt in range(EACH)]

    return sorted(chain.from_iterable(at_once([count_each] * THREADS)))


def test_each_attempt_is_counted_once_however_many_are_made_at_once(transactional_db):
    counted = counted_at_once(lambda: attempts().add(at=BEGAN))
    assert counted == list(range(1, THREADS * EACH + 1))
    assert attempts().made(at=BEGAN) == THREADS * EACH


def test_a_count_that_ended_begins_anew_once_however_many_find_it_so(transactional_db):
    attempts().add(at=BEGAN)
    later = BEGAN + timedelta(days=1)
    counted = counted_at_once(lambda: attempts().add(at=later))
    assert counted == list(range(1, THREADS * EACH + 1))


def test_two_things_are_counted_by_one_statement_in_the_order_asked(transactional_db):
    hour, day = attempts(thing="hour"), attempts(thing="day", seconds=9000)
    hour.add(at=BEGAN)
    with CaptureQueriesContext(connection) as asked:
        assert add_to_each([hour, day], at=BEGAN) == [2, 1]
    assert len(asked) == 1
    later = BEGAN + timedelta(seconds=700)
    assert add_to_each([day, hour], at=later) == [2, 1], "each ends by its own period"


def test_many_who_count_two_things_at_once_are_counted_each(transactional_db):
    both = [attempts(thing="hour"), attempts(thing="day")]

    def count_each(several) -> None:
        for _attempt in range(EACH):
            add_to_each(several, at=BEGAN)

    at_once([partial(count_each, both), partial(count_each, both[::-1])] * (THREADS // 2))
    assert [each.made(at=BEGAN) for each in both] == [THREADS * EACH] * 2


@pytest.mark.skipif(on_sqlite(), reason="SQLite lets one transaction write at a time")
def test_counted_one_by_one_in_two_orders_they_would_wait_for_each_other(transactional_db):
    """The control: the same two counts in one transaction, each waiting for the other's."""
    hour, day = attempts(thing="hour"), attempts(thing="day")
    both_hold_one = Barrier(2, timeout=30)

    def count(first, second) -> None:
        with transaction.atomic():
            first.add(at=BEGAN)
            both_hold_one.wait()
            second.add(at=BEGAN)

    ended = at_once([partial(count, hour, day), partial(count, day, hour)], errors=OperationalError)
    assert [type(each) for each in ended].count(OperationalError) == 1


def test_without_the_lock_attempts_are_lost(transactional_db):
    """The control: a count that is read and written back, as the page once did."""
    attempts().add(at=BEGAN)

    def count() -> int:
        kept = AttemptCount.objects.get()
        time.sleep(0.001)
        kept.made += 1
        kept.save()
        return kept.made

    assert counted_at_once(count) != list(range(2, THREADS * EACH + 2))


def test_a_count_ends_with_its_period_and_not_later(db):
    for minutes, expected in ((0, 1), (9, 2), (10, 1), (11, 2)):
        at = BEGAN + timedelta(minutes=minutes)
        assert attempts().add(at=at) == expected, "a later attempt does not prolong it"
        assert attempts().made(at=at) == expected
    assert attempts().made(at=BEGAN + timedelta(minutes=20)) == 0


def test_of_two_hundred_at_once_five_are_allowed(transactional_db):
    def guess_each() -> list[bool]:
        return [attempts().allows(5, at=BEGAN) for _guess in range(10)]

    allowed = chain.from_iterable(at_once([guess_each] * 20))
    assert sum(allowed) == 5


def test_an_attempt_is_counted_by_one_statement_and_stays_counted(transactional_db):
    attempts().add(at=BEGAN)
    with CaptureQueriesContext(connection) as asked:
        attempts().add(at=BEGAN)
    assert len(asked) == 1
    with suppress(ZeroDivisionError):
        attempts().add(at=BEGAN)
        raise ZeroDivisionError("the work that was counted failed")
    assert attempts().made(at=BEGAN) == 3


def test_the_clock_clears_away_what_ended_and_nothing_else(transactional_db):
    AttemptCount.objects.bulk_create(
        AttemptCount(key=f"door:{number}", made=1, ends_at=BEGAN)
        for number in range(CLEARED_AT_ONCE + 5)
    )
    attempts().add(at=BEGAN)
    (told,) = job("clear_attempts").run(BEGAN)
    assert told.line == f"ended counts of attempts deleted: {CLEARED_AT_ONCE + 5}"
    assert AttemptCount.objects.get().key == attempts().key
    assert list(job("clear_attempts").run(BEGAN)) == []


def test_a_count_that_begins_anew_while_it_is_cleared_stays(transactional_db):
    """Eight visitors come back at the moment in which the clock clears their ended counts away."""
    later = BEGAN + timedelta(days=1)
    for _round in range(5):
        AttemptCount.objects.all().delete()
        for neighbour in range(THREADS):
            attempts(f"198.51.100.{neighbour}").add(at=BEGAN)
        returns = [
            partial(attempts(f"198.51.100.{neighbour}").add, at=later)
            for neighbour in range(THREADS)
        ]
        at_once([*returns, partial(clear_ended, at=later), partial(clear_ended, at=later)])
        assert AttemptCount.objects.running(later).count() == THREADS


def test_addresses_and_doors_are_counted_apart(db):
    attempts("203.0.113.7").add(at=BEGAN)
    assert attempts("203.0.113.8").made(at=BEGAN) == 0
    assert attempts("203.0.113.7", thing="another").made(at=BEGAN) == 0
    assert attempts("203.0.113.7").made(at=BEGAN) == 1


def test_a_subscriber_with_a_network_of_his_own_is_one_visitor(db):
    for host in range(5):
        attempts(f"2001:db8:0:1::{host:x}").add(at=BEGAN)
    assert attempts("2001:db8:0:1:ffff::1").made(at=BEGAN) == 5
    assert attempts("2001:db8:0:2::1").made(at=BEGAN) == 0


def test_the_address_itself_is_not_stored():
    assert "203.0.113.7" not in attempts("203.0.113.7").key
    assert len({attempts(f"203.0.113.{host}").key for host in range(20)}) == 20


def test_a_stored_key_tells_no_address_without_the_sites_secret(settings):
    key = attempts().key
    settings.SECRET_KEY = "another"
    assert attempts().key != key
