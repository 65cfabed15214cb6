"""The course for machines: schema.org's Course and Offer, and a description with the price's day.

Nothing stands here that the page does not say in words.
"""

import json
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from offer_site.days import day_in_words, last_day
from offer_site.languages import current_language
from offer_site.money import tenge_text

from .shop import Shop

CURRENCY = "KZT"
# In a page, data must not be able to end the element that holds them.
UNSAFE = {ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"}


def description(shop: Shop) -> str:
    """The course in one sentence, with its price and the day until which it holds."""
    if not shop.open or not shop.packages or shop.cohort is None:
        return _("SMMARKETING online course")
    language = current_language()
    facts = {
        "duration": shop.duration_label,
        "price": tenge_text(shop.packages[0].price),
        "start": day_in_words(shop.cohort.starts_on, language),
    }
    if shop.level_ends_at is None:
        return (
            _("The SMMARKETING online course: %(duration)s, three packages, from %(price)s.")
            % facts
        )
    facts["day"] = day_in_words(last_day(shop.level_ends_at), language)
    return (
        _(
            "The SMMARKETING online course: %(duration)s, three packages. Until the end of %(day)s "
            "it costs from %(price)s. Lessons begin on %(start)s."
        )
        % facts
    )


def course_data(shop: Shop) -> SafeString:
    """JSON-LD of the course on sale; nothing while nothing is sold."""
    if not shop.open or not shop.packages or shop.cohort is None or shop.edition is None:
        return SafeString("")
    cohort = shop.cohort
    academy = shop.edition.academy
    until = last_day(shop.level_ends_at).isoformat() if shop.level_ends_at else ""
    return _as_json(
        current_language(),
        cohort.course.name,
        description(shop),
        (academy.brand, academy.email),
        (cohort.starts_on.isoformat(), cohort.ends_on.isoformat()),
        (shop.home["hours"], len(shop.programme)),
        tuple((each.package.name, each.package.slug, each.price) for each in shop.packages),
        (until, not shop.sold_out),
    )


@lru_cache(maxsize=64)
def _as_json(
    language: str,
    name: str,
    words: str,
    academy: tuple[str, str],
    days: tuple[str, str],
    work: tuple[int | None, int],
    packages: tuple[tuple[str, str, int], ...],
    state: tuple[str, bool],
) -> SafeString:
    site = settings.SITE_URL
    url = f"{site}{reverse('home')}"
    brand, email = academy
    starts_on, ends_on = days
    hours, weeks = work
    instance: dict[str, Any] = {
        "@type": "CourseInstance",
        "courseMode": "Online",
        "startDate": starts_on,
        "endDate": ends_on,
    }
    if hours and weeks:
        instance["courseSchedule"] = {
            "@type": "Schedule",
            "duration": f"PT{hours}H",
            "repeatFrequency": "Weekly",
            "repeatCount": weeks,
        }
    until, is_free = state
    offers = [
        {
            "@type": "Offer",
            "name": package,
            "category": "Paid",
            "price": str(price),
            "priceCurrency": CURRENCY,
            "availability": f"https://schema.org/{'InStock' if is_free else 'SoldOut'}",
            "url": f"{site}{reverse('checkout', args=[slug])}",
            **({"priceValidUntil": until} if until else {}),
        }
        for package, slug, price in packages
    ]
    course = {
        "@context": "https://schema.org",
        "@type": "Course",
        "name": name,
        "description": words,
        "url": url,
        "provider": {"@type": "Organization", "name": brand, "url": f"{site}/", "email": email},
        "hasCourseInstance": [instance],
        "offers": offers,
    }
    data = json.dumps(course, ensure_ascii=False).translate(UNSAFE)
    return SafeString(f'<script type="application/ld+json">{data}</script>')
