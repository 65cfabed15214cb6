"""Force majeure: reported, proved, confirmed or not, corrected, and over (8.1–8.6)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256

from django.db import transaction
from django.utils.translation import gettext as _

from enrollment.models import (
    Acceptance,
    Deadline,
    Debtor,
    ForceMajeure,
    ForceMajeureContract,
    ForceMajeureFile,
    Order,
)
from enrollment.operations.links import cabinet_link
from enrollment.operations.terms.deadlines import meet_deadline, open_deadline
from enrollment.rules.force_majeure import (
    LONGEST_DAYS,
    Hindered,
    talks_from,
)
from enrollment.rules.order_states import OrderState
from enrollment.rules.sides import Side
from offer_site.accounts.models import User
from offer_site.calendar.operations import current_calendar
from offer_site.days import almaty_day, short_day
from offer_site.documents import NamedDocument, all_kept, forget_all
from offer_site.errors import RuleViolation
from offer_site.journal.operations import SYSTEM, actor, record
from offer_site.notices.kinds import NoticeKind
from offer_site.notices.operations import queue_notice
from offer_site.sweeps import one_by_one

from .new_days import put_off

GROUND = "8.1"
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
    contracts, while nobody judged it, is returned with the files that it lacked. It concerns the
    contracts that were concluded by the day it began (8.1). Raises RuleViolation for the same event
    in other words, where no contract is open, and for a day to come or before every contract.
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
    concluded_on = days_of_contracts(orders)
    if words.began_on < (first := min(concluded_on.values())):
        raise _before_the_contract(first)
    orders = [order for order in orders if concluded_on[order.pk] <= words.began_on]
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
    tell(event, orders, "reported" if side == Side.USER else "told", at=at)
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
    term = _count_report(event, order, occasion=event.key, at=at)
    ForceMajeureContract.objects.create(
        event=event,
        order=order,
        reported_late=event.reported_at >= term.due_before,
        last_day_to_report=term.due_on,
    )


def _count_report(event: ForceMajeure, order: Order, *, occasion: str, at: datetime) -> Deadline:
    """The term of 8.3 as a deadline: it is met by the report, in time or late."""
    term = open_deadline(
        order=order,
        clause=REPORT,
        occasion=occasion,
        days=order.edition.terms["force_majeure_days"],
        in_working_days=False,
        event_on=event.began_on,
        owed_by=Debtor.USER if event.reported_by == Side.USER else Debtor.ACADEMY,
        at=at,
    )
    meet_deadline(order=order, clause=REPORT, occasion=occasion, at=event.reported_at)
    return term


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
def confirm_force_majeure(
    *, event: ForceMajeure, hinders: str, by: User, at: datetime
) -> ForceMajeure:
    """Confirm an event: its documents are there, or everybody knows it (8.4).

    It puts off what the side owes that it hinders, or both sides (8.1, 8.6). Raises RuleViolation
    without a document of what is not generally known.
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
    event.hinders = Hindered(hinders)
    event.save(update_fields=["confirmed_at", "confirmed_by", "hinders"])
    facts: dict[str, object] = {"hinders": hinders}
    for order in orders:
        record_about(event, "force_majeure.confirmed", order, PROOF, facts, by=actor(by), at=at)
    tell(event, orders, "confirmed", at=at, facts=facts)
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
    tell(event, orders, "rejected", at=at, facts={"reason": reason})
    return event


@transaction.atomic
def correct_beginning(
    *, event: ForceMajeure, began_on: date, reason: str, by: User, at: datetime
) -> ForceMajeure:
    """Record another first day of an event that is not over: the first was a slip of the pen.

    The term of the report and the month of 8.6 are counted anew. The reason stays on the event: the
    journals of all contracts concerned, which stay for ever, have its digest.
    Raises RuleViolation once it is over or rejected, or something is agreed about a contract, and
    for a day before a contract that it concerns, or after the report.
    """
    event, orders = lock_event(event)
    if event.rejected_at or event.ended_on:
        raise RuleViolation(_("This report is closed already."), clause=TERMS)
    if event.contracts.exclude(settlement="", proposed_by="").exists():
        raise RuleViolation(
            _("Something is agreed or proposed about a contract. Its days stay."), clause=TERMS
        )
    if began_on > almaty_day(event.reported_at):
        raise RuleViolation(
            _("Force majeure is reported when it has begun."), clause=REPORT, field="began_on"
        )
    if began_on < (last := max(days_of_contracts(orders).values())):
        raise _before_the_contract(last)
    if began_on == event.began_on:
        return event
    facts: dict[str, object] = {
        "from": event.began_on.isoformat(),
        "to": began_on.isoformat(),
        "reason_sha256": sha256(reason.encode()).hexdigest(),
    }
    months = max(order.edition.terms["force_majeure_talks_months"] for order in orders)
    event.began_on = began_on
    event.corrected_because = "\n".join(filter(None, [event.corrected_because, reason]))
    event.talks_from = talks_from(began_on, months, current_calendar())
    if event.talks_from > at:
        event.talks_called_at = None
    event.save(update_fields=["began_on", "corrected_because", "talks_from", "talks_called_at"])
    for order in orders:
        counted = order.deadlines.filter(clause=REPORT, occasion__startswith=f"{event.key},")
        occasion = f"{event.key}, {counted.count() + 2}"
        term = _count_report(event, order, occasion=occasion, at=at)
        event.contracts.filter(order=order).update(
            reported_late=event.reported_at >= term.due_before, last_day_to_report=term.due_on
        )
        record_about(event, "force_majeure.corrected", order, REPORT, facts, by=actor(by), at=at)
    tell(event, orders, "corrected", at=at, again=at.isoformat())
    return event


@transaction.atomic
def end_force_majeure(
    *, event: ForceMajeure, ended_on: date, by: User, at: datetime
) -> ForceMajeure:
    """Record the last day of a confirmed event: what its side owes is put off (8.6).

    By its length, less the days for which another event put it off. Raises RuleViolation
    for an event that is not confirmed, that ended already, and for a day before it began, still
    ahead, or years later.
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
    if (ended_on - event.began_on).days >= LONGEST_DAYS:
        raise RuleViolation(
            _("It began on %(day)s: that is years before. Correct its first day.")
            % {"day": short_day(event.began_on)},
            clause=TERMS,
            field="ended_on",
        )
    event.ended_on = ended_on
    event.closed_at = at
    event.closed_by = actor(by)
    event.save(update_fields=["ended_on", "closed_at", "closed_by"])
    alive = [order for order in orders if order.state in OPEN]
    put_off_days = put_off(event, alive, by=actor(by), at=at)
    for order in alive:
        its = put_off_days[order.pk]
        lasted: dict[str, object] = {"ended_on": ended_on.isoformat()}
        if its:
            terms = [new.in_letter for new in its]
            lasted["terms"] = terms
            lengths = {new.days for new in its}
            if len(lengths) == 1:
                lasted["days"] = str(lengths.pop())
        tell(event, [order], "over", at=at, facts=lasted)
    for order in orders:
        facts: dict[str, object] = {"ended_on": ended_on.isoformat(), "days": event.days}
        record_about(event, "force_majeure.over", order, TERMS, facts, by=actor(by), at=at)
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
    tell(event, alive, "talks", at=at, again=event.began_on.isoformat())
    return True


def days_of_contracts(orders: Iterable[Order]) -> dict[int, date]:
    """The day on which each contract was concluded, by the order's key (2.2.1)."""
    accepted = Acceptance.objects.filter(order__in=list(orders))
    return {
        order: almaty_day(accepted_at)
        for order, accepted_at in accepted.values_list("order", "accepted_at")
    }


def _before_the_contract(concluded: date) -> RuleViolation:
    return RuleViolation(
        _("The contract was concluded on %(day)s. What began before is no force majeure for it.")
        % {"day": short_day(concluded)},
        clause=GROUND,
        field="began_on",
    )


def lock_orders(**which: object) -> list[Order]:
    return list(Order.objects.people_locked().with_people().filter(**which).order_by("pk"))


def lock_event(event: ForceMajeure) -> tuple[ForceMajeure, list[Order]]:
    """Lock the contracts that an event concerns, with all of their invoices; then the event."""
    concerned = set(event.contracts.values_list("order", flat=True))
    locked = Order.objects.people_locked().with_people().beside(pk__in=concerned)
    orders = [order for order in locked if order.pk in concerned]
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


def tell(
    event: ForceMajeure,
    orders: Iterable[Order],
    stage: str,
    *,
    at: datetime,
    again: str = "",
    facts: Mapping[str, object] | None = None,
) -> None:
    """Write to the party of each contract; `again` tells letters of one stage apart."""
    for order in orders:
        queue_notice(
            NoticeKind.FORCE_MAJEURE,
            about=("force_majeure", f"{event.pk} {order.code}"),
            to=order.party.email,
            language=order.language,
            order=order.code,
            occasion=f"{stage} {again}".strip(),
            at=at,
            facts={
                "stage": stage,
                "began_on": event.began_on.isoformat(),
                "cabinet_url": cabinet_link(order.language),
                **(facts or {}),
            },
        )
