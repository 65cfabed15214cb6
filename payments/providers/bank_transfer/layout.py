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
    "payer": ("плательщикнаименование", "плательщик1", "плательщик"),
    "payer_id": (
        "плательщикбин_иин",
        "плательщикбин",
        "плательщикиин",
        "плательщикинн",
        "плательщикрнн",
    ),
    "payer_account": (
        "плательщикиик",
        "плательщиксчет",
        "плательщикик",
        "плательщикрасчсчет",
    ),
    "receiver_account": (
        "получательиик",
        "получательсчет",
        "получательик",
        "получательрасчсчет",
    ),
    "purpose": ("назначениеплатежа",),
    "knp": ("кодназначенияплатежа", "кнп"),
}
SAYS_NOTHING = dict.fromkeys(ALIASES, "")
NAMED = {key for keys in ALIASES.values() for key in keys} - {
    *ALIASES["payer_account"],
    *ALIASES["receiver_account"],
}
# Keys of one meaning: where a bank writes two of them, they must say the same. What a date of the
# document and one of the operation say may differ, and the old tax number is no IIN.
ONE_MEANING: tuple[tuple[str, ...], ...] = (
    ("датадокумента", "дата"),
    ALIASES["payer_id"][:-1],
    ALIASES["payer_account"],
    ALIASES["receiver_account"],
)
# A purpose longer than one field goes on in numbered ones.
PURPOSE = "назначениеплатежа"
PURPOSE_PARTS = tuple(f"{PURPOSE}{number}" for number in range(1, 7))
# What stands outside of an operation and is its own: the file is not cut where it should be.
ONLY_OF_AN_OPERATION = {"номердокумента", "датадокумента", "суммаприход", "суммарасход", PURPOSE}


@dataclass(frozen=True)
class Layout:
    """The key of each fact that has a value, keys of one meaning, and those without a name here."""

    facts: Mapping[str, str]
    others: tuple[str, ...]
    same: tuple[tuple[str, ...], ...]

    @classmethod
    def of(cls, keys: tuple[str, ...]) -> "Layout":
        facts = {
            fact: next((key for key in names if key in keys), "") for fact, names in ALIASES.items()
        }
        others = tuple(key for key in keys if key not in NAMED)
        present = (tuple(key for key in group if key in keys) for group in ONE_MEANING)
        same = tuple(group for group in present if len(group) > 1)
        return cls({fact: key for fact, key in facts.items() if key}, others, same)
