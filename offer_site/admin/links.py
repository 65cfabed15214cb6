"""Moments, persons and links, as staff pages show them."""

import re
from datetime import datetime
from typing import Any

from django.db.models import Model
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from offer_site.accounts.models import User
from offer_site.days import ALMATY

# 43 characters, over the ends of lines and the signs of a quotation; also within another's link.
KEY_OF_A_LINK = re.compile(
    r"(\?|%3F)key(=|%3D)(?:(?:[>\s]*[\w-]){43}\S*|\S+)", re.IGNORECASE | re.ASCII
)
ROLES = {
    "system": _("the clock"),
    "visitor": _("the buyer"),
    "guardian": _("the guardian of a minor"),
    "link": _("whoever opened the letter's link"),
    "staff": _("staff No."),
    "user": _("user No."),
}


def moment(at: datetime | None) -> str:
    """A moment in Almaty time, to the minute; a dash for None."""
    return f"{at.astimezone(ALMATY):%d.%m.%Y %H:%M}" if at else "–"


def link(url: str, words: object) -> SafeString:
    return format_html('<a href="{}">{}</a>', url, words)


def without_keys(text: str) -> str:
    """The text as staff read it: a signed link opens the student's page to whoever has its key."""
    return KEY_OF_A_LINK.sub(r"\1key\2…", text)


def page_url(model: type[Model], key: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_change", args=[key])


def list_url(model: type[Model]) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def linked(thing: Model, words: object = None) -> SafeString:
    """A link to an object's page, with its name or these words."""
    return link(page_url(type(thing), thing.pk), thing if words is None else words)


def linked_order(thing: Any) -> SafeString:
    """A link with its code to the order of an object."""
    return linked(thing.order, thing.order.code)


def person(by: str) -> Any:
    """The author of a journal row: a link to the user's page, or the name of the role."""
    role, _colon, key = by.partition(":")
    words = ROLES.get(role, role)
    if not key.isdigit():
        return words
    return link(page_url(User, key), format_html("{} {}", words, key))


def moment_by(at: datetime | None, by: str) -> str:
    """When something was done and by whom; a dash when it was not."""
    return format_html("{}, {}", moment(at), person(by)) if at else "–"
