"""Statements as the banks write them; every name and number in them is invented."""

import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from enrollment.models import Academy, Order
from offer_site.days import short_day

IBAN = "KZ79722S000001674774"
PAYER = "900101300811"
KASPI_BANK = "971240001315"
DAY = date(2026, 11, 23)
COMING = re.compile(r"^СуммаПриход=(\d+(?:\.\d+)?)$", re.MULTILINE)


def bank_details() -> Academy:
    """The academy with its bank."""
    Academy.objects.update(iban=IBAN, bank="«Kaspi Bank» АҚ", bic="CASPKZKA", iin="900101300823")
    return Academy.objects.get()


def an_operation(
    *,
    purpose: str,
    amount: object = "149990.00",
    day: date = DAY,
    number: object = 15,
    payer: str = "Тестова Г.",
    payer_id: str = PAYER,
    **keys: str,
) -> str:
    """An incoming transfer as Kaspi Bank writes it; `keys` replace what it writes,
    an empty one is left out.
    """
    said = {
        "НомерДокумента": number,
        "ДатаДокумента": short_day(day),
        "ДатаОперации": short_day(day),
        "СуммаПриход": amount,
        "ПлательщикНаименование": payer,
        "ПлательщикБИН_ИИН": payer_id,
        "ПолучательИИК": IBAN,
        "НазначениеПлатежа": purpose,
        "КодНазначенияПлатежа": "859",
    } | keys
    lines = [f"{key}={value}" for key, value in said.items() if value != ""]
    return "\n".join(["СекцияДокумент=выписка", *lines, "КонецДокумента"])


def an_order_paid(order: Order, **wishes: object) -> str:
    """The transfer that pays an order as its invoice asks."""
    return an_operation(
        **{"purpose": f"{order.code} оплата курса", "amount": f"{order.price}.00", **wishes}
    )


def a_statement(
    operations: Sequence[str], *, day: date = DAY, encoding: str = "kz1048", closing: str = ""
) -> bytes:
    """A whole file of one day; with `closing`, its balances stand at the head."""
    text = short_day(day)
    came = sum((Decimal(told) for told in COMING.findall("\n".join(operations))), Decimal(0))
    balances = [
        "НачальныйОстаток=0.00",
        f"ВсегоПоступило={came}",
        "ВсегоСписано=0.00",
        f"КонечныйОстаток={closing}",
    ]
    head = [
        "1CClientBankExchange",
        "ВерсияФормата=1.01",
        "Кодировка=Windows",
        f"ДатаНачала={text}",
        f"ДатаКонца={text}",
        f"РасчСчет={IBAN}",
        "СекцияРасчСчет",
        *(balances if closing else []),
        "КонецРасчСчет",
    ]
    return "\n".join([*head, *operations, "КонецФайла", ""]).encode(encoding)
