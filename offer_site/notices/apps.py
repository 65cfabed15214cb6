from django.apps import AppConfig


class NoticesConfig(AppConfig):
    name = "offer_site.notices"
    label = "notices"
