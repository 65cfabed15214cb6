"""Every kind of letter as it looks, with facts that are made up, for staff to read (12.1)."""

from typing import Any

from django.conf import settings
from django.http import HttpResponse

from .kinds import LETTERS, NoticeKind
from .letters import letterhead, write_letter
from .models import Notice

# Letters need inline styles, which no page of the site may have; nothing in them runs or loads.
LETTER_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
ORDER = "SM4K7Q2X"
# What a fact looks like where the letter's own table does not tell.
BY_NAME: dict[str, Any] = {
    "account": "aigerim@example.kz",
    "amount": "149990",
    "answered": "22.11.2026, Курс туралы сұрақ",
    "asked_kk": "Мекенжайда үй нөмірі көрсетілмеген. Толық мекенжайды жазыңыз.",
    "asked_ru": "В адресе нет номера дома. Напишите адрес полностью.",
    "begins": "07.12.2026, 19:00, 90 минут",
    "beyond": "",
    "case": "R-1",
    "code": "482915",
    "count": 2,
    "days": 3,
    "enrolled": "",
    "ends_order": "",
    "holder": "Әбілқасымова Гүлнұр Қайратқызы",
    "instead_of": "",
    "invoice": "SH4K7Q2Y",
    "is_refund": "",
    "is_paid_now": "",
    "learner": "Әбілқасымова Гүлнұр Қайратқызы",
    "learners": 7,
    "many": 1,
    "moment": "22.11.2026 18:48",
    "more": 0,
    "number": "LZA-2027-000123",
    "owed": [
        {"order": ORDER, "number": "LZA-2027-000123", "due_on": "29.01.2027", "why": "came-back",
         "detail": "5.1.1"},
    ],
    "package": "SMMARKETING – БІРГЕ",
    "place": "kept",
    "reason": "Төлем мерзімі өтіп кетті",
    "reference": "015384762019",
    "request": "HF4K7Q2X",
    "subject": "Курс туралы сұрақ",
    "subject_kk": "Сабақ кестесі өзгерді",
    "subject_ru": "Расписание занятий изменилось",
    "text": "Сәлеметсіз бе!\nСабақ дүйсенбіде, сағат 19:00-де басталады.",
    "text_kk": "Сабақ енді сағат 19:00-де басталады.",
    "text_ru": "Занятия теперь начинаются в 19:00.",
    "topic": "Мақсат пен аудитория · Цель и аудитория",
    "way": "Kaspi",
}  # fmt: skip
BY_FORM: dict[str, tuple[Any, ...]] = {
    "tenge": (149990,),
    "day": ("2026-11-22",),
    "day_end": ("2026-11-25",),
    "period": ("2026-12-07", "2027-01-22"),
    "payment": (74995, "2026-12-21"),
}


def sample_facts(kind: NoticeKind) -> dict[str, Any]:
    """Facts of the right form for a letter of this kind, those that may be missing too."""
    letter = LETTERS[kind]
    facts: dict[str, Any] = {}
    for row in letter.rows:
        facts |= dict(zip(row.keys, BY_FORM.get(row.form, ()), strict=False))
    if letter.big:
        facts |= dict(zip((letter.big,), BY_FORM.get(letter.big_form, ()), strict=False))
    for name in sorted(letter.needs | set(letter.optional)):
        facts.setdefault(name, _fact(name))
    return {name: value for name, value in facts.items() if name != "order"}


def written_page(kind: NoticeKind, *, facts: dict[str, Any], language: str) -> HttpResponse:
    """A letter as a mail program shows it, on a page of its own that runs and loads nothing."""
    notice = Notice(
        kind=kind,
        sender=settings.PROVIDER_EMAIL,
        recipient="aigerim@example.kz",
        language=language,
        order_code=ORDER,
        facts=facts,
    )
    letter = write_letter(notice, letterhead())
    return HttpResponse(letter.html, headers={"Content-Security-Policy": LETTER_POLICY})


def _fact(name: str) -> Any:
    if name in BY_NAME:
        return BY_NAME[name]
    if name.endswith("_url"):
        return f"{settings.SITE_URL}/kk/"
    if name.endswith("_on"):
        return "2026-11-25"
    return "…"
