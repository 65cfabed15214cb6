"""One busy world for all tests of the audit; what each of them breaks is taken back."""

from collections.abc import Iterator

import pytest
from django.db import transaction

from tests.audit.world import Busy, a_busy_world
from tests.databases import restore


@pytest.fixture(scope="package")
def lived(django_db_setup, django_db_blocker) -> Iterator[Busy]:
    """A world that was committed, once for this folder: its tests ask for no other database."""
    with django_db_blocker.unblock():
        restore()
        yield a_busy_world()
        restore()


@pytest.fixture
def world(lived: Busy) -> Iterator[Busy]:
    """The world for a test that breaks something of it in a transaction, which is rolled back."""
    with transaction.atomic():
        yield lived
        transaction.set_rollback(True)
