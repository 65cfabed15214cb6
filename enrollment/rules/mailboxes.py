"""E-mails whose domain is mistyped: letters never arrive, or reach a stranger (9.2, 9.3)."""

# The hosts of most mailboxes here, with the endings that they have.
HOSTS = {
    "gmail": {"com"},
    "icloud": {"com"},
    "hotmail": {"com", "ru", "kz", "co.uk", "de", "fr"},
    "outlook": {"com", "kz", "de", "fr"},
    "yandex": {"ru", "kz", "com", "by", "ua", "uz", "com.tr", "net"},
    "rambler": {"ru"},
}
REAL = {"ymail.com", "email.com", "mail.com", "mail.kz", "mail.ru"}
MISTAKES = {
    "mail.r", "mail.ru.com", "mail.ru.kz", "mail.rum", "mail.tu", "mail.ri", "mail.eu.ru",
    "maill.ru", "mailru.ru", "mai.ru", "mal.ru", "nail.ru", "mial.ru", "meil.ru", "bk.r", "inbox.r",
    "list.r", "gmail", "mail", "mailru", "gmailcom", "ya.r",
}  # fmt: skip
# Endings that no domain has.
NO_ENDINGS = {
    "con",
    "cim",
    "cpm",
    "ocm",
    "comm",
    "coom",
    "xom",
    "vom",
    "ry",
    "ruu",
    "rru",
    "eu.ru",
    "kzz",
    "kkz",
    "ty",
}


def is_misspelt(email: str) -> bool:
    """True when the domain is a well-known one with a typing mistake."""
    domain = email.rpartition("@")[2].casefold()
    if not domain or domain in REAL:
        return False
    name, _dot, ending = domain.partition(".")
    if name in HOSTS:
        return ending not in HOSTS[name]
    if domain in MISTAKES or domain.rpartition(".")[2] in NO_ENDINGS:
        return True
    return any(
        ending in endings | NO_ENDINGS and _one_slip(name, host) for host, endings in HOSTS.items()
    )


def mended(email: str) -> str:
    """The e-mail that was meant, if only one is possible; else the e-mail as it is."""
    local, _at, domain = email.rpartition("@")
    name = domain.casefold().partition(".")[0]
    meant = [host for host in HOSTS if name == host or _one_slip(name, host)]
    if is_misspelt(email) and len(meant) == 1 and len(HOSTS[meant[0]]) == 1:
        return f"{local}@{meant[0]}.{next(iter(HOSTS[meant[0]]))}"
    return email


def _one_slip(typed: str, meant: str) -> bool:
    """True when one letter is missing, extra or wrong, or two neighbors changed places."""
    if typed == meant or abs(len(typed) - len(meant)) > 1:
        return False
    start = next(
        (i for i, (a, b) in enumerate(zip(typed, meant, strict=False)) if a != b),
        min(len(typed), len(meant)),
    )
    left = typed[start:]
    right = meant[start:]
    swapped = len(left) == len(right) > 1 and left[:2] == right[1::-1] and left[2:] == right[2:]
    return left[1:] == right or left == right[1:] or left[1:] == right[1:] or swapped
