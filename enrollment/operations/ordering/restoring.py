"""A buyer takes a cancellation back on the same day, while place and price are there (4.3, 4.6).

Nothing is bought anew: code, day, price, edition and consents are those of the order. What it had
given up is asked for again: the place, and that nobody has ordered for the learner meanwhile.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from enrollment.models import (
    Edition,
    Invoice,
    Order,
    PriceLevel,
    PriceWindow,
)
from enrollment.operations.letters import write_to_visitor
from enrollment.operations.links import invoice_link, order_link, service_name
from enrollment.operations.places.claims import end_of_claim, may_claim_places
from enrollment.operations.places.lapses import ending_of, endings_of
from enrollment.operations.places.places import claim_places, count_free
from enrollment.rules.order_states import OrderState
from enrollment.rules.prices import is_open, webinar_code_end
from offer_site.days import almaty_day, end_of_day
from offer_site.errors import RuleViolation
from offer_site.journal.models import Entry
from offer_site.journal.operations import record
from offer_site.notices.kinds import NoticeKind
from offer_site.notices.models import Notice, NoticeState
from offer_site.retries import once_more_if_beaten

from .cancelling import CANCELLED
from .guardians import awaited_guardian, write_to_guardian
from .invoices import lock_orders, tell_company
from .orders import ENDED
from .reopening import require_an_offer_that_stands

RESTORED = "order.restored"
CLAUSE = "4.3"


@dataclass(frozen=True)
class Visitor:
    """Who wants an order back, as far as it matters.

    `opened` are the codes of orders that this visitor may see; `webinar_code` is the one that the
    browser came with, since a webinar's price is had by its link alone (4.1).
    """

    opened: Collection[str] = ()
    webinar_code: str = ""


STRANGER = Visitor()


def restorable_until(order: Order, *, at: datetime) -> datetime | None:
    """Until when a cancelled order can be taken back; None for any other, or when it is too late.

    Its buyer cancelled it today, and its own day is not over.
    """
    return _until(order, ending_of(order), at=at)


def _until(order: Order, ending: Entry | None, *, at: datetime) -> datetime | None:
    if order.state != OrderState.LAPSED or at >= order.pay_before:
        return None
    if ending is None or ending.verb != CANCELLED or almaty_day(ending.at) != almaty_day(at):
        return None
    return end_of_day(almaty_day(at))


def cancelled_together(orders: Sequence[Order], *, at: datetime) -> list[Order]:
    """Of an invoice's orders, those that its last cancellation ended and that can be taken back.

    An order that was cancelled alone before stays so.
    """
    endings = endings_of(orders)
    ended = {
        order: endings[order.code].at
        for order in orders
        if _until(order, endings.get(order.code), at=at)
    }
    last = max(ended.values(), default=None)
    return [order for order, when in ended.items() if when == last]


def require_restorable(
    orders: Sequence[Order], *, visitor: Visitor = STRANGER, at: datetime
) -> None:
    """Raise RuleViolation with the reason why cancelled orders cannot be taken back now.

    Pages ask it before they offer the button; the operation asks it under the locks. Free places
    are only counted here: whoever takes the order back claims them.
    """
    endings = endings_of(orders)
    for order in orders:
        if _until(order, endings.get(order.code), at=at) is None:
            raise RuleViolation(
                _("Only an order that was cancelled today is restored, until 24:00 of its day."),
                clause=CLAUSE,
            )
    # The orders of a list have one price, unless staff gave some of them a day of their own.
    alike = {(each.tariff_id, each.edition_id, each.reopened_on): each for each in orders}
    for order in alike.values():
        _require_its_price(order, visitor, at=at)
    _require_no_other_orders(orders, opened=visitor.opened)
    free = count_free(cohort_id=orders[0].cohort_id, at=at)
    if free < len(orders):
        raise RuleViolation(_too_few(free, len(orders)), clause="4.6")


@once_more_if_beaten
@transaction.atomic(savepoint=False)
def restore_order(
    *, order: Order, visitor: Visitor = STRANGER, by: str, at: datetime
) -> tuple[Order, bool]:
    """Take a cancellation back; return the order, and whether it changed (4.3, 4.6).

    An order that awaits payment is returned as it is: a second click changes nothing. Money that
    came meanwhile has made it a contract, which is said. Raises RuleViolation when it was not its
    buyer's cancellation of today, its day, place or price is gone, the offer is withdrawn, or the
    learner has another order that this visitor may know of.
    """
    order = Order.objects.people_locked().with_people().get(pk=order.pk)
    if order.state == OrderState.AWAITING_PAYMENT:
        return order, False
    order.require(OrderState.LAPSED, message=_("This order is paid."), clause=CLAUSE)
    _restore([order], visitor=visitor, by=by, at=at)
    write_to_visitor(
        NoticeKind.ORDER_RESTORED,
        about=("order", order.code),
        to=order.party.email,
        language=order.language,
        order=order.code,
        occasion=at.isoformat(),
        at=at,
        facts={
            "pay_on": order.placed_on.isoformat(),
            "package": service_name(order),
            "starts_on": order.cohort.starts_on.isoformat(),
            "ends_on": order.cohort.ends_on.isoformat(),
            "order_url": order_link(order),
        },
    )
    return order, True


@once_more_if_beaten
@transaction.atomic(savepoint=False)
def restore_invoice(
    *, invoice: Invoice, visitor: Visitor = STRANGER, by: str, at: datetime
) -> list[Order]:
    """Take the last cancellation of an invoice back: all of its orders, or none (4.3, 4.6).

    Returns the orders that await payment again. Nothing is done while one of them awaits payment
    already: a second click changes nothing, and what was cancelled alone comes back on its own
    page.
    """
    orders = lock_orders(invoice)
    if any(order.state == OrderState.AWAITING_PAYMENT for order in orders):
        return []
    cancelled = cancelled_together(orders, at=at)
    if not cancelled:
        raise RuleViolation(
            _("Only an order that was cancelled today is restored, until 24:00 of its day."),
            clause=CLAUSE,
        )
    _restore(cancelled, visitor=visitor, by=by, at=at)
    first = cancelled[0]
    tell_company(
        NoticeKind.INVOICE_RESTORED,
        invoice,
        cancelled,
        at=at,
        pay_on=first.placed_on.isoformat(),
        starts_on=first.cohort.starts_on.isoformat(),
        ends_on=first.cohort.ends_on.isoformat(),
        invoice_url=invoice_link(invoice, orders),
    )
    return cancelled


def _restore(orders: Sequence[Order], *, visitor: Visitor, by: str, at: datetime) -> None:
    """Let locked cancelled orders of one buyer await payment again, each with a place.

    They move before they take places, as in placing an order: a new order for the same learner and
    this one then never wait for each other's place, and the database admits one of them.
    """
    require_an_offer_that_stands(at)
    require_restorable(orders, visitor=visitor, at=at)
    for order in orders:
        order.move_to(OrderState.AWAITING_PAYMENT)
    until = _claim(orders, at=at)
    for order in orders:
        record(
            RESTORED,
            about=("order", order.code),
            order=order.code,
            facts={"held_until": until.isoformat() if until else None},
            by=by,
            at=at,
            clause=CLAUSE,
        )
        _write_to_guardian_again(order, at=at)


def _claim(orders: Sequence[Order], *, at: datetime) -> datetime | None:
    """Claim a place for each order; return until when, or None if they hold none (4.6).

    As a new order, one of a buyer who holds as many places as may be held only needs a free one.
    """
    first = orders[0]
    wanted = len(orders)
    if may_claim_places(
        party=first.party, cohort_id=first.cohort_id, wanted=wanted, at=at, of=orders
    ):
        until = min(end_of_claim(first.party, at=at), first.pay_before)
        free = claim_places(orders=orders, at=at, until=until)
    else:
        until = None
        free = count_free(cohort_id=first.cohort_id, at=at)
    if free < wanted:
        raise RuleViolation(_too_few(free, wanted), clause="4.6")
    return until


def _require_its_price(order: Order, visitor: Visitor, *, at: datetime) -> None:
    """Raise RuleViolation unless the order's price can be had now (4.1).

    What was agreed with the buyer holds without a window: halves, and a day that staff gave.
    """
    if order.reopened_on:
        return
    in_force = Edition.objects.in_force(at).values("pk")
    if not Edition.objects.filter(pk=order.edition_id, pk__in=in_force).exists():
        raise RuleViolation(
            _("The offer has changed since. Order anew by the prices that are in force."),
            clause="4.1",
        )
    if order.prepayment != order.price:
        return
    windows = [
        window
        for window in PriceWindow.objects.not_over(at).filter(cohort=order.cohort_id)
        if is_open(window, at)
    ]
    level = order.tariff.level
    if level == PriceLevel.WEBINAR and windows:
        ends = webinar_code_end(
            visitor.webinar_code, secret=settings.SECRET_KEY, cohort_id=order.cohort_id
        )
        if ends is None:
            raise RuleViolation(
                _(
                    "The price of this order is had by the webinar's link. "
                    "Open the link in this browser, then come back here."
                ),
                clause="4.1",
            )
        if at < ends:
            return
    elif any(window.level == level for window in windows):
        return
    raise RuleViolation(
        _("The price of this order is no longer offered. Order anew by the present one."),
        clause="4.1",
    )


def _require_no_other_orders(orders: Sequence[Order], *, opened: Collection[str]) -> None:
    """Raise RuleViolation if a learner has another order in the cohort (3.3, O4).

    Of an unpaid one everybody is told, as in placing an order. Of a contract, only who may see it:
    for anybody else the order comes back as it was, and money for it concludes nothing (3.3).
    """
    others = Order.objects.filter(
        learner_key__in=[order.learner_key for order in orders], cohort=orders[0].cohort_id
    ).exclude(pk__in=[order.pk for order in orders])
    for other in others.exclude(state__in=ENDED):
        if other.state == OrderState.AWAITING_PAYMENT:
            raise RuleViolation(
                _("There is another unpaid order for this learner. Pay that one, or cancel it."),
                clause="3.3",
            )
        if other.code in opened:
            raise RuleViolation(_("This learner is already enrolled in this cohort."), clause="3.3")


def _write_to_guardian_again(order: Order, *, at: datetime) -> None:
    """Write to a guardian once more whose letter the cancellation stopped (1.1)."""
    consent = awaited_guardian(order)
    if consent is None:
        return
    letters = Notice.objects.filter(kind=NoticeKind.GUARDIAN_ASKED, order_code=order.code)
    last = letters.order_by("pk").last()
    if last is None or last.withdrawn_at or last.state == NoticeState.DEAD:
        write_to_guardian(order, consent, by_staff=False, occasion=at.isoformat(), at=at)


def _too_few(had: int, wanted: int) -> str:
    if not had or wanted == 1:
        return _("No places are left in this cohort.")
    sentence = ngettext(
        "%(had)d place is left in this cohort, and %(wanted)d are needed. Nothing was restored.",
        "%(had)d places are left in this cohort, and %(wanted)d are needed. Nothing was restored.",
        had,
    )
    return sentence % {"had": had, "wanted": wanted}
