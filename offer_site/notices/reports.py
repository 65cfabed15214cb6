"""Parsing what mail servers report of a letter afterwards.

Most write the parts of RFC 3464 (and 6533 for addresses in UTF-8). Others write a text: Exim, and
mail.ru with it; Gmail in its older form; qmail; Sendmail before it knew parts; servers of offices.
A text counts only if a server wrote it, it speaks of a failure for good, and gives the letter back.
A report may lie inside another mail, as when a server or a person passes it on.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.utils import parsedate_to_datetime

from offer_site.emails import one_spelling, reported_spelling
from offer_site.mails import LONGEST_HEAD, decoded, taken_apart

FAILED = "failed"
DELAYED = "delayed"
NO_STATUS = "5.0.0"  # a failure of which no code says more
LONGEST_DIAGNOSTIC = 500
LONGEST_TEXT = 100_000  # a report's own words stand in its beginning
LONGEST_REPORT = 512_000  # bytes; a report gives the letter back: the beginning is enough

MESSAGE_ID = re.compile(r"^Message-ID:\s*(<[!-;=?-~]{1,180}>)", re.IGNORECASE | re.MULTILINE)
SOME_ID = re.compile(r"<[!-;=?-~]{1,180}>")
# 5.1.1, also as qmail writes it: (#5.1.1)
STATUS = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])")
SMTP_CODE = re.compile(r"(?<![\d.#-])(5\d\d)(?=[ -]|$)", re.MULTILINE)
# No longer than RFC 5321 lets them be, else looking for one takes quadratic time.
ADDRESS = re.compile(r"[^\s<>\"'();:,@\[\]]{1,256}@[^\s<>\"'();:,\[\]]{1,255}[^\s<>\"'();:,.\[\]]")
FIELD = re.compile(r"^([!-9;-~]+):[ \t]*(.*)$")
HOLDS_MAIL = re.compile(rb"^content-type:\s*message/(rfc822|global)\s*(;|$)", re.IGNORECASE)
FIELD_OF_HEAD = re.compile(rb"^[!-9;-~]+[ \t]*:")
XTEXT = re.compile(r"\+([0-9A-F]{2})")

STATUS_PARTS = ("message/delivery-status", "message/global-delivery-status")
HEAD_PARTS = ("text/rfc822-headers", "message/rfc822-headers", "message/global-headers")
LETTER_PARTS = ("message/rfc822", "message/global", "text/rfc822", "message/partial")

SERVERS = re.compile(
    r"\b(mailer-daemon|postmaster|mail-daemon|mdaemon|bounces?|delivery)@"
    r"|mail (delivery|deliver|administrator)|delivery (sub)?system|mailer.?daemon|postmaster",
    re.IGNORECASE,
)
SUBJECTS = re.compile(
    r"undeliver|delivery (status|failure|failed|has failed|report|notification)|delivery_failure"
    r"|returned mail|mail (delivery )?(failed|failure|error)|failure notice|could not be delivered"
    r"|не ?доставлен|недостав|возвращ[её]н|жеткізілме",
    re.IGNORECASE,
)
# A server that says this goes on trying.
DELAY = re.compile(
    r"warning message only|(has|have) been delayed|not yet been delivered|no action is required"
    r"|will (continue to try|be retried|keep trying|retry|try again)|still trying"
    r"|delivery (is |was |of .{0,80})?delayed|temporary (problem|failure) .{0,40}will"
    r"|do not need to resend",
    re.IGNORECASE | re.DOTALL,
)
# A server that says this has given up.
GIVEN_UP = re.compile(
    r"permanent|fatal error|giving up|given up|i've given up|not going to try again|giving it up"
    r"|(could|can) ?not be (delivered|reached)|(was|were) not delivered|not be delivered"
    r"|undeliverable|delivery (has )?failed|fail(ed|ure)|unable to deliver|wasn't able to deliver"
    r"|did not reach|no such (user|address|mailbox|person)|(user|mailbox|address) (is )?(un|not )"
    r"|retry timeout exceeded|in the queue too long|не (была? )?доставлен|не удалось доставить",
    re.IGNORECASE,
)
# Where the returned letter begins in a text.
COPY = re.compile(
    r"^[ \t]*(?:"
    r"-+ ?This is a copy of (?:the|your) message"  # Exim
    r"|--- ?Below this line is a copy of the message"  # qmail
    r"|-{3,} ?(?:Original|Unsent|Returned|Undelivered) (?:message|mail)"  # Gmail, Sendmail, MS
    r"|-{2,} ?(?:Original message follows|Your original message|Message header(?:s)? follow)"
    r"|-{3,} ?(?:The header of the original message|Header of the original message)"
    r"|(?:Original|Returned) message(?: (?:follows|headers|header))?:?[ \t]*$"
    r"|(?:Original message )?headers?(?: follow)?:?[ \t]*$"
    r"|Return-Path: |Received: |Message-ID: "
    r")",
    re.IGNORECASE | re.MULTILINE,
)


@dataclass(frozen=True)
class Delivery:
    """The report for one recipient: the action of RFC 3464, the status and the server's words."""

    recipients: frozenset[str]
    action: str
    status: str
    diagnostic: str = ""


@dataclass(frozen=True)
class Report:
    """What a server tells of letters with these Message-IDs; the surest stands first."""

    message_ids: tuple[str, ...]
    deliveries: tuple[Delivery, ...]
    written_at: datetime | None = None

    def about(self, recipient: str) -> Delivery | None:
        """What is reported for this recipient; a failure goes before anything else."""
        known = one_spelling(recipient)
        ours = [each for each in self.deliveries if known in each.recipients]
        return next((each for each in ours if each.action == FAILED), ours[0] if ours else None)


def may_be_report(head: bytes) -> bool:
    """True if a mail with this head may be a report, so that the mail itself is to be read."""
    mail = taken_apart(refolded(head[:LONGEST_HEAD]))
    kind = _field(mail, "Content-Type").lower()
    return (
        "multipart/report" in kind
        or "delivery-status" in kind
        or mail["X-Failed-Recipients"] is not None
        or _is_of_a_server(mail)
        or bool(SUBJECTS.search(_decoded(mail, "Subject")))
    )


def read_report(raw: bytes) -> Report | None:
    """A parsed report; None for any other mail, and if it names no letter or says nothing of it."""
    mail = taken_apart(refolded(raw[:LONGEST_REPORT]))
    deliveries: tuple[Delivery, ...] = ()
    for each in _mails_within(mail):
        deliveries = tuple(_deliveries_by_parts(each)) or tuple(_delivery_by_text(each))
        if deliveries:
            break
    message_ids = tuple(dict.fromkeys(_returned_ids(mail, raw))) if deliveries else ()
    return Report(message_ids, deliveries, _written_at(mail)) if message_ids else None


def refolded(raw: bytes) -> bytes:
    """The mail with its heads folded again: some servers cut long fields and forget the space.

    What begins a line of a head and is no field is the rest of the field before it. A head is the
    mail's own, that of a part behind its boundary, or that of a mail inside such a part.
    """
    lines = raw.split(b"\n")
    in_head = bool(FIELD_OF_HEAD.match(lines[0]))
    is_first = True
    holds_mail = False
    for number, line in enumerate(lines):
        if in_head:
            holds_mail |= bool(HOLDS_MAIL.match(line))
            if not line.strip():
                in_head = holds_mail
                holds_mail = False
                is_first = True
                continue
            if not is_first and not FIELD_OF_HEAD.match(line) and line[:1] not in (b" ", b"\t"):
                lines[number] = b" " + line
            is_first = False
        elif line.startswith(b"--") and number + 1 < len(lines):
            in_head = lines[number + 1][:8].lower() == b"content-"
            is_first = True
    return b"\n".join(lines)


def _mails_within(mail: Message) -> Iterator[Message]:
    """The mail itself, then those that it carries: a report may have been passed on."""
    yield mail
    for part in mail.walk():
        if part is not mail and part.get_content_type() in LETTER_PARTS and part.is_multipart():
            carried = part.get_payload(0)
            if isinstance(carried, Message):
                yield carried


def _deliveries_by_parts(mail: Message) -> Iterator[Delivery]:
    """Results from the machine-readable part: fields of the message, then a group a recipient."""
    for part in mail.walk():
        if part.get_content_type() in STATUS_PARTS:
            for fields in _groups(part):
                delivery = _delivery_of(fields)
                if delivery:
                    yield delivery


def _delivery_of(fields: dict[str, str]) -> Delivery | None:
    """One group of fields; None where it names no recipient, or says nothing of the result."""
    recipients = frozenset(
        reported_spelling(each)
        for name in ("original-recipient", "final-recipient", "x-actual-recipient")
        for each in _addresses(fields.get(name, ""))
    )
    found = STATUS.search(fields.get("status", "")) or STATUS.search(
        fields.get("diagnostic-code", "")
    )
    action = fields.get("action", "").lower().split(" ")[0].strip(";.")
    if not action and found:  # some leave the action out
        action = {"5": FAILED, "4": DELAYED}.get(found[1][0], "")
    if action.startswith(("fail", "expired", "undeliver")):
        action = FAILED
    if not recipients or not action:
        return None
    return Delivery(
        recipients,
        action,
        found[1] if found else NO_STATUS,
        fields.get("diagnostic-code", "")[:LONGEST_DIAGNOSTIC],
    )


def _groups(part: Message) -> Iterator[dict[str, str]]:
    """The groups of fields of a status part; a line that is no field goes on with the one before.

    The parser has cut the part at its empty lines, or left it in one piece.
    """
    content = part.get_payload()
    pieces = content if isinstance(content, list) else [part]
    for piece in pieces:
        if not isinstance(piece, Message):
            continue
        lines = [f"{name}: {value}" for name, value in piece.raw_items()]
        if piece is part:
            lines = []
        rest = piece.get_payload(decode=True) if piece is part else piece.get_payload()
        text = "\n".join(lines) + "\n" + _as_text(rest)
        for group in re.split(r"\n[ \t]*\n", text.replace("\r\n", "\n")):
            fields: dict[str, str] = {}
            last = ""
            for line in group.splitlines():
                field = FIELD.match(line)
                if field and not line.startswith((" ", "\t")):
                    last = field[1].lower()
                    fields.setdefault(last, "")
                    fields[last] += f" {field[2]}"
                elif last:
                    fields[last] += f" {line}"
            if fields:
                yield {name: _in_one_line(value) for name, value in fields.items()}


def _delivery_by_text(mail: Message) -> Iterator[Delivery]:
    """The result from a text that a server wrote for people."""
    failed_recipients = mail["X-Failed-Recipients"] is not None
    if not failed_recipients and not _is_of_a_server(mail):
        return
    text = _words_of(mail)
    copy = COPY.search(text)
    words = text[: copy.start()] if copy else text
    recipients = frozenset(
        reported_spelling(each)
        for each in (*_addresses(_field(mail, "X-Failed-Recipients")), *_addresses(words))
    )
    if not recipients:
        return
    codes = [code for code in STATUS.findall(words) if code[0] == "5"]
    has_given_up = bool(GIVEN_UP.search(words) or codes or SMTP_CODE.search(words))
    if DELAY.search(words) and not codes:
        yield Delivery(recipients, DELAYED, "4.0.0")
    elif has_given_up:
        any_code = codes or STATUS.findall(words)
        mark = any_code[0] if any_code else ""
        diagnostic = next((line for line in words.splitlines() if mark and mark in line), "")
        if not diagnostic:
            diagnostic = next((line for line in words.splitlines() if SMTP_CODE.search(line)), "")
        diagnostic = _in_one_line(diagnostic)[:LONGEST_DIAGNOSTIC]
        yield Delivery(recipients, FAILED, mark or NO_STATUS, diagnostic)


def _is_of_a_server(mail: Message) -> bool:
    """True if a server sent the mail: no sender to answer to, or a server's name."""
    path = mail["Return-Path"]
    return (path is not None and str(path).strip() == "<>") or bool(
        SERVERS.search(_decoded(mail, "From"))
    )


def _returned_ids(mail: Message, raw: bytes) -> Iterator[str]:
    """Message-IDs of the returned letter, whole or headers only; never the report's own.

    The innermost of nested reports is the letter. Whatever gives our Message-ID had the letter.
    """
    for part in mail.walk():
        kind = part.get_content_type()
        if kind in (*LETTER_PARTS, *HEAD_PARTS) and part.is_multipart():
            returned = part.get_payload(0)
            if isinstance(returned, Message):
                yield from SOME_ID.findall(_field(returned, "Message-ID"))
        elif kind in HEAD_PARTS or kind in LETTER_PARTS or kind == "text/plain":
            yield from MESSAGE_ID.findall(_text(part))
        if kind in STATUS_PARTS:
            for fields in _groups(part):
                for name in ("x-original-message-id", "original-message-id"):
                    yield from SOME_ID.findall(fields.get(name, ""))
    # A returned head that lost its folding, or whose part has no kind: as it came.
    _own_head, _empty, body = raw.replace(b"\r\n", b"\n").partition(b"\n\n")
    yield from MESSAGE_ID.findall(body[: 10 * LONGEST_TEXT].decode("ascii", "replace"))
    for name in ("In-Reply-To", "References"):
        yield from SOME_ID.findall(_field(mail, name))


def _words_of(mail: Message) -> str:
    """The first text of a mail, without what it returns; HTML only where there is nothing else."""
    html = ""
    for part in mail.walk():
        kind = part.get_content_type()
        if kind in LETTER_PARTS:
            break
        if kind == "text/plain" and _text(part).strip():
            return _text(part)[:LONGEST_TEXT]
        if kind == "text/html" and not html:
            html = re.sub(r"<(?:br|/p|/div|/tr)\b[^<>]*>", "\n", _text(part), flags=re.IGNORECASE)
            html = re.sub(r"<(?![^<>\s]{1,320}@)[^<>]*>", " ", html)[:LONGEST_TEXT]
    return html.replace("&lt;", "<").replace("&gt;", ">").replace("&nbsp;", " ")


def _field(part: Message, name: str) -> str:
    return _in_one_line(_as_text(str(part[name] or "")))


def _decoded(mail: Message, name: str) -> str:
    """A field of the head whose words may be written in Base64."""
    pieces = []
    try:
        for piece, charset in decode_header(_field(mail, name)):
            pieces.append(decoded(piece, charset or "") if isinstance(piece, bytes) else piece)
    except (LookupError, ValueError, HeaderParseError):
        return _field(mail, name)
    return " ".join(pieces)


def _in_one_line(text: str) -> str:
    """The text on one line of printable characters: PostgreSQL does not store a NUL."""
    return "".join(char for char in " ".join(text.split()) if char.isprintable())


def _addresses(typed: str) -> Iterator[str]:
    """The addresses in `rfc822; name@mail.kz`, also as RFC 3461 codes it (+2B for a plus)."""
    for found in ADDRESS.findall(typed):
        yield found
        if XTEXT.search(found):
            yield XTEXT.sub(lambda code: chr(int(code[1], 16)), found)


def _text(part: Message) -> str:
    content = part.get_payload(decode=True)
    if not isinstance(content, bytes):
        return ""
    return decoded(content, part.get_content_charset() or "").replace("\r\n", "\n")


def _as_text(content: object) -> str:
    """What the parser gives for raw bytes, read as UTF-8."""
    if isinstance(content, bytes):
        return content.decode("utf-8", "replace")
    if not isinstance(content, str):
        return ""
    return content.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _written_at(mail: Message) -> datetime | None:
    try:
        written = parsedate_to_datetime(_field(mail, "Date"))
        return written if written.tzinfo else written.replace(tzinfo=UTC)
    except (ValueError, TypeError, OverflowError):
        return None
