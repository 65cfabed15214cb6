"""The contract's pages for staff; the order's own page is offer_site/staff/order_desk.py, which
sees all apps.
"""

from . import (
    catalogue,
    claims,
    clarifications,
    cohorts,
    enrollments,
    force_majeure,
    halves,
    invoices,
    offer,
    reports,
)

__all__ = [
    "catalogue",
    "claims",
    "clarifications",
    "cohorts",
    "enrollments",
    "force_majeure",
    "halves",
    "invoices",
    "offer",
    "reports",
]
