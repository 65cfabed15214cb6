"""The student's cabinet: how each contract stands today and what happens next."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import (
    CharField,
    DateTimeField,
    Exists,
    OuterRef,
    Prefetch,
    Subquery,
    prefetch_related_objects,
)
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from certificates.models import Certificate
from enrollment.forms.consents import CONSENTS
from enrollment.models import (
    Breach,
    Claim,
    Clarification,
    CohortMove,
    Consent,
    DayPutOff,
    Deadline,
    Debtor,
    Enrollment,
    EnrollmentState,
    ForceMajeureContract,
    Order,
    PutOff,
    Suspension,
)
from enrollment.models.edition_notice import coming_notices
from enrollment.operations.access.questions import access_to, standing_grounds
from enrollment.operations.halves.rests import Rest, rest_of
from enrollment.operations.ordering.consents import OPTIONAL
from enrollment.rules.access import Access, ClosedBy
from enrollment.rules.deadlines import TermState, in_words
from enrollment.rules.moments import Facts, Moment, moment_of
from enrollment.rules.order_states import OrderState
from offer_site.accounts.models import User
from offer_site.calendar.operations import current_calendar
from offer_site.calendar.rules import Calendar, working_day_term
from offer_site.days import almaty_day
from offer_site.notices.kinds import NoticeKind
from offer_site.notices.models import Notice
from offer_site.prepared import Given, Prepared
from payments.operations.books.acts import may_have_an_act
from payments.operations.ledger.receipts import received_by

from .states import LOOKS_OF_CONTRACT_STAGES, ContractStage, Look

CERTIFICATE_CLAUSE = "9.1"
REST_CLAUSE = "4.3.1"
LINES = {consent.purpose: consent.line for consent in CONSENTS}
COMING = coming_notices(Given("at", DateTimeField()))  # type: ignore[arg-type]
CONTRACTS: Prepared[Any] = Prepared(
    Order.objects.of_email(Given("email", CharField()))
    .accepted()
    .with_people()
    .select_related("acceptance", "enrollment__cohort__course", "invoice")
    .annotate(
        is_suspended=Exists(Suspension.objects.standing().filter(enrollment__order=OuterRef("pk"))),
        coming_name=Subquery(COMING.values("edition__name")[:1]),
        coming_from=Subquery(COMING.values("edition__effective_from")[:1]),
        has_breaches=Exists(Breach.objects.standing().filter(order=OuterRef("pk"))),
        has_claims=Exists(Claim.objects.filter(order=OuterRef("pk"))),
        has_force_majeure=Exists(ForceMajeureContract.objects.filter(order=OuterRef("pk"))),
        has_question=Exists(Clarification.objects.open().filter(order=OuterRef("pk"))),
        has_certificate=Exists(
            Certificate.objects.live().filter(enrollment__order=OuterRef("pk")).order_by()
        ),
        is_asked_to_move=Exists(CohortMove.objects.open().filter(enrollment__order=OuterRef("pk"))),
    )
    .order_by("-acceptance__accepted_at", "invoice", "learner")
)


@dataclass(frozen=True)
class Step:
    """One step of the contract; `reached` is "done", "now" or "ahead"."""

    title: Promise
    when: date | datetime
    reached: str
    clause: str = ""
    note: str = ""
    at_latest: bool = False

    @property
    def clock(self) -> bool:
        """True if the hour is known too."""
        return isinstance(self.when, datetime)


@dataclass(frozen=True)
class GivenConsent:
    """An optional consent in the words that were ticked, and when it was withdrawn."""

    purpose: str
    line: Promise
    given_at: datetime
    withdrawn_at: datetime | None


@dataclass(frozen=True)
class ShownTerm:
    """A term of the offer as the student sees it: who owes what, until which day, when it was met.

    `until` is the day that was told; `last_on` is the last one, where that is another.
    """

    clause: str
    what: str
    is_mine: bool
    until: date
    last_on: date | None
    state: TermState
    met_at: datetime | None

    @property
    def is_over(self) -> bool:
        return self.state in (TermState.MET, TermState.MET_LATE)


@dataclass(frozen=True)
class ComingEdition:
    """A later edition that the contract holder may object to until the end of a day (12.2.1)."""

    name: str
    effective_from: date
    object_until: date


@dataclass(frozen=True)
class Contract:
    """Everything that the cabinet shows of one accepted order."""

    order: Order
    enrollment: Enrollment
    stage: ContractStage
    received: Decimal
    link: str
    link_opens_on: date | None
    certificate: Certificate | None
    certificate_due_on: date
    steps: list[Step]
    rest_due: Rest | None = None
    access: Access = field(default_factory=Access)
    breaches: tuple[Breach, ...] = ()  # those that were not withdrawn, the last one first
    came_back: bool = False  # the letter with the certificate came back
    question: Clarification | None = None
    question_is_overdue: bool = False
    terms: Sequence[ShownTerm] = ()
    edition: ComingEdition | None = None
    claims: tuple[Claim, ...] = ()
    force_majeure: tuple[ForceMajeureContract, ...] = ()
    waits_for_answer: bool = False  # the term of 9.1 is stopped, and starts anew with the answer

    @property
    def look(self) -> Look:
        return LOOKS_OF_CONTRACT_STAGES[self.stage]

    @property
    def is_open(self) -> bool:
        return self.access.is_open

    @property
    def can_end(self) -> bool:
        """True while the contract runs: either side may propose to end it (12.4)."""
        return self.order.state in (OrderState.PREPAID, OrderState.PAID)

    @property
    def rest(self) -> Decimal:
        """Tenge still to be paid, never below zero."""
        return max(self.order.price - self.received, Decimal(0))

    @property
    def course_put_off(self) -> DayPutOff | None:
        """Why the course ends later for this student: a force majeure (8.6)."""
        return self._put_off(PutOff.PERFORMANCE, self.enrollment.performed_on)

    @property
    def rest_put_off(self) -> DayPutOff | None:
        return self._put_off(PutOff.REST, self.rest_due.due_on if self.rest_due else None)

    def _put_off(self, what: PutOff, day: date | None) -> DayPutOff | None:
        """The event that leads to this day; None once the day is another again."""
        found = [
            each
            for contract in self.force_majeure
            for each in contract.days_put_off.all()
            if each.what == what and each.to_on == day
        ]
        return found[-1] if found else None

    @property
    def is_live(self) -> bool:
        return self.enrollment.state != EnrollmentState.TERMINATED

    @property
    def paid_parts(self) -> list[tuple[date, Decimal]]:
        """What was paid and is not taken back, with the day of each, the first one first."""
        rows = list(self.order.allocations.all())
        taken_back = {each.takes_back_id for each in rows}
        standing = [each for each in rows if each.amount > 0 and each.pk not in taken_back]
        return sorted((almaty_day(each.at), each.amount) for each in standing)

    @property
    def force_majeure_that_lasts(self) -> ForceMajeureContract | None:
        """The row of an event that moves the terms now (8.6)."""
        return next((each for each in self.force_majeure if each.event.lasts), None)

    def moment(self, *, today: date) -> Moment:
        """What the cabinet opens with (enrollment/rules/moments.py)."""
        completed = self.enrollment.state == EnrollmentState.COMPLETED
        facts = Facts(
            starts_on=self.enrollment.cohort.starts_on,
            last_on=self.enrollment.day_of_performance,
            is_ended=not self.is_live,
            rest_on=self.rest_due.due_on if self.rest_due else None,
            is_shut_off=ClosedBy.BREACH in self.access.closed_by,
            has_certificate=self.certificate is not None and self.certificate.is_rendered,
            is_completed=completed,
            force_majeure_lasts=self.force_majeure_that_lasts is not None,
        )
        return moment_of(facts, today=today)

    @property
    def has_act(self) -> bool:
        """True for a company once the service is performed."""
        return may_have_an_act(self.order)

    @property
    def name_can_change(self) -> bool:
        """True until a certificate is numbered; from then on it states the name (9.5)."""
        return self.is_live and self.certificate is None


@dataclass(frozen=True)
class StudyObstacles:
    """What holds up the studies of an order today: questions (9.5), suspensions, breaches."""

    question: Clarification | None
    of_company: Clarification | None
    suspended_for: frozenset[str]
    breaches: tuple[Breach, ...]


def contracts_of(user: User, *, at: datetime) -> list[Contract]:
    """Every contract of a user; the number of queries does not depend on how many."""
    orders = CONTRACTS.ask(email=user.email, at=at)
    if not orders:
        return []
    prefetch_related_objects(
        orders,
        "allocations",
        "installments",
        Prefetch("deadlines", Deadline.objects.order_by("-opened_at", "-pk")),
    )
    read_what_few_have(orders)
    certificates = certificates_of(orders)
    calendar = current_calendar()
    returned = returned_certificates(orders) if certificates else set()
    questions = questions_of(orders)
    of_companies = questions_of_companies(orders)
    return [
        contract_of(
            order,
            received=received_by(order),
            certificate=certificates.get(order.enrollment.pk),
            returned=returned,
            obstacles=StudyObstacles(
                question=questions.get(order.pk),
                of_company=of_companies.get(order.invoice_id),
                # Read only where there are any, which is seldom.
                suspended_for=frozenset(standing_grounds(order) if order.is_suspended else ()),
                breaches=tuple(order.breaches.standing() if order.has_breaches else ()),
            ),
            calendar=calendar,
            at=at,
        )
        for order in orders
    ]


def read_what_few_have(orders: Sequence[Order]) -> None:
    """Read the claims and the force majeure of the orders that have any: most have none."""
    claims = Prefetch("claims", Claim.objects.with_all().prefetch_related("requests"))
    prefetch_related_objects([each for each in orders if each.has_claims], claims)  # type: ignore[attr-defined]
    events = Prefetch(
        "force_majeure",
        ForceMajeureContract.objects.select_related("event").prefetch_related("days_put_off"),
    )
    prefetch_related_objects([each for each in orders if each.has_force_majeure], events)  # type: ignore[attr-defined]


def certificates_of(orders: Iterable[Order]) -> dict[int, Certificate]:
    """The live certificates by enrollment; asked for only where the orders say that they have one.

    So a cabinet without one, which is the rule for months, asks nothing.
    """
    having = [each for each in orders if each.has_certificate]  # type: ignore[attr-defined]
    found = Certificate.objects.live().filter(enrollment__order__in=having) if having else []
    return {certificate.enrollment_id: certificate for certificate in found}


def questions_of(orders: Iterable[Order]) -> dict[int, Clarification]:
    """Find the open questions asked under these orders, by order; an order has one at most."""
    asked_under = [each for each in orders if each.has_question]  # type: ignore[attr-defined]
    if not asked_under:
        return {}
    asked = Clarification.objects.open().with_terms().filter(order__in=asked_under)
    return {question.order_id: question for question in asked}


def questions_of_companies(orders: Iterable[Order]) -> dict[int | None, Clarification]:
    """Open questions about companies, by invoice: each stops the terms of all its orders (9.5)."""
    invoices = {order.invoice_id for order in orders if order.invoice_id}
    asked = (
        Clarification.objects.open().with_terms().filter(invoice__in=invoices) if invoices else []
    )
    return {question.invoice_id: question for question in asked}


def returned_certificates(orders: Iterable[Order]) -> set[str]:
    """Numbers of the certificates whose letter came back and was not sent again since."""
    letters = Notice.objects.came_back().filter(kind=NoticeKind.CERTIFICATE_READY)
    return set(
        letters.filter(order_code__in=[order.code for order in orders]).values_list(
            "about_key", flat=True
        )
    )


def contract_of(
    order: Order,
    *,
    received: Decimal,
    certificate: Certificate | None,
    returned: set[str],
    calendar: Calendar,
    obstacles: StudyObstacles,
    at: datetime,
) -> Contract:
    enrollment = order.enrollment
    today = almaty_day(at)
    deadlines = list(order.deadlines.all())
    running = [each for each in deadlines if each.clause == CERTIFICATE_CLAUSE]
    question = obstacles.question
    waits = bool(running and running[0].stopped_for.startswith("clarification"))
    asked = question or obstacles.of_company
    from_day = (
        max(asked.answer_on or today, today) if asked and waits else enrollment.day_of_performance
    )
    due_on = (
        running[0].due_on
        if running and not running[0].stopped_for
        else working_day_term(from_day, order.edition.terms["certificate_working_days"], calendar)
    )
    cohort = order.cohort
    access = access_to(order, suspended_for=obstacles.suspended_for, at=at)
    learning = access.is_open
    rest = rest_of(order, at=at)
    opens_on = cohort.joining_opens_on
    return Contract(
        order=order,
        enrollment=enrollment,
        stage=stage_of(enrollment, certificate, today, is_open=learning, half=rest is not None),
        received=received,
        link=cohort.joining_link if learning and (opens_on is None or opens_on <= today) else "",
        link_opens_on=opens_on if learning and opens_on and opens_on > today else None,
        certificate=certificate,
        certificate_due_on=due_on,
        steps=steps_of(order, certificate, due_on, today),
        rest_due=rest,
        access=access,
        breaches=obstacles.breaches,
        came_back=certificate is not None and certificate.number in returned,
        question=question,
        question_is_overdue=question is not None and question.is_overdue(at),
        terms=shown_terms(deadlines, rest, at=at),
        edition=coming_edition(order),
        waits_for_answer=waits,
        claims=tuple(order.claims.all()) if order.has_claims else (),  # type: ignore[attr-defined]
        force_majeure=tuple(order.force_majeure.all()) if order.has_force_majeure else (),  # type: ignore[attr-defined]
    )


def shown_terms(
    deadlines: Sequence[Deadline], rest: Rest | None, *, at: datetime
) -> list[ShownTerm]:
    """The terms that run, the earliest first, then those that were met, the latest first.

    What was lifted is owed by nobody, and what a question stopped runs anew after its answer. The
    rest of 4.3.1 is an installment and no row of the register.
    """
    shown = []
    if rest:
        state = TermState.LATE if rest.is_overdue else TermState.RUNNING
        what = in_words(REST_CLAUSE, Debtor.USER)
        shown.append(ShownTerm(REST_CLAUSE, what, True, rest.due_on, None, state, None))
    for each in deadlines:
        state = each.state(at)
        if state in (TermState.LIFTED, TermState.STOPPED):
            continue
        is_told_otherwise = each.met_at is None and each.told_on != each.due_on
        shown.append(
            ShownTerm(
                clause=each.clause,
                what=each.what,
                is_mine=each.owed_by == Debtor.USER,
                until=each.told_on,
                last_on=each.due_on if is_told_otherwise else None,
                state=state,
                met_at=each.met_at,
            )
        )
    running = [each for each in shown if not each.is_over]
    met = [(each.met_at, each) for each in shown if each.met_at]
    return sorted(running, key=lambda each: each.until) + [
        each for _at, each in sorted(met, key=lambda pair: pair[0], reverse=True)
    ]


def coming_edition(order: Order) -> ComingEdition | None:
    """What the query of the contracts found; a later edition that waits for no answer is none."""
    name = getattr(order, "coming_name", None)
    if not name:
        return None
    effective_from: date = order.coming_from  # type: ignore[attr-defined]
    return ComingEdition(name, effective_from, effective_from - timedelta(days=1))


def latest_consents(order: Order) -> list[GivenConsent]:
    """Each optional consent as it stands now; those that were taken back are given again."""
    given = Consent.objects.filter(party=order.party, purpose__in=OPTIONAL)
    latest = {
        consent.purpose: consent
        for consent in given.select_related("withdrawal").order_by("purpose", "number")
    }
    return [given_consent(consent) for consent in latest.values()]


def given_consent(consent: Consent) -> GivenConsent:
    withdrawal = getattr(consent, "withdrawal", None)
    return GivenConsent(
        consent.purpose,
        LINES[consent.purpose],
        consent.given_at,
        withdrawal.at if withdrawal else None,
    )


def stage_of(
    enrollment: Enrollment,
    certificate: Certificate | None,
    today: date,
    *,
    is_open: bool,
    half: bool,
) -> ContractStage:
    if enrollment.state == EnrollmentState.TERMINATED:
        return ContractStage.ENDED
    if enrollment.state == EnrollmentState.ACTIVE and not is_open:
        return ContractStage.SUSPENDED
    if certificate and certificate.is_rendered:
        return ContractStage.CERTIFIED
    if enrollment.state == EnrollmentState.COMPLETED or today > enrollment.day_of_performance:
        return ContractStage.PREPARING
    if today >= enrollment.cohort.starts_on:
        return ContractStage.LEARNING
    return ContractStage.HALF_PAID if half else ContractStage.PAID


def steps_of(
    order: Order, certificate: Certificate | None, due_on: date, today: date
) -> list[Step]:
    """The timeline of a contract: what was done, what is next, what is ahead."""
    enrollment = order.enrollment
    lasts_until = enrollment.day_of_performance
    issued = certificate is not None and certificate.is_rendered
    ended = enrollment.state == EnrollmentState.TERMINATED
    made = order.acceptance
    paid = made.accepted_at if made.has_hour else almaty_day(made.accepted_at)
    known: list[tuple[Promise, date | datetime, bool, str, str, bool]] = [
        (_("Order placed"), order.placed_at, True, "", order.code, False),
        (_("Paid, contract concluded"), paid, True, "2.2.1", "", False),
    ]
    rests = [part.day for part in order.installments.all() if part.number > 1]
    if rests and not ended:
        if order.state == OrderState.PREPAID:
            known.append((_("Payment of the rest"), rests[0], False, "4.3.1", "", True))
        else:
            came = max(each.at for each in order.allocations.all())
            known.append((_("The rest is paid"), almaty_day(came), True, "4.3.1", "", False))
    if not ended:
        over = issued or enrollment.state == EnrollmentState.COMPLETED or today > lasts_until
        known += [
            (
                _("The course begins"),
                enrollment.cohort.starts_on,
                over or today >= enrollment.cohort.starts_on,
                "",
                "",
                False,
            ),
            (_("The course ends"), lasts_until, over, "", "", False),
            (
                _("The certificate comes to your e-mail"),
                due_on,
                False,
                CERTIFICATE_CLAUSE,
                "",
                True,
            ),
        ]
    if issued and certificate:
        known[-1] = (
            _("Certificate issued"),
            certificate.issued_on,
            True,
            CERTIFICATE_CLAUSE,
            certificate.number,
            False,
        )
    steps = []
    waiting = True
    for title, when, done, clause, note, at_latest in known:
        reached = "done" if done else "now" if waiting else "ahead"
        waiting = waiting and done
        steps.append(Step(title, when, reached, clause, note, at_latest))
    return steps
