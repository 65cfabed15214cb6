"""What mail servers say of a letter afterwards, read from the bytes of their report (RFC 3464;
Exim's older form).
"""

import email
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import Message
from email.utils import parsedate_to_datetime

FAILED = "failed"
# Exim writes such texts without a part for machines, and mail.ru with it. A warning of a delay has
# other words.
EXIM_PERMANENT = "permanent error"
EXIM_COPY = re.compile(r"^-+ This is a copy of (?:the|your) message", re.MULTILINE)
MESSAGE_ID = re.compile(r"^Message-ID:\s*(<[!-;=?-~]{1,180}>)", re.IGNORECASE | re.MULTILINE)
STATUS = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
UNSAID = "5.0.0"  # a failure of which no code says more
LONGEST_SAYING = 500


@dataclass(frozen=True)
class Told:
    """What became of one copy: for whom, `failed` or another action of RFC 3464, the status,
    and the server's words.
    """

    recipients: frozenset[str]
    action: str
    status: str
    said: str = ""


@dataclass(frozen=True)
class Report:
    """A server's report about the letter with this Message-ID."""

    message_id: str
    told: tuple[Told, ...]
    written_at: datetime | None = None

    def about(self, recipient: str) -> Told | None:
        """Find what is said of a recipient's copy; a failure comes before whatever else is said."""
        ours = [each for each in self.told if recipient.lower() in each.recipients]
        return next((each for each in ours if each.action == FAILED), ours[0] if ours else None)


def read_report(raw: bytes) -> Report | None:
    """Read a report; None for any other mail,
    and for a report that does not name the letter or says nothing of it.
    """
    mail = email.message_from_bytes(raw)
    told = tuple(_told_by_parts(mail)) or tuple(_told_by_exim(mail))
    message_id = _returned_message_id(mail) if told else ""
    return Report(message_id, told, _written_at(mail)) if message_id else None


def _told_by_parts(mail: Message) -> Iterator[Told]:
    """Read the part for machines: a group of fields about the message,
    then one for each recipient.
    """
    for part in mail.walk():
        if part.get_content_type() == "message/delivery-status" and part.is_multipart():
            for fields in part.get_payload():
                if not isinstance(fields, Message) or not fields["Action"]:
                    continue
                named = (
                    _address(_field(fields, name))
                    for name in ("Original-Recipient", "Final-Recipient")
                )
                status = STATUS.search(_field(fields, "Status"))
                said = _field(fields, "Diagnostic-Code")
                yield Told(
                    frozenset(filter(None, named)),
                    _field(fields, "Action").lower(),
                    status[1] if status else UNSAID,
                    said[:LONGEST_SAYING],
                )


def _told_by_exim(mail: Message) -> Iterator[Told]:
    recipients = _field(mail, "X-Failed-Recipients")
    if not recipients or mail.is_multipart():
        return
    text = _text(mail)
    copy = EXIM_COPY.search(text)
    words = text[: copy.start()] if copy else ""
    if EXIM_PERMANENT in words:
        status = STATUS.search(words)
        said = next((line for line in words.splitlines() if status and status[1] in line), "")
        addresses = frozenset(each.strip().lower() for each in recipients.split(","))
        yield Told(
            addresses, FAILED, status[1] if status else UNSAID, _in_one_line(said)[:LONGEST_SAYING]
        )


def _returned_message_id(mail: Message) -> str:
    """Find the Message-ID of the letter that the report gives back, whole or its head;
    never the report's own.
    """
    for part in mail.walk():
        kind = part.get_content_type()
        if kind == "message/rfc822" and part.is_multipart():
            returned = part.get_payload(0)
            found = _field(returned, "Message-ID") if isinstance(returned, Message) else ""
            if found:
                return found
        if kind in ("text/rfc822-headers", "message/rfc822-headers"):
            head = MESSAGE_ID.search(_text(part))
            if head:
                return head[1]
    if not mail.is_multipart():
        text = _text(mail)
        copy = EXIM_COPY.search(text)
        head = MESSAGE_ID.search(text, copy.end()) if copy else None
        return head[1] if head else ""
    return ""


def _field(part: Message, name: str) -> str:
    return _in_one_line(str(part[name] or ""))


def _in_one_line(said: str) -> str:
    """Fold the spaces and leave out what has no shape: no database keeps a NUL."""
    return "".join(char for char in " ".join(said.split()) if char.isprintable())


def _address(typed: str) -> str:
    """Take the address out of `rfc822; name@mail.kz`."""
    return typed.rpartition(";")[2].strip().strip("<>").lower()


def _text(part: Message) -> str:
    content = part.get_payload(decode=True)
    return (
        content.decode(errors="replace").replace("\r\n", "\n") if isinstance(content, bytes) else ""
    )


def _written_at(mail: Message) -> datetime | None:
    try:
        written = parsedate_to_datetime(_field(mail, "Date"))
        return written if written.tzinfo else written.replace(tzinfo=UTC)
    except (ValueError, TypeError, OverflowError):
        return None
