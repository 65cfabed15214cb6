"""E-mails whose domain is mistyped: letters never arrive, or reach a stranger (9.2, 9.3)."""

import unicodedata
from collections.abc import Sequence

from offer_site.emails import readable_domain

# The hosts of most mailboxes here, with the endings that they have, the most usual first.
HOSTS = {
    "gmail": ("com",),
    "icloud": ("com",),
    "hotmail": ("com", "ru", "kz", "co.uk", "de", "fr"),
    "outlook": ("com", "kz", "de", "fr"),
    "yandex": ("ru", "kz", "com", "by", "ua", "uz", "com.tr", "net"),
    "rambler": ("ru",),
}
# What a slip was meant to be: the most usual first. Shorter domains are the slips of others.
USUAL = (
    "gmail.com", "mail.ru", "yandex.ru", "icloud.com", "inbox.ru", "yandex.kz", "mail.kz",
    "hotmail.com", "outlook.com", "rambler.ru", "yahoo.com", "internet.ru", "yandex.com",
    "hotmail.ru", "outlook.kz", "googlemail.com", "protonmail.com",
)  # fmt: skip
MOST_SLIPS = 2
TWO_SLIPS_FROM = 9  # letters: in a shorter domain two slips make another word
# Domains of others that are one slip away.
REAL = {
    "ymail.com", "email.com", "mail.com", "mall.ru", "mail.kg", "mail.uz", "mail.by", "mail.de",
    "email.ru", "zmail.ru", "main.ru",
}  # fmt: skip
# What is further than a slip, and whole endings left out.
MEANT = {
    "mail.ru.com": "mail.ru", "mail.ru.kz": "mail.ru", "mail.eu.ru": "mail.ru",
    "mailru.ru": "mail.ru", "mailru": "mail.ru", "mail": "mail.ru", "bk.r": "bk.ru",
    "ya.r": "ya.ru", "list.r": "list.ru", "inbox.r": "inbox.ru", "gmail": "gmail.com",
    "gmailcom": "gmail.com", "gmail.kom": "gmail.com", "yandex": "yandex.ru",
    "icloud": "icloud.com",
}  # fmt: skip
# Endings that no domain has, and what was meant.
ENDINGS = {
    "con": "com", "cim": "com", "cpm": "com", "ocm": "com", "comm": "com", "coom": "com",
    "xom": "com", "vom": "com", "kom": "com", "cob": "com", "сом": "com", "ry": "ru", "ruu": "ru",
    "rru": "ru", "ty": "ru", "tu": "ru", "ri": "ru", "ру": "ru", "kzz": "kz", "kkz": "kz",
    "kx": "kz", "кз": "kz",
}  # fmt: skip
# Cyrillic letters that look like Latin ones: a keyboard that was not switched.
TWINS = str.maketrans("аеорсухікмтвнһԛԝјѕӏ", "aeopcyxikmtbhhqwjsl")


def is_misspelt(email: str) -> bool:
    """True when the domain is a well-known one with a typing mistake, or of two alphabets."""
    domain = _domain_of(email)
    return bool(domain) and (_meant(domain) is not None or _is_of_two_alphabets(domain))


def mended(email: str) -> str:
    """The e-mail that was probably meant; the e-mail as it is when nothing can be proposed."""
    local, at, typed = email.rpartition("@")
    meant = _meant(_domain_of(email)) if at else None
    return f"{_in_latin(local) or local}{at}{meant or typed}"


def _domain_of(email: str) -> str:
    return readable_domain(email.rpartition("@")[2].casefold())


def _meant(domain: str) -> str | None:
    """The domain that was meant; None when what was typed can stand."""
    rest, _dot, ending = domain.rpartition(".")
    if rest and ending in ENDINGS:
        meant = f"{rest}.{ENDINGS[ending]}"
        return _meant(meant) or meant
    if not domain.isascii():
        return _meant_in_latin(domain)
    if domain in MEANT:
        return MEANT[domain]
    name, _dot, ending = domain.partition(".")
    if domain in USUAL or domain in REAL or ending in HOSTS.get(name, ()):
        return None
    if name in HOSTS:
        return _nearest(domain, [f"{name}.{each}" for each in HOSTS[name]])
    nearest = _nearest(domain, [each for each in USUAL if _has_like_letters(domain, each)])
    most = MOST_SLIPS if len(nearest) >= TWO_SLIPS_FROM else 1
    return nearest if nearest and _slips(domain, nearest) <= most else None


def _nearest(domain: str, usual: Sequence[str]) -> str:
    """The domain that the fewest slips lead to, the most usual first; empty if there is none."""
    return min(usual, key=lambda each: _slips(domain, each), default="")


def _has_like_letters(typed: str, meant: str) -> bool:
    """False for letters that no two slips change into the others: slips are counted for few."""
    theirs = set(typed)
    ours = set(meant)
    return len(theirs - ours) <= MOST_SLIPS and len(ours - theirs) <= MOST_SLIPS


def _meant_in_latin(domain: str) -> str | None:
    """The domain in Latin, if that is what its letters look like: mаil.ru with a Cyrillic «а»."""
    plain = _in_latin(domain)
    if not plain:
        return None
    meant = _meant(plain) or plain
    return meant if _is_of_two_alphabets(domain) or meant in USUAL else None


def _is_of_two_alphabets(domain: str) -> bool:
    return any(len(_alphabets(label)) > 1 for label in domain.split("."))


def _alphabets(label: str) -> set[str]:
    return {unicodedata.name(char, "").partition(" ")[0] for char in label if char.isalpha()}


def _in_latin(text: str) -> str:
    """The text with Latin letters for their Cyrillic twins; empty when a letter has none."""
    plain = text.translate(TWINS)
    return plain if plain.isascii() else ""


def _slips(typed: str, meant: str) -> int:
    """How many keys went wrong: a letter missing, extra or wrong, or two neighbors exchanged."""
    if abs(len(typed) - len(meant)) > 2:
        return len(typed) + len(meant)
    before: list[int] = []
    row = list(range(len(meant) + 1))
    for i, letter in enumerate(typed, 1):
        older, before, row = before, row, [i]
        for j, wanted in enumerate(meant, 1):
            best = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != wanted))
            if i > 1 and j > 1 and letter == meant[j - 2] and typed[i - 2] == wanted:
                best = min(best, older[j - 2] + 1)
            row.append(best)
    return row[-1]
