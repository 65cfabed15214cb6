"""What a buyer tells his bank for a transfer to the academy (4.4)."""

from dataclasses import dataclass

from django.conf import settings

from enrollment.models import Academy, Invoice, Order

PURPOSES = {
    "kk": "{code} {course} курсы үшін жария оферта бойынша төлем",
    "ru": "{code} оплата курса {course} по публичной оферте",
}


@dataclass(frozen=True)
class TransferDetails:
    """What a buyer tells his bank."""

    academy: Academy
    amount: int
    purpose: str
    kbe: str
    knp: str


def transfer_details(order: Order, *, amount: int) -> TransferDetails | None:
    """Say what to tell the bank, in the order's language;
    None until the academy's bank details are filled in.
    """
    return details_for(order.code, order, amount=amount, language=order.language)


def invoice_details(invoice: Invoice, order: Order, *, amount: int) -> TransferDetails | None:
    """Say what to tell the bank for an invoice, of which this is one order;
    the purpose names the invoice alone.
    """
    return details_for(invoice.code, order, amount=amount, language=invoice.language)


def details_for(code: str, order: Order, *, amount: int, language: str) -> TransferDetails | None:
    """Say what to tell the bank under a code for a service such as this order's."""
    academy = order.edition.academy
    if not (amount and academy.iban and academy.bic and academy.bank and academy.iin):
        return None
    purpose = PURPOSES[language].format(code=code, course=order.cohort.course.name)
    return TransferDetails(academy, amount, purpose, kbe=settings.BANK_KBE, knp=settings.BANK_KNP)
