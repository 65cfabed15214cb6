"""Fixtures that every test may ask for;
the machinery behind them stands in the modules named here.
"""

from collections.abc import Iterator

import pytest
from django.core.cache import cache
from hypothesis import settings

from tests.browser.pages import browser, new_page
from tests.databases import django_db_setup, nothing_published
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
]

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
