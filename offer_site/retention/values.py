"""What erasing takes out of the rows of each class; digests, days and sums stay (A2).

Each function works on one locked order. Names and digests of stored files stay in their rows: the
bytes are deleted after the commit (files.py).
"""

from collections.abc import Callable, Iterable
from typing import Any

from django.db.models import CharField, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat

from enrollment.models import (
    Enrollment,
    HalvesAnswer,
    HalvesRequest,
    Learner,
    Order,
    Party,
    PartyKind,
)
from offer_site.notices.models import Bounce, Notice
from offer_site.telegram.models import (
    GroupInvite,
    TelegramButton,
    TelegramChat,
    TelegramMessage,
    TelegramUpdate,
)
from payments.models import RefundCase

from .classes import DataClassKey
from .holdings import GONE, holdings_of

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
    forget_chats([order.code, *requests.values_list("code", flat=True)])
    yield from pictures_of(requests)
    yield from erase_held(DataClassKey.CHATS, order)
    forget_requests(requests)
    _erase_invites(order)


def forget_chats(about: list[str]) -> Files:
    """Take what was written out of the chats about these things."""
    chats = TelegramChat.objects.filter(about_key__in=about)
    messages = TelegramMessage.objects.filter(chat__in=chats)
    TelegramButton.objects.filter(message__in=messages).update(label=GONE)
    messages.exclude(last_error="").update(last_error=GONE)
    messages.update(text="")
    TelegramUpdate.objects.filter(chat__in=chats).update(body="", reply="")
    chats.filter(chat_id__isnull=False).update(chat_id=0)
    return ()


def pictures_of(requests: QuerySet[HalvesRequest]) -> Files:
    """The pictures of chats in which halves were agreed on."""
    return _named(HalvesAnswer.objects.filter(proposal__request__in=requests), "picture")


def forget_requests(requests: QuerySet[HalvesRequest]) -> None:
    """Take who asked for halves out of requests; the state and the days stay."""
    requests.exclude(decline_reason="").update(decline_reason=GONE)
    requests.update(
        name=GONE,
        email=Concat(
            Value("halves-"), Cast("pk", CharField()), Value(f"@{NOBODY}"), output_field=CharField()
        ),
        phone="",
        telegram="",
        why="",
        salt="",
        origin_address=None,
        origin_agent="",
        origin_browser="",
    )


def _erase_invites(order: Order) -> None:
    """Who came to the cohort's group, and by which link."""
    keys = [str(pk) for pk in Enrollment.objects.filter(order=order).values_list("pk", flat=True)]
    invites = GroupInvite.objects.filter(about_kind="enrollment", about_key__in=keys)
    invites.update(link="", link_digest="", former_user=None)
    invites.exclude(user=None).update(user=0)
    invites.exclude(last_error="").update(last_error=GONE)


def erase_exchange(order: Order) -> Files:
    """Letters, what came back of them, questions, claims, breaches, proposals, documents."""
    letters = letters_of(order)
    yield from erase_letters(letters)
    yield from erase_held(DataClassKey.EXCHANGE, order)


def erase_letters(letters: QuerySet[Notice]) -> Files:
    """Take the reader, the facts and the bytes out of letters of the outbox."""
    files = _named(letters, "raw")
    files += _named(Bounce.objects.filter(notice__in=letters), "raw")
    forget_readers(letters)
    return files


def erase_held(key: DataClassKey, order: Order) -> Files:
    """What the table of holdings names for the class, of this order alone."""
    for holding in holdings_of(key):
        yield from holding.erase(holding.model._default_manager.filter(**{holding.order: order}))


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
    yield from erase_held(DataClassKey.CONTRACT, order)
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
    """The letters about an order and its requests for halves; an invoice's go with its last."""
    about = Q(order_code=order.code) | Q(about_kind="order", about_key=order.code)
    requests = HalvesRequest.objects.filter(order=order).values_list("code", flat=True)
    about |= Q(about_kind="halves", about_key__in=list(requests))
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
        in_reply_to="",
        thread="",
        subject="",
    )


def _parties(order: Order) -> QuerySet[Party]:
    return Party.objects.filter(Q(pk=order.party_id) | Q(former_of=order.party_id))


def _named(rows: QuerySet[Any], column: str) -> list[str]:
    """The names of the stored files of these rows, read before the rows change."""
    return [name for name in rows.values_list(column, flat=True) if name]
