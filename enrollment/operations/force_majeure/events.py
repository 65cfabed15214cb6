"""Force majeure: reported, proved, confirmed or not, ended, and past a month settled (8.3–8.6)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from enrollment.models import (
    Debtor,
    ForceMajeure,
    ForceMajeureContract,
    ForceMajeureFile,
    Order,
    Settlement,
    Side,
)
from enrollment.operations.links import cabinet_link
from enrollment.operations.terms.deadlines import meet_deadline, open_deadline
from enrollment.operations.terms.moves import move_deadlines
from enrollment.operations.training.terminations import end_contract
from enrollment.rules.endings import Way
from enrollment.rules.force_majeure import talks_from
from enrollment.rules.order_states import OrderState
from offer_site.accounts.models import User
from offer_site.calendar.operations import current_calendar
from offer_site.days import almaty_day
from offer_site.documents import NamedDocument, all_kept, forget_all
from offer_site.errors import RuleViolation
from offer_site.journal.operations import SYSTEM, actor, record
from offer_site.notices.kinds import NoticeKind
from offer_site.notices.operations import queue_notice
from offer_site.sweeps import one_by_one

REPORT = "8.3"
PROOF = "8.4"
UNPROVED = "8.5"
TERMS = "8.6"
OPEN = (OrderState.PREPAID, OrderState.PAID, OrderState.COMPLETED)


@dataclass(frozen=True)
class EventWords:
    """What happened, since when, and whether everybody knows it (8.2, 8.4)."""

    kind: str
    began_on: date
    words_kk: str = ""
    words_ru: str = ""
    is_well_known: bool = False


def report_force_majeure(
    *,
    orders: Iterable[Order],
    side: str,
    words: EventWords,
    files: Sequence[NamedDocument] = (),
    by: str,
    at: datetime,
) -> tuple[ForceMajeure, bool]:
    """Take a report of one side about the contracts that it concerns; return it, and whether new.

    A report later than the days of 8.3 is taken and recorded as late. The same event of the same
    contracts, while nobody judged it, is returned with the files that it lacked. Raises
    RuleViolation for the same event in other words, where no contract is open, and for a day to
    come.
    """
    with all_kept(files, under="force-majeure") as papers:
        event, is_new, known = _report(
            keys=[order.pk for order in orders],
            side=side,
            words=words,
            papers=papers,
            by=by,
            at=at,
        )
    forget_all(known)
    return event, is_new


@transaction.atomic
def _report(
    *,
    keys: Sequence[int],
    side: str,
    words: EventWords,
    papers: Sequence[dict[str, str]],
    by: str,
    at: datetime,
) -> tuple[ForceMajeure, bool, Sequence[dict[str, str]]]:
    """Returns the event, whether it is new, and the stored files that it had already."""
    orders = [order for order in lock_orders(pk__in=keys) if order.state in OPEN]
    if not orders:
        raise RuleViolation(_("No contract is open that it could concern."), clause=REPORT)
    if words.began_on > almaty_day(at):
        raise RuleViolation(
            _("Force majeure is reported when it has begun."), clause=REPORT, field="began_on"
        )
    same = ForceMajeure.objects.to_confirm().filter(
        reported_by=side, kind=words.kind, began_on=words.began_on
    )
    for earlier in same:
        if {order.pk for order in orders} == set(earlier.contracts.values_list("order", flat=True)):
            known = _add_to_known(earlier, orders, words, papers, by=by, at=at)
            return earlier, False, known
    months = max(order.edition.terms["force_majeure_talks_months"] for order in orders)
    event = ForceMajeure.objects.create(
        reported_by=side,
        kind=words.kind,
        words_kk=words.words_kk,
        words_ru=words.words_ru,
        is_well_known=words.is_well_known,
        began_on=words.began_on,
        talks_from=talks_from(words.began_on, months, current_calendar()),
        reported_at=at,
        entered_by=by,
    )
    for order in orders:
        _concern(event, order, at=at)
    _keep(event, papers, by=by, at=at)
    for contract in event.contracts.select_related("order"):
        facts: dict[str, object] = {
            "of": side,
            "kind": words.kind,
            "began_on": words.began_on.isoformat(),
            "late": contract.reported_late,
            "files": [each["document_sha256"] for each in papers],
        }
        record_about(event, "force_majeure.reported", contract.order, REPORT, facts, by=by, at=at)
    _tell(event, orders, "reported" if side == Side.USER else "told", at=at)
    return event, True, []


def _add_to_known(
    event: ForceMajeure,
    orders: Iterable[Order],
    words: EventWords,
    papers: Sequence[dict[str, str]],
    *,
    by: str,
    at: datetime,
) -> list[dict[str, str]]:
    """Add the files that a repeated report brought; return those that the event had already."""
    if (event.words_kk, event.words_ru, event.is_well_known) != (
        words.words_kk,
        words.words_ru,
        words.is_well_known,
    ):
        raise RuleViolation(
            _("This is reported already, in other words, which stay. Add documents on its page."),
            clause=REPORT,
            field="words",
        )
    had = set(event.files.values_list("document_sha256", flat=True))
    new = [paper for paper in papers if paper["document_sha256"] not in had]
    if new:
        _keep(event, new, by=by, at=at)
        facts: dict[str, object] = {"files": [each["document_sha256"] for each in new]}
        for order in orders:
            verb = "force_majeure.documents_came"
            record_about(event, verb, order, PROOF, facts, by=by, at=at)
    return [paper for paper in papers if paper not in new]


def _concern(event: ForceMajeure, order: Order, *, at: datetime) -> None:
    """The term of 8.3 as a deadline: it is met by the report, in time or late."""
    term = open_deadline(
        order=order,
        clause=REPORT,
        occasion=event.key,
        days=order.edition.terms["force_majeure_days"],
        in_working_days=False,
        event_on=event.began_on,
        owed_by=Debtor.USER if event.reported_by == Side.USER else Debtor.ACADEMY,
        at=at,
    )
    meet_deadline(order=order, clause=REPORT, occasion=event.key, at=at)
    ForceMajeureContract.objects.create(
        event=event,
        order=order,
        reported_late=at >= term.due_before,
        last_day_to_report=term.due_on,
    )


def add_proof(
    *, event: ForceMajeure, files: Sequence[NamedDocument], by: str, at: datetime
) -> ForceMajeure:
    """Add official documents to an event that nobody rejected (8.4)."""
    if not files:
        raise RuleViolation(_("Attach the document."), clause=PROOF, field="files")
    with all_kept(files, under="force-majeure") as papers, transaction.atomic():
        event, orders = lock_event(event)
        if event.rejected_at:
            raise RuleViolation(_("This report is closed already."), clause=PROOF)
        _keep(event, papers, by=by, at=at)
        facts: dict[str, object] = {"files": [each["document_sha256"] for each in papers]}
        for order in orders:
            verb = "force_majeure.documents_came"
            record_about(event, verb, order, PROOF, facts, by=by, at=at)
    return event


@transaction.atomic
def confirm_force_majeure(*, event: ForceMajeure, by: User, at: datetime) -> ForceMajeure:
    """Confirm an event: its documents are there, or everybody knows it (8.4).

    Raises RuleViolation without either.
    """
    event, orders = lock_event(event)
    _require_unjudged(event)
    if not event.is_well_known and not event.files.exists():
        raise RuleViolation(
            _("Without official documents only what is generally known is confirmed."),
            clause=PROOF,
        )
    event.confirmed_at = at
    event.confirmed_by = actor(by)
    event.save(update_fields=["confirmed_at", "confirmed_by"])
    for order in orders:
        record_about(event, "force_majeure.confirmed", order, PROOF, {}, by=actor(by), at=at)
    _tell(event, orders, "confirmed", at=at)
    return event


@transaction.atomic
def reject_force_majeure(
    *, event: ForceMajeure, reason: str, by: User, at: datetime
) -> ForceMajeure:
    """Do not confirm an event, with the reason; no term moves (8.5)."""
    event, orders = lock_event(event)
    _require_unjudged(event)
    event.rejected_at = at
    event.rejected_by = actor(by)
    event.reason = reason
    event.save(update_fields=["rejected_at", "rejected_by", "reason"])
    for order in orders:
        record_about(event, "force_majeure.rejected", order, UNPROVED, {}, by=actor(by), at=at)
    _tell(event, orders, "rejected", at=at, reason=reason)
    return event


@transaction.atomic
def end_force_majeure(
    *, event: ForceMajeure, ended_on: date, by: User, at: datetime
) -> ForceMajeure:
    """Record the last day of a confirmed event: every open term moves by its length (8.6).

    Raises RuleViolation for an event that is not confirmed, that ended already, and for a day
    before it began or still ahead.
    """
    event, orders = lock_event(event)
    if not event.lasts:
        raise RuleViolation(_("Only what is confirmed and lasts can end."), clause=TERMS)
    if not event.began_on <= ended_on <= almaty_day(at):
        raise RuleViolation(
            _("It ended not before it began, and not later than today."),
            clause=TERMS,
            field="ended_on",
        )
    event.ended_on = ended_on
    event.closed_at = at
    event.closed_by = actor(by)
    event.save(update_fields=["ended_on", "closed_at", "closed_by"])
    calendar = current_calendar()
    alive = [order for order in orders if order.state in OPEN]
    for order in alive:
        move_deadlines(
            order=order,
            days=event.days,
            because=event.key,
            by=actor(by),
            at=at,
            calendar=calendar,
            tells=False,
        )
    event.contracts.filter(order__in=alive).update(moved_days=event.days)
    for order in orders:
        facts: dict[str, object] = {"ended_on": ended_on.isoformat(), "days": event.days}
        record_about(event, "force_majeure.over", order, TERMS, facts, by=actor(by), at=at)
    told = {"ended_on": ended_on.isoformat(), "days": str(event.days)}
    _tell(event, alive, "over", at=at, **told)
    return event


def call_for_talks(*, at: datetime) -> list[ForceMajeure]:
    """Tell both sides, once, of events that last longer than a month (8.6)."""
    past = ForceMajeure.objects.past_the_month(at).filter(talks_called_at=None).order_by("pk")
    return [event for event, called in one_by_one(past, lambda each: _call(each, at=at)) if called]


@transaction.atomic
def _call(event: ForceMajeure, *, at: datetime) -> bool:
    event, orders = lock_event(event)
    if event.talks_called_at or not event.lasts or event.talks_from > at:
        return False
    event.talks_called_at = at
    event.save(update_fields=["talks_called_at"])
    alive = [order for order in orders if order.state in OPEN]
    for order in alive:
        record_about(event, "force_majeure.talks", order, TERMS, {}, by=SYSTEM, at=at)
    _tell(event, alive, "talks", at=at)
    return True


@transaction.atomic
def settle_force_majeure(
    *,
    contract: ForceMajeureContract,
    settlement: str,
    agreed: str,
    by: User,
    at: datetime,
) -> ForceMajeureContract:
    """Record what the sides came to after a month: another way, or the end of the contract (8.6).

    Obligations in money stay: what was paid goes back, if at all, by a refund case. Raises
    RuleViolation before the month is over, and once it is settled.
    """
    event, orders = lock_event(contract.event)
    contract = ForceMajeureContract.objects.select_for_update().get(pk=contract.pk)
    order = next(each for each in orders if each.pk == contract.order_id)
    if not event.is_confirmed or event.talks_from > at:
        raise RuleViolation(
            _("Talks begin when a confirmed force majeure has lasted a month."), clause=TERMS
        )
    if contract.settled_at:
        raise RuleViolation(_("It is recorded already what was agreed."), clause=TERMS)
    if settlement == Settlement.ENDED and not event.lasts:
        raise RuleViolation(
            _("The force majeure is over: nothing is impossible any more."), clause=TERMS
        )
    contract.settlement = Settlement(settlement)
    contract.agreed = agreed
    contract.settled_at = at
    contract.settled_by = actor(by)
    contract.save(update_fields=["settlement", "agreed", "settled_at", "settled_by"])
    facts: dict[str, object] = {"settlement": settlement}
    record_about(event, "force_majeure.settled", order, TERMS, facts, by=actor(by), at=at)
    if settlement == Settlement.ENDED:
        end_contract(order=order, way=Way.FORCE_MAJEURE, occasion=event.key, by=actor(by), at=at)
        _tell(event, [order], "ended", at=at)
    return contract


def lock_orders(**which: object) -> list[Order]:
    return list(Order.objects.people_locked().with_people().filter(**which).order_by("pk"))


def lock_event(event: ForceMajeure) -> tuple[ForceMajeure, list[Order]]:
    """Lock the contracts that an event concerns, then the event."""
    orders = lock_orders(force_majeure__event=event)
    return ForceMajeure.objects.select_for_update().get(pk=event.pk), orders


def record_about(
    event: ForceMajeure,
    verb: str,
    order: Order,
    clause: str,
    facts: dict[str, object],
    *,
    by: str,
    at: datetime,
) -> None:
    """A row in the chain of each contract that the event concerns."""
    record(
        verb,
        about=("force_majeure", str(event.pk)),
        order=order.code,
        facts=facts,
        by=by,
        at=at,
        clause=clause,
    )


def _require_unjudged(event: ForceMajeure) -> None:
    if event.confirmed_at or event.rejected_at:
        raise RuleViolation(_("This report is judged already."), clause=PROOF)


def _keep(event: ForceMajeure, papers: Sequence[dict[str, str]], *, by: str, at: datetime) -> None:
    for paper in papers:
        ForceMajeureFile.objects.create(event=event, added_at=at, added_by=by, **paper)


def _tell(
    event: ForceMajeure, orders: Iterable[Order], stage: str, *, at: datetime, **facts: str
) -> None:
    for order in orders:
        queue_notice(
            NoticeKind.FORCE_MAJEURE,
            about=("force_majeure", f"{event.pk} {order.code}"),
            to=order.party.email,
            language=order.language,
            order=order.code,
            occasion=stage,
            at=at,
            facts={
                "stage": stage,
                "began_on": event.began_on.isoformat(),
                "cabinet_url": cabinet_link(order.language),
                **facts,
            },
        )
