"""What a page shows of a value to whoever may be a stranger (5.4)."""

SHORTEST = 7  # digits with a plus; of less, nothing is shown


def masked_phone(number: str) -> str:
    """The country and the last two digits: enough for its owner to know it again."""
    return f"{number[:2]} ··· ··· ·· {number[-2:]}" if len(number) >= SHORTEST else "···"


def masked_address(address: str) -> str:
    """The first word, which is a town as a rule."""
    return f"{address.split()[0].rstrip(',')} …" if address.split() else ""


def masked_email(email: str) -> str:
    """The first letter and the domain: its owner recognizes it, and nobody can write to it.

    No line ends after the dots: a word joiner follows them.
    """
    name, _at, domain = email.partition("@")
    return f"{name[:1]}…\u2060@{domain}"
