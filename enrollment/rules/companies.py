"""Doubts about a company's name: the full name has a legal form (9.2)."""

import re

# How papers call the number of a company, in Kazakh and in Russian; by whether it is a sole trader.
BUSINESS_NUMBER = {False: ("БСН", "БИН"), True: ("ЖСН", "ИИН")}
# Legal forms are whole words; of longer words the beginning is enough. In three languages.
FORMS = {
    "жшс", "тоо", "ақ", "ао", "жақ", "зао", "оао", "ооо", "пао", "нао", "кеақ", "жк", "ип", "кк",
    "ққ", "оо", "об", "оф", "рқб", "роо", "ою", "зтб", "ок", "пк", "өк", "спк", "ашөк", "кх", "шқ",
    "шк", "кмм", "кгу", "гу", "мм", "кгп", "ккп", "гкп", "мкк", "мкқк", "кмқк", "кгкп", "гккп",
    "рмм", "ргу", "ргп", "рмк", "рмқк", "ргкп", "пхв", "шжқ", "нуо", "ну", "чу", "жм", "мекеме",
    "қор", "қоры", "кси", "ксқ", "кск", "мик", "оси", "мжк", "llp", "llc", "ltd", "jsc", "inc",
    "gmbh", "corp", "plc", "ag", "bv", "sa", "srl", "тдш", "ко", "фх", "фқ", "чси", "жсо",
}  # fmt: skip
_BEGINNINGS = re.compile(
    r"\b(?:товариществ|серіктест|қоғам|қоғамдық|обществ|общественн|бірлест|объединени|одақ|союз|кәсіпкер|предпринимател"
    r"|шаруа|крестьянск|фермерск|кооператив|мекеме|учрежден|кәсіпорын|предприят|фонд|қор[ыа]|филиал|представительств"
    r"|өкілдіг|палата|ассоциац|қауымдаст|басқарма|управлен|департамент|комитет|министр|әкімд|әкімші|акимат|аппарат"
    r"|мектеп|школ|лице|гимнази|колледж|университет|академи|институт|ауруха|больниц|емхана|поликлиник|банк|bank"
    r"|company|partnership|foundation|адвокат|нотариус|заң кеңес|орталы|центр)",
    re.IGNORECASE,
)
# Forms of those who are no legal persons: they have the owner's IIN and no BIN.
_SOLE_FORMS = {"жк", "ип", "кх", "шқ", "шк", "фх", "фқ", "чси", "жсо"}
_SOLE_BEGINNINGS = re.compile(
    r"\b(?:жеке кәсіпкер|индивидуальн\w* предпринимател|шаруа|крестьянск|фермер|адвокат|нотариус"
    r"|жеке сот орындаушы|частн\w* судебн\w* исполнител|кәсіби медиатор|профессиональн\w* медиатор"
    r"|sole trader|individual entrepreneur)",
    re.IGNORECASE,
)
# Forms of legal persons, in short and in full: of these ЖК may only be a name.
_LEGAL_FORMS = FORMS - _SOLE_FORMS - {"ко", "мекеме", "қор", "қоры"}
_LEGAL_BEGINNINGS = re.compile(
    r"\b(?:товариществ|серіктест|акционер|қоғам|общество\b)", re.IGNORECASE
)


def has_legal_form(name: str) -> bool:
    """True when a company's name has a legal form, or a word such as "school" or "bank"."""
    return bool(FORMS & set(_words(name)) or _BEGINNINGS.search(name))


def is_sole_trader(name: str) -> bool:
    """True for the name of a sole trader, a farm or a notary: a company, and no legal person."""
    words = set(_words(name))
    is_sole = bool(_SOLE_FORMS & words or _SOLE_BEGINNINGS.search(name))
    return is_sole and not (_LEGAL_FORMS & words or _LEGAL_BEGINNINGS.search(name))


def is_named_like(learner: str, company: str) -> bool:
    """True when the learner has the company's name.

    False for a sole trader, who is named after the owner: the owner may learn.
    """
    if is_sole_trader(company):
        return False
    names = set(_words(company)) - FORMS
    return bool(names) and names == set(_words(learner))


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())
