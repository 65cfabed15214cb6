"""Membership of a group: a personal invite is made and taken back by the bot (11.5).

An invite lets one person in and ends by itself. Telegram tells who came by it; whoever came is
banned when the invite is shut, and unbanned before the next one. The rows are the outbox: leased,
asked of Telegram outside a transaction, recorded.
"""

import hashlib
import logging
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from offer_site.errors import RuleViolation
from offer_site.journal.operations import record
from offer_site.leases import Clock, Pauses, held, sweep, take

from .client import TelegramError, call
from .models import LEASE, GroupInvite, InviteState, TelegramUpdate, UpdateKind
from .outbox import MOST_ATTEMPTS, MessageResult
from .updates import UpdateFacts, read_update

log = logging.getLogger(__name__)

VALID_FOR = timedelta(days=7)
# Telegram may tell late of who came in the last minute.
TOLD_WITHIN = timedelta(hours=1)
PAUSES = Pauses(first=timedelta(minutes=1), longest=timedelta(hours=1))
CLOCKS_DIFFER = timedelta(seconds=5)


def current_invite(about: tuple[str, str]) -> GroupInvite | None:
    """The subject's invite that is not shut; there is one at most."""
    return GroupInvite.objects.of(about).standing().first()


@transaction.atomic(savepoint=False)
def invite(*, about: tuple[str, str], group: int, label: str, at: datetime) -> bool:
    """Have the bot make a personal invite; False if the subject has one.

    The caller has locked the subject. Whoever came by a former invite of the subject is unbanned.
    """
    if GroupInvite.objects.of(about).standing().exists():
        return False
    came = GroupInvite.objects.of(about).filter(group=group, user__isnull=False)
    former = came.order_by("-pk").values_list("user", flat=True).first()
    GroupInvite.objects.create(
        about_kind=about[0],
        about_key=about[1],
        group=group,
        label=label[:32],
        former_user=former,
        queued_at=at,
        next_attempt_at=at - CLOCKS_DIFFER,
        expires_at=at + VALID_FOR,
    )
    return True


@transaction.atomic(savepoint=False)
def shut(*, about: tuple[str, str], at: datetime) -> bool:
    """Take the subject's invite back and have who came by it put out; False if there is none."""
    standing = GroupInvite.objects.of(about).standing()
    return bool(
        standing.update(
            shut_at=at,
            state=InviteState.CLOSING,
            attempts=0,
            next_attempt_at=at - CLOCKS_DIFFER,
            lease_until=None,
        )
    )


def drop_expired(*, at: datetime) -> list[tuple[str, str]]:
    """Close invites that ended unused; return their subjects, who may get another one."""
    expired = GroupInvite.objects.standing().filter(
        state=InviteState.MADE, user=None, expires_at__lte=at - TOLD_WITHIN
    )
    dropped = []
    for each in expired:
        # Whoever comes meanwhile keeps the place: the row is asked again.
        if expired.filter(pk=each.pk).update(shut_at=at, closed_at=at, state=InviteState.CLOSED):
            dropped.append((each.about_kind, each.about_key))
    return dropped


def note_joined(facts: UpdateFacts, *, at: datetime) -> None:
    """Record who came by an invite; who came by one that is shut by now is put out at once.

    A link lets one person in at a time. Whoever comes second is put out, and the link is revoked.
    """
    found = (
        GroupInvite.objects.select_for_update()
        .filter(group=facts.chat_id, link_digest=digest_of(facts.content))
        .first()
    )
    moved_at = _time_of(facts, at)
    if found is None or (found.moved_at and moved_at < found.moved_at):
        return
    is_second = found.user is not None and found.user != facts.member
    found.user = facts.member
    found.joined_at = at
    found.moved_at = moved_at
    found.departed_at = None
    departure = _later_departure(facts, at=at)
    if departure:
        found.moved_at = _time_of(departure, at)
        found.departed_at = at
    if is_second or (departure and not departure.was_put_out):
        found.shut_at = found.shut_at or at
    if found.shut_at or departure:
        _begin_closing(found, at=at)
    found.save()


def note_departed(facts: UpdateFacts, *, at: datetime) -> None:
    """Revoke the link of who left; who left of their own will may be invited again.

    The link would let the next one in: its limit counts those who are in the group.
    """
    invites = GroupInvite.objects.filter(group=facts.chat_id)
    # Their coming may be recorded at this moment: wait for it, or let it wait for this departure.
    list(invites.standing().filter(user=None).order_by("pk").select_for_update())
    moved_at = _time_of(facts, at)
    found = invites.standing().select_for_update().filter(user=facts.member).first()
    if found is None or (found.moved_at and moved_at < found.moved_at):
        return
    found.moved_at = moved_at
    found.departed_at = at
    if not facts.was_put_out:
        found.shut_at = at
    _begin_closing(found, at=at)
    found.save()


def _begin_closing(found: GroupInvite, *, at: datetime) -> None:
    found.state = InviteState.CLOSING
    found.attempts = 0
    found.lease_until = None
    found.next_attempt_at = at - CLOCKS_DIFFER


def _time_of(facts: UpdateFacts, at: datetime) -> datetime:
    """Telegram's time of an update; the time we took it, if it tells none."""
    return datetime.fromtimestamp(facts.second, UTC) if facts.second else at


def _later_departure(joined: UpdateFacts, *, at: datetime) -> UpdateFacts | None:
    """The departure of this person that was told before the coming, though it was after it."""
    departures = TelegramUpdate.objects.filter(
        kind=UpdateKind.DEPARTED, received_at__gt=at - TOLD_WITHIN
    )
    told = (read_update(each.body.encode()) for each in departures)
    theirs = [
        each
        for each in told
        if each
        and (each.chat_id, each.member) == (joined.chat_id, joined.member)
        and (each.second, each.number) > (joined.second, joined.number)
    ]
    return max(theirs, key=lambda each: (each.second, each.number), default=None)


@transaction.atomic
def try_again(*, found: GroupInvite, by: str, at: datetime) -> GroupInvite:
    """Queue what was given up again, for staff; raises RuleViolation if it was not given up."""
    found = GroupInvite.objects.select_for_update().get(pk=found.pk)
    if found.state != InviteState.DEAD:
        raise RuleViolation(_("Only what was given up can be tried again."), clause="11.5")
    found.state = InviteState.CLOSING if found.shut_at else InviteState.QUEUED
    found.attempts = 0
    found.next_attempt_at = at - CLOCKS_DIFFER
    if not found.shut_at:
        found.expires_at = at + VALID_FOR
    found.save(update_fields=["state", "attempts", "next_attempt_at", "expires_at"])
    record(
        "telegram.group_tried_again",
        about=("telegram_invite", str(found.pk)),
        facts={"about": str(found)},
        by=by,
        at=at,
        clause="11.5",
    )
    return found


def send_due_invites(*, at: datetime, limit: int = 500) -> list[MessageResult]:
    """Do everything that waits in groups, each on its own."""
    due = GroupInvite.objects.due(at).order_by("next_attempt_at", "pk")
    return sweep(
        due[:limit],
        lambda each, now: send_invite(invite_id=each.pk, at=now),
        failed=lambda each, error: MessageResult(each.pk, "group", "failed", type(error).__name__),
        at=at,
    )


def send_invite(*, invite_id: int, at: datetime) -> MessageResult | None:
    """Make one invite or shut it, if that is due and nobody else is doing it."""
    clock = Clock(at)
    if not take(GroupInvite.objects.due(at).filter(pk=invite_id), at=at, lease=LEASE):
        return None
    found = GroupInvite.objects.get(pk=invite_id)
    try:
        return _close(found, clock) if found.state == InviteState.CLOSING else _make(found, clock)
    except TelegramError as error:
        return _failed(found, error, at=clock.now())


def _make(found: GroupInvite, clock: Clock) -> MessageResult:
    group = {"chat_id": found.group}
    if found.former_user:
        call("unbanChatMember", group | {"user_id": found.former_user, "only_if_banned": True})
    made = call(
        "createChatInviteLink",
        group
        | {
            "name": found.label,
            "expire_date": int(found.expires_at.timestamp()),
            "member_limit": 1,
        },
    )
    link = made.get("invite_link") if isinstance(made, dict) else None
    if not isinstance(link, str) or not link:
        raise TelegramError("createChatInviteLink: no link in the answer", retry=True)
    facts: dict[str, Any] = {
        "link": link,
        "link_digest": digest_of(link),
        "made_at": clock.now(),
        "lease_until": None,
        "last_error": "",
    }
    if not held(found).filter(state=InviteState.QUEUED).update(state=InviteState.MADE, **facts):
        # It was shut while it was being made: now there is a link to take back.
        GroupInvite.objects.filter(pk=found.pk).update(
            state=InviteState.CLOSING, attempts=0, next_attempt_at=clock.now(), **facts
        )
    return MessageResult(found.pk, "group", "invited")


def _close(found: GroupInvite, clock: Clock) -> MessageResult:
    group = {"chat_id": found.group}
    if found.link:
        try:
            call("revokeChatInviteLink", group | {"invite_link": found.link})
        except TelegramError as error:
            if error.retry:
                raise
            # It ended or was revoked by hand: nobody comes by it.
            log.info("invite %s is not there to be revoked: %s", found.pk, error)
    if found.user and not found.departed_at:
        call("banChatMember", group | {"user_id": found.user})
        if current_invite((found.about_kind, found.about_key)):
            # Access is open again by now: the next invite must let the person in.
            call("unbanChatMember", group | {"user_id": found.user, "only_if_banned": True})
    held(found).filter(state=InviteState.CLOSING).update(
        state=InviteState.CLOSED, closed_at=clock.now(), lease_until=None, last_error=""
    )
    return MessageResult(found.pk, "group", "shut")


def _failed(found: GroupInvite, error: TelegramError, *, at: datetime) -> MessageResult:
    """Set the next attempt, or give the invite up, for staff.

    While Telegram is left alone because it does not answer, waiting costs no attempt.
    """
    if not error.was_asked:
        held(found).update(
            attempts=found.attempts - 1,
            next_attempt_at=at + PAUSES.first,
            lease_until=None,
            last_error=str(error),
        )
        return MessageResult(found.pk, "group", "postponed", str(error))
    if error.retry and found.attempts < MOST_ATTEMPTS:
        pause = timedelta(seconds=error.after) if error.after else PAUSES.after(found.attempts)
        held(found).update(next_attempt_at=at + pause, lease_until=None, last_error=str(error))
        return MessageResult(found.pk, "group", "postponed", str(error))
    held(found).update(state=InviteState.DEAD, lease_until=None, last_error=str(error))
    log.error("The group's invite %s is given up: %s", found.pk, error)
    return MessageResult(found.pk, "group", "dead", str(error))


def digest_of(link: str) -> str:
    """By it an invite is found: the link itself is encrypted."""
    return hashlib.sha256(link.encode()).hexdigest()
