"""How money comes to a simulated academy: in the words of its banks, by no network."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from urllib.parse import urlencode

from django.db import transaction

from enrollment.models import Academy, Order
from offer_site.accounts.models import User
from offer_site.days import ALMATY, almaty_day, short_day
from offer_site.documents import Document
from payments.models import ManualMethod, MessageKind
from payments.operations.ledger.manual import (
    MoneySeen,
    approve_manual_receipt,
    enter_manual_receipt,
)
from payments.operations.ledger.receipts import Receipt, record_receipt
from payments.operations.paying.messages import receive_message
from payments.providers import KASPI

PAYER = "900101300811"
A_PICTURE = b"%PDF-1.4\n% simulated\n"


def by_kaspi(order: Order, *, amount: int, number: int, at: datetime) -> None:
    """Tell of a payment as Kaspi does, and once more: the bank repeats itself."""
    told = {
        "command": "pay",
        "txn_id": f"{number:018}",
        "txn_date": f"{at.astimezone(ALMATY):%Y%m%d%H%M%S}",
        "account": order.code,
        "sum": f"{amount}.00",
    }
    body = urlencode(told).encode()
    for _time in range(2):
        receive_message(provider=KASPI, kind=MessageKind.PAY, body=body, at=at)


@transaction.atomic
def by_card(order: Order, *, amount: int, number: int, at: datetime) -> None:
    """Record a card's payment as its door does once the provider has confirmed it.

    The provider is asked over the network, so the message itself cannot be played here.
    """
    receipt = Receipt(
        provider="card",
        method="card",
        reference=str(number),
        amount=Decimal(amount),
        currency="KZT",
        happened_at=at,
        invoice_id=order.code,
    )
    Order.objects.lock_beside(pk=order.pk)
    locked = Order.objects.locked().with_people().get(pk=order.pk)
    record_receipt(receipt=receipt, order=locked, at=at)


def by_hand(
    order: Order, *, amount: int, number: int, first: User, second: User, at: datetime
) -> None:
    """One clerk saw the money in Kaspi Pay and enters it, another approves it (2.6)."""
    seen = MoneySeen(
        method=ManualMethod.KASPI_PAY,
        reference=f"QR-{number}",
        amount=Decimal(amount),
        paid_at=at,
        reason="Kaspi Pay қосымшасында көрінді",
    )
    receipt, _is_new = enter_manual_receipt(
        order=order, money=seen, document=a_document(), by=first, at=at
    )
    approve_manual_receipt(receipt=receipt, by=second, at=at)


def a_document() -> Document:
    return Document(A_PICTURE, "application/pdf")


def a_transfer(*, purpose: str, amount: int, number: int, day: date) -> str:
    """One incoming operation, as a bank writes it into its file."""
    told = {
        "НомерДокумента": number,
        "ДатаДокумента": short_day(day),
        "ДатаОперации": short_day(day),
        "СуммаПриход": f"{amount}.00",
        "ПлательщикНаименование": "Тестова Г.",
        "ПлательщикБИН_ИИН": PAYER,
        "ПолучательИИК": Academy.objects.get().iban,
        "НазначениеПлатежа": purpose,
        "КодНазначенияПлатежа": "859",
    }
    lines = [f"{key}={value}" for key, value in told.items()]
    return "\n".join(["СекцияДокумент=выписка", *lines, "КонецДокумента"])


def a_statement(transfers: Sequence[str], *, at: datetime) -> bytes:
    """The bank's file of a day."""
    day = short_day(almaty_day(at))
    account = Academy.objects.get().iban
    head = [
        "1CClientBankExchange",
        "ВерсияФормата=1.01",
        "Кодировка=Windows",
        f"ДатаНачала={day}",
        f"ДатаКонца={day}",
        f"РасчСчет={account}",
        "СекцияРасчСчет",
        f"РасчСчет={account}",
        "КонецРасчСчет",
    ]
    return "\r\n".join([*head, *transfers, "КонецФайла", ""]).encode("kz1048")
