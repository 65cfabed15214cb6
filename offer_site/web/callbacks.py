"""What views share that answer another server."""

from django.http import HttpResponse


def without_log_line(response: HttpResponse) -> HttpResponse:
    """The answer, of which Django writes no line of its own to the log."""
    response._has_been_logged = True  # type: ignore[attr-defined]
    return response
