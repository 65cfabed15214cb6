from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from . import checks  # noqa: F401  registers itself


class AccountsConfig(AppConfig):
    name = "offer_site.accounts"
    label = "accounts"
    verbose_name = _("Sign-in and staff")
