"""A system check: staff have a second factor in production."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register


@register(Tags.security)
def staff_have_a_second_factor(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Only a developer's machine may have it off."""
    if settings.STAFF_SECOND_FACTOR or settings.DEBUG:
        return []
    return [
        Error(
            "STAFF_SECOND_FACTOR is off: staff could enter the admin with an e-mail alone.",
            id="accounts.E001",
        )
    ]
