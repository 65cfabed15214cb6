"""Kaspi's registries as the bank may write them; every number in them is invented."""

from collections.abc import Sequence
from datetime import datetime

from offer_site.days import ALMATY, short_day
from tests.given import NOON
from tests.payments.statements.scenes import DAY, KASPI_BANK, an_operation

HEADINGS = ("Номер транзакции", "Дата и время", "Лицевой счёт", "Сумма платежа", "Комиссия")


def a_row(
    txn_id: str,
    account: str,
    amount: object = "149990.00",
    commission: object = "1424.91",
    at: datetime = NOON,
) -> tuple[str, ...]:
    return (
        txn_id,
        f"{at.astimezone(ALMATY):%d.%m.%Y %H:%M:%S}",
        account,
        str(amount),
        str(commission),
    )


def a_registry(
    *rows: Sequence[str],
    headings: Sequence[str] = HEADINGS,
    delimiter: str = ";",
    encoding: str = "cp1251",
) -> bytes:
    """A table with a title above and a total below."""
    lines = [
        ["Реестр платежей", "", short_day(DAY)],
        headings,
        *rows,
        ["Итого", "", "", "0,00", ""],
    ]
    return "\r\n".join(delimiter.join(line) for line in lines).encode(encoding)


def a_net_line(gross: str, commission: str, net: str) -> str:
    """The one sum of a day as Kaspi Bank transfers it."""
    purpose = (
        f"Возмещение по платежам за {short_day(DAY)}. Сумма {gross}, комиссия {commission}. "
        "Договор 12 от 01.02.2025"
    )
    return an_operation(
        purpose=purpose, amount=net, payer="АО «KASPI BANK»", payer_id=KASPI_BANK, number=900
    )
