"""What the callback views of all providers share."""

from django.http import HttpResponse


def quietly(response: HttpResponse) -> HttpResponse:
    """Keep Django's own line about the status out of the log."""
    response._has_been_logged = True  # type: ignore[attr-defined]
    return response
