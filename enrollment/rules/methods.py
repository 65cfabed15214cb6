"""The methods of payment of 4.4, and what letters and papers call them in both languages."""

from dataclasses import dataclass

from django.db import models
from django.utils.translation import gettext_lazy as _


class Method(models.TextChoices):
    """The five methods of 4.4 in the offer's order, and the cash desk of a third party (2.6)."""

    CARD = "card", _("Bank card")
    TRANSFER = "transfer", _("Transfer to the bank account")
    KASPI = "kaspi", "Kaspi Pay"
    INSTALLMENT = "installment", _("Instalments through a bank")
    KASPI_RED = "kaspi-red", "Kaspi Red"
    CASH = "cash", _("cash desk of a third party")


OFFERED = tuple(method for method in Method if method != Method.CASH)


@dataclass(frozen=True)
class Wording:
    """A method's names, and how the method in a receipt begins.

    A card's kind or a bank's name may follow: it is the detail. A payment order and a bank's
    decision have a day and no hour: they are stored with noon.
    """

    beginning: str
    kk: str
    ru: str
    has_detail: bool = False
    has_hour: bool = True


WORDINGS = {
    Method.CARD: Wording("card", "банк картасы", "банковская карта", has_detail=True),
    Method.KASPI: Wording("kaspi pay", "Kaspi Pay", "Kaspi Pay"),
    Method.KASPI_RED: Wording("kaspi red", "Kaspi Red", "Kaspi Red"),
    Method.TRANSFER: Wording(
        "transfer", "банктік шотқа аударым", "перевод на банковский счёт", has_hour=False
    ),
    Method.INSTALLMENT: Wording(
        "installment",
        "екінші деңгейдегі банкте бөліп төлеу",
        "рассрочка в банке второго уровня",
        has_detail=True,
        has_hour=False,
    ),
    Method.CASH: Wording("cash", "үшінші тұлғаның кассасы", "касса третьего лица"),
}


def method_of(text: str) -> Method | None:
    """The method that a receipt names; None when no method begins so (4.4)."""
    named = text.casefold()
    return next(
        (method for method, words in WORDINGS.items() if named.startswith(words.beginning)), None
    )


def method_in_words(text: str) -> tuple[str, str]:
    """A receipt's method in Kazakh and Russian, with its detail where it has one."""
    method = method_of(text)
    if method is None:
        return text, text
    words = WORDINGS[method]
    detail = text.partition(" ")[2] if words.has_detail else ""
    return f"{words.kk} {detail}".rstrip(), f"{words.ru} {detail}".rstrip()


def method_in_both(text: str) -> str:
    """A receipt's method in one line of both languages, Kazakh first."""
    kk, ru = method_in_words(text)
    return kk if kk == ru else f"{kk} · {ru}"
