"""A folder into which another program puts mails that came: a spool beside the mailbox (12.1)."""

import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings

from .bounces import OF_ANOTHER
from .incoming import (
    MOST_BYTES_OF_LETTER,
    MOST_DEATHS,
    ArrivedMail,
    Keeper,
    MailResult,
    began,
    handle,
)
from .models import SPOOL, MailboxPlace
from .reports import may_be_report

log = logging.getLogger(__name__)

HANDLED = "handled"


def read_spool(*, at: datetime, keeper: Keeper) -> Iterator[MailResult]:
    """Handle each mail of the folder, and move it once it is recorded.

    One that fails stays, and is tried again. After a crash between recording and moving, it is read
    again and changes nothing. One on which processes died is set aside unread.
    """
    if not settings.INCOMING_MAIL_SPOOL:
        return
    folder = Path(settings.INCOMING_MAIL_SPOOL)
    place, _is_new = MailboxPlace.objects.get_or_create(mailbox=SPOOL)
    try:
        yield from _read_all(mails_of(folder), place, keeper, at=at)
    finally:
        place.trying = {}
        place.read_at = at
        place.save(update_fields=["trying", "read_at"])


def mails_of(folder: Path) -> Iterator[Path]:
    """The mails that wait in a spool, by name; each is looked at when its turn comes."""
    for path in sorted(folder.glob("*.eml")) if folder.is_dir() else []:
        # A link could name any file of the machine.
        if not path.name.startswith(".") and not path.is_symlink() and path.is_file():
            yield path


def _read_all(
    mails: Iterator[Path], place: MailboxPlace, keeper: Keeper, *, at: datetime
) -> Iterator[MailResult]:
    for number, path in enumerate(mails, 1):
        try:
            is_deadly = began(place, path.name) >= MOST_DEATHS
            result = _handle(path, keeper, at=at, is_deadly=is_deadly)
            _move(path)
        except Exception:  # the mails behind it go on
            log.exception("a mail of the spool could not be handled")
            yield MailResult(number)
            continue
        if result:
            yield MailResult(number, result)


def _handle(path: Path, keeper: Keeper, *, at: datetime, is_deadly: bool) -> str:
    with path.open("rb") as file:
        raw = file.read(MOST_BYTES_OF_LETTER)
    # The file's own time: a spool may have waited for a clock that stood still.
    arrived = min(datetime.fromtimestamp(path.stat().st_mtime, UTC), at)
    mail = ArrivedMail(raw, arrived, mailbox=SPOOL, is_whole=len(raw) < MOST_BYTES_OF_LETTER)
    if is_deadly:
        return keeper.set_aside(mail, at=at)
    if may_be_report(raw[:200_000]):
        result = handle(raw, at=at)
        if result != OF_ANOTHER:
            return result
    return keeper.keep(mail, at=at)


def _move(path: Path) -> None:
    """Move a mail to HANDLED under a name that nothing there has."""
    folder = path.parent / HANDLED
    folder.mkdir(exist_ok=True)
    target = folder / path.name
    number = 1
    while target.exists():
        number += 1
        target = folder / f"{path.stem}-{number}.eml"
    path.rename(target)
