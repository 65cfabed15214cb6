"""Erasing what is over: each class of an order by its term, or earlier by the person's wish.

Every erasing has a row in the order's chain and names no value (A2). Nothing is erased while money,
a claim, a dispute, a talk, a refund or a term of the order is still running. What is kept, and how
long, is classes.py; where it lies is holdings.py.
"""

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any

from allauth.account.models import EmailAddress
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import DateTimeField, Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from enrollment.models import (
    Claim,
    Clarification,
    Deadline,
    EditionTalk,
    ForceMajeureContract,
    HalvesRequest,
    Order,
    Party,
    PaymentReport,
)
from enrollment.rules.order_states import OrderState
from offer_site.accounts.models import User
from offer_site.correspondence.models import Letter, LetterFile
from offer_site.days import add_months, almaty_day, start_of_day
from offer_site.journal.models import Entry
from offer_site.journal.operations import SYSTEM, record
from offer_site.notices.models import Notice, NoticeState
from offer_site.telegram.models import TelegramUpdate
from payments.models import Allocation, Hold, LedgerEntry, RefundCase, RefundPayout

from .classes import (
    CLASSES,
    DISPUTE_YEARS,
    TOGETHER,
    Beginning,
    DataClass,
    DataClassKey,
    data_class,
)
from .holdings import HOLDINGS, Holding
from .models import ErasedFile, Leak
from .values import (
    ERASERS,
    GONE,
    NOBODY,
    erase_letters,
    forget_chats,
    forget_readers,
    forget_requests,
    pictures_of,
)

log = logging.getLogger(__name__)

ERASED = "personal_data.erased"
MOST_AT_ONCE = 200  # orders of a class in one run
UPDATES_KEPT = timedelta(days=14)  # a departure is compared with comings of one hour
ENDED = (OrderState.COMPLETED, OrderState.TERMINATED)
# Words about a leak may name people of many orders; they stand in nobody's copy.
LEAKS = Holding(Leak, DataClassKey.EXCHANGE, "", words=("happened", "data", "measures"))
LAPSES = ("order.lapsed", "order.cancelled", "order.replaced")


@dataclass(frozen=True)
class Erased:
    """One class of one order that was erased, or could not be."""

    order: str
    data: DataClassKey
    failed: bool = False


def erase_due(*, at: datetime, limit: int = MOST_AT_ONCE) -> Iterator[Erased]:
    """Erase all whose term is over, each class of an order in a transaction of its own.

    At most `limit` of each class are erased, and it is safe to repeat: what was erased is found no
    more. One that fails takes no other's turn.
    """
    for each in CLASSES:
        if each.key not in ERASERS and each.key != DataClassKey.APPLICATION:
            continue
        yield from erase_orders(due_orders(each, at=at), each, why="term", at=at, limit=limit)


def erase_orders(
    orders: QuerySet[Order], data: DataClass, *, why: str, at: datetime, limit: int
) -> Iterator[Erased]:
    """Erase a class of these orders, of at most `limit`; one that fails takes no other's turn."""
    done = 0
    for order in orders:
        try:
            if not erase_class(order=order, data=data, why=why, by=SYSTEM, at=at):
                continue
        except Exception:
            log.exception("%s of %s is not erased", data.key, order)
            yield Erased(order.code, data.key, failed=True)
            continue
        yield Erased(order.code, data.key)
        done += 1
        if done >= limit:
            break


def due_orders(
    data: DataClass, *, at: datetime, begun_before: datetime | None = None
) -> QuerySet[Order]:
    """Orders of which this class is still kept, whose term is over and which nothing holds.

    With `begun_before`, its term only has to have begun. The orders come without their people.
    """
    if data.begins == Beginning.NEVER:
        return Order.objects.none()
    begun_before = begun_before or _latest_beginning(data, almaty_day(at))
    begun: QuerySet[Any] = _begun(data).filter(~was_erased(data.key), begun_at__lt=begun_before)
    for rows in _holding(at).values():
        begun = begun.filter(~Exists(rows))
    return begun.order_by("begun_at", "pk")


def beginnings_of(orders: Iterable[Order], data: DataClass) -> dict[int, datetime]:
    """The moments from which a class of these orders counts its term, of those where it does."""
    if data.begins == Beginning.NEVER:
        return {}
    found = _begun(data).filter(pk__in=[each.pk for each in orders])
    return dict(found.exclude(begun_at=None).values_list("pk", "begun_at"))


def _begun(data: DataClass) -> QuerySet[Any]:
    """Orders with the moment from which the term of the class counts."""
    named = Q(invoice_id=OuterRef("code")) | Q(invoice_id=OuterRef("invoice__code"))
    money = Exists(Allocation.objects.filter(order=OuterRef("pk"))) | Exists(
        LedgerEntry.objects.filter(named)
    )
    rows = Entry.objects.filter(chain=OuterRef("code"), about_kind="order").order_by("-number")
    lapsed = rows.filter(verb__in=LAPSES).values("at")[:1]
    moved = rows.filter(verb="order.moved").values("at")[:1]
    if data.begins == Beginning.LAPSE:
        found = Order.objects.filter(~money, state=OrderState.LAPSED)
        return found.annotate(begun_at=Subquery(lapsed, output_field=DateTimeField()))
    # A lapsed order that money came for is kept as a contract is: the books rest on it.
    ended = Q(state__in=ENDED) | Q(money, state=OrderState.LAPSED)
    return Order.objects.filter(ended).annotate(
        begun_at=Coalesce(
            Subquery(moved, output_field=DateTimeField()),
            Subquery(lapsed, output_field=DateTimeField()),
        )
    )


def _latest_beginning(data: DataClass, today: date) -> datetime:
    """The end of the last day whose term is over today."""
    day = today
    while not data.is_over(day, today):
        # Whole years are not a number of days: a step back from the estimate is at most a few.
        day -= timedelta(days=max(1, (data.last_day(day) - today).days))
    return start_of_day(day + timedelta(days=1))


def was_erased(key: DataClassKey) -> Exists:
    """Of an outer query of orders: this class was erased, as the journal tells."""
    rows = Entry.objects.filter(
        chain=OuterRef("code"), verb=ERASED, facts__classes__icontains=str(key)
    )
    return Exists(rows)


def erased_classes(order: Order) -> set[str]:
    """The classes of an order that were erased, as its journal tells."""
    return erased_classes_of([order])[order.code]


def erased_classes_of(orders: Iterable[Order]) -> dict[str, set[str]]:
    """The same of several orders, by their codes."""
    found: dict[str, set[str]] = {each.code: set() for each in orders}
    rows = Entry.objects.filter(chain__in=list(found), verb=ERASED)
    for chain, facts in rows.values_list("chain", "facts"):
        found[chain].update(facts.get("classes", "").split())
    return found


def erase_class(*, order: Order, data: DataClass, why: str, by: str, at: datetime) -> bool:
    """Erase one class of an order, and what goes with it; False if it is held or erased already.

    `why` is "term" or "request". Locks the order with its people.
    """
    with transaction.atomic():
        order = Order.objects.people_locked().get(pk=order.pk)
        before = erased_classes(order)
        if data.key in before or holds_of(order, at=at):
            return False
        email = order.party.email
        wanted = [*TOGETHER.get(data.key, ()), data.key]
        classes = [key for key in wanted if key not in before]
        files = [name for key in classes if key in ERASERS for name in ERASERS[key](order)]
        record(
            ERASED,
            about=("order", order.code),
            order=order.code,
            facts={"classes": " ".join(classes), "files": len(files), "why": why},
            by=by,
            at=at,
            clause=data.clause,
        )
        _doom(files, order=order.code, at=at)
        if DataClassKey.CONTRACT in classes:
            _forget_user(email)
    delete_files(at=at, order=order.code)
    return True


def holds_of(order: Order, *, at: datetime) -> list[str]:
    """What keeps an order's data whatever their term: something about it is still running."""
    this = Order.objects.filter(pk=order.pk)
    return [name for name, rows in _holding(at).items() if this.filter(Exists(rows)).exists()]


def held(orders: Iterable[Order], *, at: datetime) -> set[int]:
    """Which of these orders something holds, by one statement."""
    found = Q()
    for rows in _holding(at).values():
        found |= Q(Exists(rows))
    return set(
        Order.objects.filter(found, pk__in=[each.pk for each in orders]).values_list(
            "pk", flat=True
        )
    )


def _holding(at: datetime) -> dict[str, QuerySet[Any]]:
    """What holds an order of an outer query, by its name.

    A claim whose proposal was declined may go to court while the law gives time for it (10.3).
    """
    of_order = {"order": OuterRef("pk")}
    cases = RefundCase.objects.all()
    disputed_since = start_of_day(add_months(almaty_day(at), -12 * DISPUTE_YEARS))
    lasting = Q(event__confirmed_at=None) | Q(event__ended_on=None)
    return {
        "deadline": Deadline.objects.running().filter(**of_order),
        "question": Clarification.objects.open().filter(
            Q(order=OuterRef("pk")) | Q(invoice=OuterRef("invoice"))
        ),
        "report": PaymentReport.objects.standing().filter(**of_order),
        "hold": Hold.objects.open().filter(payment__order=OuterRef("pk")),
        "refund": cases.undecided().filter(**of_order),
        "payout": RefundPayout.objects.filter(case__order=OuterRef("pk"), done_at=None),
        "letter": Notice.objects.filter(order_code=OuterRef("code"), state=NoticeState.QUEUED),
        "claim": Claim.objects.open().filter(**of_order),
        "dispute": Claim.objects.proposals_declined().filter(
            answer__replied_at__gte=disputed_since, **of_order
        ),
        "talk": EditionTalk.objects.open().filter(answer__notice__order=OuterRef("pk")),
        "force majeure": ForceMajeureContract.objects.filter(
            lasting, event__rejected_at=None, settled_at=None, **of_order
        ),
    }


def _doom(files: Iterable[str], *, order: str, at: datetime) -> None:
    rows = [ErasedFile(name=name, order_code=order, decided_at=at) for name in dict.fromkeys(files)]
    ErasedFile.objects.bulk_create(rows, ignore_conflicts=True)


def delete_files(*, at: datetime, order: str = "", limit: int = 1000) -> int:
    """Delete the bytes of erased files; those that a crash left are found by the next run.

    A file that the disk does not let go stays for the next run, and takes no other's turn.
    """
    waiting = ErasedFile.objects.filter(deleted_at=None)
    deleted = 0
    for file in (waiting.filter(order_code=order) if order else waiting).order_by("pk"):
        try:
            default_storage.delete(file.name)
        except OSError:
            log.exception("the erased file %s is not deleted", file.name)
            continue
        deleted += ErasedFile.objects.filter(pk=file.pk).update(deleted_at=at)
        if deleted >= limit:
            break
    return deleted


@dataclass(frozen=True)
class OfNoOrder:
    """What the clock erases that does not go with one order, and how much of it went."""

    what: str
    number: int


def erase_of_no_order(*, at: datetime, limit: int = 1000) -> Iterator[OfNoOrder]:
    """Erase what goes with no single order: each kind in a transaction of its own.

    Letters about accounts and of strangers, demands for money of no order and requests for halves
    that nobody used go by their own days; what several contracts share goes after the last of them.
    What Telegram told of groups and of strangers goes after UPDATES_KEPT.
    """
    over = _latest_beginning(data_class(DataClassKey.EXCHANGE), almaty_day(at))
    unused = _latest_beginning(data_class(DataClassKey.APPLICATION), almaty_day(at))
    about_accounts = Notice.objects.filter(
        about_kind__in=["user", "erasure", "leak"], queued_at__lt=over
    )
    yield from _erase_notices(about_accounts, "letters about accounts", at=at, limit=limit)
    to_who_waited = Notice.objects.filter(about_kind="waiting", queued_at__lt=unused)
    yield from _erase_notices(to_who_waited, "letters to who waited", at=at, limit=limit)
    of_invoices = _letters_of_erased_invoices()
    yield from _erase_notices(of_invoices, "letters of invoices", at=at, limit=limit)
    letters = Letter.objects.filter(concerns=None, arrived_at__lt=over)
    yield from _erase_held(_holding_of(Letter), letters, "letters of no order", at=at, limit=limit)
    names = LetterFile.objects.filter(letter__in=letters)
    yield from _erase_held(_holding_of(LetterFile), names, "names of files", at=at, limit=limit)
    cases = RefundCase.objects.filter(order=None, opened_at__lt=over)
    cases = cases.exclude(pk__in=RefundCase.objects.undecided().values("pk"))
    demands = _holding_of(RefundCase)
    yield from _erase_held(demands, cases, "demands of no order", at=at, limit=limit)
    leaks = Leak.objects.filter(found_at__lt=over).exclude(reported_at=None)
    yield from _erase_held(LEAKS, leaks, "words about leaks", at=at, limit=limit)
    yield from _erase_requests(unused, at=at, limit=limit)
    yield from _erase_updates(at=at, limit=limit)
    for holding in HOLDINGS:
        if holding.shared:
            what = f"shared {holding.model._meta.model_name}"
            yield from _erase_held(holding, _after_the_last(holding), what, at=at, limit=limit)


def _holding_of(model: type[Any]) -> Holding:
    return next(each for each in HOLDINGS if each.model is model)


def _after_the_last(holding: Holding) -> QuerySet[Any]:
    """Rows that lead to orders of which the class was erased, and to no other order."""
    erased = Order.objects.filter(was_erased(holding.data))
    kept = Order.objects.filter(~was_erased(holding.data))
    rows = holding.model._default_manager.all()
    of_erased = rows.filter(**{f"{holding.order}__in": erased}).values("pk")
    of_kept = rows.filter(**{f"{holding.order}__in": kept}).values("pk")
    return rows.filter(pk__in=of_erased).exclude(pk__in=of_kept)


def _letters_of_erased_invoices() -> QuerySet[Notice]:
    """Letters of an invoice name all its learners: they go after the last of its orders."""
    orders = Order.objects.filter(invoice__code=OuterRef("about_key"))
    kept = orders.filter(~was_erased(DataClassKey.EXCHANGE))
    return Notice.objects.filter(Exists(orders), ~Exists(kept), about_kind="invoice")


@transaction.atomic
def _erase_notices(
    letters: QuerySet[Notice], what: str, *, at: datetime, limit: int
) -> list[OfNoOrder]:
    kept = letters.exclude(recipient__endswith=f"@{NOBODY}").exclude(state=NoticeState.QUEUED)
    numbers = list(kept.order_by("pk").values_list("pk", flat=True)[:limit])
    files = list(erase_letters(Notice.objects.filter(pk__in=numbers)))
    return _erased_of_no_order("notice", what, len(numbers), files, at=at)


@transaction.atomic
def _erase_held(
    holding: Holding, rows: QuerySet[Any], what: str, *, at: datetime, limit: int
) -> list[OfNoOrder]:
    """Erase rows of one holding that still say anything."""
    doomed = ErasedFile.objects.values("name")
    said = Q()
    for column in (*holding.words, *holding.cleared):
        said |= ~Q(**{f"{column}__in": ["", GONE]})
    for column in holding.files:
        said |= ~Q(**{column: ""}) & ~Q(**{f"{column}__in": doomed})
    # What an encrypted column says is known only once it is read.
    speaking = (row.pk for row in rows.filter(said).order_by("pk") if holding.says(row))
    numbers = list(islice(speaking, limit))
    files = holding.erase(holding.model._default_manager.filter(pk__in=numbers))
    return _erased_of_no_order("notice", what, len(numbers), files, at=at)


@transaction.atomic
def _erase_requests(unused: datetime, *, at: datetime, limit: int) -> list[OfNoOrder]:
    """Requests for halves that became no order go as an order does that nobody paid (5.2)."""
    requests = HalvesRequest.objects.filter(order=None, asked_at__lt=unused).exclude(salt="")
    requests = requests.filter(Q(valid_until=None) | Q(valid_until__lt=at))
    numbers = list(requests.order_by("pk").values_list("pk", flat=True)[:limit])
    chosen = HalvesRequest.objects.filter(pk__in=numbers)
    codes = list(chosen.values_list("code", flat=True))
    letters = Notice.objects.filter(about_kind="halves", about_key__in=codes)
    forget_chats(codes)
    files = [*pictures_of(chosen), *erase_letters(letters)]
    forget_requests(chosen)
    return _erased_of_no_order("halves", "requests for halves", len(numbers), files, at=at)


@transaction.atomic
def _erase_updates(*, at: datetime, limit: int) -> list[OfNoOrder]:
    """What Telegram told of no chat of ours: who came to a group, and what strangers wrote."""
    handled = TelegramUpdate.objects.filter(chat=None, handled_at__lt=at - UPDATES_KEPT)
    told = handled.exclude(body="", reply="").order_by("pk")
    numbers = list(told.values_list("pk", flat=True)[:limit])
    TelegramUpdate.objects.filter(pk__in=numbers).update(body="", reply="")
    key = DataClassKey.CHATS
    return _erased_of_no_order("telegram", "updates of no chat", len(numbers), [], at=at, key=key)


def _erased_of_no_order(
    about: str,
    what: str,
    number: int,
    files: list[str],
    *,
    at: datetime,
    key: DataClassKey = DataClassKey.EXCHANGE,
) -> list[OfNoOrder]:
    if not number:
        return []
    record(
        ERASED,
        about=(about, "of no order"),
        facts={"classes": str(key), "what": what, "number": number},
        by=SYSTEM,
        at=at,
        clause="11.2",
    )
    _doom(files, order="", at=at)
    return [OfNoOrder(what, number)]


def _forget_user(email: str) -> None:
    """Close the account of an e-mail that no order is registered under any more."""
    if Party.objects.filter(email=email).exists():
        return
    user = User.objects.select_for_update().filter(email=email, is_staff=False).first()
    if user is None:
        return
    forget_readers(Notice.objects.filter(recipient=email, about_kind="user"))
    EmailAddress.objects.filter(user=user).delete()
    user.email = f"user-{user.pk}@{NOBODY}"
    user.password = User.unusable_password()
    user.is_active = False
    user.save(update_fields=["email", "password", "is_active"])
