"""The clock's jobs for staff: which of them ran, and what failed."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from offer_site.admin.filters import QuestionFilter
from offer_site.admin.pages import ReadOnlyAdmin

from .models import WatchedJob


@admin.register(WatchedJob)
class WatchedJobAdmin(ReadOnlyAdmin):
    list_display = ("__str__", "ended_at", "expected_before", "as_logged")
    list_filter = (QuestionFilter,)
    fields = ("__str__", "command", "ended_at", "expected_before", "as_logged")
    questions = {
        "silent": (_("jobs that do not run"), lambda jobs, at: jobs.silent(at)),
        "failed": (_("jobs that failed"), lambda jobs, at: jobs.failed()),
    }

    @admin.display(description=_("command, for whoever keeps the site"))
    def command(self, job: WatchedJob) -> str:
        return job.name

    @admin.display(description=_("error, for whoever keeps the site"))
    def as_logged(self, job: WatchedJob) -> str:
        return job.failure or "–"
