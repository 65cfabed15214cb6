"""Doubts about a person's name: mixed alphabets, an initial, a repeated word (9.2, 9.3)."""

import re
import unicodedata
from typing import NamedTuple

FILLERS = {
    "test",
    "testov",
    "asdf",
    "qwerty",
    "тест",
    "тестов",
    "фыва",
    "йцукен",
    "жоқ",
    "нет",
    "аты",
    "имя",
    "фамилия",
}
# Latin letters that look like Cyrillic ones: Kazakh and Russian keyboards mix them. Y is left out:
# it looks like both У and Ү.
TWINS = str.maketrans("AaBCcEeHIiKMOoPpTXxyhƏə", "АаВСсЕеНІіКМОоРрТХхуһӘә")
# How a patronymic ends in Kazakh, Russian, Azerbaijani and Uzbek.
PATRONYMIC = tuple("ұлы қызы улы кызы вич вна ична оглы гызы угли кизи uly qyzy".split())
_WORD = re.compile(r"[^\W\d_]+")


class NamedParts(NamedTuple):
    surname: str
    name: str
    patronymic: str = ""

    @property
    def in_full(self) -> str:
        return " ".join(filter(None, self))


def doubt_about(parts: NamedParts) -> str:
    """Why a name is doubtful, as the value of a `Reason`; empty when it is not."""
    words = _WORD.findall(parts.in_full)
    if any(is_mixed(word) for word in words):
        return "mixed-alphabets"
    if _is_whole_name(parts):
        return "whole-name"
    if any(word.casefold() in FILLERS or _is_one_letter_again_and_again(word) for word in words):
        return "filler"
    # «О», «И» and «Ю» are surnames of Koreans in Kazakhstan; a given name or a patronymic of one
    # letter is an initial.
    if _is_initial(parts.name) or _is_initial(parts.patronymic) or parts.surname.endswith("."):
        return "initial"
    if parts.name and parts.name.casefold() in (
        parts.surname.casefold(),
        parts.patronymic.casefold(),
    ):
        return "repeated"
    return ""


def _is_whole_name(parts: NamedParts) -> bool:
    """True when the surname seems to hold the given name or the patronymic too."""
    words = [word.casefold() for word in parts.surname.split()]
    others = {word.casefold() for word in (*parts.name.split(), *parts.patronymic.split())}
    return len(words) > 1 and (
        bool(others.intersection(words)) or any(word.endswith(PATRONYMIC) for word in words[1:])
    )


def is_mixed(word: str) -> bool:
    """True when one word has letters of two alphabets: it looks right, but is another name."""
    return len(_alphabets(word)) > 1


def in_one_alphabet(text: str) -> str:
    """Words of mixed alphabets written in Cyrillic, where every Latin letter has a twin."""
    return _WORD.sub(lambda found: _in_cyrillic(found.group()), text)


def _in_cyrillic(word: str) -> str:
    changed = word.translate(TWINS)
    return changed if is_mixed(word) and not is_mixed(changed) else word


def _alphabets(word: str) -> set[str]:
    return {unicodedata.name(char, "").partition(" ")[0] for char in word} & {"LATIN", "CYRILLIC"}


def _is_initial(part: str) -> bool:
    return len(part.rstrip(".")) == 1 or part.endswith(".")


def _is_one_letter_again_and_again(word: str) -> bool:
    return len(word) > 2 and len(set(word.casefold())) == 1
