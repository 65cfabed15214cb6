"""The ways of paying on pages that know nothing of money:
`{% load ways %}{% offered_ways price as ways %}`.
"""

from django import template

from payments.operations.paying.methods import OfferedMethod, offered_methods

register = template.Library()


@register.simple_tag
def offered_ways(amount: int) -> list[OfferedMethod]:
    """List the ways to pay this many tenge, with the commission of each (4.5)."""
    return offered_methods(amount)
