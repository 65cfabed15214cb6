"""Staff's doors to money: the ledger and what providers told, what is done by hand, and the books."""

from . import accounts, fiscal, installments, ledger, manual, methods, refunds, statements

__all__ = ["accounts", "fiscal", "installments", "ledger", "manual", "methods", "refunds", "statements"]
