"""Parsing what mail servers report of a letter afterwards (RFC 3464, and Exim's older form)."""

import email
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import Message
from email.utils import parsedate_to_datetime

from offer_site.emails import one_spelling, reported_spelling

FAILED = "failed"
# Exim, and mail.ru with it, writes such texts without a machine-readable part.
# A warning of a delay has other words.
EXIM_PERMANENT = "permanent error"
EXIM_COPY = re.compile(r"^-+ This is a copy of (?:the|your) message", re.MULTILINE)
MESSAGE_ID = re.compile(r"^Message-ID:\s*(<[!-;=?-~]{1,180}>)", re.IGNORECASE | re.MULTILINE)
STATUS = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
UNSAID = "5.0.0"  # a failure of which no code says more
LONGEST_SAYING = 500


@dataclass(frozen=True)
class Delivery:
    """The report for one recipient: the action of RFC 3464, the status and the server's words."""

    recipients: frozenset[str]
    action: str
    status: str
    diagnostic: str = ""


@dataclass(frozen=True)
class Report:
    message_id: str
    deliveries: tuple[Delivery, ...]
    written_at: datetime | None = None

    def about(self, recipient: str) -> Delivery | None:
        """What is reported for this recipient; a failure goes before anything else."""
        known = one_spelling(recipient)
        ours = [each for each in self.deliveries if known in each.recipients]
        return next((each for each in ours if each.action == FAILED), ours[0] if ours else None)


def read_report(raw: bytes) -> Report | None:
    """A parsed report; None for any other mail, and if it names no letter or says nothing of it."""
    mail = email.message_from_bytes(raw)
    deliveries = tuple(_parts_of_rfc3464(mail)) or tuple(_parts_of_exim(mail))
    message_id = _returned_message_id(mail) if deliveries else ""
    return Report(message_id, deliveries, _written_at(mail)) if message_id else None


def _parts_of_rfc3464(mail: Message) -> Iterator[Delivery]:
    """Results from the machine-readable part: fields of the message, then a group a recipient."""
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
                diagnostic = _field(fields, "Diagnostic-Code")
                yield Delivery(
                    frozenset(filter(None, named)),
                    _field(fields, "Action").lower(),
                    status[1] if status else UNSAID,
                    diagnostic[:LONGEST_SAYING],
                )


def _parts_of_exim(mail: Message) -> Iterator[Delivery]:
    recipients = _field(mail, "X-Failed-Recipients")
    if not recipients or mail.is_multipart():
        return
    text = _text(mail)
    copy = EXIM_COPY.search(text)
    words = text[: copy.start()] if copy else ""
    if EXIM_PERMANENT in words:
        status = STATUS.search(words)
        diagnostic = next((line for line in words.splitlines() if status and status[1] in line), "")
        addresses = frozenset(reported_spelling(each) for each in recipients.split(","))
        yield Delivery(
            addresses,
            FAILED,
            status[1] if status else UNSAID,
            _in_one_line(diagnostic)[:LONGEST_SAYING],
        )


def _returned_message_id(mail: Message) -> str:
    """The Message-ID of the returned letter, whole or headers only; never the report's own."""
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


def _in_one_line(text: str) -> str:
    """The text on one line of printable characters: PostgreSQL does not store a NUL."""
    return "".join(char for char in " ".join(text.split()) if char.isprintable())


def _address(typed: str) -> str:
    """The address in `rfc822; name@mail.kz`."""
    return reported_spelling(typed.rpartition(";")[2])


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
