"""The nouns of money."""

from .kaspi import KaspiRegistry, KaspiRow
from .ledger import Allocation, EntryKind, LedgerEntry
from .message import MessageKind, Outcome, ProviderMessage
from .payment import Payment
from .reconciliation import DifferenceKind, Reconciliation, ReconciliationDifference
from .statement import LineState, StatementFile, StatementLine
from .typed import TypedTransfer

__all__ = [
    "Allocation",
    "DifferenceKind",
    "EntryKind",
    "KaspiRegistry",
    "KaspiRow",
    "LedgerEntry",
    "LineState",
    "MessageKind",
    "Outcome",
    "Payment",
    "ProviderMessage",
    "Reconciliation",
    "ReconciliationDifference",
    "StatementFile",
    "StatementLine",
    "TypedTransfer",
]
