"""Audits for staff: what each found false."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from offer_site.admin.chapters import Chapter
from offer_site.admin.filters import QuestionFilter
from offer_site.admin.links import moment
from offer_site.admin.pages import ReadOnlyAdmin

from .lines import LINES
from .models import AuditRun


@admin.register(AuditRun)
class AuditRunAdmin(ReadOnlyAdmin):
    list_display = ["when", "found"]
    list_display_links = ["when"]
    list_filter = [QuestionFilter, "at"]
    fields = ["when", "found"]
    questions = {"alarming": (_("the last one found something"), lambda runs, at: runs.alarming())}

    @admin.display(description=_("at"), ordering="at")
    def when(self, run: AuditRun) -> str:
        return moment(run.at)

    def chapters(self, request: HttpRequest, subject: Any) -> Sequence[Chapter]:
        sentences = {line.id: line.sentence for line in LINES}
        rows = [(f"{name}. {sentences.get(name, '')}", text) for name, text in subject.violations]
        return [
            Chapter(
                _("What it found false"),
                rows,
                headings=(_("what must never be false"), _("found")),
                empty=_("Nothing is false."),
            ),
        ]
