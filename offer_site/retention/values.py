"""What erasing takes out of the rows of each class; digests, days and sums stay (A2).

Each function works on one locked order. Names and digests of stored files stay in their rows: the
bytes are deleted after the commit (files.py).
"""

from collections.abc import Callable, Iterable
from typing import Any

from django.db.models import CharField, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat

from enrollment.models import (
    Clarification,
    Enrollment,
    HalvesAnswer,
    HalvesRequest,
    Learner,
    Order,
    Party,
    PartyKind,
    PaymentReport,
    RestMove,
    StudentWork,
    StudyResult,
    WorkFile,
)
from offer_site.notices.models import Bounce, Notice
from offer_site.telegram.models import TelegramButton, TelegramChat, TelegramMessage, TelegramUpdate
from payments.models import InstallmentApplication, ManualReceipt, RefundCase

from .classes import DataClassKey

GONE = "–"  # where the database wants a word
NOBODY = "erased.invalid"  # a domain that can never exist (RFC 2606)

Files = Iterable[str]


def erase_origin(order: Order) -> Files:
    """The network address and the browser; the digest of them stays in the consents."""
    nothing = {"origin_address": None, "origin_agent": "", "origin_browser": ""}
    _parties(order).update(**nothing)
    HalvesRequest.objects.filter(order=order).update(**nothing)
    return ()


def erase_chats(order: Order) -> Files:
    """Requests for halves, and what was written in Telegram about them and about the order."""
    requests = HalvesRequest.objects.filter(order=order)
    about = [order.code, *requests.values_list("code", flat=True)]
    chats = TelegramChat.objects.filter(about_key__in=about)
    TelegramButton.objects.filter(message__chat__in=chats).update(label=GONE)
    TelegramMessage.objects.filter(chat__in=chats).update(text="")
    TelegramUpdate.objects.filter(chat__in=chats).update(body="", reply="")
    chats.filter(chat_id__isnull=False).update(chat_id=0)
    yield from _named(HalvesAnswer.objects.filter(proposal__request__in=requests), "picture")
    yield from _named(RestMove.objects.filter(installment__order=order), "picture")
    requests.update(
        name=GONE, email=f"{order.code.lower()}@{NOBODY}", phone="", telegram="", why="", salt=""
    )
    requests.exclude(decline_reason="").update(decline_reason=GONE)


def erase_exchange(order: Order) -> Files:
    """Letters, what came back of them, questions and answers, documents, demands."""
    letters = letters_of(order)
    yield from _named(letters, "raw")
    yield from _named(Bounce.objects.filter(notice__in=letters), "raw")
    questions = Clarification.objects.filter(order=order)
    yield from _named(questions, "document")
    yield from _named(PaymentReport.objects.filter(order=order), "document")
    yield from _works(order)
    questions.update(words_kk="", words_ru="")
    questions.exclude(note="").update(note=GONE)
    RefundCase.objects.filter(order=order).update(demand="", email="")
    forget_readers(letters)


def _works(order: Order) -> Files:
    """What the student handed in, and what the curator wrote of it; results and days stay."""
    works = StudentWork.objects.filter(enrollment__order=order)
    files = WorkFile.objects.filter(work__enrollment__order=order)
    yield from _named(files, "document")
    files.update(title="")
    works.update(words="", link="", is_erased=True)
    StudyResult.objects.filter(enrollment__order=order).update(comment="")


def erase_contract(order: Order) -> Files:
    """Who the party and the learner are, the contract's paper, acts, and accounting documents."""
    parties = _parties(order)
    of_company = parties.filter(kind=PartyKind.COMPANY)
    parties.exclude(kind=PartyKind.COMPANY).update(company_name="", bin="", iin="")
    of_company.update(company_name=GONE, bin=GONE, iin="")
    parties.update(
        surname="",
        name="",
        patronymic="",
        phone="",
        email="",
        email_seen_at=None,
        address="",
        postal_address="",
        relation="",
        position="",
        salt="",
    )
    learners = Learner.objects.filter(Q(pk=order.learner_id) | Q(former_of=order.learner_id))
    learners.update(surname="", name="", patronymic="", birth_date=None, iin="", salt="")
    key = f"erased:{order.code}"
    Order.objects.filter(pk=order.pk).update(learner_key=key, confirmed=[])
    Enrollment.objects.filter(order=order).update(learner_key=key)
    InstallmentApplication.objects.filter(order=order).update(income="")
    yield from _named(InstallmentApplication.objects.filter(order=order), "document")
    yield from _named(ManualReceipt.objects.filter(order=order), "document")
    yield f"contracts/{order.code}.pdf"
    yield f"acts/{order.code}.pdf"
    for number in RefundCase.objects.filter(order=order).values_list("pk", flat=True):
        yield f"refunds/R-{number}.pdf"


ERASERS: dict[DataClassKey, Callable[[Order], Files]] = {
    DataClassKey.ORIGIN: erase_origin,
    DataClassKey.CHATS: erase_chats,
    DataClassKey.EXCHANGE: erase_exchange,
    DataClassKey.CONTRACT: erase_contract,
}


def letters_of(order: Order) -> QuerySet[Notice]:
    """The letters about an order, its requests for halves, and an invoice of which it is the last.

    Letters of a company's invoice name all its learners: they go with the last of its orders.
    """
    about = Q(order_code=order.code) | Q(about_kind="order", about_key=order.code)
    requests = HalvesRequest.objects.filter(order=order).values_list("code", flat=True)
    about |= Q(about_kind="halves", about_key__in=list(requests))
    if order.invoice_id and order.invoice:
        others = Order.objects.filter(invoice=order.invoice_id).exclude(pk=order.pk)
        if not others.exclude(party__salt="").exists():
            about |= Q(about_kind="invoice", about_key=order.invoice.code)
    return Notice.objects.filter(about)


def forget_readers(letters: QuerySet[Notice]) -> None:
    """Take the reader and the facts out of letters; kind, times and digest stay (N1)."""
    numbers = list(letters.values_list("pk", flat=True))
    chosen = Notice.objects.filter(pk__in=numbers)
    chosen.exclude(last_error="").update(last_error=GONE)
    chosen.update(
        recipient=Concat(
            Value("letter-"), Cast("pk", CharField()), Value(f"@{NOBODY}"), output_field=CharField()
        ),
        facts={},
        subject="",
    )


def _parties(order: Order) -> QuerySet[Party]:
    return Party.objects.filter(Q(pk=order.party_id) | Q(former_of=order.party_id))


def _named(rows: QuerySet[Any], column: str) -> list[str]:
    """The names of the stored files of these rows, read before the rows change."""
    return [name for name in rows.values_list(column, flat=True) if name]
