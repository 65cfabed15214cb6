"""The nouns of money."""

from .hold import Hold, HoldDecision
from .installment import Decision, InstallmentApplication, InstallmentBank
from .ledger import Allocation, EntryKind, LedgerEntry
from .manual import ManualReceipt, ManualWay
from .message import MessageKind, Outcome, ProviderMessage
from .payment import Payment
from .reconciliation import DifferenceKind, Reconciliation, ReconciliationDifference
from .statement import LineState, StatementFile, StatementLine

__all__ = [
    "Allocation",
    "Decision",
    "DifferenceKind",
    "EntryKind",
    "Hold",
    "HoldDecision",
    "InstallmentApplication",
    "InstallmentBank",
    "LedgerEntry",
    "LineState",
    "ManualReceipt",
    "ManualWay",
    "MessageKind",
    "Outcome",
    "Payment",
    "ProviderMessage",
    "Reconciliation",
    "ReconciliationDifference",
    "StatementFile",
    "StatementLine",
]
