"""The nouns of money."""

from .ledger import Allocation, EntryKind, LedgerEntry
from .message import MessageKind, Outcome, ProviderMessage
from .payment import Payment
from .statement import LineState, StatementFile, StatementLine

__all__ = [
    "Allocation",
    "EntryKind",
    "LedgerEntry",
    "LineState",
    "MessageKind",
    "Outcome",
    "Payment",
    "ProviderMessage",
    "StatementFile",
    "StatementLine",
]
