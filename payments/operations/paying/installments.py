"""Credit of a second-tier bank: the application, the bank's decision, its money (4.4)."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.core.files.storage import default_storage
from django.db import transaction
from django.utils.translation import gettext as _

from enrollment.models import Order, PaymentReport, ReportKind
from enrollment.operations.ordering.readiness import is_ready, require_ready
from enrollment.operations.ordering.reports import drop_report, record_report
from enrollment.operations.ordering.uploads import count_document, require_room_for
from enrollment.operations.personal_data import record_sight
from enrollment.rules.bounds import APPLICATIONS
from enrollment.rules.order_states import OrderState
from enrollment.rules.settlement import is_of_its_day
from offer_site.accounts.models import User
from offer_site.days import almaty_day, start_of_day
from offer_site.documents import Document, forget, kept
from offer_site.errors import RuleViolation
from offer_site.journal.operations import actor, record
from offer_site.money import tenge_text
from payments.models import (
    Decision,
    InstallmentApplication,
    InstallmentBank,
    ManualMethod,
    ManualReceipt,
)
from payments.operations.ledger.bounds import require_day, require_sum
from payments.operations.ledger.manual import MoneySeen, enter_manual_receipt

from .checks import due_now

NOON = timedelta(hours=12)  # a document has a day and no hour


@dataclass(frozen=True)
class BankAnswer:
    """The bank's answer to an application; `income` only where the bank asks for it.

    `why_less` says how the rest is paid where the bank approved less than is due.
    """

    number: str
    decision: str = Decision.WAITING
    decided_on: date | None = None
    approved_sum: Decimal | None = None
    why_less: str = ""
    income: str = ""


def state_application(
    *,
    order: Order,
    bank: InstallmentBank,
    answer: BankAnswer,
    document: Document | None,
    by: str,
    at: datetime,
    by_staff: bool = False,
) -> tuple[InstallmentApplication, PaymentReport | None]:
    """Record what the buyer, or staff for them, state of an application (4.3).

    An approval of today counts as a reported payment. The same bank and number stated again for
    the order updates it. Raises RuleViolation when the order takes no money or awaits what must
    be said before (1.1, 2.6), the application is of another order, an approval lacks its day, sum
    or document, it is of less than is due and nobody says why, or the buyer has named and sent as
    many as an order takes; what staff state is not bounded.
    """
    sent = None if by_staff else document
    require_room_for(order, sent, at=at)
    with kept(document, under="installments") as stored:
        application, report, replaced = _state(
            order=order,
            bank=bank,
            answer=answer,
            stored=stored,
            sent=sent,
            by_staff=by_staff,
            by=by,
            at=at,
        )
        if application.document != stored.get("document", ""):
            forget(stored)
    if replaced:
        default_storage.delete(replaced)
    return application, report


@transaction.atomic
def _state(
    *,
    order: Order,
    bank: InstallmentBank,
    answer: BankAnswer,
    stored: dict[str, str],
    sent: Document | None,
    by_staff: bool,
    by: str,
    at: datetime,
) -> tuple[InstallmentApplication, PaymentReport | None, str]:
    """Returns the name of the file that no row names any more, too."""
    order = Order.objects.locked().get(pk=order.pk)
    order.require(
        OrderState.AWAITING_PAYMENT,
        message=_("This order does not take a payment now."),
        clause="4.4",
    )
    require_ready(order)
    _require_whole(answer, order, stored=stored, by=by, at=at)
    application = InstallmentApplication.objects.filter(bank=bank, number=answer.number).first()
    if application is None:
        if not by_staff:
            _require_few(order)
        application = InstallmentApplication(
            bank=bank, number=answer.number, order=order, stated_at=at, stated_by=by
        )
    elif application.order_id != order.pk:
        raise RuleViolation(
            _("This application was named for another order. Check its number."),
            clause="4.4",
            field="number",
        )
    elif application.decision != Decision.WAITING:
        return application, _standing_report(order), ""
    count_document(order, sent, at=at)
    replaced = application.document if stored else ""
    application.decision = answer.decision
    application.decided_on = answer.decided_on
    application.approved_sum = answer.approved_sum
    application.why_less = _why_less(answer, order)
    application.income = answer.income if bank.needs_income else ""
    for name, value in stored.items():
        setattr(application, name, value)
    application.save()
    _record("installment_application.stated", application, order, by=by, at=at)
    report = _keep_if_approved_today(application, order, by=by, at=at)
    return application, report, replaced


def decide_application(
    *,
    application: InstallmentApplication,
    answer: BankAnswer,
    document: Document | None,
    by: User,
    at: datetime,
) -> InstallmentApplication:
    """Record the bank's decision, as staff learned it (4.3).

    After a refusal the reported payment that rests on the application is dropped. An approval of
    the order's day, recorded on that day, holds the order as a reported payment does.
    """
    with kept(document, under="installments") as stored:
        return _decide(application=application, answer=answer, stored=stored, by=by, at=at)


@transaction.atomic
def _decide(
    *,
    application: InstallmentApplication,
    answer: BankAnswer,
    stored: dict[str, str],
    by: User,
    at: datetime,
) -> InstallmentApplication:
    order = Order.objects.locked().get(pk=application.order_id)
    application = InstallmentApplication.objects.select_for_update().get(pk=application.pk)
    if application.decision == Decision.REFUSED or application.decision == answer.decision:
        raise RuleViolation(_("This decision is recorded already."), clause="4.4")
    _require_whole(answer, order, stored=stored, by=by, at=at)
    application.decision = answer.decision
    application.decided_on = answer.decided_on
    application.approved_sum = answer.approved_sum
    application.why_less = _why_less(answer, order)
    for name, value in stored.items():
        setattr(application, name, value)
    application.save()
    _record("installment_application.decided", application, order, by=actor(by), at=at)
    report = _standing_report(order)
    if answer.decision == Decision.REFUSED and report and report.number == application.reference:
        drop_report(report=report, reason=_("The bank refused the instalments."), by=by, at=at)
    _keep_if_approved_today(application, order, by=actor(by), at=at)
    return application


def confirm_installment(
    *,
    application: InstallmentApplication,
    amount: Decimal,
    reason: str,
    document: Document,
    by: User,
    at: datetime,
    is_another: bool = False,
) -> ManualReceipt:
    """Enter the bank's transfer for an approved application; another person approves it (4.4, M12).

    The money counts as paid on the day of the bank's approval: that document settles the order
    (O3). Its reference in the ledger is the bank and the application's number, whatever number
    the transfer has. Raises RuleViolation for more than the bank approved.
    """
    if application.decision != Decision.APPROVED or application.decided_on is None:
        raise RuleViolation(_("The bank has not approved these instalments."), clause="4.4")
    order = application.order
    if application.approved_sum is not None and amount > application.approved_sum:
        raise RuleViolation(
            _("The bank approved %(sum)s. More than that cannot come from it.")
            % {"sum": tenge_text(application.approved_sum)},
            clause="4.4",
            field="amount",
        )
    paid_at = start_of_day(application.decided_on) + NOON
    if application.decided_on == order.placed_on:
        paid_at = max(paid_at, order.placed_at)  # nobody pays an order before it is placed
    money = MoneySeen(
        method=ManualMethod.INSTALLMENT,
        reference=application.reference,
        amount=amount,
        paid_at=min(paid_at, at),
        reason=reason,
        third_party=application.bank.name,
        third_party_ground=_("instalments through a bank (4.4)"),
    )
    receipt, _is_new = enter_manual_receipt(
        order=order,
        money=money,
        document=document,
        application=application,
        is_another=is_another,
        by=by,
        at=at,
    )
    return receipt


@transaction.atomic(savepoint=False)
def show_income(*, application: InstallmentApplication, reason: str, by: str, at: datetime) -> str:
    """The income stated in an application; the journal records who saw it and why (5.4)."""
    sight = replace(application.seen_as, verb="income.seen")
    record_sight(sight, reason=reason, by=by, at=at)
    return application.income


def _standing_report(order: Order) -> PaymentReport | None:
    return PaymentReport.objects.standing().filter(order=order).first()


def _keep_if_approved_today(
    application: InstallmentApplication, order: Order, *, by: str, at: datetime
) -> PaymentReport | None:
    """Report an approval of the order's day, if it was recorded on that day.

    An approval of another day holds no order, but it stays recorded.
    """
    decided_on = application.decided_on
    approved_today = (
        application.decision == Decision.APPROVED
        and decided_on is not None
        and is_of_its_day(paid_on=decided_on, placed_on=order.placed_on, since=order.reopened_on)
    )
    standing = _standing_report(order)
    can_be_kept = order.state == OrderState.AWAITING_PAYMENT and at < order.pay_before
    if standing or decided_on is None or not approved_today or not can_be_kept:
        return standing
    if not is_ready(order):
        return None
    names = ("document", "document_type", "document_sha256")
    report, _is_new = record_report(
        order=order,
        kind=ReportKind.INSTALLMENT,
        number=application.reference,
        day=decided_on,
        paper={name: getattr(application, name) for name in names},
        by=by,
        at=at,
    )
    return report


def _require_few(order: Order) -> None:
    """Refuse one more application of a locked order that has as many as its buyer may name."""
    if InstallmentApplication.objects.filter(order=order).count() >= APPLICATIONS:
        raise RuleViolation(
            _("This order has %(count)s applications already. Write to us: we will help.")
            % {"count": APPLICATIONS},
            clause="4.4",
            field="number",
        )


def _require_whole(
    answer: BankAnswer, order: Order, *, stored: dict[str, str], by: User | str, at: datetime
) -> None:
    """Refuse a decision without its day, an approval without sum and document.

    The day is within bounds, and the sum is not above the order's price. For less than is due
    somebody says why, for money that is short concludes no contract (4.3).
    """
    if answer.decision == Decision.WAITING:
        return
    if answer.decided_on is None or answer.decided_on > almaty_day(at):
        raise RuleViolation(
            _("Write the day on which the bank decided."), clause="4.4", field="decided_on"
        )
    placed_on = almaty_day(order.placed_at)
    require_day(
        answer.decided_on, field="decided_on", not_before=placed_on, by=by, at=at, clause="4.4"
    )
    if answer.decision == Decision.APPROVED and not answer.approved_sum:
        raise RuleViolation(
            _("Write the sum that the bank approved."), clause="4.4", field="approved_sum"
        )
    if answer.decision == Decision.APPROVED and answer.approved_sum:
        require_sum(
            answer.approved_sum, most=order.price, field="approved_sum", by=by, clause="4.4"
        )
        if answer.approved_sum < due_now(order) and not answer.why_less:
            raise RuleViolation(
                _("The bank approved %(sum)s, and %(due)s are due. Write how the rest is paid.")
                % {
                    "sum": tenge_text(answer.approved_sum),
                    "due": tenge_text(due_now(order)),
                },
                clause="4.4",
                field="why_less",
            )
    if answer.decision == Decision.APPROVED and not stored:
        raise RuleViolation(_("Attach the bank's approval."), clause="4.4", field="document")


def _why_less(answer: BankAnswer, order: Order) -> str:
    """What was said of a sum that is short; nothing is kept of one that is enough."""
    approved = answer.approved_sum
    is_short = answer.decision == Decision.APPROVED and approved and approved < due_now(order)
    return answer.why_less if is_short else ""


def _record(
    verb: str, application: InstallmentApplication, order: Order, *, by: str, at: datetime
) -> None:
    facts = {
        "application": application.pk,
        "decision": application.decision,
        "decided_on": application.decided_on.isoformat() if application.decided_on else "",
        "approved": str(application.approved_sum or ""),
        # A later document takes its place in the row.
        "document": application.document_sha256,
    }
    record(
        verb, about=("order", order.code), order=order.code, facts=facts, by=by, at=at, clause="4.4"
    )
