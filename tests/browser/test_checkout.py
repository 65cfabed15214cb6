"""The checkout in a real Chromium: how far its button is, what a script says on leaving a field,
and that nothing typed is lost by a switch, with a script and without.
"""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine
from playwright.sync_api import Page, expect

from enrollment.management.commands.demo_catalogue import TAGLINES
from enrollment.models import Order, Package
from tests.browser.pages import axe_findings, scrolls_sideways
from tests.given import NOON, a_cohort

SCREEN = 740  # px of a phone's window
MOST_SCREENS = 2.7
MUST_BE_FILLED = {"surname", "name", "phone", "email"}


@pytest.fixture
def shop(transactional_db: None) -> Iterator[None]:
    with time_machine.travel(NOON):
        a_cohort()
        for slug, (kk, ru) in TAGLINES.items():
            Package.objects.filter(slug=slug).update(tagline_kk=kk, tagline_ru=ru)
        yield


@pytest.mark.parametrize("language", ["kk", "ru"])
def test_the_order_button_is_within_two_screens_and_a_half_of_a_phone(
    shop: None, live_server: Any, new_page: Callable[..., Page], language: str
) -> None:
    page = new_page(language=language, width=360)
    page.goto(f"{live_server.url}/{language}/checkout/birge/")
    page.evaluate("document.fonts.ready")
    button = page.locator("#order button.button-primary")
    box = button.bounding_box()
    assert box is not None
    assert box["y"] <= MOST_SCREENS * SCREEN, box["y"] / SCREEN
    asked = page.locator("#order .input:visible:not(:has(.optional)) input")
    assert {field.get_attribute("name") for field in asked.all()} == MUST_BE_FILLED


@pytest.mark.parametrize(
    ("language", "letters", "digits"),
    [
        ("kk", "Есім тек әріппен жазылады", "Нөмірді тексеріңіз"),
        ("ru", "Имя пишется только буквами", "Проверьте номер"),
    ],
)
def test_a_script_says_on_leaving_a_field_what_it_does_not_take(
    shop: None,
    live_server: Any,
    new_page: Callable[..., Page],
    language: str,
    letters: str,
    digits: str,
) -> None:
    page = new_page(language=language, width=360)
    page.goto(f"{live_server.url}/{language}/checkout/birge/")
    expect(page.locator("#order .error:visible")).to_have_count(0)
    for name, wrong, right, words in (
        ("surname", "Ан1на", "Анна", letters),
        ("phone", "8701", "8 701 000 00 00", digits),
        ("phone", "+998 90", "+998 90 123 45 67", digits),
        ("email", "nobody", "nobody@mail.kz", ""),
    ):
        field = page.locator(f"[name={name}]")
        said = page.locator(f".input:has([name={name}]) .error:visible")
        field.fill(wrong)
        field.press("Tab")
        expect(said).to_contain_text(words)
        expect(field).to_have_attribute("aria-invalid", "true")
        assert axe_findings(page) == []
        field.fill(right)
        field.press("Tab")
        expect(said).to_have_count(0)
        expect(field).to_have_attribute("aria-invalid", "false")


@pytest.mark.parametrize("javascript", [True, False])
def test_package_theme_and_language_are_changed_and_nothing_typed_is_lost(
    shop: None, live_server: Any, new_page: Callable[..., Page], javascript: bool
) -> None:
    page = new_page(language="kk", width=360, javascript=javascript)
    page.goto(f"{live_server.url}/kk/checkout/birge/")
    page.fill("[name=surname]", "Әбілқасымова")
    page.fill("[name=phone]", "87")
    page.get_by_text("VIP").first.click()
    expect(page.locator("#order button.button-primary")).to_contain_text("259")
    expect(page.locator("#order button.button-primary")).not_to_contain_text(
        "149", use_inner_text=True
    )
    page.get_by_role("button", name="РУС").click()
    page.wait_for_url("**/ru/checkout/birge/")
    page.locator("button.theme:visible").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert page.input_value("[name=surname]") == "Әбілқасымова"
    assert page.input_value("[name=phone]") == "87"
    assert page.is_checked("[name=package][value=vip]")
    assert not scrolls_sideways(page)
    page.fill("[name=name]", "Гүлнұр")
    page.fill("[name=phone]", "8 701 000 00 00")
    page.fill("[name=email]", "gulnur@mail.kz")
    page.check("[name=consent_truth]")
    page.check("[name=consent_contract]")
    page.press("[name=email]", "Enter")
    page.wait_for_url("**/orders/SM*/")
    order = Order.objects.select_related("party").get()
    assert (order.price, order.language, order.party.surname) == (259_990, "ru", "Әбілқасымова")
