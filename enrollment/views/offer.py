"""The offer's pages: every edition, in both languages or one, and its files (12.2.2)."""

from functools import lru_cache

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from enrollment.models import Edition, EditionFile
from enrollment.operations.offering.offers import PAPER, texts_of
from enrollment.rules.offer_text import paired
from offer_site.days import almaty_day
from offer_site.languages import current_language, reading_order
from offer_site.web.downloads import download

VIEWS = ("both", "kk", "ru")
CONTENT_TYPES = {".pdf": "application/pdf", ".md": "text/markdown; charset=utf-8"}


@require_safe
def offer(request: HttpRequest, name: str = "") -> HttpResponse:
    """Show an edition, clause beside clause; an older one says that it is not in force (12.2.3).

    One that takes effect later is there from its publication, and says so.
    """
    at = timezone.now()
    today = almaty_day(at)
    editions = list(
        Edition.objects.by_effect(at).with_withdrawal().select_related("academy").defer("terms")
    )
    coming = [edition for edition in editions if edition.effective_from > today]
    in_force = next((edition for edition in editions if edition not in coming), None)
    shown = (
        next((edition for edition in editions if edition.name == name), None)
        if name
        else in_force or next(iter(editions), None)
    )
    if name and shown is None:
        raise Http404
    chosen = request.GET.get("view", "")
    context = {
        "shown": shown,
        "in_force": in_force,
        "coming": coming[::-1],
        "academy": (in_force or shown).academy if shown else None,
        "editions": editions,
        "view": chosen if chosen in VIEWS else "both",
        "today": today,
    }
    if shown:
        context["legal"] = _legal(
            shown, (shown.kk_sha256, shown.ru_sha256), context["view"], current_language()
        )
    return render(request, "enrollment/offer.html", context)


@require_safe
def offer_pdf(request: HttpRequest, name: str = "") -> HttpResponse:
    """Download both texts of an edition as one PDF, always the same bytes (12.2.2)."""
    return _file(request, _edition(name), PAPER)


@require_safe
def offer_text(request: HttpRequest, name: str, language: str) -> HttpResponse:
    """Download one text as it was published, so that anyone can check its SHA-256 (12.2.2)."""
    return _file(request, _edition(name), f"{language}.md")


def _edition(name: str) -> Edition:
    at = timezone.now()
    published = Edition.objects.by_effect(at).defer("terms")
    if name:
        return get_object_or_404(published, name=name)
    current = Edition.objects.in_force(at).defer("terms").first() or published.first()
    if current is None:
        raise Http404
    return current


def _file(request: HttpRequest, edition: Edition, name: str) -> HttpResponse:
    file = get_object_or_404(EditionFile, edition=edition, name=name)
    unchanged = get_conditional_response(request, etag=f'"{file.sha256}"')
    if unchanged:
        return unchanged
    suffix = name[name.rindex(".") :]
    saved_as = f"offer-{edition.name}{suffix}" if name == PAPER else f"offer-{edition.name}.{name}"
    response = download(
        bytes(file.content), saved_as, content_type=CONTENT_TYPES[suffix], private=False
    )
    response.headers["ETag"] = f'"{file.sha256}"'
    return response


@lru_cache(maxsize=24)
def _legal(edition: Edition, digests: tuple[str, str], view: str, language: str) -> SafeString:
    """The text of an edition, rendered once a process: its bytes never change."""
    texts = texts_of(edition)
    languages = reading_order(language) if view == "both" else (view,)
    chosen = {code: texts[code] for code in languages}
    context = {
        "single": view != "both",
        "titles": {code: text.title for code, text in chosen.items()},
        "preamble": {code: text.preamble for code, text in chosen.items()},
        "sections": paired(chosen),
        "contents": paired({languages[0]: texts[languages[0]]}),
    }
    return SafeString(render_to_string("enrollment/offer_legal.html", context))
