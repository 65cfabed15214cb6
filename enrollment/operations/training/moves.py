"""Moving a student to another cohort, with their agreement (4.6, 9.1).

The place, the programme, the day of performance and so the term of 9.1 and the certificate follow
the cohort; the contract's price, tariff and edition do not.
"""

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from enrollment.models import (
    LIVE,
    Cohort,
    CohortMove,
    Enrollment,
    EnrollmentState,
    LinkSubject,
    MoveAgreement,
    Order,
)
from enrollment.operations.links import cabinet_link, proposal_link, service_name
from enrollment.operations.places.places import claim_place, count_free, release_place
from enrollment.operations.terms.certificate_clock import term_runs
from offer_site.accounts.models import User
from offer_site.days import almaty_day
from offer_site.documents import Document, kept
from offer_site.errors import RuleViolation
from offer_site.journal.operations import actor, record
from offer_site.notices.kinds import NoticeKind
from offer_site.notices.operations import queue_notice

from .terminations import UNDER_CONTRACT, require_performance_after_agreed_end

CLAUSE = "4.6"


def propose_move(
    *, enrollment: Enrollment, to: Cohort, reason: str, by: User, at: datetime
) -> CohortMove:
    """Propose another cohort to a student, who answers in the cabinet or by the letter's link.

    Nothing moves, and no place is held, before they agree. Raises RuleViolation where the move
    could not be made today, or another proposal is open.
    """
    try:
        return _propose(enrollment=enrollment, to=to, reason=reason, by=by, at=at)
    except IntegrityError as error:  # a second click was faster
        raise _one_is_open() from error


@transaction.atomic
def _propose(
    *, enrollment: Enrollment, to: Cohort, reason: str, by: User, at: datetime
) -> CohortMove:
    order, enrollment = _locked(enrollment)
    _require_movable(order, enrollment, to, at=at)
    if CohortMove.objects.open().filter(enrollment=enrollment).exists():
        raise _one_is_open()
    if not count_free(cohort_id=to.pk, at=at):
        raise _no_place()
    move = CohortMove.objects.create(
        enrollment=enrollment,
        from_cohort=enrollment.cohort,
        to_cohort=to,
        reason=reason,
        proposed_at=at,
        proposed_by=by,
    )
    _record("move.proposed", order, move, by=actor(by), at=at)
    write_proposal(order, move, occasion=str(move.pk), at=at)
    return move


def move_by_document(
    *,
    enrollment: Enrollment,
    to: Cohort,
    reason: str,
    document: Document,
    by: User,
    at: datetime,
) -> CohortMove:
    """Move a student whose agreement staff hold as a document, which is kept encrypted.

    An open proposal is answered by it. Raises RuleViolation where no place is free, or the student
    cannot be moved any more.
    """
    with kept(document, under="moves") as stored:
        return _move_by_document(
            enrollment=enrollment, to=to, reason=reason, stored=stored, by=by, at=at
        )


@transaction.atomic
def _move_by_document(
    *,
    enrollment: Enrollment,
    to: Cohort,
    reason: str,
    stored: dict[str, str],
    by: User,
    at: datetime,
) -> CohortMove:
    order, enrollment = _locked(enrollment)
    _require_movable(order, enrollment, to, at=at)
    for proposal in CohortMove.objects.open().filter(enrollment=enrollment):
        _end(order, proposal, by=actor(by), at=at)
    move = CohortMove.objects.create(
        enrollment=enrollment,
        from_cohort=enrollment.cohort,
        to_cohort=to,
        reason=reason,
        proposed_at=at,
        proposed_by=by,
        agreed_at=at,
        agreed_by=actor(by),
        agreed_how=MoveAgreement.DOCUMENT,
        **stored,
    )
    _move(order, enrollment, move, by=actor(by), at=at)
    return move


@transaction.atomic
def agree_to_move(
    *, move: CohortMove, by: str, at: datetime, how: MoveAgreement = MoveAgreement.CABINET
) -> CohortMove:
    """Move the student who agrees; agreeing again changes nothing.

    Raises RuleViolation where the proposal has ended, no place is free any more, or the student
    cannot be moved.
    """
    order, enrollment = _locked(move.enrollment)
    move = CohortMove.objects.select_related("from_cohort", "to_cohort").get(pk=move.pk)
    if move.agreed_at:
        return move
    if move.ended_at:
        raise RuleViolation(_("This proposal has ended."), clause=CLAUSE)
    _require_movable(order, enrollment, move.to_cohort, at=at)
    move.agreed_at = at
    move.agreed_by = by
    move.agreed_how = how
    move.save(update_fields=["agreed_at", "agreed_by", "agreed_how"])
    _move(order, enrollment, move, by=by, at=at)
    return move


@transaction.atomic
def end_move(*, move: CohortMove, by: str, at: datetime) -> CohortMove:
    """Decline a proposal, as the student, or take it back, as staff; what has ended stays so."""
    order, _enrollment = _locked(move.enrollment)
    move = CohortMove.objects.get(pk=move.pk)
    if move.agreed_at:
        raise RuleViolation(_("The student has moved already."), clause=CLAUSE)
    if move.ended_at is None:
        _end(order, move, by=by, at=at)
    return move


def _locked(enrollment: Enrollment) -> tuple[Order, Enrollment]:
    """Lock the order; everything else of the student is read afresh behind its lock."""
    order = Order.objects.people_locked().with_people().get(enrollment=enrollment.pk)
    return order, Enrollment.objects.select_related("cohort").get(pk=enrollment.pk)


def _require_movable(order: Order, enrollment: Enrollment, to: Cohort, *, at: datetime) -> None:
    """Raise RuleViolation for what is performed or ended, and for a cohort that cannot follow."""
    if enrollment.state != EnrollmentState.ACTIVE or order.state not in UNDER_CONTRACT:
        raise RuleViolation(
            _("Only a student who is learning moves: this contract is performed or has ended."),
            clause=CLAUSE,
        )
    if term_runs(order):
        raise RuleViolation(_("The term of the certificate is running already."), clause="9.1")
    if to.course_id != enrollment.cohort.course_id or to.pk == enrollment.cohort_id:
        raise RuleViolation(
            _("Choose another cohort of the same course."), clause=CLAUSE, field="to"
        )
    if to.ends_on <= almaty_day(at):
        raise RuleViolation(_("This cohort has ended."), clause=CLAUSE, field="to")
    require_performance_after_agreed_end(order, to.ends_on, field="to")
    theirs = Enrollment.objects.filter(
        learner_key=enrollment.learner_key, cohort=to, state__in=LIVE
    )
    if theirs.exists():
        raise RuleViolation(
            _("This learner is already enrolled in this cohort."), clause="3.3", field="to"
        )


def _move(order: Order, enrollment: Enrollment, move: CohortMove, *, by: str, at: datetime) -> None:
    """Give back the place of one cohort and take one of the other, and let the contract follow.

    Both cohorts are locked in the order of their keys, so that two who change places wait for each
    other and never in a circle. The last day of the other is asked again behind its lock.
    """
    both = [move.from_cohort_id, move.to_cohort_id]
    locked = Cohort.objects.select_for_update(no_key=True).filter(pk__in=both).order_by("pk")
    ends_on = {cohort.pk: cohort.ends_on for cohort in locked}
    require_performance_after_agreed_end(order, ends_on[move.to_cohort_id], field="to")
    release_place(order=order)
    order.cohort = move.to_cohort
    order.save(update_fields=["cohort"])
    if not claim_place(order=order, at=at, until=None):
        raise _no_place()
    enrollment.cohort = move.to_cohort
    enrollment.performed_on = None  # the day of performance is the new cohort's (9.1)
    enrollment.save(update_fields=["cohort", "performed_on"])
    _record("move.made", order, move, by=by, at=at)
    _write(NoticeKind.MOVE_MADE, order, move, occasion=str(move.pk), at=at)


def _end(order: Order, move: CohortMove, *, by: str, at: datetime) -> None:
    move.ended_at = at
    move.ended_by = by
    move.save(update_fields=["ended_at", "ended_by"])
    _record("move.ended", order, move, by=by, at=at)


def _record(verb: str, order: Order, move: CohortMove, *, by: str, at: datetime) -> None:
    facts: dict[str, Any] = {"move": move.pk, "from": move.from_cohort_id, "to": move.to_cohort_id}
    if move.agreed_at:
        facts |= {"how": move.agreed_how, "document": move.document_sha256}
    record(
        verb,
        about=("enrollment", str(move.enrollment_id)),
        order=order.code,
        facts=facts,
        by=by,
        at=at,
        clause=CLAUSE,
    )


def write_proposal(order: Order, move: CohortMove, *, occasion: str, at: datetime) -> None:
    """Write to the student of an open proposal, with the link that answers it."""
    link = proposal_link(order, LinkSubject.MOVE, move.pk)
    _write(NoticeKind.MOVE_PROPOSED, order, move, occasion=occasion, at=at, answer_url=link)


def _write(
    kind: NoticeKind, order: Order, move: CohortMove, *, occasion: str, at: datetime, **more: str
) -> None:
    queue_notice(
        kind,
        about=("order", order.code),
        to=order.party.email,
        language=order.language,
        order=order.code,
        occasion=occasion,
        at=at,
        facts={
            "package": service_name(order),
            "starts_on": move.to_cohort.starts_on.isoformat(),
            "ends_on": move.to_cohort.ends_on.isoformat(),
            "cabinet_url": cabinet_link(order.language),
            **more,
        },
    )


def _no_place() -> RuleViolation:
    return RuleViolation(_("No places are left in this cohort."), clause=CLAUSE, field="to")


def _one_is_open() -> RuleViolation:
    return RuleViolation(
        _("A proposal waits for the student's answer. Take it back first."), clause=CLAUSE
    )
