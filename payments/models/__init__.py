"""The nouns of money."""

from .ledger import Allocation, EntryKind, LedgerEntry
from .message import MessageKind, Outcome, ProviderMessage
from .payment import Payment

__all__ = ["Allocation", "EntryKind", "LedgerEntry", "MessageKind", "Outcome", "Payment", "ProviderMessage"]
