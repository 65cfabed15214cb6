from django.apps import AppConfig

from . import checks  # noqa: F401  registers itself


class AccountsConfig(AppConfig):
    name = "offer_site.accounts"
    label = "accounts"
