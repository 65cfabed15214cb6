"""Counting attempts: none is lost between two processes, each address has its own count,
and a count ends.
"""

import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import chain

from django.db import connection, transaction
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from offer_site.attempts.models import AttemptCount
from offer_site.attempts.operations import CLEARED_AT_ONCE, attempts_of
from tests.at_once import at_once

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


def test_many_visitors_who_begin_at_once_clear_away_what_ended_and_wait_for_nobody(
    transactional_db,
):
    for neighbour in range(THREADS):
        attempts(f"198.51.100.{neighbour}").add(at=BEGAN)
    later = BEGAN + timedelta(days=1)

    def visit(number: int):
        """A new visitor, and one whose own count ended, which the others clear away meanwhile."""
        return lambda: (
            attempts(f"203.0.113.{number}").add(at=later),
            attempts(f"198.51.100.{number}").add(at=later),
        )

    assert at_once([visit(number) for number in range(THREADS)]) == [(1, 1)] * THREADS
    assert set(AttemptCount.objects.values_list("made", "ends_at")) == {
        (1, later + timedelta(seconds=600))
    }
    assert AttemptCount.objects.count() == 2 * THREADS


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


def test_inside_a_transaction_nothing_of_others_is_cleared_away(transactional_db):
    attempts("203.0.113.1").add(at=BEGAN)
    with transaction.atomic():
        attempts("203.0.113.2").add(at=BEGAN + timedelta(days=1))
    assert AttemptCount.objects.count() == 2


def test_what_ended_is_cleared_away(transactional_db):
    for day in range(3):
        for neighbour in range(5):
            attempts(f"203.0.113.{neighbour}").add(at=BEGAN + timedelta(days=day))
    attempts("203.0.113.9").add(at=BEGAN + timedelta(days=3))
    assert AttemptCount.objects.count() == 1


def test_nobody_clears_away_more_than_a_share_of_what_ended(transactional_db):
    AttemptCount.objects.bulk_create(
        AttemptCount(key=f"door:{number}", made=1, ends_at=BEGAN)
        for number in range(CLEARED_AT_ONCE + 5)
    )
    attempts().add(at=BEGAN)
    assert AttemptCount.objects.ended(BEGAN).count() == 5
    assert attempts().made(at=BEGAN) == 1


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
