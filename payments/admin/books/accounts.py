"""The books as an accountant reads them: sums of a period, debts, the VAT threshold,
and the same as files.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from offer_site.admin.chapters import Chapter
from offer_site.admin.forms import day_field
from offer_site.admin.links import link, linked, list_url
from offer_site.admin.pages import ReadOnlyAdmin
from offer_site.days import almaty_day, short_day
from offer_site.journal.operations import actor, record
from offer_site.money import tenge_text
from offer_site.web.downloads import download_table
from payments.models import LedgerEntry
from payments.models.accounts import Accounts
from payments.operations.books.accounts import (
    ENTRY_HEADINGS,
    Books,
    Debt,
    Grouping,
    Sums,
    books_of,
    entries_of,
    turnover_at,
)

FILES = ("sums", "entries")


class PeriodForm(forms.Form):
    since = day_field(gettext_lazy("From the day"))
    until = day_field(gettext_lazy("To the day, inclusive"))
    by = forms.ChoiceField(label=gettext_lazy("By"), choices=Grouping)

    def clean(self) -> dict[str, Any]:
        typed = super().clean() or {}
        if typed.get("since") and typed.get("until") and typed["since"] > typed["until"]:
            self.add_error("until", _("The last day is before the first."))
        return typed


@admin.register(Accounts)
class AccountsAdmin(ReadOnlyAdmin):
    """One page instead of a list of rows."""

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponseBase:  # type: ignore[override]
        """Show the sums of a period, this month's at first; `file` gives them,
        or every movement, as a table.
        """
        if not self.has_view_permission(request):
            raise PermissionDenied
        at = timezone.now()
        today = almaty_day(at)
        this_month = {"since": today.replace(day=1), "until": today, "by": Grouping.DAY.value}
        form = PeriodForm(request.GET if "since" in request.GET else this_month)
        books = None
        if form.is_valid():
            period = {"since": form.cleaned_data["since"], "until": form.cleaned_data["until"]}
            file = request.GET.get("file")
            if file in FILES:
                return self._file(request, file, by=Grouping(form.cleaned_data["by"]), **period)
            books = books_of(by=Grouping(form.cleaned_data["by"]), **period)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Accounts"),
            "form": form,
            "books": books,
            "grouping": Grouping(books.by).label if books else "",
            "periods": periods(today, form.data.get("by", Grouping.DAY.value)),
            "chapters": [waiting(books), debts(books, today)] if books else [],
            "turnover": turnover_at(at),
            "query": request.GET.urlencode()
            or f"since={this_month['since']}&until={this_month['until']}&by={this_month['by']}",
            "media": self.media,
        }
        return TemplateResponse(request, "admin/accounts.html", context)

    def _file(
        self, request: HttpRequest, file: str, *, since: date, until: date, by: Grouping
    ) -> StreamingHttpResponse:
        """Journals who took the file: it names buyers (5.4)."""
        facts = {
            "file": file,
            "since": since.isoformat(),
            "until": until.isoformat(),
            "by": by.value,
        }
        about = ("accounts", f"{since}–{until}")
        record(
            "accounts.exported",
            about=about,
            facts=facts,
            by=actor(request.user),
            at=timezone.now(),
            clause="5.4",
        )
        rows = (
            sums_table(books_of(since=since, until=until, by=by))
            if file == "sums"
            else entries_table(since, until)
        )
        return download_table(rows, f"{file}-{since}-{until}.csv")


def periods(today: date, by: str) -> list[tuple[str, str]]:
    """The periods that are asked for most, with the query of each."""
    month = today.replace(day=1)
    last = month - date.resolution
    spans = [
        (_("today"), today, today),
        (_("this month"), month, today),
        (_("last month"), last.replace(day=1), last),
        (_("this year"), today.replace(month=1, day=1), today),
    ]
    return [(name, f"?since={since}&until={until}&by={by}") for name, since, until in spans]


def headings(books: Books) -> tuple[str, ...]:
    return (
        str(Grouping(books.by).label),
        _("number of receipts"),
        _("received, tenge"),
        _("given back, tenge"),
        _("received less given back, tenge"),
        _("providers' fees, tenge"),
        _("still owed, tenge"),
    )


def sums_table(books: Books) -> Iterator[Sequence[object]]:
    """The sums of a period, then each debt, as the page has them."""
    yield headings(books)
    for name, sums in [*books.lines, (_("Total"), books.total)]:
        yield (name, *figures(sums))
    yield ()
    yield (_("money that waits"), books.waiting_count, books.waiting)
    yield ()
    yield tuple(map(str, DEBT_HEADINGS))
    for debt in books.debts:
        yield debt_row(debt)


def figures(sums: Sums) -> tuple[object, ...]:
    return sums.count, sums.came, sums.went, sums.net, sums.fees, sums.owed


def entries_table(since: date, until: date) -> Iterator[Sequence[object]]:
    yield tuple(map(str, ENTRY_HEADINGS))
    yield from entries_of(since=since, until=until)


DEBT_HEADINGS = (
    gettext_lazy("order"),
    gettext_lazy("buyer"),
    gettext_lazy("tariff"),
    gettext_lazy("cohort"),
    gettext_lazy("owed, tenge"),
    gettext_lazy("due on"),
)


def debt_row(debt: Debt) -> tuple[object, ...]:
    order = debt.order
    return (
        order.code,
        str(order.party),
        str(order.tariff),
        str(order.cohort),
        debt.amount,
        debt.due_on,
    )


def waiting(books: Books) -> Chapter:
    """Money of no order, which is in the sums of what was received."""
    url = list_url(LedgerEntry) + "?waits=yes"
    rows = [
        (
            _("money that waits for a person"),
            link(url, tenge_text(books.waiting)),
        ),
        (_("number of receipts"), books.waiting_count),
    ]
    return Chapter(
        _("not given to an order, at this moment"),
        rows if books.waiting_count else [],
        empty=_("No money waits."),
    )


def debts(books: Books, today: date) -> Chapter:
    """Who still owes the second half, and whether its day is over (4.3.1)."""
    rows = []
    for debt in books.debts:
        code, *columns = debt_row(debt)
        over = _("its day is over") if debt.due_on < today else ""
        due = " · ".join(filter(None, [short_day(debt.due_on), over]))
        rows.append(
            (
                linked(debt.order, code),
                *columns[:3],
                tenge_text(debt.amount),
                due,
            )
        )
    rows += [(_("Total"), "", "", "", tenge_text(books.owed), "")] if rows else []
    return Chapter(
        _("still owed, at this moment"), rows, DEBT_HEADINGS, empty=_("Nobody owes a second half.")
    )
