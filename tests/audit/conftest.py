"""One busy world for all tests of the audit; what each of them breaks is taken back."""

from collections.abc import Iterator

import pytest
from django.db import transaction

from tests.audit.world import Busy, a_busy_world
from tests.databases import copies_of, keep_as, restore
from tests.services import worker_number

_worlds: list[Busy] = []  # the one that this process made


@pytest.fixture(scope="module")
def lived(django_db_setup, django_db_blocker) -> Iterator[Busy]:
    """A world that was committed: made once, and copied for each module that asks for it."""
    template = f"site_busy_{worker_number()}"
    with django_db_blocker.unblock():
        if not _worlds:
            restore()
            _worlds.append(a_busy_world())
            keep_as(template)
        with copies_of(template):
            yield _worlds[0]


@pytest.fixture
def world(lived: Busy) -> Iterator[Busy]:
    """The world for a test that breaks something of it in a transaction, which is rolled back."""
    with transaction.atomic():
        yield lived
        transaction.set_rollback(True)
