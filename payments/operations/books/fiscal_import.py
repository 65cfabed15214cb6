"""Importing fiscal receipts: each finds its entry by the provider's number, or by order and sum."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q
from django.utils.translation import gettext as _

from offer_site.codes import normalize_order_code
from offer_site.days import almaty_day
from offer_site.errors import RuleViolation
from offer_site.money import tenge_text
from payments.models import EntryKind, FiscalOrigin, LedgerEntry
from payments.models.accounts import Accounts
from payments.rules.fiscal_rows import FiscalRow, read_fiscal_rows

from .fiscal import ReceiptFacts, record_fiscal_receipt

ONE_DAY = timedelta(days=1)


@dataclass
class FiscalImport:
    """The result of a file: new and known receipts, and the lines left out with their reasons."""

    recorded: int = 0
    known: int = 0
    left: list[tuple[int, str]] = field(default_factory=list)


def import_fiscal_receipts(*, content: bytes, by: str, at: datetime) -> FiscalImport:
    """Record the receipts of a file, each in its own transaction; the same file again adds nothing.

    Raises RuleViolation, with nothing recorded, when the file cannot be read. A line for which no
    single movement of money is found is left out with its reason.
    """
    report = FiscalImport()
    for row in read_fiscal_rows(content, settings.FISCAL_COLUMNS):
        try:
            facts = ReceiptFacts(
                number=row.number,
                sign=row.sign,
                issued_at=row.issued_at,
                link=row.link,
                register=row.register,
            )
            _receipt, is_new = record_fiscal_receipt(
                entry=_money_of(row), facts=facts, origin=FiscalOrigin.IMPORTED, by=by, at=at
            )
        except RuleViolation as refused:
            report.left.append((row.line, str(refused.message)))
            continue
        report.recorded += is_new
        report.known += not is_new
    return report


def _money_of(row: FiscalRow) -> LedgerEntry:
    """The one movement of money of a receipt; raises RuleViolation when there is not just one."""
    kind = EntryKind.REFUND if row.is_refund else EntryKind.RECEIPT
    entries = Accounts.objects.filter(kind=kind)
    by_number = list(entries.filter(reference=row.reference)[:2]) if row.reference else []
    if not by_number and row.order:
        code = normalize_order_code(row.order) or row.order
        day = almaty_day(row.issued_at)
        # A register may print the receipt of the day's last payment after midnight.
        of_order = entries.with_order("code").between(day - ONE_DAY, day)
        named = Q(order_code=code) | Q(invoice_id=code)
        by_number = list(
            of_order.filter(named, amount=row.amount).exclude(fiscal_receipts__number__gt="")[:2]
        )
        by_number = by_number or list(
            of_order.filter(named, fiscal_receipts__number=row.number).distinct()[:2]
        )
    if len(by_number) != 1:
        found = _("several movements of money fit") if by_number else _("no such money is known")
        raise RuleViolation(found)
    if by_number[0].amount != row.amount:
        raise RuleViolation(
            _("the money is %(amount)s") % {"amount": tenge_text(by_number[0].amount)}
        )
    return by_number[0]
