"""The letters of a contract both ways, in the order of their time (12.1)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext

from enrollment.models import Order, Party
from offer_site.notices.kinds import LETTERS, NoticeKind
from offer_site.notices.models import Notice, NoticeState

from .models import CohortLetterReceiver, Letter, Way
from .rules import Standing


@dataclass(frozen=True)
class Item:
    """One letter of a thread; `thing` is a Notice of the outbox or a Letter of the register."""

    thing: Notice | Letter
    at: datetime
    # False for a letter that staff put here and that is not the contract's party's (12.1.3).
    is_from_party: bool = True

    @property
    def is_ours(self) -> bool:
        return isinstance(self.thing, Notice) or self.thing.way == Way.OUT

    @property
    def form(self) -> str:
        return str(self.thing.get_form_display())

    @property
    def subject(self) -> str:
        """The subject; a letter that is still to be written has the name of its kind."""
        if isinstance(self.thing, Notice):
            return self.thing.subject or str(self.thing.get_kind_display())
        return self.thing.subject or gettext("without a subject")

    @property
    def standing(self) -> str:
        """Of a notice its dispatch, of any other letter what it counts as."""
        if isinstance(self.thing, Notice):
            return str(self.thing.standing)
        if not self.is_from_party and self.thing.standing != Standing.OTHER_ADDRESS:
            return f"{self.thing.counts_as} · {gettext('from another address')}"
        return self.thing.counts_as

    @property
    def has_arrived(self) -> bool:
        """True for what counts: sent, or a notice of the other party."""
        if isinstance(self.thing, Notice):
            return self.thing.state == NoticeState.SENT
        return True

    @property
    def key(self) -> str:
        """How the cabinet's address names it."""
        return f"{'n' if isinstance(self.thing, Notice) else 'l'}{self.thing.pk}"


def thread_of(order: Order, *, notices: Iterable[Notice] | None = None) -> list[Item]:
    """Everything written about an order, the oldest first."""
    sent = notices_of(order) if notices is None else notices
    items = [Item(each, each.sent_at or each.queued_at) for each in sent]
    own = names_of_party(order)
    items += [
        Item(each, each.arrived_at, is_from_party=is_of_party(each, own))
        for each in Letter.objects.of_order(order)
    ]
    return sorted(items, key=lambda item: (item.at, item.key))


def is_of_party(letter: Letter, own: set[str]) -> bool:
    """True for a letter of the contract's party, which has these names, or ours to it (12.1.3).

    Staff put letters of others to a contract too. Of one that was set aside nobody knows whose it
    is: it names no sender.
    """
    if letter.way == Way.OUT:
        return True
    return letter.sender in own and letter.standing != Standing.OTHER_ADDRESS


def names_of_party(order: Order) -> set[str]:
    """The e-mails and names that the party has or had: a letter on paper is signed by a name."""
    parties = [order.party, *order.party.formers.all()]
    return {name for each in parties for name in (each.email, str(each)) if name}


def notices_of(order: Order) -> Iterator[Notice]:
    """The order's notices, those of its invoice, and the letters to its cohort that it got."""
    invoice = order.invoice.code if order.invoice else ""
    about = Q(order_code=order.code) | Q(about_kind="invoice", about_key=invoice)
    of_cohort = CohortLetterReceiver.objects.filter(order=order).values("notice")
    yield from Notice.objects.filter(about | Q(pk__in=of_cohort)).order_by("queued_at", "pk")


def thread_for_student(order: Order) -> list[Item]:
    """What the party wrote and was sent: no letters to others, none that only its mailbox may have.

    Letters that were withdrawn unsent were never written to it.
    """
    party = order.party
    emails = {party.email} | set(
        Party.objects.filter(former_of=party).values_list("email", flat=True)
    )
    shown = [
        each
        for each in notices_of(order)
        if each.recipient in emails
        and not LETTERS[NoticeKind(each.kind)].secret
        and not (each.withdrawn_at and each.state != NoticeState.SENT)
    ]
    return thread_of(order, notices=shown)
