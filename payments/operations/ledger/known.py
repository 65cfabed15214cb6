"""Money that is known of an order, compared with what comes: one operation may be told twice (M6).

What may be the same never pays by itself. A person says which it is: the same money, or another.
Nor does money pay of which its provider says that it has gone back.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from enrollment.models import Order
from offer_site.days import ALMATY, short_day
from offer_site.errors import RuleViolation
from offer_site.money import tenge_text
from payments.models import (
    SEEN_AT_KASPI,
    DifferenceKind,
    EntryKind,
    LedgerEntry,
    LineState,
    ManualMethod,
    ManualReceipt,
    MessageKind,
    ProviderMessage,
    ReconciliationDifference,
    StatementLine,
)
from payments.rules.likeness import (
    NEAR,
    NEAR_BY_HAND,
    Telling,
    is_of_the_same_day,
    is_of_the_same_minute,
    may_be_seen_by_hand,
    may_be_the_same,
    same_number,
    telling_of_moment,
)
from payments.rules.matching import Doubt
from payments.rules.reconciliation import DAYS_BACK, GONE_AT_THE_BANK, UNKNOWN_TAKEN_BACK

BANK = "bank"
KASPI = "kaspi"
NOON = 12  # the hour of a moment of which only the day is known


@dataclass(frozen=True)
class Known:
    """Money that is known already: the row that staff see, and what it tells."""

    row: LedgerEntry | StatementLine | ManualReceipt
    telling: Telling

    def __str__(self) -> str:
        day = short_day(self.telling.days[0])
        return f"{self.row}: {tenge_text(self.telling.amount)}, {day}"


def require_another(known: Known | None, *, field: str | None = None) -> None:
    """Refuse money that is probably known already, unless a person has said that it is another."""
    if known:
        raise RuleViolation(
            _("This is probably the same money as %(known)s. If it is other money, say so first.")
            % {"known": known},
            clause="4.3",
            field=field,
        )


def require_not_taken_back(entry: LedgerEntry, *, field: str | None = None) -> None:
    """Refuse a receipt while its provider's list says that it went back, and nobody settled that.

    A bank's storno has the name of its receipt, or none where several may be meant. Other providers
    give a refund a number of its own: it is known by the attempt that it names. A part may go back.
    """
    gone = has_gone_back(
        provider=entry.provider,
        reference=entry.reference,
        invoice_id=entry.invoice_id,
        amount=entry.amount,
    )
    line = None
    if entry.provider == BANK and not gone:
        line = StatementLine.objects.filter(fingerprint=entry.reference).first()
    if line and is_not_at_bank(line):
        raise RuleViolation(
            _(
                "This money was not found at the bank. Settle that difference first: "
                "Reconciliation."
            ),
            clause="4.4",
            field=field,
        )
    if gone or (line and may_be_taken_back(line)):
        raise RuleViolation(
            _(
                "The provider's list says that this money went back. "
                "Settle that difference first: Reconciliation."
            ),
            clause="4.4",
            field=field,
        )


def has_gone_back(*, provider: str, reference: str, invoice_id: str, amount: Decimal) -> bool:
    """True while a provider's list says that a receipt went back, or a part of it."""
    named = Q(reference=reference)
    if invoice_id:
        named |= Q(invoice_id=invoice_id, amount_there__lte=amount)
    return _gone().filter(named, provider=provider).exists()


def is_not_at_bank(line: StatementLine) -> bool:
    """True while a person, or a later file of the same days, does not find a receipt there."""
    found = ReconciliationDifference.objects.open().filter(
        provider=BANK, kind=DifferenceKind.MISSING_THERE, reference=line.fingerprint
    )
    return found.exists()


def may_be_taken_back(line: StatementLine) -> bool:
    """True while the bank takes back a receipt that is or may be this one, and nobody settled it.

    A receipt that was not found at the bank is as good as taken back. Most students pay the same
    sum: a storno that names another order does not mean this receipt.
    """
    day = line.documented_on
    by_name = Q(reference=line.fingerprint, kind__in=GONE_AT_THE_BANK)
    alone = Q(
        kind=DifferenceKind.REFUND_MISSING_HERE,
        detail=UNKNOWN_TAKEN_BACK,
        reconciliation__day__range=(day, day + DAYS_BACK),
    )
    of_the_sum = Q(amount_there=line.amount)
    codes = line.codes.split()
    if codes:
        of_the_order = Q(invoice_id__in=codes, amount_there__lte=line.amount)
        of_the_sum = of_the_sum & Q(invoice_id="") | of_the_order
    open_ones = ReconciliationDifference.objects.open().filter(provider=BANK)
    return open_ones.filter(by_name | alone & of_the_sum).exists()


def _gone() -> QuerySet[ReconciliationDifference]:
    """What providers say went back, and nobody has settled."""
    open_ones = ReconciliationDifference.objects.open()
    return open_ones.filter(kind=DifferenceKind.REFUND_MISSING_HERE)


def known_to_line(line: StatementLine, orders: Sequence[Order]) -> Known | None:
    """Money of these orders that a transfer is probably the same as."""
    told = telling_of_line(line)
    by_hand = _by_hand(orders, line.amount)
    for known in (*_lines_of(orders, line), *_put_away(orders, line)):
        if may_be_the_same(told, known.telling):
            return known
    return next((each for each in by_hand if _is_told_by_bank(told, each)), None)


def lines_alike(line: StatementLine) -> Iterator[Known]:
    """Settled transfers of any order that a transfer is probably the same as, at most twenty."""
    told = telling_of_line(line)
    near = StatementLine.objects.filter(
        file__account=line.file.account,
        amount=line.amount,
        documented_on__range=(min(told.days), max(told.days)),
        state__in=(LineState.MATCHED, LineState.TAKEN),
    ).exclude(pk=line.pk)
    for each in near.select_related("file").order_by("pk")[:20]:
        known = Known(each, telling_of_line(each))
        if may_be_the_same(told, known.telling):
            yield known


def known_to_hand(
    order: Order, *, told: Telling, method: str, besides: ManualReceipt | None = None
) -> Known | None:
    """Money of an order that money by hand is probably the same as.

    Only what came by a channel that the method may speak of is compared to the day; a number that
    is the same speaks for itself.
    """
    own = besides.pk if besides else None
    for known in _by_hand([order], told.amount):
        if known.row.pk != own and (
            _is_of_one_number(told, known.telling) or is_of_the_same_day(told, known.telling)
        ):
            return known
    within = _within(method)
    for known in _told_by_bank(order, told.amount):
        if may_be_seen_by_hand(told, known.telling, within=within):
            return known
    for known in _entries_of(order, told.amount):
        is_of_kaspi = known.row.provider == KASPI and method in SEEN_AT_KASPI  # type: ignore[union-attr]
        if _is_of_one_number(told, known.telling) or (
            is_of_kaspi and is_of_the_same_day(told, known.telling)
        ):
            return known
    return None


def known_to_kaspi(order: Order | None, *, told: Telling) -> Known | None:
    """Money that a payment of Kaspi's registry is probably the same as.

    It has another number, and the order, the sum and the minute of money that is known. A payment
    that would pay a rest is compared to the day: the halves are equal.
    """
    if order is None:
        return None
    known = next(_of_kaspi(order, told), None)
    return known or known_by_hand_to_kaspi(order, told=told)


def known_by_registry_to_kaspi(order: Order, *, told: Telling) -> Known | None:
    """Money that Kaspi's registry alone told of, and that a notification tells of later.

    The registry may have another number for it. Numbers of two notifications tell them apart.
    """
    return next((known for known in _of_kaspi(order, told) if not _was_notified(known.row)), None)


def _of_kaspi(order: Order, told: Telling) -> Iterator[Known]:
    """Kaspi's receipts of an order that a payment with another number may be."""
    pays_a_rest = order.prepayment < order.price
    for known in _entries_of(order, told.amount):
        entry = known.row
        if not isinstance(entry, LedgerEntry) or entry.provider != KASPI:
            continue
        if entry.reference != told.number and (
            is_of_the_same_minute(told, known.telling)
            or (pays_a_rest and is_of_the_same_day(told, known.telling))
        ):
            yield known


def _was_notified(row: object) -> bool:
    """True for money that Kaspi itself told us of, by its own number."""
    return isinstance(row, LedgerEntry) and (
        ProviderMessage.objects.filter(
            provider=row.provider, kind=MessageKind.PAY, reference=row.reference
        ).exists()
    )


def known_by_hand_to_kaspi(order: Order, *, told: Telling) -> Known | None:
    """Money that staff saw in Kaspi's application, and that Kaspi itself now tells of."""
    for known in _by_hand([order], told.amount, methods=SEEN_AT_KASPI):
        if _is_of_one_number(told, known.telling) or is_of_the_same_day(told, known.telling):
            return known
    return None


def known_to_entry(entry: LedgerEntry, order: Order) -> Known | None:
    """Money of an order that a receipt of the ledger, which waits, is probably the same as."""
    if entry.provider == BANK:
        line = StatementLine.objects.filter(fingerprint=entry.reference).first()
        return known_to_line(line, [order]) if line and not line.is_another else None
    told = telling_of_entry(entry)
    if entry.provider == KASPI:
        of_kaspi = known_to_kaspi if not _was_notified(entry) else known_by_registry_to_kaspi
        return of_kaspi(order, told=told) or known_by_hand_to_kaspi(order, told=told)
    by_hand = hand_of(entry)
    if by_hand and not by_hand.is_another:
        return known_to_hand(order, told=told, method=by_hand.way, besides=by_hand)
    return None


def telling_of_line(line: StatementLine) -> Telling:
    return Telling(
        amount=line.amount,
        days=(line.documented_on, line.executed_on),
        number=line.number,
        payer_id=line.facts["payer_id"],
        purpose=line.facts["purpose"],
    )


def telling_of_entry(entry: LedgerEntry) -> Telling:
    """What the ledger knows; the day alone where a registry told no hour."""
    local = entry.happened_at.astimezone(ALMATY)
    number = entry.reference.rpartition(" ")[2]
    if (local.hour, local.minute, local.second) == (NOON, 0, 0):
        return Telling(amount=entry.amount, days=(local.date(),), number=number)
    return telling_of_moment(entry.amount, entry.happened_at, number=number)


def hand_of(entry: LedgerEntry) -> ManualReceipt | None:
    """The row of two persons behind a receipt that was entered by hand."""
    approved = ManualReceipt.objects.filter(approved_at__isnull=False)
    if entry.provider == "installment":
        return approved.filter(way=ManualMethod.INSTALLMENT, reference=entry.reference).first()
    method, _space, reference = entry.reference.partition(" ")
    return approved.filter(way=method, reference=reference).first()


def _is_told_by_bank(told: Telling, known: Known) -> bool:
    """True when a transfer may be money that was entered by hand."""
    within = _within(known.row.way)  # type: ignore[union-attr]
    return may_be_seen_by_hand(told, known.telling, within=within)


def _within(method: str) -> timedelta:
    """How far the account's day may be from the day of money by hand."""
    return NEAR if method == ManualMethod.TRANSFER else NEAR_BY_HAND


def _is_of_one_number(one: Telling, other: Telling) -> bool:
    return one.amount == other.amount and bool(same_number(one.number, other.number))


def _by_hand(
    orders: Iterable[Order], amount: Decimal, *, methods: Iterable[str] = ManualMethod.values
) -> list[Known]:
    """Money that staff entered for these orders, approved or not, and not corrected since."""
    rows = ManualReceipt.objects.standing().filter(
        order__in=list(orders), amount=amount, way__in=list(methods)
    )
    return [
        Known(each, telling_of_moment(each.amount, each.paid_at, number=each.reference))
        for each in rows.order_by("pk")
    ]


def _lines_of(orders: Sequence[Order], line: StatementLine) -> Iterator[Known]:
    """The transfers whose money these orders have."""
    fingerprints = LedgerEntry.objects.filter(
        provider=BANK, amount=line.amount, allocations__order__in=orders
    ).values_list("reference", flat=True)
    yield from _same_account(Q(fingerprint__in=list(fingerprints)), line)


def _put_away(orders: Sequence[Order], line: StatementLine) -> Iterator[Known]:
    """Transfers that name these orders and that a person took into the ledger or set aside."""
    codes = {order.code for order in orders} if len(orders) == 1 else set(line.codes.split())
    if not codes:
        return
    named = Q()
    for code in sorted(codes):
        named |= Q(codes__contains=code)
    put_away = Q(settled_at__isnull=False, order=None, invoice=None, amount=line.amount)
    # A typed transfer that was rejected tells nothing: what the bank tells counts.
    rejected = Q(state=LineState.SET_ASIDE, doubt=Doubt.UNAPPROVED)
    yield from _same_account(put_away & named & ~rejected, line)


def _same_account(found: Q, line: StatementLine) -> Iterator[Known]:
    """The transfers found that came to the same account as a line.

    Accounts are compared here: asked for one, SQLite reads every line of the account instead.
    """
    rows = StatementLine.objects.filter(found).exclude(pk=line.pk)
    rows = rows.exclude(_never_came()).select_related("file")
    for each in rows.order_by("pk"):
        if each.file.account == line.file.account:
            yield Known(each, telling_of_line(each))


def _told_by_bank(order: Order, amount: Decimal) -> Iterator[Known]:
    """Every transfer of this amount that has the order's code or gave it money."""
    given = LedgerEntry.objects.filter(
        provider=BANK, amount=amount, allocations__order=order
    ).values_list("reference", flat=True)
    named = Q(codes__contains=order.code) | Q(fingerprint__in=list(given)) | Q(order=order)
    rejected = Q(state=LineState.SET_ASIDE, doubt=Doubt.UNAPPROVED)
    rows = StatementLine.objects.filter(named, ~rejected, amount=amount)
    rows = rows.exclude(_never_came())
    for each in rows.select_related("file").order_by("pk"):
        yield Known(each, telling_of_line(each))


def _never_came() -> Q:
    """Transfers that people typed, and of which two persons found that they never came (M3).

    What the bank itself told of, and took back, stays known: it may be told once more.
    """
    corrections = LedgerEntry.objects.filter(kind=EntryKind.CORRECTION, provider=BANK)
    references = corrections.values_list("reference", flat=True)
    return Q(fingerprint__in=references, typed__told_in=None, typed__isnull=False)


def _entries_of(order: Order, amount: Decimal) -> list[Known]:
    """Receipts of this amount that the order has or that name it, of providers that tell us."""
    named = Q(allocations__order=order) | Q(invoice_id=order.code)
    rows = LedgerEntry.objects.receipts().filter(named, amount=amount, corrections=None)
    told = rows.exclude(provider__in=(BANK, "manual", "installment")).distinct()
    return [Known(each, telling_of_entry(each)) for each in told.order_by("pk")]
