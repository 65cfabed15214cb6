"""Where the card provider tells what happened; its settings name these addresses."""

from django.urls import path

from . import views

urlpatterns = [path("callbacks/card/<slug:kind>/", views.card_callback, name="card_callback")]
