"""A mail of anybody, read safely: text only, bounded, never more than it says.

The sender writes every line of it, so nothing here is believed. HTML is read for its words; what
is packed is not opened. A mail that would take too long to take apart stays whole and unread.
Bounds come before the parser of Python, whose time grows with the square of what it is given.
"""

import hashlib
import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.utils import getaddresses, parsedate_to_datetime
from html import unescape

from offer_site.emails import one_spelling
from offer_site.mails import LONGEST_FIELD, LONGEST_HEAD, decoded, head_of, taken_apart

log = logging.getLogger(__name__)

LONGEST_TEXT = 200_000
LONGEST_HTML = 500_000
MOST_PARTS = 300
MOST_FILES = 100
MOST_LEVELS = 60  # parts within parts, as they may be at most
# What taking apart costs at most: every line passes every level above it.
MOST_STEPS = 4_000_000
SOME_ID = re.compile(r"<[!-;=?-~]{1,380}>")
LEVELS = re.compile(rb"boundary\s*\*?\d*\*?\s*=|message/(?:rfc822|global|partial)", re.IGNORECASE)
QUOTED = re.compile(r"^\s*>")
COMMENT = re.compile(r"<!--(?:-?>|.*?--!?>)", re.DOTALL)
DECLARATION = re.compile(r"<[!?][^>]*>")
# A tag ends behind its values in quotes; one whose quotes have no end, at the first sign.
TAG = re.compile(
    r"<(?P<closes>/?)(?P<name>[a-zA-Z][^\s/<>]*)"
    r"(?:(?>[^<>\"']+|\"[^\"<]*\"|'[^'<]*')*+>|[^>]*>)"
)
SILENT = {
    name: re.compile(f"</{name}[^>]*>", re.IGNORECASE)
    for name in ("script", "style", "title", "template")
}
BREAKS = frozenset({"br", "p", "div", "tr", "li", "h1", "h2", "h3", "table", "blockquote"})
ODD = (RecursionError, ValueError, LookupError, HeaderParseError, TypeError, AttributeError)


@dataclass(frozen=True)
class AttachedFile:
    name: str
    content_type: str
    content: bytes

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


@dataclass(frozen=True)
class ReadLetter:
    """A mail as its reader sees it; `sender` is empty where the mail names none or several."""

    sender: str = ""
    recipient: str = ""
    subject: str = ""
    text: str = ""
    message_id: str = ""
    # Message-IDs that it answers, the nearest first.
    answers: tuple[str, ...] = ()
    written_at: datetime | None = None
    files: tuple[AttachedFile, ...] = ()
    is_automatic: bool = False
    # Too deep or too long to take apart: only its head was read.
    is_head_only: bool = False
    authentication: tuple[str, ...] = ()

    @property
    def has_text(self) -> bool:
        """True if its writer wrote something, and not only quoted; or if nobody can tell."""
        written = (line.strip() and not QUOTED.match(line) for line in self.text.splitlines())
        return self.is_head_only or any(written)

    def found_by(self, domain: str) -> str:
        """What the mail server of this domain wrote of the sender (RFC 8601).

        A server writes above all that it was given, so only the first such field can be its own.
        """
        first = next(iter(self.authentication), "")
        server = first.partition(";")[0].split(" ")[0].lower()
        is_ours = server == domain or server.endswith(f".{domain}")
        return first if is_ours and domain else ""


def read_letter(raw: bytes) -> ReadLetter:
    """The letter in these bytes; whatever cannot be read of it is left out."""
    levels = len(LEVELS.findall(raw))
    too_much = (
        levels > MOST_LEVELS
        or (levels + 1) * raw.count(b"\n") > MOST_STEPS
        or len(head_of(raw)) > LONGEST_HEAD
    )
    for head_only in (False, True)[too_much:]:
        try:
            return _read(raw, head_only=head_only)
        # The parser of Python has its own bugs: the bytes are kept all the same.
        except Exception:
            log.exception("a mail could not be taken apart")
    return ReadLetter(is_head_only=True)


def _read(raw: bytes, *, head_only: bool) -> ReadLetter:
    content = head_of(raw)[:LONGEST_HEAD] if head_only else raw
    mail = taken_apart(content)
    senders = _all(mail, "From")
    texts: list[str] = []
    files: list[AttachedFile] = []
    if not head_only:
        texts, files = _contents(mail)
    return ReadLetter(
        sender=_address(senders[0]) if len(senders) == 1 else "",
        recipient=_address(_one(mail, "To")),
        subject=_in_one_line(_words(_one(mail, "Subject")))[:400],
        text="\n".join(texts).strip()[:LONGEST_TEXT],
        message_id=next(iter(SOME_ID.findall(_field(_one(mail, "Message-ID")))), ""),
        answers=tuple(_answered(mail)),
        written_at=_moment(_one(mail, "Date")),
        files=tuple(files),
        is_automatic=_is_automatic(mail),
        is_head_only=head_only,
        authentication=tuple(
            _in_one_line(_field(each))[:2000] for each in _all(mail, "Authentication-Results")[:10]
        ),
    )


def identity_of(raw: bytes, letter: ReadLetter) -> str:
    """One digest for one letter, wherever its mailbox keeps it, and whatever servers add above.

    Its body and what its sender wrote of it; a Message-ID alone could hide another's letter.
    """
    body = raw.replace(b"\r\n", b"\n").partition(b"\n\n")[2]
    written = letter.written_at.isoformat() if letter.written_at else ""
    said = "\n".join((letter.message_id, letter.sender, letter.subject, written))
    return hashlib.sha256(said.encode() + b"\n\n" + body).hexdigest()


def _all(mail: Message, name: str) -> list[str]:
    """Every field of this name, as it came: Python would put signs in the place of its letters."""
    return [str(value) for field, value in mail.raw_items() if field.lower() == name.lower()]


def _one(mail: Message, name: str) -> str:
    return next(iter(_all(mail, name)), "")


def _contents(mail: Message) -> tuple[list[str], list[AttachedFile]]:
    """The texts to read, and the files; HTML only where an alternative has no plain text."""
    plain: list[str] = []
    html: list[str] = []
    files: list[AttachedFile] = []
    for part in _parts(mail):
        kind = part.get_content_type()
        name = _name_of(part)
        is_file = part.get_content_disposition() == "attachment" or bool(name)
        if not is_file and kind == "text/plain":
            plain.append(_text_of(part))
        elif not is_file and kind == "text/html":
            html.append(words_of_html(_text_of(part)))
        elif len(files) < MOST_FILES:
            named = name or f"{len(files) + 1}"
            files.append(AttachedFile(named, _printable(kind)[:100], _bytes_of(part)))
    has_plain = any(each.strip() for each in plain)
    return (plain if has_plain else html), files


def _parts(mail: Message) -> Iterator[Message]:
    """The parts that are no frames, in order; a mail inside a mail is one file."""
    waiting = [mail]
    seen = 0
    while waiting and seen < MOST_PARTS:
        part = waiting.pop(0)
        seen += 1
        if part.get_content_maintype() == "multipart" and part.is_multipart():
            waiting = [each for each in part.get_payload() if isinstance(each, Message)] + waiting
        else:
            yield part


def _bytes_of(part: Message) -> bytes:
    if part.is_multipart():  # a mail that was attached
        carried = part.get_payload()
        try:
            return b"".join(each.as_bytes() for each in carried if isinstance(each, Message))
        except ODD:
            return b""
    # Python would decode it first in whatever codec is told here.
    del part["Content-Type"]
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


def _text_of(part: Message) -> str:
    told = part.get_content_charset() or ""
    content = _bytes_of(part)
    return _printable(decoded(content[: 4 * LONGEST_HTML], told))


def words_of_html(html: str) -> str:
    """The words of a page: no scripts, no styles, no pictures, no links to follow.

    A page may be cut anywhere. What is silent and never ends is read for its words all the same.
    """
    page, rest = _without_marks(html[:LONGEST_HTML])
    words: list[str] = []
    endless: set[str] = set()
    place = 0
    while tag := TAG.search(page, place):
        words.append(page[place : tag.start()])
        place = tag.end()
        name = tag["name"].lower()
        if name in BREAKS:
            words.append("\n")
        if name in SILENT and not tag["closes"] and name not in endless:
            end = SILENT[name].search(page, place)
            if end:
                place = end.end()
            else:
                endless.add(name)
    text = unescape("".join([*words, page[place:], rest]))
    lines = (" ".join(line.split()) for line in text.splitlines())
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _without_marks(html: str) -> tuple[str, str]:
    """The page without comments and declarations, and what stands behind its last sign `>`.

    So each pattern finds its end: looking for one that is not there takes quadratic time.
    """
    ends = (html.rfind(each) + len(each) for each in ("-->", "--!>") if each in html)
    last = max(ends, default=0)
    page = COMMENT.sub(" ", html[:last]) + html[last:].replace("<!--", " ")
    end = page.rfind(">") + 1
    return DECLARATION.sub(" ", page[:end]), page[end:]


def _answered(mail: Message) -> Iterator[str]:
    known = [*SOME_ID.findall(_field(_one(mail, "In-Reply-To")))]
    known += reversed(SOME_ID.findall(_field(_one(mail, "References"))))
    yield from list(dict.fromkeys(known))[:50]


def _is_automatic(mail: Message) -> bool:
    """True for what a program answers, as on leave (RFC 3834); such a letter is no notice."""
    told = _field(_one(mail, "Auto-Submitted")).lower()
    return (bool(told) and not told.startswith("no")) or bool(
        mail["X-Autoreply"] or mail["X-Autorespond"]
    )


def _address(field: str) -> str:
    """The one address of a field, in one spelling; empty where it names none or several."""
    found = [each for _name, each in getaddresses([_field(field)]) if each]
    return one_spelling(found[0])[:320] if len(found) == 1 and "@" in found[0] else ""


def _name_of(part: Message) -> str:
    """The name of a file, without folders and signs that no name has."""
    told = part.get_filename() or ""
    name = _in_one_line(_words(told)).replace("\\", "/").rpartition("/")[2]
    return name.strip(". ")[:200]


def _moment(field: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(_field(field))
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return moment.astimezone(UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def _field(value: str) -> str:
    text = value[:LONGEST_FIELD]
    return _printable(text.encode("utf-8", "surrogateescape").decode("utf-8", "replace"))


def _words(value: str) -> str:
    """A field whose words may be written in Base64 or Q, in any alphabet."""
    text = value[:LONGEST_FIELD]
    pieces = []
    try:
        coded = decode_header(text)
    except ODD:
        coded = [(text, None)]
    for piece, told in coded:
        if isinstance(piece, bytes):
            pieces.append(decoded(piece, told or ""))
        else:
            # Letters that were sent as they are, without being coded.
            pieces.append(decoded(piece.encode("utf-8", "surrogateescape"), ""))
    return _printable("".join(pieces))


def _in_one_line(text: str) -> str:
    return " ".join(text.split())


def _printable(text: str) -> str:
    """The text without signs that no database keeps and that turn a line around."""
    return "".join(char for char in text if char.isprintable() or char in "\n\t")
