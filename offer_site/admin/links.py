"""How a staff page writes a moment, a person, and the way to another page."""

from datetime import datetime
from typing import Any

from django.db.models import Model
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from offer_site.accounts.models import User
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


def link(url: str, words: object) -> SafeString:
    return format_html('<a href="{}">{}</a>', url, words)


def page_url(model: type[Model], key: Any) -> str:
    """The address of a thing's own page in the admin."""
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_change", args=[key])


def list_url(model: type[Model]) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def linked(thing: Model, words: object = None) -> SafeString:
    """Write a thing's name, or these words, as the way to its page."""
    return link(page_url(type(thing), thing.pk), thing if words is None else words)


def linked_order(thing: Any) -> SafeString:
    """Write the code of the order that a thing belongs to as the way to its page."""
    return linked(thing.order, thing.order.code)


def person(by: str) -> Any:
    """Write whom the journal names: a member of staff or a user with a way to their page,
    others by their role.
    """
    role, _colon, key = by.partition(":")
    words = ROLES.get(role, role)
    if not key.isdigit():
        return words
    return link(page_url(User, key), format_html("{} {}", words, key))


def moment_by(at: datetime | None, by: str) -> str:
    """Write when something was done and by whom; a dash when it was not."""
    return format_html("{}, {}", moment(at), person(by)) if at else "–"
