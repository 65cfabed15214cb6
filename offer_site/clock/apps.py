from datetime import UTC, datetime
from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.module_loading import import_string


class ClockConfig(AppConfig):
    """The table of jobs has no models; after a migration each job is expected to run."""

    name = "offer_site.clock"

    def ready(self) -> None:
        post_migrate.connect(expect_the_jobs, dispatch_uid="expect_the_jobs")


def expect_the_jobs(sender: Any, **kwargs: Any) -> None:
    if sender.label == "watch":
        # Named as text: the jobs have models, which cannot be imported before the apps load.
        import_string("offer_site.clock.schedule.expect_all")(at=datetime.now(UTC))
