"""Receipts of the cash register: one for each movement of money that needs one."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from enrollment.models import Order
from enrollment.operations.chat import tell_in_chat
from enrollment.operations.links import order_link, service_name
from offer_site.days import almaty_day
from offer_site.errors import RuleViolation
from offer_site.journal.operations import record
from offer_site.languages import speaking
from offer_site.notices.kinds import NoticeKind
from offer_site.notices.operations import queue_notice
from payments.models import EntryKind, FiscalKind, FiscalReceipt, LedgerEntry
from payments.rules.by_hand import OutOfBounds, bound_of_day

CLOCKS_DIFFER = timedelta(hours=1)
SENTENCES = {
    OutOfBounds.AHEAD: gettext_lazy("The receipt is of a time to come."),
    OutOfBounds.TOO_EARLY: gettext_lazy("The receipt is older than the money. Check the time."),
    OutOfBounds.TOO_OLD: gettext_lazy("This is more than a year ago. Only the owner enters it."),
}
KINDS = {EntryKind.RECEIPT: FiscalKind.SALE, EntryKind.REFUND: FiscalKind.REFUND}


@dataclass(frozen=True)
class ReceiptFacts:
    """What a receipt of the cash register says."""

    number: str
    sign: str
    issued_at: datetime
    link: str = ""
    register: str = ""


@transaction.atomic(savepoint=False)
def record_fiscal_receipt(
    *,
    entry: LedgerEntry,
    facts: ReceiptFacts,
    origin: str,
    by: str,
    at: datetime,
    corrects: FiscalReceipt | None = None,
    may_be_old: bool = True,
) -> tuple[FiscalReceipt, bool]:
    """Record the cash register's receipt of a payment or refund; return it, and whether it is new.

    The same receipt again adds nothing. Raises RuleViolation when the number is known with other
    facts, when the money has another receipt that is not named as the one corrected, or when the
    receipt's time lies ahead, before the money, or over a year back without `may_be_old`. Locks
    the order, then the entry.
    """
    order = _order_of(entry)
    entry = LedgerEntry.objects.select_for_update().get(pk=entry.pk)
    if entry.kind not in KINDS:
        raise RuleViolation(_("A correction of the ledger has no fiscal receipt."))
    if facts.issued_at > at:
        raise RuleViolation(_("The receipt is of a time to come."), field="issued_at")
    broken = bound_of_day(
        almaty_day(facts.issued_at),
        today=almaty_day(at),
        # Clocks differ: the register may print before midnight what the bank counts after it.
        not_before=almaty_day(entry.happened_at - CLOCKS_DIFFER),
        may_be_old=may_be_old,
    )
    if broken:
        raise RuleViolation(SENTENCES[broken], field="issued_at")
    standing = list(FiscalReceipt.objects.standing().filter(entry=entry))
    same = next((each for each in standing if _is_same(each, facts)), None)
    if same:
        return same, False
    if standing and corrects not in standing:
        names = {"number": standing[0].number}
        raise RuleViolation(
            _("This money has the receipt %(number)s. Correct that one.") % names, field="number"
        )
    receipt = FiscalReceipt.objects.create(
        entry=entry,
        kind=KINDS[EntryKind(entry.kind)],
        number=facts.number,
        sign=facts.sign,
        link=facts.link,
        register=facts.register,
        issued_at=facts.issued_at,
        origin=origin,
        corrects=corrects,
        by=by,
        recorded_at=at,
    )
    details = {"of": entry.reference, "number": facts.number, "sign": facts.sign, "origin": origin}
    details |= {"instead_of": corrects.number} if corrects else {}
    about = ("fiscal_receipt", str(receipt.pk))
    verb = "fiscal_receipt.corrected" if corrects else "fiscal_receipt.recorded"
    record(verb, about=about, order=order.code if order else "", facts=details, by=by, at=at)
    if order and order.party.email:  # an erased order has none
        _write_to_buyer(receipt, order, at=at)
    return receipt, True


def _write_to_buyer(receipt: FiscalReceipt, order: Order, *, at: datetime) -> None:
    """Send the receipt to whoever paid, and tell it to the linked chat."""
    entry = receipt.entry
    facts: dict[str, str] = {
        "number": receipt.number,
        "sign": receipt.sign,
        "amount": str(abs(entry.amount)),
        "issued_on": almaty_day(receipt.issued_at).isoformat(),
        "package": service_name(order),
        "order_url": order_link(order),
    }
    facts |= {"receipt_url": receipt.link} if receipt.link else {}
    facts |= {"is_refund": "yes"} if receipt.kind == FiscalKind.REFUND else {}
    facts |= {"instead_of": receipt.corrects.number} if receipt.corrects else {}
    queue_notice(
        NoticeKind.RECEIPT_KNOWN,
        about=("fiscal_receipt", str(receipt.pk)),
        to=order.party.email,
        language=order.language,
        order=order.code,
        at=at,
        facts=facts,
    )
    with speaking(order.language):
        text = _("The fiscal receipt %(number)s of the order %(code)s: %(link)s") % {
            "number": receipt.number,
            "code": order.code,
            "link": receipt.link or order_link(order),
        }
        tell_in_chat(order, "receipt-known", text=text, occasion=str(receipt.pk), at=at)


def _order_of(entry: LedgerEntry) -> Order | None:
    """Lock the order of this money; for a refund, the order of the receipt that went back."""
    named = Q(allocations__entry=entry)
    if entry.kind == EntryKind.REFUND:
        receipt = {
            "provider": entry.provider,
            "reference": entry.refunds_reference,
            "kind": EntryKind.RECEIPT,
        }
        named = Q(allocations__entry__in=LedgerEntry.objects.filter(**receipt))
    found = Order.objects.filter(named).order_by("pk").values_list("pk", flat=True).first()
    return Order.objects.people_locked().with_people().get(pk=found) if found else None


def _is_same(receipt: FiscalReceipt, facts: ReceiptFacts) -> bool:
    """True when a receipt says the same; an empty link or register does not contradict it."""
    same = (receipt.number, receipt.sign, receipt.issued_at) == (
        facts.number,
        facts.sign,
        facts.issued_at,
    )
    return same and facts.link in ("", receipt.link) and facts.register in ("", receipt.register)
