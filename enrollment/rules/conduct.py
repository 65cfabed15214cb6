"""The rules of conduct of an edition, and what breaking one sets in motion (6.3–6.5, 11.5)."""

from dataclasses import dataclass

from django.db import models
from django.utils.translation import pgettext_lazy

from offer_site.languages import in_language

from .offer_text import Clause, OfferText

# Clauses whose rules can be broken, in the order of the offer.
CONDUCT = ("6.3", "6.4", "7.2.8", "11.5")
# 6.5 shuts off access without warning where these two are broken, and names no other.
SHUT_OFF_BY = frozenset({"6.3", "6.4"})
SHUT_OFF = "6.5"
COPYING = "11.5"
PENALTY = "11.6"


class Verdict(models.TextChoices):
    """What another person found when the breach was reviewed."""

    CONFIRMED = "confirmed", pgettext_lazy("a breach", "confirmed")
    WITHDRAWN = "withdrawn", pgettext_lazy("a breach", "withdrawn")


@dataclass(frozen=True)
class ConductRule:
    """One rule in the edition's own words: a bullet of a clause, or a clause without bullets."""

    key: str  # "6.3-2": the second bullet of 6.3
    clause: str
    words_kk: str
    words_ru: str

    @property
    def words(self) -> str:
        return in_language(self.words_kk, self.words_ru)


def conduct_rules(kk: OfferText, ru: OfferText) -> list[ConductRule]:
    """The rules of conduct as both texts of an edition state them.

    The texts have passed parity: a clause has the same number of bullets in both.
    """
    clauses_kk = kk.clauses
    clauses_ru = ru.clauses
    found = []
    for number in CONDUCT:
        if number in clauses_kk and number in clauses_ru:
            pairs = zip(_parts(clauses_kk[number]), _parts(clauses_ru[number]), strict=True)
            found += [
                ConductRule(f"{number}-{place}", number, in_kk, in_ru)
                for place, (in_kk, in_ru) in enumerate(pairs, 1)
            ]
    return found


def shuts_off(clause: str, *, by_choice: bool = False) -> bool:
    """True if a breach of the clause shuts off access at once (6.5).

    `by_choice`: staff say that the same act breaks 6.3 or 6.4 too.
    """
    return clause in SHUT_OFF_BY or by_choice


def _parts(clause: Clause) -> tuple[str, ...]:
    return tuple(part.rstrip(" ;.") for part in clause.bullets or (clause.text,))
