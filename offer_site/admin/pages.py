"""Staff pages: facts are read, buttons call operations, edits are journalled (5.4, S1)."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.contrib.admin import helpers
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from offer_site.errors import RuleViolation
from offer_site.journal.operations import actor, record
from offer_site.web.answering import Unsent

from .buttons import Button
from .chapters import Chapter, Shown, Words
from .edits import changes_of
from .forms import NATIVE_FIELDS, ButtonForm
from .links import list_url, page_url

Questions = dict[str, tuple[Words, Callable[[Any, datetime], Any]]]
CHANGED_MEANWHILE = _(
    "This has changed since you opened the page. Look at it again, then press once more."
)


class StaffAdmin(admin.ModelAdmin):
    """A list and a page of objects; nothing is deleted, and every edit is journalled."""

    actions = None
    change_form_template = "admin/staff_page.html"
    formfield_overrides = NATIVE_FIELDS
    buttons: ClassVar[Sequence[Button]] = ()
    questions: ClassVar[Questions] = {}
    # Columns that change by themselves: they say nothing to whoever presses a button.
    passing: ClassVar[frozenset[str]] = frozenset()
    # Fields whose values the journal must not hold.
    unjournalled: ClassVar[frozenset[str]] = frozenset()

    def chapters(self, request: HttpRequest, subject: Any) -> Sequence[Chapter]:
        """The tables below the fields."""
        return ()

    def questions_for(self, request: HttpRequest) -> Questions:
        """The questions that this person may ask of the list."""
        return self.questions

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest | None = None) -> bool:
        """No address asks by what points here, as suspensions do: the answer would tell of it.

        What a filter of the list offers stays allowed.
        """
        name = lookup.partition("__")[0]
        filters = self.get_list_filter(request) if request else self.list_filter
        is_a_filter = name in {getattr(each, "parameter_name", "") for each in filters}
        points_here = any(each.name == name for each in self.opts.related_objects)
        may_ask = is_a_filter or not points_here
        return may_ask and super().lookup_allowed(lookup, value, request)  # type: ignore[arg-type]

    def read_beside(self, subject: Any) -> object:
        """What of other rows a person has read before pressing a button, such as a last number."""
        return ()

    def seen(self, subject: Model) -> str:
        """A digest of what a button's page is about; its form brings it back (`_seen`)."""
        columns = [
            (field.attname, field.value_from_object(subject))
            for field in subject._meta.concrete_fields
            if field.name not in self.passing
        ]
        return salted_hmac("seen", repr((columns, self.read_beside(subject)))).hexdigest()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_urls(self) -> list[URLPattern]:
        model = f"{self.opts.app_label}_{self.opts.model_name}"
        own = [
            path(
                f"<path:object_id>/{button.name}/",
                self.admin_site.admin_view(self.press),
                {"button": button},
                name=f"{model}_{button.name}",
            )
            for button in self.buttons
        ]
        return own + super().get_urls()

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Adds the buttons and the tables; a refused edit saves nothing and becomes a message."""
        context = {"staff_buttons": [], "chapters": []} | (extra_context or {})
        if object_id:  # "View %(name)s" of the admin declines no noun
            context.setdefault("title", capfirst(self.opts.verbose_name))
        subject = self.get_object(request, unquote(object_id)) if object_id else None
        if object_id and subject is None:
            raise Http404
        if subject is not None and self.has_view_permission(request, subject):
            context["staff_buttons"] = [
                (button.label, self.button_url(button, subject))
                for button in self.buttons_for(request, subject)
            ]
            context["chapters"] = self.chapters(request, subject)
        try:
            return super().changeform_view(request, object_id, form_url, context)
        except RuleViolation as refused:
            messages.error(request, str(refused))
            return redirect(request.get_full_path())

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The title of a list is the model's plural name."""
        title = {"title": capfirst(self.opts.verbose_name_plural)}
        return super().changelist_view(request, title | (extra_context or {}))

    def buttons_for(self, request: HttpRequest, subject: Any) -> list[Button]:
        return [
            button
            for button in self.buttons
            if request.user.has_perm(button.permission) and button.is_offered(subject)  # type: ignore[union-attr]
        ]

    def button_url(self, button: Button, subject: Model) -> str:
        return reverse(
            f"admin:{self.opts.app_label}_{self.opts.model_name}_{button.name}", args=[subject.pk]
        )

    def page_url(self, subject: Model) -> str:
        return page_url(self.model, subject.pk)

    def list_url(self) -> str:
        return list_url(self.model)

    def press(self, request: HttpRequest, object_id: str, button: Button) -> HttpResponse:
        """Show the button's form; once it is valid, call the operation and report the result.

        A RuleViolation becomes an error of the form, and so does what somebody else did to the
        object since the form was shown. A press without a form, as of a script, has seen nothing.
        """
        subject = self.get_object(request, unquote(object_id))
        if subject is None:
            raise Http404
        may_press = request.user.has_perm(button.permission)  # type: ignore[union-attr]
        if not may_press or not self.has_view_permission(request, subject):
            raise PermissionDenied
        typed = (request.POST, request.FILES) if request.method == "POST" else ()
        form = button.form(*typed, subject=subject)
        if not button.is_offered(subject):
            messages.warning(request, _("There is nothing to do here any more."))
            unsent = Unsent.of(form, "").words
            if not unsent:
                return redirect(self.page_url(subject))
            chapter = Chapter(_("What you wrote was not sent"), unsent)
            return self.answer(request, subject, button.label, chapters=[chapter])
        if request.POST.get("_seen", self.seen(subject)) != self.seen(subject):
            form.add_error(None, CHANGED_MEANWHILE)
        if form.is_valid():
            try:
                done = button.operate(
                    subject, form.cleaned_data, by=request.user, at=timezone.now()
                )
            except RuleViolation as refused:
                form.refuse(refused)
            else:
                if isinstance(done, HttpResponse):
                    return done
                if isinstance(done, Shown):
                    return self.answer(request, subject, done.title, chapters=done.chapters)
                messages.success(request, done)
                return redirect(self.page_url(subject))
        return self.answer(
            request,
            subject,
            button.label,
            form=form,
            note=button.note,
            chapters=[*button.chapters(subject), *form.chapters],
        )

    def answer(
        self,
        request: HttpRequest,
        subject: Any,
        title: Words,
        *,
        form: ButtonForm | None = None,
        note: Words = "",
        chapters: Sequence[Chapter] = (),
    ) -> HttpResponse:
        """A page with a form, a note and tables; without a subject it is an entry page."""
        fieldsets = form.fieldsets if form and form.fields else []
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": title,
            "subtitle": str(subject) if subject else None,
            "subject": subject,
            "page_url": self.page_url(subject) if subject else self.list_url(),
            "seen": self.seen(subject) if subject and form else "",
            "form": form,
            "adminform": helpers.AdminForm(form, fieldsets, {}, model_admin=self) if form else None,
            "note": note,
            "chapters": chapters,
            "media": self.media,
        }
        return TemplateResponse(
            request, "admin/button.html" if subject else "admin/entry.html", context
        )

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Journal the edit in its own transaction (S1)."""
        super().save_related(request, form, formsets, change)
        facts = changes_of(form, formsets, unjournalled=self.unjournalled)
        if facts:
            name = self.opts.model_name or ""
            record(
                f"{name}.{'changed' if change else 'added'}",
                about=(name, str(form.instance.pk)),
                facts=facts,
                by=actor(request.user),
                at=timezone.now(),
            )


class ReadOnlyAdmin(StaffAdmin):
    """Facts that only operations change."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ReadOnlyInline(admin.TabularInline):
    """Rows of facts that only operations change, below their object."""

    extra = 0
    can_delete = False
    show_change_link = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
