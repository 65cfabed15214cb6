"""Settling a hold: the decision is made under the order's lock, the bank is asked outside it.

The decision and the request's id are saved before the bank is asked. When the bank's answer was
lost, the bank is first asked for the state of the hold, before any other request.
"""

import logging
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from offer_site.accounts.models import User
from offer_site.errors import RuleViolation
from offer_site.journal.operations import SYSTEM, actor, record
from payments.models import Hold, HoldDecision
from payments.operations.ledger.locking import LockedOrder, lock_order
from payments.operations.ledger.receipts import Receipt, record_receipt
from payments.providers import PROVIDERS
from payments.providers.base import CanHold, OperationState, ProviderError
from payments.rules.matching import Refusal

from .checks import judge_hold
from .holds import about, release

logger = logging.getLogger(__name__)
ENDED = {
    OperationState.DONE: HoldDecision.CONFIRM,
    OperationState.RELEASED: HoldDecision.RELEASE,
    OperationState.DECLINED: HoldDecision.RELEASE,
}


@dataclass(frozen=True)
class Wish:
    decision: HoldDecision
    reason: str
    by: User


def settle_hold(*, hold_id: int, at: datetime, wish: Wish | None = None) -> Hold | None:
    """Take the held money if its order may have it, else release it; None when nothing is due.

    Talks to the network, outside any transaction; raises ProviderError, after which the clock tries
    again. When a person wants to take money that the order may not have, raises RuleViolation.
    """
    hold = _begin(hold_id, at=at)
    if hold is None:
        return None
    provider = _provider_of(hold)
    try:
        if hold.decision:
            ended = ENDED.get(provider.operation(hold.reference).state)
            if ended:
                return _conclude(hold_id, ended, at=at)
        hold = _decide(hold_id, wish, at=at)
        if hold.is_open and hold.decision == HoldDecision.CONFIRM:
            provider.confirm(hold.reference, hold.amount, request_id=hold.request_id)
        elif hold.is_open:
            provider.release(hold.reference, request_id=hold.request_id)
    except ProviderError as error:
        Hold.objects.filter(pk=hold_id).update(failure=str(error)[:300])
        raise
    except RuleViolation:
        # Nothing was asked, so the next process may take the hold at once.
        Hold.objects.filter(pk=hold_id).update(asked_at=None)
        raise
    return _conclude(hold_id, HoldDecision(hold.decision), at=at)


def settle_holds(*, at: datetime) -> Iterator[tuple[Hold, Hold | Exception]]:
    """Settle every open hold that nobody is settling; a failure does not stop the others.

    Yields each hold with its settled row, or with the error.
    """
    for hold in Hold.objects.to_settle(at).order_by("held_at", "pk"):
        try:
            settled = settle_hold(hold_id=hold.pk, at=at)
        except ProviderError as error:
            logger.warning("hold %s: %s", hold, error)
            yield hold, error
        except Exception as error:
            logger.exception("hold %s", hold)
            yield hold, error
        else:
            if settled:
                yield hold, settled


def settle_by_hand(
    *, hold: Hold, decision: HoldDecision, reason: str, by: User, at: datetime
) -> Hold:
    """Ask the bank to do what a person decided about a hold (4.3).

    Talks to the network. Raises RuleViolation when it could not be done.
    """
    if not reason.strip():
        raise RuleViolation(_("Say why."), field="reason")
    try:
        settled = settle_hold(hold_id=hold.pk, at=at, wish=Wish(decision, reason.strip()[:300], by))
    except ProviderError as error:
        raise RuleViolation(_("The bank did not do it. Try again in a few minutes.")) from error
    if settled is None:
        raise RuleViolation(_("This hold is settled, or the bank is being asked at this moment."))
    return settled


def _provider_of(hold: Hold) -> CanHold:
    provider = PROVIDERS[hold.provider]
    if not isinstance(provider, CanHold):
        raise TypeError(f"{hold.provider} holds no money")
    return provider


def _locked(hold_id: int) -> tuple[Hold, LockedOrder | None]:
    """Lock the order of a hold with its people, then the hold."""
    order_id = Hold.objects.values_list("payment__order", flat=True).get(pk=hold_id)
    locked = lock_order(pk=order_id) if order_id else None
    hold = Hold.objects.select_for_update(of=("self",)).select_related("payment").get(pk=hold_id)
    if hold.payment and locked:
        hold.payment.order = locked.order
    return hold, locked


def _begin(hold_id: int, *, at: datetime) -> Hold | None:
    """Take the hold for this process for a while; None when it is settled or taken by another."""
    taken = Hold.objects.to_settle(at).filter(pk=hold_id).update(asked_at=at)
    return Hold.objects.get(pk=hold_id) if taken else None


@transaction.atomic
def _decide(hold_id: int, wish: Wish | None, *, at: datetime) -> Hold:
    """Judge a hold under its order's lock; save the decision and the request's id."""
    hold, locked = _locked(hold_id)
    if not hold.is_open:  # the bank's message about its end came meanwhile
        hold.decision = HoldDecision.CONFIRM if hold.confirmed_at else HoldDecision.RELEASE
        return hold
    refusal: str | None = hold.disagreement or (
        judge_hold(hold=hold, locked=locked, at=at) if locked else None
    )
    if locked is None and not refusal:
        refusal = Refusal.UNKNOWN_INVOICE
    decision = HoldDecision.RELEASE if refusal else HoldDecision.CONFIRM
    if wish and wish.decision == HoldDecision.CONFIRM and refusal:
        raise RuleViolation(_("The order does not take this money. Let it go."), clause="4.3")
    hold.decision, hold.reason = (
        (wish.decision, wish.reason) if wish else (decision, str(refusal or "")[:300])
    )
    hold.decided_by = actor(wish.by) if wish else SYSTEM
    hold.request_id = str(uuid.uuid4())
    hold.failure = ""
    hold.save(update_fields=["decision", "reason", "decided_by", "request_id", "failure"])
    facts = {"decision": hold.decision, "reason": hold.reason, "request": hold.request_id}
    record(
        "hold.decided",
        about=about(hold),
        order=locked.order.code if locked else "",
        facts=facts,
        by=hold.decided_by,
        at=at,
        clause="4.3",
    )
    return hold


@transaction.atomic
def _conclude(hold_id: int, ended: HoldDecision, *, at: datetime) -> Hold:
    """Record what the bank did.

    Money taken becomes one receipt, whether this or the bank's Confirm message comes first (M1).
    """
    hold, locked = _locked(hold_id)
    if ended == HoldDecision.RELEASE:
        release(hold, at=at)
        return hold
    if hold.confirmed_at or hold.held_at is None:
        return hold
    hold.confirmed_at = at
    hold.released_at = None
    hold.save(update_fields=["confirmed_at", "released_at"])
    receipt = Receipt(
        provider=hold.provider,
        method=hold.method,
        reference=hold.reference,
        amount=hold.amount,
        currency=hold.currency,
        happened_at=hold.held_at,
        invoice_id=hold.invoice_id,
        commission=hold.payment.commission if hold.payment else Decimal(0),
    )
    record_receipt(
        receipt=receipt,
        order=locked.order if locked else None,
        obstacles=locked.obstacles if locked else None,
        disagreement=hold.disagreement,
        at=at,
    )
    return hold
