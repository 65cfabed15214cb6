"""The home page of a course: what staff write on it, and what of that is published."""

from functools import cached_property
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from enrollment.rules.home import FIELDS, FieldKind, read
from offer_site.languages import current_language
from offer_site.pictures import Picture

from .catalogue import Course


class HomePage(models.Model):
    """One row a course: a draft, and the content that visitors see; neither is evidence."""

    course = models.OneToOneField(
        Course, models.PROTECT, related_name="home_page", verbose_name=_("course")
    )
    draft = models.JSONField(_("draft"), default=dict, blank=True)
    changed_at = models.DateTimeField(_("changed at"))
    changed_by = models.CharField(_("changed by"), max_length=80)
    content = models.JSONField(_("published content"), default=dict, blank=True)
    published_at = models.DateTimeField(_("published at"), null=True, blank=True)
    published_by = models.CharField(_("published by"), max_length=80, blank=True)

    class Meta:
        verbose_name = _("home page")
        verbose_name_plural = _("home pages")
        constraints = [
            models.CheckConstraint(
                condition=Q(published_at=None, published_by="")
                | Q(published_at__isnull=False) & ~Q(published_by=""),
                name="a_published_home_page_says_when_and_by_whom",
            ),
        ]

    def __str__(self) -> str:
        return str(self.course)

    @cached_property
    def shown(self) -> "HomeContent":
        """What visitors see."""
        return HomeContent(self.content, (self.pk, self.published_at))

    @cached_property
    def drafted(self) -> "HomeContent":
        """What a preview shows."""
        return HomeContent(self.draft, (self.pk, "draft", self.changed_at))


class HomeContent:
    """The content of a home page in the language of the page: `{{ content.promise }}`.

    Two of one version are equal, so that pages keep what they rendered of it.
    """

    def __init__(self, values: dict[str, Any], version: tuple[Any, ...] = ()) -> None:
        self.values = values
        self.version = version

    def __hash__(self) -> int:
        return hash(self.version)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, HomeContent) and self.version == other.version

    def __getitem__(self, name: str) -> Any:
        field = FIELDS[name]
        if field.kind == FieldKind.PICTURE:
            kept = self.values.get(name)
            return Picture(**kept) if kept else None
        if not field.is_spoken:
            return self.values.get(name)
        text = self.values.get(f"{name}_{current_language()}", "")
        return read(field, text) if text else ""


NOTHING_WRITTEN = HomeContent({})
