"""Staff's doors to money: the ledger and what providers told, and the statements of the bank."""

from . import ledger, statements

__all__ = ["ledger", "statements"]
