"""Letters that are written here: from the cabinet, on paper, and what staff answer (12.1)."""

import hashlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Any

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from enrollment.models import Order
from enrollment.rules.bounds import DAY
from offer_site.accounts.models import User
from offer_site.attempts.operations import Attempts
from offer_site.days import ALMATY, almaty_day
from offer_site.documents import Document, kept
from offer_site.errors import RuleViolation
from offer_site.journal.operations import actor, record
from offer_site.languages import speaking
from offer_site.notices.kinds import NoticeKind
from offer_site.notices.letters import one_line
from offer_site.notices.models import Notice
from offer_site.notices.operations import new_message_id, queue_notice

from .models import Assignment, Concern, Form, Letter, PostalReceipt, Reading, Way
from .receiving import connect
from .rules import Standing

# Letters from one contract's cabinet in a day: enough for a quarrel, too few for a flood.
LETTERS_A_DAY = 20
LONGEST_SUBJECT = 150


@dataclass(frozen=True)
class PaperLetter:
    """What staff enter of a letter on paper; its receipt is what proves it (12.1.1)."""

    way: Way
    form: Form
    day: date
    subject: str
    text: str
    receipt_number: str
    receipt_day: date
    receipt: Document
    scan: Document | None = None


def write_from_cabinet(
    *,
    order: Order,
    subject: str,
    text: str,
    document: Document | None = None,
    by: str,
    at: datetime,
) -> tuple[Letter, bool]:
    """Take a letter that a student wrote in the cabinet; the second value says if it is new.

    The same words about the same order on one day are one letter. A letter to the registered e-mail
    says that it is here. Locks the order; RuleViolation after LETTERS_A_DAY.
    """
    digest = document.sha256 if document else ""
    identity = _digest("cabinet", order.code, subject, text, digest, almaty_day(at).isoformat())
    with ExitStack() as files, transaction.atomic():
        locked = Order.objects.people_locked().get(pk=order.pk)
        known = Letter.objects.filter(identity=identity).first()
        if known:
            return known, False
        if not Attempts(f"letters:{order.pk}", DAY).allows(LETTERS_A_DAY, at=at):
            raise RuleViolation(
                _("That is many letters for one day. Write tomorrow, or by e-mail."), clause="12.1"
            )
        message_id = new_message_id()
        raw = _raw(
            {
                "From": locked.party.email,
                "To": settings.PROVIDER_EMAIL,
                "Subject": one_line(subject),
                "Date": format_datetime(at.astimezone(ALMATY)),
                "Message-ID": message_id,
            },
            text,
        )
        fields = files.enter_context(kept(document, under=f"post/{at:%Y/%m}"))
        letter = files.enter_context(
            _kept_letter(
                raw,
                at=at,
                way=Way.IN,
                form=Form.CABINET,
                standing=Standing.CABINET,
                sender=locked.party.email,
                recipient=settings.PROVIDER_EMAIL,
                subject=one_line(subject),
                written_at=at,
                arrived_at=at,
                message_id=message_id,
                identity=identity,
                by=by,
                **fields,
            )
        )
        connect(letter, [locked], by=by, at=at)
        with speaking(locked.language):
            cabinet = f"{settings.SITE_URL}{reverse('cabinet')}"
        queue_notice(
            NoticeKind.LETTER_TAKEN,
            about=("letter", str(letter.pk)),
            to=locked.party.email,
            language=locked.language,
            order=locked.code,
            facts={
                "subject": letter.subject,
                "moment": f"{at.astimezone(ALMATY):%d.%m.%Y %H:%M}",
                "cabinet_url": cabinet,
            },
            answers=(message_id,),
            at=at,
        )
    return letter, True


def enter_paper(*, order: Order, paper: PaperLetter, by: str, at: datetime) -> Letter:
    """Enter a registered letter or a courier's, with the receipt that proves it (12.1.1).

    Raises RuleViolation for a day to come, and when this receipt of the order is entered already.
    """
    today = almaty_day(at)
    for day, field in ((paper.day, "day"), (paper.receipt_day, "receipt_day")):
        if day > today:
            raise RuleViolation(_("This day is still to come."), clause="12.1.1", field=field)
    number = one_line(paper.receipt_number)
    identity = _digest("paper", paper.way, paper.form, order.code, number)
    known = RuleViolation(
        _("A letter with this receipt is entered already."),
        clause="12.1.1",
        field="receipt_number",
    )
    if Letter.objects.filter(identity=identity).exists():
        raise known
    moment = datetime.combine(paper.day, time(), ALMATY)
    ours, theirs = settings.PROVIDER_EMAIL, str(order.party)
    sender, recipient = (theirs, ours) if paper.way == Way.IN else (ours, theirs)
    raw = _raw({"Subject": one_line(paper.subject), "Date": format_datetime(moment)}, paper.text)
    under = f"post/{at:%Y/%m}"
    try:
        with ExitStack() as files, transaction.atomic():
            scan = files.enter_context(kept(paper.scan, under=under))
            receipt = files.enter_context(kept(paper.receipt, under=under))
            locked = Order.objects.people_locked().get(pk=order.pk)
            letter = files.enter_context(
                _kept_letter(
                    raw,
                    at=at,
                    way=paper.way,
                    form=paper.form,
                    standing=Standing.NOTICE,
                    sender=sender,
                    recipient=recipient,
                    subject=one_line(paper.subject),
                    arrived_at=moment,
                    identity=identity,
                    by=by,
                    **scan,
                )
            )
            connect(letter, [locked], by=by, at=at)
            PostalReceipt.objects.create(
                letter=letter, number=number, day=paper.receipt_day, by=by, at=at, **receipt
            )
    except IntegrityError:
        raise known from None
    return letter


def add_receipt(
    *, letter: Letter, number: str, day: date, document: Document, by: str, at: datetime
) -> PostalReceipt:
    """Add a receipt that came later, as of the delivery; RuleViolation if it is there already."""
    if day > almaty_day(at):
        raise RuleViolation(_("This day is still to come."), clause="12.1.1", field="day")
    known = RuleViolation(
        _("A letter with this receipt is entered already."), clause="12.1.1", field="number"
    )
    number = one_line(number)
    if letter.receipts.filter(number=number).exists():
        raise known
    try:
        with kept(document, under=f"post/{at:%Y/%m}") as fields, transaction.atomic():
            orders = _orders_locked(letter)
            receipt = PostalReceipt.objects.create(
                letter=letter, number=number, day=day, by=by, at=at, **fields
            )
            for order in orders:
                record(
                    "letter.receipt_added",
                    about=("letter", str(letter.pk)),
                    order=order.code,
                    facts={"number": number, "day": day.isoformat(), "sha256": document.sha256},
                    by=by,
                    at=at,
                    clause="12.1.1",
                )
    except IntegrityError:
        raise known from None
    return receipt


@transaction.atomic
def mark_read(*, letter: Letter, by: str, at: datetime) -> Reading:
    """Note that a letter was read; a second reading changes nothing."""
    orders = _orders_locked(letter)
    reading, is_new = Reading.objects.get_or_create(letter=letter, defaults={"by": by, "at": at})
    if is_new:
        for code in [order.code for order in orders] or [""]:
            record(
                "letter.read",
                about=("letter", str(letter.pk)),
                order=code,
                by=by,
                at=at,
                clause="12.1",
            )
    return reading


@transaction.atomic
def assign(*, letter: Letter, to: User, by: str, at: datetime) -> Assignment:
    """Say whose a letter is to answer; the last word holds, the same word twice is one."""
    orders = _orders_locked(letter)
    last = letter.assignments.last()
    if last and last.to_id == to.pk:
        return last
    assignment = Assignment.objects.create(letter=letter, to=to, by=by, at=at)
    for code in [order.code for order in orders] or [""]:
        record(
            "letter.assigned",
            about=("letter", str(letter.pk)),
            order=code,
            facts={"to": actor(to)},
            by=by,
            at=at,
        )
    return assignment


@transaction.atomic
def put_to_order(*, letter: Letter, order: Order, reason: str, by: str, at: datetime) -> Concern:
    """Put a letter to a contract that its address did not tell; what it counts as does not change.

    A letter from another address stays one (12.1.3).
    """
    locked = Order.objects.locked().get(pk=order.pk)
    concern, is_new = Concern.objects.get_or_create(
        letter=letter, order=locked, defaults={"by": by, "at": at}
    )
    if is_new:
        record(
            "letter.put_to_order",
            about=("letter", str(letter.pk)),
            order=locked.code,
            facts={"reason": reason, "standing": letter.standing, "sha256": letter.raw_sha256},
            by=by,
            at=at,
            clause="12.1.3",
        )
    return concern


@transaction.atomic
def write_to_party(
    *,
    order: Order,
    subject: str,
    text: str,
    language: str,
    answers: Letter | None = None,
    by: str,
    at: datetime,
) -> Notice:
    """Queue a letter of staff to the registered e-mail, from the provider's address (12.1.2.1).

    It goes to the address that is registered now, whatever address it answers. Raises RuleViolation
    when these words are on their way already, or the letter is none of this order's.
    """
    locked = Order.objects.people_locked().get(pk=order.pk)
    if answers and not answers.concerns.filter(order=locked).exists():
        raise RuleViolation(_("This letter does not stand with this order."), clause="12.1")
    about = ("letter", str(answers.pk)) if answers else ("order", locked.code)
    occasion = _digest(locked.code, subject, text)
    known = Notice.objects.filter(
        kind=NoticeKind.WRITTEN, about_kind=about[0], about_key=about[1], occasion=occasion
    )
    if known.exists():
        raise RuleViolation(
            _("These words were written already. Look at the letters of the order."),
            clause="12.1",
            field="text",
        )
    facts = {"subject": one_line(subject), "text": text}
    if answers:
        day = f"{answers.arrived_at.astimezone(ALMATY):%d.%m.%Y}"
        facts["answered"] = ", ".join(filter(None, [day, answers.subject]))
    notice = queue_notice(
        NoticeKind.WRITTEN,
        about=about,
        to=locked.party.email,
        language=language,
        order=locked.code,
        occasion=occasion,
        facts=facts,
        answers=_thread_of(answers),
        at=at,
    )
    record(
        "letter.answered" if answers else "letter.written",
        about=("notice", str(notice.pk)),
        order=locked.code,
        facts={"letter": answers.pk} if answers else {},
        by=by,
        at=at,
        clause="12.1",
    )
    if answers:
        mark_read(letter=answers, by=by, at=at)
    return notice


def _thread_of(letter: Letter | None) -> tuple[str, ...]:
    """Message-IDs for an answer: the letter's own, then those that it answered."""
    if letter is None or not letter.message_id:
        return ()
    before = letter.read.answers if letter.read else ()
    return tuple(dict.fromkeys((letter.message_id, *before)))[:20]


def _orders_locked(letter: Letter) -> list[Order]:
    return list(Order.objects.locked().filter(letters__letter=letter).order_by("pk"))


@contextmanager
def _kept_letter(raw: bytes, *, at: datetime, **fields: Any) -> Iterator[Letter]:
    """A letter's row, with its bytes stored before it; they are deleted if it is refused."""
    digest = hashlib.sha256(raw).hexdigest()
    name = f"letters/{at:%Y/%m}/{fields['identity'][:32]}.eml"
    stored = default_storage.save(name, ContentFile(raw))
    try:
        yield Letter.objects.create(raw=stored, raw_sha256=digest, recorded_at=at, **fields)
    except BaseException:
        default_storage.delete(stored)
        raise


def _raw(head: dict[str, str], text: str) -> bytes:
    """A mail of these words, as it is kept: every letter of the register is read in one way."""
    mail = EmailMessage(policy=SMTP)
    for name, value in head.items():
        mail[name] = value
    mail.set_content(text, cte="base64")
    return mail.as_bytes()


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
