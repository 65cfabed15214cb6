"""A page beside a list on which staff enter a thing or take in a file.

It has the same steps as a button, but no thing to stand on yet.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from offer_site.errors import RuleViolation

from .chapters import Chapter, Words
from .forms import ButtonForm
from .pages import ReadOnlyAdmin, StaffAdmin


@dataclass(frozen=True)
class Entered:
    """What became of what was entered: where to go, what to say there, and what to look at.

    With `chapters` the form stays, and they stand below it; without a `page` it leads to the list.
    """

    message: Words = ""
    warning: Words = ""
    page: Model | None = None
    chapters: Sequence[Chapter] = ()


@dataclass(frozen=True)
class EntryPage:
    """A form beside a list, and the operation it calls.

    `enter(values, by=user, at=now)` returns `Entered`; a refusal that names no field of the form is
    shown beside `blamed`.
    """

    title: Words
    permission: str
    form: type[ButtonForm]
    enter: Callable[..., Entered]
    note: Words = ""
    blamed: str | None = None
    begin_with: Sequence[str] = ()  # fields that a link to the page may fill in


def show_entry_page(admin: StaffAdmin, request: HttpRequest, page: EntryPage) -> HttpResponse:
    """Ask, call the operation, and lead to what was entered."""
    if not request.user.has_perm(page.permission):  # type: ignore[union-attr]
        raise PermissionDenied
    typed = (request.POST, request.FILES) if request.method == "POST" else ()
    initial = {name: request.GET.get(name, "") for name in page.begin_with}
    form = page.form(*typed, subject=None, initial=initial)
    chapters: Sequence[Chapter] = ()
    if form.is_valid():
        try:
            entered = page.enter(form.cleaned_data, by=request.user, at=timezone.now())
        except RuleViolation as refused:
            form.refuse(refused, otherwise=page.blamed)
        else:
            if entered.message:
                messages.success(request, entered.message)
            if entered.warning:
                messages.warning(request, entered.warning)
            if not entered.chapters:
                return redirect(admin.page_url(entered.page) if entered.page else admin.list_url())
            chapters = entered.chapters
    return admin.answer(request, None, page.title, form=form, note=page.note, chapters=chapters)


class EnteredAdmin(ReadOnlyAdmin):
    """Facts that staff may add on an entry page, and that only operations change."""

    entry_page: ClassVar[EntryPage]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(self.entry_page.permission)  # type: ignore[union-attr]

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        return show_entry_page(self, request, self.entry_page)
