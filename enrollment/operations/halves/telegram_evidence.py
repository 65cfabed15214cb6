"""What proves words said in Telegram: our bot's numbers, or the picture kept by staff (4.3.1)."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils.translation import gettext as _

from enrollment.models import HalvesAnswer, salted_digest
from enrollment.operations.personal_data import record_sight
from offer_site.accounts.models import User
from offer_site.documents import SeenAs, read_stored
from offer_site.errors import RuleViolation
from offer_site.journal.operations import SYSTEM, actor

from .chat import about

LARGEST_PICTURE = 5_000_000  # bytes
PICTURES = {b"\x89PNG\r\n\x1a\n": "png", b"\xff\xd8\xff": "jpg", b"%PDF-": "pdf"}


@dataclass(frozen=True)
class BotEvidence:
    """A button pressed under the bot's question, in the chat that the student's link opened."""

    chat_id: int
    message_id: int
    update_id: int
    question: str
    said_at: datetime
    by: str = SYSTEM

    def fields(self, salt: str) -> dict[str, Any]:
        """The columns of `TelegramEvidence`; the chat is stored as a digest."""
        digest = hashlib.sha256(self.question.encode()).hexdigest()
        return {
            "said_at": self.said_at,
            "chat_digest": salted_digest(salt, self.chat_id),
            "message_id": self.message_id,
            "update_id": self.update_id,
            "question_sha256": digest,
        }


@dataclass(frozen=True)
class StaffEvidence:
    """What a member of staff read in Telegram, with the picture of it that is kept."""

    picture: str
    picture_sha256: str
    recorded_by: User
    said_at: datetime

    @property
    def by(self) -> str:
        return actor(self.recorded_by)

    def fields(self, salt: str) -> dict[str, Any]:
        return {
            "said_at": self.said_at,
            "recorded_by": self.recorded_by,
            "picture": self.picture,
            "picture_sha256": self.picture_sha256,
        }


AnyEvidence = BotEvidence | StaffEvidence


def facts_of(evidence: AnyEvidence, salt: str) -> dict[str, Any]:
    """What the journal keeps: numbers and digests, no personal value."""
    fields = evidence.fields(salt)
    kept = {
        name: fields[name] for name in fields if name not in ("said_at", "recorded_by", "picture")
    }
    return {"said_at": evidence.said_at.isoformat(), **kept}


def keep_picture(content: bytes, *, said_at: datetime, by: User) -> StaffEvidence:
    """Store a picture of the exchange, encrypted; raise RuleViolation for any other file.

    If the operation that needs it is refused afterwards, the caller passes it to `forget_picture`.
    """
    suffix = next((suffix for magic, suffix in PICTURES.items() if content.startswith(magic)), None)
    if suffix is None or len(content) > LARGEST_PICTURE:
        raise RuleViolation(
            _("A picture is a PNG, JPEG or PDF file of 5 MB at most."),
            clause="4.3.1",
            field="picture",
        )
    name = default_storage.save(
        f"halves/{said_at:%Y/%m}/{uuid4().hex}.{suffix}", ContentFile(content)
    )
    return StaffEvidence(name, hashlib.sha256(content).hexdigest(), by, said_at)


def forget_picture(evidence: StaffEvidence) -> None:
    """Delete a picture that no row names."""
    default_storage.delete(evidence.picture)


@transaction.atomic
def show_picture(*, answer: HalvesAnswer, by: str, at: datetime) -> bytes:
    """Return the picture that staff recorded with an answer, and journal who saw it (5.4).

    Raises StoredFileError unless it is byte for byte what they recorded.
    """
    seen = SeenAs(
        about=about(answer.proposal.request),
        verb="halves.picture_seen",
        facts={"answer": answer.pk},
    )
    record_sight(seen, by=by, at=at)
    return read_stored(answer.picture, sha256=answer.picture_sha256)
