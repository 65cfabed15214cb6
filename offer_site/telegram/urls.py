"""The one address that Telegram calls."""

from django.urls import path

from . import views

plain_urlpatterns = [path("callbacks/telegram/", views.telegram_callback, name="telegram_callback")]
