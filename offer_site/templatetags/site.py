"""Tags of every page: amounts, days, icons, clauses; built as strings, as a page has hundreds."""

from base64 import b64encode
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from hashlib import sha384
from pathlib import Path
from typing import Any

from django import template
from django.contrib.staticfiles import finders
from django.templatetags.static import static
from django.urls import reverse
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext, override

from offer_site.days import ALMATY, MONTHS, almaty_day, short_day
from offer_site.days import day_on as day_on_in
from offer_site.languages import current_language, other_language
from offer_site.money import NO_BREAK_SPACE
from offer_site.money import tenge_text as amount_in_words
from offer_site.web.search import canonical_links
from offer_site.web.styles import stylesheet_url
from offer_site.web.visitor import alternate_url, theme_of

from .once import once_per_language

register = template.Library()

# The dative of the number spoken last: 3 үшке, 6 алтыға, 40 қырыққа; all others take «ге».
DATIVE = {3: "ке", 4: "ке", 5: "ке", 6: "ға", 9: "ға", 10: "ға", 20: "ға", 30: "ға", 40: "қа"}
ONE_MOMENT = timedelta(microseconds=1)


# --- Scripts
@register.simple_tag
def script(name: str) -> SafeString:
    """A module of ours, which browsers run only as it was shipped: `{% script "js/drop.js" %}`."""
    return format_html(
        '<script type="module" src="{}" integrity="sha384-{}"></script>',
        static(name),
        digest_of_static(name),
    )


@lru_cache(maxsize=32)
def digest_of_static(name: str) -> str:
    """The SHA-384 of a file as it is served; scripts are served as they were written."""
    path = finders.find(name)
    if not isinstance(path, str):
        raise FileNotFoundError(name)
    return b64encode(sha384(Path(path).read_bytes()).digest()).decode()


# A request that carries this wants site.js: a tag on its page has something for it to do.
WANTS_SCRIPT = "_wants_site_script"


@register.simple_tag(takes_context=True)
def wants_script(context: template.Context) -> str:
    """Say that this page has a button or line that `site.js` helps; `copy`, `live` say so too.

    Never inside `once_per_language`, which keeps words and forgets what they asked for.
    """
    request = getattr(context, "request", None) or context.get("request")
    if request is not None:
        setattr(request, WANTS_SCRIPT, True)
    return ""


@register.simple_tag(takes_context=True)
def site_script(context: template.Context) -> SafeString:
    """`site.js`, at the end of those pages alone that have something for it to do."""
    request = getattr(context, "request", None) or context.get("request")
    wanted = getattr(request, WANTS_SCRIPT, False)
    return script("js/site.js") if wanted else SafeString("")


# --- Amounts
@register.filter
@lru_cache(maxsize=1024)
def tenge(amount: int | Decimal | None) -> SafeString:
    """An amount as `<data>`: `{{ order.price|tenge }}` gives 199 990 ₸ with no-break spaces."""
    if amount is None:
        return SafeString("")
    return SafeString(f'<data class="amount" value="{amount}">{amount_in_words(amount)}</data>')


@register.filter
def tenge_text(amount: int | Decimal | None) -> str:
    """An amount as plain text, for titles, attributes and letters."""
    return "" if amount is None else amount_in_words(amount)


# --- Days
def day_of(value: date | datetime) -> date:
    """The Almaty day of a moment; a day stays as it is."""
    return almaty_day(value) if isinstance(value, datetime) else value


@register.filter
def day(value: date | datetime | None) -> SafeString:
    """An Almaty day as `<time>`: `{{ cohort.starts_on|day }}` gives 22.11.2026."""
    return numbered_day(day_of(value)) if value else SafeString("")


@lru_cache(maxsize=1024)
def numbered_day(value: date) -> SafeString:
    return time_element(value, short_day(value))


@register.filter
def day_on(value: date | datetime | None) -> SafeString:
    """The day on which something happens: «7 желтоқсанда», «7 декабря»."""
    if not value:
        return SafeString("")
    moment = day_of(value)
    return time_element(moment, day_on_in(moment, current_language()))


@register.filter
def iso_day_on(value: str) -> str:
    """The same as plain words, of a day as letters keep it: 2026-12-07."""
    return day_on_in(date.fromisoformat(value), current_language())


@register.filter
def day_named(value: date | datetime | None) -> SafeString:
    """A day of the coming months, named: «7 желтоқсан», «7 декабря»."""
    if not value:
        return SafeString("")
    moment = day_of(value)
    month = MONTHS[current_language()][moment.month - 1]
    return time_element(moment, f"{moment.day}{NO_BREAK_SPACE}{month}")


@register.filter
def day_span(first: date, last: date) -> SafeString:
    """Two days: 07.12–13.12.2026; with both years where they differ."""
    start = short_day(first) if first.year != last.year else short_day(first)[:5]
    return SafeString(f"{start}–{short_day(last)}")


@register.filter
def clock(value: datetime | None) -> SafeString:
    """The hour and minute in Almaty: 18:48."""
    if not value:
        return SafeString("")
    moment = value.astimezone(ALMATY)
    return SafeString(
        f'<time datetime="{moment.isoformat(timespec="minutes")}">{moment:%H:%M}</time>'
    )


@register.filter
def until(value: datetime | None) -> SafeString:
    """The end of a deadline: its last day, or the hour if it ends within a day."""
    if not value:
        return SafeString("")
    if almaty_day(value) == almaty_day(value - ONE_MOMENT):
        return until_hour(value)
    return SafeString(gettext("through %(day)s") % {"day": day(value - ONE_MOMENT)})


@register.filter
def until_hour(value: datetime | None) -> SafeString:
    """The end of a deadline with its hour; midnight is 24:00 of the day before."""
    if not value:
        return SafeString("")
    moment = value.astimezone(ALMATY)
    last = value - ONE_MOMENT
    hour = "24:00" if almaty_day(last) != almaty_day(value) else f"{moment:%H:%M}"
    return SafeString(
        gettext("until %(hour)s on %(day)s") % {"hour": hour_until(hour), "day": day(last)}
    )


@register.filter
def until_named(value: datetime | None) -> SafeString:
    """The same with the month's name, without a year: «29 қараша күні 24:00-ге дейін»."""
    if not value:
        return SafeString("")
    moment = value.astimezone(ALMATY)
    last = value - ONE_MOMENT
    hour = "24:00" if almaty_day(last) != almaty_day(value) else f"{moment:%H:%M}"
    return SafeString(
        gettext("until %(hour)s of %(day)s") % {"hour": hour_until(hour), "day": day_named(last)}
    )


@register.filter
def hour_until(hour: str) -> str:
    """An hour declined for «дейін», as spoken: «24:00-ге», «19:40-қа»; unchanged in Russian."""
    if current_language() != "kk":
        return hour
    minutes = int(hour[-2:])
    spoken_last = minutes % 10 or minutes
    return f"{hour}-{DATIVE.get(spoken_last, 'ге')}"


def time_element(value: date, text: str) -> SafeString:
    return SafeString(f'<time datetime="{value.isoformat()}">{text}</time>')


# --- Languages
@register.filter
def spoken(thing: Any, field: str) -> str:
    """A field kept in both languages: `{{ academy|spoken:"address" }}` is `address_kk` or `_ru`."""
    return getattr(thing, f"{field}_{current_language()}", "")


@register.simple_tag(takes_context=True)
def html_attributes(context: template.Context) -> SafeString:
    """The language of `<html>` and the theme; without a chosen theme the device decides."""
    request = context.get("request")
    theme = theme_of(request) if request else ""
    chosen = f' data-theme="{theme}"' if theme else ""
    return SafeString(f'lang="{current_language()}"{chosen}')


# What stands around the page in a browser: the paper of tokens.css, which a test compares.
THEME_COLORS = {"light": "#f9f5ed", "dark": "#0f181e"}


@register.simple_tag(takes_context=True)
def theme_colors(context: template.Context) -> SafeString:
    """`<meta name="theme-color">`: of the chosen theme, or one for each that a device may want."""
    request = context.get("request")
    theme = theme_of(request) if request else ""
    if theme:
        return format_html('<meta name="theme-color" content="{}">', THEME_COLORS[theme])
    return EITHER_THEME


EITHER_THEME = format_html_join(
    "",
    '<meta name="theme-color" media="(prefers-color-scheme: {})" content="{}">',
    THEME_COLORS.items(),
)


@register.simple_tag(takes_context=True)
def language_switch(context: template.Context) -> SafeString:
    """A link to this page in the other language; Kazakh stands first.

    On a page with `form_id` it is a button of that form, so that nothing typed is lost; before it
    stands the button that the Enter key presses.
    """
    other = other_language()
    url = context.get("alternate_url") or alternate_url(context.get("request"), other)
    form = context.get("form_id", "")
    switch = LANGUAGE_BUTTON if form else LANGUAGE_SWITCH
    return SafeString(switch[other].format(escape(url), escape(form), gettext("Send")))


# The links of a page that is found by searching: `{% canonical_links "offer" %}`.
register.simple_tag(canonical_links)

# The language that the page is not in: `{% other_language as other %}`.
register.simple_tag(other_language)

LANGUAGE_SWITCH = {
    "ru": (
        '<span aria-current="true" lang="kk">ҚАЗ</span>'
        '<a href="{0}" lang="ru" hreflang="ru">РУС</a>'
    ),
    "kk": (
        '<a href="{0}" lang="kk" hreflang="kk">ҚАЗ</a>'
        '<span aria-current="true" lang="ru">РУС</span>'
    ),
}

ENTER = (
    '<button type="submit" form="{1}" class="hidden-label" tabindex="-1" aria-hidden="true">'
    "{2}</button>"
)
LANGUAGE_BUTTON = {
    "ru": (
        f'{ENTER}<span aria-current="true" lang="kk">ҚАЗ</span>'
        '<button type="submit" form="{1}" formaction="{0}" name="show_in" value="ru" lang="ru">'
        "РУС</button>"
    ),
    "kk": (
        f'{ENTER}<button type="submit" form="{{1}}" formaction="{{0}}" name="show_in" value="kk" '
        'lang="kk">ҚАЗ</button><span aria-current="true" lang="ru">РУС</span>'
    ),
}


register.tag(once_per_language)


# --- Small components
@register.simple_tag
@lru_cache(maxsize=256)
def icon(name: str, classes: str = "") -> SafeString:
    """An icon of the sprite, hidden from screen readers: `{% icon "go" "icon-go" %}`."""
    return format_html(
        '<svg class="icon{}" aria-hidden="true"><use href="{}#{}"/></svg>',
        f" {classes}" if classes else "",
        static("img/sprite.svg"),
        name,
    )


@register.simple_tag
@lru_cache(maxsize=64)
def mark() -> SafeString:
    """The academy's logo."""
    return format_html(
        '<svg aria-hidden="true"><use href="{}#mark"/></svg>', static("img/sprite.svg")
    )


@register.simple_tag
@lru_cache(maxsize=64)
def horns() -> SafeString:
    """The large қошқар мүйіз; it stands on an empty field of sky, never under words."""
    return format_html(
        '<svg class="ornament ornament-large" viewBox="0 0 520 520" aria-hidden="true"><use '
        'href="{}#horns"/></svg>',
        static("img/sprite.svg"),
    )


@register.simple_tag
def clause(numbers: str) -> SafeString:
    """A link to a clause: `{% clause "4.3.1" %}`; of "11.5, 11.6" to the first one."""
    return clause_link(numbers, current_language())


@lru_cache(maxsize=512)
def clause_link(numbers: str, language: str) -> SafeString:
    with override(language):
        return format_html(
            '<a class="clause" href="{}" aria-label="{}">§ {}</a>',
            clause_url(numbers),
            gettext("Offer, clause %(clause)s") % {"clause": numbers},
            numbers,
        )


@register.simple_tag
def clause_url(numbers: str) -> str:
    """The address of a clause on the offer's page; a whole section has one number."""
    first = numbers.split(",")[0].strip()
    return f"{reverse('offer')}#{'c' if '.' in first else 's'}-{first.replace('.', '-')}"


@register.simple_tag
def site_css_url() -> str:
    return stylesheet_url()


NOTICE_ICONS = {"": "info", "good": "paid", "care": "clock", "bad": "alert"}


@register.simple_block_tag
def notice(
    content: str, title: object = "", tone: str = "", icon_name: str = "", role: str = ""
) -> SafeString:
    """A message in a page: `{% notice _("Saved") tone="good" %}<p>…</p>{% endnotice %}`.

    Tones: none, good, care, bad; `icon_name` and `role` (alert, status) are optional. The title is
    bold text, not a heading, so that a notice may stand anywhere in a page's outline.
    """
    return format_html(
        '<div class="notice{}"{}>{}{}{}</div>',
        f" notice-{tone}" if tone else "",
        format_html(' role="{}"', role) if role else "",
        icon(icon_name or NOTICE_ICONS[tone]),
        format_html('<p class="notice-title">{}</p>', title) if title else "",
        mark_safe(content),  # noqa: S308  the block was escaped when it was rendered
    )


@register.simple_tag
def marked(pieces: Iterable[tuple[str, bool]], tag: str) -> SafeString:
    """Words of two versions: `{% marked change.before "del" %}` marks the pieces that differ."""
    opened = SafeString(f"<{tag}>")
    closed = SafeString(f"</{tag}>")
    shown = ((opened, text, closed) if differs else ("", text, "") for text, differs in pieces)
    return format_html_join(" ", "{}{}{}", shown)


@register.simple_tag
def status(text: object, tone: str = "", icon_name: str = "") -> SafeString:
    """A state by word, icon and colour: `{% status _("Paid") "good" "paid" %}`.

    Tones: good, care, bad, off.
    """
    return format_html(
        '<span class="status{}">{}{}</span>',
        f" status-{tone}" if tone else "",
        icon(icon_name) if icon_name else "",
        text,
    )


@register.simple_block_tag
def row(content: str, term: object) -> SafeString:
    """A term and its value in `<dl class="rows">`: `{% row _("Amount") %}…{% endrow %}`."""
    return format_html(
        "<div><dt>{}</dt><dd>{}</dd></div>",
        term,
        mark_safe(content.strip()),  # noqa: S308  the block was escaped when it was rendered
    )
