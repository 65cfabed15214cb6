"""Rendering a letter as text and HTML, in both languages, the customer's own first (12.1)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from email.charset import Charset
from email.header import Header
from email.utils import format_datetime, formataddr
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from offer_site.days import ALMATY, short_day
from offer_site.languages import reading_order, speaking
from offer_site.money import tenge_text

from .attachments import Attachment, attachments_of
from .calendar import day_of_letter
from .kinds import LetterLayout, Row
from .models import Notice
from .news import news_off_headers, news_off_link

# Base64 keeps every line short and in ASCII: no server on the way has a reason to change the bytes.
UTF8_IN_BASE64 = Charset("utf-8")
LONGEST_SUBJECT = 400
LONGEST_NAME = 48  # of a file on one line of the head, as it is coded there


@dataclass(frozen=True)
class Letterhead:
    """The provider's details; settings.NOTICE_LETTERHEAD names the function that reads them."""

    brand: str
    addresses: dict[str, str]  # by language


@dataclass(frozen=True)
class Words:
    """The text of a letter in one language."""

    language: str
    subject: str
    heading: str
    paragraphs: list[str]
    address: str
    answer_from_here: str
    news_off: str
    button: str
    greeting: str = ""
    link: str = ""  # the words of the second address, under the button


@dataclass(frozen=True)
class WrittenLetter:
    subject: str
    subject_on_file: str  # without what only the recipient may read
    text: str
    html: str


def letter_bytes(notice: Notice, *, at: datetime) -> tuple[str, bytes]:
    """The subject to keep on file, and the exact bytes to send."""
    head = letterhead()
    files = attachments_of(notice.attachments, at=at)
    files += day_of_letter(notice, brand=head.brand, at=at)
    letter = write_letter(notice, head, files=[each for each in files if each.is_named])
    message = EmailMultiAlternatives(
        subject=letter.subject,
        body=letter.text,
        from_email=formataddr((head.brand, notice.sender)),
        to=[notice.recipient],
        headers={
            "Message-ID": notice.message_id,
            "Date": format_datetime(at.astimezone(ALMATY)),
            **_headers_of_its_kind(notice),
        },
    )
    message.encoding = UTF8_IN_BASE64
    message.attach_alternative(letter.html, "text/html")
    for attachment in files:
        message.attach(attachment.filename, attachment.content, attachment.content_type)
    mail: Any = message.message()
    _fold_names_of_files(mail)
    # Django folds a long subject before its first word, and programs then show a space there.
    mail.replace_header("Subject", Header(letter.subject, UTF8_IN_BASE64, header_name="Subject"))
    return letter.subject_on_file, mail.as_bytes(linesep="\r\n")


def _fold_names_of_files(mail: Any) -> None:
    """Cut a long name of a file into lines (RFC 2231): Python writes it as one, of any length."""
    for part in mail.walk():
        name = part.get_filename()
        coded = quote(name or "", safe="")
        if len(coded) <= LONGEST_NAME:
            continue
        # A sign is cut nowhere: "%D0%A8" stays whole, or some programs show a question mark.
        pieces = [""]
        for sign in name:
            if len(pieces[-1]) + len(quote(sign, safe="")) > LONGEST_NAME:
                pieces.append("")
            pieces[-1] += quote(sign, safe="")
        lines = [f"filename*{number}*={piece}" for number, piece in enumerate(pieces)]
        lines[0] = lines[0].replace("=", "=utf-8''", 1)
        part.replace_header("Content-Disposition", ";\r\n ".join(["attachment", *lines]))


def _headers_of_its_kind(notice: Notice) -> dict[str, str]:
    """Who wrote it, what it answers, and how to have no more of them (RFC 3834, 5322, 8058)."""
    headers: dict[str, str] = {}
    if not notice.letter.is_by_hand:
        headers["Auto-Submitted"] = "auto-generated"
    if notice.in_reply_to:
        headers["In-Reply-To"] = notice.in_reply_to
        headers["References"] = notice.thread
    return headers | news_off_headers(notice)


def letterhead() -> Letterhead:
    return import_string(settings.NOTICE_LETTERHEAD)()


def write_letter(
    notice: Notice, head: Letterhead, *, files: Sequence[Attachment] = ()
) -> WrittenLetter:
    """The letter with its files named; a preview has none."""
    letter = notice.letter
    facts = {**notice.facts, "order": notice.order_code}
    name = greeted_name(notice)
    words = [
        words_in(language, notice, facts, head, name=name)
        for language in reading_order(notice.language)
    ]
    action_url = facts.get(letter.action[1], "") if letter.action else ""
    is_day = any(row.form == "day" and letter.subject_tail in row.keys for row in letter.rows)
    tail = facts.get(letter.subject_tail, "")
    tail = day(tail) if tail and is_day else tail
    on_file = " · ".join(dict.fromkeys(each.subject for each in words))
    subject = one_line(f"{on_file}: {tail}" if tail else on_file)
    shown = [row for row in letter.rows if all(key in facts for key in row.keys)]
    context = {
        "brand": head.brand,
        "email": notice.sender,
        "subject": subject,
        "first": words[0],
        "words": words,
        "big": written(letter.big_form, (letter.big,), facts) if letter.big else "",
        "rows": [
            (labels(row, notice.language), written(row.form, row.keys, facts)) for row in shown
        ],
        "action_url": action_url,
        "link_url": facts.get(letter.link[1], "") if letter.link else "",
        "files": [f"{each.filename}, {size_text(len(each.content))}" for each in files],
        "news_off_url": news_off_link(notice) if letter.is_to_buyer else "",
        "said": lines_of(facts.get(letter.said, "")),
    }
    return WrittenLetter(
        subject=subject,
        subject_on_file=one_line(on_file) if letter.secret else subject,
        text=render_to_string("emails/letter.txt", context),
        html=render_to_string("emails/letter.html", context),
    )


def greeted_name(notice: Notice) -> str:
    """Who is greeted; settings.NOTICE_GREETS names the function that knows its recipient."""
    if notice.letter.is_by_hand:
        return ""
    about = (notice.about_kind, notice.about_key)
    greets = import_string(settings.NOTICE_GREETS)
    return one_line(greets(to=notice.recipient, order=notice.order_code, about=about))


def words_in(
    language: str, notice: Notice, facts: dict[str, Any], head: Letterhead, *, name: str = ""
) -> Words:
    letter = notice.letter
    with speaking(language):
        parts = {
            part: render_to_string(f"emails/{notice.kind}/{part}.txt", {"facts": facts}).strip()
            for part in ("subject", "heading", "body")
        }
        return Words(
            language=language,
            subject=parts["subject"],
            heading=parts["heading"],
            paragraphs=lines_of(parts["body"]),
            address=head.addresses.get(language, ""),
            answer_from_here=render_to_string("emails/answer.txt").strip(),
            news_off=render_to_string("emails/news_off.txt").strip(),
            button=str(letter.action[0]) if letter.action else "",
            greeting=greeting_of(letter, name),
            link=str(letter.link[0]) if letter.link else "",
        )


def greeting_of(letter: LetterLayout, name: str) -> str:
    """The first line of the words; whoever writes by hand greets in words of their own."""
    if letter.is_by_hand:
        return ""
    return _("Hello, %(name)s!") % {"name": name} if name else _("Hello!")


def size_text(size: int) -> str:
    """The size of a file, in words that both languages write so: 410 КБ, 1,1 МБ."""
    if size < 1_000_000:
        return f"{max(1, round(size / 1000))}\N{NO-BREAK SPACE}КБ"
    return f"{size / 1_000_000:.1f}\N{NO-BREAK SPACE}МБ".replace(".", ",")


def lines_of(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def labels(row: Row, language: str) -> list[tuple[str, str]]:
    """A row's label in both languages, once where the word is the same."""
    found: dict[str, str] = {}
    for each in reading_order(language):
        with speaking(each):
            found.setdefault(str(row.label), each)
    return [(each, label) for label, each in found.items()]


def written(form: str, keys: tuple[str, ...], facts: dict[str, Any]) -> str:
    """A value in a form that reads the same in both languages."""
    values = [facts[key] for key in keys]
    match form:
        case "tenge":
            return amount(values[0])
        case "day":
            return day(values[0])
        case "day_end":
            return f"{day(values[0])}, 24:00"
        case "period":
            return f"{day(values[0])} – {day(values[1])}"
        case "payment":
            return f"{amount(values[0])}, {day(values[1])}"
    return str(values[0])


def amount(value: str | int) -> str:
    return tenge_text(Decimal(str(value)))


def day(value: str) -> str:
    return short_day(date.fromisoformat(value))


def one_line(text: str) -> str:
    """A subject on one line, cut to its limit: a line break in it could begin another header."""
    return " ".join(text.split())[:LONGEST_SUBJECT]
