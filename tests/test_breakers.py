"""A server that takes the connection and says nothing holds two threads for seconds, and then
none.
"""

import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from django.test import Client

from enrollment.operations.links import order_link
from offer_site import breakers
from offer_site.breakers import Breaker, ServerAwayError
from offer_site.outgoing import OutgoingError, ask_sparingly
from tests.at_once import at_once
from tests.given import NOON, a_cohort, a_placed_order
from tests.payments.bank import running_bank


@contextmanager
def a_silent_server() -> Iterator[tuple[str, list[socket.socket]]]:
    """Take every connection, and say nothing."""
    taken: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0), backlog=128) as server:
        port = server.getsockname()[1]

        def take() -> None:
            while True:
                try:
                    taken.append(server.accept()[0])
                except OSError:
                    return

        threading.Thread(target=take, daemon=True).start()
        yield f"http://127.0.0.1:{port}", taken
        server.shutdown(socket.SHUT_RDWR)
    for each in taken:
        each.close()


def seconds_of(work):
    began = time.monotonic()
    with pytest.raises(OutgoingError) as error:
        work()
    return time.monotonic() - began, str(error.value)


def all_at_once(works):
    start = threading.Barrier(len(works), timeout=60)

    def run(work):
        start.wait()
        return work()

    with ThreadPoolExecutor(len(works)) as threads:
        return list(threads.map(run, works))


def a_browser_of(order) -> Client:
    """A browser that has opened the order by the link of its letter."""
    browser = Client()
    assert browser.get(order_link(order).removeprefix("http://localhost:8000")).status_code == 302
    return browser


def test_ten_at_once_cost_two_threads_and_the_next_ones_nothing():
    with a_silent_server() as (url, taken):
        waits = all_at_once(
            [lambda: seconds_of(lambda: ask_sparingly(url, seconds=2)) for _ in range(10)]
        )
        waits = sorted(seconds for seconds, _error in waits)
        assert len(taken) == 2
        assert max(waits[:8]) < 1.6  # in a queue for a second, in the hope that it is only slow
        assert all(1.9 < each < 2.8 for each in waits[8:])
        seconds, error = seconds_of(lambda: ask_sparingly(url, seconds=2))
        assert seconds < 0.2
        assert "did not answer a moment ago" in error
        assert len(taken) == 2


def test_one_request_tries_it_again_and_an_answer_opens_it(monkeypatch):
    monkeypatch.setattr(breakers, "SLOW", 0.05)
    monkeypatch.setattr(breakers, "PAUSE", 0.3)
    breaker = Breaker()

    def fail():
        with breaker.asking():
            time.sleep(0.1)
            raise TimeoutError

    for _ in range(2):
        with pytest.raises(TimeoutError):
            fail()
    with pytest.raises(ServerAwayError):
        fail()
    time.sleep(0.3)
    with breaker.asking(), pytest.raises(ServerAwayError), breaker.asking():
        pass
    for _ in range(3):
        with breaker.asking():
            pass


def test_a_failure_that_cost_no_time_closes_nothing():
    breaker = Breaker()
    for _ in range(5):
        with pytest.raises(TimeoutError), breaker.asking():
            raise TimeoutError
    with breaker.asking():
        pass


def test_requests_that_may_take_minutes_leave_a_thread_to_the_buyers():
    breaker = Breaker()
    with breaker.asking(is_long=True):
        with pytest.raises(ServerAwayError), breaker.asking(is_long=True):
            pass
        with breaker.asking():
            pass


def test_ten_buyers_at_a_silent_bank_stop_the_shop_for_seconds_only(
    transactional_db, settings, time_machine
):
    time_machine.move_to(NOON, tick=True)
    cohort = a_cohort(seats=10)
    orders = [a_placed_order(cohort=cohort) for _ in range(10)]
    browsers = [a_browser_of(order) for order in orders]

    def pay(browser: Client, code: str):
        began = time.monotonic()
        answer = browser.post(f"/kk/orders/{code}/payments/", {})
        return time.monotonic() - began, answer.status_code, answer.get("Location", "")

    with a_silent_server() as (url, taken):
        settings.CARD_API_URL = url
        done = at_once(
            [
                lambda browser=browser, code=order.code: pay(browser, code)
                for browser, order in zip(browsers, orders, strict=True)
            ]
        )
        assert len(taken) == 2
    assert sorted(seconds < 3.5 for seconds, _status, _to in done) == [False] * 2 + [True] * 8
    assert max(seconds for seconds, _status, _to in done) < 7.5
    for (_seconds, status, to), order in zip(done, orders, strict=True):
        assert (status, to) == (302, f"/kk/orders/{order.code}/")
        assert not order.payments.exclude(link_url="").exists()


def test_a_bank_that_answers_serves_many_at_once():
    with running_bank() as (url, _bank):
        done = all_at_once([lambda: ask_sparingly(f"{url}/payments/get", body=b"{}")] * 12)
    assert [answer.status for answer in done] == [200] * 12
