"""A person's wish that their data be erased: what goes, what stays and why, told by letter (11.4).

What the contract or the law obliges to keep stays as long as its class says (classes.py) and is
erased by the nightly job after that. Until the night the wish can be taken back.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext

from enrollment.models import Order
from enrollment.operations.ordering.consents import ConsentOrigin, stop_marketing
from offer_site.accounts.models import User
from offer_site.days import almaty_day, end_of_day, short_day
from offer_site.journal.operations import SYSTEM, actor, record
from offer_site.languages import Language, speaking
from offer_site.notices.kinds import NoticeKind
from offer_site.notices.operations import queue_notice

from .classes import ANSWER_WITHIN_DAYS, CLASSES, Beginning, DataClass, DataClassKey, data_class
from .erasing import due_orders, erase_class, erased_classes, holds_of, with_beginning
from .export import orders_of
from .models import ErasureRequest


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


def carry_out_wishes(*, at: datetime, limit: int = 100) -> Iterator[tuple[ErasureRequest, int]]:
    """Erase what each open wish allows today, and answer it; yields how many classes went."""
    for wish in list(ErasureRequest.objects.open().order_by("asked_at", "pk")[:limit]):
        user = wish.user
        email = user.email
        orders = list(orders_of(user))
        language = orders[-1].language if orders else Language.KAZAKH
        gone = sum(
            erase_class(order=order, data=each, why="request", by=f"user:{user.pk}", at=at)
            for order, each in _erasable(orders, at=at)
        )
        _answer(wish, email=email, language=language, orders=orders, at=at)
        yield wish, gone


def erase_as_wished(*, at: datetime, limit: int = 200) -> Iterator[tuple[str, DataClassKey]]:
    """Erase what a wish allows and what a running contract kept until now: it has ended since."""
    asked = ErasureRequest.objects.filter(done_at__isnull=False).values("user__email")
    for each in CLASSES:
        if not each.on_request:
            continue
        ended = due_orders(each, at=at, begun_before=at).filter(party__email__in=asked)
        for order in list(ended[:limit]):
            if erase_class(order=order, data=each, why="request", by=SYSTEM, at=at):
                yield order.code, each.key


def plan_for(user: User, *, at: datetime) -> tuple[list[Kept], list[DataClass]]:
    """What would stay of a user's data if they asked today, and which classes would go."""
    orders = list(orders_of(user))
    gone = dict.fromkeys(each.key for _order, each in _erasable(orders, at=at))
    return kept_of(orders, at=at, after_wish=True), [data_class(key) for key in gone]


def kept_of(orders: Iterable[Order], *, at: datetime, after_wish: bool = False) -> list[Kept]:
    """The classes of these orders that are kept, with their last day."""
    orders = list(orders)
    goes = {(order.pk, each.key) for order, each in _erasable(orders, at=at)} if after_wish else ()
    kept = []
    for order in orders:
        erased = erased_classes(order)
        for each in CLASSES:
            if each.key in erased or (order.pk, each.key) in goes or not _is_there(order, each):
                continue
            begun_at = with_beginning(order, each)
            until = each.last_day(almaty_day(begun_at)) if begun_at else None
            kept.append(Kept(order.code, each, until, bool(begun_at and holds_of(order))))
    return kept


def _is_there(order: Order, data: DataClass) -> bool:
    """True for a class that an order has: one that was never paid has no contract."""
    is_application = not hasattr(order, "acceptance")
    if data.key == DataClassKey.APPLICATION:
        return is_application
    if data.key == DataClassKey.CERTIFICATE:
        enrollment = getattr(order, "enrollment", None)
        return enrollment is not None and enrollment.certificates.exists()
    return not is_application


def _erasable(orders: Iterable[Order], *, at: datetime) -> Iterator[tuple[Order, DataClass]]:
    """The classes that a wish erases today: their contract is over, and nothing holds them."""
    for order in orders:
        erased = erased_classes(order)
        for each in CLASSES:
            if not each.on_request or each.key in erased or each.begins == Beginning.NEVER:
                continue
            if with_beginning(order, each) and not holds_of(order):
                yield order, each


@transaction.atomic(savepoint=False)
def _answer(
    wish: ErasureRequest, *, email: str, language: str, orders: list[Order], at: datetime
) -> None:
    """Mark the wish as done, and tell the person what stays and why."""
    wish = ErasureRequest.objects.select_for_update().get(pk=wish.pk)
    if not wish.is_open:
        return
    kept = kept_of(orders, at=at)
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
