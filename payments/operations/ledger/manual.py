"""Money by hand: one person enters it with its document, another approves it (2.6, M12).

After the approval it is a receipt of the ledger like any other.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from enrollment.models import Order
from offer_site.accounts.models import User
from offer_site.days import ALMATY, almaty_day, short_day
from offer_site.documents import Document, forget, kept
from offer_site.errors import RuleViolation
from offer_site.journal.operations import actor, record
from payments.models import (
    InstallmentApplication,
    LedgerEntry,
    ManualMethod,
    ManualReceipt,
    Outcome,
    StatementLine,
)
from payments.models.payment import orders_locked
from payments.rules.likeness import telling_of_moment
from payments.rules.matching import CURRENCY

from .bounds import marked_if_taken, require_day, require_sum
from .known import Known, known_to_hand, require_another
from .locking import read_order
from .receipts import Receipt, record_receipt

PROVIDER = "manual"
# Money of a bank's credit has a provider of its own in the ledger (4.4).
INSTALLMENT = "installment"
METHODS = {
    ManualMethod.KASPI_PAY: "Kaspi Pay",
    ManualMethod.KASPI_RED: "Kaspi Red",
    ManualMethod.INSTALLMENT: "installment",
    ManualMethod.CASH_DESK: "cash desk",
    ManualMethod.TRANSFER: "transfer",
}


@dataclass(frozen=True)
class MoneySeen:
    """A payment as a person saw it; a cash desk names the third party that took it (2.6)."""

    method: str
    reference: str
    amount: Decimal
    paid_at: datetime
    reason: str
    third_party: str = ""
    third_party_ground: str = ""


def enter_manual_receipt(
    *,
    order: Order,
    money: MoneySeen,
    document: Document,
    by: User,
    at: datetime,
    application: InstallmentApplication | None = None,
    is_another: bool = False,
) -> tuple[ManualReceipt, bool]:
    """Enter money seen elsewhere; it does not count until another person approves it (2.6, M12).

    The same money entered again is returned as it is, with False. Raises RuleViolation when the
    number is known with other facts, the time is out of bounds, a cash desk has no third party, or
    the order probably knows the money already and `is_another` is False.
    """
    with kept(document, under="manual") as stored:
        try:
            receipt, is_new = _enter(
                order=order,
                money=money,
                stored=stored,
                application=application,
                is_another=is_another,
                by=by,
                at=at,
            )
        except IntegrityError:  # a second click was faster: now its row is found
            receipt, is_new = _enter(
                order=order,
                money=money,
                stored=stored,
                application=application,
                is_another=is_another,
                by=by,
                at=at,
            )
    if not is_new:
        forget(stored)
    return receipt, is_new


@transaction.atomic
def _enter(
    *,
    order: Order,
    money: MoneySeen,
    stored: dict[str, str],
    application: InstallmentApplication | None,
    is_another: bool,
    by: User,
    at: datetime,
) -> tuple[ManualReceipt, bool]:
    order = Order.objects.locked().get(pk=order.pk)
    money = replace(money, reference=_free_reference(money))
    known = ManualReceipt.objects.filter(
        way=money.method, reference=money.reference, rejected_at=None
    ).first()
    if known:
        if (known.order_id, known.amount, known.paid_at) == (order.pk, money.amount, money.paid_at):
            return known, False
        raise RuleViolation(
            _("This number was entered already, for the order %(code)s.")
            % {"code": known.order.code},
            clause="2.6",
            field="reference",
        )
    if money.paid_at > at:
        raise RuleViolation(_("The time of the payment lies ahead."), clause="2.6", field="paid_at")
    placed_at = order.placed_at.replace(second=0, microsecond=0)  # documents tell minutes
    if money.paid_at < placed_at:
        raise RuleViolation(
            _("The order was placed at %(time)s on %(day)s. Nobody paid it before.")
            % {
                "time": f"{placed_at.astimezone(ALMATY):%H:%M}",
                "day": short_day(almaty_day(placed_at)),
            },
            clause="2.6",
            field="paid_at",
        )
    require_day(almaty_day(money.paid_at), field="paid_at", by=by, at=at, clause="2.6")
    require_sum(money.amount, most=order.price, field="amount", by=by, clause="2.6")
    if money.method == ManualMethod.CASH_DESK and not (
        money.third_party and money.third_party_ground
    ):
        raise RuleViolation(
            _("Name the third party that took the money, and on what ground (2.6)."),
            clause="2.6",
            field="third_party",
        )
    if not is_another:
        told = telling_of_moment(money.amount, money.paid_at, number=money.reference)
        known_money = known_to_hand(order, told=told, method=money.method)
        require_another(known_money, field="is_another")
    receipt = ManualReceipt.objects.create(
        order=order,
        way=money.method,
        reference=money.reference,
        amount=money.amount,
        paid_at=money.paid_at,
        reason=money.reason,
        third_party=money.third_party,
        third_party_ground=money.third_party_ground,
        application=application,
        is_another=is_another,
        entered_by=actor(by),
        entered_at=at,
        **stored,
    )
    _record("manual_receipt.entered", receipt, order, by=by, at=at)
    return receipt, True


@transaction.atomic(savepoint=False)
def approve_manual_receipt(
    *, receipt: ManualReceipt, by: User, at: datetime, is_another: bool = False
) -> tuple[ManualReceipt, Outcome]:
    """Make money by hand a receipt of the ledger, judged by the time it was paid (M12).

    The outcome tells whether the order took it or it waits. Raises RuleViolation when it is
    decided already, when the same person entered it, when the ledger knows the number with
    another amount, and when the order probably knows the money: the second person says too that
    it is another.
    """
    Order.objects.lock_beside(pk=receipt.order_id)
    locked = read_order(orders_locked().get(pk=receipt.order_id))
    order = locked.order
    receipt = _locked_undecided(receipt)
    if receipt.entered_by == actor(by):
        raise RuleViolation(_("You entered it: another person approves it."), clause="2.6")
    if not is_another:
        require_another(probably_known(receipt), field="is_another")
    provider, reference = ledger_name(receipt.way, receipt.reference)
    outcome = record_receipt(
        receipt=Receipt(
            provider=provider,
            method=METHODS[ManualMethod(receipt.way)],
            reference=reference,
            amount=receipt.amount,
            currency=CURRENCY,
            happened_at=receipt.paid_at,
            invoice_id=order.code,
        ),
        order=order,
        obstacles=locked.obstacles,
        at=at,
    )
    if outcome == Outcome.CONFLICT:
        raise RuleViolation(
            _("The ledger knows this number with another amount or order."), clause="2.6"
        )
    receipt.approve(by=actor(by), at=at)
    _record("manual_receipt.approved", receipt, order, by=by, at=at)
    return receipt, outcome


@transaction.atomic(savepoint=False)
def reject_manual_receipt(
    *, receipt: ManualReceipt, reason: str, by: User, at: datetime
) -> ManualReceipt:
    """Reject money by hand: it never reaches the ledger, and its number may be entered again."""
    order = Order.objects.locked().get(pk=receipt.order_id)
    receipt = _locked_undecided(receipt)
    receipt.reject(by=actor(by), at=at, reason=reason)
    _record("manual_receipt.rejected", receipt, order, by=by, at=at)
    return receipt


def probably_known(receipt: ManualReceipt) -> Known | None:
    """Money of the order that this money by hand is probably the same as."""
    told = telling_of_moment(receipt.amount, receipt.paid_at, number=receipt.reference)
    return known_to_hand(receipt.order, told=told, method=receipt.way, besides=receipt)


def _free_reference(money: MoneySeen) -> str:
    """The number of money by hand; one that was corrected is entered anew with a mark behind it.

    The ledger keeps the wrong entry for ever, and a reference names one receipt.
    """
    wrong = ManualReceipt.objects.filter(way=money.method, corrected_at__isnull=False)
    return marked_if_taken(
        money.reference, most=60, is_taken=lambda each: wrong.filter(reference=each).exists()
    )


def ledger_name(method: str, reference: str) -> tuple[str, str]:
    """The provider and the reference of money by hand in the ledger."""
    return (
        (INSTALLMENT, reference)
        if method == ManualMethod.INSTALLMENT
        else (PROVIDER, f"{method} {reference}")
    )


def same_number_elsewhere(
    *, method: str, reference: str
) -> tuple[list[LedgerEntry], list[StatementLine]]:
    """Receipts with another name and statement lines that have this very number.

    They may be the same money a second time.
    """
    provider, own = ledger_name(method, reference)
    number = reference.rpartition(" ")[2]
    entries = LedgerEntry.objects.receipts().filter(
        Q(reference=number) | Q(reference__endswith=f" {number}")
    )
    return (
        list(entries.exclude(provider=provider, reference=own)[:10]),
        list(StatementLine.objects.filter(number=number)[:10]),
    )


def _locked_undecided(receipt: ManualReceipt) -> ManualReceipt:
    receipt = ManualReceipt.objects.select_for_update().get(pk=receipt.pk)
    if not receipt.is_undecided:
        raise RuleViolation(_("It is decided already."), clause="2.6")
    return receipt


def _record(verb: str, receipt: ManualReceipt, order: Order, *, by: User, at: datetime) -> None:
    facts = {
        "way": receipt.way,
        "reference": receipt.reference,
        "amount": str(receipt.amount),
        "third_party": bool(receipt.third_party),
    }
    about = ("manual_receipt", str(receipt.pk))
    record(verb, about=about, facts=facts, order=order.code, by=actor(by), at=at, clause="2.6")
