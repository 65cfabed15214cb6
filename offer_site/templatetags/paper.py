"""Tags for the templates of papers: `{% load paper %}`."""

import re

from django import template
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString

register = template.Library()

LONGEST_WHOLE = 36  # letters

AFTER_A_START = re.compile(r"(<(?!/)[^<>]*>)\s*\n\s*")
BEFORE_AN_END = re.compile(r"\s*\n\s*(</|<br>)")


@register.filter
def whole_words(value: str) -> SafeString:
    """Hyphenated words stay on one line: broken, a name would be copied without its hyphen.

    What no column could hold is broken like any word.
    """
    lines = (
        " ".join(
            f'<span class="whole">{word}</span>'
            if "-" in word and len(word) <= LONGEST_WHOLE
            else word
            for word in line.split(" ")
        )
        for line in conditional_escape(value).split("\n")
    )
    return SafeString("<br>".join(lines))


@register.filter
def is_pair(value: object) -> bool:
    """True for a value in two languages."""
    return isinstance(value, tuple)


@register.simple_tag
def label(kk: str, ru: str) -> SafeString:
    """A label in both languages, one above the other: `{% label "Шарт" "Договор" %}`."""
    return format_html(
        '<p class="label">'
        '<span class="kk" lang="kk">{}</span>'
        '<span class="ru" lang="ru">{}</span>'
        "</p>",
        kk,
        ru,
    )


@register.simple_tag
def both(kk: str, ru: str) -> SafeString:
    """The same in both languages on one line: `{% both "Талап" "Требование" %}`."""
    return format_html('<span lang="kk">{}</span> · <span lang="ru">{}</span>', kk, ru)


@register.simple_block_tag
def tight(content: str) -> SafeString:
    """The block without line ends and indents at the edges of elements.

    A browser does not show them; WeasyPrint counts them into the width of a cell, so that columns
    and the ends of lines would move with the indents of a template.
    """
    without_starts = AFTER_A_START.sub(r"\1", content)
    return SafeString(BEFORE_AN_END.sub(r"\1", without_starts))
