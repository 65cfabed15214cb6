"""A letter that was queued arrives once, whatever becomes of the queue and of the worker (N1,
N2).
"""

import signal
from collections import Counter

import redis

from tests.bench.road import Placed, Road
from tests.sites import Site, start_worker


def place_order(site: Site) -> Placed:
    road = Road(site.port, site.env)
    road.checkout()()
    return road.placed[0]


def letters(site: Site) -> Counter[str]:
    return Counter(str(letter["Message-ID"]) for letter in site.mail)


def test_a_letter_whose_doorbell_was_lost_is_sent_by_the_sweep(production_like_site):
    site = production_like_site
    site.processes["worker"].stop(how=signal.SIGKILL)
    place_order(site)
    with redis.Redis.from_url(site.env["REDIS_URL"]) as queue:
        # A queue with priorities is a list for each of them.
        assert sum(queue.llen(name) for name in queue.scan_iter("celery*")) == 1
        queue.flushdb()
    start_worker(site)
    assert letters(site) == Counter()

    site.manage("send_notices")
    site.wait_for_letter(to="buyer1@example.kz")
    site.manage("send_notices")
    assert list(letters(site).values()) == [1]


def test_a_letter_waits_for_the_worker_that_comes_after_a_killed_one(production_like_site):
    site = production_like_site
    site.processes["worker"].stop(how=signal.SIGKILL)
    place_order(site)
    assert letters(site) == Counter()

    start_worker(site)
    site.wait_for_letter(to="buyer1@example.kz")
    site.manage("send_notices")
    assert list(letters(site).values()) == [1]
