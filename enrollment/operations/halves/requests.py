"""Half now, half later: asked before ordering, answered by staff, agreed on in Telegram (4.3.1)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from enrollment.models import (
    Cohort,
    Edition,
    HalvesAnswer,
    HalvesProposal,
    HalvesRequest,
    Order,
    Tariff,
    Withdrawal,
)
from enrollment.operations.letters import write_to_visitor
from enrollment.operations.links import halves_checkout_link, halves_link, service_of
from enrollment.rules.halves import OPEN, BadDay, HalvesState, bad_day
from offer_site.accounts.models import User
from offer_site.codes import new_request_code
from offer_site.days import last_day, short_day
from offer_site.errors import RuleViolation
from offer_site.journal.operations import SYSTEM, actor, record
from offer_site.money import halves
from offer_site.notices.kinds import NoticeKind
from offer_site.notices.operations import queue_notice
from offer_site.retries import once_more_if_beaten
from offer_site.sweeps import one_by_one
from offer_site.telegram.operations import close_question, give_link, note_answer

from .chat import QUESTION, about, ask_in_telegram, tell_agreed, tell_declined
from .telegram_evidence import AnyEvidence, facts_of

CLAUSE = "4.3.1"


WRONG_DAYS = {
    BadDay.VALID_TOO_SHORT: gettext_lazy("This moment has passed already."),
    BadDay.BEFORE_COURSE: gettext_lazy(
        "The rest is paid during the course, from %(starts_on)s on."
    ),
    BadDay.AFTER_COURSE: gettext_lazy(
        "The rest is paid before the last day of the course, %(ends_on)s."
    ),
    BadDay.BEFORE_ORDER: gettext_lazy(
        "The rest is paid after the order: the proposal must end before this day."
    ),
}


@dataclass(frozen=True)
class HalvesApplication:
    """What the student filled in, and the consent given with it, in its exact words (5.1)."""

    name: str
    email: str
    phone: str
    consent_text: str
    telegram: str = ""
    why: str = ""
    origin_address: str | None = None
    origin_agent: str = ""
    origin_browser: str = ""


@once_more_if_beaten
@transaction.atomic(savepoint=False)
def request_halves(
    *,
    tariff: Tariff,
    cohort: Cohort,
    application: HalvesApplication,
    language: str,
    at: datetime,
    by: str,
    opened: Collection[str] = (),
) -> tuple[HalvesRequest, bool]:
    """Ask for halves at the price level open now; return the request, and whether it is new.

    An open request of this e-mail in the cohort is returned as it is to the browser that made or
    opened it. Any other browser makes one of its own: it is not told that there is another (4.3.1).
    """
    made_here = Q(origin_browser=application.origin_browser) & ~Q(origin_browser="")
    earlier = HalvesRequest.objects.filter(
        made_here | Q(code__in=opened),
        email=application.email,
        cohort=cohort,
        state__in=OPEN,
    ).first()
    if earlier:
        return earlier, False
    request = HalvesRequest.objects.create(
        code=new_request_code(),
        tariff=tariff,
        cohort=cohort,
        language=language,
        name=application.name,
        email=application.email,
        phone=application.phone,
        telegram=application.telegram,
        why=application.why,
        consent_text=application.consent_text,
        origin_address=application.origin_address,
        origin_agent=application.origin_agent[:300],
        origin_browser=application.origin_browser,
        asked_at=at,
    )
    give_link(about=about(request), language=language, at=at)
    facts = {
        "edition": tariff.edition.name,
        "tariff": tariff.row,
        "price": tariff.price,
        "cohort": cohort.name,
        "person": request.digest(),
        "origin": request.origin_digest(),
    }
    record("halves.asked", about=about(request), facts=facts, by=by, at=at, clause=CLAUSE)
    write_to_visitor(
        NoticeKind.HALVES_ASKED,
        about=about(request),
        to=request.email,
        language=language,
        at=at,
        facts={
            "request": request.code,
            "package": service_of(tariff, cohort),
            "price": tariff.price,
            "request_url": halves_link(request),
        },
    )
    return request, True


@transaction.atomic(savepoint=False)
def decline_halves(*, request: HalvesRequest, reason: str, by: User, at: datetime) -> HalvesRequest:
    """Decline a request, with the reason in the student's language; an agreement stays (4.3.1)."""
    request = _locked(request)
    request.require(
        HalvesState.ASKED,
        HalvesState.PROPOSED,
        HalvesState.REFUSED,
        message=_("This request cannot be declined any more: it is agreed on, or ended."),
    )
    request.move_to(HalvesState.DECLINED, declined_at=at, declined_by=by, decline_reason=reason)
    record("halves.declined", about=about(request), by=actor(by), at=at, clause=CLAUSE)
    close_question(about=about(request), what=QUESTION, at=at)
    tell_declined(request, at=at)
    _write(
        NoticeKind.HALVES_DECLINED, request, at=at, reason=reason, request_url=halves_link(request)
    )
    return request


@transaction.atomic(savepoint=False)
def propose_halves(
    *, request: HalvesRequest, rest_on: date, valid_until: datetime, by: User, at: datetime
) -> HalvesProposal:
    """Propose a day of the rest within the course (4.3.1).

    The student can agree and order until `valid_until`. Raises RuleViolation for any other day.
    """
    request = _locked(request)
    request.require(
        HalvesState.ASKED,
        HalvesState.REFUSED,
        HalvesState.ENDED,
        message=_("A proposal is made to a request that awaits one."),
    )
    cohort = request.cohort
    wrong = bad_day(
        rest_on=rest_on,
        valid_until=valid_until,
        starts_on=cohort.starts_on,
        ends_on=cohort.ends_on,
        at=at,
    )
    if wrong:
        course = {"starts_on": short_day(cohort.starts_on), "ends_on": short_day(cohort.ends_on)}
        field = "valid_on" if wrong == BadDay.VALID_TOO_SHORT else "rest_on"
        raise RuleViolation(WRONG_DAYS[wrong] % course, clause=CLAUSE, field=field)
    if (
        HalvesRequest.objects.filter(
            email=request.email,
            cohort=cohort,
            origin_browser=request.origin_browser,
            state__in=OPEN,
        )
        .exclude(pk=request.pk)
        .exists()
    ):
        raise RuleViolation(
            _("The student has asked anew since. Answer the newer request."), clause=CLAUSE
        )
    proposal = HalvesProposal.objects.create(
        request=request,
        number=request.proposals.count() + 1,
        rest_on=rest_on,
        valid_until=valid_until,
        at=at,
        by=by,
    )
    request.move_to(HalvesState.PROPOSED, valid_until=valid_until)
    facts = {
        "proposal": proposal.number,
        "rest_on": rest_on.isoformat(),
        "valid_until": valid_until.isoformat(),
    }
    record("halves.proposed", about=about(request), facts=facts, by=actor(by), at=at, clause=CLAUSE)
    ask_in_telegram(request, proposal, at=at)
    _write(
        NoticeKind.HALVES_PROPOSED,
        request,
        occasion=str(proposal.number),
        at=at,
        **terms_of(request, proposal),
        request_url=halves_link(request),
    )
    return proposal


def agree_to_halves(
    *, request: HalvesRequest, proposal: int, evidence: AnyEvidence, at: datetime
) -> HalvesRequest:
    """Record that the student agreed to the proposal of this number, with what proves it (4.3.1).

    The student can order from now on.
    """
    return _answer(request=request, number=proposal, agrees=True, evidence=evidence, at=at)


def refuse_halves(
    *, request: HalvesRequest, proposal: int, evidence: AnyEvidence, at: datetime
) -> HalvesRequest:
    """Record that the student refused the proposal of this number (4.3.1).

    Staff may propose another day.
    """
    return _answer(request=request, number=proposal, agrees=False, evidence=evidence, at=at)


@transaction.atomic(savepoint=False)
def _answer(
    *, request: HalvesRequest, number: int, agrees: bool, evidence: AnyEvidence, at: datetime
) -> HalvesRequest:
    request = _locked(request)
    proposal = request.proposal
    if proposal is None or proposal.number != number:
        raise RuleViolation(_("This proposal was replaced by another one."), clause=CLAUSE)
    if request.state == HalvesState.DECLINED:
        raise RuleViolation(
            _("The academy has declined the request since. The reason is on its page."),
            clause=CLAUSE,
        )
    if HalvesAnswer.objects.filter(proposal=proposal).exists():
        raise RuleViolation(_("This proposal is answered already."), clause=CLAUSE)
    if at >= proposal.valid_until or request.state != HalvesState.PROPOSED:
        raise RuleViolation(
            _("The time of this proposal is over. You can ask anew."), clause=CLAUSE
        )
    # A person reads only minutes in a chat: an answer in the proposal's own minute is an answer to
    # it.
    if not proposal.at.replace(second=0, microsecond=0) <= evidence.said_at <= at:
        sentence = _("The answer comes after the proposal, and not in the future.")
        raise RuleViolation(sentence, clause=CLAUSE, field="said_at")
    HalvesAnswer.objects.create(
        proposal=proposal, agrees=agrees, recorded_at=at, **evidence.fields(request.salt)
    )
    request.move_to(HalvesState.AGREED if agrees else HalvesState.REFUSED)
    verb = "halves.agreed" if agrees else "halves.refused"
    facts = {
        "proposal": number,
        "rest_on": proposal.rest_on.isoformat(),
        **facts_of(evidence, request.salt),
    }
    record(verb, about=about(request), facts=facts, by=evidence.by, at=at, clause=CLAUSE)
    answer = "agree" if agrees else "refuse"
    note_answer(
        about=about(request),
        what=QUESTION,
        occasion=str(number),
        answer=answer,
        at=evidence.said_at,
    )
    if agrees:
        tell_agreed(request, proposal, at=at)
        _write(
            NoticeKind.HALVES_AGREED,
            request,
            occasion=str(number),
            at=at,
            **terms_of(request, proposal),
            checkout_url=halves_checkout_link(request),
        )
    return request


@transaction.atomic(savepoint=False)
def end_halves(*, request: HalvesRequest, at: datetime) -> bool:
    """End a proposal or an agreement whose time is over (4.3.1).

    False when it was answered, used or ended before.
    """
    request = _locked(request)
    if request.state not in (HalvesState.PROPOSED, HalvesState.AGREED) or not _is_over(request, at):
        return False
    facts = {"from": request.state}
    request.move_to(HalvesState.ENDED)
    record("halves.ended", about=about(request), facts=facts, by=SYSTEM, at=at, clause=CLAUSE)
    close_question(about=about(request), what=QUESTION, at=at)
    return True


def expire_halves(*, at: datetime) -> list[str]:
    """End every proposal and agreement whose time is over; return their codes.

    Each is ended in its own transaction.
    """
    due = HalvesRequest.objects.past_their_time(at).order_by("pk")
    ended = one_by_one(due, lambda request: end_halves(request=request, at=at))
    return [request.code for request, is_ended in ended if is_ended]


def tariff_now(request: HalvesRequest, *, at: datetime) -> Tariff:
    """The tariff ordered under an agreement: its package and level, in the edition in force.

    The level is the one that was open when the student asked, whatever is open now (A4, M10).
    Raises RuleViolation when the offer is withdrawn (2.4), or a newer edition has another price
    than the one that was agreed on.
    """
    edition = Edition.objects.in_force(at).select_related("academy").first()
    if edition is None or Withdrawal.objects.standing().filter(edition=edition).exists():
        raise RuleViolation(
            _("The offer is withdrawn, and with it the agreement. Nothing can be ordered."),
            clause="2.4",
        )
    asked = request.tariff
    tariff = (
        Tariff.objects.select_related("package", "edition__academy")
        .filter(edition=edition, package=asked.package_id, level=asked.level, price=asked.price)
        .first()
    )
    if tariff is None:
        raise RuleViolation(
            _("The offer was changed since, and its price is another one. Ask for halves anew."),
            clause="12.2",
        )
    return tariff


def take_agreement(
    request: HalvesRequest, *, tariff: Tariff, at: datetime
) -> tuple[HalvesRequest, date]:
    """Lock the agreement for an order that is being placed; return it, and the day of the rest.

    An agreement that has its order already is returned with it: two tabs place one order. Raises
    RuleViolation when there is no agreement, or its time is over.
    """
    request = _locked(request)
    proposal = request.proposal
    if request.order is None and (request.state != HalvesState.AGREED or _is_over(request, at)):
        raise RuleViolation(
            _("There is no agreement on halves, or its time is over. You can ask anew."),
            clause=CLAUSE,
        )
    if proposal is None or (request.order is None and tariff_now(request, at=at) != tariff):
        raise RuleViolation(_("This is not what was agreed on."), clause=CLAUSE)
    return request, proposal.rest_on


def note_order(
    request: HalvesRequest, *, order: Order, rest_on: date, by: str, at: datetime
) -> None:
    """Link order and agreement; the agreement and its proof go into the order's chain (O2)."""
    request.move_to(HalvesState.ORDERED, order=order)
    answer = HalvesAnswer.objects.select_related("proposal").get(
        proposal__request=request, agrees=True
    )
    facts = {
        "request": request.code,
        "proposal": answer.proposal.number,
        "asked_at": request.asked_at.isoformat(),
        "agreed_at": answer.said_at.isoformat(),
        "rest_on": rest_on.isoformat(),
        "update": answer.update_id,
        "question": answer.question_sha256,
        "picture": answer.picture_sha256,
    }
    record(
        "halves.ordered",
        about=about(request),
        order=order.code,
        facts=facts,
        by=by,
        at=at,
        clause=CLAUSE,
    )


def terms_of(request: HalvesRequest, proposal: HalvesProposal) -> dict[str, str | int]:
    """The proposal as facts of a letter: both halves in whole tenge, and the days."""
    first, rest = halves(request.tariff.price)
    days = {
        "rest_on": proposal.rest_on.isoformat(),
        "valid_on": last_day(proposal.valid_until).isoformat(),
    }
    return {"first": first, "rest": rest, **days}


def _is_over(request: HalvesRequest, at: datetime) -> bool:
    return request.valid_until is None or at >= request.valid_until


def _locked(request: HalvesRequest) -> HalvesRequest:
    return HalvesRequest.objects.locked().with_tariff().get(pk=request.pk)


def _write(
    kind: NoticeKind, request: HalvesRequest, *, at: datetime, occasion: str = "first", **facts: Any
) -> None:
    queue_notice(
        kind,
        about=about(request),
        to=request.email,
        language=request.language,
        occasion=occasion,
        at=at,
        facts={
            "request": request.code,
            "package": service_of(request.tariff, request.cohort),
            **facts,
        },
    )
