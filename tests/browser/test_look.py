"""How pages stand in a real Chromium: on a narrow phone, at 400 % zoom, while fonts are late."""

import re
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.conf import settings as site
from django.test import Client
from django.utils import timezone
from django.utils.translation import override
from playwright.sync_api import Page, Route, expect

from enrollment.operations.links import order_link
from offer_site.accounts.operations import admitted_user
from offer_site.accounts.staff_sessions import begin
from tests.browser.pages import axe_findings, scrolls_sideways
from tests.enrollment.training.scenes import a_programme
from tests.given import NOON, a_cohort, a_paid_order, a_placed_order

AN_HOUR_LATER = NOON + timedelta(hours=1)
NARROW = (320, 740)
ZOOMED = (320, 256)  # a window of 1280 × 1024 at 400 %
LONG = {"surname": "Қожағұлова-Нұрмұхамбетова", "name": "Гүлбаршын-Жанерке"}
LATE = 0.8  # seconds until a font comes
LARGEST_SHIFT = 0.02
SHIFTS = """() => {
  window.shifts = [];
  new PerformanceObserver((list) => {
    for (const each of list.getEntries()) if (!each.hadRecentInput) window.shifts.push(each.value);
  }).observe({ type: "layout-shift", buffered: true });
}"""

pytestmark = pytest.mark.usefixtures("short_contracts")


def signed_in_as(order: Any) -> str:
    """The session of the student who has just signed in."""
    user = admitted_user(email=order.party.email)
    assert user is not None
    client = Client()
    client.force_login(user)
    session = client.session
    begin(session, at=timezone.now())
    session.save()
    return str(session.session_key)


def addresses(language: str, paid: Any, unpaid: Any) -> list[str]:
    """A dozen pages and more, in the order in which a buyer meets them."""
    with override(language):
        letter = order_link(unpaid).partition("/")[2].partition("/")[2].partition("/")[2]
    home = f"/{language}"
    return [
        f"{home}/",
        f"{home}/offer/",
        "/verify/",
        f"{home}/checkout/birge/",
        f"{home}/checkout/birge/company/",
        f"{home}/nothing-here/",
        f"/{letter}",
        f"{home}/orders/{unpaid.code}/report/",
        f"{home}/sign-in/",
        f"{home}/orders/{paid.code}/",
        f"{home}/cabinet/",
        f"{home}/cabinet/{paid.code}/course/",
        f"{home}/cabinet/{paid.code}/letters/",
        f"{home}/cabinet/{paid.code}/documents/",
        f"{home}/cabinet/{paid.code}/what-if/",
    ]


@pytest.mark.parametrize("language", ["kk", "ru"])
def test_no_page_scrolls_sideways_on_the_narrowest_phone_and_at_400_percent(
    language: str,
    transactional_db: None,
    live_server: Any,
    new_page: Callable[..., Page],
) -> None:
    with time_machine.travel(AN_HOUR_LATER):
        cohort = a_cohort()
        a_programme(cohort)
        paid = a_paid_order(cohort=cohort, language=language, email="paid@example.kz", **LONG)
        unpaid = a_placed_order(cohort=cohort, language=language, email="new@example.kz", **LONG)
        page = new_page(language=language, expect_statuses={404})
        page.context.add_cookies(
            [{"name": site.LANGUAGE_COOKIE_NAME, "value": language, "url": live_server.url}]
        )
        for path in addresses(language, paid, unpaid):
            if path.endswith("/sign-in/"):
                page.goto(f"{live_server.url}{path}")
                stands(page)
                cookie = {
                    "name": site.SESSION_COOKIE_NAME,
                    "value": signed_in_as(paid),
                    "url": live_server.url,
                }
                page.context.add_cookies([cookie])
                continue
            answer = page.goto(f"{live_server.url}{path}")
            assert answer is not None
            assert answer.status == (404 if "nothing" in path else 200), path
            stands(page)


def stands(page: Page) -> None:
    """The page fits both windows, and in the low one nothing lies over what is read."""
    for width, height in (NARROW, ZOOMED):
        page.set_viewport_size({"width": width, "height": height})
        assert not scrolls_sideways(page), (page.url, width, height)
    stuck = page.evaluate(
        """() => [...document.querySelectorAll("body *")]
             .filter((each) => ["sticky", "fixed"].includes(getComputedStyle(each).position))
             .map((each) => each.className)"""
    )
    assert stuck == [], page.url
    page.set_viewport_size({"width": NARROW[0], "height": NARROW[1]})


def jumps_of_the_offer(page: Page, url: str) -> float:
    """How far the Kazakh offer jumps when its fonts come late."""

    def late(route: Route) -> None:
        time.sleep(LATE)
        route.continue_()

    page.add_init_script(f"({SHIFTS})()")
    page.route("**/*.woff2", late)
    page.goto(f"{url}/kk/offer/")
    page.evaluate("document.fonts.ready.then(() => true)")
    assert page.evaluate("document.fonts.check('1rem Onest')")
    page.wait_for_timeout(300)
    return sum(page.evaluate("window.shifts"))


def test_the_kazakh_offer_does_not_jump_when_its_fonts_are_late(
    transactional_db: None, live_server: Any, new_page: Callable[..., Page]
) -> None:
    assert jumps_of_the_offer(new_page(), live_server.url) < LARGEST_SHIFT


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_gallery_fits_a_phone_and_shuts_nobody_out(
    theme: str, db: None, live_server: Any, settings: Any, new_page: Callable[..., Page]
) -> None:
    settings.DEBUG = True
    page = new_page(width=320)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"{live_server.url}/dev/gallery/?theme={theme}")
    assert not scrolls_sideways(page)
    # The same part stands there in each language, landmarks too.
    found = [each for each in axe_findings(page) if not each.startswith("landmark-unique")]
    assert found == []
    button = page.locator("[data-copy]").first
    expect(button).to_be_visible()
    button.click()
    expect(button).to_have_text(re.compile("Көшірілді"))
    assert page.evaluate("navigator.clipboard.readText()") == "SM11K7Q1"


def test_without_a_script_the_gallery_shows_no_button_that_does_nothing(
    db: None, live_server: Any, settings: Any, new_page: Callable[..., Page]
) -> None:
    settings.DEBUG = True
    page = new_page(javascript=False)
    page.goto(f"{live_server.url}/dev/gallery/")
    assert page.locator("[data-copy]").count() > 0
    for each in page.locator("[data-copy], [data-share]").all():
        expect(each).to_be_hidden()
