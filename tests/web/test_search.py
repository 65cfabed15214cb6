"""What search engines read: addresses in both languages, and the course as data."""

import json
import re
from datetime import timedelta
from xml.etree import ElementTree

import pytest
import time_machine
from django.conf import settings as site
from django.test import Client

from enrollment.models import Edition, PriceWindow
from enrollment.operations.offering.offers import withdraw_offer
from enrollment.rules.prices import webinar_code
from tests.given import NOON, a_cohort, a_home_page, a_paid_order, an_owner

NOINDEX = '<meta name="robots" content="noindex">'


@pytest.fixture(autouse=True)
def noon(time_machine):
    time_machine.move_to(NOON, tick=False)


def page(path="/kk/", **query):
    return Client().get(path, query).content.decode()


def data(text):
    return json.loads(
        re.search(r'<script type="application/ld\+json">(.*?)</script>', text, re.S)[1]
    )


@pytest.mark.parametrize(("path", "language"), [("/kk/", "kk"), ("/ru/", "ru")])
def test_a_page_names_its_address_in_each_language(db, settings, path, language):
    settings.SITE_URL = "https://academy.example.kz"
    a_cohort()
    links = dict(
        re.findall(r'<link rel="alternate" hreflang="([a-z-]+)" href="([^"]+)"', page(path))
    )
    assert links == {
        "kk": "https://academy.example.kz/kk/",
        "ru": "https://academy.example.kz/ru/",
        "x-default": "https://academy.example.kz/",
    }
    assert f'<link rel="canonical" href="{links[language]}">' in page(path)
    assert f'<link rel="canonical" href="{links[language]}">' in page(path, utm_source="instagram")
    offer = page(f"{path}offer/")
    assert f'rel="canonical" href="https://academy.example.kz{path}offer/"' in offer


def test_a_page_that_not_everybody_sees_is_not_found(db):
    cohort = a_cohort()
    assert NOINDEX not in page()
    code = webinar_code(
        secret=site.SECRET_KEY, cohort_id=cohort.pk, ends_at=NOON + timedelta(hours=1)
    )
    for text in (page(webinar=code), page(webinar="W")):
        assert NOINDEX in text
        assert "canonical" not in text
        assert "ld+json" not in text
    withdraw_offer(edition=Edition.objects.get(), reason="2.4", by=an_owner(), at=NOON)
    assert NOINDEX in page()
    assert "ld+json" not in page()


@pytest.mark.clause("4.1")
def test_the_course_is_told_as_data_with_the_prices_of_the_page(db):
    cohort = a_cohort(seats=1)
    a_home_page(cohort)
    told = data(page("/ru/"))
    assert (told["@type"], told["name"]) == ("Course", cohort.course.name)
    assert [(each["name"], each["price"], each["priceCurrency"]) for each in told["offers"]] == [
        ("ӨЗІМ", "99990", "KZT"),
        ("БІРГЕ", "149990", "KZT"),
        ("VIP", "259990", "KZT"),
    ]
    assert {each["priceValidUntil"] for each in told["offers"]} == {"2026-11-29"}
    assert {each["availability"] for each in told["offers"]} == {"https://schema.org/InStock"}
    (instance,) = told["hasCourseInstance"]
    assert (instance["startDate"], instance["courseSchedule"]["duration"]) == (
        "2026-12-07",
        "PT4H",
    )
    a_paid_order(cohort=cohort)
    assert data(page("/ru/"))["offers"][0]["availability"] == "https://schema.org/SoldOut"


def test_data_cannot_end_the_element_that_holds_them(db):
    course = a_cohort().course
    course.name = "</script><b>&"
    course.save()
    text = page()
    assert data(text)["name"] == "</script><b>&"
    assert "</script><b>" not in text


def test_without_hours_no_schedule_is_invented(db):
    a_cohort()
    assert "courseSchedule" not in data(page())["hasCourseInstance"][0]


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/kk/", ("2026 жылғы 29 қараша", "99\u00a0990", "2026 жылғы 7 желтоқсан")),
        ("/ru/", ("29 ноября 2026", "99\u00a0990", "7 декабря 2026")),
    ],
)
def test_the_description_says_until_when_the_price_holds(db, path, words):
    a_cohort()
    told = re.search(r'<meta name="description" content="([^"]+)"', page(path))[1]
    assert [each for each in words if each not in told] == []
    PriceWindow.objects.filter(level="standard").delete()
    with time_machine.travel(NOON + timedelta(days=30)):
        assert "99" not in re.search(r'name="description" content="([^"]+)"', page(path))[1]


def test_robots_are_told_what_not_to_walk_and_where_the_map_is(client, settings):
    settings.SITE_URL = "https://academy.example.kz"
    answer = client.get("/robots.txt")
    assert answer["Content-Type"].startswith("text/plain")
    assert "Disallow: /admin/" in answer.text
    assert "Sitemap: https://academy.example.kz/sitemap.xml" in answer.text


def test_the_map_names_every_page_that_is_found_in_both_languages(client, settings):
    settings.SITE_URL = "https://academy.example.kz"
    answer = client.get("/sitemap.xml")
    names = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9"}
    places = ElementTree.fromstring(answer.content).findall("s:url/s:loc", names)
    paths = {place.text.removeprefix("https://academy.example.kz") for place in places}
    assert paths == {"/kk/", "/ru/", "/kk/offer/", "/ru/offer/"}
    assert answer.text.count('hreflang="ru"') == 4
    for path in ("/robots.txt", "/sitemap.xml"):
        assert "no-store" not in client.get(path).get("Cache-Control", "")
