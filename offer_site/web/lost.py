"""A 404 with a page of its own: what opens to few answers everybody else alike, and leads on."""

from typing import Any

from django.http import Http404


class LostPage(Http404):
    """What stands here does not open to this visitor; the page says how it is found again."""

    def __init__(self, template: str, context: dict[str, Any]) -> None:
        super().__init__()
        self.template = template
        self.context = context
