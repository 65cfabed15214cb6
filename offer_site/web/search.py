"""What search engines ask for: which pages there are, in which languages, and which are not."""

from functools import lru_cache

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from offer_site.languages import Language, current_language, speaking

# Pages that are found by searching; all others are somebody's, or lead to one.
FOUND = ("home", "offer")
# Nothing is hidden by it: it saves engines a walk through pages that say `noindex` or ask a code.
NOT_WALKED = ("/admin/", "/callbacks/", "/dev/", "/sandbox/")


def addresses(name: str) -> list[tuple[str, str]]:
    """The address of a page in each language, and the one for whoever has none of them."""
    found = []
    for language in Language.values:
        with speaking(language):
            found.append((language, f"{settings.SITE_URL}{reverse(name)}"))
    anybody = f"{settings.SITE_URL}/" if name == "home" else found[0][1]
    return [*found, ("x-default", anybody)]


def canonical_links(name: str) -> SafeString:
    """The `<link>`s of a page that is found by searching, in the language of the page."""
    return _links(name, current_language(), settings.SITE_URL)


@lru_cache(maxsize=16)
def _links(name: str, language: str, site: str) -> SafeString:
    links = addresses(name)
    own = dict(links)[language]
    return format_html_join(
        "\n",
        '<link rel="{}"{} href="{}">',
        [
            ("canonical", "", own),
            *(
                ("alternate", format_html_join("", ' hreflang="{}"', [(code,)]), address)
                for code, address in links
            ),
        ],
    )


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    lines = [
        "User-agent: *",
        *(f"Disallow: {path}" for path in NOT_WALKED),
        "",
        f"Sitemap: {settings.SITE_URL}{reverse('sitemap')}",
    ]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")


@require_safe
def sitemap(request: HttpRequest) -> HttpResponse:
    """Each page in each language, with its address in the other one."""
    pages = []
    for name in FOUND:
        links = addresses(name)
        others = format_html_join(
            "", '<xhtml:link rel="alternate" hreflang="{}" href="{}"/>', links
        )
        pages += [(address, others) for code, address in links if code != "x-default"]
    body = format_html_join("", "<url><loc>{}</loc>{}</url>\n", pages)
    return HttpResponse(
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
        f'xmlns:xhtml="http://www.w3.org/1999/xhtml">\n{body}</urlset>\n',
        content_type="application/xml; charset=utf-8",
    )
