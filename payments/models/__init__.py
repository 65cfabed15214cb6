"""The nouns of money."""

from .installment import Decision, InstallmentApplication, InstallmentBank
from .ledger import Allocation, EntryKind, LedgerEntry
from .manual import ManualReceipt, ManualWay
from .message import MessageKind, Outcome, ProviderMessage
from .payment import Payment
from .statement import LineState, StatementFile, StatementLine

__all__ = [
    "Allocation",
    "Decision",
    "EntryKind",
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
    "StatementFile",
    "StatementLine",
]
