"""An order is found again: whoever asks learns nothing, and the order's mailbox gets its link
(3.1, 4.3).
"""

import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q

from enrollment.models import Order
from enrollment.operations.letters import write_to_visitor
from enrollment.operations.links import invoice_link, order_link, service_name
from enrollment.rules.bounds import LINK_PAUSE, LINKS_AT_ONCE
from enrollment.rules.identifiers import parse_phone
from enrollment.rules.order_states import OrderState
from offer_site.attempts.operations import Attempts
from offer_site.codes import normalize_invoice_code, normalize_order_code
from offer_site.days import almaty_day
from offer_site.emails import one_spelling
from offer_site.notices.kinds import NoticeKind
from offer_site.notices.models import Notice
from offer_site.notices.operations import queue_notice

SOUGHT = "order-find"  # what a wish is about, until the outbox looks
LINKS = "order-links"  # the count of these letters: it is not that of the letters of an order
LAPSED_FOR = timedelta(days=1)  # how long a lapsed order is still worth a letter


def which_order(typed: str) -> Q | None:
    """How an order is sought by its code, an e-mail or a phone; None for what is none of these.

    It reads what was typed and nothing else.
    """
    if code := normalize_order_code(typed):
        return Q(code=code)
    if code := normalize_invoice_code(typed):
        return Q(invoice__code=code)
    if "@" in typed:
        return Q(party__email=one_spelling(typed))
    phone = parse_phone(typed)
    return Q(party__phone=phone) if phone else None


def seek_order(*, typed: str, language: str, at: datetime) -> None:
    """Queue the wish for a link; the same row whether there is such an order or not.

    The outbox looks, where nobody measures (`send_links_sought`), and deletes the row.
    """
    queue_notice(
        NoticeKind.ORDER_LINK,
        about=(SOUGHT, secrets.token_hex(16)),
        to=settings.PROVIDER_EMAIL,
        language=language,
        facts={"sought": typed, "package": "", "order_url": ""},
        at=at,
    )


def is_a_letter(_email: str) -> bool:
    """False: a wish is no letter, and never leaves."""
    return False


def send_links_sought(*, notice: Notice, at: datetime) -> list[Order]:
    """Queue the links of the orders that a wish seeks, to their own mailboxes.

    Called in the transaction that deletes the wish. The orders are locked.
    """
    which = which_order(str(notice.facts.get("sought", "")))
    if which is None:
        return []
    yesterday = almaty_day(at - LAPSED_FOR)
    worth = (
        Q(state=OrderState.AWAITING_PAYMENT)
        | Q(acceptance__isnull=False)
        | Q(state=OrderState.LAPSED, placed_on__gte=yesterday)
    )
    return _send(_chosen(Q(which, worth), at=at), at=at)


def send_links_instead_of_code(*, notice: Notice, at: datetime) -> list[Order]:
    """Queue the links of the unpaid orders of an e-mail that may not sign in, instead of a code.

    A person becomes a User by acceptance (1.7); until then the order's own page is what opens.
    """
    unpaid = Q(state=OrderState.AWAITING_PAYMENT, party__email=notice.recipient)
    return _send(_chosen(unpaid, at=at), at=at)


def _chosen(which: Q, *, at: datetime) -> list[Order]:
    """The orders a letter is sent about: of each mailbox those that wait, or else the last one.

    Mailboxes that somebody reads come first: whoever orders with the phone of another, under
    e-mails of his own, does not stand before that other's own order.
    """
    found = Order.objects.select_related("party").filter(which)
    found = found.exclude(party__email__endswith=".invalid").order_by("-placed_at", "-pk")
    mailboxes: dict[str, list[Order]] = {}
    for order in found:
        mailboxes.setdefault(order.party.email, []).append(order)
    chosen: list[tuple[bool, list[Order]]] = []
    for orders in mailboxes.values():
        waiting = [order for order in orders if _awaits(order, at=at)]
        is_read = any(order.party.email_seen_at for order in orders)
        chosen.append((is_read, _one_of_an_invoice(waiting or orders[:1])[:LINKS_AT_ONCE]))
    chosen.sort(key=lambda each: not each[0])
    return [order for _is_read, orders in chosen[:LINKS_AT_ONCE] for order in orders]


def _awaits(order: Order, *, at: datetime) -> bool:
    return order.state == OrderState.AWAITING_PAYMENT and at < order.lapses_at


def _one_of_an_invoice(orders: list[Order]) -> list[Order]:
    """The orders, of each invoice one: its page shows them all."""
    by_page = {order.invoice_id or f"order {order.pk}": order for order in reversed(orders)}
    return list(reversed(by_page.values()))


def _send(orders: list[Order], *, at: datetime) -> list[Order]:
    return [order for order in sorted(orders, key=lambda each: each.pk) if _send_link(order, at=at)]


def _send_link(order: Order, *, at: datetime) -> bool:
    """Queue the letter with the link; False where one left lately, and lies in the mailbox.

    The count is of the order, and its row stays locked to the end of the transaction.
    """
    if not Attempts(f"order-link:{order.pk}", LINK_PAUSE).allows(1, at=at):
        return False
    order = Order.objects.people_locked().get(pk=order.pk)
    code = order.code
    link = order_link(order)
    if order.invoice:
        code = order.invoice.code
        link = invoice_link(order.invoice, order.invoice.orders.select_related("party"))
    pay_on = {"pay_on": order.placed_on.isoformat()} if _awaits(order, at=at) else {}
    write_to_visitor(
        NoticeKind.ORDER_LINK,
        about=("invoice" if order.invoice else "order", code),
        to=order.party.email,
        language=order.language,
        order="" if order.invoice else code,
        occasion=at.isoformat(),
        counted_as=LINKS,
        at=at,
        facts={"code": code, "package": service_name(order), "order_url": link, **pay_on},
    )
    return True
