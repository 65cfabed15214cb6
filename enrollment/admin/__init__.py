"""The contract's pages for staff; the order's own page is offer_site/staff/order_desk.py, which
sees all apps.
"""

from . import (
    catalogue,
    clarifications,
    cohorts,
    enrollments,
    halves,
    invoices,
    offer,
    programme,
    reports,
)

__all__ = [
    "catalogue",
    "clarifications",
    "cohorts",
    "enrollments",
    "halves",
    "invoices",
    "offer",
    "programme",
    "reports",
]
