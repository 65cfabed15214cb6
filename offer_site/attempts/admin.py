"""Tries at orders of others, as staff find them (3.1 (5))."""

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from offer_site.accounts.models import User
from offer_site.admin.buttons import Button
from offer_site.admin.filters import QuestionFilter
from offer_site.admin.links import moment, moment_by
from offer_site.admin.pages import ReadOnlyAdmin

from .models import OrderTries
from .tries import note_looked_at


def look_at(tries: OrderTries, values: dict[str, Any], *, by: User, at: datetime) -> str:
    note_looked_at(tries=tries, by=by, at=at)
    return gettext("Noted. Later tries of this day are told anew.")


def is_unseen(tries: OrderTries) -> bool:
    return tries.seen_made < tries.made


@admin.register(OrderTries)
class OrderTriesAdmin(ReadOnlyAdmin):
    list_display = ["home", "day", "made", "page", "last"]
    list_filter = [QuestionFilter]
    date_hierarchy = "day"
    search_fields = ["home"]
    fields = [
        "home",
        "day",
        "made",
        "first",
        "last",
        "page",
        "agent",
        "seen_made",
        "seen",
    ]
    questions = {
        "search": (
            _("looks like a search for orders of others"),
            lambda tries, at: tries.like_a_search(),
        ),
    }
    buttons = [
        Button(
            "looked-at",
            _("I have looked at it"),
            permission="attempts.change_ordertries",
            operate=look_at,
            note=_(
                "Nothing was opened: each try was answered as for an order that does not exist. "
                "If they go on, ask whoever keeps the site to shut the address out."
            ),
            is_offered=is_unseen,
        ),
    ]

    @admin.display(description=_("first at"), ordering="first_at")
    def first(self, tries: OrderTries) -> str:
        return moment(tries.first_at)

    @admin.display(description=_("last at"), ordering="last_at")
    def last(self, tries: OrderTries) -> str:
        return moment(tries.last_at)

    @admin.display(description=_("looked at"))
    def seen(self, tries: OrderTries) -> str:
        return moment_by(tries.seen_at, tries.seen_by)
