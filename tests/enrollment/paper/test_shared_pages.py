"""The offer's pages are set once a process, and each paper has the bytes that it has set whole.

What is asked here of the short offer holds for any; the real one is asked once.
"""

import tomllib
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from io import BytesIO

import pikepdf
import pytest
from django.template.loader import render_to_string

from enrollment.models import Order
from enrollment.operations.offering.offers import sha256, texts_of
from enrollment.operations.paper.contracts import contract_pdf
from enrollment.rendering import contract_facts, contract_paper, offer_facts, offer_pdf
from enrollment.rules.offer_text import parse_offer
from offer_site.pdf import NotSharedError, Underlay, set_text, shared_pages, style
from offer_site.pdf.shared import KEPT
from tests.certificates.papers import sheets_of, words_of
from tests.enrollment.editions import a_short_folder
from tests.given import NOON, OFFER, a_paid_order, an_application

pytestmark = pytest.mark.clause("2.3", "12.2.2")
DAY = date(2026, 11, 22)
TEXT = (
    "<html lang='kk'><meta charset='utf-8'><body><p>1</p>"
    "<section style='break-before: page'>{}</section></body></html>"
)
PAPER = (
    "<html lang='kk'><meta charset='utf-8'><title>Қ</title><body><p>{}</p>"
    "<div class='blank'></div></body></html>"
)


@pytest.fixture
def edition(tmp_path):
    """The facts of an edition of few clauses."""
    return facts_of(a_short_folder(tmp_path))


def facts_of(folder, **change):
    contents = {language: (folder / f"{language}.md").read_bytes() for language in ("kk", "ru")}
    return {
        "name": folder.name,
        "effective_from": DAY,
        "texts": {language: parse_offer(text) for language, text in contents.items()},
        "digests": {language: sha256(text) for language, text in contents.items()},
        "academy": tomllib.loads((folder / "terms.toml").read_text())["academy"],
        **change,
    }


def set_whole(template, facts, identifier):
    cover = (Underlay.drawn("cover", 210, 297),)
    return set_text(
        render_to_string(template, facts), style("contract"), cover, identifier=identifier
    )


def offer_set_whole(facts):
    identifier = "".join(facts["digests"].values()).encode()
    return set_whole("pdf/offer.html", offer_facts(**facts), identifier)


def paper_with(pages, text="Парақ", form="contract"):
    return set_text(PAPER.format(text), style(form), identifier=b"1", shared=pages)


def pages_of(text, form="contract"):
    return shared_pages(TEXT.format(text), style(form))


def words(pdf):
    return " ".join(words_of(pdf, sheet) for sheet in range(sheets_of(pdf)))


def test_the_real_offer_has_the_bytes_that_it_has_set_whole():
    facts = facts_of(OFFER)
    assert offer_pdf(**facts) == offer_set_whole(facts)


@pytest.mark.django_db
@pytest.mark.usefixtures("short_offer")
@pytest.mark.parametrize(
    "person",
    [
        {},
        {"kind": "guardian", "surname": "Қожағұлова-Нұрмұхамбетова"},
        {"kind": "company", "company_name": "Ш" * 90, "address": "Щ" * 180, "position": "Ж" * 90},
        {"kind": "company", "company_name": "Ωmega 李 ⅔", "address": "г. Алматы\u00a0№ 1"},
    ],
    ids=["plain", "guardian", "without a place to break", "signs of other fonts"],
)
def test_a_contract_has_the_bytes_that_it_has_set_whole(person):
    order = a_paid_order(application=an_application(**person))
    order = Order.objects.with_people().select_related("acceptance").get(pk=order.pk)
    texts = texts_of(order.edition)
    whole = set_whole("pdf/contract.html", contract_facts(order, texts), order.code.encode())
    assert contract_paper(order, texts) == whole


@pytest.mark.django_db
@pytest.mark.usefixtures("short_offer")
def test_a_second_contract_of_an_edition_has_its_sheet_set_alone():
    papers = []
    for order in (a_paid_order(), a_paid_order()):
        before = shared_pages.cache_info().misses
        papers.append(contract_pdf(order, at=NOON))
    assert shared_pages.cache_info().misses == before
    assert papers[0] != papers[1]


def test_a_sheet_that_takes_two_pages_moves_the_numbers_of_those_after_it():
    pages = pages_of("Ортақ мәтін")
    one = paper_with(pages, "Парақ")
    two = paper_with(pages, "Парақ</p><p style='break-before: page'>Екінші")
    assert words_of(one, 1).split() == ["Ортақ", "мәтін", "LESSBEK", "ZAPUSK", "ACADEMY", *"2/2"]
    assert words_of(two, 2).split() == ["Ортақ", "мәтін", "LESSBEK", "ZAPUSK", "ACADEMY", *"3/3"]


def test_another_edition_has_pages_of_its_own(edition):
    """The whole text is the key: a changed word, number or day of effect is another text."""
    kk = edition["texts"]["kk"]
    later = edition | {
        "texts": edition["texts"] | {"kk": type(kk)("Өзгерген атау", kk.preamble, kk.sections)}
    }
    another_day = edition | {"effective_from": date(2027, 1, 15)}
    first = offer_pdf(**edition)
    assert "Өзгерген атау" in words(offer_pdf(**later))
    assert "15.01.2027 редакциясы" in words(offer_pdf(**another_day))
    assert offer_pdf(**edition) == first
    assert "Өзгерген атау" not in words(first)
    assert "15.01.2027" not in words(first)
    assert offer_pdf(**later) == offer_set_whole(later)


def test_the_same_text_is_set_once_and_another_style_sets_it_anew():
    pages = pages_of("Ортақ мәтін")
    assert pages_of("Ортақ мәтін") is pages
    assert pages_of("Ортақ мәтін.") is not pages
    assert pages_of("Ортақ мәтін", "act") is not pages


def test_few_texts_are_kept():
    for number in range(KEPT + 2):
        pages_of(f"Мәтін {number}")
    assert shared_pages.cache_info().currsize == KEPT


def test_many_threads_get_the_same_bytes(edition):
    shared_pages.cache_clear()
    with ThreadPoolExecutor(4) as threads:
        made = list(threads.map(lambda _number: offer_pdf(**edition), range(4)))
    assert set(made) == {offer_set_whole(edition)}


def test_its_places_are_listed_and_its_words_are_copied(edition):
    pdf = offer_pdf(**edition)
    with pikepdf.open(BytesIO(pdf)) as opened, opened.open_outline() as outline:
        titles = [place.title for place in outline.root]
        sheets = [opened.pages.index(pikepdf.Page(place.destination[0])) for place in outline.root]
    assert titles == [
        f"{section.number}. {section.title}" for section in edition["texts"]["kk"].sections
    ]
    for title, sheet in zip(titles, sheets, strict=True):
        assert title in words_of(pdf, sheet)


@pytest.mark.parametrize(
    "text",
    ["<p style='opacity: .5'>реңк", "<a href='https://example.kz/'>сілтеме</a>", "белгі \ue000"],
    ids=["a shade", "a link", "a sign of no font"],
)
def test_what_is_more_than_text_is_not_shared(text):
    assert pages_of(text) is None


def test_an_offer_that_is_not_shared_is_set_whole(edition):
    kk = edition["texts"]["kk"]
    strange = edition | {
        "texts": edition["texts"] | {"kk": type(kk)("Белгі \ue000", kk.preamble, kk.sections)}
    }
    pdf = offer_pdf(**strange)
    assert pdf == offer_set_whole(strange)
    assert sheets_of(pdf) == sheets_of(offer_pdf(**edition))


def test_pages_of_another_size_and_a_paper_without_room_are_refused():
    with pytest.raises(NotSharedError):
        paper_with(pages_of("Ортақ мәтін", "certificate"))
    with pytest.raises(NotSharedError):
        paper_with(pages_of("Бір<p style='break-before: page'>Екі"))


def test_a_sign_that_the_paper_measured_otherwise_is_refused():
    pages = pages_of("Айна")
    [page] = pages.pages
    for font in page.fonts.values():
        font.widths = {glyph: width + 1 for glyph, width in font.widths.items()}
    try:
        with pytest.raises(NotSharedError):
            paper_with(pages, "Айна")
    finally:
        shared_pages.cache_clear()
