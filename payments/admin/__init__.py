"""Staff's doors to money: the ledger and what providers told, refunds, and the statements of the bank."""

from . import installments, ledger, manual, refunds, statements

__all__ = ["installments", "ledger", "manual", "refunds", "statements"]
