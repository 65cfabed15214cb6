"""Buying with Kaspi as a person does: from the order's page to the app and back."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.pages import axe_findings, scrolls_sideways
from tests.browser.test_road import Buyer
from tests.browser.words import WORDS

KASPI = {
    "kk": ("Kaspi арқылы төлеу", "Төлемді растау", "Дүкенге қайту"),
    "ru": ("Оплатить через Kaspi", "Подтвердить оплату", "Вернуться в магазин"),
}


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
    expect(page.locator("#kaspi .code-large")).to_have_text(code)
    page.locator("#kaspi summary").click()
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
