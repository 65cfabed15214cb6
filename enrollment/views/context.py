"""What every page says about the academy and the offer; queried only if the page shows it."""

from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from enrollment.models import Edition


def academy(request: HttpRequest) -> dict[str, Any]:
    """`edition` and `academy` for all templates: one query, when a template first needs it."""
    found: list[Edition | None] = []

    def edition() -> Edition | None:
        if not found:
            found.append(Edition.objects.in_force(timezone.now()).select_related("academy").first())
        return found[0]

    def its_academy() -> Any:
        current = edition()
        return current.academy if current else None

    return {"edition": SimpleLazyObject(edition), "academy": SimpleLazyObject(its_academy)}
