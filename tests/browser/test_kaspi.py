"""Buying with Kaspi as a person does: from the order's page to the app and back."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.pages import axe_findings, scrolls_sideways
from tests.browser.test_road import Buyer
from tests.browser.words import WORDS

KASPI = {
    "kk": (re.compile("^Kaspi-де 149.990.₸ төлеу$"), "Төлемді растау", "Дүкенге қайту"),
    "ru": (re.compile("^Оплатить 149.990.₸ в Kaspi$"), "Подтвердить оплату", "Вернуться в магазин"),
}
THANKS = {"kk": "Ақша түсті. Рақмет", "ru": "Деньги пришли. Спасибо"}


@pytest.mark.clause("4.4")
@pytest.mark.parametrize(
    ("language", "width", "javascript"),
    [("kk", 360, False), ("ru", 1280, True)],
    ids=["kk-360-bare", "ru-1280"],
)
def test_buying_with_kaspi(embedded_site, new_page, language, width, javascript):
    buyer = Buyer(
        embedded_site,
        new_page(language=language, width=width, javascript=javascript),
        language,
        look=javascript,
    )
    page = buyer.page
    (with_kaspi, confirm, back) = KASPI[language]
    buyer.orders()
    code = re.search(r"/orders/(\w+)/", page.url)[1]
    expect(page.locator("#kaspi .copies")).to_contain_text(code)
    expect(page.locator("#kaspi .qr img")).to_be_visible(visible=width >= 768)
    page.get_by_role("button", name=with_kaspi).click()
    if javascript:
        buyer.looks()
        assert axe_findings(page) == []
        assert not scrolls_sideways(page)
    page.get_by_role("button", name=confirm).click()
    expect(page.get_by_text("OK")).to_be_visible()
    page.get_by_role("link", name=back, exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(
        WORDS[language].money_has_come, timeout=30_000
    )


@pytest.mark.clause("2.2.1", "4.4")
@pytest.mark.parametrize(
    ("language", "javascript"), [("kk", True), ("ru", False)], ids=["script", "bare"]
)
def test_somebody_else_pays_and_the_buyers_page_changes_by_itself(
    embedded_site, new_page, language, javascript
):
    """Two browsers: nobody touches the buyer's page after the link was sent."""
    buyer = Buyer(
        embedded_site,
        new_page(language=language, width=360, javascript=javascript),
        language,
        look=javascript,
    )
    buyer.orders()
    waiting = buyer.page
    code = re.search(r"/orders/(\w+)/", waiting.url)[1]
    link = waiting.locator(f'a[href*="/pay/{code}/"]').get_attribute("href")

    payer = Buyer(
        embedded_site,
        new_page(language=language, width=360, javascript=javascript),
        language,
        look=javascript,
    )
    page = payer.page
    page.goto(f"{embedded_site.url}{link}")
    payer.looks()
    assert buyer.email not in page.content()
    (with_kaspi, confirm, back) = KASPI[language]
    page.get_by_role("button", name=with_kaspi).click()
    page.get_by_role("button", name=confirm).click()
    expect(page.get_by_text("OK")).to_be_visible()
    expect(waiting.get_by_role("heading", level=1)).to_have_text(
        WORDS[language].money_has_come, timeout=60_000
    )
    page.get_by_role("link", name=back, exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(THANKS[language])
    payer.looks()


def test_copying_the_code_says_that_it_is_copied(embedded_site, new_page):
    page = new_page(language="kk", permissions=["clipboard-read", "clipboard-write"])
    buyer = Buyer(embedded_site, page, "kk", look=False)
    buyer.orders()
    code = re.search(r"/orders/(\w+)/", page.url)[1]
    page.locator("#kaspi .copy").first.click()
    expect(page.locator("#kaspi .copy[data-done]")).to_contain_text("Көшірілді")
    assert page.evaluate("navigator.clipboard.readText()") == code
