"""An order that was placed in one browser is asked for, paid and read in another."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_road import GOOD_CARD, Buyer, sign_in, text_of
from tests.browser.words import WORDS
from tests.sites import Site

OPEN_ORDER = {"kk": "Тапсырысты ашу", "ru": "Открыть заказ"}
SUBJECT = "Тапсырысыңыздың сілтемесі"


def walk(site: Site, first: Buyer, other: Buyer, *, asks) -> None:
    words = first.words
    home = f"{site.url}/{first.language}/"
    first.orders()
    code = re.search(r"/orders/(\w+)/", first.page.url)[1]
    first.page.goto(home)
    strip = first.page.locator(".strip")
    expect(strip).to_contain_text(code)
    first.looks()
    strip.get_by_role("link", name=OPEN_ORDER[first.language]).click()
    expect(first.page.get_by_role("heading", level=1)).to_have_text(words.pay_today)

    page = other.page
    asks(page, code)
    other.looks()
    letter = site.wait_for_letter(to=first.email, subject=SUBJECT)
    page.goto(re.search(r"https?://\S+/orders/\S+key=\S+", text_of(letter))[0])
    expect(page.get_by_role("heading", level=1)).to_have_text(words.pay_today)
    other.pays(GOOD_CARD)
    expect(page.get_by_role("heading", level=1)).to_have_text(words.money_has_come, timeout=30_000)
    page.get_by_role("button", name=words.enter_cabinet).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(words.hello)
    other.looks()

    # The browser that ordered is let in too, on this day; what gives data away asks for a code.
    page = first.page
    page.goto(f"{home}cabinet/")
    first.looks()
    page.get_by_role("button", name=words.enter_cabinet).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(words.hello)
    page.goto(f"{home}my-data/")
    sign_in(site, page, first.email, words)
    expect(page).to_have_url(f"{home}my-data/")


@pytest.mark.clause("1.7", "3.1", "4.3")
def test_the_sign_in_of_another_browser_sends_the_link_of_an_unpaid_order(embedded_site, new_page):
    def asks(page: Page, _code: str) -> None:
        words = WORDS["kk"]
        page.goto(f"{embedded_site.url}/kk/cabinet/")
        page.get_by_role("textbox", name=words.email).fill(first.email)
        page.get_by_role("button", name=words.send_code).click()
        page.get_by_role("link", name="Тапсырысымды табу").click()

    first, other = (
        Buyer(embedded_site, new_page(language="kk", javascript=False), "kk", look=False)
        for _browser in range(2)
    )
    walk(embedded_site, first, other, asks=asks)


@pytest.mark.clause("3.1", "4.3")
def test_ordering_again_in_another_browser_sends_the_link_of_the_order_that_waits(
    embedded_site, new_page
):
    def asks(page: Page, code: str) -> None:
        other.sends_an_order()
        expect(page.get_by_role("heading", level=1)).to_have_text(
            "На этого слушателя уже есть заказ"
        )
        assert code not in page.content()
        other.looks()
        page.get_by_role("button", name=re.compile("^Отправить ссылку на b…")).click()
        expect(page.get_by_role("status")).to_be_visible()
        assert code not in page.content()

    first, other = (
        Buyer(embedded_site, new_page(language="ru", width=1280), "ru", look=True)
        for _browser in range(2)
    )
    walk(embedded_site, first, other, asks=asks)
