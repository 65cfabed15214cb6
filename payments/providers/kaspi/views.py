"""Where Kaspi sends checks and payments: no session, no cookie, no signature.

A request is trusted by the sender's address alone.
"""

import logging
from decimal import Decimal
from ipaddress import ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.csrf import csrf_exempt

from enrollment.models import Order
from offer_site.addresses import client_address
from offer_site.languages import speaking
from offer_site.web.callbacks import without_log_line
from payments.models import MessageKind
from payments.operations.paying.messages import Answer, receive_message
from payments.providers import KASPI
from payments.providers.base import UnreadableError
from payments.providers.fields import value_of

from .answers import FORMATS, FOUND, OTHER, KaspiAnswer
from .notifications import kind_of

logger = logging.getLogger(__name__)


@csrf_exempt
@xframe_options_exempt
def kaspi_callback(request: HttpRequest) -> HttpResponse:
    """Answer a check or take a payment from the bank's addresses; log and refuse all others."""
    if not settings.KASPI_ALLOWED_ADDRESSES:
        return without_log_line(HttpResponse(status=404))
    if not _is_allowed(client_address(request)):
        logger.warning("kaspi request from %s refused", client_address(request))
        return without_log_line(HttpResponse(status=403))
    if request.method != "GET":
        return without_log_line(HttpResponse(status=405, headers={"Allow": "GET"}))
    write, content_type = FORMATS[settings.KASPI_ANSWERS]
    return HttpResponse(
        write(_answer(request.META.get("QUERY_STRING", ""))), content_type=content_type
    )


def _is_allowed(address: str | None) -> bool:
    return address is not None and any(
        ip_address(address) in ip_network(allowed, strict=False)
        for allowed in settings.KASPI_ALLOWED_ADDRESSES
    )


def _answer(query: str) -> KaspiAnswer:
    """Handle the request, and put the result into the protocol's fields.

    One that cannot be read is stored too, and shown to a person.
    """
    # The bytes that came: WSGI passes them decoded as iso-8859-1.
    body = query.encode("iso-8859-1", errors="replace")
    txn_id = "".join(each for each in value_of(body, "txn_id") if each.isprintable())[:80]
    kind = kind_of(body)
    if kind is None:
        return KaspiAnswer(txn_id, OTHER)
    answer = receive_message(provider=KASPI, kind=kind, body=body, at=timezone.now())
    if kind == MessageKind.PAY:
        return KaspiAnswer(txn_id, answer.code, number=answer.number, sum=_paid_sum(body))
    return _about_the_order(txn_id, answer)


def _paid_sum(body: bytes) -> Decimal:
    try:
        return KASPI.parse(MessageKind.PAY, body).amount
    except UnreadableError:
        return Decimal(0)


def _about_the_order(txn_id: str, answer: Answer) -> KaspiAnswer:
    """The answer to a check: what is due, and for what."""
    if answer.code != FOUND or answer.order is None:
        return KaspiAnswer(txn_id, answer.code)
    return KaspiAnswer(txn_id, FOUND, sum=Decimal(answer.due), item=_item(answer.order))


def _item(order: Order) -> tuple[str, str]:
    with speaking(order.language):
        return _("Course"), f"{order.cohort.course.name}, {order.tariff.package.name}"
