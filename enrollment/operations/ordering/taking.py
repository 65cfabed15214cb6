"""Who takes an order for its buyer: the rows and the facts of it (2.6)."""

from dataclasses import dataclass
from datetime import datetime

from enrollment.models import (
    Confirmation,
    ConfirmationSubject,
    ConsentsBy,
    ConsentWay,
    Order,
    OrderTaking,
    Partner,
    TakenBy,
)
from enrollment.operations.links import confirmation_link
from offer_site.accounts.models import User


@dataclass(frozen=True)
class Taken:
    """Who takes an order: a member of staff, a partner, or staff for a partner."""

    consents: ConsentsBy
    staff: User | None = None
    partner: Partner | None = None

    @property
    def taken_by(self) -> TakenBy:
        return TakenBy.PARTNER if self.partner else TakenBy.STAFF

    @property
    def awaits_confirmation(self) -> bool:
        return self.consents == ConsentsBy.LINK

    @property
    def way(self) -> ConsentWay:
        """How the consents that are given with the order are given."""
        return ConsentWay.ALOUD if self.consents == ConsentsBy.ALOUD else ConsentWay.CHECKOUT


def by_partner(partner: Partner | None) -> Taken | None:
    """The order that a buyer places alone, by a partner's link; None without a partner."""
    return Taken(ConsentsBy.OWN, partner=partner) if partner else None


def taking_of(order: Order, taken: Taken, *, at: datetime) -> OrderTaking:
    """The row of it, not saved yet."""
    return OrderTaking(
        order=order,
        staff=taken.staff,
        partner=taken.partner,
        partner_name=taken.partner.name if taken.partner else "",
        consents=taken.consents,
        taken_at=at,
    )


def confirmation_of(order: Order, *, by: str, at: datetime) -> Confirmation:
    """What the buyer is asked to confirm, not saved yet."""
    return Confirmation(order=order, subject=ConfirmationSubject.CONSENTS, asked_at=at, asked_by=by)


def taken_facts(order: Order, taken: Taken) -> dict[str, str]:
    """What the letter about a new order says of who took it, and the link to confirm it."""
    facts: dict[str, str] = {}
    if taken.partner:
        facts["partner"] = taken.partner.name
    if taken.staff:
        facts["called"] = str(taken.consents)
    if taken.awaits_confirmation:
        facts["order_url"] = confirmation_link(order, ConfirmationSubject.CONSENTS)
    return facts
