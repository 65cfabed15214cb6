"""Where Kaspi asks and tells; a redirect would count as a broken link,
so the last slash may be left out.
"""

from django.urls import path

from . import views

urlpatterns = [
    path("callbacks/kaspi/", views.kaspi_callback, name="kaspi_callback"),
    path("callbacks/kaspi", views.kaspi_callback),
]
