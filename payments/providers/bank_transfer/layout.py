"""The keys by which banks name the facts of an operation; each bank has its own (facts, 3.3)."""

from collections.abc import Mapping
from dataclasses import dataclass

# The name of each fact, and the keys by which banks call it, the usual one first.
ALIASES: dict[str, tuple[str, ...]] = {
    "number": ("номердокумента", "номер"),
    "documented_on": ("датадокумента", "дата", "датаоперации"),
    "executed_on": ("датаоперации", "датадокумента", "дата"),
    "came": ("суммаприход",),
    "went": ("суммарасход",),
    "amount": ("сумма",),
    "currency": ("валюта",),
    "payer": ("плательщикнаименование", "плательщик"),
    "payer_id": (
        "плательщикбин_иин",
        "плательщикбин",
        "плательщикиин",
        "плательщикинн",
        "плательщикрнн",
    ),
    "payer_account": ("плательщикиик", "плательщиксчет", "плательщикик"),
    "receiver_account": ("получательиик", "получательсчет", "получательик"),
    "purpose": ("назначениеплатежа",),
    "knp": ("кодназначенияплатежа", "кнп"),
}
SAYS_NOTHING = dict.fromkeys(ALIASES, "")
NAMED = {key for keys in ALIASES.values() for key in keys} - {
    *ALIASES["payer_account"],
    *ALIASES["receiver_account"],
}


@dataclass(frozen=True)
class Layout:
    """The key of each fact that has a value, and the keys that have no name here."""

    facts: Mapping[str, str]
    others: tuple[str, ...]

    @classmethod
    def of(cls, keys: tuple[str, ...]) -> "Layout":
        facts = {
            fact: next((key for key in names if key in keys), "") for fact, names in ALIASES.items()
        }
        others = tuple(key for key in keys if key not in NAMED)
        return cls({fact: key for fact, key in facts.items() if key}, others)
