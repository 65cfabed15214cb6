"""Erasing what is over: each class of an order by its term, or earlier by the person's wish.

Every erasing has a row in the order's chain and names no value (A2). Nothing is erased while money,
a claim, a refund or a term of the order is still running. The table is classes.py.
"""

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from allauth.account.models import EmailAddress
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import DateTimeField, Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from enrollment.models import Clarification, Deadline, Order, Party, PaymentReport
from enrollment.rules.order_states import OrderState
from offer_site.accounts.models import User
from offer_site.days import almaty_day, start_of_day
from offer_site.journal.models import Entry
from offer_site.journal.operations import SYSTEM, record
from offer_site.notices.models import Notice, NoticeState
from payments.models import Allocation, Hold, LedgerEntry, RefundCase, RefundPayout

from .classes import CLASSES, TOGETHER, Beginning, DataClass, DataClassKey, data_class
from .models import ErasedFile
from .values import ERASERS, NOBODY, forget_readers

log = logging.getLogger(__name__)

ERASED = "personal_data.erased"
MOST_AT_ONCE = 200  # orders of a class in one run
ENDED = (OrderState.COMPLETED, OrderState.TERMINATED)
LAPSES = ("order.lapsed", "order.cancelled", "order.replaced")


@dataclass(frozen=True)
class Erased:
    """One class of one order that was erased, or could not be."""

    order: str
    data: DataClassKey
    failed: bool = False


def erase_due(*, at: datetime, limit: int = MOST_AT_ONCE) -> Iterator[Erased]:
    """Erase all whose term is over, each class of an order in a transaction of its own.

    Bounded by `limit` for each class, and safe to repeat: what was erased is found no more.
    """
    for each in CLASSES:
        if each.key not in ERASERS and each.key != DataClassKey.APPLICATION:
            continue
        for order in list(due_orders(each, at=at)[:limit]):
            try:
                if erase_class(order=order, data=each, why="term", by=SYSTEM, at=at):
                    yield Erased(order.code, each.key)
            except Exception:
                log.exception("%s of %s is not erased", each.key, order)
                yield Erased(order.code, each.key, failed=True)


def due_orders(
    data: DataClass, *, at: datetime, begun_before: datetime | None = None
) -> QuerySet[Order]:
    """Orders of which this class is still kept and its term is over; those that are held wait.

    With `begun_before`, its term only has to have begun.
    """
    if data.begins == Beginning.NEVER:
        return Order.objects.none()
    begun_before = begun_before or _latest_beginning(data, almaty_day(at))
    begun = _begun(data).filter(~_was_erased(data.key), begun_at__lt=begun_before)
    return begun.order_by("begun_at", "pk")


def with_beginning(order: Order, data: DataClass) -> datetime | None:
    """The moment from which a class of an order counts its term; None while it does not."""
    if data.begins == Beginning.NEVER:
        return None
    found = _begun(data).filter(pk=order.pk).first()
    return found.begun_at if found else None


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


def _was_erased(key: DataClassKey) -> Exists:
    rows = Entry.objects.filter(
        chain=OuterRef("code"), verb=ERASED, facts__classes__icontains=str(key)
    )
    return Exists(rows)


def erased_classes(order: Order) -> set[str]:
    """The classes of an order that were erased, as its journal tells."""
    rows = Entry.objects.of_order(order.code).filter(verb=ERASED).values_list("facts", flat=True)
    return {key for facts in rows for key in facts.get("classes", "").split()}


def erase_class(*, order: Order, data: DataClass, why: str, by: str, at: datetime) -> bool:
    """Erase one class of an order, and what goes with it; False if it is held or erased already.

    `why` is "term" or "request". Locks the order with its people.
    """
    with transaction.atomic():
        order = Order.objects.people_locked().get(pk=order.pk)
        before = erased_classes(order)
        if data.key in before or holds_of(order):
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


def holds_of(order: Order) -> list[str]:
    """What keeps an order's data whatever their term: something about it is still running."""
    cases = RefundCase.objects.filter(order=order)
    held = {
        "deadline": Deadline.objects.running().filter(order=order),
        "question": Clarification.objects.open().filter(order=order),
        "report": PaymentReport.objects.standing().filter(order=order),
        "hold": Hold.objects.open().of_order(order),
        "refund": cases.undecided(),
        "payout": RefundPayout.objects.filter(case__in=cases, done_at=None),
        "letter": Notice.objects.filter(order_code=order.code, state=NoticeState.QUEUED),
    }
    return [name for name, rows in held.items() if rows.exists()]


def _doom(files: Iterable[str], *, order: str, at: datetime) -> None:
    rows = [ErasedFile(name=name, order_code=order, decided_at=at) for name in dict.fromkeys(files)]
    ErasedFile.objects.bulk_create(rows, ignore_conflicts=True)


def delete_files(*, at: datetime, order: str = "", limit: int = 1000) -> int:
    """Delete the bytes of erased files; those that a crash left are found by the next run."""
    waiting = ErasedFile.objects.filter(deleted_at=None)
    chosen = list((waiting.filter(order_code=order) if order else waiting)[:limit])
    for file in chosen:
        default_storage.delete(file.name)
        ErasedFile.objects.filter(pk=file.pk).update(deleted_at=at)
    return len(chosen)


@transaction.atomic
def erase_letters_of_no_order(*, at: datetime, limit: int = 1000) -> int:
    """Take the readers out of letters about accounts, by the term of letters; returns how many."""
    over = _latest_beginning(data_class(DataClassKey.EXCHANGE), almaty_day(at))
    old = Notice.objects.filter(about_kind__in=["user", "erasure", "leak"], queued_at__lt=over)
    numbers = list(old.exclude(recipient__endswith=f"@{NOBODY}").values_list("pk", flat=True))
    letters = Notice.objects.filter(pk__in=numbers[:limit])
    files = [name for name in letters.values_list("raw", flat=True) if name]
    if not numbers:
        return 0
    forget_readers(letters)
    record(
        ERASED,
        about=("notice", "accounts"),
        facts={"classes": str(DataClassKey.EXCHANGE), "letters": len(numbers[:limit])},
        by=SYSTEM,
        at=at,
        clause="11.2",
    )
    _doom(files, order="", at=at)
    return len(numbers[:limit])


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
