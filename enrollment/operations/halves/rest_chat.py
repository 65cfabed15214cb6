"""What our bot says about the rest, where the student's chat is linked (4.3.1)."""

from datetime import date, datetime

from django.utils.translation import gettext as _

from enrollment.models import Order
from enrollment.operations.chat import tell_in_chat
from enrollment.operations.links import order_link
from offer_site.days import day_in_words
from offer_site.languages import speaking
from offer_site.money import tenge_text


def tell_of_rest(
    order: Order, what: str, *, occasion: str, due_on: date | None = None, at: datetime
) -> None:
    """Send it to the chat of the order or of its agreement on halves, if one is linked."""
    with speaking(order.language):
        text = _words(what) % {
            "rest": tenge_text(order.price - order.prepayment),
            "code": order.code,
            "link": order_link(order),
            "day": day_in_words(due_on, order.language) if due_on else "",
        }
        tell_in_chat(order, what, text=text, occasion=occasion, at=at)


def _words(what: str) -> str:
    return {
        "rest-reminder": _(
            "The rest of the payment, %(rest)s, is due not later than %(day)s, 24:00. Pay: %(link)s"
        ),
        "rest-moved": _(
            "The rest, %(rest)s, is now due not later than %(day)s, 24:00. Order: %(link)s"
        ),
        "rest-paid": _("The rest of the order %(code)s has come. It is paid in full."),
        "access-suspended": _(
            "The rest, %(rest)s, was due on %(day)s and has not come. "
            "Access to the course is suspended until it is"
            " paid: %(link)s"
        ),
        "access-restored": _(
            "The rest of the order %(code)s has come. Access to the course is open again."
        ),
    }[what]
