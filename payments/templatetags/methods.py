"""The methods of payment for templates outside this app.

`{% load methods %}{% offered_methods price as methods %}`.
"""

from django import template

from payments.operations.paying.methods import OfferedMethod
from payments.operations.paying.methods import offered_methods as methods_for

register = template.Library()


@register.simple_tag
def offered_methods(amount: int) -> list[OfferedMethod]:
    """The methods for this many tenge, with the commission of each (4.5)."""
    return methods_for(amount)
