"""Tags of the home page: a price a month, and what stands beside a lesson."""

from django import template
from django.conf import settings
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from enrollment.forms.waiting import CONSENT
from enrollment.rules.home import a_month as price_a_month
from enrollment.rules.programme import ItemKind
from enrollment.share import SIZE, card_of
from enrollment.views.course_data import course_data, description
from enrollment.views.shop import Lesson, Shop, Week
from offer_site.languages import current_language
from offer_site.templatetags.site import day_span
from offer_site.web.search import canonical_links

register = template.Library()
AN_HOUR = 60
MOST_HEADS = 32
_heads: dict[tuple[object, ...], SafeString] = {}
LOCALES = {"kk": "kk_KZ", "ru": "ru_RU"}


@register.simple_tag
def home_head(shop: Shop, preview: object = "") -> SafeString:
    """The `<meta>`, the `<link>`s and the data of the home page."""
    if preview or shop.webinar or not shop.open:
        about = format_html('<meta name="description" content="{}">', description(shop))
        return about + SafeString('<meta name="robots" content="noindex">')
    said = _said(shop)
    head = _heads.get(said)
    if head is None:
        if len(_heads) >= MOST_HEADS:
            _heads.clear()
        about = format_html('<meta name="description" content="{}">', description(shop))
        links = canonical_links("home") + _open_graph(shop)
        head = _heads[said] = about + links + course_data(shop)
    return head


def _said(shop: Shop) -> tuple[object, ...]:
    """All that the head says; of the same it is made once a process."""
    cohort, edition = shop.cohort, shop.edition
    return (
        settings.SITE_URL,
        current_language(),
        edition and edition.pk,
        cohort and (cohort.pk, cohort.starts_on, cohort.ends_on, cohort.course.name),
        tuple((each.package.name, each.package.slug, each.price) for each in shop.packages),
        (shop.level_ends_at, shop.sold_out, len(shop.programme)),
        shop.home,
    )


def _open_graph(shop: Shop) -> SafeString:
    """What a messenger shows of a link to this page."""
    card = card_of(shop)
    if card is None:
        return SafeString("")
    site = settings.SITE_URL
    told = {
        "og:type": "website",
        "og:site_name": card.brand,
        "og:title": card.heading,
        "og:description": description(shop),
        "og:url": f"{site}{reverse('home')}",
        "og:locale": LOCALES[card.language],
        "og:image": f"{site}{reverse('share_card', args=[card.name])}",
        "og:image:width": SIZE[0],
        "og:image:height": SIZE[1],
        "og:image:alt": card.eyebrow,
    }
    return format_html_join("", '<meta property="{}" content="{}">', told.items()) + SafeString(
        '<meta name="twitter:card" content="summary_large_image">'
    )


@register.filter
def a_month(price: int, months: int | None) -> int | None:
    """`{{ price|a_month:shop.months }}`: a price over so many months."""
    return price_a_month(price, months)


@register.simple_tag
def waiting_consent() -> str:
    """The words that whoever joins the waiting list agrees to; they are recorded as they stand."""
    return str(CONSENT)


@register.simple_tag
def lesson_note(lesson: Lesson) -> str:
    """How a lesson is held or what is handed in, and how long it takes."""
    how = {
        ItemKind.LESSON.value: _("recording") if lesson.is_recorded else _("live"),
        ItemKind.ASSIGNMENT.value: _("assignment"),
        ItemKind.REPORT.value: _("report"),
    }[lesson.kind]
    long = time_taken(lesson.minutes)
    words = [long, how] if lesson.kind == ItemKind.LESSON else [how, long]
    return " · ".join(filter(None, words))


@register.simple_tag
def week_note(week: Week) -> str:
    """The days of a part, and how many lessons and works it has."""
    works = [
        ngettext("%(count)s lesson", "%(count)s lessons", week.taught) % {"count": week.taught}
        if week.taught
        else "",
        ngettext("%(count)s assignment", "%(count)s assignments", week.handed_in)
        % {"count": week.handed_in}
        if week.handed_in
        else "",
    ]
    days = day_span(week.starts_on, week.ends_on)
    return " · ".join(filter(None, [days, ", ".join(filter(None, works))]))


def time_taken(minutes: int | None) -> str:
    """Whole hours from two on as hours, all else in minutes; nothing where nobody said."""
    if not minutes:
        return ""
    if minutes > AN_HOUR and minutes % AN_HOUR == 0:
        hours = minutes // AN_HOUR
        return ngettext("%(hours)s hour", "%(hours)s hours", hours) % {"hours": hours}
    return _("%(minutes)s min") % {"minutes": minutes}
