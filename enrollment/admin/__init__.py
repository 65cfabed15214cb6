"""The contract's pages for staff; those of an order and of an edition are in offer_site/staff,
which sees all apps.
"""

from . import (
    catalogue,
    clarifications,
    cohorts,
    conduct,
    deadlines,
    drafts,
    edition_notices,
    enrollments,
    halves,
    invoices,
    offer,
    reports,
)

__all__ = [
    "catalogue",
    "clarifications",
    "cohorts",
    "conduct",
    "deadlines",
    "drafts",
    "edition_notices",
    "enrollments",
    "halves",
    "invoices",
    "offer",
    "reports",
]
