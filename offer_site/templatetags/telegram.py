"""Whether there is a bot to lead to."""

from django import template

from offer_site.telegram.operations import is_open

register = template.Library()


@register.simple_tag
def telegram_is_open() -> bool:
    return is_open()
