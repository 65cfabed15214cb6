"""What our bot says to whoever linked it to an order: the letters that have a day (12.1).

The letter is the notice; the message repeats it where people look more often.
"""

from datetime import datetime

from django.utils.translation import gettext as _

from enrollment.models import HalvesRequest, Order
from offer_site.telegram.operations import queue_message


def about_order(order: Order) -> tuple[str, str]:
    return "order", order.code


def tell_in_chat(
    order: Order, what: str, *, text: str, occasion: str = "first", at: datetime
) -> None:
    """Send it to the chat of the order, or of its request for halves: never to both.

    The caller has locked the order and writes in its language.
    """
    asked = HalvesRequest.objects.filter(order=order).values_list("code", flat=True).first()
    chats = [about_order(order)]
    if asked:
        chats.insert(0, ("halves", asked))
    for about in chats:
        if queue_message(about=about, what=what, occasion=occasion, text=text, at=at):
            return


def started(code: str, *, at: datetime) -> str:
    """Greet the chat that opened an order's link."""
    return _(
        "This chat is now the one of your order %(code)s. What has a day comes here too: "
        "payments, the beginning of the course, lessons. The letters come as before."
    ) % {"code": code}
