"""What the templates of papers need beyond those of pages: `{% load paper %}`."""

from django import template
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString

register = template.Library()


@register.filter
def whole_words(value: str) -> SafeString:
    """Keep hyphened words on one line:
    a name broken at its hyphen is copied out of a PDF without it.
    """
    lines = (
        " ".join(
            f'<span class="whole">{word}</span>' if "-" in word else word
            for word in line.split(" ")
        )
        for line in conditional_escape(value).split("\n")
    )
    return SafeString("<br>".join(lines))


@register.filter
def is_pair(value: object) -> bool:
    """Tell whether a value is said in two languages."""
    return isinstance(value, tuple)
