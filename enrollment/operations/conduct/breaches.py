"""A breach of the rules: recorded, reviewed by another person, access restored (6.3–6.5).

The order is locked first, then its breach.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from enrollment.models import (
    Breach,
    BreachStatement,
    Enrollment,
    EnrollmentState,
    Order,
    Suspension,
    SuspensionGround,
)
from enrollment.models.breach import last_number
from enrollment.operations.access.questions import access_now
from enrollment.operations.access.suspending import end_suspension, suspend_access
from enrollment.operations.claims.filing import withdraw_claim
from enrollment.operations.links import breach_link, cabinet_link, service_name
from enrollment.rules.conduct import COPYING, SHUT_OFF, ConductRule, Verdict, shuts_off
from enrollment.rules.order_states import OrderState
from enrollment.rules.sides import Side
from offer_site.accounts.models import User
from offer_site.days import almaty_day
from offer_site.documents import Document, forget, kept
from offer_site.errors import RuleViolation
from offer_site.journal.operations import actor, record
from offer_site.notices.kinds import NoticeKind
from offer_site.notices.operations import queue_notice

from .edition import rules_of

UNDER_CONTRACT = (OrderState.PREPAID, OrderState.PAID)


def record_breach(
    *,
    order: Order,
    rule: str,
    happened_at: datetime,
    what: str,
    by: User,
    at: datetime,
    document: Document | None = None,
    also_shuts_off: bool = False,
) -> Breach:
    """Record that a learner broke a rule of the edition, and shut off access at once (6.5).

    `rule` is the key of one of `rules_of(order.edition)`. Access ends without warning where the
    rule is of 6.3 or 6.4, or staff say that the same act breaks those too (`also_shuts_off`). The
    same breach again, in the same words, only adds the file that it lacked. Raises RuleViolation
    for other words, and without a contract: after the course only 11.5 still binds.
    """
    with kept(document, under="breaches") as stored:
        breach, is_kept = _record_breach(
            order=order,
            rule=rule,
            happened_at=happened_at,
            what=what,
            stored=stored,
            also_shuts_off=also_shuts_off,
            by=by,
            at=at,
        )
    if not is_kept:
        forget(stored)
    return breach


def add_evidence(
    *, breach: Breach, text: str, document: Document | None, by: User, at: datetime
) -> BreachStatement:
    """Add what proves a breach, in words or with a file."""
    with kept(document, under="breaches") as stored:
        return _state(breach, Side.ACADEMY, text=text, stored=stored, by=actor(by), at=at)


def object_to_breach(
    *, breach: Breach, text: str, document: Document | None, by: User, at: datetime
) -> BreachStatement:
    """Keep the user's objection to a breach; staff see it until one of them has read it."""
    with kept(document, under="breaches") as stored:
        return _state(breach, Side.USER, text=text, stored=stored, by=actor(by), at=at)


@transaction.atomic(savepoint=False)
def read_objections(*, breach: Breach, by: User, at: datetime) -> Breach:
    """Note that a person has read the objections to a breach."""
    order, breach = lock_breach(breach)
    unread = breach.statements.filter(side=Side.USER, read_at=None)
    if unread.update(read_at=at, read_by=actor(by)):
        _record("breach.objections_read", order, breach, by=actor(by), at=at)
    return breach


@transaction.atomic(savepoint=False)
def review_breach(
    *, breach: Breach, verdict: str, reasons_kk: str, reasons_ru: str, by: User, at: datetime
) -> Breach:
    """Confirm or withdraw a breach, by another person than recorded it, with reasons (6.5).

    What is withdrawn counts for nothing, and access that it shut off opens again. A confirmed
    infringement of 11.5 opens the demand of 11.6; a later withdrawal ends it, and takes back the
    claim that was made of it, unless that is answered. Raises RuleViolation for the person who
    recorded it, and for a breach that was withdrawn already.
    """
    order, breach = lock_breach(breach)
    verdict = Verdict(verdict)
    if breach.recorded_by == actor(by):
        raise RuleViolation(
            _("You recorded this breach yourself. Another person reviews it."), clause=SHUT_OFF
        )
    if breach.verdict == Verdict.WITHDRAWN or breach.verdict == verdict:
        raise RuleViolation(_("This breach is reviewed already."), clause=SHUT_OFF)
    breach.verdict = verdict
    breach.reviewed_at = at
    breach.reviewed_by = actor(by)
    breach.reasons_kk = reasons_kk
    breach.reasons_ru = reasons_ru
    confirmed = verdict == Verdict.CONFIRMED
    breach.demanded_at = at if confirmed and breach.demand else None
    breach.save()
    _record(
        f"breach.{verdict.value}",
        order,
        breach,
        by=actor(by),
        at=at,
        facts={"demand": breach.demand} if breach.demand else {},
    )
    if not confirmed:
        _end_shut_off(order, breach, reason=reasons_ru, by=by, at=at)
        for claim in breach.claims.open():
            withdraw_claim(claim=claim, side=Side.ACADEMY, by=actor(by), at=at)
    _tell_of_review(order, breach, at=at)
    return breach


@transaction.atomic(savepoint=False)
def restore_access(*, breach: Breach, reason: str, by: User, at: datetime) -> Breach:
    """Open the course again that a breach shut off, with the reason; the breach stands (6.5).

    Where another ground still closes access, the letter waits until that one is gone too. Raises
    RuleViolation when this breach shuts off nothing.
    """
    order, breach = lock_breach(breach)
    if not _end_shut_off(order, breach, reason=reason, by=by, at=at):
        raise RuleViolation(_("This breach does not close access any more."), clause=SHUT_OFF)
    if access_now(order, at=at).is_open:
        queue_notice(
            NoticeKind.ACCESS_RESTORED,
            about=("order", order.code),
            to=order.party.email,
            language=order.language,
            order=order.code,
            occasion=f"breach {breach.number} {at.isoformat()}"[:64],
            at=at,
            facts={
                "breach": breach.number,
                "package": service_name(order),
                "cabinet_url": cabinet_link(order.language),
            },
        )
    return breach


def lock_breach(breach: Breach) -> tuple[Order, Breach]:
    """Lock a breach's order, then read both as they are after the lock."""
    order = Order.objects.locked().with_people().get(pk=breach.order_id)
    current = Breach.objects.select_for_update().get(pk=breach.pk)
    current.order = order
    return order, current


@transaction.atomic
def _record_breach(
    *,
    order: Order,
    rule: str,
    happened_at: datetime,
    what: str,
    stored: dict[str, str],
    also_shuts_off: bool,
    by: User,
    at: datetime,
) -> tuple[Breach, bool]:
    """Returns the breach, and whether the stored file is now its evidence."""
    order = Order.objects.locked().with_people().get(pk=order.pk)
    broken = next((each for each in rules_of(order.edition) if each.key == rule), None)
    if broken is None:
        raise RuleViolation(_("Choose the rule that was broken."), field="rule")
    _require_that_it_binds(order, broken, happened_at=happened_at, at=at)
    known = Breach.objects.filter(order=order, rule=rule, happened_at=happened_at).first()
    shuts_it = shuts_off(broken.clause, by_choice=also_shuts_off)
    if known:
        return known, _add_to_known(
            known, what=what, shuts_it=shuts_it, stored=stored, by=by, at=at
        )
    breach = Breach.objects.create(
        order=order,
        number=last_number(Breach.objects.filter(order=order)) + 1,
        rule=broken.key,
        clause=broken.clause,
        words_kk=broken.words_kk,
        words_ru=broken.words_ru,
        happened_at=happened_at,
        what=what,
        shuts_off=shuts_it,
        recorded_at=at,
        recorded_by=actor(by),
        demand=order.edition.terms["penalty"] if broken.clause == COPYING else None,
    )
    facts = {
        "rule": breach.rule,
        "happened_at": happened_at.isoformat(),
        "what": breach.digest(),
        "shuts_off": breach.shuts_off,
    }
    _record("breach.recorded", order, breach, by=actor(by), at=at, facts=facts)
    if stored:
        _state(breach, Side.ACADEMY, text="", stored=stored, by=actor(by), at=at)
    _shut_off(order, breach, by=by, at=at)
    _tell_of_breach(order, breach, at=at)
    return breach, True


def _add_to_known(
    known: Breach, *, what: str, shuts_it: bool, stored: dict[str, str], by: User, at: datetime
) -> bool:
    """Add a file that a repeated record brought; True if it was new.

    Raises RuleViolation for what would be lost: other words, or a shut-off that was not asked for.
    """
    if what != known.what:
        raise RuleViolation(
            _("This breach is recorded already, in other words. Add yours to it as evidence."),
            clause=known.clause,
            field="what",
        )
    if shuts_it and not known.shuts_off:
        raise RuleViolation(
            _("This breach is recorded already, and it does not close access."),
            clause=SHUT_OFF,
            field="also_shuts_off",
        )
    digest = stored.get("document_sha256", "")
    if not digest or known.statements.filter(document_sha256=digest).exists():
        return False
    _state(known, Side.ACADEMY, text="", stored=stored, by=actor(by), at=at)
    return True


def _require_that_it_binds(
    order: Order, rule: ConductRule, *, happened_at: datetime, at: datetime
) -> None:
    """Raise RuleViolation unless the rule bound the user at that moment."""
    bound = (*UNDER_CONTRACT, OrderState.COMPLETED) if rule.clause == COPYING else UNDER_CONTRACT
    order.require(
        *bound,
        message=_("There is no contract that this rule could bind."),
        clause=rule.clause,
    )
    if happened_at > at:
        raise RuleViolation(
            _("The breach cannot have happened at a time that is still ahead."),
            clause=rule.clause,
            field="happened_at",
        )
    if happened_at < order.acceptance.accepted_at:
        raise RuleViolation(
            _("The contract was concluded later than that. Its rules did not bind yet."),
            clause=rule.clause,
            field="happened_at",
        )


def _shut_off(order: Order, breach: Breach, *, by: User, at: datetime) -> None:
    enrollment = Enrollment.objects.filter(order=order, state=EnrollmentState.ACTIVE).first()
    if breach.shuts_off and enrollment:
        suspend_access(
            order=order,
            enrollment=enrollment,
            ground=SuspensionGround.BREACH,
            clause=SHUT_OFF,
            breach=breach,
            by=actor(by),
            at=at,
            facts={"breach": breach.number, "rule": breach.rule},
        )


def _end_shut_off(order: Order, breach: Breach, *, reason: str, by: User, at: datetime) -> bool:
    return end_suspension(
        order=order,
        standing=Suspension.objects.filter(breach=breach),
        by=actor(by),
        at=at,
        facts={"breach": breach.number},
        reason=reason,
    )


@transaction.atomic
def _state(
    breach: Breach, side: Side, *, text: str, stored: dict[str, str], by: str, at: datetime
) -> BreachStatement:
    order, breach = lock_breach(breach)
    if not text and not stored:
        raise RuleViolation(_("Write something, or attach a file."), field="text")
    said = BreachStatement.objects.create(
        breach=breach,
        number=last_number(breach.statements.all()) + 1,
        side=side,
        text=text,
        said_at=at,
        said_by=by,
        **stored,
    )
    verb = "breach.objected" if side == Side.USER else "breach.evidence_added"
    facts = {"statement": said.number, "document": said.document_sha256}
    _record(verb, order, breach, by=by, at=at, facts=facts)
    return said


def _tell_of_breach(order: Order, breach: Breach, *, at: datetime) -> None:
    closed = Suspension.objects.standing().filter(breach=breach).exists()
    queue_notice(
        NoticeKind.BREACH_RECORDED,
        about=("breach", breach.key),
        to=order.party.email,
        language=order.language,
        order=order.code,
        at=at,
        facts=_facts_of(order, breach) | {"is_closed": "yes" if closed else ""},
    )


def _tell_of_review(order: Order, breach: Breach, *, at: datetime) -> None:
    queue_notice(
        NoticeKind.BREACH_REVIEWED,
        about=("breach", breach.key),
        to=order.party.email,
        language=order.language,
        order=order.code,
        occasion=breach.verdict,
        at=at,
        facts=_facts_of(order, breach)
        | {
            "verdict": breach.verdict,
            "is_open": "yes" if access_now(order, at=at).is_open else "",
            **({"demanded": breach.demand} if breach.demanded_at and breach.demand else {}),
        },
    )


def _facts_of(order: Order, breach: Breach) -> dict[str, str | int]:
    """What letters say of a breach; what happened is read in the cabinet alone (5.4)."""
    return {
        "clause": breach.clause,
        "rule_kk": breach.words_kk,
        "rule_ru": breach.words_ru,
        "happened_on": almaty_day(breach.happened_at).isoformat(),
        "package": service_name(order),
        "email": settings.PROVIDER_EMAIL,
        "breach_url": breach_link(order, breach.number),
    }


def _record(
    verb: str,
    order: Order,
    breach: Breach,
    *,
    by: str,
    at: datetime,
    facts: Mapping[str, Any] | None = None,
) -> None:
    record(
        verb,
        about=("breach", breach.key),
        order=order.code,
        facts={**(facts or {})},
        by=by,
        at=at,
        clause=breach.clause,
    )
