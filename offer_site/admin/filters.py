"""The filter by which "Needs attention" opens a list on the things that it counts."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class QuestionFilter(admin.SimpleListFilter):
    """The questions that "Needs attention" links to, asked of a list:
    the `questions` of its admin.
    """

    title = _("needs attention")
    parameter_name = "attention"

    def __init__(self, request: HttpRequest, params: Any, model: Any, model_admin: Any) -> None:
        self.questions = model_admin.questions
        super().__init__(request, params, model, model_admin)

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(name, label) for name, (label, _ask) in self.questions.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        asked = self.questions.get(self.value())
        return asked[1](queryset, timezone.now()) if asked else queryset
