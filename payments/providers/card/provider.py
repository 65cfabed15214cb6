"""Cards through the TipTop Pay / CloudPayments protocol (4.4)."""

from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from payments.models import MessageKind, Payment
from payments.providers.asking import usable_link
from payments.providers.base import Addresses, Link, Notification, UnreadableError
from payments.providers.fields import fields_of
from payments.rules.matching import CURRENCY, Refusal

from . import client, notifications

# What the protocol answers to Check. To every other kind it knows one answer, 0: the message has come.
CODES = {
    Refusal.UNKNOWN_INVOICE: 10,
    Refusal.ANOTHER_ACCOUNT: 11,
    Refusal.WRONG_AMOUNT: 12,
    Refusal.WRONG_CURRENCY: 12,
    Refusal.TEST_MONEY: 13,
    Refusal.CLOSED: 13,
    Refusal.PAID: 13,
    Refusal.ENDED: 13,
    Refusal.NO_PLACE: 13,
    Refusal.EXPIRED: 20,
}


class CardProvider:
    slug = "card"
    title = _("Bank card")
    methods = "VISA, Mastercard"
    names_orders = False
    gives_back = frozenset[Refusal]()
    is_open = True

    def start(self, payment: Payment, *, addresses: Addresses, description: str) -> Link:
        """Have the provider make a payment link; its page shows the link to the offer."""
        order = payment.order
        asked: dict[str, Any] = {
            "Amount": payment.amount,
            "Currency": CURRENCY,
            "InvoiceId": payment.invoice_id,
            "AccountId": order.code,
            "Email": order.party.email,
            "Description": description,
            "OfferUri": addresses.offer,
            "CultureName": settings.CARD_CULTURES[payment.language],
            "SuccessRedirectUrl": addresses.success,
            "FailRedirectUrl": addresses.failure,
            "RequireConfirmation": False,
            "SendEmail": False,
            "JsonData": {"order": order.code},
        }
        link = client.create_order(asked, request_id=payment.request_id)
        return Link(number=str(link.get("Id", ""))[:64], url=usable_link(link.get("Url")))

    def reference_of(self, kind: MessageKind, body: bytes) -> str:
        try:
            return fields_of(body).get("TransactionId", "")[:80]
        except UnreadableError:
            return ""

    def what_it_says(self, kind: MessageKind, body: bytes) -> bytes:
        return body

    def what_is_kept(self, body: bytes) -> str:
        return notifications.what_is_kept(body)

    def parse(self, kind: MessageKind, body: bytes) -> Notification:
        return notifications.parse(kind, body)

    def code_for(self, kind: MessageKind, refusal: Refusal | None) -> int:
        return CODES[refusal] if refusal and kind == MessageKind.CHECK else 0
