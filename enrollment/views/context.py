"""What every page says about the academy and the offer; queried only if the page shows it."""

from typing import Any

from django.db.models import DateField, DateTimeField
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from enrollment.models import Edition
from offer_site.days import almaty_day
from offer_site.prepared import Given, Prepared

AT: Any = Given("at", DateTimeField())
TODAY = Given("today", DateField())
IN_FORCE = Prepared(Edition.objects.in_force(AT, today=TODAY).select_related("academy"))


def academy(request: HttpRequest) -> dict[str, Any]:
    """`edition` and `academy` for all templates: one query, when a template first needs it."""
    found: list[Edition | None] = []

    def edition() -> Edition | None:
        if not found:
            at = timezone.now()
            found.append(IN_FORCE.first(at=at, today=almaty_day(at)))
        return found[0]

    def its_academy() -> Any:
        current = edition()
        return current.academy if current else None

    return {"edition": SimpleLazyObject(edition), "academy": SimpleLazyObject(its_academy)}
