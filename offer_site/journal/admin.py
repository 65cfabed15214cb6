"""The journal for staff: read, never edited (S1)."""

from collections.abc import Callable, Iterable
from datetime import datetime
from textwrap import wrap
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _

from offer_site.accounts.models import User
from offer_site.admin.buttons import Button
from offer_site.admin.chapters import Chapter, Shown, Words
from offer_site.admin.filters import ChoiceFilter, QuestionFilter
from offer_site.admin.links import linked, moment, person
from offer_site.admin.pages import ReadOnlyAdmin
from offer_site.codes import normalize_order_code

from .facts import fact_name, fact_text, key_in_words
from .models import Entry, Seal
from .sealing import faults_of
from .verbs import KINDS, chain_in_words, in_words

SHORT_DIGEST = 12


class KindFilter(ChoiceFilter):
    title = _("about")
    parameter_name = "kind"
    offered = list(KINDS.items())

    def find(self, queryset: QuerySet[Entry], chosen: str) -> QuerySet[Entry]:
        return queryset.filter(about_kind=chosen)


@admin.register(Entry)
class EntryAdmin(ReadOnlyAdmin):
    list_display = ["when", "who", "what", "about", "of_chain", "number", "clause"]
    list_display_links = ["when", "what"]
    list_filter = [QuestionFilter, KindFilter, "at"]
    questions = {
        "unsealed": (_("not sealed for 36 hours"), lambda rows, at: rows.unsealed_for_long(at))
    }
    ordering = ["-at", "-pk"]
    show_full_result_count = False
    search_fields = ["chain", "verb", "by", "about_key"]
    search_help_text = _("An order's code, a verb, or a person as the journal names them.")
    fields = [
        "of_chain",
        "number",
        "when",
        "who",
        "what",
        "about",
        "clause",
        "said",
        "previous",
        "digest",
    ]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Entry], search_term: str
    ) -> tuple[QuerySet[Entry], bool]:
        """An order's code is found however it was typed or dictated."""
        code = normalize_order_code(search_term)
        if code:
            return queryset.filter(chain=code), False
        return super().get_search_results(request, queryset, search_term)

    @admin.display(description=_("at"), ordering="at")
    def when(self, entry: Entry) -> str:
        return moment(entry.at)

    @admin.display(description=_("about"))
    def about(self, entry: Entry) -> str:
        key = key_in_words(entry.about_kind, entry.about_key)
        return f"{KINDS.get(entry.about_kind, entry.about_kind)} {key}"

    @admin.display(description=_("chain"), ordering="chain")
    def of_chain(self, entry: Entry) -> str:
        return chain_in_words(entry.chain)

    @admin.display(description=_("by"), ordering="by")
    def who(self, entry: Entry) -> Any:
        return person(entry.by)

    @admin.display(description=_("what happened"), ordering="verb")
    def what(self, entry: Entry) -> str:
        return str(in_words(entry.verb))

    @admin.display(description=_("facts"))
    def said(self, entry: Entry) -> str:
        return facts_in_lines(entry.facts)


def history(
    entries: Iterable[Entry],
    *,
    column: tuple[Words, Callable[[Entry], Any]] | None = None,
    with_links: bool = False,
) -> Chapter:
    """The journal of a thing for its own page; `column` stands before the facts."""
    heading, write = column or ("", None)
    rows = [
        (
            moment(each.at),
            person(each.by),
            linked(each, in_words(each.verb)) if with_links else in_words(each.verb),
            *([write(each)] if write else []),
            facts_in_lines(each.facts, short=True),
        )
        for each in entries
    ]
    headings = (
        _("at"),
        _("by"),
        _("what happened"),
        *([heading] if write else []),
        _("facts"),
    )
    return Chapter(_("journal"), rows, headings)


def facts_in_lines(facts: dict[str, Any], *, short: bool = False) -> str:
    """One fact a line; `short` cuts digests, for tables."""
    return format_html_join(
        "",
        "<div>{}: {}</div>",
        ((fact_name(name), shortened(fact, short)) for name, fact in facts.items()),
    )


def shortened(fact: Any, short: bool) -> Any:
    is_digest = isinstance(fact, str) and len(fact) == 64 and " " not in fact
    return f"{fact[:SHORT_DIGEST]}…" if short and is_digest else fact_text(fact)


def check_seal(seal: Seal, values: dict[str, Any], *, by: User, at: datetime) -> Shown:
    faults = [(fault,) for fault in faults_of(seal)]
    title = (
        _("The seal does not agree with the journal")
        if faults
        else _("The seal agrees with the journal")
    )
    return Shown(
        title, [Chapter(_("what does not agree"), faults, empty=_("Nothing: everything agrees."))]
    )


@admin.register(Seal)
class SealAdmin(ReadOnlyAdmin):
    list_display = ["number", "day", "sealed", "chains", "rows", "short_root"]
    ordering = ["-number"]
    fields = [
        "number",
        "day",
        "sealed",
        "chains",
        "rows",
        "previous",
        "tree",
        "root",
        "text",
        "signed",
        "fingerprint",
        "certificate",
    ]
    buttons = [
        Button(
            "check",
            _("Check the seal"),
            permission="journal.view_seal",
            operate=check_seal,
            note=_("The rows it seals, its signature and the seal before it are compared again."),
        ),
    ]

    @admin.display(description=_("sealed at"), ordering="sealed_at")
    def sealed(self, seal: Seal) -> str:
        return moment(seal.sealed_at)

    @admin.display(description=_("signature, Base64"))
    def signed(self, seal: Seal) -> str:
        return "\n".join(wrap(seal.signature, 64))

    @admin.display(description=_("root"), ordering="root")
    def short_root(self, seal: Seal) -> str:
        return str(shortened(seal.root, short=True))
