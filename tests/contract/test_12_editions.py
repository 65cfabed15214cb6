"""Section 12 of the offer: the edition in force is on the site, older ones stay readable,
all files can be taken.
"""

import hashlib
import re
import subprocess
from datetime import timedelta

import pytest
import time_machine
from django.test import Client

from enrollment.operations.offering.offers import publish_offer, texts_of
from enrollment.rules.comparison import compare_texts
from enrollment.rules.offer_text import parse_offer
from enrollment.views.shop import open_shop
from tests.enrollment.editions import a_later_edition
from tests.enrollment.offering.scenes import IN_EFFECT, a_coming_edition
from tests.given import NOON, OFFER, PUBLISHED, a_cohort, a_placed_order, a_published_offer

LATER = "2026-12-01"
pytestmark = pytest.mark.django_db


@pytest.fixture
def page():
    """Read a page of the offer."""
    return lambda address: Client().get(address).content.decode()


# --- The page
@pytest.mark.clause("12.2.3")
@pytest.mark.parametrize("language", ["kk", "ru"])
@pytest.mark.parametrize("view", ["both", "kk", "ru"])
def test_every_clause_and_section_has_its_anchor(page, language, view):
    edition = a_published_offer()
    content = page(f"/{language}/offer/?view={view}")
    for section in texts_of(edition)["kk"].sections:
        assert content.count(f'id="{section.anchor}"') == 1
        assert f'href="#{section.anchor}"' in content
        for clause in section.clauses:
            assert content.count(f'id="{clause.anchor}"') == 1
            assert f'href="#{clause.anchor}"' in content


@pytest.mark.clause("12.2.3")
@pytest.mark.parametrize(
    ("view", "shown", "hidden"), [("kk", "kk.md", "ru.md"), ("ru", "ru.md", "kk.md")]
)
def test_the_text_stands_in_one_language_alone(page, view, shown, hidden):
    a_published_offer()
    content = page(f"/kk/offer/?view={view}")
    here, elsewhere = (
        parse_offer((OFFER / file).read_bytes()).clauses["1.8"].text for file in (shown, hidden)
    )
    assert here in content
    assert elsewhere not in content


@pytest.mark.clause("12.2.3")
@pytest.mark.parametrize("language", ["kk", "ru"])
def test_the_text_stands_in_both_languages_word_for_word(page, language):
    a_published_offer()
    words = (
        re.sub(r"<[^>]+>", "", page(f"/{language}/offer/"))
        .replace("&quot;", '"')
        .replace("&#x27;", "'")
    )
    for file in ("kk.md", "ru.md"):
        text = parse_offer((OFFER / file).read_bytes())
        for clause in text.clauses.values():
            for piece in (
                clause.text,
                *clause.bullets,
                *(cell for row in clause.rows for cell in row),
            ):
                assert piece in words


@pytest.mark.clause("12.2.3")
def test_a_visitor_without_script_or_account_reads_it_in_at_most_three_questions(
    django_assert_max_num_queries,
):
    a_published_offer()
    with django_assert_max_num_queries(4):  # the very first reading parses both texts
        Client().get("/kk/offer/")
    with django_assert_max_num_queries(3):
        Client().get("/kk/offer/")


# --- Older editions
@pytest.mark.clause("12.2.2", "12.2.3")
def test_an_older_edition_stays_readable_and_says_that_it_is_not_in_force(page, tmp_path):
    old = a_published_offer()
    publish_offer(
        folder=a_later_edition(tmp_path, LATER), by="system", at=PUBLISHED + timedelta(days=1)
    )

    current = page("/ru/offer/")
    older = page(f"/ru/offer/{old.name}/")

    assert "Неурегулированные споры разрешаются" in current
    assert "Эта редакция не действует" not in current
    assert f"/ru/offer/{old.name}/" in current
    assert "Неурегулированные споры разрешаются" not in older
    assert "Эта редакция не действует" in older
    assert "Эта редакция не действует" not in page(f"/ru/offer/{LATER}/")


@pytest.mark.clause("12.2.3")
def test_an_edition_that_is_not_published_yet_is_not_found(tmp_path):
    a_published_offer()
    publish_offer(
        folder=a_later_edition(tmp_path, LATER), by="system", at=PUBLISHED + timedelta(days=36_500)
    )
    assert Client().get(f"/kk/offer/{LATER}/").status_code == 404
    assert Client().get("/kk/offer/2020-01-01/").status_code == 404


# --- The day of effect
@pytest.mark.clause("12.2.1")
def test_new_orders_follow_the_day_of_effect(tmp_path):
    old = a_published_offer()
    new = a_coming_edition(tmp_path)
    cohort = a_cohort()

    before = a_placed_order(cohort=cohort, at=IN_EFFECT - timedelta(seconds=1))
    after = a_placed_order(cohort=cohort, at=IN_EFFECT)

    assert (before.edition, after.edition) == (old, new)
    for at, edition in ((NOON, old), (IN_EFFECT, new)):
        shop = open_shop(at=at)
        assert shop.edition == edition
        assert {each.tariff.edition for each in shop.packages} == {edition}


@pytest.mark.clause("12.2.1", "12.2.3")
def test_an_edition_that_takes_effect_later_is_on_the_site_and_says_so(page, tmp_path):
    old = a_published_offer()
    new = a_coming_edition(tmp_path)

    with time_machine.travel(NOON, tick=False):
        current = page("/ru/offer/")
        coming = page(f"/ru/offer/{new.name}/")
        assert Client().get("/ru/offer/offer.pdf").content == old.file("offer.pdf")
    with time_machine.travel(IN_EFFECT, tick=False):
        later = page("/ru/offer/")
        older = page(f"/ru/offer/{old.name}/")

    assert "Неурегулированные споры" not in current
    assert f"/ru/offer/{new.name}/" in current
    assert "Оферта изменится" in current
    assert "Эта редакция ещё не вступила в силу" in coming
    assert "Неурегулированные споры" in later
    assert "Эта редакция не действует" in older


# --- Files
@pytest.mark.clause("12.2.2")
@pytest.mark.parametrize("language", ["kk", "ru"])
def test_the_button_gives_a_paper_with_every_clause_in_both_languages(language):
    edition = a_published_offer()
    page = Client().get(f"/{language}/offer/").content.decode()
    assert {"kk": "Оферта-Шарты", "ru": "Договор-Оферта"}[language] in page
    assert f'href="/{language}/offer/offer.pdf"' in page

    paper = Client().get(f"/{language}/offer/offer.pdf")

    assert paper["Content-Type"] == "application/pdf"
    assert paper.content == edition.file("offer.pdf")
    done = subprocess.run(
        ["pdftotext", "-layout", "-", "-"], input=paper.content, capture_output=True, check=True
    )
    text = " ".join(done.stdout.decode().split())
    numbers = texts_of(edition)["kk"].clauses
    assert len(numbers) == 104
    assert [number for number in numbers if text.count(f"{number}. ") < 2] == []
    assert edition.kk_sha256 in text


@pytest.mark.clause("12.2.2")
def test_every_file_of_every_edition_comes_back_byte_for_byte(tmp_path):
    old = a_published_offer()
    new, _is_new = publish_offer(
        folder=a_later_edition(tmp_path, LATER), by="system", at=PUBLISHED + timedelta(days=1)
    )
    for edition in (old, new):
        for language, digest in (("kk", edition.kk_sha256), ("ru", edition.ru_sha256)):
            answer = Client().get(f"/kk/offer/{edition.name}/{language}.md")
            assert hashlib.sha256(answer.content).hexdigest() == digest
        assert Client().get(f"/kk/offer/{edition.name}/offer.pdf").content == edition.file(
            "offer.pdf"
        )
    assert Client().get("/kk/offer/offer.pdf").content == new.file("offer.pdf")
    assert Client().get(f"/kk/offer/{old.name}/differences.md").status_code == 404


def test_a_paper_that_did_not_change_is_not_sent_again():
    edition = a_published_offer()
    tag = Client().get("/kk/offer/offer.pdf")["ETag"]
    assert edition.files.get(name="offer.pdf").sha256 in tag
    again = Client().get("/kk/offer/offer.pdf", headers={"if-none-match": tag})
    assert (again.status_code, again.content) == (304, b"")


# --- What changed
@pytest.mark.clause("12.2")
def test_editions_are_compared_clause_by_clause(tmp_path):
    old = a_published_offer()
    new, _is_new = publish_offer(
        folder=a_later_edition(tmp_path, LATER), by="system", at=PUBLISHED + timedelta(days=1)
    )

    changes = compare_texts(texts_of(old)["ru"], texts_of(new)["ru"])

    assert [change.place for change in changes] == ["10.3"]
    assert [piece for piece, differs in changes[0].before if differs] == ["Споры"]
    assert [piece for piece, differs in changes[0].after if differs] == ["Неурегулированные споры"]
    assert compare_texts(texts_of(old)["ru"], texts_of(old)["ru"]) == []


def test_a_removed_clause_is_listed_last():
    before = parse_offer((OFFER / "ru.md").read_bytes())
    after = parse_offer(
        (OFFER / "ru.md").read_text().replace("2.2.1. оплаты", "2.2.2. оплаты").encode()
    )
    assert [change.place for change in compare_texts(before, after)] == ["2.2.2", "2.2.1"]
