"""Many workers at once: one certificate an enrollment, one number a certificate (C1)."""

from datetime import timedelta
from threading import Barrier

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from certificates.models import LEASE, Certificate, NumberSeries
from certificates.operations import issue_certificate
from certificates.operations.claiming import claim
from certificates.operations.issuing import reserve_certificate, store_paper
from certificates.rendering import certificate_pdf
from offer_site.notices.models import Notice
from tests import given
from tests.at_once import at_once

pytestmark = pytest.mark.django_db(transaction=True)
AFTER = given.NOON + timedelta(days=65)


def test_two_workers_at_once_issue_one_certificate():
    enrollment = given.a_completed_enrollment()
    issued = at_once([lambda: issue_certificate(enrollment_id=enrollment.pk, at=AFTER)] * 4)
    assert len({certificate.number for certificate in issued}) == 1
    assert Certificate.objects.count() == 1
    assert Notice.objects.filter(kind="certificate-ready").count() == 1


def test_a_worker_that_outlives_its_lease_throws_its_paper_away():
    """Both print: the second one took over what the first was believed to have died on."""
    enrollment = given.a_completed_enrollment()
    reserved = reserve_certificate(enrollment_id=enrollment.pk, at=AFTER)
    assert claim(reserved, at=AFTER)
    slow = certificate_pdf(reserved)
    fast = issue_certificate(enrollment_id=enrollment.pk, at=AFTER + LEASE)
    path = default_storage.save(f"certificates/2027/{reserved.file_name}", ContentFile(slow))
    late = store_paper(reserved, pdf=slow, path=path, stamp={}, at=AFTER + LEASE)
    assert late.file == fast.file != path
    assert not default_storage.exists(path)
    assert Notice.objects.filter(kind="certificate-ready").count() == 1


def test_without_a_lease_every_worker_would_print():
    """The control: what the lease spares."""
    enrollment = given.a_completed_enrollment()
    reserved = reserve_certificate(enrollment_id=enrollment.pk, at=AFTER)
    with_lease = at_once([lambda: claim(reserved, at=AFTER)] * 4)
    Certificate.objects.update(lease_until=None, attempts=0)

    def claims_what_it_read() -> bool:
        found = Certificate.objects.get(pk=reserved.pk)
        return found.lease_until is None

    without = at_once([claims_what_it_read] * 4)
    assert (with_lease.count(True), without.count(True)) == (1, 4)


def test_many_certificates_at_once_get_numbers_of_their_own_without_a_gap():
    cohort = given.a_cohort()
    people = [given.a_completed_enrollment(cohort=cohort) for _ in range(6)]
    at_once([lambda one=one: issue_certificate(enrollment_id=one.pk, at=AFTER) for one in people])
    numbers = sorted(Certificate.objects.values_list("number", flat=True))
    assert numbers == [f"LZA-2027-{count:06d}" for count in range(1, 7)]
    assert NumberSeries.objects.get(year=2027).last == 6


def test_a_number_read_without_its_lock_would_be_given_twice():
    NumberSeries.objects.create(year=2027)
    both_have_read = Barrier(2)

    def taken_without_lock() -> int:
        series = NumberSeries.objects.get(year=2027)
        both_have_read.wait()
        series.last += 1
        series.save()
        return series.last

    assert at_once([taken_without_lock] * 2) == [1, 1]
