"""The home page for staff: one form of both languages, a look at the draft, its publication."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ObjectDoesNotExist
from django.core.files.uploadedfile import UploadedFile
from django.core.validators import URLValidator
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from enrollment.models import Course, HomePage
from enrollment.operations.offering.home import edit_home, publish_home
from enrollment.rules.home import FIELDS, LANGUAGES, PARTS, FieldKind, HomeField, is_whole
from offer_site.accounts.models import User
from offer_site.admin.buttons import Button
from offer_site.admin.chapters import Chapter
from offer_site.admin.forms import ButtonForm
from offer_site.admin.links import moment, person
from offer_site.errors import RuleViolation
from offer_site.journal.operations import actor
from offer_site.languages import speaking
from offer_site.pictures import keep_picture

CHANGE = "enrollment.change_course"
NAMES = {"kk": _("in Kazakh"), "ru": _("in Russian")}


def page_of(course: Course) -> HomePage | None:
    try:
        return course.home_page
    except ObjectDoesNotExist:
        return None


def field_of(field: HomeField, language: str = "") -> forms.Field:
    """The form's field of a field of the page, in one of its languages."""
    label = f"{field.label}, {NAMES[language]}" if language else field.label
    options: dict[str, Any] = {"label": label, "required": False, "help_text": field.help}
    if field.kind == FieldKind.NUMBER:
        return forms.IntegerField(min_value=1, max_value=field.most, **options)
    if field.kind == FieldKind.ADDRESS:
        validators = [URLValidator(schemes=["https"])]
        return forms.CharField(max_length=field.most, validators=validators, **options)
    if field.kind == FieldKind.PICTURE:
        widget = forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp"})
        return forms.FileField(max_length=200, widget=widget, **options)
    attrs = {"lang": language}
    is_line = field.kind == FieldKind.LINE
    box = forms.TextInput(attrs) if is_line else forms.Textarea(attrs | {"rows": 6})
    return forms.CharField(max_length=field.most, widget=box, **options)


class HomeForm(ButtonForm):
    """All that staff may write on the home page, in both languages, part by part."""

    def __init__(self, *args: Any, subject: Course, **kwargs: Any) -> None:
        super().__init__(*args, subject=subject, **kwargs)
        page = page_of(subject)
        self.initial = dict(page.draft) if page else {}
        for field in FIELDS.values():
            languages = LANGUAGES if field.is_spoken else ("",)
            for column, language in zip(field.columns, languages, strict=True):
                self.fields[column] = field_of(field, language)
            if field.kind == FieldKind.PICTURE and self.initial.get(field.name):
                self.fields[f"{field.name}_off"] = forms.BooleanField(
                    label=_("Take this picture away"), required=False
                )

    @property
    def fieldsets(self) -> list[tuple[Any, dict[str, Any]]]:
        return [
            (part.title, {"fields": [name for field in part.fields for name in self.names(field)]})
            for part in PARTS
        ]

    def names(self, field: HomeField) -> list[str]:
        """The names of a field here, with the one that takes its picture away."""
        return [name for name in (*field.columns, f"{field.name}_off") if name in self.fields]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        for field in FIELDS.values():
            if field.kind == FieldKind.PICTURE:
                self.clean_picture(field, values)
            for column in field.columns if field.is_spoken else ():
                text = str(values.get(column, "")).replace("\r\n", "\n").strip()
                values[column] = text
                if not is_whole(field, text):
                    self.add_error(column, gettext("A line here has one side only."))
        return values

    def clean_picture(self, field: HomeField, values: dict[str, Any]) -> None:
        """Keep a new picture, or let the one of the draft stand, or take it away."""
        file = values.get(field.name)
        is_off = values.pop(f"{field.name}_off", False)
        if isinstance(file, UploadedFile):
            try:
                values[field.name] = keep_picture(file.read(), shape=field.shape)
            except RuleViolation as refused:
                self.add_error(field.name, str(refused))
        elif is_off:
            values[field.name] = None


def edit(course: Course, values: dict[str, Any], *, by: User, at: datetime) -> str:
    edit_home(course=course, content=values, by=actor(by), at=at)
    return gettext("The draft is kept. Look at it in both languages, then publish it.")


def publish(course: Course, values: dict[str, Any], *, by: User, at: datetime) -> str:
    publish_home(course=course, by=actor(by), at=at)
    return gettext("Visitors see it from now on.")


def has_news(course: Course) -> bool:
    page = page_of(course)
    return page is not None and page.draft != page.content


def previews() -> Any:
    """The draft's address in each language."""
    addresses = []
    for language in LANGUAGES:
        with speaking(language):
            addresses.append(reverse("home_preview"))
    return format_html('<a href="{}">ҚАЗ</a> · <a href="{}">РУС</a>', *addresses)


def chapter(course: Course) -> Chapter:
    """Where the home page of a course stands."""
    page = page_of(course)
    if page is None:
        return Chapter(_("Home page"), [], empty=_("Nothing is written on it yet."))
    rows: list[Sequence[Any]] = [
        (_("draft changed"), f"{moment(page.changed_at)}, {person(page.changed_by)}"),
        (_("look at the draft"), previews()),
    ]
    if page.published_at:
        words = f"{moment(page.published_at)}, {person(page.published_by)}"
        rows.append((_("published"), words))
    if page.draft != page.content:
        rows.append((_("not published yet"), gettext("the draft differs from what visitors see")))
    return Chapter(_("Home page"), rows)


BUTTONS = [
    Button(
        "home",
        _("Edit the home page"),
        permission=CHANGE,
        operate=edit,
        form=HomeForm,
        note=_(
            "What stays empty is absent from the page. Write only what is true: a number says "
            "where it comes from, a person has agreed to be named."
        ),
    ),
    Button(
        "home-publication",
        _("Publish the home page"),
        permission=CHANGE,
        operate=publish,
        is_offered=has_news,
        note=_("Look at the draft in both languages first. Prices and the offer stay as they are."),
    ),
]
