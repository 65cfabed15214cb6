"""Staff's doors to money: the ledger and what providers told, and the statements of the bank."""

from . import installments, ledger, manual, statements

__all__ = ["installments", "ledger", "manual", "statements"]
