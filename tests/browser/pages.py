"""Pages in a real Chromium; a test fails on anything that the browser complains of."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Error,
    Page,
    sync_playwright,
)

QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Run this machine's Chromium, without a window."""
    program = (
        shutil.which("chromium")
        or shutil.which("chromium-browser")
        or shutil.which("google-chrome")
    )
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=list(QUIET))
        yield started
        started.close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Start the browser once for all tests that open pages."""
    # Playwright's loop runs in this thread for as long as the browser does, and Django takes it for
    # async code.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with chromium() as started:
        yield started


@pytest.fixture
def new_page(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Open pages as a visitor would: `new_page(language="ru", width=1280, javascript=False)`.

    Each is a browser of its own, without cookies. An error in the console, a broken script or a
    violation of the content policy fails the test; an answer that is meant to be an error is named:
    `expect_statuses={404}`.
    """
    complaints: list[str] = []
    contexts: list[BrowserContext] = []

    def open_page(
        *,
        language: str = "kk",
        width: int = 360,
        height: int = 740,
        javascript: bool = True,
        expect_statuses: frozenset[int] | set[int] = frozenset(),
        **more: Any,
    ) -> Page:
        context = browser.new_context(
            locale=f"{language}-KZ",
            timezone_id="Asia/Almaty",
            viewport={"width": width, "height": height},
            java_script_enabled=javascript,
            accept_downloads=True,
            **more,
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)

        def listen(message: ConsoleMessage) -> None:
            meant = any(f"status of {status} " in message.text for status in expect_statuses)
            if message.type in ("error", "warning") and not meant:
                complaints.append(f"{page.url}: {message.text}")

        page.on("console", listen)
        page.on("pageerror", lambda error: complaints.append(f"{page.url}: {error}"))
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not complaints, "\n".join(complaints)


def axe_findings(page: Page) -> list[str]:
    """Return what axe finds wrong with the page for people who cannot see or point;
    it needs JavaScript on.

    Colors that are still changing are let come to their end: axe would measure them on the way.
    What breathes for ever (a line that looks by itself) has none.
    """
    ending = (
        "document.getAnimations().filter(each => each.effect.getComputedTiming().endTime < 1e9)"
    )
    ended = f"Promise.allSettled({ending}.map(each => each.finished))"
    ask(page, lambda: page.evaluate(f"{ended}.then(() => true)"))
    violations = ask(page, lambda: Axe().run(page).response["violations"])
    return [
        f"{found['id']}: {found['help']}: {node['target']} {node['html'][:200]}"
        for found in violations
        for node in found["nodes"]
    ]


def scrolls_sideways(page: Page) -> bool:
    """Say whether the page is wider than its window."""
    width = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
    return ask(page, lambda: page.evaluate(width))


def ask(page: Page, question: Callable[[], Any]) -> Any:
    """Ask a page something once it stands;
    one that refreshes itself in that moment is asked again.
    """
    for _again in range(3):
        page.wait_for_load_state()
        try:
            return question()
        except Error as gone:
            refreshed = gone
    raise refreshed
