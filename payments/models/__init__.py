"""The nouns of money."""

from .ledger import Allocation, EntryKind, LedgerEntry
from .message import MessageKind, Outcome, ProviderMessage
from .payment import Payment
from .payout import PayoutState, RefundGround, RefundPayout
from .refund import AskedBy, Ground, RefundCase, RefundCost, RefundDecision
from .statement import LineState, StatementFile, StatementLine

__all__ = [
    "Allocation",
    "AskedBy",
    "EntryKind",
    "Ground",
    "LedgerEntry",
    "LineState",
    "MessageKind",
    "Outcome",
    "Payment",
    "PayoutState",
    "ProviderMessage",
    "RefundCase",
    "RefundCost",
    "RefundDecision",
    "RefundGround",
    "RefundPayout",
    "StatementFile",
    "StatementLine",
]
