"""The admin behind the site's own sign-in, with the second factor of staff (3.1(5))."""

from collections.abc import Iterable
from typing import Any, cast

from django.contrib.admin import AdminSite
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext_lazy as _

from offer_site.accounts.second_factor import has_set_up, is_proven
from offer_site.staff.attention import needs_attention

OF_OTHERS = ("allauth.", "django.contrib.auth.")
# As staff need them: the contract, the money and the proof; then what is looked at now and then.
ORDER = (
    "enrollment",
    "payments",
    "certificates",
    "correspondence",
    "materials",
    "notices",
    "journal",
    "retention",
    "audit",
    "watch",
    "attempts",
    "maintenance",
    "calendar",
    "telegram",
    "accounts",
)


class StaffSite(AdminSite):
    site_title = _("Lessbek Zapusk Academy: staff")
    site_header = _("Lessbek Zapusk Academy: staff")
    index_title = _("What there is to do")
    empty_value_display = "–"
    enable_nav_sidebar = False  # the first page is the map, and lists need the width

    def register(self, model_or_iterable: Any, *args: Any, **options: Any) -> None:
        """Skips the models of OF_OTHERS: secrets of the second factor, unused e-mails, groups."""
        models = (
            model_or_iterable if isinstance(model_or_iterable, Iterable) else [model_or_iterable]
        )
        ours = [model for model in models if not model.__module__.startswith(OF_OTHERS)]
        super().register(ours, *args, **options)

    def has_permission(self, request: HttpRequest) -> bool:
        """True for active staff whose session has passed the second factor."""
        return super().has_permission(request) and is_proven(request)

    def get_app_list(
        self, request: HttpRequest, app_label: str | None = None
    ) -> list[dict[str, Any]]:
        """The apps in the order of ORDER; by name the order would depend on the language.

        Django asks for them on every page, for a sidebar that we have not: they are found when a
        page shows them.
        """

        def found() -> list[dict[str, Any]]:
            apps = super(StaffSite, self).get_app_list(request, app_label)
            return sorted(apps, key=lambda app: ORDER.index(app["app_label"]))

        return cast(list[dict[str, Any]], SimpleLazyObject(found))

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The first page begins with what needs attention."""
        matters = needs_attention(user=request.user, at=timezone.now())  # type: ignore[arg-type]
        return super().index(request, {"attention": matters} | (extra_context or {}))

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Redirect to the missing step: the site's sign-in or the second factor.

        Raises PermissionDenied for a user who is not staff.
        """
        next_page = request.GET.get("next") or reverse("admin:index")
        if request.user.is_anonymous:
            return redirect_to_login(next_page)
        if not super().has_permission(request):
            raise PermissionDenied
        if is_proven(request):
            return redirect("admin:index")
        if not has_set_up(request):
            return redirect("mfa_activate_totp")
        logout(request)  # a session from before the second factor was set up
        return redirect_to_login(next_page)

    def logout(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Sign out by POST only, and return to the home page."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        logout(request)
        return redirect("home")
