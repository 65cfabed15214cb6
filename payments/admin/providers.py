"""The provider and the method of money, in words, on the pages of staff."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from enrollment.rules.methods import method_in_words
from offer_site.admin.filters import ChoiceFilter
from offer_site.languages import in_language
from payments.rules.provider_names import PROVIDER_NAMES, provider_name


class NamedProvider:
    """The columns of an admin whose objects have a provider, and perhaps a method."""

    @admin.display(description=_("payment provider"), ordering="provider")
    def of_provider(self, thing: Any) -> str:
        return provider_name(thing.provider)

    @admin.display(description=_("way of paying"), ordering="method")
    def of_method(self, thing: Any) -> str:
        return in_language(*method_in_words(thing.method)) or "–"


class ProviderFilter(ChoiceFilter):
    title = _("payment provider")
    parameter_name = "provider"
    offered = tuple(PROVIDER_NAMES.items())

    def find(self, queryset: QuerySet[Any], chosen: str) -> QuerySet[Any]:
        return queryset.filter(provider=chosen)
