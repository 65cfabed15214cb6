from typing import Any

from django.apps import AppConfig
from django.core.management import call_command
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class AttemptsConfig(AppConfig):
    name = "offer_site.attempts"
    label = "attempts"
    verbose_name = _("Tries at what is not yours")

    def ready(self) -> None:
        post_migrate.connect(make_cache_table, sender=self, dispatch_uid="make_cache_table")


def make_cache_table(*, using: str, **kwargs: Any) -> None:
    """The cache's table: without Redis it is the cache, and while Redis is away it counts."""
    call_command("createcachetable", "site_cache", database=using, verbosity=0)
