"""The rooms of a contract's cabinet, and how many letters are new in one of them."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from enrollment.models import Order
from offer_site.accounts.models import User
from offer_site.correspondence.models import CohortLetterReceiver
from offer_site.notices.kinds import LETTERS, NoticeKind
from offer_site.notices.models import Notice, NoticeState

ROOMS = {
    "cabinet": pgettext_lazy("room", "Today"),
    "course": _("Course"),
    "cabinet_documents": _("Documents"),
    "cabinet_letters": _("Letters"),
    "what_if": _("If…"),
}
FOR_THE_MAILBOX_ALONE = [kind for kind in NoticeKind if LETTERS[kind].secret]


@dataclass(frozen=True)
class Room:
    """A room as templates/components/rooms.html reads it."""

    url: str
    name: Promise
    is_here: bool
    count: int = 0


def rooms_of(code: str, *, here: str, new_letters: int = 0) -> list[Room]:
    """The rooms of a contract; the first one is the cabinet itself."""
    return [
        Room(
            reverse(page) if page == "cabinet" else reverse(page, args=[code]),
            name,
            is_here=page == here,
            count=new_letters if page == "cabinet_letters" else 0,
        )
        for page, name in ROOMS.items()
    ]


def new_letters_of(user: User, orders: Iterable[Order]) -> int:
    """How many letters about these contracts left since the user last looked at the letters."""
    known = list(orders)
    if not known:
        return 0
    invoices = {each.invoice.code for each in known if each.invoice}
    about = Q(order_code__in=[each.code for each in known])
    if invoices:
        about |= Q(about_kind="invoice", about_key__in=invoices)
    to_cohorts = CohortLetterReceiver.objects.filter(order__in=known).values("notice")
    return (
        Notice.objects.filter(about | Q(pk__in=to_cohorts))
        .filter(
            recipient=user.email,
            state=NoticeState.SENT,
            sent_at__gt=user.letters_seen_at or user.date_joined,
        )
        .exclude(kind__in=FOR_THE_MAILBOX_ALONE)
        .count()
    )
