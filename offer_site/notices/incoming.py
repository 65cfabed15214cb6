"""The provider's mailbox (12.1.2.1) over IMAP: reports of mail servers are recorded and moved.

The mailbox is read by UID, from the last one known, and heads are judged here: mail.ru's server
refuses nearly every key of SEARCH (0041). `handle` decides what a mail is for. Any other mail stays
as it was, unread if it was unread: whoever reads the mailbox may have it kept (`Keeper`), else only
its head is read.

mail.ru puts reports among the spam now and then, so the folders of INCOMING_MAIL_FOLDERS are read
in the same way, and opened for writing only to move a report.
"""

import imaplib
import logging
import re
import ssl
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import unquote, urlsplit

from django.conf import settings

from .bounces import OF_ANOTHER, record_report
from .folders import Folder, listed, to_wire
from .models import SPOOL, MailboxPlace
from .reports import may_be_report, read_report

log = logging.getLogger(__name__)

TIMEOUT = 20  # seconds of silence
# Mail servers give up within five days; the rest covers days when the clock job did not run.
BACK = timedelta(days=14)
FIRST_LOOK = 1000  # mails looked through when the mailbox was never read before
MOST_MAILS = 500  # heads in one run; the next run goes on
HEADS_AT_ONCE = 50
MOST_BYTES = 512_000  # a report returns the letter with its attachments: the beginning is enough
# A letter of a person is kept with its attachments; mail.ru takes 25 MB, others less than this.
MOST_BYTES_OF_LETTER = 40_000_000
# Processes that died on a mail, after which nobody reads it any more.
MOST_DEATHS = 2
# What is kept of a place while its mails are read.
PLACE = ("uid_validity", "last_uid", "again", "trying", "passed_over_at")
PUT_AWAY = "Bounces"  # the folder for handled reports
UID = re.compile(rb"\bUID (\d+)\b")
ARRIVED = re.compile(rb'\bINTERNALDATE "([^"]+)"')
# NAMESPACE (("INBOX." ".")) …: the prefix of own folders and what stands between two names.
NAMESPACE = re.compile(rb'^\(\("((?:[^"\\]|\\.)*)" (?:"\\?(.)"|NIL)')


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


@dataclass(frozen=True)
class ArrivedMail:
    """A mail that is no report: what stands here is told by the mailbox, `raw` by its sender."""

    raw: bytes
    at: datetime
    mailbox: str
    uid_validity: int | None = None
    uid: int | None = None
    is_whole: bool = True
    # True if it was fetched from our own mail server, which wrote what it found of the sender.
    is_by_our_server: bool = False


class Keeper:
    """Who keeps mail of people, told by whoever reads the mailbox; this one keeps none."""

    def wants(self, head: bytes, *, at: datetime, is_spam: bool) -> bool:
        """Say by its head whether a mail that arrived at a moment is to be read whole."""
        return False

    def keep(self, mail: ArrivedMail, *, at: datetime) -> str:
        """Keep a mail, once however often it is read; the result is a word, or nothing new."""
        return ""

    def set_aside(self, mail: ArrivedMail, *, at: datetime) -> str:
        """Keep a mail unread, since processes died on it; the result is a word, or nothing new."""
        return ""


def read_mail(*, at: datetime, keeper: Keeper | None = None) -> Iterator[MailResult]:
    """Record the reports in the mailbox over the network; each is moved once it is recorded.

    Any other mail is handed to `keeper`, and stays. Raises MailboxError, and keeps since when. One
    mail that the server does not return, or cannot move, must not stop the others: it is tried
    again for as long as it lies there. After a crash between recording and moving, the report is
    read again and changes nothing.
    """
    url = settings.INCOMING_MAIL_URL
    if not url:
        return
    keeper = keeper or Keeper()
    inbox = _place_of(url, folder_of(url))
    with _failure_kept(inbox, at=at), opened(url) as mailbox:
        ends = [(yield from _read_on(mailbox, inbox, keeper, at=at))]
        others = mailbox.others()
    places = [inbox]
    for folder in others:
        place = _place_of(url, folder.name)
        places.append(place)
        with _failure_kept(place, at=at), opened(url, folder=folder) as mailbox:
            ends.append((yield from _read_on(mailbox, place, keeper, at=at)))
    # A folder that is not read any more is nobody's trouble, nor are the mails that failed in it.
    read = [SPOOL, *(place.mailbox for place in places)]
    MailboxPlace.objects.exclude(mailbox__in=read).update(
        failing_since=None, failure="", again=[], trying={}
    )
    if all(ends):
        MailboxPlace.objects.filter(pk=inbox.pk).update(whole_at=at)


def _place_of(url: str, folder: str) -> MailboxPlace:
    place, _is_new = MailboxPlace.objects.get_or_create(mailbox=name_of(url, folder))
    return place


@contextmanager
def _failure_kept(place: MailboxPlace, *, at: datetime) -> Iterator[None]:
    """Keep since when a folder cannot be read, or that it was read."""
    row = MailboxPlace.objects.filter(pk=place.pk)
    try:
        yield
    except MailboxError as error:
        row.update(failing_since=place.failing_since or at, failure=str(error)[:200])
        raise
    row.update(read_at=at, failing_since=None, failure="")


def _read_on(
    mailbox: "Mailbox", place: MailboxPlace, keeper: Keeper, *, at: datetime
) -> Generator[MailResult, None, bool]:
    """Go on after the last mail known, and keep the place, also when the mailbox breaks off.

    Returns whether the folder was read to its end.
    """
    if place.uid_validity != mailbox.uid_validity:  # all mails have other UIDs now
        place.last_uid = 0
        place.again = []
    place.uid_validity = mailbox.uid_validity
    tried_before = list(place.again)
    try:
        arrived = mailbox.arrived(after=place.last_uid, again=tried_before, since=at - BACK)
        if arrived.passed_over:
            _note_passed_over(place, arrived.passed_over)
        for uid, head in mailbox.heads(sorted(arrived.mails)):
            deaths = began(place, uid)
            letter = _Found(uid, head, arrived.mails[uid], place, keeper, deaths >= MOST_DEATHS)
            read = _read_one(mailbox, letter, at=at)
            place.again = [each for each in place.again if each != uid]
            if read and read.needs_a_person:
                place.again.append(uid)
            place.last_uid = max(place.last_uid, uid)
            if read:
                yield read
        # Whoever is no longer there, or lies there for too long, is not asked for again.
        place.again = [
            uid for uid in place.again if uid in arrived.again or uid not in tried_before
        ]
        if arrived.is_all:
            place.last_uid = max(place.last_uid, arrived.last_too_old)
    finally:
        place.trying = {}
        place.save(update_fields=PLACE)
    return arrived.is_all


def _note_passed_over(place: MailboxPlace, came_at: datetime) -> None:
    """Keep when the last mail came that nobody will read; a person has to look at it."""
    place.passed_over_at = max(came_at, place.passed_over_at or came_at)
    MailboxPlace.objects.filter(pk=place.pk).update(
        passed_over_at=place.passed_over_at, looked_through_at=None, looked_through_by=""
    )


def began(place: MailboxPlace, mail: int | str) -> int:
    """Note that a mail is being read; return how many processes began it and never came back.

    The place is kept too: what was read before stays read, whatever this mail does.
    """
    before = place.trying
    deaths = before["deaths"] + 1 if before.get("mail") == mail else 0
    place.trying = {"mail": mail, "deaths": deaths}
    place.save(update_fields=PLACE)
    return deaths


@dataclass(frozen=True)
class _Found:
    """A mail in its folder: the head, when it arrived, how far the folder was read, who keeps.

    `is_deadly`: processes died on it.
    """

    uid: int
    head: bytes | None
    arrived: datetime | None
    place: MailboxPlace
    keeper: Keeper
    is_deadly: bool = False


def _read_one(mailbox: "Mailbox", found: _Found, *, at: datetime) -> MailResult | None:
    """The result of one mail; None for a mail that changed nothing."""
    uid = found.uid
    try:
        if found.head is None:
            raise RefusedError("head: refused")
        if not found.is_deadly and may_be_report(found.head):
            result = handle(mailbox.mail(uid), at=at)
            if result != OF_ANOTHER:
                mailbox.put_away(uid)
                return MailResult(uid, result)
        result = _keep(mailbox, found, at=at)
    except Exception as error:  # the mails behind it go on, while the mailbox answers
        if isinstance(error, MailboxError) and not isinstance(error, RefusedError):
            raise
        log.exception("mail %s could not be handled", uid)
        return MailResult(uid)
    return MailResult(uid, result) if result else None


def _keep(mailbox: "Mailbox", found: _Found, *, at: datetime) -> str:
    """Hand a mail of a person to whoever keeps it; from other folders only what is asked for."""
    moment = found.arrived or at
    is_wanted = found.is_deadly or found.keeper.wants(
        found.head or b"", at=moment, is_spam=mailbox.is_other
    )
    if not is_wanted:
        return ""
    raw = mailbox.mail(found.uid, most=MOST_BYTES_OF_LETTER)
    if not raw:  # gone meanwhile
        return ""
    mail = ArrivedMail(
        raw,
        moment,
        mailbox=found.place.mailbox,
        uid_validity=mailbox.uid_validity,
        uid=found.uid,
        is_whole=len(raw) < MOST_BYTES_OF_LETTER,
        is_by_our_server=True,
    )
    if found.is_deadly:
        return found.keeper.set_aside(mail, at=at)
    return found.keeper.keep(mail, at=at)


def handle(raw: bytes, *, at: datetime) -> str:
    """Record a mail if it is a report about a letter of ours; OF_ANOTHER for any other mail."""
    try:
        report = read_report(raw)
    # Anybody can write to the mailbox: a mail that cannot be parsed is not a report.
    except Exception:
        log.exception("a mail could not be read")
        report = None
    return record_report(report=report, raw=raw, at=at) if report else OF_ANOTHER


def name_of(url: str, folder: str) -> str:
    """The mailbox without its password: `name@mail.ru at imap.mail.ru, INBOX`."""
    parts = urlsplit(url)
    return f"{unquote(parts.username or '')} at {parts.hostname}, {folder}"[:300]


def folder_of(url: str) -> str:
    return unquote(urlsplit(url).path.strip("/")) or "INBOX"


@contextmanager
def opened(
    url: str, *, folder: Folder | None = None, timeout: float = TIMEOUT
) -> Iterator["Mailbox"]:
    """A signed-in mailbox at `imaps://user:password@host:993/INBOX`; it always logs out.

    Another folder is opened only to be looked at.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    with mailbox_errors("connection"):
        session: imaplib.IMAP4
        if parts.scheme == "imaps":
            session = imaplib.IMAP4_SSL(
                host, parts.port or 993, ssl_context=ssl.create_default_context(), timeout=timeout
            )
        else:
            session = imaplib.IMAP4(host, parts.port or 143, timeout=timeout)
    try:
        with mailbox_errors("sign-in"):
            session.login(unquote(parts.username or ""), unquote(parts.password or ""))
        if folder:
            yield Mailbox(session, folder.wire, readonly=True)
        else:
            yield Mailbox(session, to_wire(folder_of(url)))
    finally:
        with suppress(OSError, imaplib.IMAP4.error):
            session.logout()


@contextmanager
def mailbox_errors(step: str) -> Iterator[None]:
    """Any failure becomes a MailboxError that names the step.

    Without the server's text, which may repeat a password.
    """
    try:
        yield
    except (imaplib.IMAP4.abort, OSError) as error:
        raise MailboxError(f"{step}: {type(error).__name__}") from error
    except imaplib.IMAP4.error as error:
        raise RefusedError(f"{step}: refused") from error


def expect_ok(answer: tuple[str, Any]) -> Any:
    if answer[0] != "OK":
        raise imaplib.IMAP4.error(f"answered {answer[0]}")
    return answer[1]


def quoted(name: str) -> str:
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


@dataclass(frozen=True)
class Arrived:
    """The mails to be read in one run, and when they came; `is_all`: nothing is left for the next.

    `again` are those of the mails tried before that are tried on. `last_too_old` is the last UID of
    those that a first look leaves out, and `passed_over` when the last mail came that nobody reads.
    """

    mails: dict[int, datetime | None]
    again: frozenset[int] = frozenset()
    is_all: bool = True
    last_too_old: int = 0
    passed_over: datetime | None = None


class Mailbox:
    """An open folder. Mails are named by UIDs, which do not change while others come and go.

    It asks only for what every server answers: no SEARCH, no HEADER.FIELDS, no flags.
    """

    def __init__(self, session: imaplib.IMAP4, wire: str, *, readonly: bool = False) -> None:
        self.session = session
        self.wire = wire
        self.readonly = readonly
        self.is_other = readonly  # the inbox alone is opened for writing
        with mailbox_errors("folder"):
            count = expect_ok(session.select(quoted(wire), readonly))
        self.count = int(count[0] or 0)
        self.uid_validity = self._number("UIDVALIDITY")
        self.uid_next = self._number("UIDNEXT")
        self._folder = ""
        with mailbox_errors("capabilities"):
            capabilities = expect_ok(session.capability())
        self.can = {
            word.decode().upper()
            for line in capabilities
            if isinstance(line, bytes)
            for word in line.split()
        }

    def _number(self, name: str) -> int | None:
        """A number in the answer to SELECT; None if it is not there."""
        _name, values = self.session.response(name)
        return int(values[0]) if values and values[0] and values[0].isdigit() else None

    def arrived(self, *, after: int, again: list[int], since: datetime) -> Arrived:
        """Mails behind `after`, and those to be tried again; at most MOST_MAILS of each.

        A mailbox that was never read is looked through from its end, for what came `since`. Later
        nothing new is too old: it came while nobody read.
        """
        if not self.count:  # servers refuse a range that holds no mail
            return Arrived({})
        listed = self._behind(after)
        too_old = _before(since, listed) if after == 0 else {}
        new = sorted(listed.keys() - too_old.keys())
        known = self._arrivals(",".join(map(str, again))) if again else {}
        tried = {uid: known[uid] for uid in again if uid in known}
        given_up = _before(since, tried)
        still = [uid for uid in tried if uid not in given_up]
        passed_over = [*too_old.values(), *given_up.values()]
        if after == 0 and self.count > FIRST_LOOK:
            # What lies before the list came before its first mail.
            came = [listed[uid] or since for uid in sorted(listed)]
            passed_over += came[:1]
        chosen = new[:MOST_MAILS] + still[:MOST_MAILS]
        return Arrived(
            {uid: (listed | tried)[uid] for uid in chosen},
            again=frozenset(still),
            is_all=len(new) <= MOST_MAILS,
            last_too_old=max(too_old, default=0),
            passed_over=max(passed_over, default=None),
        )

    def _behind(self, after: int) -> dict[int, datetime | None]:
        """The mails behind a UID; of a mailbox that was never read the last FIRST_LOOK."""
        if after == 0:
            first = max(1, self.count - FIRST_LOOK + 1)
            with mailbox_errors("list"):
                return arrivals(expect_ok(self.session.fetch(f"{first}:*", "(UID INTERNALDATE)")))
        if self._newest() <= after:
            return {}
        # A range `n:*` always names the last mail, even below n.
        listed = self._arrivals(f"{after + 1}:*")
        return {uid: arrived for uid, arrived in listed.items() if uid > after}

    def _newest(self) -> int:
        """The highest UID: servers refuse a range that begins behind it."""
        if self.uid_next is not None:
            return self.uid_next - 1
        with mailbox_errors("list"):
            return max(arrivals(expect_ok(self.session.fetch(str(self.count), "(UID)"))), default=0)

    def _arrivals(self, uids: str) -> dict[int, datetime | None]:
        with mailbox_errors("list"):
            return arrivals(expect_ok(self.session.uid("FETCH", uids, "(UID INTERNALDATE)")))

    def heads(self, uids: list[int]) -> Iterator[tuple[int, bytes | None]]:
        """The head of each mail; None for one that the server refuses, nothing for one gone."""
        for start in range(0, len(uids), HEADS_AT_ONCE):
            some = uids[start : start + HEADS_AT_ONCE]
            try:
                found = self._heads(some)
            except RefusedError:  # one bad mail spoils the answer for all of them
                found = {}
                for uid in some:
                    try:
                        found |= self._heads([uid])
                    except RefusedError:
                        found[uid] = None
            yield from sorted(found.items())

    def _heads(self, uids: list[int]) -> dict[int, bytes | None]:
        numbers = ",".join(map(str, uids))
        with mailbox_errors("head"):
            answer = expect_ok(self.session.uid("FETCH", numbers, "(UID BODY.PEEK[HEADER])"))
        return {uid: head for uid, _items, head in fetched(answer) if uid in uids}

    def mail(self, uid: int, *, most: int = MOST_BYTES) -> bytes:
        """The first bytes of a mail; it is not marked as read."""
        with mailbox_errors("mail"):
            answer = expect_ok(self.session.uid("FETCH", str(uid), f"(UID BODY.PEEK[]<0.{most}>)"))
        return next((content for number, _items, content in fetched(answer) if number == uid), b"")

    def put_away(self, uid: int) -> None:
        """Move a mail to PUT_AWAY; on a server without MOVE, copy it and mark it as deleted."""
        folder = quoted(self.folder())
        if self.readonly:
            with mailbox_errors("folder"):
                expect_ok(self.session.select(quoted(self.wire)))
            self.readonly = False
        with mailbox_errors("move"):
            if "MOVE" in self.can:
                expect_ok(self.session.uid("MOVE", str(uid), folder))
                return
            expect_ok(self.session.uid("COPY", str(uid), folder))
            expect_ok(self.session.uid("STORE", str(uid), "+FLAGS.SILENT", r"(\Deleted)"))
            if "UIDPLUS" in self.can:  # without it, EXPUNGE would take what others marked as well
                expect_ok(self.session.uid("EXPUNGE", str(uid)))

    def others(self) -> list[Folder]:
        """The folders of INCOMING_MAIL_FOLDERS here; one that is named is there or is refused."""
        wanted = settings.INCOMING_MAIL_FOLDERS
        if not wanted:
            return []
        here = self._listed()
        found: list[Folder] = []
        for name in wanted:
            if name.startswith("\\"):
                found += self._used_as(name, here)
            else:
                found.append(Folder(to_wire(name), frozenset(), ""))
        return [each for each in dict.fromkeys(found) if each.wire != self.wire]

    def _listed(self) -> list[Folder]:
        with mailbox_errors("list of folders"):
            return list(listed(expect_ok(self.session.list('""', '"*"'))))

    def _used_as(self, use: str, here: list[Folder]) -> list[Folder]:
        """The folder that the server or its name says is used so; none where there is none."""
        told = [each for each in here if each.is_used_as(use)]
        if not told and "XLIST" in self.can:
            with mailbox_errors("list of folders"):
                expect_ok(self.session.xatom("XLIST", '""', '"*"'))
            _name, answer = self.session.response("XLIST")
            told = [each for each in listed(answer) if each.is_used_as(use)]
        return told or [each for each in here if each.is_called_as(use)]

    def folder(self) -> str:
        """The name of PUT_AWAY here: many servers keep all folders below `INBOX.`; it is made."""
        if not self._folder:
            names = self._names_of_folder()
            self._folder = next((name for name in names if self._is_there(name)), names[0])
        return self._folder

    def _names_of_folder(self) -> list[str]:
        prefix = ""
        between = "."
        if "NAMESPACE" in self.can:
            with mailbox_errors("folder"):
                _typ, values = self.session.namespace()
            own = NAMESPACE.match(values[0] or b"") if values else None
            if own:
                prefix = own[1].decode(errors="replace")
                between = (own[2] or b".").decode(errors="replace")
        return list(dict.fromkeys([f"{prefix}{PUT_AWAY}", PUT_AWAY, f"INBOX{between}{PUT_AWAY}"]))

    def _is_there(self, name: str) -> bool:
        with mailbox_errors("folder"):
            self.session.create(quoted(name))  # refused if it exists, which does no harm
            typ, found = self.session.list('""', quoted(name))
        return typ == "OK" and any(found)


def _before(moment: datetime, mails: dict[int, datetime | None]) -> dict[int, datetime]:
    return {uid: arrived for uid, arrived in mails.items() if arrived and arrived < moment}


def fetched(answer: list[Any]) -> Iterator[tuple[int, bytes, bytes]]:
    """Each mail of an answer to FETCH: its UID, its items, and the content if any.

    Servers put the UID before the content or after it, and tell of flags unasked.
    """
    mails: list[tuple[bytes, bytes]] = []
    open_one = False
    for part in answer:
        if isinstance(part, tuple):
            mails.append((part[0], part[1]))
            open_one = True
        elif isinstance(part, bytes):
            if open_one:
                items, content = mails.pop()
                mails.append((items + part, content))
            else:
                mails.append((part, b""))
            open_one = False
    for items, content in mails:
        uid = UID.search(items)
        if uid:
            yield int(uid[1]), items, content


def arrivals(answer: list[Any]) -> dict[int, datetime | None]:
    """When each mail arrived; None where the server does not say it in a way that can be read."""
    found: dict[int, datetime | None] = {}
    for uid, items, _content in fetched(answer):
        arrived = ARRIVED.search(items)
        found[uid] = None
        if arrived:
            with suppress(ValueError, TypeError):
                # " 1-Dec-2026 09:00:00 +0500"
                moment = parsedate_to_datetime(arrived[1].decode().replace("-", " ", 2))
                found[uid] = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return found
