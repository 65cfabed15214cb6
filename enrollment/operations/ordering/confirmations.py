"""What is confirmed by a link before an order can be paid (2.6, 5.1)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from enrollment.models import (
    Confirmation,
    ConfirmationSubject,
    Consent,
    ConsentPurpose,
    ConsentWay,
    Order,
)
from offer_site.errors import RuleViolation
from offer_site.journal.operations import Line, record_lines

from .guardians import OPEN
from .placing import consents_given

NEEDED = (ConsentPurpose.TRUTH, ConsentPurpose.CONTRACT)


@dataclass(frozen=True)
class ConfirmedFrom:
    """Where a confirmation came from, as of a checkout."""

    address: str | None = None
    agent: str = ""
    browser: str = ""


@transaction.atomic(savepoint=False)
def confirm_consents(
    *,
    order: Order,
    consents: Sequence[tuple[str, str]],
    language: str,
    origin: ConfirmedFrom,
    by: str,
    at: datetime,
) -> bool:
    """Take the buyer's own consents to an order that was taken on the phone (2.6, 5.1).

    The payment opens when nothing else is left to confirm. A lapsed order can be confirmed as well:
    money of its day may have come first, and waits for it (4.3). False, and nothing changed, when
    they were given before. `consents` are purposes with their exact texts. Locks the order.
    """
    order = Order.objects.people_locked().with_people().get(pk=order.pk)
    confirmation = open_confirmation(order, ConfirmationSubject.CONSENTS)
    if confirmation is None:
        return False
    order.require(*OPEN, message=_("This order is not open any more."), clause="4.3")
    given = {purpose for purpose, _text in consents}
    if not given.issuperset(NEEDED):
        raise RuleViolation(
            _("Without this the order cannot be placed. Tick it to go on."), clause="5.1"
        )
    party = order.party
    party.origin_address = origin.address
    party.origin_agent = origin.agent[:300]
    party.origin_browser = origin.browser
    party.save(update_fields=["origin_address", "origin_agent", "origin_browser"])
    digest = party.origin_digest()
    for purpose, text in consents:
        Consent.objects.create(
            party=party,
            edition_id=order.edition_id,
            purpose=purpose,
            text=text,
            language=language,
            given_at=at,
            origin_digest=digest,
            way=ConsentWay.LINK,
        )
    lines = [
        *consents_given(order, consents, origin=digest, way=ConsentWay.LINK, language=language),
        close_confirmation(order, confirmation, language=language, origin=digest, at=at),
    ]
    record_lines(lines, order=order.code, by=by, at=at)
    return True


def open_confirmation(order: Order, subject: ConfirmationSubject) -> Confirmation | None:
    """What a locked order still asks to confirm of this subject."""
    return Confirmation.objects.open().filter(order=order, subject=subject).first()


def close_confirmation(
    order: Order, confirmation: Confirmation, *, language: str, origin: str, at: datetime
) -> Line:
    """Note that something of a locked order is confirmed; the payment opens with the last of them.

    Returns the row of the journal, which the caller records with what was confirmed.
    """
    confirmation.confirmed_at = at
    confirmation.confirmed_in = language
    confirmation.origin_digest = origin
    confirmation.save(update_fields=["confirmed_at", "confirmed_in", "origin_digest"])
    order.awaits_confirmation = Confirmation.objects.open().filter(order=order).exists()
    order.save(update_fields=["awaits_confirmation"])
    facts = {
        "subject": confirmation.subject,
        "language": language,
        "origin": origin,
        "opens_payment": not order.awaits_confirmation,
    }
    return Line("order.confirmed", ("order", order.code), facts, "2.6")
