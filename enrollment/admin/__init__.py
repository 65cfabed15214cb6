"""The contract's pages for staff; those of an order and of an edition are in offer_site/staff,
which sees all apps.
"""

from . import (
    catalogue,
    claims,
    clarifications,
    cohorts,
    conduct,
    deadlines,
    drafts,
    edition_notices,
    enrollments,
    force_majeure,
    halves,
    invoices,
    offer,
    partners,
    programme,
    reports,
    works,
)

__all__ = [
    "catalogue",
    "claims",
    "clarifications",
    "cohorts",
    "conduct",
    "deadlines",
    "drafts",
    "edition_notices",
    "enrollments",
    "force_majeure",
    "halves",
    "invoices",
    "offer",
    "partners",
    "programme",
    "reports",
    "works",
]
