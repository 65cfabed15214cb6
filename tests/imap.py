"""A mailbox at the far edge: a little IMAP server of our own over real TCP (RFC 3501).

`Manner` says in what the servers of mail.ru, Yandex, Gmail and Office 365, and those that keep all
folders below `INBOX.`, differ from the standard and from each other.
"""

import re
import shlex
import socketserver
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import Message
from email.parser import BytesHeaderParser
from functools import cache
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import quote

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.processes import serving

USER = "Lesbek.l@mail.ru"
PASSWORD = "a password with @ and /"
SEEN = r"\Seen"
DELETED = r"\Deleted"
SIGNED_OUT = ("CAPABILITY", "LOGIN", "LOGOUT", "NOOP")


@dataclass(frozen=True)
class Manner:
    """How one server speaks."""

    capabilities: tuple[str, ...] = ("IMAP4rev1", "MOVE", "UIDPLUS")
    # The keys of SEARCH that it knows; None: all of RFC 3501.
    searches: frozenset[str] | None = None
    # Answers NO to HEADER.FIELDS.
    refuses_header_fields: bool = False
    # What it answers to a FETCH of a range that holds no mail.
    nothing: str = "OK FETCH done"
    # The prefix without which it makes no folder.
    prefix: str = ""
    # Puts the UID behind the content, and tells of flags unasked.
    uid_last: bool = False
    # SELECT tells no UIDNEXT.
    tells_uid_next: bool = True
    # The folder of spam, as its name goes over the wire, and what the server says of it, to whom.
    junk: str = "Junk"
    junk_flag: str = "\\Junk"
    tells_use: tuple[str, ...] = ("LIST",)
    between: str = "/"
    # Answers LIST with names as literals.
    literal_names: bool = False
    # Signs in with any password, and then answers BAD to everything.
    disconnected: bool = False


MAIL_RU = Manner(
    capabilities=("IMAP4rev1", "ID", "XLIST", "UIDPLUS", "UNSELECT", "MOVE", "LIST-STATUS"),
    searches=frozenset({"ALL", "SEEN", "UNSEEN", "FLAGGED"}),
    refuses_header_fields=True,
    junk="&BCEEPwQwBDw-",
    junk_flag="\\Spam",
    tells_use=("XLIST",),
)
YANDEX = Manner(
    capabilities=("IMAP4rev1", "CHILDREN", "UNSELECT", "NAMESPACE", "UIDPLUS", "ID", "MOVE"),
    nothing="BAD [CLIENTBUG] FETCH Wrong messages set",
    tells_uid_next=False,
    junk="Spam",
    between="|",
)
GMAIL = Manner(
    capabilities=("IMAP4rev1", "UNSELECT", "NAMESPACE", "UIDPLUS", "MOVE", "X-GM-EXT-1"),
    uid_last=True,
    junk="[Gmail]/&BCEEPwQwBDw-",
    literal_names=True,
)
OFFICE_365 = Manner(
    capabilities=("IMAP4", "IMAP4rev1", "UIDPLUS", "MOVE", "CHILDREN", "NAMESPACE", "LITERAL+"),
    searches=frozenset({"ALL", "UNDELETED", "SINCE", "UID"}),
    nothing="BAD The specified message set is invalid.",
    refuses_header_fields=True,
    uid_last=True,
    junk="Junk Email",
    tells_use=(),
)
BELOW_INBOX = Manner(
    capabilities=("IMAP4rev1", "NAMESPACE", "UIDPLUS"),
    prefix="INBOX.",
    tells_uid_next=False,
    junk="INBOX.spam",
    tells_use=(),
    between=".",
)
BELOW_INBOX_UNSAID = Manner(
    capabilities=("IMAP4rev1",), prefix="INBOX.", junk="INBOX.Junk", tells_use=(), between="."
)
MANNERS = {
    "mail.ru": MAIL_RU,
    "Yandex": YANDEX,
    "Gmail": GMAIL,
    "Office 365": OFFICE_365,
    "below INBOX": BELOW_INBOX,
    "below INBOX, unsaid": BELOW_INBOX_UNSAID,
}


@dataclass
class Mail:
    """One mail in a folder."""

    uid: int
    raw: bytes
    arrived_at: datetime
    flags: set[str] = field(default_factory=set)

    @property
    def head(self) -> Message:
        return BytesHeaderParser().parsebytes(self.raw)

    @property
    def raw_head(self) -> bytes:
        head, empty, _body = self.raw.partition(b"\r\n\r\n")
        return head + empty


@dataclass
class MailboxServer:
    """What the server keeps and can; to commands in `refuses` it answers NO,
    at `breaks_at` it hangs up, and FETCH of a mail in `spoiled` is refused.
    """

    url: str = ""
    manner: Manner = Manner()
    folders: dict[str, list[Mail]] = field(default_factory=lambda: {"INBOX": []})
    refuses: set[str] = field(default_factory=set)
    breaks_at: str = ""
    spoiled: set[int] = field(default_factory=set)
    # UIDs whose whole mail was asked for.
    fetched: list[int] = field(default_factory=list)
    heads: list[int] = field(default_factory=list)
    # How each folder was opened: (verb, name).
    opened: list[tuple[str, str]] = field(default_factory=list)
    sessions: int = 0
    last_uid: int = 0
    uid_validity: int = 1

    def receive(self, raw: bytes, *, at: datetime, folder: str = "INBOX") -> Mail:
        """Put a mail into the inbox, or into a folder, as the world outside does."""
        self.last_uid += 1
        mail = Mail(self.last_uid, raw, at)
        self.folders.setdefault(folder, []).append(mail)
        return mail

    def receive_as_spam(self, raw: bytes, *, at: datetime) -> Mail:
        return self.receive(raw, at=at, folder=self.manner.junk)

    def uids(self, folder: str = "INBOX") -> list[int]:
        return [mail.uid for mail in self.folders.get(folder, [])]

    @property
    def put_away(self) -> list[int]:
        """The UIDs in the folder of handled reports, wherever this server keeps it."""
        return self.uids(f"{self.manner.prefix}Bounces")


class Refused(Exception):
    """The answer to one command, NO or BAD."""


class Conversation(socketserver.StreamRequestHandler):
    """One client."""

    def handle(self) -> None:
        self.kept: MailboxServer = self.server.kept  # type: ignore[attr-defined]
        self.kept.sessions += 1
        self.folder = ""
        self.is_signed_in = False
        self.is_read_only = False
        self.say("* OK ready")
        for line in self.rfile:
            tag, _space, command = line.decode().strip().partition(" ")
            words = shlex.split(command.replace("\\", "\\\\"), posix=True)
            verb = " ".join(words[:2]).upper() if words[0].upper() == "UID" else words[0].upper()
            if verb == self.kept.breaks_at:
                return
            if verb in self.kept.refuses or self.asks_for_refused(verb, words):
                self.say(f"{tag} NO not now")
                continue
            if not self.is_signed_in and verb not in SIGNED_OUT:
                self.say(f"{tag} BAD sign in first")
                continue
            if self.manner.disconnected and verb not in SIGNED_OUT:
                self.say(f"{tag} BAD User is authenticated but not connected.")
                continue
            try:
                self.say(f"{tag} {self.answer(verb, words)}")
            except Refused as refused:
                self.say(f"{tag} {refused}")
            except KeyError:
                self.say(f"{tag} NO [TRYCREATE] no such folder")
            if verb == "LOGOUT":
                return

    @property
    def manner(self) -> Manner:
        return self.kept.manner

    def asks_for_refused(self, verb: str, words: list[str]) -> bool:
        """`UID FETCH BODY[]` in `refuses` is the command that asks for whole mails."""
        whole = verb == "UID FETCH" and "BODY.PEEK[]" in " ".join(words)
        return whole and "UID FETCH BODY[]" in self.kept.refuses

    def say(self, line: str | bytes) -> None:
        self.wfile.write((line.encode() if isinstance(line, str) else line) + b"\r\n")

    def answer(self, verb: str, words: list[str]) -> str:
        match verb:
            case "CAPABILITY":
                self.say(f"* CAPABILITY {' '.join(self.manner.capabilities)}")
            case "LOGIN":
                if words[1:3] != [USER, PASSWORD] and not self.manner.disconnected:
                    return f"NO {words[2]} is wrong"
                self.is_signed_in = True
            case "SELECT" | "EXAMINE":
                if not words[1].isascii():
                    return "BAD names are written in modified UTF-7"
                self.kept.opened.append((verb, words[1]))
                self.is_read_only = verb == "EXAMINE"
                self.folder = words[1]
                self.say(f"* {len(self.kept.folders[self.folder])} EXISTS")
                self.say("* 0 RECENT")
                self.say(f"* OK [UIDVALIDITY {self.kept.uid_validity}] UIDs valid")
                if self.manner.tells_uid_next:
                    self.say(f"* OK [UIDNEXT {self.kept.last_uid + 1}] the next")
            case "NAMESPACE":
                if "NAMESPACE" not in self.manner.capabilities:
                    return "BAD unknown"
                own = f'("{self.manner.prefix}" "{self.manner.between}")'
                self.say(f"* NAMESPACE ({own}) NIL NIL")
            case "LIST":
                for name in [name for name in self.kept.folders if words[2] in ("*", name)]:
                    self.tell_folder(verb, name)
            case "XLIST" if "XLIST" in self.manner.capabilities:
                for name in self.kept.folders:
                    self.tell_folder(verb, name)
            case "CREATE":
                if words[1] in self.kept.folders or not words[1].startswith(self.manner.prefix):
                    return "NO it is there, or may not be"
                self.kept.folders[words[1]] = []
            case "UID SEARCH":
                self.require_known_keys(words[2:])
                found = [mail.uid for mail in self.mails if matches(mail, words[2:])]
                self.say(f"* SEARCH {' '.join(map(str, found))}".rstrip())
            case "FETCH" | "UID FETCH":
                by_uid = verb == "UID FETCH"
                numbers = words[2] if by_uid else words[1]
                self.fetch(numbers, " ".join(words[3:] if by_uid else words[2:]), by_uid=by_uid)
            case "UID MOVE" | "UID COPY":
                if verb.removeprefix("UID ") not in (*self.manner.capabilities, "COPY"):
                    return "BAD unknown"
                if self.is_read_only and verb == "UID MOVE":
                    return "NO [READ-ONLY] not here"
                mail = self.mail(words[2])
                self.kept.folders[words[3]].append(mail)
                if verb == "UID MOVE":
                    self.mails.remove(mail)
            case "UID STORE" | "UID EXPUNGE" if self.is_read_only:
                return "NO [READ-ONLY] not here"
            case "UID STORE":
                self.mail(words[2]).flags.add(words[4].strip("()").replace("\\\\", "\\"))
            case "UID EXPUNGE":
                self.mails.remove(self.mail(words[2]))
            case "LOGOUT":
                self.say("* BYE")
            case _:
                return "BAD unknown"
        return "OK done"

    def tell_folder(self, verb: str, name: str) -> None:
        flags = ["\\HasNoChildren"]
        if name == self.manner.junk and verb in self.manner.tells_use:
            flags.append(self.manner.junk_flag)
        head = f'* {verb} ({" ".join(flags)}) "{self.manner.between}" '
        if self.manner.literal_names:
            self.say(f"{head}{{{len(name)}}}\r\n{name}")
        else:
            self.say(f'{head}"{name}"')

    def require_known_keys(self, words: list[str]) -> None:
        """mail.ru: `NO [CANNOT] Unsupported search criterion: SINCE 1-JAN-2020`."""
        known = self.manner.searches
        if known is not None and words and words[0].upper() not in known:
            raise Refused(f"NO [CANNOT] Unsupported search criterion: {' '.join(words).upper()}")

    @property
    def mails(self) -> list[Mail]:
        return self.kept.folders[self.folder]

    def mail(self, uid: str) -> Mail:
        return next(mail for mail in self.mails if mail.uid == int(uid))

    def fetch(self, numbers: str, items: str, *, by_uid: bool) -> None:
        """Answer FETCH for a set of numbers: `5`, `2,5`, `7:*`, which always names the last."""
        if "HEADER.FIELDS" in items and self.manner.refuses_header_fields:
            raise Refused("NO [CANNOT] BODY[HEADER.FIELDS] is not supported")
        counted = [(mail.uid if by_uid else n, mail) for n, mail in enumerate(self.mails, 1)]
        wanted = [mail for number, mail in counted if is_in(number, numbers, counted)]
        # A range that begins behind the last mail: some servers see no mail in it.
        first = re.match(r"(\d+):\*", numbers)
        if not counted or (
            first and not self.manner.nothing.startswith("OK") and int(first[1]) > counted[-1][0]
        ):
            raise Refused(self.manner.nothing)
        if any(mail.uid in self.kept.spoiled for mail in wanted) and "BODY" in items:
            raise Refused("NO Server Unavailable")
        for mail in wanted:
            self.tell(mail, items)

    def tell(self, mail: Mail, items: str) -> None:
        number = self.mails.index(mail) + 1
        date = f"{mail.arrived_at.astimezone(UTC):%d-%b-%Y %H:%M:%S +0000}"
        told = [f'INTERNALDATE "{date}"'] if "INTERNALDATE" in items else []
        if self.manner.uid_last:
            self.say(f"* {number} FETCH (FLAGS ())")  # of another client's doing
        content = self.content(mail, items)
        uid = f"UID {mail.uid}"
        if content is None:
            self.say(f"* {number} FETCH ({' '.join([*told, uid])})")
            return
        name, raw = content
        before = "" if self.manner.uid_last else f"{uid} "
        after = f" {uid})" if self.manner.uid_last else ")"
        self.say(
            f"* {number} FETCH ({before}{name} {{{len(raw)}}}".encode()
            + b"\r\n"
            + raw
            + after.encode()
        )

    def content(self, mail: Mail, items: str) -> tuple[str, bytes] | None:
        if "BODY.PEEK[HEADER]" in items:
            self.kept.heads.append(mail.uid)
            return "BODY[HEADER]", mail.raw_head
        if "BODY" not in items and "RFC822" not in items:
            return None
        self.kept.fetched.append(mail.uid)
        length = re.search(r"BODY\.PEEK\[\]<0\.(\d+)>", items)
        if length is None:  # BODY[] and RFC822 mark a mail as read
            mail.flags.add(SEEN)
        return "BODY[]<0>", mail.raw[: int(length[1])] if length else mail.raw


def is_in(number: int, numbers: str, counted: list[tuple[int, Mail]]) -> bool:
    """Say whether a set names this number."""
    last = counted[-1][0]
    for each in numbers.split(","):
        first, colon, end = each.partition(":")
        if not colon:
            if number == int(first):
                return True
            continue
        bounds = sorted((int(first), last if end == "*" else int(end)))
        if bounds[0] <= number <= bounds[1]:
            return True
    return False


def matches(mail: Mail, words: list[str]) -> bool:
    """Say whether a mail answers all keys of a SEARCH."""
    rest = list(words)
    found = []
    while rest:
        found.append(one_key(mail, rest))
    return all(found)


def one_key(mail: Mail, rest: list[str]) -> bool:
    """Take one key from the front and answer it."""
    match rest.pop(0).upper():
        case "ALL":
            return True
        case "UNDELETED":
            return DELETED not in mail.flags
        case "SINCE":
            return (
                mail.arrived_at.date()
                >= datetime.strptime(rest.pop(0), "%d-%b-%Y").replace(tzinfo=UTC).date()
            )
        case "HEADER":
            name = rest.pop(0)
            wanted = rest.pop(0)
            return wanted.lower() in str(mail.head[name] or "").lower()
        case "FROM":
            return rest.pop(0).lower() in str(mail.head["From"] or "").lower()
        case "OR":
            first = one_key(mail, rest)
            second = one_key(mail, rest)
            return first or second
    raise ValueError(rest)


@cache
def a_certificate_of_localhost() -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    address = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(address, critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return private + certificate.public_bytes(serialization.Encoding.PEM)


@contextmanager
def mailbox_server(*, certificate: Path | None = None, **options: Any) -> Iterator[MailboxServer]:
    """Run the server on a free port; with TLS where a file with key and certificate is named."""
    kept = MailboxServer(**options)
    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Conversation)
    server.daemon_threads = True
    server.kept = kept  # type: ignore[attr-defined]
    port = server.server_address[1]
    if certificate:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(certificate)
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    who = f"{quote(USER, safe='')}:{quote(PASSWORD, safe='')}"
    kept.url = f"imap{'s' if certificate else ''}://{who}@127.0.0.1:{port}/INBOX"
    with serving(server):
        yield kept
