"""A mail server that answers as it is told, and letters to send to it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from offer_site.notices.attachments import Attachment
from offer_site.notices.kinds import NoticeKind
from offer_site.notices.letters import Letterhead
from offer_site.notices.models import Notice
from offer_site.notices.operations import queue_notice
from tests.processes import free_port

NOW = datetime(2026, 11, 22, 13, 48, tzinfo=UTC)
BUYER = "aigerim@example.kz"
LONG_NAME = "Әбілқасымова-Нұрмұхамедқызы Гүлнұрай Қайратбекқызы"

ORDER_URL = "https://academy.example.kz/kk/orders/SM4K7Q2X/?key=signed"
INVOICE_URL = "https://academy.example.kz/kk/invoices/SH4K7Q2Y/?key=signed"
COURSE = {
    "package": "SMMARKETING – БІРГЕ",
    "starts_on": "2026-12-07",
    "ends_on": "2027-01-22",
    "order_url": ORDER_URL,
}
REQUEST_URL = "https://academy.example.kz/kk/halves/HF4K7Q2X/"
REQUEST = {
    "request": "HF4K7Q2X",
    "package": "SMMARKETING – БІРГЕ",
    "request_url": f"{REQUEST_URL}?key=signed",
}
TERMS: dict[str, str | int] = {
    "first": 74995,
    "rest": 74995,
    "rest_on": "2026-12-21",
    "valid_on": "2026-11-25",
}
ORDERED = {"package": "SMMARKETING – БІРГЕ", "order_url": ORDER_URL}
CLAIM = {
    "claim": "№ 12",
    "due_on": "2026-12-02",
    "claim_url": "https://academy.example.kz/kk/cabinet/SM4K7Q2X/claims/12/",
}
LIST_URL = "https://academy.example.kz/admin/enrollment/deadline/?attention=overdue"
OWED = [
    {
        "order": "SM4K7Q2X",
        "number": "LZA-2027-000123",
        "due_on": "29.01.2027",
        "why": "came-back",
        "detail": "5.1.1",
    },
    {
        "order": "SM8K2Q4Z",
        "number": "",
        "due_on": "29.01.2027",
        "why": "not-completed",
        "detail": "",
    },
]
WHAT_IS_ANSWERED = {
    "what_kk": "сертификат алушы туралы сұраққа жауап беру",
    "what_ru": "ответить на вопрос о получателе сертификата",
}
WHAT_IS_SENT = {"what_kk": "сертификатты жіберу", "what_ru": "отправить сертификат"}
TERM = {"clause": "9.5", "page_url": ORDER_URL}
TERMS_OF_STAFF = [
    {"order": "SM4K7Q2X", "due_on": "29.01.2027", **WHAT_IS_SENT},
    {
        "order": "SM8K2Q4Z",
        "due_on": "01.02.2027",
        "what_kk": "талапқа жауап беру",
        "what_ru": "ответить на претензию",
    },
]
DAYS = {"from_on": "29.01.2027", "to_on": "01.02.2027"}
MOVED_TERMS = [
    {"owed_by": "academy", "clause": "9.1", **DAYS, **WHAT_IS_SENT},
    {"owed_by": "user", "clause": "9.5", **DAYS, **WHAT_IS_ANSWERED},
]
COHORT = {
    "subject_kk": "Сабақ кестесі өзгерді",
    "subject_ru": "Расписание изменилось",
    "text_kk": "Сабақ енді кешкі жетіде басталады.",
    "text_ru": "Занятия теперь в семь вечера.",
    "cabinet_url": "https://academy.example.kz/kk/cabinet/",
}
CABINET_URL = "https://academy.example.kz/kk/cabinet/"
BREACH = {
    "clause": "6.4",
    "rule_kk": "Telegramm, What Sapp-тағы чат/тобында өзара құрмет пен бағынуды сақтауға",
    "rule_ru": "соблюдать в чате/группе Исполнителя в Telegramm, What Sapp взаимное уважение",
    "happened_on": "2026-12-12",
    "package": "SMMARKETING – БІРГЕ",
    "email": "academy@example.kz",
    "breach_url": f"{CABINET_URL}SM4K7Q2X/breaches/1/",
}
MOVED = COURSE | {"cabinet_url": "https://academy.example.kz/kk/cabinet/"}
MOVED.pop("order_url")
FACTS: dict[str, dict[str, Any]] = {
    "erasure-answered": {
        "asked_on": "2026-11-22",
        "kept_kk": "SM4K7Q2X: Шарттағы аты-жөні. 22.01.2032 дейін.",
        "kept_ru": "SM4K7Q2X: Имена в договоре. До 22.01.2032.",
    },
    "data-leaked": {
        "found_on": "2026-11-22",
        "told_kk": "Бөтен адам пошта мекенжайларын көрді.",
        "told_ru": "Посторонний увидел адреса почты.",
    },
    NoticeKind.WRITTEN: {
        "subject": "Re: SMM", "answered": "21.11.2026, Курс туралы сұрақ",
        "text": "Сәлеметсіз бе!\nСабақ дүйсенбіде басталады.",
    },
    NoticeKind.LETTER_TAKEN: {
        "subject": "Курс туралы сұрақ", "moment": "22.11.2026 18:48",
        "cabinet_url": "https://academy.example.kz/kk/cabinet/",
    },
    NoticeKind.COHORT_NEWS: COHORT,
    NoticeKind.COHORT_OFFER: COHORT,
    "move-proposed": MOVED | {"answer_url": f"{ORDER_URL}proposals/move/1/"},
    "move-made": MOVED,
    NoticeKind.ORDER_PLACED: {"due": 149990, "pay_on": "2026-11-22", **COURSE},
    NoticeKind.GUARDIAN_ASKED: {
        "learner": "Әбілқасымова Гүлнұр", "guardian": "Қайратұлы Бауыржан", "price": 149990,
        "pay_on": "2026-11-22", "guardian_url": f"{ORDER_URL}guardian/",
    } | {name: value for name, value in COURSE.items() if name != "order_url"},
    NoticeKind.GUARDIAN_CONSENTED: {"due": 149990, "pay_on": "2026-11-22", **COURSE},
    NoticeKind.CONTRACT_CONCLUDED: {
        "learner": LONG_NAME, "amount": "149990.50", "paid_on": "2026-11-22", **COURSE,
    },
    NoticeKind.SALES_OPEN: {
        "starts_on": "2027-02-01", "ends_on": "2027-03-18", "home_url": "https://academy.example.kz/kk/",
    },
    NoticeKind.ORDER_LAPSED: {
        "package": "SMMARKETING – ӨЗІМ", "pay_on": "2026-11-22", "home_url": "https://academy.example.kz/kk/",
    },
    NoticeKind.ORDER_REOPENED: {"due": 149990, "pay_on": "2026-11-24", **COURSE},
    NoticeKind.ORDER_CANCELLED: {"restore_on": "2026-11-22", **ORDERED},
    NoticeKind.ORDER_RESTORED: {"pay_on": "2026-11-22", **COURSE},
    NoticeKind.ORDER_LINK: {"code": "SM4K7Q2X", "pay_on": "2026-11-22", **ORDERED},
    NoticeKind.REPORT_RECEIVED: {
        "package": "SMMARKETING – БІРГЕ", "number": "15", "kept_on": "2026-11-26", "place": "kept",
        "order_url": ORDER_URL,
    },
    NoticeKind.CLARIFICATION: {
        "answer_on": "2026-11-25", "days": 3, "many": 1, "answer_url": ORDER_URL,
        "asked_kk": "Мекенжайда үй нөмірі көрсетілмеген. Толық мекенжайды жазыңыз.",
        "asked_ru": "В адресе нет номера дома. Напишите адрес полностью.",
    },
    NoticeKind.INVOICE_PLACED: {
        "invoice": "SH4K7Q2Y", "due": 1049930, "pay_on": "2026-11-22", "learners": 7,
        "invoice_url": INVOICE_URL,
        "package": "SMMARKETING – БІРГЕ", "starts_on": "2026-12-07", "ends_on": "2027-01-22",
    },
    NoticeKind.INVOICE_REPORTED: {
        "invoice": "SH4K7Q2Y", "package": "SMMARKETING – БІРГЕ", "number": "15",
        "kept_on": "2026-11-26",
        "learners": 7, "places": 4, "beyond": "yes", "invoice_url": INVOICE_URL,
    },
    NoticeKind.INVOICE_LAPSED: {
        "invoice": "SH4K7Q2Y", "package": "SMMARKETING – БІРГЕ", "learners": 7,
        "pay_on": "2026-11-22",
        "home_url": "https://academy.example.kz/kk/",
    },
    NoticeKind.INVOICE_CANCELLED: {
        "invoice": "SH4K7Q2Y", "package": "SMMARKETING – БІРГЕ", "learners": 7,
        "restore_on": "2026-11-22", "invoice_url": INVOICE_URL,
    },
    NoticeKind.INVOICE_RESTORED: {
        "invoice": "SH4K7Q2Y", "pay_on": "2026-11-22", "learners": 7, "invoice_url": INVOICE_URL,
        "package": "SMMARKETING – БІРГЕ", "starts_on": "2026-12-07", "ends_on": "2027-01-22",
    },
    NoticeKind.CERTIFICATE_READY: {
        "holder": LONG_NAME, "number": "LZA-2026-000123", "issued_on": "2027-01-29",
        "cabinet_url": "https://academy.example.kz/kk/cabinet/",
    },
    NoticeKind.SIGN_IN_CODE: {"code": "482913"},
    NoticeKind.HALVES_ASKED: {"price": 149990, **REQUEST},
    NoticeKind.HALVES_DECLINED: {"reason": "Ағынның төлемі бөлінбейді", **REQUEST},
    NoticeKind.HALVES_PROPOSED: {**TERMS, **REQUEST},
    NoticeKind.HALVES_AGREED: {**TERMS, **REQUEST, "checkout_url": f"{REQUEST_URL}order/"},
    NoticeKind.REST_REMINDER: {"rest": 74995, "days": 3, "pay_on": "2026-12-21", **ORDERED},
    NoticeKind.PAY_TODAY: {"due": 149990, "pay_on": "2026-11-22", **ORDERED},
    NoticeKind.COURSE_BEGINS: {
        "days": 1, "starts_on": "2026-12-07", "begins": "07.12.2026, 19:00, 90 минут",
        "topic": "Мақсат пен аудитория · Цель и аудитория", "learner": LONG_NAME,
        "package": "SMMARKETING – БІРГЕ", "cabinet_url": CABINET_URL,
        "lessons_url": f"{CABINET_URL}SM4K7Q2X/lessons/",
    },
    NoticeKind.LESSON_TODAY: {
        "item": 7, "begins": "22.11.2026, 19:00, 90 минут",
        "topic": "Контент-жоспар · Контент-план", "package": "SMMARKETING – БІРГЕ",
        "cabinet_url": CABINET_URL, "lessons_url": f"{CABINET_URL}SM4K7Q2X/lessons/",
    },
    NoticeKind.RECEIPT_KNOWN: {
        "number": "1043", "sign": "784512369852", "amount": "149990.00", "issued_on": "2026-11-22",
        "receipt_url": "https://consumer.oofd.kz/?i=784512369852", **ORDERED,
    },
    NoticeKind.REST_MOVED: {"rest": 74995, "rest_on": "2026-12-28", **ORDERED},
    NoticeKind.REST_PAID: {"amount": "74995.00", "paid_on": "2026-12-20", **ORDERED},
    NoticeKind.ACCESS_SUSPENDED: {"rest": 74995, "pay_on": "2026-12-21", **ORDERED},
    NoticeKind.ACCESS_RESTORED: {
        "amount": "74995.00", "paid_on": "2026-12-22", "package": "SMMARKETING – БІРГЕ",
        "cabinet_url": "https://academy.example.kz/kk/cabinet/",
    },
    NoticeKind.WORK_RESULT: {
        "work": "A1", "mark": "accepted", "points": 9, "package": "SMMARKETING – БІРГЕ",
        "work_url": f"{CABINET_URL}SM4K7Q2X/works/7/",
    },
    NoticeKind.BREACH_RECORDED: {**BREACH, "is_closed": "yes"},
    NoticeKind.BREACH_REVIEWED: {**BREACH, "verdict": "withdrawn", "is_open": "yes"},
    NoticeKind.ENDING_TALKS: {
        "package": "SMMARKETING – БІРГЕ", "side": "academy", "answer": "", "ends_on": "2026-12-31",
        "returned": 74995, "ending_url": f"{CABINET_URL}SM4K7Q2X/ending/",
    },
    NoticeKind.ENDED_EARLY: {
        "package": "SMMARKETING – БІРГЕ", "clause": "12.5.1.1", "ended_on": "2026-12-31",
        "breaches": "6.3 (12.12.2026), 6.4 (20.12.2026)", "owed": 40000,
        "reasons_kk": "Ескертуден кейін де чатта дөрекі сөздер жазылды.",
        "reasons_ru": "После предупреждения в чате снова были грубые слова.",
        "cabinet_url": CABINET_URL,
    },
    NoticeKind.EMAIL_CORRECTED: {"corrected_on": "2026-11-22", "order_url": ORDER_URL},
    NoticeKind.SESSIONS_ENDED: {
        "moment": "22.11.2026 18:48", "sign_in_url": "https://academy.example.kz/kk/sign-in/",
    },
    NoticeKind.ACCOUNT_ALARM: {
        "account": BUYER, "moment": "22.11.2026 18:48", "sessions": 3,
        "admin_url": "https://academy.example.kz/admin/accounts/user/12/change/",
    },
    NoticeKind.CLAIM_FILED: {**CLAIM, "amount": 30000, "is_signed": ""},
    NoticeKind.CLAIM_DOCUMENTS: {**CLAIM, "is_signed": "yes", "send_on": "2026-12-07"},
    NoticeKind.CLAIM_ANSWERED: {**CLAIM, "is_signed": "yes", "verdict": "partly"},
    NoticeKind.CLAIM_MADE: {**CLAIM, "amount": 1000000, "is_signed": "yes"},
    NoticeKind.CLAIM_WITHDRAWN: {**CLAIM, "of": "user", "on_paper": "yes"},
    NoticeKind.FORCE_MAJEURE: {
        "stage": "over", "began_on": "2026-12-16", "ended_on": "2026-12-20", "days": "5",
        "terms": [
            {"owed_by": "academy", "clause": "3.3", "from_on": "22.01.2027",
             "to_on": "27.01.2027", "what_kk": "курсты соңғы күніне дейін өткізу",
             "what_ru": "провести курс до последнего дня"},
            {"owed_by": "user", "clause": "4.3.1", "from_on": "25.12.2026",
             "to_on": "30.12.2026", "what_kk": "қалған соманы төлеу",
             "what_ru": "оплатить остаток"},
        ],
        "cabinet_url": "https://academy.example.kz/kk/cabinet/",
    },
    NoticeKind.REFUND_DECIDED: {
        "case": "R-17", "subject": "SM4K7Q2X", "asked_on": "2026-11-22", "granted": "144990.00",
        "decided_on": "2026-11-25", "is_paid_now": "yes", "ends_order": "yes",
        "page_url": ORDER_URL,
    },
    NoticeKind.REFUND_SENT: {
        "case": "R-17", "subject": "SM4K7Q2X", "amount": "144990.00", "sent_on": "2026-11-25",
        "reference": "50512345",
    },
    NoticeKind.REFUND_CORRECTED: {
        "case": "R-17", "subject": "SM4K7Q2X", "amount": "144990.00", "sent_on": "2026-11-25",
        "reference": "50512345",
    },
    NoticeKind.EDITION_COMING: {
        "edition": "2026-12-15", "effective_on": "2026-12-15", "object_until": "2026-12-14",
        "package": "SMMARKETING – БІРГЕ", "more": 0,
        "answer_url": "https://academy.example.kz/kk/cabinet/SM4K7Q2X/editions/2026-12-15/",
        "changes_kk": [{
            "place": "9.5", "before": "… 3 (үш) жұмыс күні …", "after": "… 5 (бес) жұмыс күні …",
        }],
        "changes_ru": [{
            "place": "9.5", "before": "… 3 (трех) рабочих …", "after": "… 5 (пяти) рабочих …",
        }],
    },
    NoticeKind.EDITION_ANSWERED: {
        "edition": "2026-12-15", "effective_on": "2026-12-15", "answer": "objected",
        "moment": "10.12.2026 18:48",
    },
    NoticeKind.CONTRACT_ENDED: {"amount": "149990.00", "paid_on": "2026-11-22", **ORDERED},
    NoticeKind.REST_DUE_AGAIN: {
        "rest": 74995, "rest_on": "2026-12-28", "amount": "74995.00", "paid_on": "2026-12-20",
        **ORDERED,
    },
    NoticeKind.PAYMENT_CORRECTED: {"amount": "50000.00", "paid_on": "2026-11-22", **ORDERED},
    NoticeKind.DEADLINE_WARNING: {"owed": OWED, "more": 0, "count": 2, "list_url": LIST_URL},
    NoticeKind.DEADLINE_ALARM: {"owed": OWED, "more": 3, "count": 5, "list_url": LIST_URL},
    NoticeKind.TERM_NEAR: {"until": "2026-11-30", **TERM, **WHAT_IS_ANSWERED},
    NoticeKind.TERM_OVER: {"until": "2026-11-30", **TERM, **WHAT_IS_ANSWERED},
    NoticeKind.TERMS_NEAR: {"terms": TERMS_OF_STAFF, "more": 0, "count": 2, "list_url": LIST_URL},
    NoticeKind.TERMS_OVER: {"terms": TERMS_OF_STAFF, "more": 3, "count": 5, "list_url": LIST_URL},
    NoticeKind.TERMS_MOVED: {
        "terms": MOVED_TERMS, "why": "calendar",
        "cabinet_url": "https://academy.example.kz/kk/cabinet/",
    },
    NoticeKind.JOURNAL_SEAL: {
        "number": 4, "day": "2026-11-25", "chains": 12, "rows": 57, "root": "3f" * 32,
        "fingerprint": "a7" * 32,
    },
}  # fmt: skip


def a_notice(kind: str = NoticeKind.ORDER_PLACED, **more: Any) -> Notice:
    """Queue a letter about an order."""
    wanted: dict[str, Any] = {
        "about": ("order", "SM4K7Q2X"),
        "to": BUYER,
        "language": "kk",
        "order": "SM4K7Q2X",
        "facts": FACTS[kind],
        "at": NOW,
    }
    return queue_notice(kind, **(wanted | more))


def paper(key: str, *, at: datetime) -> list[Attachment]:
    """Make a paper that differs every time it is made, as a PDF with the hour in it does."""
    return [
        Attachment(
            f"Шарт {key}.pdf", "application/pdf", b"%PDF-1.7 " + str(datetime.now(UTC)).encode()
        )
    ]


def long_paper(key: str, *, at: datetime) -> list[Attachment]:
    """A paper with a name of many letters, none of which is ASCII."""
    name = "Талапқа-қажет-құжаттар-туралы-академияның-хаты-12-2026-жылғы-22-қараша.pdf"
    return [Attachment(name, "application/pdf", b"%PDF-1.7")]


def greeted(*, to: str, order: str, about: tuple[str, str]) -> str:
    """Greet everybody by one name."""
    return "Айгерім"


def greeted_with_markup(*, to: str, order: str, about: tuple[str, str]) -> str:
    return "<b>Айгерім</b>"


def letterhead() -> Letterhead:
    return Letterhead(
        "Lessbek Zapusk Academy", {"kk": "Алматы қ., Мұстай Карим к-сі, 13а", "ru": "г. Алматы"}
    )


class Post:
    """Keeps the exact bytes it is given; `senders`, `recipients` and `data` say how it answers,
    or do something first.
    """

    def __init__(self) -> None:
        self.port = free_port()
        self.letters: list[bytes] = []
        self.callers = 0
        self.senders: Callable[[], str] = lambda: "250 OK"
        self.recipients: Callable[[], str] = lambda: "250 OK"
        self.data: Callable[[], str] = lambda: "250 OK"

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Any
    ) -> str:
        answer = self.senders()
        if answer.startswith("2"):
            envelope.mail_from = address
            envelope.mail_options.extend(options)
        return answer

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Any
    ) -> str:
        self.callers += 1
        answer = self.recipients()
        if answer.startswith("2"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        self.letters.append(bytes(envelope.original_content or b""))
        self.sender = envelope.mail_from
        self.recipient = envelope.rcpt_tos
        return self.data()


@contextmanager
def post_office() -> Iterator[Post]:
    """Run the mail server on a free port."""
    post = Post()
    controller = Controller(post, hostname="127.0.0.1", port=post.port)
    controller.start()
    try:
        yield post
    finally:
        controller.stop()
