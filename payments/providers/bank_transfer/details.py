"""The details that a buyer gives to the bank for a transfer to the academy (4.4)."""

from dataclasses import dataclass

from django.conf import settings

from enrollment.models import Academy, Invoice, Order

PURPOSES = {
    "kk": "{code} {course} курсы үшін жария оферта бойынша төлем",
    "ru": "{code} оплата курса {course} по публичной оферте",
}


@dataclass(frozen=True)
class TransferDetails:
    """The fields of a payment order; `amount` is in whole tenge."""

    academy: Academy
    amount: int
    purpose: str
    kbe: str
    knp: str


def transfer_details(order: Order, *, amount: int) -> TransferDetails | None:
    """The details for an order, in its language; None until the academy's bank is filled in."""
    return details_for(order.code, order, amount=amount, language=order.language)


def invoice_details(invoice: Invoice, order: Order, *, amount: int) -> TransferDetails | None:
    """The details for an invoice, of which `order` is one; the purpose names the invoice only."""
    return details_for(invoice.code, order, amount=amount, language=invoice.language)


def details_for(code: str, order: Order, *, amount: int, language: str) -> TransferDetails | None:
    """The details under this code for a service such as this order's."""
    academy = order.edition.academy
    if not (amount and academy.iban and academy.bic and academy.bank and academy.iin):
        return None
    purpose = PURPOSES[language].format(code=code, course=order.cohort.course.name)
    return TransferDetails(academy, amount, purpose, kbe=settings.BANK_KBE, knp=settings.BANK_KNP)
