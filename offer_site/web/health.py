"""Health checks for a load balancer."""

from django.db import DatabaseError, InterfaceError, connection
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from offer_site.maintenance.now import maintenance_at


@require_safe
def live(request: HttpRequest) -> HttpResponse:
    """200 while the process runs; no database."""
    return HttpResponse("live\n", content_type="text/plain")


@require_safe
def ready(request: HttpRequest) -> HttpResponse:
    """200 while the database answers, else 503."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except (DatabaseError, InterfaceError):
        return HttpResponse("the database does not answer\n", status=503, content_type="text/plain")
    now = timezone.now()
    works = maintenance_at(now)
    if works and works.is_going_on(now):
        # Still 200: the balancer must go on sending the banks' notifications here (2.5).
        said = f"ready; maintenance until {works.ends_at.isoformat(timespec='minutes')}\n"
        return HttpResponse(said, content_type="text/plain")
    return HttpResponse("ready\n", content_type="text/plain")
