"""A busy academy, made by its own operations: every kind of order, every way of money,
certificates, letters, seals.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import time_machine
from django.urls import reverse

from certificates.models import Certificate
from certificates.operations import (
    LearnerName,
    issue_certificate,
    replace_certificate,
    revoke_certificate,
)
from certificates.operations.issuing import due_enrollments
from certificates.operations.sending import confirm_sent
from enrollment.models import Cohort, Consent, Order
from enrollment.operations.corrections.email import correct_email
from enrollment.operations.corrections.learners import correct_name
from enrollment.operations.halves.rests import move_rest_day
from enrollment.operations.halves.suspensions import suspend_overdue
from enrollment.operations.offering.offers import lift_withdrawal, withdraw_offer
from enrollment.operations.ordering.applications import Application
from enrollment.operations.ordering.consents import withdraw_consent
from enrollment.operations.ordering.orders import cancel_order, lapse_unpaid_orders, place_order
from enrollment.operations.personal_data import show_personal_data
from enrollment.operations.training.enrollments import (
    complete_cohort,
    complete_enrollment,
    open_performance_deadlines,
)
from enrollment.operations.training.moves import move_by_document
from offer_site.calendar.operations import record_exception, remove_exception
from offer_site.days import end_of_day, start_of_day
from offer_site.journal.sealing import seal_journal
from offer_site.maintenance.operations import announce_maintenance, end_maintenance
from offer_site.notices.operations import send_due_notices
from payments.models import Ground, LedgerEntry, ProviderMessage, RefundCase, StatementLine
from payments.operations.ledger.allocations import give_to_order, reopen_with_money
from payments.operations.ledger.corrections import approve_correction, propose_correction
from payments.operations.ledger.manual import approve_manual_receipt
from payments.operations.ledger.refunds import record_refund
from payments.operations.paying.messages import settle_message
from payments.operations.refunds.cases import cancel_case
from payments.operations.refunds.payouts import record_payout_by_hand
from payments.operations.refunds.wrong_payouts import (
    approve_payout_correction,
    propose_payout_correction,
)
from payments.operations.statements.imports import import_statement
from payments.operations.statements.lines import set_line_aside, take_line
from payments.operations.statements.typed_transfers import (
    TransferSeen,
    approve_transfer,
    enter_transfer,
)
from tests.enrollment.editions import a_short_edition
from tests.enrollment.halves.scenes import REST_ON, a_half_paid_order, pay_the_rest, staff_evidence
from tests.given import (
    NOON,
    a_cohort,
    a_paid_order,
    a_placed_order,
    an_application,
    an_owner,
    receive,
)
from tests.papers import a_document
from tests.payments import kaspi
from tests.payments.by_hand import a_clerk, entered
from tests.payments.notifications import a_notification, an_attempt, tell
from tests.payments.refunds.scenes import a_case, a_person, an_approved_case, by_kaspi, the_payout
from tests.payments.statements.scenes import (
    DAY,
    a_statement,
    an_operation,
    an_order_paid,
    bank_details,
)
from tests.payments.waiting import REASON, money_that_waits
from tests.staff.conftest import signed_in

ONE_DAY = timedelta(days=1)
TOMORROW = NOON + ONE_DAY
OTHER_IIN = "880202401122"  # of a payer who is nobody


@dataclass
class Busy:
    """The codes of orders by what became of them,
    and the moment at which everything had happened.
    """

    codes: dict[str, str]
    at: datetime

    def __getitem__(self, name: str) -> str:
        return self.codes[name]


def a_busy_world() -> Busy:
    """Live through a whole cohort, from the first order to the last certificate,
    and seal the journal thrice.
    """
    a_short_edition()
    cohort = a_cohort(seats=40)
    bank_details()
    orders = dict(the_day_of_ordering(cohort))
    lapse_unpaid_orders(at=end_of_day(NOON.date()) + timedelta(minutes=5))
    seal_journal(at=TOMORROW)
    for order in the_days_after(cohort, orders):
        orders |= order
    seal_journal(at=TOMORROW + ONE_DAY)
    at = the_end_of_the_course(cohort)
    show_personal_data(order=orders["paid"], reason="сұрады", by="staff:1", at=at)
    seal_journal(at=at)
    send_due_notices(at=at + timedelta(minutes=1), limit=10_000)
    return Busy({name: order.code for name, order in orders.items()}, at + timedelta(minutes=2))


def the_day_of_ordering(cohort: Cohort) -> Iterator[tuple[str, Order]]:
    """What buyers do in one day."""
    yield "lapsed", a_placed_order(cohort=cohort)
    cancelled = a_placed_order(cohort=cohort)
    cancel_order(order=cancelled, by="visitor", at=NOON)
    yield "cancelled", cancelled
    yield from replaced(cohort)
    for number, name in enumerate(("paid", "second", "named", "moved"), start=1):
        yield (
            name,
            paid_by_card(a_placed_order(cohort=cohort, package="vip"), transaction=500 + number),
        )
    yield "guardian", paid_by_kaspi(a_placed_order(cohort=cohort, kind="guardian"))
    yield (
        "company",
        paid_by_kaspi(a_placed_order(cohort=cohort, kind="company"), txn_id="1000000000000000456"),
    )
    yield "marketing", a_paid_order(cohort=cohort, application=with_consent_to("marketing"))
    yield "late", a_placed_order(cohort=cohort)
    yield "parts", in_two_parts(cohort)
    yield "halves", a_half_paid_order(cohort=cohort)
    yield "suspended", a_half_paid_order(cohort=cohort)
    yield "rest moved", a_half_paid_order(cohort=cohort)
    yield "transfer", a_placed_order(cohort=cohort)
    yield "typed", a_placed_order(cohort=cohort)
    yield "by hand", by_hand(a_placed_order(cohort=cohort))
    refunded = a_placed_order(cohort=cohort)
    receive(by_kaspi(refunded), refunded)
    yield "refunded", refunded


def replaced(cohort: Cohort) -> Iterator[tuple[str, Order]]:
    """An order for another package takes the place of the first."""
    application = an_application()
    first = a_placed_order(cohort=cohort, application=application, package="ozim")
    second, _is_new = place_order(
        tariff=first.edition.tariffs.get(package__slug="birge", level="standard"),
        cohort=cohort,
        application=application,
        language="ru",
        at=NOON,
        by="visitor",
        opened={first.code},
        replace=True,
    )
    yield "replaced", first
    yield "replacing", second


def paid_by_card(order: Order, *, transaction: int) -> Order:
    an_attempt(order)
    with time_machine.travel(NOON, tick=False):
        told = a_notification(order, transaction=transaction)
        assert tell("pay", told).json()["code"] == tell("pay", told).json()["code"] == 0
    return order


def paid_by_kaspi(order: Order, **params: Any) -> Order:
    with time_machine.travel(NOON, tick=False):
        assert kaspi.result(kaspi.a_payment(order, **params)) == 0
    return order


def with_consent_to(purpose: str) -> Application:
    application = an_application()
    return Application(
        **(application.__dict__ | {"consents": (*application.consents, (purpose, "Хат аламын"))})
    )


def in_two_parts(cohort: Cohort) -> Order:
    """Staff give an order two receipts, each less than the price."""
    order = a_placed_order(cohort=cohort)
    for amount in (Decimal("50000.50"), order.price - Decimal("50000.50")):
        give_to_order(
            entry=money_that_waits(order, amount=amount),
            code=order.code,
            reason=REASON,
            by=an_owner(),
            at=NOON,
            amount=amount,
        )
    return order


def by_hand(order: Order) -> Order:
    approve_manual_receipt(
        receipt=entered(order, by=a_clerk("first")), by=a_clerk("second"), at=NOON
    )
    return order


def the_days_after(cohort: Cohort, orders: dict[str, Order]) -> Iterator[dict[str, Order]]:
    """What staff and the banks do before the course begins."""
    transfers(orders)
    corrections(orders)
    late = orders["late"]
    entry = money_that_waits(late, at=TOMORROW)
    reopen_with_money(entry=entry, code=late.code, reason=REASON, by=an_owner(), at=TOMORROW)
    money_that_waits(orders["lapsed"], at=TOMORROW)
    record_refund(
        provider="card",
        reference="r-77",
        refunds_reference="504",
        amount=Decimal("1000.00"),
        happened_at=TOMORROW,
        at=TOMORROW,
    )
    refunds(orders)
    wrong_money(orders)
    contradictions(orders)
    edition = orders["paid"].edition
    withdraw_offer(edition=edition, reason="2.4", by=an_owner(), at=TOMORROW)
    lift_withdrawal(edition=edition, reason="2.4", by=an_owner(), at=TOMORROW)
    days = {"name_kk": "Демалыс", "name_ru": "Выходной", "source": "ҚР Үкіметінің қаулысы № 1"}
    record_exception(
        day=date(2027, 1, 26), is_working=False, **days, by=f"staff:{an_owner().pk}", at=TOMORROW
    )
    wrong = record_exception(
        day=date(2027, 1, 28), is_working=False, **days, by="staff:1", at=TOMORROW
    )
    remove_exception(exception=wrong, by="staff:1", at=TOMORROW + timedelta(hours=1))
    an_edit_in_the_admin(cohort)
    works = announce_maintenance(
        starts_at=TOMORROW + ONE_DAY,
        ends_at=TOMORROW + ONE_DAY + timedelta(hours=1),
        words_kk="Жаңартамыз.",
        words_ru="Обновляем.",
        by="staff:1",
        at=TOMORROW,
    )
    end_maintenance(maintenance=works, by="staff:1", at=TOMORROW)
    yield {"next cohort": a_moved_order(cohort)}
    yield {"unpaid": a_placed_order(cohort=cohort, at=TOMORROW + ONE_DAY)}


def transfers(orders: dict[str, Order]) -> None:
    """A statement with one transfer of an order, two equal ones of nobody, and more of nobody."""
    operations = [
        an_order_paid(orders["transfer"]),
        an_operation(purpose="оплата", number=20),
        an_operation(purpose="оплата", number=20),
        an_operation(purpose="аренда", number=21),
        an_operation(purpose="курс", number=22),
    ]
    import_statement(content=a_statement(operations), name="kaspi.txt", by="system", at=TOMORROW)
    aside, taken, *_waiting = StatementLine.objects.filter(state="unmatched").order_by("-pk")
    set_line_aside(line=aside, reason="аренда", by=an_owner(), at=TOMORROW)
    take_line(line=taken, reason=REASON, by=an_owner(), at=TOMORROW)
    order = orders["typed"]
    transfer = TransferSeen(
        documented_on=DAY,
        amount=Decimal(f"{order.price}.00"),
        payer="Тестов Б.",
        payer_id=OTHER_IIN,
        number="77",
        purpose=f"{order.code} оплата курса",
    )
    line = enter_transfer(
        transfer=transfer,
        reason="Kaspi Business",
        document=a_document(),
        by=a_clerk("first"),
        at=TOMORROW,
    )
    assert approve_transfer(line=line, by=a_clerk("second"), at=TOMORROW) == order.code


def corrections(orders: dict[str, Order]) -> None:
    """What people correct and take back."""
    correct_email(
        order=orders["moved"], email="moved@example.kz", by="staff:1", at=TOMORROW, document="№ 7"
    )
    correct_name(
        learner=orders["named"].learner,
        surname="Әбілқасым",
        name="Гүлнұр",
        patronymic="",
        issued=False,
        by=f"user:{an_owner().pk}",
        at=TOMORROW,
    )
    consent = Consent.objects.get(party=orders["marketing"].party_id, purpose="marketing")
    withdraw_consent(consent=consent, by="visitor", at=TOMORROW)


def refunds(orders: dict[str, Order]) -> None:
    """One contract ends with a refund, paid by hand; one demand is declined, one taken back,
    one is not answered.
    """
    refunded = orders["refunded"]
    case = an_approved_case(refunded, refunded.price, at=TOMORROW)
    record_payout_by_hand(
        payout=the_payout(case),
        reference="K-77",
        paid_on=TOMORROW.date(),
        document="Kaspi, чек 77",
        by=a_person("first"),
        at=TOMORROW,
    )
    an_approved_case(orders["second"], 0, at=TOMORROW, ground=Ground.CHANGE_OF_MIND)
    cancel_case(
        case=a_case(orders["named"], at=TOMORROW),
        reason="қайтып алды",
        by=a_person("first"),
        at=TOMORROW,
    )
    a_case(orders["guardian"], at=TOMORROW)


def wrong_money(orders: dict[str, Order]) -> None:
    """A receipt by hand that never came, and a payout that never left and left a day later."""
    receipt = entered(
        orders["paid"], reference="QR-2", amount=Decimal(900), is_another=True, by=a_clerk("first")
    )
    approve_manual_receipt(receipt=receipt, by=a_clerk("second"), at=NOON, is_another=True)
    correction = propose_correction(
        entry=LedgerEntry.objects.get(reference="kaspi-pay QR-2"),
        reason="басқа адамның түбіртегі",
        document=a_document(),
        by=a_clerk("first"),
        at=TOMORROW,
    )
    approve_correction(correction=correction, by=a_clerk("second"), at=TOMORROW)
    case = RefundCase.objects.get(order=orders["refunded"])
    correction = propose_payout_correction(
        entry=LedgerEntry.objects.refunds().get(reference="K-77"),
        reason="банк аудармаған",
        document=a_document(),
        by=a_clerk("first"),
        at=TOMORROW,
    )
    approve_payout_correction(correction=correction, by=a_clerk("second"), at=TOMORROW)
    record_payout_by_hand(
        payout=the_payout(case),
        reference="K-78",
        paid_on=TOMORROW.date(),
        document="Kaspi, чек 78",
        by=a_person("first"),
        at=TOMORROW + timedelta(hours=1),
    )


def contradictions(orders: dict[str, Order]) -> None:
    """A known reference is told with another amount: a conflict, which staff settle."""
    with time_machine.travel(TOMORROW, tick=False):
        tell("pay", a_notification(orders["paid"], transaction=501, Amount="1.00"))
    settle_message(
        message=ProviderMessage.objects.conflicts().get(),
        reason="банк қателесті",
        by=an_owner(),
        at=TOMORROW,
    )


def a_moved_order(cohort: Cohort) -> Order:
    """A student who learns in the next cohort, as a document says."""
    order = a_paid_order(cohort=cohort, at=TOMORROW)
    move_by_document(
        enrollment=order.enrollment,
        to=a_cohort(seats=2, starts_on=cohort.ends_on + 30 * ONE_DAY),
        reason="ауырды",
        document=a_document(),
        by=an_owner(),
        at=TOMORROW,
    )
    return order


def an_edit_in_the_admin(cohort: Cohort) -> None:
    """The owner corrects the course's name where the admin keeps its own note of it."""
    with time_machine.travel(TOMORROW, tick=False):
        page = reverse("admin:enrollment_course_change", args=[cohort.course_id])
        sent = {"name": cohort.course.name, "content_is_sample": ""}
        assert signed_in(an_owner()).post(page, sent).status_code == 302


def the_end_of_the_course(cohort: Cohort) -> datetime:
    """Rests are paid, moved or not paid; learners are completed or left out;
    certificates go out and are corrected.
    """
    halves = {
        order.code: order
        for order in Order.objects.filter(cohort=cohort, state="prepaid").order_by("pk")
    }
    paid, _suspended, moved = halves.values()
    pay_the_rest(paid, at=start_of_day(REST_ON) + timedelta(hours=9))
    move_rest_day(
        order=moved,
        to_day=REST_ON + 3 * ONE_DAY,
        reason="келісілді",
        evidence=staff_evidence(at=TOMORROW),
        at=start_of_day(REST_ON),
    )
    suspend_overdue(at=end_of_day(REST_ON))
    pay_the_rest(moved, at=start_of_day(REST_ON + 2 * ONE_DAY))
    at = start_of_day(cohort.ends_on) + timedelta(hours=12)
    open_performance_deadlines(at=at)
    first = Order.objects.filter(cohort=cohort, state="paid").order_by("pk").first()
    assert first is not None
    complete_enrollment(enrollment=first.enrollment, by=an_owner(), at=at)
    _second, _third, *others = Order.objects.filter(cohort=cohort, state="paid").order_by("pk")
    excluded = {order.enrollment.pk: "сабаққа келмеді" for order in others}
    complete_cohort(cohort=cohort, excluded=excluded, by=an_owner(), at=at)
    for enrollment_id, _code in due_enrollments(at=at):
        issue_certificate(enrollment_id=enrollment_id, at=at)
    send_due_notices(at=at + timedelta(minutes=1), limit=10_000)
    confirm_sent(at=at + timedelta(minutes=2))
    old, revoked, *_others = Certificate.objects.order_by("number")
    later = at + ONE_DAY
    name = LearnerName("Әбілқасымқызы", "Гүлнұр")
    replace_certificate(certificate=old, reason="тегі", learner_name=name, by=an_owner(), at=later)
    revoke_certificate(certificate=revoked, reason="қате берілді", by=an_owner(), at=later)
    return later + 14 * ONE_DAY
