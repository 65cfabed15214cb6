"""Parity: both texts and the terms agree in everything that can be counted (2.1, 4.1).

Words are not compared: known differences are in `differences.toml`, for staff to see.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import chain, zip_longest
from typing import Any

from django.utils.translation import gettext_noop

from .offer_terms import Difference, duration_in_months, expected_quantities
from .offer_text import Clause, OfferText
from .quantities import DATE, LINK, REFERENCE, Quantity, quantities

# The texts by language, as a sentence of a finding names them.
TEXTS = {
    "kk": gettext_noop("the Kazakh text"),
    "ru": gettext_noop("the Russian text"),
}
PREAMBLE = "preamble"
NOT_TERMS = (LINK, REFERENCE)
NOTHING = gettext_noop("nothing")
NO_SUCH_NUMBER = gettext_noop("it has no such number")
BULLET = gettext_noop("bullet %(place)s")
ROW = gettext_noop("row %(place)s")

Fact = str | int | Sequence[Quantity]
Where = tuple[str, int] | None


@dataclass(frozen=True)
class Finding:
    """What differs, and in which clause.

    `words` is a sentence with named places for the facts, so that staff read it in their language.
    """

    clause: str
    words: str
    facts: Mapping[str, Fact] = field(default_factory=dict)
    where: Where = None

    @property
    def sentence(self) -> str:
        return self.told_by(str, _listed)

    def told_by(
        self, translate: Callable[[str], str], listed: Callable[[Sequence[Quantity]], str]
    ) -> str:
        """The sentence with its words translated, and its quantities written by `listed`."""
        if not self.facts:
            return translate(self.words)
        facts = {
            name: translate(fact)
            if isinstance(fact, str)
            else fact
            if isinstance(fact, int)
            else listed(fact)
            for name, fact in self.facts.items()
        }
        told = translate(self.words) % facts
        if self.where is None:
            return told
        return f"{translate(self.where[0]) % {'place': self.where[1]}}: {told}"

    def __str__(self) -> str:
        return f"{self.clause}: {self.sentence}"


def check_parity(
    kk: OfferText, ru: OfferText, terms: Mapping[str, Any], differences: Sequence[Difference] = ()
) -> list[Finding]:
    """Everything countable in which the two texts and the terms differ; empty if nothing does."""
    texts = {"kk": kk, "ru": ru}
    return [
        *_outline(texts),
        *_preamble(texts, terms["academy"]),
        *_clauses(texts, terms),
        *_places_of_terms(texts, terms),
        *_quotations(texts, differences),
    ]


def _outline(texts: dict[str, OfferText]) -> Iterator[Finding]:
    """Compare sections and the numbers of clauses, and their order."""
    for number in _only_in_one(
        [[section.number for section in text.sections] for text in texts.values()]
    ):
        yield Finding(number, gettext_noop("this section stands in one language only"))
    numbers = {language: list(text.clauses) for language, text in texts.items()}
    for language, other in (("kk", "ru"), ("ru", "kk")):
        for number in numbers[language]:
            if number not in texts[other].clauses:
                words = gettext_noop("stands in %(text)s only")
                yield Finding(number, words, {"text": TEXTS[language]})
    shared = {
        language: [n for n in numbers[language] if n in numbers["kk"] and n in numbers["ru"]]
        for language in texts
    }
    for here, there in zip(shared["kk"], shared["ru"], strict=True):
        if here != there:
            words = gettext_noop("stands where the Russian text has %(clause)s")
            yield Finding(here, words, {"clause": there})
            break


def _preamble(texts: dict[str, OfferText], academy: Mapping[str, Any]) -> Iterator[Finding]:
    """Compare the numbers of the preambles, and the academy's details with both (12.1.2)."""
    whole = {language: " ".join(text.preamble) for language, text in texts.items()}
    yield from _between_languages(PREAMBLE, None, whole)
    for language, text in whole.items():
        in_text = quantities(text, language)
        for name in ("brand", "registration", f"address_{language}", "site", "email"):
            if academy[name] not in text:
                yield _of_academy(name, academy[name], language)
        if Quantity(academy["registered_on"].isoformat(), DATE) not in in_text:
            yield _of_academy("registered_on", academy["registered_on"].isoformat(), language)


def _of_academy(name: str, value: str, language: str) -> Finding:
    words = gettext_noop("terms.toml gives %(name)s “%(value)s”, not so %(text)s")
    return Finding(PREAMBLE, words, {"name": name, "value": value, "text": TEXTS[language]})


def _clauses(texts: dict[str, OfferText], terms: Mapping[str, Any]) -> Iterator[Finding]:
    for number, kk in texts["kk"].clauses.items():
        if ru := texts["ru"].clauses.get(number):
            pair = {"kk": kk, "ru": ru}
            yield from _bullets(number, pair)
            yield from _table(number, pair, terms)
            yield from _between_languages(
                number, None, {language: _prose(clause) for language, clause in pair.items()}
            )
            for language, clause in pair.items():
                yield from _against_terms(number, clause, language, terms)


def _bullets(number: str, pair: dict[str, Clause]) -> Iterator[Finding]:
    counts = {language: len(clause.bullets) for language, clause in pair.items()}
    if counts["kk"] != counts["ru"]:
        words = gettext_noop("bullets in Kazakh: %(kk)s, in Russian: %(ru)s")
        yield Finding(number, words, counts)
        return
    for place, (kk, ru) in enumerate(zip(pair["kk"].bullets, pair["ru"].bullets, strict=True), 1):
        yield from _between_languages(number, (BULLET, place), {"kk": kk, "ru": ru})


def _table(number: str, pair: dict[str, Clause], terms: Mapping[str, Any]) -> Iterator[Finding]:
    """Compare the table of 4.1 row by row, between languages and with the tariffs of the terms."""
    kk = pair["kk"].body
    ru = pair["ru"].body
    if len(kk) != len(ru) or len(pair["kk"].heads) != len(pair["ru"].heads):
        words = gettext_noop("rows of the table in Kazakh: %(kk)s, in Russian: %(ru)s")
        yield Finding(number, words, {"kk": len(kk), "ru": len(ru)})
        return
    tariffs = terms["tariffs"] if number in terms["clauses"]["tariffs"] else []
    if tariffs and len(tariffs) != len(kk):
        words = gettext_noop("rows of the table: %(rows)s, tariffs in terms.toml: %(tariffs)s")
        yield Finding(number, words, {"rows": len(kk), "tariffs": len(tariffs)})
        return
    for place, (row_kk, row_ru) in enumerate(zip(kk, ru, strict=True), 1):
        for cell_kk, cell_ru in zip(row_kk, row_ru, strict=True):
            yield from _between_languages(number, (ROW, place), {"kk": cell_kk, "ru": cell_ru})
        for language, row in (("kk", row_kk), ("ru", row_ru)):
            if tariffs:
                yield from _row(number, place, row, language, terms)


def _row(
    number: str, place: int, row: tuple[str, ...], language: str, terms: Mapping[str, Any]
) -> Iterator[Finding]:
    """Compare one row of 4.1 with its tariff."""
    tariff = terms["tariffs"][place - 1]
    duration = terms["duration"]
    if len(row) != 4:
        words = gettext_noop("%(text)s has %(cells)s cells instead of 4")
        facts: dict[str, Fact] = {"text": TEXTS[language], "cells": len(row)}
        yield Finding(number, words, facts, (ROW, place))
        return
    months = quantities(row[2], language)
    figures = quantities(row[3], language, "tenge")
    pairs = (
        (row[0], str(tariff["row"])),
        (row[1].replace(" ", ""), f"«{terms['course']}»-{tariff['name']}"),
        (row[2], duration[f"label_{language}"]),
        (
            " and ".join(map(str, months)),
            str(Quantity(duration_in_months(terms).normalize(), "months")),
        ),
        (" and ".join(map(str, figures)), str(Quantity(Decimal(tariff["price"]), "tenge"))),
        (row[3].partition("(")[2].removesuffix(")"), tariff[f"label_{language}"]),
    )
    for text_value, terms_value in pairs:
        if text_value != terms_value:
            words = gettext_noop("%(text)s says “%(said)s”, terms.toml says “%(wanted)s”")
            facts = {"text": TEXTS[language], "said": text_value, "wanted": terms_value}
            yield Finding(number, words, facts, (ROW, place))


def _between_languages(number: str, where: Where, texts: dict[str, str]) -> Iterator[Finding]:
    """Compare the numbers of both languages, and each number with its words in brackets."""
    found = {language: quantities(text, language) for language, text in texts.items()}
    for language, numbers in found.items():
        for quantity in numbers:
            if quantity.in_words is not None and quantity.in_words != quantity.value:
                words = gettext_noop("%(text)s writes %(figures)s, and %(words)s in words")
                facts: dict[str, Fact] = {
                    "text": TEXTS[language],
                    "figures": [quantity],
                    "words": str(quantity.in_words),
                }
                yield Finding(number, words, facts, where)
    kk = _left_over(found["kk"], found["ru"])
    ru = _left_over(found["ru"], found["kk"])
    if kk or ru:
        words = gettext_noop("the Kazakh text says %(kk)s, the Russian text %(ru)s")
        yield Finding(number, words, {"kk": kk, "ru": ru}, where)


def _against_terms(
    number: str, clause: Clause, language: str, terms: Mapping[str, Any]
) -> Iterator[Finding]:
    """Compare the numbers of a clause with its terms: none is missing, none is unknown."""
    prose = " ".join([_prose(clause), *clause.bullets])
    in_text = [
        quantity for quantity in quantities(prose, language) if quantity.unit not in NOT_TERMS
    ]
    expected = expected_quantities(terms, number)
    in_terms = [quantity for _, quantity in expected]
    unknown = _left_over(in_text, in_terms)
    missing = _left_over(in_terms, in_text)
    if unknown or missing:
        names = (
            ", ".join(name for name, quantity in expected if quantity in missing) or NO_SUCH_NUMBER
        )
        words = gettext_noop("%(text)s says %(said)s, terms.toml %(wanted)s (%(names)s)")
        facts: dict[str, Fact] = {
            "text": TEXTS[language],
            "said": unknown,
            "wanted": missing,
            "names": names,
        }
        yield Finding(number, words, facts)


def _places_of_terms(texts: dict[str, OfferText], terms: Mapping[str, Any]) -> Iterator[Finding]:
    """Find terms whose clause is missing, and clauses that do not name the course (1.1)."""
    for name, places in terms["clauses"].items():
        for number in places:
            for language, text in texts.items():
                clause = text.clauses.get(number)
                if clause is None:
                    words = gettext_noop(
                        "terms.toml places %(name)s here, and %(text)s has no such clause"
                    )
                    yield Finding(number, words, {"name": name, "text": TEXTS[language]})
                elif name == "course" and f"«{terms['course']}»" not in _everything(clause):
                    words = gettext_noop("%(text)s does not name the course «%(course)s»")
                    facts = {"text": TEXTS[language], "course": terms["course"]}
                    yield Finding(number, words, facts)


def _quotations(
    texts: dict[str, OfferText], differences: Sequence[Difference]
) -> Iterator[Finding]:
    """Find quotations that are not in the texts: then the list belongs to other texts."""
    whole = {language: _whole(text) for language, text in texts.items()}
    for difference in differences:
        for language, quotation in (("kk", difference.kk), ("ru", difference.ru)):
            if quotation not in whole[language]:
                words = gettext_noop(
                    "differences.toml quotes “%(quotation)s”, and %(text)s does not say it"
                )
                facts = {"quotation": quotation, "text": TEXTS[language]}
                yield Finding(difference.clause, words, facts)


def _left_over(these: Sequence[Quantity], those: Sequence[Quantity]) -> list[Quantity]:
    """The quantities of the first list that the second lacks, each as often as it is lacking."""
    return list((Counter(these) - Counter(those)).elements())


def _listed(numbers: Sequence[Quantity]) -> str:
    return " and ".join(map(str, numbers)) or NOTHING


def _only_in_one(lists: list[list[str]]) -> list[str]:
    """What is at a place in one list, and not at the same place in the other."""
    return [str(here or there) for here, there in zip_longest(*lists) if here != there]


def _prose(clause: Clause) -> str:
    return " ".join([clause.text, *clause.more])


def _everything(clause: Clause) -> str:
    return " ".join(
        [_prose(clause), *clause.bullets, *(cell for row in clause.rows for cell in row)]
    )


def _whole(text: OfferText) -> str:
    sections = (
        [
            f"{section.number}. {section.title}",
            *(f"{c.number}. {_everything(c)}" for c in section.clauses),
        ]
        for section in text.sections
    )
    return " ".join([text.title, *text.preamble, *chain.from_iterable(sections)])
