"""The addresses for the card provider's notifications; they are written in its settings."""

from django.urls import path

from . import views

urlpatterns = [path("callbacks/card/<slug:kind>/", views.card_callback, name="card_callback")]
