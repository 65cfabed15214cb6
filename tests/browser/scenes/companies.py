"""What a company sees: its checkout with a list of learners, and its invoice in each stage."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from enrollment.models import Edition, Invoice
from enrollment.operations.ordering.orders import lapse_unpaid_orders
from tests.browser.scenes.buyers import SOON, TOLD, TOMORROW, a_shop
from tests.browser.scenes.scene import Visitor, scene
from tests.enrollment.company import NAMES, a_list, order_list
from tests.given import NOON, a_receipt, receive
from tests.papers import a_file
from tests.payments.waiting import money_that_waits

COMPANY = {
    "company_name": "«Жаңа Өркен» ЖШС",
    "bin": "971240001315",
    "company_address": "Ақтөбе қ., 46",
    "postal_address": "030012, Ақтөбе қаласы, а/ж 118",
    "surname": "Жұмағалиева",
    "name": "Сәуле",
    "patronymic": "",
    "position": "директор",
    "phone": "8 (701) 000-00-00",
    "email": "Hr@Example.kz",
    "consent_truth": "on",
    "consent_contract": "on",
    "consent_employees": "on",
}


@scene("company-checkout")
def company_checkout(visitor: Visitor) -> Iterator[tuple[str, Any]]:
    a_shop()
    yield "form", visitor.opens("company_checkout", "birge")
    yield "empty", sends_list(visitor, [("", "", "")], dict.fromkeys(COMPANY, ""))
    yield "counted", sends_list(visitor, NAMES[:4], {"more": "0"})
    yield "refused", sends_list(visitor, [*NAMES[:2], ("Х", "", ""), NAMES[0]], {"bin": "1"})
    slips = {"email": "hr@gmial.com", "company_name": "ИП «Ахметова»", "bin": "900101300811"}
    yield "doubted", sends_list(visitor, [NAMES[0], ("Омаровa", "Диас", "")], slips)


@scene("invoice", at=SOON)
def invoice(visitor: Visitor) -> Iterator[tuple[str, Any]]:
    placed = an_invoice(visitor)
    yield "awaiting", visitor.opens_invoice(placed)
    yield "report", visitor.opens_invoice(placed, "invoice_report")
    yield "report-refused", visitor.sends("invoice_report", placed.code, values=TOLD)
    yield (
        "reported",
        visitor.sends("invoice_report", placed.code, values=TOLD | {"document": a_file()}),
    )
    visitor.sends("invoice_cancellation", placed.code, values={"no_payment_made": "yes"})
    yield "cancelled", visitor.opens_invoice(placed)


@scene("invoice-partly-paid", at=SOON)
def invoice_partly_paid(visitor: Visitor) -> Any:
    placed = an_invoice(visitor)
    first = placed.orders.with_people().as_listed().first()
    receive(a_receipt(first), first)
    return visitor.opens_invoice(placed)


@scene("invoice-concluded", at=SOON)
def invoice_concluded(visitor: Visitor) -> Any:
    placed = an_invoice(visitor)
    for order in placed.orders.with_people().as_listed():
        receive(a_receipt(order), order)
    return visitor.opens_invoice(placed)


@scene("invoice-money-waits", at=SOON)
def invoice_money_waits(visitor: Visitor) -> Any:
    placed = an_invoice(visitor)
    first = placed.orders.with_people().as_listed().first()
    money_that_waits(first, amount=100_000, invoice=placed.code)
    return visitor.opens_invoice(placed)


@scene("invoice-lapsed", at=TOMORROW)
def invoice_lapsed(visitor: Visitor) -> Any:
    placed = an_invoice(visitor)
    lapse_unpaid_orders(at=TOMORROW + timedelta(minutes=5))
    return visitor.opens_invoice(placed)


def an_invoice(visitor: Visitor) -> Invoice:
    placed, _is_new = order_list(a_list(3), cohort=a_shop(), at=NOON)
    return placed


def sends_list(visitor: Visitor, names: list[tuple[str, str, str]], changes: dict[str, str]) -> Any:
    rows = {"learners-TOTAL_FORMS": str(len(names)), "learners-INITIAL_FORMS": "0"}
    for place, name in enumerate(names):
        parts = zip(("surname", "name", "patronymic"), name, strict=True)
        rows |= {f"learners-{place}-{part}": value for part, value in parts}
    shown = {"shown_price": "149990", "shown_edition": str(Edition.objects.get())}
    return visitor.sends("company_checkout", "birge", values=shown | COMPANY | rows | changes)
