"""Text as people see it: what a message or a spreadsheet adds on the way is taken out."""

import unicodedata

UNSEEN = {"Cc", "Cf"}


def as_seen(text: str) -> str:
    """The text with plain spaces and plain forms of wide letters, without signs that nobody sees.

    A number copied from a contact or a PDF brings marks of direction, joiners and a byte order mark.
    It is for numbers and addresses: names keep their own forms.
    """
    plain = unicodedata.normalize("NFKC", text)
    return "".join(
        " " if char.isspace() else char
        for char in plain
        if char.isspace() or unicodedata.category(char) not in UNSEEN
    )
