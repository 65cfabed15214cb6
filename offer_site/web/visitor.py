"""An anonymous visitor's language and theme, each in its own cookie."""

from django.conf import settings
from django.contrib.messages.storage.cookie import CookieStorage
from django.contrib.messages.storage.fallback import FallbackStorage
from django.contrib.messages.storage.session import SessionStorage
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.locale import LocaleMiddleware
from django.urls import get_script_prefix
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.translation import get_language_from_request

from offer_site.languages import Language

ONE_YEAR = 365 * 24 * 60 * 60
THEMES = ("light", "dark")
THEME_COOKIE = "theme"


def cookie_name(name: str) -> str:
    """The name under which browsers keep a cookie of ours: over https it is bound to this host."""
    return f"{settings.COOKIE_PREFIX}{name}"


class MessageCookies(CookieStorage):
    def __init__(self, request: HttpRequest) -> None:
        super().__init__(request)
        self.cookie_name = cookie_name("messages")


class MessagesOfAVisitor(FallbackStorage):
    """Django's own, in a cookie that is bound to this host."""

    storage_classes = (MessageCookies, SessionStorage)


def language_of_path(path: str) -> str:
    """The language prefix of a page's address; empty if it has none."""
    language = path[1:3]
    slash = path[3:4]
    return language if slash == "/" and language in Language.values else ""


def preferred_language(request: HttpRequest) -> str:
    """The language chosen before, else the browser's, else Kazakh."""
    return get_language_from_request(request)


def theme_of(request: HttpRequest) -> str:
    """The theme the visitor chose; empty when the device decides."""
    theme = request.COOKIES.get(cookie_name(THEME_COOKIE), "")
    return theme if theme in THEMES else ""


def choose_theme(request: HttpRequest, theme: str) -> None:
    """Draw the answer to this very request in a theme."""
    request.COOKIES[cookie_name(THEME_COOKIE)] = theme


def keep_language(response: HttpResponseBase, language: str) -> None:
    """Store the language for a year."""
    keep(response, settings.LANGUAGE_COOKIE_NAME, language)


def keep_theme(response: HttpResponseBase, theme: str) -> None:
    """Store the theme for a year; any other word returns the choice to the device."""
    if theme in THEMES:
        keep(response, cookie_name(THEME_COOKIE), theme)
    else:
        response.delete_cookie(cookie_name(THEME_COOKIE), samesite="Lax")


def keep(response: HttpResponseBase, cookie: str, value: str) -> None:
    response.set_cookie(
        cookie,
        value,
        max_age=ONE_YEAR,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def alternate_url(request: HttpRequest | None, language: str) -> str:
    """The address of the same page in another language.

    Pages of both languages differ only by their prefix. A page without a prefix takes the language
    as `?lang=`.
    """
    if request is None:
        return f"{get_script_prefix()}{language}/"
    if language_of_path(request.path_info):
        query = request.META.get("QUERY_STRING", "")
        return (
            f"{get_script_prefix()}{language}{request.path_info[3:]}{'?' + query if query else ''}"
        )
    return f"{request.path}?lang={language}"


class LanguageMiddleware(LocaleMiddleware):
    """The language of the page's address, stored when the visitor changed it."""

    def process_request(self, request: HttpRequest) -> None:
        asked = request.GET.get("lang", "")
        language = language_of_path(request.path_info) or (
            asked if asked in Language.values else ""
        )
        request.language_chosen = language  # type: ignore[attr-defined]
        translation.activate(language or preferred_language(request))
        request.LANGUAGE_CODE = translation.get_language()

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        response = super().process_response(request, response)
        if response.get("Content-Type", "").startswith("text/html"):
            patch_vary_headers(response, ("Cookie",))  # the theme, and who is signed in
        chosen = getattr(request, "language_chosen", "")
        if chosen and request.method == "GET" and response.status_code == 200:
            kept = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME)
            if kept != chosen and (kept or preferred_language(request) != chosen):
                keep_language(response, chosen)
        return response
