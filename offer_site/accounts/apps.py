from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "offer_site.accounts"
    label = "accounts"
