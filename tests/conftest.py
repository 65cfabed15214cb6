"""Fixtures that every test may ask for;
the machinery behind them stands in the modules named here.
"""

import gc
from collections.abc import Iterator

import pytest
from django.core.cache import cache
from django.utils import translation
from hypothesis import settings
from pytest_django import Settings

from offer_site.maintenance.now import remember
from tests.browser.pages import browser, new_page
from tests.databases import django_db_setup, nothing_published, short_offer
from tests.payments.bank import Bank, banks_api
from tests.sites import celery_worker, embedded_site, production_like_site

__all__ = [
    "banks_api",
    "browser",
    "celery_worker",
    "django_db_setup",
    "embedded_site",
    "new_page",
    "nothing_published",
    "production_like_site",
    "short_offer",
]

# Django's models and templates live to the end of the run: a collector that looks through them
# again and again takes a fifth of the processor's time.
gc.freeze()
gc.set_threshold(100_000, 50, 50)

# An example that is slow on a busy machine is no failure.
settings.register_profile("site", deadline=None)
settings.load_profile("site")


@pytest.fixture(autouse=True)
def forgetful_bank(banks_api: Bank) -> Iterator[None]:
    """Leave nothing to the next test in the book of the bank that answers when the site asks."""
    yield
    banks_api.rows.clear()
    banks_api.asked.clear()


@pytest.fixture(autouse=True)
def empty_cache() -> Iterator[None]:
    """Leave nothing cached, and no task in the queue, to the next test:
    both lie in this process's Redis.
    """
    yield
    cache.clear()


@pytest.fixture(autouse=True)
def first_language(settings: Settings) -> None:
    """Begin each test in the site's own language:
    a request of the test before leaves its language to the thread, and `reverse()` speaks it.
    """
    translation.activate(settings.LANGUAGE_CODE)


@pytest.fixture(autouse=True)
def nothing_announced() -> None:
    """Begin each test in a process that knows of no maintenance, and asks nobody for a while."""
    remember(())


@pytest.fixture
def short_contracts(settings: Settings) -> None:
    """Enclose one line where a letter encloses the contract, for tests of other letters:
    the first contract of a process takes two seconds.
    """
    settings.NOTICE_ATTACHMENTS = settings.NOTICE_ATTACHMENTS | {
        "contract": "tests.notices.post.paper"
    }
