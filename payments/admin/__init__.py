"""Staff's doors to money: the ledger and what providers told, and the statements of the bank."""

from . import kaspi, ledger, statements, typed

__all__ = ["kaspi", "ledger", "statements", "typed"]
