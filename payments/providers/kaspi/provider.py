"""Kaspi Pay and Kaspi Red by the bank's check/pay protocol (4.4)."""

from django.conf import settings

from enrollment.rules.methods import Method
from payments.models import MessageKind, Payment
from payments.providers.asking import post_json, usable_link
from payments.providers.base import (
    Addresses,
    Link,
    Notification,
    Panel,
    Payable,
    ProviderError,
)
from payments.providers.fields import as_kept, value_of
from payments.rules.matching import Refusal

from . import notifications
from .answers import ENDED, FOUND, OTHER, PAID, UNKNOWN
from .static_link import static_link

CODES = {
    Refusal.UNKNOWN_INVOICE: UNKNOWN,
    Refusal.EXPIRED: ENDED,
    Refusal.ENDED: ENDED,
    Refusal.PAID: PAID,
}
TIYN_IN_TENGE = 100


class KaspiProvider:
    slug = "kaspi"
    title = "Kaspi Pay"
    methods = (Method.KASPI, Method.KASPI_RED)
    icon = "phone"
    refund_words = (
        "Kaspi арқылы, төлем жасалған шотқа",
        "через Kaspi, на счёт, с которого вы платили",
    )
    method_text = notifications.KASPI_PAY
    names_orders = True
    # Money for no order or for a paid order cannot be credited: the bank returns it to the payer.
    gives_back = frozenset({Refusal.UNKNOWN_INVOICE, Refusal.PAID})

    @property
    def is_open(self) -> bool:
        """True when the academy has this service and the addresses of the bank are set."""
        return bool(settings.KASPI_SERVICE and settings.KASPI_ALLOWED_ADDRESSES)

    @property
    def page_origin(self) -> str:
        return settings.KASPI_PAGE_ORIGIN

    def panel(self, payable: Payable, method: Method) -> Panel | None:
        """The service in Kaspi's app; without it, the academy's own link for a first payment."""
        if self.is_open and settings.KASPI_SERVICE_NAME:
            return Panel("pages/order/kaspi.html", {"kaspi_service": settings.KASPI_SERVICE_NAME})
        link = static_link() if payable.is_first else None
        return Panel("pages/order/kaspi_link.html", {"link": link}) if link else None

    def start(self, payment: Payment, *, addresses: Addresses, description: str) -> Link:
        """Ask Kaspi for a payment link; its amount is in tiyn, while check and pay use tenge."""
        request = {
            "TranId": payment.invoice_id,
            "OrderId": payment.order.code,
            "Amount": payment.amount * TIYN_IN_TENGE,
            "Service": settings.KASPI_SERVICE,
            "returnUrl": addresses.success,
            "refererHost": settings.ALLOWED_HOSTS[0],
        }
        answer = post_json(settings.KASPI_PAY_URL, request)
        if str(answer.get("code")) != "0":
            raise ProviderError(f"kaspi: refused: {str(answer.get('message'))[:200]}", retry=False)
        return Link(number=payment.invoice_id, url=usable_link(answer.get("redirectUrl")))

    def reference_of(self, kind: MessageKind, body: bytes) -> str:
        """The bank's number of the operation.

        A check is known by the code too, since the payer may correct the code and ask again.
        """
        asked_about = f" {value_of(body, 'account')}" if kind == MessageKind.CHECK else ""
        return f"{value_of(body, 'txn_id')}{asked_about}".strip()[:80]

    def what_it_says(self, kind: MessageKind, body: bytes) -> bytes:
        return notifications.what_it_says(kind, body)

    def what_is_kept(self, body: bytes) -> str:
        return as_kept(body)

    def parse(self, kind: MessageKind, body: bytes) -> Notification:
        return notifications.parse(kind, body)

    def code_for(self, kind: MessageKind, refusal: Refusal | None) -> int:
        return CODES.get(refusal, OTHER) if refusal else FOUND
