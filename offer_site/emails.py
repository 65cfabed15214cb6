"""One spelling of an e-mail: as it is stored, compared, sent to and found in a report."""

import re

import idna

from .signs import as_seen

# How RFC 6533 writes letters of other alphabets in a report: utf-8; a@\x{43F}...
_ESCAPED = re.compile(r"\\x\{([0-9A-Fa-f]{2,6})\}")


def one_spelling(email: str) -> str:
    """The e-mail in small letters, its domain in ASCII (IDNA), without signs that nobody sees.

    «Office@Почта.РФ» and «office@xn--80a1acny.xn--p1ai» are one. What cannot be an e-mail stays
    wrong: a validator refuses it.
    """
    seen = as_seen(email).replace(" ", "")
    plain = seen.strip("<>.,;").lower().removeprefix("mailto:")
    local, at, domain = plain.rpartition("@")
    return f"{local}{at}{ascii_domain(domain)}"


def ascii_domain(domain: str) -> str:
    """The domain as the network knows it; one that cannot exist is returned as it is."""
    if domain.isascii():
        return domain
    try:
        return idna.encode(domain, uts46=True).decode("ascii")
    except UnicodeError:  # which every error of idna is
        return domain


def readable_domain(domain: str) -> str:
    """The domain in its own letters: what a person meant to type."""
    if "xn--" not in domain:
        return domain
    try:
        return idna.decode(domain)
    except UnicodeError:  # which every error of idna is
        return domain


def reported_spelling(address: str) -> str:
    """The spelling of an address in a report of a mail server (RFC 3464, RFC 6533)."""
    return one_spelling(_ESCAPED.sub(_letter, address))


def _letter(found: re.Match[str]) -> str:
    number = int(found[1], 16)
    return chr(number) if number <= 0x10FFFF and not 0xD800 <= number <= 0xDFFF else ""
