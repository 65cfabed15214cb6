from django.apps import AppConfig


class JournalConfig(AppConfig):
    name = "offer_site.journal"
    label = "journal"
