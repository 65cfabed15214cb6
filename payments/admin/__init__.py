"""Staff's doors to money: the ledger and what providers told, what is done by hand,
and the books.
"""

from .books import accounts, fiscal
from .ledger import entries as ledger
from .ledger import manual
from .paying import holds, installments, methods
from .reconciliation import comparing as reconciliation
from .reconciliation import kaspi
from .refunds import cases as refunds
from .statements import files as statements
from .statements import typed

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
