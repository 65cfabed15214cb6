"""Letters as a mail program reads them: a stored one, or the folder of a development site."""

import email
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

from .attachments import Attachment
from .backends import mail_folder

NEWEST = 200


@dataclass(frozen=True)
class StoredLetter:
    name: str
    message: EmailMessage

    @property
    def at(self) -> datetime | None:
        return self.message["Date"].datetime if self.message["Date"] else None

    @property
    def text(self) -> str:
        return self.part("plain")

    @property
    def html(self) -> str:
        return self.part("html")

    def part(self, kind: str) -> str:
        body = self.message.get_body((kind,))
        return body.get_content() if body else ""

    @property
    def attachments(self) -> list[Attachment]:
        return [
            Attachment(part.get_filename() or "", part.get_content_type(), part.get_content())
            for part in self.message.iter_attachments()
        ]


def newest_letters() -> Iterator[StoredLetter]:
    for path in sorted(letter_files(), reverse=True)[:NEWEST]:
        yield read_letter(path)


def letter_named(name: str) -> StoredLetter | None:
    """A letter of the folder by its name; no other path is ever opened."""
    return next((read_letter(path) for path in letter_files() if path.name == name), None)


def letter_files() -> list[Path]:
    folder = mail_folder()
    return (
        [path for path in folder.glob("*.eml") if not path.name.startswith(".")]
        if folder.is_dir()
        else []
    )


def read_letter(path: Path) -> StoredLetter:
    return parse_letter(path.name, path.read_bytes())


def parse_letter(name: str, raw: bytes) -> StoredLetter:
    return StoredLetter(name, email.message_from_bytes(raw, policy=default))
