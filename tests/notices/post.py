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
MOVED = COURSE | {"cabinet_url": "https://academy.example.kz/kk/cabinet/"}
MOVED.pop("order_url")
FACTS: dict[str, dict[str, Any]] = {
    "move-proposed": MOVED,
    "move-made": MOVED,
    NoticeKind.ORDER_PLACED: {"due": 149990, "pay_on": "2026-11-22", **COURSE},
    NoticeKind.CONTRACT_CONCLUDED: {"amount": "149990.50", "paid_on": "2026-11-22", **COURSE},
    NoticeKind.ORDER_LAPSED: {
        "package": "SMMARKETING – ӨЗІМ", "pay_on": "2026-11-22", "home_url": "https://academy.example.kz/kk/",
    },
    NoticeKind.ORDER_REOPENED: {"due": 149990, "pay_on": "2026-11-24", **COURSE},
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
    NoticeKind.CERTIFICATE_READY: {
        "holder": LONG_NAME, "number": "LZA-2026-000123", "issued_on": "2027-01-29",
        "cabinet_url": "https://academy.example.kz/kk/cabinet/",
    },
    NoticeKind.SIGN_IN_CODE: {"code": "482913"},
    NoticeKind.HALVES_ASKED: {"price": 149990, **REQUEST},
    NoticeKind.HALVES_DECLINED: {"reason": "Ағынның төлемі бөлінбейді", **REQUEST},
    NoticeKind.HALVES_PROPOSED: {**TERMS, **REQUEST},
    NoticeKind.HALVES_AGREED: {**TERMS, **REQUEST, "checkout_url": f"{REQUEST_URL}order/"},
    NoticeKind.REST_REMINDER: {"rest": 74995, "pay_on": "2026-12-21", **ORDERED},
    NoticeKind.REST_MOVED: {"rest": 74995, "rest_on": "2026-12-28", **ORDERED},
    NoticeKind.REST_PAID: {"amount": "74995.00", "paid_on": "2026-12-20", **ORDERED},
    NoticeKind.ACCESS_SUSPENDED: {"rest": 74995, "pay_on": "2026-12-21", **ORDERED},
    NoticeKind.ACCESS_RESTORED: {
        "amount": "74995.00", "paid_on": "2026-12-22", "package": "SMMARKETING – БІРГЕ",
        "cabinet_url": "https://academy.example.kz/kk/cabinet/",
    },
    NoticeKind.EMAIL_CORRECTED: {"corrected_on": "2026-11-22", "order_url": ORDER_URL},
    NoticeKind.SESSIONS_ENDED: {
        "moment": "22.11.2026 18:48", "sign_in_url": "https://academy.example.kz/kk/sign-in/",
    },
    NoticeKind.ACCOUNT_ALARM: {
        "account": BUYER, "moment": "22.11.2026 18:48", "sessions": 3,
        "admin_url": "https://academy.example.kz/admin/accounts/user/12/change/",
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
    NoticeKind.CONTRACT_ENDED: {"amount": "149990.00", "paid_on": "2026-11-22", **ORDERED},
    NoticeKind.REST_DUE_AGAIN: {
        "rest": 74995, "rest_on": "2026-12-28", "amount": "74995.00", "paid_on": "2026-12-20",
        **ORDERED,
    },
    NoticeKind.PAYMENT_CORRECTED: {"amount": "50000.00", "paid_on": "2026-11-22", **ORDERED},
    NoticeKind.DEADLINE_WARNING: {"owed": OWED, "more": 0, "count": 2, "list_url": LIST_URL},
    NoticeKind.DEADLINE_ALARM: {"owed": OWED, "more": 3, "count": 5, "list_url": LIST_URL},
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
