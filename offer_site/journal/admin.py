"""The journal for staff: read, never edited (S1)."""

import json

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from offer_site.admin import ReadOnlyAdmin, moment
from offer_site.codes import normalize_order_code

from .models import Entry


@admin.register(Entry)
class EntryAdmin(ReadOnlyAdmin):
    list_display = ["when", "by", "verb", "about", "chain", "number", "clause"]
    list_display_links = ["when", "verb"]
    list_filter = ["about_kind", "at"]
    ordering = ["-at", "-pk"]
    show_full_result_count = False
    search_fields = ["chain", "verb", "by", "about_key"]
    search_help_text = _("An order's code, a verb, or a person as the journal names them.")
    fields = ["chain", "number", "when", "by", "verb", "about", "clause", "what", "previous", "digest"]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Entry], search_term: str
    ) -> tuple[QuerySet[Entry], bool]:
        """Find an order's rows by its code however it was typed or dictated."""
        code = normalize_order_code(search_term)
        if code:
            return queryset.filter(chain=code), False
        return super().get_search_results(request, queryset, search_term)

    @admin.display(description=_("at"), ordering="at")
    def when(self, entry: Entry) -> str:
        return moment(entry.at)

    @admin.display(description=_("about"))
    def about(self, entry: Entry) -> str:
        return f"{entry.about_kind} {entry.about_key}"

    @admin.display(description=_("facts"))
    def what(self, entry: Entry) -> str:
        return json.dumps(entry.facts, ensure_ascii=False, indent=1)
