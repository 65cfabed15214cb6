"""The nouns of money."""

from .fee import FeeSource, ProviderFee
from .fiscal import FiscalKind, FiscalOrigin, FiscalReceipt
from .ledger import Allocation, EntryKind, LedgerEntry
from .message import MessageKind, Outcome, ProviderMessage
from .method import PaymentMethod
from .payment import Payment
from .statement import LineState, StatementFile, StatementLine

__all__ = [
    "Allocation",
    "EntryKind",
    "FeeSource",
    "FiscalKind",
    "FiscalOrigin",
    "FiscalReceipt",
    "LedgerEntry",
    "LineState",
    "MessageKind",
    "Outcome",
    "Payment",
    "PaymentMethod",
    "ProviderFee",
    "ProviderMessage",
    "StatementFile",
    "StatementLine",
]
