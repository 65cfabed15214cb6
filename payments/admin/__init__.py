"""Staff's doors to money: the ledger and what providers told, the statements of the bank, holds, and what differs."""

from . import holds, ledger, reconciliation, statements

__all__ = ["holds", "ledger", "reconciliation", "statements"]
