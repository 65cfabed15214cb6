"""Staff's doors to money: the ledger and what providers told, refunds, and the statements of the bank."""

from . import ledger, refunds, statements

__all__ = ["ledger", "refunds", "statements"]
