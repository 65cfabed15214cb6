"""Numbers as the offer writes them, read as numbers.

For example «93 990», «1,5 месяца», «50%», «3 (трех)», «он күн», «11.5».
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

REFERENCE = "clause reference"
LINK = "address"
CODE = "code"
DATE = "date"
PLAIN = ""

# What may follow a number; the longer units come first.
UNITS = {
    "kk": {
        "percent": r"%|пайыз\w*",
        "tenge": r"теңге\w*|KZT|₸",
        "working days": r"жұмыс\s+күн\w*",
        "calendar days": r"күнтізбелік\s+күн\w*",
        "days": r"күн(?!тізбелік)\w*",
        "months": r"ай(?:дың|ға|ды|да|дан|ы|лық)?\b",
        "years": r"жыл\w*",
        "hours": r"сағат\w*",
        "times": r"рет\b",
    },
    "ru": {
        "percent": r"%|процент\w*",
        "tenge": r"тенге|KZT|₸",
        "working days": r"рабоч\w+\s+(?:день|дн\w+)",
        "calendar days": r"календарн\w+\s+(?:день|дн\w+)",
        "days": r"(?:день|дня|дней|дням\w*)\b",
        "months": r"месяц\w*",
        "years": r"(?:лет|год\w*)\b",
        "hours": r"час\w*",
        "times": r"раза?\b",
    },
}

WORDS = {
    "kk": {
        "бір": 1, "екі": 2, "үш": 3, "төрт": 4, "бес": 5, "алты": 6, "жеті": 7, "сегіз": 8,
        "тоғыз": 9, "он": 10, "жиырма": 20, "отыз": 30, "қырық": 40, "елу": 50, "алпыс": 60,
        "жетпіс": 70, "сексен": 80, "тоқсан": 90,
        "жүз": 100, "мың": 1000, "миллион": 1_000_000,
    },
    "ru": {
        "один": 1, "одна": 1, "одно": 1, "одного": 1, "одной": 1, "два": 2, "две": 2, "двух": 2,
        "три": 3, "трех": 3, "трёх": 3, "четыре": 4, "четырех": 4, "четырёх": 4, "пять": 5,
        "пяти": 5, "шесть": 6, "шести": 6, "семь": 7, "семи": 7, "восемь": 8, "восьми": 8,
        "девять": 9, "девяти": 9, "десять": 10, "десяти": 10, "пятнадцать": 15, "пятнадцати": 15,
        "двадцать": 20, "двадцати": 20, "тридцать": 30, "тридцати": 30, "сорок": 40, "сорока": 40,
        "пятьдесят": 50, "пятидесяти": 50, "шестьдесят": 60, "шестидесяти": 60, "семьдесят": 70,
        "семидесяти": 70, "восемьдесят": 80, "восьмидесяти": 80, "девяносто": 90, "девяноста": 90,
        "сто": 100, "ста": 100, "тысяча": 1000, "тысячи": 1000, "тысяч": 1000, "миллион": 1_000_000,
        "миллиона": 1_000_000, "миллионов": 1_000_000,
    },
}  # fmt: skip

MONTHS = {
    "kk": (
        "қаңтар ақпан наурыз сәуір мамыр маусым шілде тамыз қыркүйек қазан қараша желтоқсан"
    ).split(),
    "ru": "январ феврал март апрел ма июн июл август сентябр октябр ноябр декабр".split(),
}
QUOTE = "[«»“”\"']?"
DATES = {
    "kk": (
        rf"(?P<year>\d{{4}})\s+жыл\w*\s+{QUOTE}(?P<day>\d{{1,2}}){QUOTE}"
        rf"\s+(?P<month>{'|'.join(MONTHS['kk'])})\w*"
    ),
    "ru": (
        rf"{QUOTE}(?P<day>\d{{1,2}}){QUOTE}\s+(?P<month>{'|'.join(MONTHS['ru'])})\w*"
        rf"\s+(?P<year>\d{{4}})(?:\s+г\w*)?"
    ),
}

LINKS = re.compile(r"https?://[^\s,;]+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
CODES = re.compile(r"\b[A-Z]{2}[A-Z0-9]*\d[A-Z0-9]*\b")
REFERENCES = re.compile(r"\d+(?:\.\d+)+")
FIGURES = r"\d{1,3}(?:[ \u00a0\u202f]\d{3})+(?!\d)|\d+(?:,\d+)?"
CALENDAR = r"(?P<calendar>күнтізбелік\s+)?"
IN_WORDS = r"\((?P<{}>[^()\d]*)\)"


@dataclass(frozen=True)
class Quantity:
    """A number with its unit; addresses, codes, dates and clause references count too."""

    value: Decimal | str
    unit: str
    in_words: Decimal | None = field(default=None, compare=False)  # what the words in brackets say

    def __str__(self) -> str:
        if isinstance(self.value, str):
            return f"{self.unit} {self.value}"
        figures = f"{self.value:,}".replace(",", " ").replace(".", ",")
        unit = self.unit.removesuffix("s") if self.value == 1 else self.unit
        return f"{figures} {unit}".rstrip()


def quantities(text: str, language: str, unit: str = PLAIN) -> list[Quantity]:
    """Every number of a text, sorted, so that word order does not matter.

    A bare number has the unit `unit`.
    """
    found: list[Quantity] = []
    for kind, pattern in ((LINK, LINKS), (CODE, CODES)):
        found += [Quantity(match[0].rstrip("."), kind) for match in pattern.finditer(text)]
        text = pattern.sub(" ", text)
    found += _dates(text, language)
    text = re.sub(DATES[language], " ", text)
    found += [Quantity(match[0], REFERENCE) for match in REFERENCES.finditer(text)]
    text = REFERENCES.sub(" ", text)
    found += [*_figures(text, language, unit), *_written_out(text, language)]
    return sorted(found, key=lambda quantity: (quantity.unit, str(quantity.value)))


def number_in_words(text: str, language: str) -> Decimal | None:
    """The value of «Один миллион», «пятидесятипроцентной», «отыз»; None for other words."""
    total = current = 0
    words = [re.sub(r"(?:процент|пайыз)\w*$", "", word) for word in text.lower().split()]
    for word in filter(None, words):
        value = WORDS[language].get(word)
        if value is None:
            return None
        if value >= 1000:
            total = total + max(current, 1) * value
            current = 0
        elif value == 100:
            current = max(current, 1) * value
        else:
            current += value
    return Decimal(total + current) if any(words) else None


def _dates(text: str, language: str) -> Iterator[Quantity]:
    for match in re.finditer(DATES[language], text):
        month = MONTHS[language].index(match["month"]) + 1
        yield Quantity(f"{match['year']}-{month:02}-{int(match['day']):02}", DATE)


def _units(language: str, *without: str) -> str:
    """The units of a language as named groups of a pattern."""
    named = (
        (name.replace(" ", "_"), unit)
        for name, unit in UNITS[language].items()
        if name not in without
    )
    return "|".join(f"(?P<{name}>{unit})" for name, unit in named)


def _figure_pattern(language: str) -> re.Pattern[str]:
    before = IN_WORDS.format("before")
    after = IN_WORDS.format("after")
    unit = rf"(?:(?:{_units(language)})(?:\s*{after})?)?"
    return re.compile(rf"{CALENDAR}(?P<figures>{FIGURES})\s*(?:{before}\s*)?{unit}", re.IGNORECASE)


def _words_pattern(language: str) -> re.Pattern[str]:
    words = "|".join(sorted(WORDS[language], key=len, reverse=True))
    # «бір рет» is “once”, which Russian says with one word.
    units = _units(language, "times", "percent")
    return re.compile(rf"{CALENDAR}\b(?P<words>(?:(?:{words})\s+)+)(?:{units})", re.IGNORECASE)


def _figures(text: str, language: str, bare: str) -> Iterator[Quantity]:
    for match in _figure_pattern(language).finditer(text):
        value = Decimal(re.sub(r"[ \u00a0\u202f]", "", match["figures"]).replace(",", "."))
        in_words = number_in_words(match["before"] or match["after"] or "", language)
        yield Quantity(value, _unit(match) or bare, in_words=in_words)


def _written_out(text: str, language: str) -> Iterator[Quantity]:
    """Numbers in words before a unit: «десяти календарных дней», «күнтізбелік он күн»."""
    for match in _words_pattern(language).finditer(re.sub(r"\([^()\d]*\)", " ", text)):
        value = number_in_words(match["words"], language)
        if value is not None:
            yield Quantity(value, _unit(match))


def _unit(match: re.Match[str]) -> str:
    """The unit that a pattern found; Kazakh puts “calendar” before the number."""
    groups = match.groupdict()
    name = next((unit for unit in UNITS["ru"] if groups.get(unit.replace(" ", "_"))), "")
    return "calendar days" if name == "days" and groups["calendar"] else name
