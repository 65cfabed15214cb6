"""The journal for staff: read, never edited (S1)."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _

from offer_site.admin import ReadOnlyAdmin, moment, person
from offer_site.codes import normalize_order_code

from .models import Entry
from .verbs import KINDS, in_words

SHORT_DIGEST = 12


class KindFilter(admin.SimpleListFilter):
    title = _("about")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(KINDS.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Entry]) -> QuerySet[Entry]:
        return queryset.filter(about_kind=self.value()) if self.value() else queryset


@admin.register(Entry)
class EntryAdmin(ReadOnlyAdmin):
    list_display = ["when", "who", "what", "about", "chain", "number", "clause"]
    list_display_links = ["when", "what"]
    list_filter = [KindFilter, "at"]
    ordering = ["-at", "-pk"]
    show_full_result_count = False
    search_fields = ["chain", "verb", "by", "about_key"]
    search_help_text = _("An order's code, a verb, or a person as the journal names them.")
    fields = ["chain", "number", "when", "who", "what", "verb", "about", "clause", "said", "previous", "digest"]

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
        return f"{KINDS.get(entry.about_kind, entry.about_kind)} {entry.about_key}"

    @admin.display(description=_("by"), ordering="by")
    def who(self, entry: Entry) -> Any:
        return person(entry.by)

    @admin.display(description=_("what happened"), ordering="verb")
    def what(self, entry: Entry) -> str:
        return str(in_words(entry.verb))

    @admin.display(description=_("facts"))
    def said(self, entry: Entry) -> str:
        return facts_in_lines(entry.facts)


def facts_in_lines(facts: dict[str, Any], *, short: bool = False) -> str:
    """Write facts one a line; in tables, digests by their beginning."""
    return format_html_join("", "<div>{}: {}</div>", ((name, shortened(fact, short)) for name, fact in facts.items()))


def shortened(fact: Any, short: bool) -> Any:
    if isinstance(fact, list):
        return ", ".join(map(str, fact))
    is_digest = isinstance(fact, str) and len(fact) == 64 and " " not in fact
    return f"{fact[:SHORT_DIGEST]}…" if short and is_digest else fact
