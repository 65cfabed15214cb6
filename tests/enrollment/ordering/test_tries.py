"""Tries at orders, invoices and requests of others: counted, kept, limited, told (3.1 (5))."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from enrollment.operations.links import halves_link, invoice_link, order_link
from offer_site.accounts.models import User
from offer_site.attempts.models import LIKE_A_SEARCH, OrderTries
from offer_site.attempts.tries import (
    TRIES_OF_A_BROWSER,
    TRIES_OF_AN_ADDRESS,
    note_looked_at,
)
from offer_site.clock.jobs import clear_attempts
from offer_site.journal.models import Entry
from offer_site.staff.attention import needs_attention
from tests.at_once import at_once
from tests.enrollment.company import a_list, order_list
from tests.enrollment.halves.scenes import a_request
from tests.given import NOON, a_cohort, a_paid_order, a_placed_order, an_owner, refusal
from tests.staff.conftest import a_member, signed_in

pytestmark = pytest.mark.clause("3.1")
SITE = "http://testserver"


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOON, tick=False):
        yield


def page(code, name="order"):
    return reverse(name, args=[code])


def path_of(link):
    return "/" + link.split("//", 1)[1].partition("/")[2]


def attention_of(user):
    at = timezone.now()
    listed = [matter.question.listed for matter in needs_attention(user=user, at=at)]
    return "attempts_ordertries" in listed


def tried(times, *, client=None, code="SM00000", **headers):
    """The last answer to so many tries."""
    client = client or Client()
    for _time in range(times):
        answer = client.get(page(code), **headers)
    return answer


DOORS = [
    "order",
    "order_email",
    "order_report",
    "order_contract",
    "order_instalments",
    "clarification",
    "invoice",
    "invoice_report",
    "halves_checkout",
]


@pytest.mark.parametrize("door", DOORS)
def test_a_strangers_try_is_answered_alike_and_kept_without_a_look_up(db, client, door):
    order = a_placed_order()
    answers = []
    for code in (order.code, "SM00000"):
        with CaptureQueriesContext(
            connection,
        ) as said:
            answer = client.get(page(code, door))
        statements = [each["sql"] for each in said.captured_queries]
        assert not [sql for sql in statements if "enrollment_order" in sql]
        answers.append((answer.status_code, answer.content.replace(code.encode(), b"")))
    assert answers[0] == answers[1]
    assert answers[0][0] == 404
    kept = OrderTries.objects.get()
    assert (kept.home, kept.made, kept.page) == ("127.0.0.1", 2, door)


@pytest.mark.parametrize("door", ["order_cancellation", "payment_start", "invoice_cancellation"])
def test_a_try_by_a_post_is_kept_too(db, client, door):
    assert client.post(page("SM00000", door)).status_code == 404
    assert OrderTries.objects.get().page == door


def test_a_made_up_key_is_a_try_and_a_right_one_is_none(db, client):
    order = a_placed_order()
    for code in (order.code, "SM00000"):
        assert client.get(page(code), {"key": "made-up"}).status_code == 404
    assert OrderTries.objects.get().made == 2
    assert client.get(path_of(order_link(order))).status_code == 302
    assert client.get(page(order.code)).status_code == 200
    assert OrderTries.objects.get().made == 2


def test_invoices_and_requests_are_opened_by_their_links_and_tried_by_strangers(db, client):
    cohort = a_cohort()
    invoice, _is_new = order_list(a_list(2), cohort=cohort)
    request = a_request(cohort=cohort)
    for link, thing in (
        (invoice_link(invoice, invoice.orders.select_related("party")), invoice),
        (halves_link(request), request),
    ):
        assert Client().get(thing.get_absolute_url()).status_code == 404
        assert client.get(path_of(link)).status_code == 302
        assert client.get(thing.get_absolute_url()).status_code == 200
    assert OrderTries.objects.get().made == 2


def test_a_signed_in_student_who_opens_anothers_order_tries(db):
    mine = a_paid_order()
    other = a_paid_order(cohort=mine.cohort)
    desk = signed_in(User.objects.create_user(mine.party.email))
    assert desk.get(page(mine.code)).status_code == 200
    assert not OrderTries.objects.exists()
    doors = ("order", "cabinet_letters", "certificate_file", "course")
    for door in doors:
        assert desk.get(page(other.code, door)).status_code == 404
    assert OrderTries.objects.get().made == len(doors)


def test_one_browser_is_answered_so_often_and_then_told_when_to_come_back(db, client):
    order = a_placed_order()
    client.cookies["csrftoken"] = "x" * 32
    assert tried(TRIES_OF_A_BROWSER, client=client).status_code == 404
    for code in ("SM00000", order.code):
        answer = client.get(page(code))
        assert (answer.status_code, answer["Retry-After"]) == (429, "3600")
    assert OrderTries.objects.get().made == TRIES_OF_A_BROWSER + 2
    # Another browser behind the address, and a right link in the same one, are not held up.
    assert tried(1).status_code == 404
    assert client.get(path_of(order_link(order))).status_code == 302


def test_after_an_hour_it_is_answered_again(db, client):
    client.cookies["csrftoken"] = "x" * 32
    tried(TRIES_OF_A_BROWSER + 1, client=client)
    with time_machine.travel(NOON + timedelta(hours=1, minutes=1), tick=False):
        assert tried(1, client=client).status_code == 404


def test_a_class_behind_one_address_is_not_held_up_and_a_script_is(db):
    order = a_placed_order()
    for _pupil in range(31):
        assert tried(5).status_code == 404
    assert tried(TRIES_OF_AN_ADDRESS - 31 * 5).status_code == 404
    assert tried(1).status_code == 429
    assert tried(1, REMOTE_ADDR="198.51.100.9").status_code == 404
    assert Client().get(path_of(order_link(order))).status_code == 302


def test_the_429_speaks_both_languages_and_tells_nothing_of_an_order(db):
    order = a_placed_order()
    tried(TRIES_OF_AN_ADDRESS)
    answer = Client().get(page(order.code))
    assert answer.status_code == 429
    assert "Бұл желіден жоқ беттер тым жиі ашылды" in answer.text
    assert "Из этой сети слишком часто открывали несуществующие страницы" in answer.text
    assert order.code not in answer.text


def test_tries_at_once_are_all_counted(transactional_db):
    def one():
        return Client().get(page("SM00000")).status_code

    with time_machine.travel(NOON, tick=False):
        assert set(at_once([one] * 20)) == {404}
    assert OrderTries.objects.get().made == 20


def test_who_comes_back_from_the_bank_in_another_browser_does_not_try(db, client):
    order = a_placed_order()
    for code in (order.code, "SM00000"):
        assert client.get(page(code, "payment_return")).status_code == 200
    assert not OrderTries.objects.exists()
    assert client.get(page(order.code, "payment_return"), {"key": "made-up"}).status_code == 200
    assert OrderTries.objects.get().made == 1


def test_what_looks_like_a_search_is_told_and_what_may_be_mistakes_is_not(db):
    manager = a_member("manager")
    tried(LIKE_A_SEARCH - 1)
    assert not attention_of(manager)
    tried(1)
    assert attention_of(manager)
    assert not attention_of(a_member("accountant"))
    found = signed_in(manager).get("/admin/attempts/ordertries/", {"attention": "search"})
    assert [row.home for row in found.context["cl"].result_list] == ["127.0.0.1"]


def test_staff_look_at_it_once_and_later_tries_are_told_anew(db):
    manager = a_member("manager")
    desk = signed_in(manager)
    tried(LIKE_A_SEARCH)
    row = OrderTries.objects.get()
    button = reverse("admin:attempts_ordertries_looked-at", args=[row.pk])
    shown = desk.get(reverse("admin:attempts_ordertries_change", args=[row.pk]))
    assert button in shown.text
    desk.post(button, {})
    assert not attention_of(manager)
    entry = Entry.objects.get(verb="order_tries.looked_at")
    assert entry.facts == {"day": "2026-11-23", "tries": LIKE_A_SEARCH}
    assert "127.0.0.1" not in str(entry.facts)
    desk.post(button, {})
    assert Entry.objects.filter(verb="order_tries.looked_at").count() == 1
    tried(LIKE_A_SEARCH)
    assert attention_of(manager)


def test_looked_at_twice_at_once_it_is_noted_once(transactional_db):
    owner = an_owner()
    tried(3)
    row = OrderTries.objects.get()

    def look():
        note_looked_at(tries=row, by=owner, at=NOON)
        return True

    came = at_once([look] * 4, errors=Exception)
    assert came.count(True) == 1
    with refusal():
        look()


@pytest.mark.clause("5.2")
def test_addresses_are_kept_for_thirty_days(db):
    tried(1)
    kept_until = NOON + timedelta(days=30)
    list(clear_attempts(kept_until))
    assert OrderTries.objects.count() == 1
    [done] = clear_attempts(kept_until + timedelta(days=1))
    assert done.line == "old tries at orders of others deleted: 1"
    assert not OrderTries.objects.exists()


def test_staff_never_write_what_was_tried(db):
    tried(1)
    desk = signed_in(a_member("owner"))
    row = OrderTries.objects.get()
    assert desk.get("/admin/attempts/ordertries/add/").status_code == 403
    changed = desk.post(reverse("admin:attempts_ordertries_change", args=[row.pk]), {"made": 0})
    assert changed.status_code == 403
    assert OrderTries.objects.get().made == 1
