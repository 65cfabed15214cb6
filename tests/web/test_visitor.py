"""What a visitor chooses for themself, and how it is kept."""

import re

import pytest
from django.test import Client, RequestFactory

from offer_site.web import styles
from offer_site.web.visitor import alternate_url


@pytest.mark.parametrize(
    ("header", "cookie", "home"),
    [
        ("", "", "/kk/"),
        ("ru-RU,ru;q=0.9", "", "/ru/"),
        ("kk", "", "/kk/"),
        ("en", "", "/kk/"),
        ("kk", "ru", "/ru/"),
    ],
)
def test_the_first_page_speaks_the_visitors_language(header, cookie, home):
    client = Client(headers={"accept-language": header})
    if cookie:
        client.cookies["django_language"] = cookie
    answer = client.get("/")
    assert (answer.status_code, answer["Location"]) == (302, home)
    assert {"Accept-Language", "Cookie"} <= {name.strip() for name in answer["Vary"].split(",")}


@pytest.mark.parametrize(
    ("address", "other"),
    [
        ("/kk/offer/?edition=1", "/ru/offer/?edition=1"),
        ("/verify/", "/verify/?lang=ru"),
        ("/kkk/", "/kkk/?lang=ru"),
    ],
)
def test_the_switch_leads_to_the_same_page(address, other):
    assert alternate_url(RequestFactory().get(address), "ru") == other


def test_without_a_request_the_switch_leads_home():
    assert alternate_url(None, "ru") == "/ru/"


@pytest.mark.django_db
def test_opening_the_other_language_is_remembered():
    client = Client(headers={"accept-language": "kk"})
    assert "django_language" not in client.get("/kk/").cookies
    assert client.get("/ru/").cookies["django_language"].value == "ru"
    assert client.get("/")["Location"] == "/ru/"
    assert client.get("/kk/").cookies["django_language"].value == "kk"


@pytest.mark.django_db
def test_the_theme_is_kept_and_the_visitor_stays_on_the_page():
    client = Client()
    answer = client.post("/theme/", {"theme": "dark", "next": "/kk/offer/?a=1"})
    assert (answer.status_code, answer["Location"]) == (302, "/kk/offer/?a=1")
    assert 'data-theme="dark"' in client.get("/kk/").text
    client.post("/theme/", {"theme": "anything else", "next": "/"})
    assert "data-theme" not in client.get("/kk/").text


@pytest.mark.parametrize(
    "page", ["https://elsewhere.example/", "//elsewhere.example/", "javascript:alert(1)", ""]
)
def test_the_theme_leads_nowhere_else(page):
    answer = Client().post("/theme/", {"theme": "dark", "next": page})
    assert answer["Location"] in ("/kk/", "/ru/")


def test_the_sheet_is_served_for_ever_under_its_digest():
    sheet = styles.join_css()
    answer = Client().get(f"/site.{sheet.digest}.css")
    assert answer["Cache-Control"] == styles.FOREVER
    assert answer["Content-Type"] == "text/css; charset=utf-8"
    assert answer.content == sheet.body
    assert b"url(" in sheet.body
    assert b"../fonts" not in sheet.body


def test_a_page_of_another_release_still_gets_a_sheet_but_not_for_ever():
    answer = Client(headers={"accept-encoding": "gzip"}).get("/site.00000000.css")
    assert (answer.status_code, answer["Cache-Control"], answer["Content-Encoding"]) == (
        200,
        "no-cache",
        "gzip",
    )


def test_only_the_tokens_name_colors():
    named = {
        path.name
        for path in styles.css_files()
        if re.search(r"#[0-9a-f]{3,8}\b|rgb\(", path.read_text())
    }
    assert named == {"tokens.css"}
