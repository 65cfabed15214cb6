"""The address for Kaspi, with and without the last slash: a redirect counts as a broken link."""

from django.urls import path

from . import views

urlpatterns = [
    path("callbacks/kaspi/", views.kaspi_callback, name="kaspi_callback"),
    path("callbacks/kaspi", views.kaspi_callback),
]
