"""The home page: a draft is edited in both languages, looked at, and published."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from enrollment.models import Course, HomePage
from enrollment.rules.home import FIELDS, said_in_one_language
from offer_site.errors import RuleViolation
from offer_site.journal.operations import record


@transaction.atomic
def edit_home(*, course: Course, content: Mapping[str, Any], by: str, at: datetime) -> HomePage:
    """Write the draft of a course's home page; visitors see nothing of it yet.

    Raises RuleViolation for words that stand in one language alone. The same words change nothing.
    """
    course = Course.objects.select_for_update(no_key=True).get(pk=course.pk)
    filled = {name: value for name, value in content.items() if value not in ("", None)}
    alone = said_in_one_language(filled)
    if alone:
        raise RuleViolation(
            _("Write it in both languages, with as many lines in each."),
            field=FIELDS[alone[0]].columns[0],
        )
    page = HomePage.objects.filter(course=course).first()
    if page is None:
        page = HomePage(course=course)
    elif page.draft == filled:
        return page
    changed = _differing(page.draft, filled)
    page.draft = filled
    page.changed_at = at
    page.changed_by = by
    page.save()
    _record("home.edited", course, {"fields": changed}, by=by, at=at)
    return page


@transaction.atomic
def publish_home(*, course: Course, by: str, at: datetime) -> HomePage:
    """Show the draft to visitors. Raises RuleViolation when they see these words already."""
    course = Course.objects.select_for_update(no_key=True).get(pk=course.pk)
    page = HomePage.objects.filter(course=course).first()
    if page is None or page.draft == page.content:
        raise RuleViolation(_("There is nothing new to publish."))
    changed = _differing(page.content, page.draft)
    page.content = page.draft
    page.published_at = at
    page.published_by = by
    page.save(update_fields=["content", "published_at", "published_by"])
    _record("home.published", course, {"fields": changed}, by=by, at=at)
    return page


def _differing(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """The names of what the journal tells of: never the words themselves."""
    return sorted(
        name for name in before.keys() | after.keys() if before.get(name) != after.get(name)
    )


def _record(verb: str, course: Course, facts: dict[str, Any], *, by: str, at: datetime) -> None:
    record(verb, about=("course", str(course.pk)), facts=facts, by=by, at=at)
