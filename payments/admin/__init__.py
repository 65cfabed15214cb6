"""Staff's doors to money: the ledger and what providers told, what is done by hand, and the books."""

from . import (
    accounts,
    fiscal,
    holds,
    installments,
    kaspi,
    ledger,
    manual,
    methods,
    reconciliation,
    refunds,
    statements,
    typed,
)

__all__ = [
    "accounts",
    "fiscal",
    "holds",
    "installments",
    "kaspi",
    "ledger",
    "manual",
    "methods",
    "reconciliation",
    "refunds",
    "statements",
    "typed",
]
