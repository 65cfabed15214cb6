"""The provider's mailbox (12.1.2.1) over IMAP: reports of mail servers are recorded and moved.

`handle` decides what a mail is for. Any other mail stays as it was, unread if it was unread.
"""

import imaplib
import logging
import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import unquote, urlsplit

from django.conf import settings

from offer_site.days import almaty_day

from .bounces import OF_ANOTHER, record_report
from .reports import read_report

log = logging.getLogger(__name__)

TIMEOUT = 20  # seconds of silence
# Mail servers give up within five days; the rest covers days when the clock job did not run.
BACK = timedelta(days=14)
MOST_MAILS = 200  # in one run, the newest first
MOST_BYTES = 512_000  # a report returns the letter with its attachments: the beginning is enough
PUT_AWAY = "Bounces"  # the folder for handled reports
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
UID = re.compile(rb"\bUID (\d+)\b")


class MailboxError(OSError):
    """The mailbox cannot be read now; the next run tries again."""


class RefusedError(MailboxError):
    """The mailbox works but refused this one request: the other mails can still be read."""


@dataclass(frozen=True)
class MailResult:
    """The result for one mail; an empty result means that it failed and stays where it is."""

    uid: int
    result: str = ""

    @property
    def needs_a_person(self) -> bool:
        return not self.result

    def __str__(self) -> str:
        return f"mail {self.uid} {self.result or 'failed'}"


def read_mail(*, at: datetime) -> Iterator[MailResult]:
    """Record the reports in the mailbox over the network; each is moved once it is recorded.

    Raises MailboxError. One mail that the server does not return, or cannot move, must not stop the
    others. After a crash between recording and moving, the report is read again and changes
    nothing.
    """
    if not settings.INCOMING_MAIL_URL:
        return
    with opened(settings.INCOMING_MAIL_URL) as mailbox:
        for uid in mailbox.reports(since=at - BACK):
            try:
                result = handle(mailbox.mail(uid), at=at)
                if result != OF_ANOTHER:
                    mailbox.put_away(uid)
            except Exception as error:  # the mails behind it go on, while the mailbox answers
                if isinstance(error, MailboxError) and not isinstance(error, RefusedError):
                    raise
                log.exception("mail %s could not be handled", uid)
                yield MailResult(uid)
                continue
            if result != OF_ANOTHER:
                yield MailResult(uid, result)


def handle(raw: bytes, *, at: datetime) -> str:
    """Record a mail if it is a report about a letter of ours; OF_ANOTHER for any other mail."""
    try:
        report = read_report(raw)
    # Anybody can write to the mailbox: a mail that cannot be parsed is not a report.
    except Exception:
        log.exception("a mail could not be read")
        report = None
    return record_report(report=report, raw=raw, at=at) if report else OF_ANOTHER


@contextmanager
def opened(url: str) -> Iterator["Mailbox"]:
    """A signed-in mailbox at `imaps://user:password@host:993/INBOX`; it always logs out."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    folder = unquote(parts.path.strip("/")) or "INBOX"
    with mailbox_errors():
        session: imaplib.IMAP4
        if parts.scheme == "imaps":
            session = imaplib.IMAP4_SSL(
                host, parts.port or 993, ssl_context=ssl.create_default_context(), timeout=TIMEOUT
            )
        else:
            session = imaplib.IMAP4(host, parts.port or 143, timeout=TIMEOUT)
    try:
        with mailbox_errors():
            session.login(unquote(parts.username or ""), unquote(parts.password or ""))
            expect_ok(session.select(quoted(folder)))
        yield Mailbox(session)
    finally:
        with suppress(OSError, imaplib.IMAP4.error):
            session.logout()


@contextmanager
def mailbox_errors() -> Iterator[None]:
    """Any failure becomes a MailboxError without the server's text, which may repeat a password."""
    try:
        yield
    except (imaplib.IMAP4.abort, OSError) as error:
        raise MailboxError(type(error).__name__) from error
    except imaplib.IMAP4.error as error:
        raise RefusedError(type(error).__name__) from error


def expect_ok(answer: tuple[str, Any]) -> Any:
    if answer[0] != "OK":
        raise imaplib.IMAP4.error(f"answered {answer[0]}")
    return answer[1]


def quoted(name: str) -> str:
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


class Mailbox:
    """An open folder. Mails are named by UIDs, which do not change while others come and go."""

    def __init__(self, session: imaplib.IMAP4) -> None:
        self.session = session
        with mailbox_errors():
            capabilities = expect_ok(session.capability())
        self.can = {
            word.decode().upper()
            for line in capabilities
            if isinstance(line, bytes)
            for word in line.split()
        }

    def reports(self, *, since: datetime) -> list[int]:
        """UIDs of mails that may be reports, the newest first, at most MOST_MAILS.

        The server selects them, so that no other mail is opened.
        """
        day = almaty_day(since)
        words = (
            "UNDELETED",
            "SINCE",
            f"{day.day}-{MONTHS[day.month - 1]}-{day.year}",
            "OR",
            "HEADER",
            "Content-Type",
            '"delivery-status"',
            "OR",
            "HEADER",
            "X-Failed-Recipients",
            '"@"',
            "FROM",
            '"mailer-daemon"',
        )
        with mailbox_errors():
            found = expect_ok(self.session.uid("SEARCH", *words))
        uids = [int(uid) for line in found if isinstance(line, bytes) for uid in line.split()]
        return sorted(uids, reverse=True)[:MOST_MAILS]

    def mail(self, uid: int) -> bytes:
        """The first MOST_BYTES of a mail; it is not marked as read."""
        with mailbox_errors():
            answer = expect_ok(
                self.session.uid("FETCH", str(uid), f"(UID BODY.PEEK[]<0.{MOST_BYTES}>)")
            )
        return next((part[1] for part in answer if isinstance(part, tuple)), b"")

    def put_away(self, uid: int) -> None:
        """Move a mail to PUT_AWAY; on a server without MOVE, copy it and mark it as deleted."""
        with mailbox_errors():
            self.session.create(quoted(PUT_AWAY))  # refused if it exists, which does no harm
            if "MOVE" in self.can:
                expect_ok(self.session.uid("MOVE", str(uid), quoted(PUT_AWAY)))
                return
            expect_ok(self.session.uid("COPY", str(uid), quoted(PUT_AWAY)))
            expect_ok(self.session.uid("STORE", str(uid), "+FLAGS.SILENT", r"(\Deleted)"))
            if "UIDPLUS" in self.can:  # without it, EXPUNGE would take what others marked as well
                expect_ok(self.session.uid("EXPUNGE", str(uid)))
