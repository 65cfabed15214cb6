"""Taking a consent back and giving it again (5.1, 5.3.5)."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from enrollment.models import Consent, ConsentPurpose, ConsentWay, ConsentWithdrawal, Order, Party
from offer_site.errors import RuleViolation
from offer_site.journal.operations import record
from offer_site.notices.operations import withdraw_marketing

# The contract cannot be performed without the other consents; they end with it.
OPTIONAL = (ConsentPurpose.CROSS_BORDER, ConsentPurpose.RESEARCH, ConsentPurpose.MARKETING)


@dataclass(frozen=True)
class ConsentOrigin:
    """Where an act about a consent comes from; evidence keeps a salted digest of it (A2)."""

    way: ConsentWay
    address: str = ""
    agent: str = ""

    def digest(self, party: Party) -> str:
        return party.digest_of_origin(self.address, self.agent)


IN_CABINET = ConsentOrigin(ConsentWay.CABINET)


@transaction.atomic(savepoint=False)
def withdraw_consent(
    *, consent: Consent, by: str, at: datetime, origin: ConsentOrigin = IN_CABINET
) -> ConsentWithdrawal:
    """Withdraw an optional consent; a second withdrawal changes nothing (5.3.5, A6).

    Raises RuleViolation for a consent that the contract needs.
    """
    order = Order.objects.locked().select_related("party").get(party=consent.party_id)
    return _withdraw(order, consent, by=by, at=at, origin=origin)


@transaction.atomic(savepoint=False)
def give_consent(
    *,
    order: Order,
    purpose: ConsentPurpose,
    text: str,
    language: str,
    by: str,
    at: datetime,
    origin: ConsentOrigin = IN_CABINET,
) -> Consent:
    """Give an optional consent later, or again; one that stands is left as it is (5.1, 5.3).

    Raises RuleViolation for a consent that is given with the order.
    """
    order = Order.objects.locked().select_related("party").get(pk=order.pk)
    return _give(order, purpose, text=text, language=language, by=by, at=at, origin=origin)


@transaction.atomic(savepoint=False)
def stop_marketing(
    *, email: str, by: str, at: datetime, origin: ConsentOrigin, order: str = ""
) -> int:
    """Take back the consents to marketing of all orders of an e-mail (5.3.5).

    `order` is the code of the order whose letter was answered: its reader's address may have been
    corrected since, and is meant too. Returns how many stood until now. Locks the orders.
    """
    emails = {email, *Order.objects.filter(code=order).values_list("party__email", flat=True)}
    stopped = 0
    for order_of_it in _locked_orders(*emails):
        consents = Consent.objects.standing().to_marketing().filter(party=order_of_it.party_id)
        for consent in consents:
            _withdraw(order_of_it, consent, by=by, at=at, origin=origin)
            stopped += 1
    return stopped


@transaction.atomic(savepoint=False)
def allow_marketing(
    *, email: str, text: str, language: str, by: str, at: datetime, origin: ConsentOrigin
) -> int:
    """Consent to marketing for all contracts of an e-mail; returns their number (5.3.5)."""
    orders = [order for order in _locked_orders(email) if hasattr(order, "acceptance")]
    for order in orders:
        _give(
            order,
            ConsentPurpose.MARKETING,
            text=text,
            language=language,
            by=by,
            at=at,
            origin=origin,
        )
    return len(orders)


def takes_marketing(email: str) -> bool:
    """True while somebody of this e-mail consents to news and discounts (A6)."""
    return Consent.objects.standing().to_marketing().filter(party__email=email).exists()


def _locked_orders(*emails: str) -> list[Order]:
    found = Order.objects.filter(party__email__in=emails).order_by("pk").locked()
    return list(found.select_related("party"))


def _withdraw(
    order: Order, consent: Consent, *, by: str, at: datetime, origin: ConsentOrigin
) -> ConsentWithdrawal:
    if consent.purpose not in OPTIONAL:
        raise RuleViolation(
            _("This consent is what the contract stands on; it ends with the contract."),
            clause="5.1",
        )
    digest = origin.digest(order.party)
    withdrawal, is_new = ConsentWithdrawal.objects.get_or_create(
        consent=consent,
        defaults={"at": at, "by": by, "way": origin.way, "origin_digest": digest},
    )
    if is_new:
        record(
            "consent.withdrawn",
            about=("order", order.code),
            order=order.code,
            facts={
                "purpose": consent.purpose,
                "number": consent.number,
                "way": str(origin.way),
                "origin": digest,
            },
            by=by,
            at=at,
            clause="5.3.5",
        )
        if consent.purpose == ConsentPurpose.MARKETING:
            _withdraw_letters(order.party, at=at)
    return withdrawal


def _withdraw_letters(party: Party, *, at: datetime) -> None:
    """What waits for an address of this party does not leave, unless another order consents."""
    former = Party.objects.filter(former_of=party).values_list("email", flat=True)
    emails = {party.email, *former}
    withdraw_marketing(recipients=[each for each in emails if not takes_marketing(each)], at=at)


def _give(
    order: Order,
    purpose: ConsentPurpose,
    *,
    text: str,
    language: str,
    by: str,
    at: datetime,
    origin: ConsentOrigin,
) -> Consent:
    if purpose not in OPTIONAL:
        raise RuleViolation(
            _("This consent is what the contract stands on; it ends with the contract."),
            clause="5.1",
        )
    before = Consent.objects.filter(party=order.party_id, purpose=purpose)
    standing = before.standing().first()
    if standing:
        return standing
    digest = origin.digest(order.party)
    consent = Consent.objects.create(
        party=order.party,
        edition_id=order.edition_id,
        purpose=purpose,
        number=before.count() + 1,
        text=text,
        language=language,
        given_at=at,
        origin_digest=digest,
        way=origin.way,
    )
    record(
        "consent.given",
        about=("order", order.code),
        order=order.code,
        facts={
            "purpose": str(purpose),
            "number": consent.number,
            "way": str(origin.way),
            "origin": digest,
        },
        by=by,
        at=at,
        clause="5.1",
    )
    return consent
