"""Lines of bank statements: each goes to its order or is set aside (4.3, 4.4, M6, M11).

Each line is settled in its own transaction.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import OuterRef, Q, Subquery
from django.utils.translation import gettext as _

from enrollment.models import Invoice, Order, PartyKind
from enrollment.rules.order_states import OrderState
from offer_site.accounts.models import User
from offer_site.codes import normalize_invoice_code, normalize_order_code
from offer_site.days import almaty_day, start_of_day
from offer_site.errors import RuleViolation
from offer_site.journal.models import Entry
from offer_site.journal.operations import SYSTEM, actor, record
from offer_site.retries import once_more_if_beaten
from payments.models import (
    LedgerEntry,
    LineState,
    ManualMethod,
    ManualReceipt,
    Outcome,
    StatementLine,
)
from payments.models.received import received_sum
from payments.models.statement import DOUBTS
from payments.operations.ledger.brought import file_of, must_be_seen_first, require_seen
from payments.operations.ledger.known import (
    Known,
    known_to_line,
    lines_alike,
    may_be_taken_back,
    require_another,
)
from payments.operations.ledger.receipts import Receipt, record_receipt
from payments.rules.matching import (
    BY_A_PERSON,
    Candidate,
    Doubt,
    Transfer,
    amount_due_by_transfer,
    doubts_about,
    match_invoice,
    match_line,
)

from .invoice_receipts import NotTaken, record_for_orders

PROVIDER = "bank"
METHOD = "transfer"
GIVEN_UP = ("order.cancelled", "order.replaced")
RETURNED = ("order.restored", "order.reopened")
NOON = timedelta(hours=12)  # a payment order has a day and no hour
# Who says that money is other money has answered none of these.
NOT_ABOUT_SAMENESS = (
    Doubt.CONTRADICTION,
    Doubt.TAKEN_BACK,
    Doubt.FILE_DISAGREES,
    Doubt.NOT_AT_BANK,
    Doubt.NAMED_BY_MANY,
)


@once_more_if_beaten
@transaction.atomic
def settle_line(*, line_id: int, at: datetime) -> str:
    """Give a waiting line to the order it names, if there is no doubt; return its code, or ''."""
    codes = StatementLine.objects.values_list("codes", flat=True).get(pk=line_id).split()
    orders = orders_named(codes)
    line = StatementLine.objects.select_for_update().get(pk=line_id)
    if line.state != LineState.UNMATCHED or line.doubt in BY_A_PERSON:
        return ""
    invoice = invoice_named(orders, codes)
    judge = _judge_invoice if invoice else _judge
    found = _doubt_of_known(line, orders) or judge(line, orders)
    if not isinstance(found, Doubt) and may_be_taken_back(line):
        found = Doubt.TAKEN_BACK
    if not isinstance(found, Doubt) and must_be_seen_first(
        file_of(line), amount=line.amount, at=at
    ):
        found = Doubt.UNSEEN_FILE
    if not isinstance(found, Doubt):
        try:
            _give(line, found, invoice=invoice, by=SYSTEM, at=at)
        except NotTaken:
            found = Doubt.NOT_TAKEN
        else:
            return invoice.code if invoice else found[0].order.code
    if line.doubt != found:
        line.doubt = found
        line.save(update_fields=["doubt"])
    return ""


@once_more_if_beaten
@transaction.atomic
def apply_line(*, line: StatementLine, code: str, by: User, at: datetime) -> Order | Invoice:
    """Give a transfer to the order or invoice that a person names (4.3).

    The rules of the offer still decide whether it counts; raises RuleViolation when it does not,
    and while it is probably money that is known already. An invoice takes exactly what all its
    unpaid orders lack (M6).
    """
    codes = list(filter(None, [normalize_order_code(code), normalize_invoice_code(code)]))
    orders = orders_named(codes)
    if not orders:
        raise RuleViolation(_("There is no order with this code."), field="code")
    line = StatementLine.objects.select_for_update().get(pk=line.pk)
    if line.state in (LineState.MATCHED, LineState.TAKEN) or line.doubt == Doubt.AGGREGATE:
        raise RuleViolation(_("This transfer cannot be given to an order."), clause="4.3")
    _require_approved(line)
    _require_another(line, orders)
    _require_not_taken_back(line)
    require_seen(file_of(line), amount=line.amount, by=by, at=at, field="code")
    invoice = invoice_named(orders, codes)
    if invoice:
        found = _judge_invoice(line, orders)
        if isinstance(found, Doubt):
            raise RuleViolation(_refusal([found]), clause="4.3", field="code")
        orders = found
        doubts = []
    else:
        doubts = doubts_about(_candidate(orders[0]), transfer_of(line))
    if Doubt.WRONG_CURRENCY in doubts:
        raise RuleViolation(_refusal(doubts), clause="4.3", field="code")
    try:
        _give(line, orders, invoice=invoice, by=actor(by), at=at)
    except NotTaken as error:
        against = [doubt for doubt in doubts if doubt != Doubt.ANOTHER_PAYER]
        raise RuleViolation(_refusal(against), clause="4.3", field="code") from error
    about = ("statement_line", str(line.pk))
    facts = {"reference": line.fingerprint, "amount": str(line.amount)}
    for named in orders:
        record(
            "statement_line.applied",
            about=about,
            facts=facts,
            order=named.order.code,
            by=actor(by),
            at=at,
            clause="4.3",
        )
    return invoice or orders[0].order


@once_more_if_beaten
@transaction.atomic
def set_line_aside(*, line: StatementLine, reason: str, by: User, at: datetime) -> StatementLine:
    """Record why a transfer is of no order (M11); the journal records who and when."""
    line = StatementLine.objects.select_for_update().get(pk=line.pk)
    if line.state != LineState.UNMATCHED:
        raise RuleViolation(_("This transfer does not wait any more."))
    line.state = LineState.SET_ASIDE
    line.reason = reason
    line.settled_at = at
    line.settled_by = actor(by)
    line.save(update_fields=["state", "reason", "settled_at", "settled_by"])
    about = ("statement_line", str(line.pk))
    facts = {"reference": line.fingerprint, "amount": str(line.amount)}
    record("statement_line.set_aside", about=about, facts=facts, by=actor(by), at=at)
    return line


def set_line_aside_as_known(
    *, line: StatementLine, known: str, by: User, at: datetime
) -> StatementLine:
    """Record that a transfer is the same money as `known`, told again (M6, M11)."""
    reason = _("The same money as %(known)s.") % {"known": known}
    return set_line_aside(line=line, reason=reason[:300], by=by, at=at)


def tell_line_apart(*, line: StatementLine, reason: str, by: User, at: datetime) -> str:
    """Record that a transfer is other money than what is known, and settle it as any line (M6).

    A doubt of another kind stays, and a person gives the line to its order. Returns the code paid,
    or ''. Raises RuleViolation for a line that waits for approval, or that no order can get.
    """
    _tell_apart(line, reason=reason, by=by, at=at)
    return settle_line(line_id=line.pk, at=at) if line.codes else ""


@transaction.atomic
def _tell_apart(line: StatementLine, *, reason: str, by: User, at: datetime) -> None:
    line = StatementLine.objects.select_for_update().get(pk=line.pk)
    if line.state == LineState.MATCHED or line.doubt == Doubt.AGGREGATE or line.is_another:
        raise RuleViolation(_("This transfer does not wait any more."))
    _require_approved(line)
    line.is_another = True
    if line.state != LineState.TAKEN:
        line.state = LineState.UNMATCHED
        if line.doubt not in NOT_ABOUT_SAMENESS:
            line.doubt = "" if line.codes else Doubt.NO_CODE
        line.reason = ""
        line.settled_at = None
        line.settled_by = ""
    line.save()
    about = ("statement_line", str(line.pk))
    facts = {"reference": line.fingerprint, "amount": str(line.amount), "reason": reason}
    record("statement_line.told_apart", about=about, facts=facts, by=actor(by), at=at, clause="4.3")


def _require_not_taken_back(line: StatementLine) -> None:
    """Refuse a transfer that the bank takes back or may mean, or that is not found there."""
    if may_be_taken_back(line):
        raise RuleViolation(
            _(
                "The bank takes this receipt back, or does not tell of it. Settle that difference "
                "first: Reconciliation."
            ),
            clause="4.4",
            field="code",
        )


@once_more_if_beaten
@transaction.atomic
def take_line(*, line: StatementLine, reason: str, by: User, at: datetime) -> LedgerEntry:
    """Record a transfer in the ledger as a waiting receipt, for staff to decide about (4.3, M6).

    The order is named if the purpose has exactly one code; nothing is given to it. Raises
    RuleViolation while it is probably money that is known already.
    """
    named = orders_named(line.codes.split())
    line = StatementLine.objects.select_for_update().get(pk=line.pk)
    if (
        line.state not in (LineState.UNMATCHED, LineState.SET_ASIDE)
        or line.doubt == Doubt.AGGREGATE
    ):
        raise RuleViolation(_("This transfer does not wait any more."))
    _require_approved(line)
    codes = line.codes.split()
    _require_another(line, named)
    require_seen(file_of(line), amount=line.amount, by=by, at=at)
    receipt = replace(receipt_of(line), invoice_id=codes[0] if len(codes) == 1 else "")
    record_receipt(receipt=receipt, disagreement=line.doubt, at=at)
    line.state = LineState.TAKEN
    line.reason = reason
    line.settled_at = at
    line.settled_by = actor(by)
    line.save(update_fields=["state", "reason", "settled_at", "settled_by"])
    about = ("statement_line", str(line.pk))
    facts = {"reference": line.fingerprint, "amount": str(line.amount)}
    record("statement_line.taken", about=about, facts=facts, by=actor(by), at=at, clause="4.3")
    return LedgerEntry.objects.receipts().get(provider=PROVIDER, reference=line.fingerprint)


@dataclass(frozen=True)
class NamedOrder:
    """A locked order that a line names; `is_given_up` when its buyer cancelled or replaced it.

    Not when it was restored or reopened since.
    """

    order: Order
    received: Decimal
    is_given_up: bool


def orders_named(codes: Sequence[str]) -> list[NamedOrder]:
    """Lock the orders that codes name, by their own code or by their invoice's, in key order.

    The others of an invoice of which one order is named are locked between them.
    """
    last = Entry.objects.filter(chain=OuterRef("code"), verb__in=(*GIVEN_UP, *RETURNED))
    last_verb = Subquery(last.order_by("-number").values("verb")[:1])
    of_named = Order.objects.filter(code__in=codes).exclude(invoice=None).values("invoice")
    beside = Order.objects.filter(
        Q(code__in=codes) | Q(invoice__code__in=codes) | Q(invoice__in=of_named)
    )
    orders = beside.locked().with_people().select_related("invoice")
    rows: Any = orders.annotate(received=received_sum("pk"), last_verb=last_verb)
    return [
        NamedOrder(row, row.received, row.last_verb in GIVEN_UP)
        for row in rows.order_by("pk")
        if row.code in codes or (row.invoice and row.invoice.code in codes)
    ]


def invoice_named(named: Sequence[NamedOrder], codes: Sequence[str]) -> Invoice | None:
    """The invoice that codes name; None where they name orders, or the orders of two invoices."""
    orders = [each.order for each in named]
    invoices = {order.invoice for order in orders if order.invoice and order.invoice.code in codes}
    alone = any(order.code in codes for order in orders)
    return invoices.pop() if len(invoices) == 1 and not alone else None


def _judge(line: StatementLine, orders: Sequence[NamedOrder]) -> list[NamedOrder] | Doubt:
    """The order that a line is for, or the doubt that keeps the line waiting."""
    found = match_line(transfer_of(line), [_candidate(each) for each in orders])
    return found if isinstance(found, Doubt) else [orders[0]]


def _doubt_of_known(line: StatementLine, orders: Sequence[NamedOrder]) -> Doubt | None:
    """The doubt about a line that probably tells again of money that these orders know (2.6).

    Otherwise a second telling of the first half would pay the second half.
    """
    if line.is_another:
        return None
    known = known_to_line(line, [each.order for each in orders])
    if known is None:
        return None
    by_hand = isinstance(known.row, ManualReceipt)
    return Doubt.TYPED_ALREADY if by_hand else Doubt.KNOWN_ALREADY


def probably_known(line: StatementLine) -> list[Known]:
    """All that a person compares with a line: money of its orders, and transfers like it."""
    codes = line.codes.split()
    orders = list(Order.objects.filter(Q(code__in=codes) | Q(invoice__code__in=codes)))
    found = [known] if (known := known_to_line(line, orders)) else []
    alike = (each for each in lines_alike(line) if each.row not in [one.row for one in found])
    return [*found, *alike]


def _require_another(line: StatementLine, orders: Sequence[NamedOrder]) -> None:
    if not line.is_another:
        require_another(known_to_line(line, [each.order for each in orders]), field="code")


def _judge_invoice(line: StatementLine, orders: Sequence[NamedOrder]) -> list[NamedOrder] | Doubt:
    """The orders of an invoice that a line settles, or the doubt that keeps the line waiting.

    Only orders that lack something count. An order that its buyer gave up is off the invoice.
    """
    standing = {
        each.order.code: each
        for each in orders
        if not (each.order.state == OrderState.LAPSED and each.is_given_up)
    }
    found = match_invoice(transfer_of(line), [_candidate(each) for each in standing.values()])
    if isinstance(found, Doubt):
        return found
    lacking = [standing[candidate.code] for candidate in found]
    return Doubt.TYPED_ALREADY if _has_a_part_by_hand(line, lacking) else lacking


def _has_a_part_by_hand(line: StatementLine, orders: Sequence[NamedOrder]) -> bool:
    """True when a transfer of the same day was entered by hand for one of an invoice's orders."""
    days = (line.documented_on, line.executed_on)
    by_hand = ManualReceipt.objects.standing().filter(
        order__in=[each.order for each in orders], way=ManualMethod.TRANSFER
    )
    return not line.is_another and any(almaty_day(each.paid_at) in days for each in by_hand)


def _require_approved(line: StatementLine) -> None:
    """Refuse a transfer that one person typed in and no second one approved (M12)."""
    if line.doubt == Doubt.UNAPPROVED:
        raise RuleViolation(_("A second person has to approve this transfer first."), clause="4.4")


def transfer_of(line: StatementLine) -> Transfer:
    return Transfer(
        amount=line.amount,
        currency=line.currency,
        payer_id=line.facts["payer_id"],
        paid_on=line.documented_on,
    )


def receipt_of(line: StatementLine) -> Receipt:
    """A line as a receipt, dated by its payment order (O3)."""
    return Receipt(
        provider=PROVIDER,
        method=METHOD,
        reference=line.fingerprint,
        amount=line.amount,
        currency=line.currency,
        happened_at=start_of_day(line.documented_on) + NOON,
    )


def _candidate(named: NamedOrder) -> Candidate:
    return candidate_of(named.order, received=named.received)


def candidate_of(order: Order, *, received: Decimal) -> Candidate:
    """An order as the matching rules see it.

    The learner's IIN counts as the payer's only when the buyer is a person.
    """
    state = OrderState(order.state)
    party = order.party
    known = (party.bin, party.iin, order.learner.iin if party.kind == PartyKind.PERSON else "")
    return Candidate(
        code=order.code,
        state=state,
        placed_on=order.placed_on,
        since=order.reopened_on,
        payer_ids=frozenset(filter(None, known)),
        due=amount_due_by_transfer(
            state=state,
            price=order.price,
            prepayment=order.prepayment,
            received=received,
        ),
        whole=order.price - int(received),
    )


@transaction.atomic
def _give(
    line: StatementLine,
    named: Sequence[NamedOrder],
    *,
    invoice: Invoice | None = None,
    by: str,
    at: datetime,
) -> None:
    """Record the money for locked orders, judged by the day of its payment order (O3).

    Raises NotTaken, which undoes it.
    """
    receipt = receipt_of(line)
    orders = [each.order for each in named]
    if invoice:
        shares = [_candidate(each).due for each in named]
        receipt = replace(receipt, invoice_id=invoice.code)
        outcome = record_for_orders(receipt=receipt, orders=orders, shares=shares, at=at)
    else:
        outcome = record_receipt(receipt=receipt, order=orders[0], at=at)
    if outcome != Outcome.APPLIED:
        raise NotTaken
    line.state = LineState.MATCHED
    line.order = None if invoice else orders[0]
    line.invoice = invoice
    line.doubt = ""
    line.reason = ""
    line.settled_at = at
    line.settled_by = by
    line.save(
        update_fields=["state", "order", "invoice", "doubt", "reason", "settled_at", "settled_by"]
    )


def _refusal(doubts: Sequence[Doubt]) -> str:
    reasons = "; ".join(str(DOUBTS[doubt]) for doubt in doubts or [Doubt.NOT_TAKEN])
    return _("The order does not take this transfer: %(reasons)s.") % {"reasons": reasons}
