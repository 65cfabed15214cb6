"""What a buyer tells his bank for a transfer to the academy (4.4)."""

from dataclasses import dataclass

from django.conf import settings

from enrollment.models import Academy, Order

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
    """Say what to tell the bank, in the order's language; None until the academy's bank details are filled in."""
    academy = order.edition.academy
    if not (amount and academy.iban and academy.bic and academy.bank and academy.iin):
        return None
    purpose = PURPOSES[order.language].format(code=order.code, course=order.cohort.course.name)
    return TransferDetails(academy, amount, purpose, kbe=settings.BANK_KBE, knp=settings.BANK_KNP)
