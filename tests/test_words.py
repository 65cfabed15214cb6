"""The words every page is made of: amounts, days, hours, clauses, and what is rendered once."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.template import Context, Template
from django.utils.safestring import mark_safe
from django.utils.translation import override

from offer_site.templatetags import once, site

EVENING = datetime(2026, 11, 22, 14, 18, tzinfo=UTC)  # 19:18 in Almaty
MIDNIGHT = datetime(2026, 11, 29, 19, tzinfo=UTC)  # 24:00 of 29.11.2026 in Almaty


def unbroken(text: str) -> str:
    return text.replace(" ", "\N{NO-BREAK SPACE}")


@pytest.mark.parametrize(
    ("amount", "words"),
    [(199990, "199 990 ₸"), (0, "0 ₸"), (Decimal("1234.50"), "1 234,50 ₸"), (-5000, "−5 000 ₸")],
)
def test_an_amount_is_grouped_and_never_broken(amount, words):
    words = unbroken(words)
    assert site.tenge(amount) == f'<data class="amount" value="{amount}">{words}</data>'
    assert site.tenge_text(amount) == words


def test_an_unknown_amount_is_nothing():
    assert (site.tenge(None), site.tenge_text(None), site.day(None), site.clock(None)) == (
        "",
        "",
        "",
        "",
    )


def test_a_moment_is_shown_as_its_day_in_almaty():
    late = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)
    assert site.day(late) == '<time datetime="2026-11-23">23.11.2026</time>'
    assert site.day(date(2026, 11, 22)) == '<time datetime="2026-11-22">22.11.2026</time>'
    assert site.clock(EVENING) == '<time datetime="2026-11-22T19:18+05:00">19:18</time>'


@pytest.mark.parametrize(("language", "words"), [("kk", "7 желтоқсанда"), ("ru", "7 декабря")])
def test_a_day_is_declined_as_the_language_asks(language, words):
    with override(language):
        said = site.day_on(date(2026, 12, 7))
    assert said == f'<time datetime="2026-12-07">{unbroken(words)}</time>'


def test_a_stretch_of_days_names_the_year_twice_only_where_it_changes():
    assert site.day_span(date(2026, 12, 7), date(2026, 12, 13)) == "07.12–13.12.2026"
    assert site.day_span(date(2026, 12, 28), date(2027, 1, 3)) == "28.12.2026–03.01.2027"


@pytest.mark.parametrize(
    ("hour", "kazakh"),
    [
        ("24:00", "24:00-ге"),
        ("22:00", "22:00-ге"),
        ("19:18", "19:18-ге"),
        ("10:03", "10:03-ке"),
        ("10:16", "10:16-ға"),
        ("21:30", "21:30-ға"),
        ("21:40", "21:40-қа"),
        ("21:50", "21:50-ге"),
    ],
)
def test_an_hour_is_declined_as_it_is_said_aloud(hour, kazakh):
    with override("kk"):
        assert site.hour_until(hour) == kazakh
    with override("ru"):
        assert site.hour_until(hour) == hour


@pytest.mark.clause("4.3")
def test_midnight_is_24_00_of_the_day_before():
    with override("ru"):
        assert "24:00" in site.until_hour(MIDNIGHT)
        assert "29.11.2026" in site.until_hour(MIDNIGHT)
        assert "29.11.2026" in site.until(MIDNIGHT)
        assert "19:18" in site.until(EVENING)


def test_a_clause_links_to_its_place_in_the_offer():
    with override("ru"):
        link = site.clause("11.5, 11.6")
    assert 'href="/ru/offer/#c-11-5"' in link
    assert "§ 11.5, 11.6</a>" in link
    with override("kk"):
        assert 'href="/kk/offer/#s-5"' in site.clause("5, 11.4")


def test_a_fold_is_rendered_once_for_each_language_and_value():
    page = Template(
        "{% once_per_language name=name %}{{ name }}{{ stranger }}{% endonce_per_language %}"
    )
    assert page.render(Context({"name": "A", "stranger": "!"})) == "A"
    assert page.render(Context({"name": "B", "stranger": "!"})) == "B"
    fold = page.nodelist[0]
    assert set(fold.rendered.values()) == {"A", "B"}
    page.render(Context({"name": "A"}))
    assert len(fold.rendered) == 2


def test_a_fold_never_takes_text_for_markup():
    page = Template("{% once_per_language name=name %}{{ name }}{% endonce_per_language %}")
    assert page.render(Context({"name": mark_safe("<b>")})) == "<b>"
    assert page.render(Context({"name": "<b>"})) == "&lt;b&gt;"


def test_a_fold_does_not_grow_without_end():
    page = Template("{% once_per_language name=name %}{{ name }}{% endonce_per_language %}")
    for number in range(3 * once.MOST_KEPT):
        assert page.render(Context({"name": number})) == str(number)
    assert len(page.nodelist[0].rendered) <= once.MOST_KEPT


def test_a_notice_escapes_its_title_and_keeps_its_block():
    page = Template("{% notice title tone='good' %}<p>{{ text }}</p>{% endnotice %}")
    said = page.render(Context({"title": "<i>", "text": "<b>"}))
    assert "&lt;i&gt;" in said
    assert "<p>&lt;b&gt;</p>" in said
    assert 'class="notice notice-good"' in said
