"""The nouns of the journal."""

from .entry import HOUSE, SEALED_WITHIN, Chain, Entry, row_digest, row_text
from .seal import FIRST, Seal, SealedHead, seal_text

__all__ = [
    "FIRST",
    "HOUSE",
    "SEALED_WITHIN",
    "Chain",
    "Entry",
    "Seal",
    "SealedHead",
    "row_digest",
    "row_text",
    "seal_text",
]
