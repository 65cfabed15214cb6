"""What makes a reader stop at a person's name: two alphabets in one word, an initial,
one word twice (9.2, 9.3).
"""

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
# Latin letters that look like Cyrillic ones, as Kazakh and Russian keyboards let them slip in.
# Y is left out: it stands for У and for Ү alike.
TWINS = str.maketrans("AaBCcEeHIiKMOoPpTXxyhƏə", "АаВСсЕеНІіКМОоРрТХхуһӘә")
_WORD = re.compile(r"[^\W\d_]+")


class NamedParts(NamedTuple):
    """A person's name by its parts."""

    surname: str
    name: str
    patronymic: str = ""

    @property
    def in_full(self) -> str:
        return " ".join(filter(None, self))


def doubt_about(parts: NamedParts) -> str:
    """Tell why a name is doubtful, by the value of a `Reason`; nothing when it is not."""
    words = _WORD.findall(parts.in_full)
    if any(is_mixed(word) for word in words):
        return "mixed-alphabets"
    if any(word.casefold() in FILLERS or _is_one_letter_again_and_again(word) for word in words):
        return "filler"
    # «О», «И» and «Ю» are surnames of our Koreans; a given name or a patronymic of one letter is an
    # initial.
    if _is_initial(parts.name) or _is_initial(parts.patronymic) or parts.surname.endswith("."):
        return "initial"
    if parts.name and parts.name.casefold() in (
        parts.surname.casefold(),
        parts.patronymic.casefold(),
    ):
        return "repeated"
    return ""


def is_mixed(word: str) -> bool:
    """Tell whether one word has letters of two alphabets:
    what looks right is another name to a machine.
    """
    return len(_alphabets(word)) > 1


def in_one_alphabet(text: str) -> str:
    """Write the words that mix alphabets with Cyrillic letters alone,
    where every Latin one has a twin there.
    """
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
