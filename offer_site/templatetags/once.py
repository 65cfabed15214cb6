"""A template tag for parts that depend on the language alone: rendered once, then reused."""

from typing import Any

from django.conf import settings
from django.template import Context, Node
from django.template.base import FilterExpression, NodeList, Parser, Token, token_kwargs
from django.utils.safestring import SafeString

from offer_site.languages import current_language

MOST_KEPT = 256  # renderings one tag remembers


class OncePerLanguageNode(Node):
    """The words, kept as a string for each language and set of values."""

    def __init__(self, nodelist: NodeList, values: dict[str, FilterExpression]) -> None:
        self.nodelist = nodelist
        self.values = values
        self.rendered: dict[tuple[Any, ...], SafeString] = {}

    def render(self, context: Context) -> SafeString:
        values = [value.resolve(context) for value in self.values.values()]
        # With the types: text and safe markup of the same letters differ.
        key = (current_language(), *values, *map(type, values))
        words = None if settings.DEBUG else self.rendered.get(key)
        if words is None:
            if len(self.rendered) >= MOST_KEPT:
                self.rendered.clear()
            # A new context: nothing else of this request is visible inside, so none of it is kept.
            fresh = context.new(dict(zip(self.values, values, strict=True)))
            words = self.rendered[key] = self.nodelist.render(fresh)
        return words


def once_per_language(parser: Parser, token: Token) -> OncePerLanguageNode:
    """Render the words up to `{% endonce_per_language %}` once for each language and set of values.

    Inside, only the values named in the tag are seen: `{% once_per_language part.title
    price=package.price %}` shows `title` and `price`. They must be plain (text, numbers, days),
    since they are the key of the kept words.
    """
    values: dict[str, FilterExpression] = {}
    for argument in token.split_contents()[1:]:
        # `part.title` alone is seen inside as `title`.
        named = argument if "=" in argument else f"{argument.rpartition('.')[2]}={argument}"
        values |= token_kwargs([named], parser)
    nodelist = parser.parse(("endonce_per_language",))
    parser.delete_first_token()
    return OncePerLanguageNode(nodelist, values)
