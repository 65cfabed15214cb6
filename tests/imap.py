"""A mailbox at the far edge: a little IMAP server of our own over real TCP (RFC 3501)."""

import re
import shlex
import socketserver
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import Message
from email.parser import BytesHeaderParser
from typing import Any
from urllib.parse import quote

from tests.processes import serving

USER = "Lesbek.l@mail.ru"
PASSWORD = "a password with @ and /"
SEEN = r"\Seen"
DELETED = r"\Deleted"


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


@dataclass
class MailboxServer:
    """What the server keeps and can; to commands in `refuses` it answers NO,
    at `breaks_at` it hangs up.
    """

    url: str = ""
    capabilities: tuple[str, ...] = ("IMAP4rev1", "MOVE", "UIDPLUS")
    folders: dict[str, list[Mail]] = field(default_factory=lambda: {"INBOX": []})
    refuses: set[str] = field(default_factory=set)
    breaks_at: str = ""
    fetched: list[int] = field(default_factory=list)
    sessions: int = 0
    last_uid: int = 0

    def receive(self, raw: bytes, *, at: datetime) -> Mail:
        """Put a mail into the inbox, as the world outside does."""
        self.last_uid += 1
        mail = Mail(self.last_uid, raw, at)
        self.folders["INBOX"].append(mail)
        return mail

    def uids(self, folder: str = "INBOX") -> list[int]:
        return [mail.uid for mail in self.folders.get(folder, [])]


class Conversation(socketserver.StreamRequestHandler):
    """One client."""

    def handle(self) -> None:
        self.kept: MailboxServer = self.server.kept  # type: ignore[attr-defined]
        self.kept.sessions += 1
        self.folder = ""
        self.is_signed_in = False
        self.say("* OK ready")
        for line in self.rfile:
            tag, _space, command = line.decode().strip().partition(" ")
            words = shlex.split(command.replace("\\", "\\\\"), posix=True)
            verb = " ".join(words[:2]).upper() if words[0].upper() == "UID" else words[0].upper()
            if verb == self.kept.breaks_at:
                return
            if verb in self.kept.refuses:
                self.say(f"{tag} NO not now")
                continue
            if not self.is_signed_in and verb not in ("CAPABILITY", "LOGIN", "LOGOUT"):
                self.say(f"{tag} BAD sign in first")
                continue
            try:
                self.say(f"{tag} {self.answer(verb, words)}")
            except KeyError:
                self.say(f"{tag} NO [TRYCREATE] no such folder")
            if verb == "LOGOUT":
                return

    def say(self, line: str | bytes) -> None:
        self.wfile.write((line.encode() if isinstance(line, str) else line) + b"\r\n")

    def answer(self, verb: str, words: list[str]) -> str:
        match verb:
            case "CAPABILITY":
                self.say(f"* CAPABILITY {' '.join(self.kept.capabilities)}")
            case "LOGIN":
                if words[1:3] != [USER, PASSWORD]:
                    return f"NO {words[2]} is wrong"
                self.is_signed_in = True
            case "SELECT":
                self.folder = words[1]
                self.say(f"* {len(self.kept.folders[self.folder])} EXISTS")
            case "CREATE":
                if words[1] in self.kept.folders:
                    return "NO it is there"
                self.kept.folders[words[1]] = []
            case "UID SEARCH":
                found = [mail.uid for mail in self.mails if matches(mail, words[2:])]
                self.say(f"* SEARCH {' '.join(map(str, found))}".rstrip())
            case "UID FETCH":
                self.fetch(int(words[2]), " ".join(words[3:]))
            case "UID MOVE" | "UID COPY":
                if verb.removeprefix("UID ") not in (*self.kept.capabilities, "COPY"):
                    return "BAD unknown"
                mail = self.mail(words[2])
                self.kept.folders[words[3]].append(mail)
                if verb == "UID MOVE":
                    self.mails.remove(mail)
            case "UID STORE":
                self.mail(words[2]).flags.add(words[4].strip("()").replace("\\\\", "\\"))
            case "UID EXPUNGE":
                self.mails.remove(self.mail(words[2]))
            case "LOGOUT":
                self.say("* BYE")
            case _:
                return "BAD unknown"
        return "OK done"

    @property
    def mails(self) -> list[Mail]:
        return self.kept.folders[self.folder]

    def mail(self, uid: str) -> Mail:
        return next(mail for mail in self.mails if mail.uid == int(uid))

    def fetch(self, uid: int, items: str) -> None:
        mail = self.mail(str(uid))
        self.kept.fetched.append(uid)
        length = re.search(r"BODY\.PEEK\[\]<0\.(\d+)>", items)
        if length is None:  # BODY[] and RFC822 mark a mail as read
            mail.flags.add(SEEN)
        content = mail.raw[: int(length[1])] if length else mail.raw
        number = self.mails.index(mail) + 1
        self.say(
            f"* {number} FETCH (UID {uid} BODY[]<0> {{{len(content)}}}".encode()
            + b"\r\n"
            + content
            + b")"
        )


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


@contextmanager
def mailbox_server(**options: Any) -> Iterator[MailboxServer]:
    """Run the server on a free port."""
    kept = MailboxServer(**options)
    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Conversation)
    server.daemon_threads = True
    server.kept = kept  # type: ignore[attr-defined]
    port = server.server_address[1]
    who = f"{quote(USER, safe='')}:{quote(PASSWORD, safe='')}"
    kept.url = f"imap://{who}@127.0.0.1:{port}/INBOX"
    with serving(server):
        yield kept
