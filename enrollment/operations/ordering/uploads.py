"""How many documents the buyers of an unpaid order send, and of how many bytes (4.3)."""

from datetime import datetime

from django.utils.translation import gettext as _

from enrollment.models import Order
from enrollment.rules.bounds import DOCUMENT_BYTES, DOCUMENTS, DOCUMENTS_KNOWN_FOR
from offer_site.attempts.operations import Attempts, attempts_about
from offer_site.documents import Document
from offer_site.errors import RuleViolation

CLAUSE = "4.3"
MEGABYTE = 1024 * 1024


class NoRoomForDocumentError(RuleViolation):
    """The buyer of this order has sent as many documents, or bytes, as it takes."""

    def __init__(self, message: str) -> None:
        super().__init__(message, clause=CLAUSE, field="document")


def require_room_for(order: Order, document: Document | None, *, at: datetime) -> None:
    """Refuse a document that finds no room, before anything of it is stored."""
    if document is not None:
        sent = _number_of(order).made(at=at) + 1
        size = _bytes_of(order).made(at=at) + len(document.content)
        _require(sent, size)


def count_document(order: Order, document: Document | None, *, at: datetime) -> None:
    """Count a document in the transaction that writes its row; what is refused is not counted.

    The counts stay locked to the transaction's end: of two documents at once the second waits, and
    is counted after the first. All orders of an invoice have one count.
    """
    if document is not None:
        sent = _number_of(order).add(at=at)
        size = _bytes_of(order).add(len(document.content), at=at)
        _require(sent, size)


def _require(sent: int, size: int) -> None:
    if sent > DOCUMENTS:
        raise NoRoomForDocumentError(
            _(
                "This order takes at most %(count)s files, and they have come. "
                "Write to us: we will help."
            )
            % {"count": DOCUMENTS}
        )
    if size > DOCUMENT_BYTES:
        raise NoRoomForDocumentError(
            _(
                "With this file there would be more than %(size)s MB for this order. "
                "Choose a smaller one, or write to us."
            )
            % {"size": DOCUMENT_BYTES // MEGABYTE}
        )


def _number_of(order: Order) -> Attempts:
    return attempts_about(_whose(order), "documents", seconds=DOCUMENTS_KNOWN_FOR)


def _bytes_of(order: Order) -> Attempts:
    return attempts_about(_whose(order), "document-bytes", seconds=DOCUMENTS_KNOWN_FOR)


def _whose(order: Order) -> str:
    return f"invoice {order.invoice_id}" if order.invoice_id else f"order {order.pk}"
