"""Staff's doors to money: the ledger and what providers told, the statements of the bank, and the books."""

from . import accounts, fiscal, ledger, methods, statements

__all__ = ["accounts", "fiscal", "ledger", "methods", "statements"]
