"""A Django site of one view that returns 20 kB: the unit R that the bench measures in."""

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse
from django.urls import path

PAGE = b"<!doctype html><title>R</title>".ljust(20_000, b".")

settings.configure(
    SECRET_KEY="bare", ROOT_URLCONF=__name__, ALLOWED_HOSTS=["127.0.0.1"], MIDDLEWARE=[]
)


def page(request: HttpRequest) -> HttpResponse:
    return HttpResponse(PAGE)


urlpatterns = [path("", page)]
application = get_wsgi_application()
