"""For the gallery alone: sample words in both languages, which no catalogue has to carry."""

from django import template
from django.utils.safestring import SafeString, mark_safe

from offer_site.languages import current_language

register = template.Library()


@register.simple_tag
def say(kazakh: str, russian: str) -> SafeString:
    """The words of the language in force: `{% say "Төлеу" "Оплатить" %}`."""
    words = kazakh if current_language() == "kk" else russian
    return mark_safe(words)  # noqa: S308  words of our own templates
