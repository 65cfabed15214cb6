"""What the doors of all providers share."""

from django.http import HttpResponse


def quietly(response: HttpResponse) -> HttpResponse:
    """Spare the log Django's own line about the status."""
    response._has_been_logged = True  # type: ignore[attr-defined]
    return response
