"""The clock's jobs for staff: which of them ran, and what failed."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from offer_site.admin.filters import QuestionFilter
from offer_site.admin.pages import ReadOnlyAdmin

from .models import WatchedJob


@admin.register(WatchedJob)
class WatchedJobAdmin(ReadOnlyAdmin):
    list_display = ("name", "ended_at", "expected_before", "failure")
    list_filter = (QuestionFilter,)
    fields = list_display
    questions = {
        "silent": (_("jobs that do not run"), lambda jobs, at: jobs.silent(at)),
        "failed": (_("jobs that failed"), lambda jobs, at: jobs.failed()),
    }
