"""The cohort's Telegram group is entered by a personal invite and left with access (11.5)."""

import time
from contextlib import contextmanager
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
import time_machine
from django.db import connection
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from enrollment.operations.halves.suspensions import suspend_overdue
from enrollment.operations.training.enrollments import complete_enrollment
from enrollment.operations.training.groups import keep_groups
from enrollment.operations.training.terminations import end_refunded_order
from offer_site.breakers import FAILURES, breaker_of
from offer_site.clock.schedule import job
from offer_site.days import end_of_day
from offer_site.journal.models import Entry
from offer_site.telegram.groups import invite, send_due_invites, send_invite, shut, try_again
from offer_site.telegram.models import GroupInvite, InviteState
from offer_site.telegram.outbox import MOST_ATTEMPTS
from tests.accounts.signing import signed_in
from tests.at_once import at_once
from tests.enrollment.halves.scenes import REST_ON, a_half_paid_order, pay_the_rest
from tests.given import NOON, a_cohort, a_paid_order, an_owner, refusal
from tests.services import on_sqlite  # noqa: F401 - in a mark
from tests.telegram import a_member, fake_telegram, tell

GROUP = -1001234567890
USER = 4001
pytestmark = pytest.mark.django_db(transaction=True)
OVERDUE = end_of_day(REST_ON)
SECOND = 1_790_000_000


@pytest.fixture
def telegram(settings):
    with fake_telegram(settings) as telegram:
        yield telegram


def a_grouped_cohort():
    cohort = a_cohort()
    cohort.telegram_group = GROUP
    cohort.save()
    return cohort


def clock(at):
    """What the clock does in one minute."""
    done = keep_groups(at=at)
    send_due_invites(at=at)
    return done


def the_invite(order):
    return GroupInvite.objects.of(("enrollment", str(order.enrollment.pk))).standing().get()


def comes_in(order, *, user=USER, second=SECOND):
    with time_machine.travel(NOON, tick=False):
        tell(a_member(the_invite(order).link, group=GROUP, user=user, second=second))


def leaves(*, user=USER, status="left", second=SECOND):
    with time_machine.travel(NOON, tick=False):
        tell(a_member("", group=GROUP, user=user, status=status, second=second))


@contextmanager
def left_alone(url):
    """The server gave no answers a moment ago: it is not asked."""
    breaker = breaker_of(urlsplit(url).netloc)
    breaker.failures = FAILURES
    breaker.closed_at = time.monotonic()
    yield
    breaker.failures = 0


def banned(telegram):
    return [what for method, what in telegram.of_groups if method == "banChatMember"]


def verbs(order):
    found = Entry.objects.filter(chain=order.code, verb__startswith="group.").order_by("number")
    return list(found.values_list("verb", flat=True))


@pytest.mark.clause("11.5")
def test_who_has_access_gets_a_personal_invite_once(telegram):
    order = a_paid_order(cohort=a_grouped_cohort())
    a_paid_order()  # of a cohort without a group
    assert clock(NOON) == [(order.code, "invited")]
    assert clock(NOON + timedelta(minutes=1)) == []
    [(method, asked)] = telegram.asked
    assert method == "createChatInviteLink"
    assert (asked["chat_id"], asked["name"], asked["member_limit"]) == (GROUP, order.code, 1)
    assert asked["expire_date"] == int((NOON + timedelta(days=7)).timestamp())
    assert verbs(order) == ["group.invited"]
    with time_machine.travel(NOON, tick=False):
        browser = signed_in(order.party.email)
        page = reverse("course", args=[order.code])
        link = the_invite(order).link
        assert link in browser.get(page).content.decode()
        comes_in(order)
        assert link not in browser.get(page).content.decode()
    assert the_invite(order).user == USER


@pytest.mark.clause("11.5", "4.3.1")
def test_access_that_closes_puts_out_and_a_new_invite_comes_with_it_again(telegram):
    order = a_half_paid_order(cohort=a_grouped_cohort())
    clock(NOON)
    former = the_invite(order).link
    comes_in(order)
    suspend_overdue(at=OVERDUE)
    assert clock(OVERDUE) == [(order.code, "shut")]
    assert telegram.of_groups[1:] == [("revokeChatInviteLink", former), ("banChatMember", USER)]
    assert clock(OVERDUE + timedelta(minutes=1)) == []
    later = OVERDUE + timedelta(hours=1)
    pay_the_rest(order, at=later)
    assert clock(later) == [(order.code, "invited")]
    assert telegram.of_groups[3:] == [
        ("unbanChatMember", USER),
        ("createChatInviteLink", order.code),
    ]
    assert the_invite(order).link != former
    assert verbs(order) == ["group.invited", "group.shut", "group.invited"]


def test_the_day_of_the_rest_closes_it_before_any_other_job(telegram):
    order = a_half_paid_order(cohort=a_grouped_cohort())
    clock(NOON)
    comes_in(order)
    assert clock(OVERDUE) == [(order.code, "shut")]


def test_an_ended_contract_leaves_and_a_completed_one_stays(telegram):
    cohort = a_grouped_cohort()
    ended, completed = a_paid_order(cohort=cohort), a_paid_order(cohort=cohort)
    clock(NOON)
    comes_in(ended)
    comes_in(completed, user=USER + 1)
    end_refunded_order(order=ended, occasion="case 1", by=an_owner(), at=NOON)
    evening = end_of_day(cohort.ends_on)
    complete_enrollment(enrollment=completed.enrollment, by=an_owner(), at=evening)
    assert clock(evening) == [(ended.code, "shut")]


def test_who_comes_by_an_invite_that_was_shut_is_put_out(telegram):
    order = a_paid_order(cohort=a_grouped_cohort())
    clock(NOON)
    link = the_invite(order).link
    end_refunded_order(order=order, occasion="case 1", by=an_owner(), at=NOON)
    clock(NOON)
    tell(a_member(link, group=GROUP))
    send_due_invites(at=NOON + timedelta(minutes=1))
    send_due_invites(at=NOON + timedelta(days=3650))
    assert telegram.of_groups[-1] == ("banChatMember", USER)


def test_an_invite_that_was_not_used_is_made_anew(telegram):
    order = a_paid_order(cohort=a_grouped_cohort())
    clock(NOON)
    former = the_invite(order).link
    assert clock(NOON + timedelta(days=7, minutes=59)) == []
    assert clock(NOON + timedelta(days=7, minutes=61)) == [(order.code, "invited")]
    assert the_invite(order).link != former
    assert [method for method, _what in telegram.of_groups] == ["createChatInviteLink"] * 2


def test_who_leaves_alone_may_come_again_and_is_not_banned(telegram):
    order = a_paid_order(cohort=a_grouped_cohort())
    clock(NOON)
    comes_in(order)
    tell(a_member("", group=GROUP, status="left"))
    assert clock(NOON) == [(order.code, "invited")]
    assert "banChatMember" not in [method for method, _what in telegram.of_groups]


def test_an_invite_that_is_shut_while_it_is_made_is_revoked(telegram):
    order = a_paid_order(cohort=a_grouped_cohort())
    keep_groups(at=NOON)
    found = the_invite(order)
    telegram.before = lambda: shut(about=("enrollment", str(order.enrollment.pk)), at=NOON)
    send_invite(invite_id=found.pk, at=NOON)
    send_due_invites(at=NOON + timedelta(days=1))
    assert [method for method, _what in telegram.of_groups] == [
        "createChatInviteLink",
        "revokeChatInviteLink",
    ]
    assert GroupInvite.objects.get().state == InviteState.CLOSED


def test_the_next_invite_waits_until_the_former_is_shut(telegram):
    order = a_half_paid_order(cohort=a_grouped_cohort())
    clock(NOON)
    comes_in(order)
    telegram.refusals = [(500, {"description": "later"})]
    assert clock(OVERDUE) == [(order.code, "shut")]
    pay_the_rest(order, at=OVERDUE + timedelta(seconds=1))
    assert clock(OVERDUE + timedelta(seconds=2)) == [(order.code, "invited")]
    assert len([each for each in telegram.of_groups if each[0] == "createChatInviteLink"]) == 1
    for minutes in (10, 20):
        send_due_invites(at=OVERDUE + timedelta(minutes=minutes))
    assert [method for method, _what in telegram.of_groups[2:]] == [
        "revokeChatInviteLink",
        "banChatMember",
        "unbanChatMember",
        "unbanChatMember",
        "createChatInviteLink",
    ]


def test_what_telegram_refuses_waits_for_staff(telegram):
    order = a_paid_order(cohort=a_grouped_cohort())
    telegram.refusals = [(400, {"description": "not enough rights"})]
    clock(NOON)
    found = the_invite(order)
    assert (found.state, "rights" in found.last_error) == (InviteState.DEAD, True)
    assert clock(NOON + timedelta(hours=1)) == []
    try_again(found=found, by="staff:1", at=NOON)
    send_due_invites(at=NOON)
    assert the_invite(order).state == InviteState.MADE
    with refusal():
        try_again(found=found, by="staff:1", at=NOON)


def test_the_clock_at_once_with_itself_invites_once(telegram):
    order = a_paid_order(cohort=a_grouped_cohort())
    at_once([lambda: clock(NOON)] * 4)
    assert telegram.of_groups == [("createChatInviteLink", order.code)]
    assert verbs(order) == ["group.invited"]


def test_without_a_bot_nothing_is_done(settings):
    settings.TELEGRAM_BOT_TOKEN = ""
    a_paid_order(cohort=a_grouped_cohort())
    assert keep_groups(at=NOON) == []
    assert list(job("keep_groups").run(NOON)) == []


# --- The link after its person left
@pytest.mark.clause("11.5")
def test_the_link_of_who_left_is_revoked(telegram):
    """Its limit counts those who are in the group, so it would let the next one in."""
    order = a_paid_order(cohort=a_grouped_cohort())
    clock(NOON)
    former = the_invite(order).link
    comes_in(order)
    leaves()
    clock(NOON)
    clock(NOON + timedelta(minutes=1))
    assert telegram.of_groups[1:] == [
        ("revokeChatInviteLink", former),
        ("unbanChatMember", USER),
        ("createChatInviteLink", order.code),
    ]


@pytest.mark.clause("11.5")
def test_who_comes_by_the_link_of_one_who_left_is_put_out(telegram):
    order = a_paid_order(cohort=a_grouped_cohort())
    clock(NOON)
    link = the_invite(order).link
    comes_in(order)
    leaves(second=SECOND + 1)
    with time_machine.travel(NOON, tick=False):
        tell(a_member(link, group=GROUP, user=USER + 1, second=SECOND + 2))
    clock(NOON)
    assert banned(telegram) == [USER + 1]


def test_a_second_person_by_one_link_is_put_out_though_nobody_told_who_left(telegram):
    order = a_paid_order(cohort=a_grouped_cohort())
    clock(NOON)
    former = the_invite(order).link
    comes_in(order)
    comes_in(order, user=USER + 1, second=SECOND + 5)
    clock(NOON)
    clock(NOON + timedelta(minutes=1))
    assert banned(telegram) == [USER + 1]
    assert ("revokeChatInviteLink", former) in telegram.of_groups
    assert the_invite(order).link != former


def test_who_is_put_out_by_hand_is_not_invited_again_and_the_link_is_revoked(telegram):
    order = a_paid_order(cohort=a_grouped_cohort())
    clock(NOON)
    former = the_invite(order).link
    comes_in(order)
    leaves(status="kicked")
    assert clock(NOON) == []
    assert telegram.of_groups[1:] == [("revokeChatInviteLink", former)]
    leaves(second=SECOND + 60)  # Telegram tells so of whoever is let in again
    assert clock(NOON + timedelta(minutes=1)) == [(order.code, "invited")]


# --- Updates out of order
def test_a_departure_that_is_told_before_its_coming_is_one(telegram):
    order = a_paid_order(cohort=a_grouped_cohort())
    clock(NOON)
    former = the_invite(order).link
    leaves(second=SECOND + 10)
    comes_in(order)
    assert clock(NOON) == [(order.code, "invited")]
    clock(NOON + timedelta(minutes=1))
    assert ("revokeChatInviteLink", former) in telegram.of_groups
    assert banned(telegram) == []


@pytest.mark.clause("11.5")
def test_a_departure_that_is_told_after_the_next_coming_changes_nothing(telegram):
    """Else nobody would know that the person is in the group, and shut access put nobody out."""
    order = a_half_paid_order(cohort=a_grouped_cohort())
    clock(NOON)
    comes_in(order)
    comes_in(order, second=SECOND + 20)
    leaves(second=SECOND + 10)
    assert clock(NOON) == []
    clock(OVERDUE)
    assert banned(telegram) == [USER]


def comes_and_leaves_at_once(number):
    """The invite of somebody whose coming and departure are told in one moment."""
    about = ("somebody", str(number))
    invite(about=about, group=GROUP, label="somebody", at=NOON)
    send_due_invites(at=NOON)
    made = GroupInvite.objects.of(about).get()
    came = a_member(made.link, group=GROUP, user=USER + number)
    left = a_member("", group=GROUP, user=USER + number, status="left", second=SECOND + 1)
    at_once([lambda: tell(came), lambda: tell(left)])
    return GroupInvite.objects.get(pk=made.pk)


def test_a_coming_and_a_departure_of_one_moment_are_both_known(telegram):
    with time_machine.travel(NOON, tick=False):
        for number in range(5):
            found = comes_and_leaves_at_once(number)
            assert found.departed_at
            assert found.shut_at


@pytest.mark.faults
@pytest.mark.skipif("on_sqlite()")
def test_without_locks_a_departure_is_lost(telegram, monkeypatch):
    """The control: the test above can fail."""
    locks = QuerySet.select_for_update

    def unlocked(self, *args, **kwargs):
        return self if self.model is GroupInvite else locks(self, *args, **kwargs)

    monkeypatch.setattr(QuerySet, "select_for_update", unlocked)
    with time_machine.travel(NOON, tick=False):
        for number in range(60):
            if not comes_and_leaves_at_once(number).departed_at:
                return
    pytest.fail("no departure was lost without locks")


# --- Attempts
def test_what_was_not_asked_is_no_attempt(telegram, settings):
    order = a_paid_order(cohort=a_grouped_cohort())
    keep_groups(at=NOON)
    found = the_invite(order)
    GroupInvite.objects.update(attempts=MOST_ATTEMPTS - 1)
    with left_alone(telegram.url):
        send_invite(invite_id=found.pk, at=NOON)
    found.refresh_from_db()
    assert (found.state, found.attempts) == (InviteState.QUEUED, MOST_ATTEMPTS - 1)
    assert telegram.asked == []
    send_due_invites(at=NOON + timedelta(minutes=2))
    assert the_invite(order).state == InviteState.MADE


# --- Statements
def test_a_minute_costs_as_many_statements_for_ten_students_as_for_two(telegram):
    cohort = a_grouped_cohort()
    for _number in range(2):
        a_paid_order(cohort=cohort)
    clock(NOON)
    with CaptureQueriesContext(connection) as few:
        assert keep_groups(at=NOON) == []
    for _number in range(8):
        a_paid_order(cohort=cohort)
    clock(NOON)
    with CaptureQueriesContext(connection) as many:
        assert keep_groups(at=NOON) == []
    assert len(many) == len(few)
