"""The nouns of money."""

from .hold import Hold, HoldDecision
from .ledger import Allocation, EntryKind, LedgerEntry
from .message import MessageKind, Outcome, ProviderMessage
from .payment import Payment
from .reconciliation import DifferenceKind, Reconciliation, ReconciliationDifference
from .statement import LineState, StatementFile, StatementLine

__all__ = [
    "Allocation",
    "DifferenceKind",
    "EntryKind",
    "Hold",
    "HoldDecision",
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
]
