"""How a staff page writes a moment, and a person with a way to their page."""

from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from offer_site.days import ALMATY

ROLES = {
    "system": _("the clock"),
    "visitor": _("the buyer"),
    "staff": _("staff No."),
    "user": _("user No."),
}


def moment(at: datetime | None) -> str:
    """Write a moment as staff read it, in Almaty."""
    return f"{at.astimezone(ALMATY):%d.%m.%Y %H:%M}" if at else "–"


def person(by: str) -> Any:
    """Write whom the journal names: a member of staff or a user with a way to their page,
    others by their role.
    """
    role, _colon, key = by.partition(":")
    words = ROLES.get(role, role)
    if not key.isdigit():
        return words
    return format_html(
        '<a href="{}">{} {}</a>', reverse("admin:accounts_user_change", args=[key]), words, key
    )
