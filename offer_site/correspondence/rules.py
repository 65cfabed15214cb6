"""What a letter counts as under 12.1, and what is known of its sender; pure."""

import re

from django.db import models
from django.utils.translation import gettext_lazy as _


class Standing(models.TextChoices):
    """What a letter is under 12.1: whatever it is, it is kept."""

    NOTICE = "notice", _("a notice (12.1)")
    CABINET = "cabinet", _("a letter from the cabinet, taken as a notice")
    OTHER_ADDRESS = "other-address", _("from another address, may be left unread (12.1.3)")
    NO_SUBJECT = "no-subject", _("no subject: not in the form of 12.1.3.1")
    NO_TEXT = "no-text", _("no text: not in the form of 12.1.3.2")
    AUTOMATIC = "automatic", _("an automatic answer of a program")
    SET_ASIDE = "set-aside", _("set aside: no program can read it, a person has to")


class SenderCheck(models.TextChoices):
    """What our own mail server found of an e-mail's sender: anybody can write any From."""

    CONFIRMED = "confirmed", _("sender confirmed")
    FAILED = "failed", _("sender not confirmed")
    UNKNOWN = "unknown", _("nothing is known of the sender")


# What is answered as a notice of a party.
FULFILS = (Standing.NOTICE, Standing.CABINET)


def standing_of_mail(
    *,
    is_registered: bool,
    subject: str,
    has_text: bool,
    is_automatic: bool,
    is_readable: bool = True,
) -> Standing:
    """What an e-mail counts as: the address first, then the subject, then the text (12.1.2.2).

    Of one that cannot be read at all nobody knows whose it is: a person looks at it.
    """
    if not is_readable:
        return Standing.SET_ASIDE
    if not is_registered:
        return Standing.OTHER_ADDRESS
    if is_automatic:
        return Standing.AUTOMATIC
    if not subject:
        return Standing.NO_SUBJECT
    return Standing.NOTICE if has_text else Standing.NO_TEXT


# A result of RFC 8601, and of which domain: `dkim=pass header.d=example.kz`.
RESULT = re.compile(r"^\s*(dmarc|dkim|spf)\s*=\s*([a-z]+)(.*)$", re.DOTALL)
OF_DOMAIN = re.compile(r"(?<!\S)(?:header\.(?:d|i|from)|smtp\.mailfrom)=(?:\S*@)?([^\s@]+)")
# Words of the sender stand in strings and comments: `smtp.mailfrom="a;dkim=pass"@forger.kz`.
ESCAPED = re.compile(r"\\.", re.DOTALL)
STRING = re.compile(r'"([^"]*)"')
PLAIN = re.compile(r"[\w.@+-]*")
IN_BRACKETS = re.compile(r"\([^()]*\)")
BAD = ("fail", "softfail", "permerror", "policy")


def check_of_sender(found: str, *, sender: str) -> SenderCheck:
    """One word for what our mail server found: a pass counts only for the domain in From.

    DMARC goes before the others. A failure says that somebody else may have written the letter.
    Servers differ in what a quote inside of a comment means: there nobody is confirmed.
    """
    domain = sender.rpartition("@")[2]
    plain, is_doubtful = _without_asides(found.lower())
    results = [RESULT.match(each) for each in plain.split(";")]
    known = [(each[1], each[2], OF_DOMAIN.findall(each[3])) for each in results if each]
    dmarc = [result for method, result, _domains in known if method == "dmarc"]
    if any(result in BAD for result in dmarc):
        return SenderCheck.FAILED
    passed = [domains for _method, result, domains in known if result == "pass"]
    if "pass" in dmarc or any(_is_of(each, domain) for domains in passed for each in domains):
        return SenderCheck.UNKNOWN if is_doubtful else SenderCheck.CONFIRMED
    if passed or any(result in BAD for _method, result, _domains in known):
        return SenderCheck.FAILED
    return SenderCheck.UNKNOWN


def _without_asides(found: str) -> tuple[str, bool]:
    """The field without comments, each string as one word, and whether a comment had a string.

    Empty if a string or a comment has no end.
    """
    text = STRING.sub(_as_word, ESCAPED.sub("_", found))
    had_string = False
    comments = IN_BRACKETS.findall(text)
    while comments:
        had_string |= any('"' in each for each in comments)
        text = IN_BRACKETS.sub(" ", text)
        comments = IN_BRACKETS.findall(text)
    is_broken = text.count('"') % 2 or "(" in text or ")" in text
    return ("" if is_broken else text.replace('"', "")), had_string


def _as_word(string: re.Match[str]) -> str:
    return string[0] if PLAIN.fullmatch(string[1]) else '"_"'


def _is_of(found: str, domain: str) -> bool:
    """True if a domain is the sender's, or one below or above it (a mail host of its house)."""
    if "." not in found or not domain:
        return False
    return found == domain or found.endswith(f".{domain}") or domain.endswith(f".{found}")
