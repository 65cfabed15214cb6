from django.apps import AppConfig


class AttemptsConfig(AppConfig):
    name = "offer_site.attempts"
    label = "attempts"
