"""A person's wish that their data be erased: what goes, what stays and why, told by letter (11.4).

What the contract or the law obliges to keep stays as long as its class says (classes.py) and is
erased by the nightly job after that. Until the night the wish can be taken back.
"""

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext

from enrollment.models import Order
from enrollment.operations.ordering.consents import ConsentOrigin, stop_marketing
from offer_site.accounts.models import User
from offer_site.days import almaty_day, end_of_day, short_day
from offer_site.journal.operations import SYSTEM, actor, record
from offer_site.languages import Language, speaking
from offer_site.notices.kinds import NoticeKind
from offer_site.notices.operations import queue_notice

from .classes import ANSWER_WITHIN_DAYS, CLASSES, DataClass, DataClassKey, data_class
from .erasing import (
    Erased,
    beginnings_of,
    due_orders,
    erase_class,
    erase_orders,
    erased_classes_of,
    held,
)
from .export import orders_of
from .models import ErasureRequest

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Kept:
    """A class of one order that stays: until a day, or as long as something runs (no day)."""

    order: str
    data: DataClass
    until: date | None = None
    is_held: bool = False

    def sentence(self) -> str:
        """What stays, why, and until when, in the language spoken now."""
        what = f"{self.order}: {self.data.what}. {self.data.why}"
        if self.is_held:
            return f"{what} {gettext('Something about this order is still open.')}"
        if self.until is None:
            return what
        return f"{what} {gettext('Until %(day)s.') % {'day': short_day(self.until)}}"


@transaction.atomic(savepoint=False)
def ask_to_erase(*, user: User, origin: ConsentOrigin, at: datetime) -> ErasureRequest:
    """Record the wish, and stop marketing at once; a second wish is the first one (11.4)."""
    user = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    known = ErasureRequest.objects.open().filter(user=user).first()
    if known:
        return known
    due_on = almaty_day(at) + timedelta(days=ANSWER_WITHIN_DAYS)
    wish = ErasureRequest.objects.create(
        user=user, asked_at=at, due_on=due_on, due_before=end_of_day(due_on)
    )
    stop_marketing(email=user.email, by=actor(user), at=at, origin=origin)
    _note("erasure.asked", wish, by=actor(user), at=at)
    return wish


@transaction.atomic(savepoint=False)
def take_wish_back(*, user: User, at: datetime) -> bool:
    """Take an open wish back; False if there is none."""
    wish = ErasureRequest.objects.open().select_for_update().filter(user=user).first()
    if wish is None:
        return False
    wish.withdrawn_at = at
    wish.save(update_fields=["withdrawn_at"])
    _note("erasure.taken_back", wish, by=actor(user), at=at)
    return True


@dataclass(frozen=True)
class Carried:
    """A wish that was answered, and how many classes went; or one that failed."""

    wish: ErasureRequest
    gone: int = 0
    failed: bool = False


def carry_out_wishes(*, at: datetime, limit: int = 100) -> Iterator[Carried]:
    """Erase what each open wish allows today, and answer it; at most `limit` are answered.

    A wish that fails is left for the next night and takes no other's turn.
    """
    answered = 0
    for wish in ErasureRequest.objects.open().select_related("user").order_by("asked_at", "pk"):
        try:
            carried = _carry_out(wish, at=at)
        except Exception:
            log.exception("the %s is not carried out", wish)
            yield Carried(wish, failed=True)
            continue
        yield carried
        answered += 1
        if answered >= limit:
            break


def _carry_out(wish: ErasureRequest, *, at: datetime) -> Carried:
    """Erase by one wish what existed when it was made, and answer it."""
    user = wish.user
    email = user.email
    orders = [each for each in orders_of(user) if each.placed_at <= wish.asked_at]
    language = orders[-1].language if orders else Language.KAZAKH
    gone = sum(
        erase_class(order=order, data=each, why="request", by=f"user:{user.pk}", at=at)
        for order, each in Beginnings(orders, at=at).erasable()
    )
    _answer(wish, email=email, language=language, orders=orders, at=at)
    return Carried(wish, gone)


def erase_as_wished(*, at: datetime, limit: int = 200) -> Iterator[Erased]:
    """Erase what a wish allows and what a running contract kept until now: it has ended since.

    A wish is about what existed when it was made: a later order of that e-mail is another matter.
    """
    asked = ErasureRequest.objects.filter(
        done_at__isnull=False,
        user__email=OuterRef("party__email"),
        asked_at__gte=OuterRef("placed_at"),
    )
    for each in CLASSES:
        if not each.on_request:
            continue
        ended = due_orders(each, at=at, begun_before=at).filter(Exists(asked))
        yield from erase_orders(ended, each, why="request", at=at, limit=limit)


def plan_for(user: User, *, at: datetime) -> tuple[list[Kept], list[DataClass]]:
    """What would stay of a user's data if they asked today, and which classes would go."""
    orders = list(orders_of(user))
    beginnings = Beginnings(orders, at=at)
    gone = dict.fromkeys(each.key for _order, each in beginnings.erasable())
    return beginnings.kept(after_wish=True), [data_class(key) for key in gone]


class Beginnings:
    """What is kept of some orders, read once for all of them: as many statements as classes."""

    def __init__(self, orders: Iterable[Order], *, at: datetime) -> None:
        self.orders = list(orders)
        self.erased = erased_classes_of(self.orders)
        self.held = held(self.orders, at=at)
        self.begun = {each.key: beginnings_of(self.orders, each) for each in CLASSES}
        self.accepted = _keys(Order.objects.accepted(), self.orders)
        with_paper = Order.objects.filter(enrollment__certificates__isnull=False)
        self.certified = _keys(with_paper, self.orders)

    def erasable(self) -> Iterator[tuple[Order, DataClass]]:
        """The classes that a wish erases today: their contract is over, and nothing holds them."""
        for order in self.orders:
            for each in CLASSES:
                if not each.on_request or each.key in self.erased[order.code]:
                    continue
                if self.begun[each.key].get(order.pk) and order.pk not in self.held:
                    yield order, each

    def kept(self, *, after_wish: bool = False) -> list[Kept]:
        """The classes of these orders that are kept, with their last day."""
        goes = {(order.pk, each.key) for order, each in self.erasable()} if after_wish else ()
        found = []
        for order in self.orders:
            for each in CLASSES:
                is_gone = each.key in self.erased[order.code] or (order.pk, each.key) in goes
                if is_gone or not self._has(order, each):
                    continue
                begun_at = self.begun[each.key].get(order.pk)
                until = each.last_day(almaty_day(begun_at)) if begun_at else None
                is_held = begun_at is not None and order.pk in self.held
                found.append(Kept(order.code, each, until, is_held))
        return found

    def _has(self, order: Order, data: DataClass) -> bool:
        """True for a class that an order has: one that was never paid has no contract."""
        is_application = order.pk not in self.accepted
        if data.key == DataClassKey.APPLICATION:
            return is_application
        if data.key == DataClassKey.CERTIFICATE:
            return order.pk in self.certified
        return not is_application


def _keys(wanted: QuerySet[Order], orders: list[Order]) -> set[int]:
    return set(wanted.filter(pk__in=[each.pk for each in orders]).values_list("pk", flat=True))


@transaction.atomic(savepoint=False)
def _answer(
    wish: ErasureRequest, *, email: str, language: str, orders: list[Order], at: datetime
) -> None:
    """Mark the wish as done, and tell the person what stays and why."""
    wish = ErasureRequest.objects.select_for_update().get(pk=wish.pk)
    if not wish.is_open:
        return
    kept = Beginnings(orders, at=at).kept()
    wish.done_at = at
    wish.kept = [
        [each.order, each.data.key, each.until.isoformat() if each.until else ""] for each in kept
    ]
    wish.save(update_fields=["done_at", "kept"])
    _note("erasure.answered", wish, by=SYSTEM, at=at, facts={"kept": len(kept)})
    facts: dict[str, object] = {"asked_on": almaty_day(wish.asked_at).isoformat()}
    for code in Language.values:
        with speaking(code):
            facts[f"kept_{code}"] = "\n".join(each.sentence() for each in kept)
    queue_notice(
        NoticeKind.ERASURE_ANSWERED,
        about=("erasure", str(wish.pk)),
        to=email,
        language=language,
        facts=facts,
        at=at,
    )


def _note(
    verb: str, wish: ErasureRequest, *, by: str, at: datetime, facts: dict[str, int] | None = None
) -> None:
    record(verb, about=("erasure", str(wish.pk)), facts=facts or {}, by=by, at=at, clause="11.4")
