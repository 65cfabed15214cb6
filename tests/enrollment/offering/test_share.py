"""The picture of a shared link: one a language and price window, drawn once."""

import re
from datetime import timedelta
from io import BytesIO

import pytest
from django.conf import settings as site
from django.test import Client
from PIL import Image

from enrollment import share
from enrollment.rules.prices import webinar_code
from enrollment.views.shop import open_shop
from offer_site.languages import speaking
from offer_site.pictures import FOREVER
from tests.given import NOON, a_cohort, a_home_page


@pytest.fixture(autouse=True)
def noon(time_machine, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    settings.SITE_URL = "https://academy.example.kz"
    time_machine.move_to(NOON, tick=False)


def told(path="/kk/", **query):
    page = Client().get(path, query).content.decode()
    return dict(re.findall(r'<meta property="(og:[a-z_:]+)" content="([^"]*)">', page))


def picture(url):
    return Client().get(url.removeprefix("https://academy.example.kz"))


@pytest.mark.clause("4.1")
@pytest.mark.parametrize(("path", "locale"), [("/kk/", "kk_KZ"), ("/ru/", "ru_RU")])
def test_a_shared_link_has_a_picture_with_the_price_of_its_window(db, path, locale):
    a_home_page(a_cohort())
    named = told(path)
    assert named["og:locale"] == locale
    assert named["og:url"] == f"https://academy.example.kz{path}"
    answer = picture(named["og:image"])
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/png")
    assert answer["Cache-Control"] == FOREVER
    assert Image.open(BytesIO(answer.content)).size == (1200, 630)
    assert len(answer.content) < 300_000, "larger ones are not fetched by messengers"
    with speaking(path[1:3]):
        card = share.card_of(open_shop(at=NOON))
    assert "99\u00a0990" in card.price[1]
    assert card.until


def test_a_new_price_has_a_new_address_and_the_old_picture_stays(db, time_machine):
    a_home_page(a_cohort())
    before = told()["og:image"]
    drawn = picture(before).content
    time_machine.move_to(NOON + timedelta(days=8), tick=False)
    after = told()["og:image"]
    assert after != before
    assert picture(before).content == drawn
    assert picture(after).content != drawn
    assert told("/ru/")["og:image"] not in {before, after}


def test_nothing_is_drawn_for_an_address_that_nobody_gave(db, tmp_path):
    a_home_page(a_cohort())
    assert picture(f"/share/kk-{'0' * 20}.png").status_code == 404
    assert picture("/share/kk-a.png").status_code == 404
    assert not list(tmp_path.rglob("*.png"))


def test_a_page_that_is_not_for_everybody_has_no_picture(db):
    cohort = a_cohort()
    code = webinar_code(
        secret=site.SECRET_KEY, cohort_id=cohort.pk, ends_at=NOON + timedelta(hours=1)
    )
    assert told(webinar=code) == {}


def test_a_long_heading_is_set_smaller():
    size, lines = share._fitted("Өз жобаңызда үйренесіз, бір жарым айда нәтиже көресіз, сертификат")
    assert 3 <= len(lines) <= 5
    assert size < share.HEADING_SIZES[0]
    assert share._fitted("SMM-ді өз жобаңызда үйреніңіз.")[0] == share.HEADING_SIZES[0]
