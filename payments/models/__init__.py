"""The models of money."""

from .correction import LedgerCorrection
from .fee import FeeSource, ProviderFee
from .fiscal import FiscalKind, FiscalOrigin, FiscalReceipt
from .hold import Hold, HoldDecision
from .installment import Decision, InstallmentApplication, InstallmentBank
from .kaspi import KaspiRegistry, KaspiRow
from .ledger import Allocation, EntryKind, LedgerEntry
from .manual import SEEN_AT_KASPI, ManualMethod, ManualReceipt
from .message import MessageKind, Outcome, ProviderMessage
from .method import PaymentMethod
from .payment import Payment
from .payout import PayoutState, RefundGround, RefundPayout
from .reconciliation import DifferenceKind, Reconciliation, ReconciliationDifference
from .refund import AskedBy, Ground, RefundCase, RefundCost, RefundDecision
from .statement import LineState, StatementFile, StatementLine
from .typed import TypedTransfer

__all__ = [
    "SEEN_AT_KASPI",
    "Allocation",
    "AskedBy",
    "Decision",
    "DifferenceKind",
    "EntryKind",
    "FeeSource",
    "FiscalKind",
    "FiscalOrigin",
    "FiscalReceipt",
    "Ground",
    "Hold",
    "HoldDecision",
    "InstallmentApplication",
    "InstallmentBank",
    "KaspiRegistry",
    "KaspiRow",
    "LedgerCorrection",
    "LedgerEntry",
    "LineState",
    "ManualMethod",
    "ManualReceipt",
    "MessageKind",
    "Outcome",
    "Payment",
    "PaymentMethod",
    "PayoutState",
    "ProviderFee",
    "ProviderMessage",
    "Reconciliation",
    "ReconciliationDifference",
    "RefundCase",
    "RefundCost",
    "RefundDecision",
    "RefundGround",
    "RefundPayout",
    "StatementFile",
    "StatementLine",
    "TypedTransfer",
]
