"""The methods of payment for templates outside this app.

`{% load methods %}{% offered_methods price as methods %}`.
"""

from django import template

from payments.operations.paying.methods import OfferedMethod
from payments.operations.paying.methods import offered_methods as methods_for

register = template.Library()


@register.filter
def costly(methods: list[OfferedMethod]) -> list[OfferedMethod]:
    """The methods that cost a commission besides the price."""
    return [method for method in methods if method.commission]


@register.simple_tag
def offered_methods(amount: int) -> list[OfferedMethod]:
    """The methods for this many tenge, with the commission of each (4.5)."""
    return methods_for(amount)
