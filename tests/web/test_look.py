"""The look: its files, its gallery, its icons, its fonts and its one script."""

import re
from collections.abc import Iterable
from pathlib import Path

import pytest
from django.template import engines
from django.test import Client
from fontTools.ttLib import TTFont

from enrollment.forms import checkout, report
from offer_site.pages import states
from offer_site.templatetags.site import NOTICE_ICONS, THEME_COLORS
from offer_site.web import gallery
from tests.processes import PROJECT

STATIC = PROJECT / "offer_site" / "static"
TEMPLATES = PROJECT / "templates"
LARGEST_SCRIPT = 3000  # bytes
DIGIT_ONE = {400: 300, 600: 326, 700: 337}  # widths without a hole after it, of 1000
DRAWN_BY_THE_PAGE = {"footer"}  # the gallery itself has one
ICON_TAGS = (
    r'{% icon "([a-z-]+)"',
    r'{% status [^%]*"([a-z-]+)" %}',
    r'{% way [^%]*? "([a-z-]+)"[ %]',
    r'icon_name="([a-z-]+)"',
    r'symbol="([a-z-]+)"',
)


@pytest.fixture
def shown(db, settings):
    settings.DEBUG = True
    return Client().get("/dev/gallery/").text


def test_the_gallery_shows_every_component_in_both_languages(shown):
    files = {path.stem for path in gallery.component_files()}
    entries = {path.stem for path in (TEMPLATES / "dev" / "gallery").glob("*.html")}
    assert entries == files, "a component without an entry, or an entry without a component"
    for name in files:
        assert f'id="{name}.css"' in shown
    assert shown.count('<div class="stack" lang="kk">') == len(files)
    assert shown.count('<div class="stack" lang="ru">') == len(files)


def test_every_component_says_what_it_is_for():
    for path in gallery.component_files():
        assert len(gallery.purpose_of(path)) > 30, path.name


def test_an_entry_uses_its_component(shown):
    """Some class that a file styles stands in what its entry draws."""
    for each in gallery.component_files():
        if each.stem in DRAWN_BY_THE_PAGE:
            continue
        styled = set(re.findall(r"\.([a-z][a-z-]+)", each.read_text()))
        section = shown.partition(f'id="{each.name}"')[2].partition("</section>\n  \n")[0]
        used = set(" ".join(re.findall(r'class="([^"]*)"', section)).split())
        assert styled & used, each.name


def test_the_gallery_is_for_developers(db):
    client = Client()
    assert client.get("/dev/gallery/").status_code == 404
    assert client.get("/dev/gallery/state/").status_code == 404


def test_the_gallery_shows_either_theme(db, settings):
    settings.DEBUG = True
    assert 'data-theme="dark"' in Client().get("/dev/gallery/?theme=dark").text
    assert "data-theme=" not in Client().get("/dev/gallery/?theme=other").text


def test_every_color_of_the_tokens_has_a_swatch():
    css = (STATIC / "css" / "gallery.css").read_text()
    assert {"paper", "ink", "sky", "saffron", "bad-tint"} <= set(gallery.colors())
    for color in gallery.colors():
        assert f".swatch-{color} {{" in css


# --- Icons
def icons_of_templates() -> Iterable[tuple[str, str]]:
    for path in TEMPLATES.rglob("*.html"):
        text = path.read_text()
        for tag in ICON_TAGS:
            for name in re.findall(tag, text):
                yield name, path.name


def test_every_icon_that_a_page_shows_is_in_the_sprite():
    there = set(gallery.icon_names())
    tones = {"good", "care", "bad", "off"}
    named = {(name, place) for name, place in icons_of_templates() if name not in tones}
    named |= {(name, "notice") for name in NOTICE_ICONS.values()}
    for looks in vars(states).values():
        if isinstance(looks, dict):
            named |= {
                (look.icon, "states") for look in looks.values() if isinstance(look, states.Look)
            }
    for module in (checkout, report):
        for source in re.findall(r"icons=\{([^}]*)\}", Path(module.__file__).read_text()):
            named |= {(name, module.__name__) for name in re.findall(r': "([a-z-]+)"', source)}
    assert len(named) > 50
    assert {(name, place) for name, place in named if name and name not in there} == set()


# --- Fonts
@pytest.mark.parametrize(
    ("folder", "kind", "weights"),
    [("fonts", "woff2", {400, 600}), ("pdf/fonts", "ttf", {400, 600, 700})],
)
def test_a_code_has_no_hole_after_a_one(folder, kind, weights):
    found = {}
    for path in (STATIC / folder).glob(f"onest-*.{kind}"):
        font = TTFont(path)
        one = font["hmtx"][font.getBestCmap()[ord("1")]]
        found[int(path.stem.removeprefix("onest-"))] = one[0]
    assert found == {weight: DIGIT_ONE[weight] for weight in weights}


def test_a_page_loads_two_weights_and_both_before_it_is_drawn(db):
    page = Client().get("/kk/").text
    ahead = re.findall(r'rel="preload" href="[^"]*/onest-(\d+)[^"]*"', page)
    assert sorted(ahead) == ["400", "600"]
    sheet = Client().get(re.search(r'href="(/site\.[^"]+)"', page)[1]).text
    assert sorted(set(re.findall(r"onest-(\d+)[^)]*woff2", sheet))) == ["400", "600"]


def test_the_color_around_a_page_is_its_paper(db):
    tokens = (STATIC / "css" / "tokens.css").read_text()
    light, dark = re.search(
        r"--paper: var\(--if-light, (#\w+)\) var\(--if-dark, (#\w+)\)", tokens
    ).groups()
    assert {"light": light, "dark": dark} == THEME_COLORS
    client = Client()
    assert client.get("/kk/").text.count('name="theme-color"') == 2
    client.post("/theme/", {"theme": "dark", "next": "/kk/"})
    assert f'<meta name="theme-color" content="{dark}">' in client.get("/kk/").text


# --- The script
def test_the_script_is_small():
    assert (STATIC / "js" / "site.js").stat().st_size <= LARGEST_SCRIPT


def test_only_a_page_that_has_something_for_the_script_loads_it(shown):
    assert shown.count("<script") == 1
    assert 'integrity="sha384-' in shown
    for path in ("/kk/", "/ru/offer/", "/kk/sign-in/"):
        assert "<script" not in Client().get(path).text


@pytest.mark.parametrize(
    ("words", "asks"),
    [
        ('{% copy "Сома" 149990 "149 990 ₸" %}', True),
        ('{% live "/state/" "awaiting" "Төлем жоқ" %}', True),
        ('{% ask "Бас тарту" %}<p>Сөз</p>{% endask %}', False),
    ],
)
def test_a_part_that_the_script_helps_asks_for_it(rf, words, asks):
    request = rf.get("/")
    template = engines["django"].from_string(f"{words}{{% site_script %}}")
    assert ("js/site" in template.render({}, request)) is asks


def test_parts_escape_what_they_are_given(rf):
    template = engines["django"].from_string(
        "{% copy label value %}{% live '/' 'a' value %}"
        "{% ask value %}{{ value }}{% endask %}{% way value 'card' note=value %}x{% endway %}"
    )
    drawn = template.render({"label": "<b>", "value": '<i>"'}, rf.get("/"))
    assert "<b>" not in drawn
    assert "<i>" not in drawn
    assert 'data-copy="&lt;i&gt;&quot;"' in drawn


def test_buttons_that_need_a_script_are_hidden_until_it_has_come(rf):
    drawn = engines["django"].from_string("{% copy_button 1 %}").render({}, rf.get("/"))
    assert re.search(r"<button [^>]*\bhidden>", drawn)
