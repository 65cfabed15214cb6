"""A wrong entry is corrected by a counter-entry, with reason and second person (M3, M12).

Nothing is changed or deleted. What an order had of the wrong money is taken back; where a contract
rests on it, the right receipt takes its place, or the contract ends.
"""

from datetime import datetime
from decimal import Decimal

from django.db import OperationalError, transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from enrollment.models import Order
from enrollment.operations.halves.rests import make_rest_due_again
from enrollment.operations.links import order_link, rest_facts, service_name
from enrollment.operations.training.terminations import UNDER_CONTRACT, end_refunded_order
from enrollment.rules.order_states import OrderState
from enrollment.rules.settlement import state_for_balance
from offer_site.accounts.models import User
from offer_site.days import almaty_day
from offer_site.documents import Document, kept
from offer_site.errors import RuleViolation
from offer_site.journal.operations import Line, actor, record_lines
from offer_site.notices.kinds import NoticeKind
from offer_site.notices.operations import queue_notice
from offer_site.retries import once_more_if_beaten
from payments.models import (
    Allocation,
    EntryKind,
    LedgerCorrection,
    LedgerEntry,
    ManualReceipt,
    RefundPayout,
)
from payments.rules.matching import CURRENCY

from .allocations import UNPAID, about, is_test_money, left_of, lock_entry, take_back_locked
from .brought import told_by_registry_alone
from .known import BANK, hand_of, require_not_taken_back
from .receipts import received_by

# Providers whose receipts rest on what people typed, or on a file in which a bank takes back.
# Of the others only test money is corrected, which nobody paid, and what a registry alone told.
CORRECTED = ("manual", "installment", BANK)


class GivenMeanwhileError(OperationalError):
    """An order got something of a receipt between the lock of its orders and its own."""


def propose_correction(
    *,
    entry: LedgerEntry,
    reason: str,
    document: Document,
    by: User,
    at: datetime,
    replaced_by: LedgerEntry | None = None,
    ends_order: bool = False,
) -> LedgerCorrection:
    """Propose to reverse a receipt that never came; another person approves it (M12).

    Raises RuleViolation when the receipt is not one of `CORRECTED`, was corrected or given back, or
    a contract rests on it and neither `replaced_by` nor `ends_order` says what becomes of it.
    """
    with kept(document, under="corrections") as stored:
        return _propose(
            entry=entry,
            reason=reason,
            stored=stored,
            by=by,
            at=at,
            replaced_by=replaced_by,
            ends_order=ends_order,
        )


@once_more_if_beaten
@transaction.atomic
def _propose(
    *,
    entry: LedgerEntry,
    reason: str,
    stored: dict[str, str],
    by: User,
    at: datetime,
    replaced_by: LedgerEntry | None,
    ends_order: bool,
) -> LedgerCorrection:
    orders, entry = _locked(entry)
    _require_correctable(entry)
    correction = LedgerCorrection(
        entry=entry,
        replaced_by=replaced_by,
        ends_order=ends_order,
        reason=reason,
        entered_by=actor(by),
        entered_at=at,
        **stored,
    )
    for order in orders:
        _require_a_way_out(correction, order)
    propose_to_correct(correction)
    _record("receipt.correction_proposed", correction, orders=orders, by=by, at=at)
    return correction


def propose_to_correct(correction: LedgerCorrection) -> None:
    """Save a proposal about an entry whose orders or case are locked, unless one stands."""
    standing = LedgerCorrection.objects.filter(entry=correction.entry, rejected_at=None)
    if standing.exists():
        raise RuleViolation(_("A correction of this entry is known already."), clause="4.6")
    correction.save()


@once_more_if_beaten
@transaction.atomic
def approve_correction(*, correction: LedgerCorrection, by: User, at: datetime) -> LedgerEntry:
    """Write the counter-entry that another person proposed, and settle what rests on it (M3, M12).

    Raises RuleViolation when it is decided already, when the same person proposed it, and when the
    orders have changed so that it would leave a contract without its money.
    """
    entry = correction.entry
    orders, entry = _locked(entry)
    correction = decidable_by(correction, by=by)
    _require_correctable(entry)
    counter = counter_entry_of(entry, at=at)
    for order in orders:
        _require_a_way_out(correction, order)
        _settle(correction, order, by=by, at=at)
    by_hand = hand_of(entry)
    if by_hand and entry.provider != BANK:
        ManualReceipt.objects.filter(pk=by_hand.pk).update(corrected_at=at)
    correction.approve(by=actor(by), at=at)
    _record("receipt.corrected", correction, orders=orders, by=by, at=at)
    return counter


def decidable_by(correction: LedgerCorrection, *, by: User) -> LedgerCorrection:
    """Lock an undecided correction for the second person; raises RuleViolation for the first."""
    correction = _locked_undecided(correction)
    if correction.entered_by == actor(by):
        raise RuleViolation(_("You proposed it: another person approves it."), clause="4.6")
    return correction


def counter_entry_of(entry: LedgerEntry, *, at: datetime) -> LedgerEntry:
    """Write the row that takes the whole sum of an entry away; the entry stays as it is (M3)."""
    return LedgerEntry.objects.create(
        provider=entry.provider,
        reference=entry.reference,
        kind=EntryKind.CORRECTION,
        amount=-entry.amount,
        currency=entry.currency,
        method=entry.method,
        happened_at=at,
        recorded_at=at,
        invoice_id=entry.invoice_id,
        refunds_reference=entry.refunds_reference,
        corrects=entry,
    )


@transaction.atomic
def reject_correction(
    *, correction: LedgerCorrection, reason: str, by: User, at: datetime
) -> LedgerCorrection:
    """Reject a correction: the entry stays as it is, and another one may be proposed."""
    correction = _locked_undecided(correction)
    correction.reject(by=actor(by), at=at, reason=reason)
    is_refund = correction.entry.kind == EntryKind.REFUND
    verb = "refund.correction_rejected" if is_refund else "receipt.correction_rejected"
    _record(verb, correction, orders=[], by=by, at=at)
    return correction


def _locked_undecided(correction: LedgerCorrection) -> LedgerCorrection:
    correction = (
        LedgerCorrection.objects.select_for_update(of=("self",))
        .select_related("entry")
        .get(pk=correction.pk)
    )
    if not correction.is_undecided:
        raise RuleViolation(_("It is decided already."), clause="4.6")
    return correction


def rests_on(entry: LedgerEntry, order: Order) -> bool:
    """True when a contract would be without its money if this receipt were taken away (2.2.1).

    The rest of an order by halves is only due again.
    """
    if order.state in UNPAID or _is_the_rest(entry, order):
        return False
    return _earned_without(entry, order) != order.state


def _is_the_rest(entry: LedgerEntry, order: Order) -> bool:
    """True when a paid order by halves would still have its first half without this receipt."""
    return order.state == OrderState.PAID and _earned_without(entry, order) == OrderState.PREPAID


def _earned_without(entry: LedgerEntry, order: Order) -> OrderState | None:
    without = received_by(order) - _share_of(entry, order)
    return state_for_balance(price=order.price, prepayment=order.prepayment, received=without)


def replacements_of(entry: LedgerEntry) -> list[LedgerEntry]:
    """Receipts that wait and could take the place of a wrong one: as much, and the same order."""
    codes = Order.objects.filter(
        allocations__in=Allocation.objects.standing().filter(entry=entry)
    ).values("code")
    waiting = LedgerEntry.objects.waiting().filter(currency=CURRENCY, invoice_id__in=codes)
    return list(waiting.exclude(pk=entry.pk).order_by("pk"))


def can_be_corrected(entry: LedgerEntry) -> bool:
    """True for a receipt that people entered, or a test of a provider, and not corrected yet."""
    return (
        _rests_on_people(entry) and not entry.proposed_corrections.filter(rejected_at=None).exists()  # type: ignore[attr-defined]
    )


def _rests_on_people(entry: LedgerEntry) -> bool:
    """True for a receipt that people entered, that a file told, or that is a test."""
    return entry.kind == EntryKind.RECEIPT and (
        entry.provider in CORRECTED
        or is_test_money(entry)
        or told_by_registry_alone().filter(pk=entry.pk).exists()
    )


def _locked(entry: LedgerEntry) -> tuple[list[Order], LedgerEntry]:
    """Lock the orders that have something of a receipt, with their people, and then the receipt.

    The other orders of their invoices are locked too, since a contract may end. Raises
    GivenMeanwhileError, so that another try locks the order that has got some of it too.
    """
    keys = _having(entry)
    orders = Order.objects.people_locked().with_people().beside(pk__in=keys)
    locked = [order for order in orders if order.pk in keys]
    entry = lock_entry(entry)
    if set(_having(entry)) - set(keys):
        raise GivenMeanwhileError(entry.name)
    return locked, entry


def _having(entry: LedgerEntry) -> list[int]:
    standing = Allocation.objects.standing().filter(entry=entry)
    return list(standing.order_by("order").values_list("order", flat=True).distinct())


def _require_correctable(entry: LedgerEntry) -> None:
    if not _rests_on_people(entry):
        raise RuleViolation(
            _("Only money that people entered is corrected. A bank's own report is refunded."),
            clause="4.6",
        )
    if LedgerEntry.objects.filter(corrects=entry).exists():
        raise RuleViolation(_("This entry is corrected already."), clause="4.6")
    given_back = LedgerEntry.objects.gone().filter(
        provider=entry.provider, refunds_reference=entry.reference
    )
    if given_back.exists() or RefundPayout.objects.not_done().filter(receipt=entry).exists():
        raise RuleViolation(
            _("Some of this money was given back or promised: it cannot be reversed."), clause="4.6"
        )


def _require_a_way_out(correction: LedgerCorrection, order: Order) -> None:
    """Refuse to leave a contract without its money, unless it is said what becomes of it."""
    entry = correction.entry
    right = correction.replaced_by
    if not rests_on(entry, order) and not (right and _is_the_rest(entry, order)):
        return
    if right is not None:
        lock_entry(right)
        require_not_taken_back(right, field="replaced_by")
        if right.currency != CURRENCY or left_of(right) < _share_of(entry, order):
            raise RuleViolation(
                _("The right entry has less than this order needs."),
                clause="4.3",
                field="replaced_by",
            )
        return
    if not correction.ends_order:
        raise RuleViolation(
            _(
                "The contract of the order %(code)s rests on this money. Name the right entry, "
                "or say that the contract ends."
            )
            % {"code": order.code},
            clause="2.2.1",
            field="replaced_by",
        )
    if order.state not in UNDER_CONTRACT:
        raise RuleViolation(
            _("Only a contract that is not performed yet can end by a correction."),
            clause="12.3",
            field="ends_order",
        )


def _settle(correction: LedgerCorrection, order: Order, *, by: User, at: datetime) -> None:
    """Take the wrong money from an order, and let the right money or nothing take its place.

    Where the contract ends its allocation stays, as with a refund: what was accepted is not undone.
    """
    entry = correction.entry
    rests = rests_on(entry, order)
    is_rest = _is_the_rest(entry, order)
    if rests and correction.replaced_by is None:
        end_refunded_order(order=order, occasion=entry.name[:64], by=by, at=at)
        _tell(NoticeKind.CONTRACT_ENDED, correction, order, at=at)
        return
    share = _share_of(entry, order)
    if is_rest and correction.replaced_by is None:
        make_rest_due_again(
            order=order, received=received_by(order) - share, occasion=entry.name[:64], by=by, at=at
        )
        _tell(NoticeKind.REST_DUE_AGAIN, correction, order, at=at)
    elif correction.replaced_by is None:
        _tell(NoticeKind.PAYMENT_CORRECTED, correction, order, at=at)
    standing = Allocation.objects.standing().filter(entry=entry, order=order)
    for allocation in standing.select_related("entry").order_by("pk"):
        take_back_locked(
            allocation=allocation, order=order, reason=correction.reason, by=actor(by), at=at
        )
    right = correction.replaced_by
    if (rests or is_rest) and right is not None:
        last = Allocation.objects.filter(entry=right).aggregate(last=Max("number"))["last"] or 0
        Allocation.objects.create(
            entry=right, order=order, number=last + 1, amount=share, at=at, by=actor(by)
        )
        facts = {
            "reference": right.reference,
            "amount": str(share),
            "instead_of": entry.reference,
            "reason": correction.reason,
        }
        record_lines(
            [Line("receipt.given", about(right), facts, "4.3")],
            order=order.code,
            by=actor(by),
            at=at,
        )


def _tell(kind: NoticeKind, correction: LedgerCorrection, order: Order, *, at: datetime) -> None:
    """Tell the buyer that what was counted was no payment, and what follows from that."""
    entry = correction.entry
    rest_on = None
    if kind == NoticeKind.REST_DUE_AGAIN:
        rest_on = order.installments.get(number=2).day
    queue_notice(
        kind,
        about=("order", order.code),
        to=order.party.email,
        language=order.language,
        order=order.code,
        occasion=f"correction {correction.pk}",
        at=at,
        facts={
            "amount": str(_share_of(entry, order)),
            "paid_on": almaty_day(entry.happened_at).isoformat(),
            "package": service_name(order),
            "order_url": order_link(order),
            **rest_facts(order, rest_on),
        },
    )


def _share_of(entry: LedgerEntry, order: Order) -> Decimal:
    shares = Allocation.objects.filter(entry=entry, order=order)
    return sum((each.amount for each in shares), Decimal("0.00"))


def _record(
    verb: str, correction: LedgerCorrection, *, orders: list[Order], by: User, at: datetime
) -> None:
    entry = correction.entry
    facts = {
        "reference": entry.reference,
        "amount": str(entry.amount),
        "reason": correction.rejection or correction.reason,
        "document": correction.document_sha256,
    }
    for code in [order.code for order in orders] or [""]:
        kind, key = about(entry)
        subject = ("refund" if entry.kind == EntryKind.REFUND else kind, key)
        line = Line(verb, subject, facts, "4.6")
        record_lines([line], order=code, by=actor(by), at=at)
