"""How the offer's words become HTML, letter for letter: `{% load legal %}`."""

import re

from django import template
from django.utils.html import escape
from django.utils.safestring import SafeString

register = template.Library()

# An address of the web, or the number of another clause; only numbers of clauses have a dot inside
# in the offer.
LINKED = re.compile(
    r"(?P<address>https?://[^\s,;<&]*[^\s,;.<&])|(?<![\w.])(?P<clause>\d+(?:\.\d+)+)(?![\w])"
)


@register.filter
def linked(text: str) -> SafeString:
    """Link the addresses and the clauses that a text of the offer names;
    its letters stay as they are.
    """
    return SafeString(LINKED.sub(_link, escape(text)))


def _link(found: re.Match[str]) -> str:
    if found["address"]:
        return f'<a href="{found["address"]}">{found["address"]}</a>'
    return f'<a href="#c-{found["clause"].replace(".", "-")}">{found["clause"]}</a>'


@register.filter
def spoken_in(texts: dict[str, str], language: str) -> str:
    """Read the text of a language from a table of languages."""
    return texts[language]
