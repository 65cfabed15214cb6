"""One certificate that was issued, for tests of what happens to it afterwards;
what each of them does is taken back.
"""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from certificates.models import Certificate
from certificates.operations import issue_certificate
from tests import given
from tests.databases import copies_of, keep_as, restore
from tests.services import worker_number

AFTER = given.NOON + timedelta(days=65)  # 27.01.2027
_issued: list[int] = []  # the one that this process made


@pytest.fixture(scope="module")
def issued(django_db_setup, django_db_blocker) -> Iterator[int]:
    """Commit it once, and give each module that asks for it copies of that database."""
    template = f"site_issued_{worker_number()}"
    with django_db_blocker.unblock():
        if not _issued:
            restore()
            enrollment = given.a_completed_enrollment()
            _issued.append(issue_certificate(enrollment_id=enrollment.pk, at=AFTER).pk)
            keep_as(template)
        with copies_of(template):
            yield _issued[0]


@pytest.fixture
def certificate(issued: int, db: None) -> Certificate:
    """The certificate, in a transaction that is rolled back."""
    return Certificate.objects.get(pk=issued)
