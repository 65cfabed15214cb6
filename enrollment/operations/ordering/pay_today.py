"""One letter before an unpaid order lapses: it is to be paid today, until 24:00 (4.3)."""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _

from enrollment.models import Order
from enrollment.operations.chat import tell_in_chat
from enrollment.operations.letters import write_to_visitor
from enrollment.operations.links import order_link, service_name
from enrollment.rules.order_states import OrderState
from offer_site.days import almaty_day, end_of_day
from offer_site.languages import speaking
from offer_site.money import tenge_text
from offer_site.notices.kinds import NoticeKind
from offer_site.notices.models import Notice
from offer_site.sweeps import one_by_one

from .guardians import awaits_guardian

BEFORE = timedelta(hours=2)  # the end of the day
# Whoever was told of the day in the two hours before that is not told again.
TOLD_LATELY = timedelta(hours=4)
NAME_THE_DAY = (
    NoticeKind.ORDER_PLACED,
    NoticeKind.ORDER_LINK,
    NoticeKind.ORDER_REOPENED,
    NoticeKind.ORDER_RESTORED,
    NoticeKind.GUARDIAN_CONSENTED,
    NoticeKind.REPORT_RECEIVED,
)


def remind_to_pay_today(*, at: datetime, is_under_way: Callable[[Order], bool]) -> list[str]:
    """Remind of the orders that lapse tonight, from 22:00; return their codes.

    `is_under_way` tells of money that a payment system may bring yet. Each is reminded of in its
    own transaction. A company pays its invoice by a transfer, which no bank makes at that hour: it
    is not written to.
    """
    today = almaty_day(at)
    if at < end_of_day(today) - BEFORE:
        return []
    about = Notice.objects.filter(about_kind="order", about_key=OuterRef("code"))
    reminded = about.filter(kind=NoticeKind.PAY_TODAY, occasion=today.isoformat())
    due = (
        Order.objects.awaiting_payment()
        .filter(
            ~Exists(reminded),
            Q(kept_until=None) | Q(kept_until__lte=at),
            placed_on=today,
            invoice=None,
            awaits_confirmation=False,
        )
        .order_by("pk")
    )
    done = one_by_one(
        due, lambda order: remind_to_pay(order=order, is_under_way=is_under_way, at=at)
    )
    return [order.code for order, is_reminded in done if is_reminded]


@transaction.atomic(savepoint=False)
def remind_to_pay(*, order: Order, is_under_way: Callable[[Order], bool], at: datetime) -> bool:
    """Write to the buyer of one order, and to the linked chat; False where it is not to be."""
    order = Order.objects.people_locked().with_people().get(pk=order.pk)
    today = almaty_day(at)
    letters = Notice.objects.filter(about_kind="order", about_key=order.code)
    lately = letters.filter(kind__in=NAME_THE_DAY, queued_at__gt=end_of_day(today) - TOLD_LATELY)
    if (
        order.placed_on != today
        or not is_to_be_paid(order, at=at)
        or order.awaits_confirmation
        or awaits_guardian(order)
        or letters.filter(kind=NoticeKind.PAY_TODAY, occasion=today.isoformat()).exists()
        or lately.exists()
        or is_under_way(order)
    ):
        return False
    write_to_visitor(
        NoticeKind.PAY_TODAY,
        about=("order", order.code),
        to=order.party.email,
        language=order.language,
        order=order.code,
        occasion=today.isoformat(),
        at=at,
        facts={
            "due": order.prepayment,
            "pay_on": today.isoformat(),
            "package": service_name(order),
            "order_url": order_link(order),
        },
    )
    with speaking(order.language):
        text = _(
            "Your order %(code)s is not paid yet: %(due)s. Pay today until 24:00, or it lapses and "
            "you owe nothing: %(link)s"
        ) % {"code": order.code, "due": tenge_text(order.prepayment), "link": order_link(order)}
        tell_in_chat(order, "pay-today", text=text, occasion=today.isoformat(), at=at)
    return True


def is_to_be_paid(order: Order, *, at: datetime) -> bool:
    """True while the order awaits its money and no report keeps it (4.3)."""
    is_awaited = order.state == OrderState.AWAITING_PAYMENT
    return is_awaited and at < order.pay_before and not order.is_kept(at)


def is_still_to_be_paid(notice: Notice, *, at: datetime) -> bool:
    """False once the order is paid, reported as paid, cancelled, or its day is over."""
    return is_to_be_paid(Order.objects.get(code=notice.order_code), at=at)
