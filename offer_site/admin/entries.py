"""A page beside a list, on which staff enter an object or import a file.

It works as a button does, but has no object yet.
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
    """The result of an entry page: the page to open next, and the messages to show there.

    With `chapters` the form is shown again with them below; without `page` the list opens.
    """

    message: Words = ""
    warning: Words = ""
    page: Model | None = None
    chapters: Sequence[Chapter] = ()


@dataclass(frozen=True)
class EntryPage:
    """A form beside a list, and the operation it calls.

    `enter(values, by=user, at=now)` returns `Entered`. A refusal that names no field of the form is
    shown at the field `blamed`.
    """

    title: Words
    permission: str
    form: type[ButtonForm]
    enter: Callable[..., Entered]
    note: Words = ""
    blamed: str | None = None
    begin_with: Sequence[str] = ()  # fields that a link to the page may fill in
    # narrows what the form offers to what this person may see
    narrow: Callable[[Any, Any], None] = lambda form, user: None


def show_entry_page(admin: StaffAdmin, request: HttpRequest, page: EntryPage) -> HttpResponse:
    """Show the form; once it is valid, call the operation and redirect.

    Raises PermissionDenied.
    """
    if not request.user.has_perm(page.permission):  # type: ignore[union-attr]
        raise PermissionDenied
    typed = (request.POST, request.FILES) if request.method == "POST" else ()
    initial = {name: request.GET.get(name, "") for name in page.begin_with}
    form = page.form(*typed, subject=None, initial=initial)
    page.narrow(form, request.user)
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
    """Facts that staff add on an entry page and only operations change."""

    entry_page: ClassVar[EntryPage]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(self.entry_page.permission)  # type: ignore[union-attr]

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        return show_entry_page(self, request, self.entry_page)
