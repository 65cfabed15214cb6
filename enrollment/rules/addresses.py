"""Doubts about an address: it is not one, or it is in a town and has no house number (9.2, 9.3).

Villages have houses without numbers, and many have no streets: a number is missing only where
houses are numbered.
"""

import re

FEWEST_LETTERS = 3
NO_ADDRESSES = {
    "нет", "жоқ", "жок", "адрес", "мекенжай", "мекенжайы", "мекен жай", "мекен-жай", "address",
    "none", "қазақстан", "казахстан", "қазақстан республикасы", "республика казахстан",
    "kazakhstan", "қр", "рк", "test", "тест",
}  # fmt: skip
TOWNS = {
    "алматы", "астана", "нұр-сұлтан", "шымкент", "ақтөбе", "актобе", "атырау", "ақтау", "актау",
    "тараз", "қарағанды", "караганда", "павлодар", "семей", "өскемен", "усть-каменогорск",
    "қостанай", "костанай", "қызылорда", "кызылорда", "орал", "уральск", "петропавл",
    "петропавловск", "көкшетау", "кокшетау", "түркістан", "туркестан", "талдықорған", "талдыкорган",
    "қонаев", "конаев", "капчагай", "жезқазған", "жезказган", "теміртау", "темиртау", "екібастұз",
    "экибастуз", "рудный", "жаңаөзен", "жанаозен", "балқаш", "балхаш", "сарань", "саран", "кентау",
    "риддер", "степногорск", "лисаковск", "қаскелең", "каскелен", "талғар", "талгар", "almaty",
    "astana", "shymkent",
}  # fmt: skip
# The beginnings of words for a street, a quarter or a flat, and for a village; the shorter ones are
# whole words.
_STREET = re.compile(
    r"\b(?:көше|коше|улиц|ул\b|даңғыл|дангыл|проспект|пр-т|пр\b|бульвар|бульв|тұйық|переул|пер\b"
    r"|шағын ?аудан|ықшам|микрорайон|мкр|м-н\b|квартал|пәтер|квартир|кв\b|үй\b|дом\b"
    r"|street|avenue|қала|город|г\b|қ\b)",
    re.IGNORECASE,
)
_VILLAGE = re.compile(
    r"\b(?:ауыл|аул|село|сел\.|с\b|а\b|кент|посел|посёл|пос\b|п\b|қыстақ|қыстау|зимовк|станци|ст\b|разъезд|бекет|шаруа"
    r"|крестьянск|хутор|village|саяжай|дач|ферм)",
    re.IGNORECASE,
)
_POSTAL_CODE = re.compile(r"\b(?:\d{6}|[A-ZА-Я]\d{2}[A-ZА-Я]\d[A-ZА-Я]\d)\b", re.IGNORECASE)
_BOX = re.compile(r"\b(?:а/ж|а/я|абоненттік жәшік|абонентский ящик|p\.? ?o\.? ?box)", re.IGNORECASE)


def is_no_address(text: str) -> bool:
    """True for what cannot be an address: an e-mail, a bare number, a dash, a country's name.

    A post office box with its postal code is an address: «030012, а/ж 118».
    """
    if _POSTAL_CODE.search(text) and _BOX.search(text):
        return False
    plain = " ".join(re.sub(r"[^\w\s@-]", " ", text).split()).strip("- ").casefold()
    letters = sum(char.isalpha() for char in plain)
    return "@" in plain or letters < FEWEST_LETTERS or plain in NO_ADDRESSES


def has_no_house(text: str) -> bool:
    """True for an address in a town without a house number; a postal code is not one."""
    rest = _POSTAL_CODE.sub(" ", text)
    if any(char.isdigit() for char in rest) or _VILLAGE.search(rest):
        return False
    words = set(re.findall(r"[\w-]+", rest.casefold()))
    return bool(_STREET.search(rest) or words & TOWNS)
