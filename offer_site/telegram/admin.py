"""Telegram messages to students for staff; a dead one can be sent again (4.3.1)."""

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from offer_site.accounts.models import User
from offer_site.admin.buttons import Button
from offer_site.admin.chapters import Chapter
from offer_site.admin.filters import QuestionFilter
from offer_site.admin.links import without_keys
from offer_site.admin.pages import ReadOnlyAdmin
from offer_site.journal.operations import actor

from .groups import try_again
from .models import GroupInvite, InviteState, MessageState, TelegramMessage
from .operations import ask_again


def press_send_again(
    message: TelegramMessage, values: dict[str, Any], *, by: User, at: datetime
) -> Promise:
    ask_again(message=message, by=actor(by), at=at)
    return _("The message is queued again.")


@admin.register(TelegramMessage)
class TelegramMessageAdmin(ReadOnlyAdmin):
    passing = frozenset({"lease_until"})
    list_display = (
        "queued_at",
        "state",
        "what",
        "chat",
        "attempts",
        "sent_at",
        "answer",
        "answered_at",
    )
    list_filter = (QuestionFilter, "state", "what", "queued_at")
    list_select_related = ("chat",)
    search_fields = ("chat__about_key",)
    fields = (
        "chat",
        "what",
        "occasion",
        "state",
        "last_error",
        "queued_at",
        "attempts",
        "next_attempt_at",
        "lease_until",
        "message_id",
        "sent_at",
        "answer",
        "answered_at",
    )
    questions = {
        "dead": (_("messages given up"), lambda messages, at: messages.dead()),
        "without-owner": (
            _("messages that nobody sends"),
            lambda messages, at: messages.without_owner(at),
        ),
    }
    buttons = (
        Button(
            "send-again",
            _("Send again"),
            permission="telegram.change_telegrammessage",
            operate=press_send_again,
            note=_("The same message is sent to the same chat. Mend what stopped it first."),
            is_offered=lambda message: message.state == MessageState.DEAD,
        ),
    )

    def chapters(self, request: HttpRequest, subject: TelegramMessage) -> list[Chapter]:
        rows = [
            (_("text"), without_keys(subject.text)),
            *((_("button"), each.label) for each in subject.buttons.all()),
        ]
        return [Chapter(_("message"), rows)]


def press_try_again(
    found: GroupInvite, values: dict[str, Any], *, by: User, at: datetime
) -> Promise:
    try_again(found=found, by=actor(by), at=at)
    return _("It is queued again.")


@admin.register(GroupInvite)
class GroupInviteAdmin(ReadOnlyAdmin):
    passing = frozenset({"lease_until"})
    list_display = ("queued_at", "label", "state", "made_at", "joined_at", "shut_at", "closed_at")
    list_filter = (QuestionFilter, "state", "queued_at")
    search_fields = ("label",)
    fields = (
        "label",
        "group",
        "state",
        "last_error",
        "queued_at",
        "attempts",
        "next_attempt_at",
        "made_at",
        "expires_at",
        "user",
        "joined_at",
        "departed_at",
        "shut_at",
        "closed_at",
    )
    questions = {"dead": (_("invites given up"), lambda invites, at: invites.dead())}
    buttons = (
        Button(
            "again",
            _("Try again"),
            permission="telegram.change_groupinvite",
            operate=press_try_again,
            note=_("Make our bot an administrator of the group first."),
            is_offered=lambda found: found.state == InviteState.DEAD,
        ),
    )
