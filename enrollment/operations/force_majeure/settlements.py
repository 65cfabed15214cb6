"""After a month of force majeure: another way to go on, or the end of the contract (8.6).

That a contract ends one person proposes and another approves, as by 12.5.
"""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from enrollment.models import ForceMajeure, ForceMajeureContract, Order, Settlement
from enrollment.operations.training.terminations import (
    UNDER_CONTRACT,
    end_contract,
    require_that_it_came,
)
from enrollment.rules.endings import Way
from offer_site.accounts.models import User
from offer_site.errors import RuleViolation
from offer_site.journal.operations import actor

from .events import TERMS, lock_event, record_about, tell


@transaction.atomic
def settle_force_majeure(
    *, contract: ForceMajeureContract, agreed: str, by: User, at: datetime
) -> ForceMajeureContract:
    """Record in which other way the contract goes on (8.6).

    Raises RuleViolation before the month is over, once something is agreed, and while its end is
    proposed.
    """
    event, order, contract = _lock_unsettled(contract, at=at)
    if contract.is_proposed_to_end:
        raise RuleViolation(
            _("Its end is proposed. Another person approves it or sends it back."), clause=TERMS
        )
    contract.agreed = agreed
    return _settle(contract, Settlement.OTHERWISE, event, order, by=by, at=at)


@transaction.atomic
def propose_to_end(
    *,
    contract: ForceMajeureContract,
    agreed: str,
    by: User,
    at: datetime,
    owed: int = 0,
) -> ForceMajeureContract:
    """Propose that the obligations end; nothing changes until another person approves (8.6, 12.5).

    `owed` is what goes back, in whole tenge. Raises RuleViolation as `settle_force_majeure`, and
    where nothing is impossible any more.
    """
    event, order, contract = _lock_unsettled(contract, at=at)
    if contract.is_proposed_to_end:
        raise RuleViolation(
            _("The end of this contract is proposed already. Another person decides."),
            clause=TERMS,
        )
    _require_that_it_lasts(event)
    order.require(
        *UNDER_CONTRACT, message=_("There is no contract that could be ended."), clause=TERMS
    )
    require_that_it_came(order, owed, clause=TERMS, field="owed")
    contract.agreed = agreed
    contract.owed = owed
    contract.proposed_at = at
    contract.proposed_by = actor(by)
    contract.return_reason = ""
    contract.save(update_fields=["agreed", "owed", "proposed_at", "proposed_by", "return_reason"])
    facts: dict[str, object] = {"owed": owed}
    verb = "force_majeure.ending_proposed"
    record_about(event, verb, order, TERMS, facts, by=actor(by), at=at)
    return contract


@transaction.atomic
def approve_end(*, contract: ForceMajeureContract, by: User, at: datetime) -> ForceMajeureContract:
    """End the contract at once, as another person proposed it (8.6, 12.5).

    What was paid goes back by a refund case, so far as it is owed.
    """
    event, order, contract = _lock_proposed(contract, at=at)
    if contract.proposed_by == actor(by):
        raise RuleViolation(
            _("You proposed it yourself. Another person approves it."), clause=TERMS
        )
    _require_that_it_lasts(event)
    _settle(contract, Settlement.ENDED, event, order, by=by, at=at)
    end_contract(order=order, way=Way.FORCE_MAJEURE, occasion=event.key, by=actor(by), at=at)
    tell(event, [order], "ended", at=at, facts={"owed": contract.owed} if contract.owed else {})
    return contract


@transaction.atomic
def send_end_back(
    *, contract: ForceMajeureContract, reason: str, by: User, at: datetime
) -> ForceMajeureContract:
    """Send a proposal to end back with the reason; the contract goes on."""
    event, order, contract = _lock_proposed(contract, at=at)
    contract.agreed = ""
    contract.owed = 0
    contract.proposed_at = None
    contract.proposed_by = ""
    contract.return_reason = reason
    contract.save(update_fields=["agreed", "owed", "proposed_at", "proposed_by", "return_reason"])
    verb = "force_majeure.ending_returned"
    record_about(event, verb, order, TERMS, {}, by=actor(by), at=at)
    return contract


def _lock_unsettled(
    contract: ForceMajeureContract, *, at: datetime
) -> tuple[ForceMajeure, Order, ForceMajeureContract]:
    event, orders = lock_event(contract.event)
    contract = ForceMajeureContract.objects.select_for_update().get(pk=contract.pk)
    order = next(each for each in orders if each.pk == contract.order_id)
    if not event.is_confirmed or event.talks_from > at:
        raise RuleViolation(
            _("Talks begin when a confirmed force majeure has lasted a month."), clause=TERMS
        )
    if contract.settled_at:
        raise RuleViolation(_("It is recorded already what was agreed."), clause=TERMS)
    return event, order, contract


def _lock_proposed(
    contract: ForceMajeureContract, *, at: datetime
) -> tuple[ForceMajeure, Order, ForceMajeureContract]:
    event, order, contract = _lock_unsettled(contract, at=at)
    if not contract.is_proposed_to_end:
        raise RuleViolation(_("This is decided already."), clause=TERMS)
    return event, order, contract


def _require_that_it_lasts(event: ForceMajeure) -> None:
    if not event.lasts:
        raise RuleViolation(
            _("The force majeure is over: nothing is impossible any more."), clause=TERMS
        )


def _settle(
    contract: ForceMajeureContract,
    settlement: Settlement,
    event: ForceMajeure,
    order: Order,
    *,
    by: User,
    at: datetime,
) -> ForceMajeureContract:
    contract.settlement = settlement
    contract.settled_at = at
    contract.settled_by = actor(by)
    contract.save(update_fields=["settlement", "agreed", "settled_at", "settled_by"])
    facts: dict[str, object] = {"settlement": settlement.value}
    facts |= {"owed": contract.owed} if settlement == Settlement.ENDED else {}
    record_about(event, "force_majeure.settled", order, TERMS, facts, by=actor(by), at=at)
    return contract
