"""The student's cabinet: how each contract stands today and what happens next."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Exists, OuterRef, Prefetch
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from certificates.models import Certificate
from enrollment.forms.consents import CONSENTS
from enrollment.models import (
    Clarification,
    CohortMove,
    Consent,
    Deadline,
    Enrollment,
    EnrollmentState,
    Order,
    Suspension,
)
from enrollment.operations.halves.rests import Rest, rest_of
from enrollment.operations.ordering.consents import OPTIONAL
from enrollment.rules.order_states import OrderState
from offer_site.accounts.models import User
from offer_site.calendar.operations import current_calendar
from offer_site.calendar.rules import Calendar, working_day_term
from offer_site.days import almaty_day
from offer_site.notices.kinds import NoticeKind
from offer_site.notices.models import Notice
from payments.operations.books.acts import may_have_an_act
from payments.operations.ledger.receipts import received_by

from .states import LOOKS_OF_CONTRACT_STAGES, ContractStage, Look

CERTIFICATE_CLAUSE = "9.1"
LINES = {consent.purpose: consent.line for consent in CONSENTS}


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
    consents: list[GivenConsent]
    steps: list[Step]
    rest_due: Rest | None = None
    is_open: bool = True
    came_back: bool = False  # the letter with the certificate came back
    question: Clarification | None = None
    question_is_overdue: bool = False
    waits_for_answer: bool = False  # the term of 9.1 is stopped, and starts anew with the answer

    @property
    def look(self) -> Look:
        return LOOKS_OF_CONTRACT_STAGES[self.stage]

    @property
    def rest(self) -> Decimal:
        """Tenge still to be paid, never below zero."""
        return max(self.order.price - self.received, Decimal(0))

    @property
    def is_live(self) -> bool:
        return self.enrollment.state != EnrollmentState.TERMINATED

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
    """What holds up the studies of an order today: open questions (9.5), and a suspension."""

    question: Clarification | None
    of_company: Clarification | None
    is_suspended: bool


def contracts_of(user: User, *, at: datetime) -> list[Contract]:
    """Every contract of a user; the number of queries does not depend on how many."""
    orders = list(
        Order.objects.belonging_to(user)
        .accepted()
        .with_people()
        .select_related("acceptance", "enrollment__cohort__course", "invoice")
        .prefetch_related(
            "allocations",
            "installments",
            Prefetch(
                "party__consents",
                Consent.objects.filter(purpose__in=OPTIONAL).select_related("withdrawal"),
            ),
            Prefetch(
                "deadlines",
                Deadline.objects.filter(clause=CERTIFICATE_CLAUSE).order_by("-opened_at"),
            ),
        )
        .annotate(
            is_suspended=Exists(
                Suspension.objects.standing().filter(enrollment__order=OuterRef("pk"))
            ),
            is_asked_to_move=Exists(
                CohortMove.objects.open().filter(enrollment__order=OuterRef("pk"))
            ),
        )
        .order_by("-acceptance__accepted_at", "invoice", "learner")
    )
    if not orders:
        return []
    certificates = {
        certificate.enrollment_id: certificate
        for certificate in Certificate.objects.live().filter(enrollment__order__in=orders)
    }
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
                is_suspended=order.is_suspended,
            ),
            calendar=calendar,
            at=at,
        )
        for order in orders
    ]


def questions_of(orders: Iterable[Order]) -> dict[int, Clarification]:
    """Find the open questions asked under these orders, by order; an order has one at most."""
    asked = Clarification.objects.open().with_terms().filter(order__in=orders)
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
    running = list(order.deadlines.all())
    question = obstacles.question
    waits = bool(running and running[0].stopped_for)
    asked = question or obstacles.of_company
    from_day = (
        max(asked.answer_on or today, today) if asked and waits else enrollment.day_of_performance
    )
    due_on = (
        running[0].due_on
        if running and not waits
        else working_day_term(from_day, order.edition.terms["certificate_working_days"], calendar)
    )
    cohort = order.cohort
    learning = access_is_open(order, enrollment, is_suspended=obstacles.is_suspended, at=at)
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
        consents=[given_consent(consent) for consent in order.party.consents.all()],
        steps=steps_of(order, certificate, due_on, today),
        rest_due=rest,
        is_open=learning,
        came_back=certificate is not None and certificate.number in returned,
        question=question,
        question_is_overdue=question is not None and question.is_overdue(at),
        waits_for_answer=waits,
    )


def given_consent(consent: Consent) -> GivenConsent:
    withdrawal = getattr(consent, "withdrawal", None)
    return GivenConsent(
        consent.purpose,
        LINES[consent.purpose],
        consent.given_at,
        withdrawal.at if withdrawal else None,
    )


def access_is_open(
    order: Order, enrollment: Enrollment, *, is_suspended: bool, at: datetime
) -> bool:
    """True while the learner studies, the payment allows it and no suspension stands (O5).

    The day of the rest is checked here: access closes with that day, whether or not the clock job
    has run (4.3.1).
    """
    if enrollment.state != EnrollmentState.ACTIVE or order.state not in (
        OrderState.PREPAID,
        OrderState.PAID,
    ):
        return False
    rest = rest_of(order, at=at)
    return not is_suspended and not (rest and rest.is_overdue)


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
