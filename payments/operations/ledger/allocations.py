"""Decisions of staff about waiting money: the order that gets it, all or a part (4.3, M4, M6)."""

from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from enrollment.models import Acceptance, Order
from enrollment.operations.ordering.balances import PaymentFacts, apply_balance
from enrollment.operations.ordering.guardians import awaits_guardian
from enrollment.operations.ordering.reopening import set_new_day, tell_of_new_day
from enrollment.rules.order_states import OrderState
from enrollment.rules.settlement import Waiting, is_of_its_day, state_for_balance
from offer_site.accounts.models import User
from offer_site.codes import normalize_order_code
from offer_site.days import almaty_day, short_day
from offer_site.errors import RuleViolation
from offer_site.journal.models import Entry
from offer_site.journal.operations import Line, actor, record_lines
from offer_site.money import TIYN, tenge_text
from offer_site.retries import once_more_if_beaten
from payments.models import Allocation, EntryKind, LedgerEntry
from payments.rules.matching import CURRENCY, Refusal, amount_due_by_transfer
from payments.rules.waiting import part_to_give

from .known import known_to_entry, require_another, require_not_taken_back
from .locking import LockedOrder, lock_order
from .receipts import received_by

UNPAID = (OrderState.AWAITING_PAYMENT, OrderState.LAPSED)
SENTENCES = {
    Waiting.NO_PLACE: gettext_lazy("No places are left in this cohort."),
    Waiting.LEARNER_ENROLLED: gettext_lazy("The learner is enrolled by another order."),
    Waiting.GUARDIAN: gettext_lazy(
        "The learner is a minor, and the parent or guardian has not consented yet."
    ),
    Waiting.OFFER_WITHDRAWN: gettext_lazy(
        "The offer is withdrawn. No order is reopened until it stands again."
    ),
    Waiting.UNCONFIRMED: gettext_lazy(
        "The buyer has not confirmed this order yet: the link is in the letter."
    ),
}


def left_of(entry: LedgerEntry) -> Decimal:
    """The part of a receipt that is free: neither allocated nor given back.

    The caller holds the entry's lock.
    """
    left: Decimal = LedgerEntry.objects.with_left().get(pk=entry.pk).left  # type: ignore[attr-defined]
    return left.quantize(TIYN)


def lock_entry(entry: LedgerEntry) -> LedgerEntry:
    """Lock an entry, after its order, so that two decisions about the same money do not overlap.

    The caller then reads anew what is left.
    """
    return LedgerEntry.objects.select_for_update().get(pk=entry.pk)


@once_more_if_beaten
@transaction.atomic(savepoint=False)
def give_to_order(
    *,
    entry: LedgerEntry,
    code: str,
    reason: str,
    by: User,
    at: datetime,
    amount: Decimal | None = None,
    is_another: bool = False,
) -> Order:
    """Give what is left of a receipt to an order: what is due, or `amount` of it (4.3, M6).

    The rest of the money goes on waiting. Staff may overrule the payer, the invoice that was
    named, and a short sum: a part counts as received, and the order moves when the sum is enough
    for it. Raises RuleViolation when no place is free, the offer is withdrawn, the learner has
    another enrollment, the money is of another day, or the order probably knows it already and
    `is_another` is False.
    """
    locked, entry = _locked(code, entry, is_another=is_another)
    order = locked.order
    paid_on = almaty_day(entry.happened_at)
    if order.state in UNPAID and not is_of_its_day(
        paid_on=paid_on, placed_on=order.placed_on, since=order.reopened_on
    ):
        raise RuleViolation(
            _(
                "The money came on %(paid)s, the day of the order is %(placed)s. "
                "Reopen the order with the money."
            )
            % {"paid": short_day(paid_on), "placed": short_day(order.placed_on)},
            clause="4.3",
            field="code",
        )
    _give(locked, entry, amount=amount, reason=reason, by=by, at=at)
    return order


@once_more_if_beaten
@transaction.atomic(savepoint=False)
def reopen_with_money(
    *,
    entry: LedgerEntry,
    code: str,
    reason: str,
    by: User,
    at: datetime,
    day: date | None = None,
    is_another: bool = False,
) -> Order:
    """Reopen an order for the day of the money and give it the money: late money accepted (4.3).

    If the money is less than what is due, the order is reopened until the end of `day` (today by
    default), the money counts as a part, and the buyer is told of the rest. Raises RuleViolation
    as `give_to_order` and `reopen_order` do.
    """
    locked, entry = _locked(code, entry, is_another=is_another)
    order = locked.order
    order.require(*UNPAID, message=_("Only an unpaid order is reopened."), clause="4.3")
    received = received_by(order)
    today = almaty_day(at)
    suffices = received + left_of(entry) >= order.prepayment
    new_day = almaty_day(entry.happened_at) if suffices else day or today
    if not suffices and new_day < today:
        raise RuleViolation(
            _("This day is over. Name today or a later day."), clause="4.3", field="day"
        )
    set_new_day(order=order, day=new_day, reason=reason, by=by, at=at)
    share = _give(locked, entry, amount=None, reason=reason, by=by, at=at)
    if not suffices:
        tell_of_new_day(order=order, received=received + share, at=at)
    return order


@transaction.atomic(savepoint=False)
def take_back(*, allocation: Allocation, reason: str, by: User, at: datetime) -> Allocation:
    """Undo a wrong allocation, so that its money waits again.

    Raises RuleViolation when the money concluded the contract (an acceptance is never undone,
    2.2.1), or when the order's state depends on it.
    """
    order = Order.objects.locked().get(pk=allocation.order_id)
    entry = lock_entry(allocation.entry)
    if not Allocation.objects.standing().filter(pk=allocation.pk).exists():
        raise RuleViolation(_("This allocation is taken back already."), clause="4.3")
    if Acceptance.objects.filter(
        order=order, provider=entry.provider, reference=entry.reference
    ).exists():
        raise RuleViolation(
            _(
                "This money concluded the contract. An acceptance is never undone: "
                "give the money back by a refund."
            ),
            clause="2.2.1",
        )
    rest = received_by(order) - allocation.amount
    earned = state_for_balance(price=order.price, prepayment=order.prepayment, received=rest)
    if order.state not in UNPAID and earned != order.state:
        raise RuleViolation(
            _("The order stands as paid by this money. Give the money back by a refund."),
            clause="2.2.1",
        )
    return take_back_locked(allocation=allocation, order=order, reason=reason, by=actor(by), at=at)


@transaction.atomic(savepoint=False)
def take_back_locked(
    *, allocation: Allocation, order: Order, reason: str, by: str, at: datetime
) -> Allocation:
    """Record that an allocation is taken back, without any check.

    The caller holds the locks of the order and the entry, and has made the checks.
    """
    entry = allocation.entry
    undone = Allocation.objects.create(
        entry=entry,
        order=order,
        number=_next_number(entry),
        amount=-allocation.amount,
        takes_back=allocation,
        at=at,
        by=by,
    )
    facts = {"reference": entry.reference, "amount": str(allocation.amount), "reason": reason}
    record_lines(
        [Line("receipt.taken_back", about(entry), facts, "4.3")], order=order.code, by=by, at=at
    )
    return undone


def about(entry: LedgerEntry) -> tuple[str, str]:
    """The name of a receipt in the journal."""
    return "receipt", f"{entry.provider} {entry.reference}"[:64]


def is_test_money(entry: LedgerEntry) -> bool:
    """True for a receipt that its provider told of as a test, where no test is wanted (4.4)."""
    rows = Entry.objects.about(*about(entry)).filter(verb="receipt.unmatched")
    return any(row.facts.get("reason") == Refusal.TEST_MONEY for row in rows)


def _locked(code: str, entry: LedgerEntry, *, is_another: bool) -> tuple[LockedOrder, LedgerEntry]:
    """Lock the order and then the entry; refuse what staff cannot overrule."""
    locked = lock_order(code=normalize_order_code(code) or "")
    if locked is None:
        raise RuleViolation(_("There is no order with this code."), field="code")
    entry = lock_entry(entry)
    if entry.kind != EntryKind.RECEIPT or entry.currency != CURRENCY:
        raise RuleViolation(_("Only money that came in tenge is given to an order."), clause="4.3")
    if is_test_money(entry):
        raise RuleViolation(_("This is test money: nothing was paid."), clause="4.4")
    if left_of(entry) <= 0:
        raise RuleViolation(_("Nothing of this money waits any more."), clause="4.3")
    require_not_taken_back(entry)
    if locked.order.state not in (*UNPAID, OrderState.PREPAID):
        raise RuleViolation(_("Nothing is due for this order."), clause="4.3", field="code")
    _require_that_it_may_be_paid(locked.order)
    if not is_another:
        require_another(known_to_entry(entry, locked.order), field="is_another")
    return locked, entry


def _require_that_it_may_be_paid(order: Order) -> None:
    """Refuse money that may not be taken yet; a part alone moves no order, and asks nothing."""
    if order.state not in UNPAID:
        return
    if order.awaits_confirmation:
        raise RuleViolation(SENTENCES[Waiting.UNCONFIRMED], clause="2.6", field="code")
    if awaits_guardian(order):
        raise RuleViolation(SENTENCES[Waiting.GUARDIAN], clause="1.1", field="code")


def _give(
    locked: LockedOrder,
    entry: LedgerEntry,
    *,
    amount: Decimal | None,
    reason: str,
    by: User,
    at: datetime,
) -> Decimal:
    """Allocate from a locked receipt to a locked order and move the order; return the sum given."""
    order = locked.order
    # The number is read before `left`: a decision made meanwhile, with or without the lock, has
    # taken this number, and the constraint refuses ours.
    number = _next_number(entry)
    received = received_by(order)
    left = left_of(entry)
    due = Decimal(
        amount_due_by_transfer(
            state=OrderState(order.state),
            price=order.price,
            prepayment=order.prepayment,
            received=received,
        )
    )
    due = min(due, order.price - received)
    whole = order.price - received
    by_rule = part_to_give(left=left, due=due, whole=whole)
    share = (by_rule if amount is None else amount).quantize(TIYN)
    if not 0 < share <= min(left, whole):
        raise RuleViolation(
            _("So much cannot be given: %(left)s waits, and the order lacks %(due)s.")
            % {"left": tenge_text(left), "due": tenge_text(whole)},
            clause="4.3",
            field="amount",
        )
    facts = {
        "reference": entry.reference,
        "amount": str(share),
        "left": str(left - share),
        "reason": reason,
    }
    record_lines(
        [Line("receipt.given", about(entry), facts, "4.3")], order=order.code, by=actor(by), at=at
    )
    earned = state_for_balance(
        price=order.price, prepayment=order.prepayment, received=received + share
    )
    if earned not in (None, order.state):
        outcome = apply_balance(
            order=order,
            received=received + share,
            payment=PaymentFacts(
                provider=entry.provider,
                method=entry.method,
                reference=entry.reference,
                amount=share,
                happened_at=entry.happened_at,
            ),
            obstacles=locked.obstacles,
            at=at,
        )
        if outcome.waits:
            raise RuleViolation(
                SENTENCES.get(outcome.waits, _("The order does not take this money.")),
                clause="4.3",
                field="code",
            )
    Allocation.objects.create(
        entry=entry, order=order, number=number, amount=share, at=at, by=actor(by)
    )
    return share


def _next_number(entry: LedgerEntry) -> int:
    """The number of the next allocation of a locked receipt.

    A number that was read without the lock breaks a constraint.
    """
    last: int | None = Allocation.objects.filter(entry=entry).aggregate(last=Max("number"))["last"]
    return (last or 0) + 1
