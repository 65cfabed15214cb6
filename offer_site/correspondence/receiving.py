"""Mail of people becomes rows of the register, each once (12.1).

Whatever comes is kept; what it counts as is said beside it. Anybody can write any address into
From: the register shows what our own mail server found of the sender, and believes no more.
"""

import hashlib
import logging
from collections.abc import Iterable
from datetime import datetime

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import DatabaseError, DataError, IntegrityError, transaction

from enrollment.models import Order
from offer_site.journal.operations import SYSTEM, record
from offer_site.notices.incoming import ArrivedMail, Keeper
from offer_site.notices.models import Notice
from offer_site.retries import once_more_if_beaten

from .addresses import concerned, orders_once_under, registered_emails
from .models import Concern, Form, Letter, LetterFile, Way
from .reading import ReadLetter, identity_of, read_letter
from .rules import Standing, standing_of_mail

log = logging.getLogger(__name__)


class RegisterKeeper(Keeper):
    """Keeps every mail of the inbox, and of the spam what a registered address sent."""

    def wants(self, head: bytes, *, at: datetime, is_spam: bool) -> bool:
        return not is_spam or _is_registered(read_letter(head).sender, at=at)

    def keep(self, mail: ArrivedMail, *, at: datetime) -> str:
        letter = keep_mail(mail=mail, at=at)
        return f"letter {letter.standing}" if letter else ""

    def set_aside(self, mail: ArrivedMail, *, at: datetime) -> str:
        letter = set_mail_aside(mail=mail, at=at)
        return f"letter {letter.standing}" if letter else ""


def keep_mail(*, mail: ArrivedMail, at: datetime) -> Letter | None:
    """Record a mail with its files and the contracts it concerns; None if it is there already.

    Locks those orders. The file is stored before the row, and deleted if the row is refused. What
    a database that works refuses for what is in it is set aside.
    """
    read = read_letter(mail.raw)
    try:
        identity = identity_of(mail.raw, read)
        if Letter.objects.filter(identity=identity).exists() or _is_ours(read):
            return None
        return _keep(mail, read, identity=identity, at=at)
    except (DatabaseError, OSError) as error:
        if not isinstance(error, DataError):  # the next run tries again
            raise
        log.exception("a mail is set aside")
    except Exception:
        log.exception("a mail is set aside")
    return set_mail_aside(mail=mail, at=at)


def set_mail_aside(*, mail: ArrivedMail, at: datetime) -> Letter | None:
    """Record a mail of which nothing is read: its bytes alone; None if it is there already."""
    nothing = ReadLetter(is_head_only=True)
    known = Letter.objects.filter(raw_sha256=_sha256(mail.raw), standing=Standing.SET_ASIDE)
    if known.exists():
        return None
    return _keep(mail, nothing, identity=identity_of(mail.raw, nothing), at=at)


def _keep(mail: ArrivedMail, read: ReadLetter, *, identity: str, at: datetime) -> Letter | None:
    stored = default_storage.save(f"letters/{at:%Y/%m}/{identity[:32]}.eml", ContentFile(mail.raw))
    try:
        return _record_mail(mail, read, identity=identity, stored=stored, at=at)
    except IntegrityError:
        default_storage.delete(stored)
        if Letter.objects.filter(identity=identity).exists():  # another process was first
            return None
        raise
    except BaseException:
        default_storage.delete(stored)
        raise


@once_more_if_beaten
@transaction.atomic
def _record_mail(
    mail: ArrivedMail, read: ReadLetter, *, identity: str, stored: str, at: datetime
) -> Letter:
    locked = Order.objects.people_locked().filter(pk__in=orders_once_under(read.sender))
    orders = concerned(locked.order_by("pk"), letter=read, at=mail.at)
    standing = standing_of_mail(
        is_registered=bool(orders),
        subject=read.subject,
        has_text=read.has_text,
        is_automatic=read.is_automatic,
        is_readable=read != ReadLetter(is_head_only=True),
    )
    letter = Letter.objects.create(
        way=Way.IN,
        form=Form.EMAIL,
        standing=standing,
        sender=read.sender,
        recipient=read.recipient,
        subject=read.subject,
        written_at=read.written_at,
        arrived_at=mail.at,
        recorded_at=at,
        message_id=read.message_id,
        identity=identity,
        mailbox=mail.mailbox,
        uid_validity=mail.uid_validity,
        uid=mail.uid,
        raw=stored,
        raw_sha256=_sha256(mail.raw),
        is_whole=mail.is_whole,
        authentication=read.found_by(_own_domain()) if mail.is_by_our_server else "",
        by=SYSTEM,
    )
    LetterFile.objects.bulk_create(
        LetterFile(
            letter=letter,
            position=position,
            name=each.name,
            content_type=each.content_type,
            size=len(each.content),
            sha256=each.sha256,
        )
        for position, each in enumerate(read.files, 1)
    )
    connect(letter, orders, by=SYSTEM, at=at)
    return letter


def connect(letter: Letter, orders: Iterable[Order], *, by: str, at: datetime) -> None:
    """Put a letter to its contracts, which are locked; each one's journal tells of it.

    A letter of no contract stands in the journal of the house.
    """
    facts = {
        "form": letter.form,
        "way": letter.way,
        "standing": letter.standing,
        "sha256": letter.raw_sha256,
    }
    if letter.document_sha256:
        facts["document"] = letter.document_sha256
    orders = list(orders)
    Concern.objects.bulk_create(
        Concern(letter=letter, order=order, by=by, at=at) for order in orders
    )
    for code in [order.code for order in orders] or [""]:
        record(
            "letter.recorded",
            about=("letter", str(letter.pk)),
            order=code,
            facts=facts,
            by=by,
            at=at,
            clause="12.1",
        )


def _is_registered(email: str, *, at: datetime) -> bool:
    orders = Order.objects.select_related("party").filter(pk__in=orders_once_under(email))
    return email in registered_emails(orders, at=at).values()


def _is_ours(read: ReadLetter) -> bool:
    """True for a notice of ours to our own mailbox, as the journal's seal: the outbox has it."""
    return bool(read.message_id) and (
        Notice.objects.filter(
            message_id=read.message_id, recipient__iexact=settings.PROVIDER_EMAIL
        ).exists()
    )


def _own_domain() -> str:
    return settings.PROVIDER_EMAIL.rpartition("@")[2].lower()


def _sha256(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()
