"""Cards through the TipTop Pay / CloudPayments protocol (4.4)."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from enrollment.rules.methods import Method
from payments.models import MessageKind, Payment
from payments.providers.asking import usable_link
from payments.providers.base import (
    Addresses,
    Link,
    Notification,
    Operation,
    OperationState,
    Panel,
    Payable,
    ProviderError,
    RefundMade,
)
from payments.providers.fields import value_of
from payments.rules.matching import CURRENCY, Refusal

from . import client, notifications, transactions

REFUNDABLE_FOR = timedelta(days=366)  # the provider gives nothing back of older payments
# The protocol's answers to Check. To every other kind the only answer is 0, the message has come;
# any other makes the provider tell it again.
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
    Refusal.GUARDIAN: 13,
    Refusal.UNCONFIRMED: 13,
}


class CardProvider:
    slug = "card"
    title = _("Bank card")
    methods = (Method.CARD,)
    icon = "card"
    refund_words = ("төлеген картаңызға", "на карту, с которой вы платили")
    method_text = "VISA, Mastercard"
    names_orders = False
    gives_back = frozenset[Refusal]()
    is_open = True

    @property
    def page_origin(self) -> str:
        return settings.CARD_PAGE_ORIGIN

    def panel(self, payable: Payable, method: Method) -> Panel | None:
        return Panel("pages/order/card.html")

    def start(self, payment: Payment, *, addresses: Addresses, description: str) -> Link:
        """Ask the provider for a payment link; its page shows the link to the offer."""
        order = payment.order
        request: dict[str, Any] = {
            "Amount": payment.amount,
            "Currency": CURRENCY,
            "InvoiceId": payment.invoice_id,
            "AccountId": order.code,
            "Description": description,
            "OfferUri": addresses.offer,
            "CultureName": settings.CARD_CULTURES[payment.language],
            "SuccessRedirectUrl": addresses.success,
            "FailRedirectUrl": addresses.failure,
            "RequireConfirmation": settings.CARD_TWO_STAGES,
            "SendEmail": False,
            "JsonData": {"order": order.code},
        }
        if not payment.for_another:
            request["Email"] = order.party.email
        link = client.create_order(request, request_id=payment.request_id)
        return Link(number=str(link.get("Id", ""))[:64], url=usable_link(link.get("Url")))

    def cancel_link(self, number: str, *, request_id: str) -> None:
        """Close an unpaid payment link; its page takes no card any more (4.3)."""
        client.cancel_order(number, request_id=request_id)

    def refund(self, reference: str, amount: Decimal, *, request_id: str) -> str:
        """Give back this much of a payment, all or a part; return the refund's own number (4.6)."""
        request = {"TransactionId": transactions.number_of(reference), "Amount": amount}
        made = client.post(
            "/payments/refund", request, request_id=request_id, seconds=client.REFUND_SECONDS
        )
        number = str(made.get("TransactionId") or "")
        if not number:
            raise ProviderError("/payments/refund: the answer names no refund", retry=True)
        return number

    def refunds_of(self, reference: str) -> list[RefundMade]:
        """What was given back of a payment.

        The provider cannot search by the payment, so its later operations are read, and those that
        name the payment are kept.
        """
        payment = transactions.operation_by(reference)
        until = payment.happened_at + REFUNDABLE_FOR
        made = transactions.operations_between(payment.happened_at, until)
        return [
            RefundMade(each.reference, each.amount, each.happened_at)
            for each in made
            if each.refunds_reference == payment.reference and each.state == OperationState.DONE
        ]

    def confirm(self, reference: str, amount: Decimal, *, request_id: str) -> None:
        """Take held money; the provider then reports the payment by a Confirm message."""
        request = {"TransactionId": transactions.number_of(reference), "Amount": amount}
        client.post("/payments/confirm", request, request_id=request_id)

    def release(self, reference: str, *, request_id: str) -> None:
        """Release held money; nothing was taken."""
        client.post(
            "/payments/void",
            {"TransactionId": transactions.number_of(reference)},
            request_id=request_id,
        )

    def operation(self, reference: str) -> Operation:
        return transactions.operation_by(reference)

    def operations_between(self, since: datetime, until: datetime) -> Iterator[Operation]:
        """The payments and refunds from `since`, included, until before `until`, oldest first."""
        return transactions.operations_between(since, until)

    def reference_of(self, kind: MessageKind, body: bytes) -> str:
        return value_of(body, "TransactionId")[:80]

    def what_it_says(self, kind: MessageKind, body: bytes) -> bytes:
        return body

    def what_is_kept(self, body: bytes) -> str:
        return notifications.what_is_kept(body)

    def parse(self, kind: MessageKind, body: bytes) -> Notification:
        return notifications.parse(kind, body)

    def code_for(self, kind: MessageKind, refusal: Refusal | None) -> int:
        is_answered = kind == MessageKind.CHECK or refusal == Refusal.UNCONFIRMED
        return CODES[refusal] if refusal and is_answered else 0
