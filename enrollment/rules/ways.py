"""The ways to pay of 4.4, and what letters and papers call them in both languages."""

from enum import StrEnum


class Way(StrEnum):
    """One of the five ways of 4.4, or the cash desk of a third
    party that takes money for the academy (2.6).
    """

    CARD = "card"
    KASPI = "kaspi"
    TRANSFER = "transfer"
    INSTALLMENT = "installment"
    KASPI_RED = "kaspi-red"
    CASH = "cash"


# How the method of a receipt begins, and which way it is: a card's kind or a bank's name may
# follow.
BEGINNINGS = {
    "card": Way.CARD,
    "kaspi pay": Way.KASPI,
    "kaspi red": Way.KASPI_RED,
    "transfer": Way.TRANSFER,
    "installment": Way.INSTALLMENT,
    "cash": Way.CASH,
}
# Told of by a paper that has a day and no hour: a payment order, a bank's decision. Their noon
# stands for the day.
DAY_ALONE = frozenset({Way.TRANSFER, Way.INSTALLMENT})
WORDS = {
    Way.CARD: ("банк картасы", "банковская карта"),
    Way.KASPI: ("Kaspi Pay", "Kaspi Pay"),
    Way.TRANSFER: ("банктік шотқа аударым", "перевод на банковский счёт"),
    Way.INSTALLMENT: ("екінші деңгейдегі банкте бөліп төлеу", "рассрочка в банке второго уровня"),
    Way.KASPI_RED: ("Kaspi Red", "Kaspi Red"),
    Way.CASH: ("үшінші тұлғаның кассасы", "касса третьего лица"),
}


def way_of(method: str) -> Way | None:
    """Tell which way a receipt's method is; None when no way begins so (4.4)."""
    said = method.casefold()
    return next((way for beginning, way in BEGINNINGS.items() if said.startswith(beginning)), None)


def way_in_words(method: str) -> tuple[str, str]:
    """Name a receipt's method in Kazakh and Russian, with the kind of card where it is told."""
    way = way_of(method)
    if way is None:
        return method, method
    _first, _space, detail = (
        method.partition(" ") if way in (Way.CARD, Way.INSTALLMENT) else ("", "", "")
    )
    kk, ru = WORDS[way]
    return (f"{kk} {detail}", f"{ru} {detail}") if detail else (kk, ru)


def way_in_both(method: str) -> str:
    """Name a receipt's method in one line of both languages, the Kazakh one first."""
    kk, ru = way_in_words(method)
    return kk if kk == ru else f"{kk} · {ru}"
