"""A doubt at the field in a real browser, with a script and without: one tap an answer."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.browser.pages import axe_findings, scrolls_sideways
from tests.sites import Site

BUYER = {
    "surname": "Әбілқасымов\N{LATIN SMALL LETTER A}",
    "name": "Гүлнұр",
    "phone": "+998 90 123 45 67",
}


@pytest.mark.clause("3.1", "9.5")
@pytest.mark.parametrize(
    ("language", "width", "javascript", "yes", "no"),
    [
        ("kk", 360, False, "Иә, gulnur.kk@gmail.com", "Жоқ, жазғаным дұрыс"),
        ("ru", 1280, True, "Да, gulnur.ru@gmail.com", "Нет, всё верно"),
    ],
)
def test_a_mailbox_typed_wrong_is_mended_and_a_name_kept_by_a_tap_each(
    embedded_site: Site,
    new_page: Callable[..., Page],
    language: str,
    width: int,
    javascript: bool,
    yes: str,
    no: str,
) -> None:
    page = new_page(language=language, width=width, javascript=javascript)

    def looks() -> None:
        assert not scrolls_sideways(page), page.url
        if javascript:
            assert axe_findings(page) == [], page.url

    page.goto(f"{embedded_site.url}/{language}/checkout/ozim/")
    for name, said in BUYER.items():
        page.fill(f"[name={name}]", said)
    page.fill("[name=email]", f"gulnur.{language}@gmial.com")
    for purpose in ("truth", "contract"):
        page.check(f"[name=consent_{purpose}]")
    page.press("[name=email]", "Enter")
    looks()
    page.press("[name=surname]", "Enter")  # answers nothing
    assert page.input_value("[name=email]") == f"gulnur.{language}@gmial.com"
    page.get_by_role("button", name=yes).click()
    assert page.input_value("[name=email]") == f"gulnur.{language}@gmail.com"
    looks()
    page.get_by_role("button", name=no).click()
    page.wait_for_url("**/orders/SM*/")
    assert f"gulnur.{language}@gmail.com" in page.content()
