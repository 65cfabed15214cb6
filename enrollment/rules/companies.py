"""What makes a reader stop at a company's name: no legal form, which the full name has (9.2)."""

import re

# Legal forms stand alone; of longer words their beginning is enough, in three languages.
FORMS = {
    "жшс", "тоо", "ақ", "ао", "жақ", "зао", "оао", "ооо", "пао", "нао", "кеақ", "жк", "ип", "кк",
    "ққ", "оо", "об", "оф", "рқб", "роо", "ою", "зтб", "ок", "пк", "өк", "спк", "ашөк", "кх", "шқ",
    "шк", "кмм", "кгу", "гу", "мм", "кгп", "ккп", "гкп", "мкк", "мкқк", "кмқк", "кгкп", "гккп",
    "рмм", "ргу", "ргп", "рмк", "рмқк", "ргкп", "пхв", "шжқ", "нуо", "ну", "чу", "жм", "мекеме",
    "қор", "қоры", "кси", "ксқ", "кск", "мик", "оси", "мжк", "llp", "llc", "ltd", "jsc", "inc",
    "gmbh", "corp", "plc", "ag", "bv", "sa", "srl", "тдш", "ко",
}  # fmt: skip
_BEGINNINGS = re.compile(
    r"\b(?:товариществ|серіктест|қоғам|қоғамдық|обществ|общественн|бірлест|объединени|одақ|союз|кәсіпкер|предпринимател"
    r"|шаруа|крестьянск|фермерск|кооператив|мекеме|учрежден|кәсіпорын|предприят|фонд|қор[ыа]|филиал|представительств"
    r"|өкілдіг|палата|ассоциац|қауымдаст|басқарма|управлен|департамент|комитет|министр|әкімд|әкімші|акимат|аппарат"
    r"|мектеп|школ|лице|гимнази|колледж|университет|академи|институт|ауруха|больниц|емхана|поликлиник|банк|bank"
    r"|company|partnership|foundation|адвокат|нотариус|заң кеңес|орталы|центр)",
    re.IGNORECASE,
)
SOLE_TRADERS = re.compile(
    r"\b(?:жк|ип|жеке кәсіпкер|индивидуальн|шаруа|кх|шқ|крестьянск|адвокат|нотариус)", re.IGNORECASE
)


def has_legal_form(name: str) -> bool:
    """Tell whether a company's name says what it is, as its full name does."""
    return bool(FORMS & set(_words(name)) or _BEGINNINGS.search(name))


def is_named_like(learner: str, company: str) -> bool:
    """Tell whether the learner has the company's name; a sole trader is named after its owner,
    who may well learn.
    """
    if SOLE_TRADERS.search(company):
        return False
    names = set(_words(company)) - FORMS
    return bool(names) and names == set(_words(learner))


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())
