"""Every letter byte for byte, with digest and times, and the Telegram messages (12.1)."""

from functools import partial
from typing import Any

from django.db.models import Q

from enrollment.models import HalvesRequest, Order
from offer_site.languages import speaking
from offer_site.notices.models import Notice, NoticeKind
from offer_site.telegram.models import TelegramMessage

from .parts import Both, File, Part, ProofChapter, Table, both, columns, moment, stored

NOTICE = (
    "kind about_kind about_key occasion recipient sender form language subject message_id "
    "raw_sha256 state queued_at "
    "attempts last_error sent_at bounced_at withdrawn_at"
)
MESSAGE = "what occasion text state queued_at sent_at message_id answer answered_at"


def letters(order: Order) -> Part:
    """Every notice about the order; a written one is a file that any mail program opens."""
    requests = list(HalvesRequest.objects.filter(order=order).values_list("code", flat=True))
    about = Q(about_kind="halves", about_key__in=requests)
    if order.invoice:  # a letter about an invoice is about all its orders
        about |= Q(about_kind="invoice", about_key=order.invoice.code)
    notices = list(
        Notice.objects.filter(Q(order_code=order.code) | about).order_by("queued_at", "pk")
    )
    subjects = Q(chat__about_kind="halves", chat__about_key__in=requests)
    subjects |= Q(chat__about_kind="order", chat__about_key=order.code)
    messages = list(TelegramMessage.objects.filter(subjects).order_by("queued_at", "pk"))
    named = [(_name(number, each), each) for number, each in enumerate(notices, 1)]
    files = [
        File(name, partial(stored, each.raw), each.raw_sha256)
        for name, each in named
        if each.raw_sha256
    ]
    facts: dict[str, Any] = {
        "letters": [
            columns(each, NOTICE) | {"file": name if each.raw_sha256 else ""}
            for name, each in named
        ],
        "telegram": [columns(each, MESSAGE) for each in messages],
    }
    rows = [
        (
            str(number),
            moment(each.queued_at),
            (both(NoticeKind(each.kind).label)),
            each.recipient,
            _standing(each),
            moment(each.sent_at),
        )
        for number, each in enumerate(notices, 1)
    ]
    headings = (
        "№",
        ("Кезекке қойылды", "Поставлено в очередь"),
        ("Хабарлама", "Уведомление"),
        ("Кімге", "Кому"),
        ("Күйі", "Состояние"),
        ("Жіберілді", "Отправлено"),
    )
    tables = [Table("letters", headings, rows)]
    if messages:
        headings_there = (
            ("Telegram", "Telegram"),
            ("Жіберілді", "Отправлено"),
            ("Жауап", "Ответ"),
            ("Уақыты", "Время"),
        )
        tables.append(
            Table(
                "four",
                headings_there,
                [
                    (each.text, moment(each.sent_at), each.answer or "–", moment(each.answered_at))
                    for each in messages
                ],
            )
        )
    return Part(
        "notices",
        facts,
        [ProofChapter("notices", ("Хабарламалар", "Уведомления"), tables=tables)],
        files,
    )


def _standing(notice: Notice) -> Both:
    """The letter's state in both languages; also "came back" and "withdrawn"."""
    states = []
    for language in ("kk", "ru"):
        with speaking(language):
            states.append(notice.standing)
    return states[0], states[1]


def _name(number: int, notice: Notice) -> str:
    return f"notices/{number:03}-{notice.kind}.eml"
