"""Words that are rendered once: most of a page follows from the language alone,
and a page has hundreds of them.
"""

from typing import Any

from django.conf import settings
from django.template import Context, Node
from django.template.base import FilterExpression, NodeList, Parser, Token, token_kwargs
from django.utils.safestring import SafeString

from offer_site.languages import current_language

MOST_KEPT = 256  # renderings one tag remembers


class OncePerLanguageNode(Node):
    """Words that follow from the language and a few values alone: rendered once for each,
    then kept as a string.
    """

    def __init__(self, nodelist: NodeList, values: dict[str, FilterExpression]) -> None:
        self.nodelist = nodelist
        self.values = values
        self.rendered: dict[tuple[Any, ...], SafeString] = {}

    def render(self, context: Context) -> SafeString:
        values = [value.resolve(context) for value in self.values.values()]
        key = (
            current_language(),
            *values,
            *map(type, values),
        )  # text and markup of the same letters differ
        words = None if settings.DEBUG else self.rendered.get(key)
        if words is None:
            if len(self.rendered) >= MOST_KEPT:
                self.rendered.clear()
            # A context of its own: nothing else of this request can be seen inside, so nothing of
            # it can stay.
            fresh = context.new(dict(zip(self.values, values, strict=True)))
            words = self.rendered[key] = self.nodelist.render(fresh)
        return words


def once_per_language(parser: Parser, token: Token) -> OncePerLanguageNode:
    """Keep what stands between `{% once_per_language %}` and `{% endonce_per_language %}` once it
    has been rendered.

    Inside, only the values named in the tag are seen:
    `{% once_per_language part.title price=package.price %}` shows `title` and `price`. They must
    be plain (text, numbers, days), since they are what the words are remembered by: another value
    is rendered anew.
    """
    values: dict[str, FilterExpression] = {}
    for argument in token.split_contents()[1:]:
        # `part.title` alone is seen inside as `title`.
        named = argument if "=" in argument else f"{argument.rpartition('.')[2]}={argument}"
        values |= token_kwargs([named], parser)
    nodelist = parser.parse(("endonce_per_language",))
    parser.delete_first_token()
    return OncePerLanguageNode(nodelist, values)
