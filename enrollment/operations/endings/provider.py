"""Ending a contract for breaches: one person proposes it, another approves (12.5)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from enrollment.models import Breach, Order, ProviderEnding
from enrollment.models.ending import UNDER_CONTRACT
from enrollment.operations.training.terminations import (
    end_contract,
    lock_to_end,
    require_that_it_came,
)
from enrollment.rules.endings import Ground, Way, has_ground
from offer_site.accounts.models import User
from offer_site.days import almaty_day
from offer_site.errors import RuleViolation
from offer_site.journal.operations import actor, record

from .proposals import tell_of_end

CLAUSE = "12.5"


@transaction.atomic(savepoint=False)
def propose_provider_ending(
    *,
    order: Order,
    ground: str,
    breaches: Sequence[int],
    reasons_kk: str,
    reasons_ru: str,
    by: User,
    at: datetime,
    owed: int = 0,
) -> ProviderEnding:
    """Propose to end a contract for these breaches, by their numbers (12.5.1).

    Nothing changes until another person approves. `owed` is what goes back, in whole tenge. Raises
    RuleViolation where the breaches that stand are too few for the ground.
    """
    order = _lock_contract(order)
    if ProviderEnding.objects.undecided().filter(order=order).exists():
        raise RuleViolation(
            _("The end of this contract is proposed already. Another person decides."),
            clause=CLAUSE,
        )
    named = list(Breach.objects.standing().filter(order=order, number__in=breaches))
    _require_ground(order, ground, named)
    require_that_it_came(order, owed, clause=CLAUSE, field="owed")
    ending = ProviderEnding.objects.create(
        order=order,
        ground=ground,
        reasons_kk=reasons_kk,
        reasons_ru=reasons_ru,
        owed=owed,
        proposed_at=at,
        proposed_by=actor(by),
    )
    ending.breaches.set(named)
    facts = {"ground": ground, "breaches": sorted(each.number for each in named), "owed": owed}
    _record("provider_ending.proposed", ending, facts=facts, by=by, at=at)
    return ending


@transaction.atomic(savepoint=False)
def approve_provider_ending(*, ending: ProviderEnding, by: User, at: datetime) -> ProviderEnding:
    """End the contract at once, as another person proposed it (12.5).

    The breaches it names must still stand. The letter names them with the reasons.
    """
    ending = _lock_ending(ending)
    order = ending.order
    if ending.proposed_by == actor(by):
        raise RuleViolation(
            _("You proposed it yourself. Another person approves it."), clause=CLAUSE
        )
    named = list(ending.breaches.order_by("number"))
    _require_ground(order, ending.ground, [each for each in named if each.stands])
    ending.approved_at = at
    ending.approved_by = actor(by)
    ending.save(update_fields=["approved_at", "approved_by"])
    facts = {
        "ground": ending.ground,
        "breaches": sorted(each.number for each in named),
        "owed": ending.owed,
    }
    _record("provider_ending.approved", ending, facts=facts, by=by, at=at)
    occasion = f"provider-ending-{ending.pk}"
    end_contract(order=order, way=Way.PROVIDER, occasion=occasion, by=actor(by), at=at)
    tell_of_end(
        order,
        clause=ending.ground,
        ended_on=almaty_day(at),
        owed=ending.owed,
        at=at,
        reasons={
            "breaches": ", ".join(_in_short(each) for each in named),
            "reasons_kk": ending.reasons_kk,
            "reasons_ru": ending.reasons_ru,
        },
    )
    return ending


@transaction.atomic(savepoint=False)
def return_provider_ending(
    *, ending: ProviderEnding, reason: str, by: User, at: datetime
) -> ProviderEnding:
    """Send a proposal back with the reason; the contract goes on."""
    ending = _lock_ending(ending)
    ending.returned_at = at
    ending.returned_by = actor(by)
    ending.return_reason = reason
    ending.save(update_fields=["returned_at", "returned_by", "return_reason"])
    _record("provider_ending.returned", ending, facts={}, by=by, at=at)
    return ending


def _lock_contract(order: Order) -> Order:
    order = lock_to_end(order.pk)
    order.require(
        *UNDER_CONTRACT, message=_("There is no contract that could be ended."), clause=CLAUSE
    )
    return order


def _lock_ending(ending: ProviderEnding) -> ProviderEnding:
    """Lock the order of a proposal that still waits, then the proposal."""
    order = _lock_contract(ending.order)
    current = ProviderEnding.objects.select_for_update().get(pk=ending.pk)
    current.order = order
    if not current.is_undecided:
        raise RuleViolation(_("This is decided already."), clause=CLAUSE)
    return current


def _require_ground(order: Order, ground: str, breaches: Sequence[Breach]) -> None:
    needed = order.edition.terms["breaches_for_termination"]
    if has_ground(ground, breaches=len(breaches), needed=needed):
        return
    if ground == Ground.REPEATED:
        raise RuleViolation(
            _("This ground needs %(needed)d breaches that stand, and %(count)d are named.")
            % {"needed": needed, "count": len(breaches)},
            clause=ground,
            field="breaches",
        )
    raise RuleViolation(_("Name a breach that stands."), clause=ground, field="breaches")


def _in_short(breach: Breach) -> str:
    return f"{breach.clause} ({almaty_day(breach.happened_at):%d.%m.%Y})"


def _record(
    verb: str, ending: ProviderEnding, *, facts: dict[str, Any], by: User, at: datetime
) -> None:
    record(
        verb,
        about=("provider_ending", str(ending.pk)),
        order=ending.order.code,
        facts=facts,
        by=actor(by),
        at=at,
        clause=CLAUSE,
    )
