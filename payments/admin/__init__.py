"""Money for staff: each module registers its pages when it is imported."""

from .books import accounts, fiscal
from .ledger import corrections, entries, manual
from .paying import holds, installments, methods
from .reconciliation import comparing, kaspi
from .refunds import cases
from .statements import files, typed

__all__ = [
    "accounts",
    "cases",
    "comparing",
    "corrections",
    "entries",
    "files",
    "fiscal",
    "holds",
    "installments",
    "kaspi",
    "manual",
    "methods",
    "typed",
]
