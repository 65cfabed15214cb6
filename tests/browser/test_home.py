"""The home page on a phone: where the packages begin, and what a browser and axe say of it."""

from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from playwright.sync_api import Page, expect

from tests.browser.pages import axe_findings, scrolls_sideways
from tests.given import NOON, a_cohort, a_home_page

PHONE = (360, 740)
SCREENS = 1.5  # in which the packages begin, on a phone


@pytest.mark.parametrize("language", ["kk", "ru"])
def test_packages_begin_within_a_screen_and_a_half_of_a_phone(
    language: str, transactional_db: None, live_server: Any, new_page: Callable[..., Page]
) -> None:
    with time_machine.travel(NOON):
        a_home_page(a_cohort())
        page = new_page(language=language, width=PHONE[0], height=PHONE[1])
        page.goto(f"{live_server.url}/{language}/")
        top = page.locator("#packages").bounding_box()
        assert top is not None
        assert top["y"] <= SCREENS * PHONE[1], "the data of the course broke no content policy"
        expect(page.locator(".bar")).to_be_visible()
        for width in (320, 360, 1280):
            page.set_viewport_size({"width": width, "height": 740})
            assert not scrolls_sideways(page), width
        assert axe_findings(page) == []
        page.emulate_media(color_scheme="dark")
        assert axe_findings(page) == []


def test_the_waiting_list_is_joined_on_a_phone_without_a_script(
    transactional_db: None, live_server: Any, new_page: Callable[..., Page]
) -> None:
    page = new_page(javascript=False)
    page.goto(f"{live_server.url}/kk/")
    page.locator(".waiting input[type=email]").fill("gulnur@")
    page.locator(".waiting button").click()
    expect(page.locator(".waiting .error")).to_be_visible()
    page.locator(".waiting input[type=email]").fill("gulnur@example.kz")
    page.locator(".waiting button").click()
    expect(page.locator("h1")).to_have_text("Тізімге жазылдыңыз")
