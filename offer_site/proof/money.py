"""The order's money: what came and went, what was allocated to it, and the documents (4.3)."""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from functools import partial
from typing import Any

from django.db.models import Exists, OuterRef, Q

from enrollment.models import Order, PaymentReport
from enrollment.rules.methods import method_in_words
from offer_site.documents import ENDINGS, Documented
from payments.models import (
    Allocation,
    EntryKind,
    FiscalReceipt,
    Hold,
    InstallmentApplication,
    LedgerEntry,
    ManualReceipt,
    Payment,
    ProviderFee,
    ProviderMessage,
    TypedTransfer,
)
from payments.operations.statements.lines import PROVIDER
from payments.rules.provider_names import PROVIDER_NAMES

from .parts import Both, File, Part, ProofChapter, Table, both, columns, day, moment, money, stored

PAYMENT = (
    "invoice_id provider method amount commission language started_at link_cancelled_at "
    "returned_at declined_at "
    "decline_code"
)
ENTRY = (
    "provider reference kind amount currency method happened_at recorded_at invoice_id "
    "refunds_reference"
)
HOLD = (
    "provider reference amount currency method held_at recorded_at decision reason decided_by "
    "confirmed_at released_at"
)
REPORT = "kind number day said_at said_by keeps_until keeps_place ended_at ending ended_by reason"
BY_HAND = (
    "way reference amount paid_at third_party third_party_ground reason entered_by entered_at "
    "approved_by approved_at "
    "rejected_by rejected_at rejection"
)
# Without the document, which shows the bank's other lines.
TYPED = "reason entered_by entered_at approved_by approved_at document_sha256"
# Without the income, which proves nothing here.
APPLICATION = "number decision decided_on approved_sum stated_at stated_by"
FISCAL = "kind number sign link register issued_at origin recorded_at"


def money_of(order: Order) -> Part:
    """Every movement of money allocated to the order, naming it, or returned from it."""
    entries = list(_entries(order))
    allocations = list(
        Allocation.objects.filter(order=order).select_related("entry").order_by("at", "pk")
    )
    reports = list(PaymentReport.objects.filter(order=order).order_by("said_at", "pk"))
    by_hand = list(ManualReceipt.objects.filter(order=order).order_by("entered_at", "pk"))
    applications = list(
        InstallmentApplication.objects.filter(order=order).select_related("bank").order_by("pk")
    )
    fiscal = list(FiscalReceipt.objects.of_order(order).select_related("entry"))
    facts = {
        "attempts": [
            columns(each, PAYMENT)
            for each in Payment.objects.of_order(order).order_by("started_at", "pk")
        ],
        "entries": [columns(each, ENTRY) for each in entries],
        "messages": list(_messages(entries)),
        "allocations": [
            columns(each, "number amount at by")
            | {"entry": each.entry.name, "takes_back": each.takes_back_id is not None}
            for each in allocations
        ],
        "received": sum((each.amount for each in allocations), Decimal("0.00")),
        "fees": [
            columns(each, "amount source told_at") | {"entry": each.entry.name}
            for each in ProviderFee.objects.filter(entry__in=entries)
            .select_related("entry")
            .order_by("told_at", "pk")
        ],
        "typed_in": [
            columns(each, TYPED) | {"transfer": each.line.fingerprint}
            for each in _typed_in(entries)
        ],
        "fiscal_receipts": [columns(each, FISCAL) | {"entry": each.entry.name} for each in fiscal],
        "holds": [
            columns(each, HOLD)
            for each in Hold.objects.of_order(order).order_by("recorded_at", "pk")
        ],
        "reports": [
            columns(each, REPORT) | _document(each, "report", at)
            for at, each in enumerate(reports, 1)
        ],
        "by_hand": [
            columns(each, BY_HAND) | _document(each, "by-hand", at)
            for at, each in enumerate(by_hand, 1)
        ],
        "applications": [
            columns(each, APPLICATION)
            | {"bank": each.bank.name}
            | _document(each, "application", at)
            for at, each in enumerate(applications, 1)
        ],
    }
    files = [
        *_papers("report", reports),
        *_papers("by-hand", by_hand),
        *_papers("application", applications),
    ]
    return Part("money", facts, [_chapter(entries, allocations, fiscal, reports)], files)


def _entries(order: Order) -> Iterable[LedgerEntry]:
    """Entries allocated to the order, those that name it and wait, refunds of either, and what
    corrects any of them.
    """
    invoices = Payment.objects.of_order(order).order_by().values("invoice_id")
    codes = [order.code, order.invoice.code] if order.invoice else [order.code]
    named = Q(invoice_id__in=codes) | Q(invoice_id__in=invoices)
    allocated = Exists(Allocation.objects.filter(order=order, entry=OuterRef("pk")))
    came = LedgerEntry.objects.receipts().filter(allocated | named)
    same = came.filter(provider=OuterRef("provider"), reference=OuterRef("refunds_reference"))
    back = Q(kind=EntryKind.REFUND) & Exists(same.order_by())
    ground = Q(ground__case__order=order)
    moved = LedgerEntry.objects.filter(Q(pk__in=came.order_by().values("pk")) | back | ground)
    keys = moved.order_by().values("pk")
    found = LedgerEntry.objects.filter(Q(pk__in=keys) | Q(corrects__in=keys))
    return found.order_by("happened_at", "pk")


def _typed_in(entries: list[LedgerEntry]) -> Iterable[TypedTransfer]:
    """Who typed in and approved the transfers that the bank's file did not bring (M12)."""
    transfers = [each.reference for each in entries if each.provider == PROVIDER]
    return (
        TypedTransfer.objects.filter(line__fingerprint__in=transfers)
        .select_related("line")
        .order_by("entered_at", "pk")
    )


def _messages(entries: list[LedgerEntry]) -> Iterator[dict[str, Any]]:
    """The providers' messages by the digest of their bodies, which hold the payer's data."""
    messages = ProviderMessage.objects.filter(
        reference__in={each.reference for each in entries if each.reference}
    )
    providers = {(each.provider, each.reference) for each in entries}
    for message in messages.order_by("received_at", "pk"):
        if (message.provider, message.reference) in providers:
            yield columns(message, "provider kind reference body_sha256 received_at outcome")


def _document(row: Documented, kind: str, at: int) -> dict[str, str]:
    return (
        {"document": _name(row, kind, at), "document_sha256": row.document_sha256}
        if row.document
        else {}
    )


def _name(row: Documented, kind: str, at: int) -> str:
    return f"money/{kind}-{at}.{ENDINGS[row.document_type]}"


def _papers(kind: str, rows: Iterable[Documented]) -> Iterator[File]:
    for at, row in enumerate(rows, 1):
        if row.document:
            yield File(_name(row, kind, at), partial(stored, row.document), row.document_sha256)


def _reference(entry: LedgerEntry) -> Both:
    """Who took the money, and the number it has there."""
    kk, ru = both(PROVIDER_NAMES.get(entry.provider, entry.provider))
    return f"{kk}, {entry.reference}", f"{ru}, {entry.reference}"


def _chapter(
    entries: list[LedgerEntry],
    allocations: list[Allocation],
    fiscal: list[FiscalReceipt],
    reports: list[PaymentReport],
) -> ProofChapter:
    allocated: dict[int, Decimal] = {}
    for each in allocations:
        allocated[each.entry_id] = allocated.get(each.entry_id, Decimal(0)) + each.amount
    moved = [
        (
            moment(each.happened_at),
            both(EntryKind(each.kind).label),
            money(each.amount),
            method_in_words(each.method),
            _reference(each),
            money(allocated[each.pk]) if each.pk in allocated else "–",
        )
        for each in entries
    ]
    tables = [
        Table(
            "money",
            (
                ("Төлем жүйесінің уақыты", "Время платёжной системы"),
                ("Түрі", "Вид"),
                ("Сома", "Сумма"),
                ("Тәсілі", "Способ"),
                ("Операция", "Операция"),
                ("Осы тапсырысқа", "Этому заказу"),
            ),
            moved,
        ),
    ]
    if fiscal:
        headings = (
            ("Чек", "Чек"),
            ("Фискалдық белгі", "Фискальный признак"),
            ("Берілді", "Выдан"),
            ("Операция", "Операция"),
        )
        tables.append(
            Table(
                "four",
                headings,
                [
                    (each.number, each.sign, moment(each.issued_at), each.entry.name)
                    for each in fiscal
                ],
            )
        )
    if reports:
        headings = (
            ("Хабарланған төлем", "Сообщённый платёж"),
            ("Құжат күні", "День документа"),
            ("Хабарланды", "Сообщено"),
            ("Тапсырыстың сақталу мерзімі", "Заказ сохранялся до"),
        )
        tables.append(
            Table(
                "four",
                headings,
                [
                    (each.number, day(each.day), moment(each.said_at), moment(each.keeps_until))
                    for each in reports
                ],
            )
        )
    received: list[tuple[Both, str]] = [
        (
            ("Тапсырыс бойынша түсті", "Поступило по заказу"),
            money(sum(allocated.values(), Decimal(0))),
        )
    ]
    return ProofChapter("money", ("Ақша", "Деньги"), received, tables)
