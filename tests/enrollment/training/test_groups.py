"""The cohort's Telegram group is entered by a personal invite and left with access (11.5)."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from enrollment.operations.halves.suspensions import suspend_overdue
from enrollment.operations.training.enrollments import complete_enrollment
from enrollment.operations.training.groups import keep_groups
from enrollment.operations.training.terminations import end_refunded_order
from offer_site.clock.schedule import job
from offer_site.days import end_of_day
from offer_site.journal.models import Entry
from offer_site.telegram.groups import send_due_invites, send_invite, shut, try_again
from offer_site.telegram.models import GroupInvite, InviteState
from tests.accounts.signing import signed_in
from tests.at_once import at_once
from tests.enrollment.halves.scenes import REST_ON, a_half_paid_order, pay_the_rest
from tests.given import NOON, a_cohort, a_paid_order, an_owner, refusal
from tests.telegram import a_member, fake_telegram, tell

GROUP = -1001234567890
USER = 4001
pytestmark = pytest.mark.django_db(transaction=True)
OVERDUE = end_of_day(REST_ON)


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


def comes_in(order, *, user=USER):
    tell(a_member(the_invite(order).link, group=GROUP, user=user))


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
