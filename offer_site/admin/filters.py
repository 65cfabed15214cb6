"""Filters of the lists of staff."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .chapters import Words


class ChoiceFilter(admin.SimpleListFilter):
    """A filter with fixed choices: `offered` lists them, `find` narrows the queryset."""

    offered: ClassVar[Sequence[tuple[str, Words]]] = ()

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(self.offered)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = self.value()
        return self.find(queryset, chosen) if chosen else queryset

    def find(self, queryset: QuerySet[Any], chosen: str) -> QuerySet[Any]:
        raise NotImplementedError


class QuestionFilter(ChoiceFilter):
    """A filter by the `questions` of the list's admin, to which "Needs attention" links."""

    title = _("needs attention")
    parameter_name = "attention"

    def __init__(self, request: HttpRequest, params: Any, model: Any, model_admin: Any) -> None:
        self.questions = model_admin.questions_for(request)
        super().__init__(request, params, model, model_admin)

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(name, label) for name, (label, _ask) in self.questions.items()]

    def find(self, queryset: QuerySet[Any], chosen: str) -> QuerySet[Any]:
        known = self.questions.get(chosen)
        return known[1](queryset, timezone.now()) if known else queryset
