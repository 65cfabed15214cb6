"""Issuing: one number, one file, one letter, whatever happens between."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.db import IntegrityError, OperationalError, connection, transaction

from certificates.models import Certificate
from certificates.operations import (
    CertificateSetApartError,
    certificate_attachment,
    certificate_file,
    issue_certificate,
    issue_due_certificates,
)
from certificates.operations.facts import INCOMPLETE, UNREADABLE
from certificates.operations.issuing import reserve_certificate
from enrollment.models import Enrollment, Party
from offer_site.documents import StoredFileError
from offer_site.errors import RuleViolation
from offer_site.journal.models import Entry
from offer_site.notices.models import Notice
from tests import given

pytestmark = pytest.mark.django_db
AFTER = given.NOON + timedelta(days=90)


@pytest.fixture(autouse=True)
def without_broker(settings):
    settings.CELERY_TASK_ALWAYS_EAGER = True


def spoil_address(party: Party) -> None:
    """Leave an address that no key of ours can read."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE enrollment_party SET address = 'spoiled' WHERE id = %s", [party.pk])


def verbs_of(order_code: str) -> list[str]:
    return [
        entry.verb
        for entry in Entry.objects.of_order(order_code)
        if entry.about_kind == "certificate"
    ]


@pytest.mark.clause("9.1")
def test_a_completed_enrollment_gets_its_certificate_by_letter():
    enrollment = given.a_completed_enrollment()
    certificate = issue_certificate(enrollment_id=enrollment.pk, at=AFTER)
    notice = Notice.objects.get(kind="certificate-ready")
    assert certificate.number == "LZA-2027-000001"
    assert certificate.learner_name == enrollment.learner.full_name
    assert (certificate.starts_on, certificate.ends_on) == (
        enrollment.cohort.starts_on,
        enrollment.cohort.ends_on,
    )
    assert certificate.rendered_at == AFTER
    assert notice.recipient == enrollment.order.party.email
    assert notice.attachments == [["certificate", certificate.number]]
    assert verbs_of(enrollment.order.code) == ["certificate.numbered", "certificate.issued"]


@pytest.mark.clause("9.1")
def test_a_service_that_is_not_performed_gets_no_certificate():
    order = given.a_paid_order()
    with pytest.raises(RuleViolation):
        issue_certificate(enrollment_id=order.enrollment.pk, at=AFTER)
    assert issue_due_certificates(at=AFTER) == []
    assert not Certificate.objects.exists()


def test_a_second_run_issues_nothing_twice():
    enrollment = given.a_completed_enrollment()
    first = issue_due_certificates(at=AFTER)
    again = issue_certificate(enrollment_id=enrollment.pk, at=AFTER)
    assert [outcome.what for outcome in first] == ["issued"]
    assert issue_due_certificates(at=AFTER) == []
    assert again.number == first[0].number
    assert Notice.objects.filter(kind="certificate-ready").count() == 1
    assert len(verbs_of(enrollment.order.code)) == 2


def test_numbers_run_without_gaps_and_start_anew_each_year():
    cohort = given.a_cohort()
    people = [given.a_completed_enrollment(cohort=cohort) for _ in range(3)]
    numbers = [issue_certificate(enrollment_id=one.pk, at=AFTER).number for one in people[:2]]
    next_year = issue_certificate(enrollment_id=people[2].pk, at=AFTER + timedelta(days=365)).number
    assert numbers == ["LZA-2027-000001", "LZA-2027-000002"]
    assert next_year == "LZA-2028-000001"


def test_a_crash_between_the_transactions_is_continued_with_the_same_number():
    enrollment = given.a_completed_enrollment()
    reserved = reserve_certificate(enrollment_id=enrollment.pk, at=AFTER)
    outcomes = issue_due_certificates(at=AFTER + timedelta(days=1))
    certificate = Certificate.objects.get()
    assert [outcome.number for outcome in outcomes] == [reserved.number]
    assert (certificate.number, certificate.code) == (reserved.number, reserved.code)
    assert certificate.issued_on == reserved.issued_on
    assert certificate.is_rendered


def test_a_crash_after_the_file_was_written_leaves_one_certificate():
    enrollment = given.a_completed_enrollment()
    reserved = reserve_certificate(enrollment_id=enrollment.pk, at=AFTER)
    default_storage.save(f"certificates/2027/{reserved.file_name}", ContentFile(b"half a paper"))
    certificate = issue_certificate(enrollment_id=enrollment.pk, at=AFTER)
    assert certificate_file(certificate).startswith(b"%PDF")


def test_the_database_keeps_one_live_certificate_an_enrollment():
    enrollment = given.a_completed_enrollment()
    certificate = issue_certificate(enrollment_id=enrollment.pk, at=AFTER)
    certificate.pk = None
    certificate.number = "LZA-2027-999999"
    certificate.code = "another"
    with (
        pytest.raises(IntegrityError, match="an_enrollment_has_one_live_certificate"),
        transaction.atomic(),
    ):
        certificate.save(force_insert=True)


def test_a_poisoned_record_is_set_apart_with_its_reason_and_the_others_go_out():
    cohort = given.a_cohort()
    poisoned, whole = (given.a_completed_enrollment(cohort=cohort) for _ in range(2))
    spoil_address(poisoned.order.party)
    out = StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("issue_certificates", stdout=out)
    assert ended.value.code == 1
    assert Certificate.objects.get(enrollment=whole).is_rendered
    apart = Certificate.objects.set_apart().get()
    assert (apart.enrollment, apart.fail_reason) == (poisoned, UNREADABLE)
    assert f"certificate failed: {poisoned.order.code} {apart.number}" in out.getvalue()
    assert len(out.getvalue().splitlines()) == 2


def test_what_was_set_apart_goes_out_under_its_number_once_the_cause_is_gone():
    enrollment = given.a_completed_enrollment()
    party = Party.objects.get(pk=enrollment.order.party_id)
    spoil_address(party)
    with pytest.raises(CertificateSetApartError):
        issue_certificate(enrollment_id=enrollment.pk, at=AFTER)
    apart = Certificate.objects.get()
    party.save(update_fields=["address"])
    certificate = issue_certificate(enrollment_id=enrollment.pk, at=AFTER)
    assert certificate.number == apart.number
    assert (certificate.failed_at, certificate.fail_reason) == (None, "")


@pytest.mark.clause("9.5")
def test_a_certificate_that_cannot_state_an_address_waits_for_a_person():
    enrollment = given.a_completed_enrollment()
    Party.objects.filter(pk=enrollment.order.party_id).update(address="")
    outcomes = issue_due_certificates(at=AFTER)
    assert [(outcome.what, outcome.detail) for outcome in outcomes] == [("failed", INCOMPLETE)]
    assert not Notice.objects.filter(kind="certificate-ready").exists()


def test_a_disk_that_refuses_the_file_sets_the_certificate_apart(settings, tmp_path):
    enrollment = given.a_completed_enrollment()
    (tmp_path / "full").write_text("a file where a folder should be")
    settings.MEDIA_ROOT = tmp_path / "full"
    outcomes = issue_due_certificates(at=AFTER)
    settings.MEDIA_ROOT = tmp_path / "empty"
    again = issue_due_certificates(at=AFTER)
    assert [outcome.what for outcome in outcomes + again] == ["failed", "issued"]
    assert (
        outcomes[0].number
        == again[0].number
        == Certificate.objects.get(enrollment=enrollment).number
    )


@pytest.mark.parametrize(("error", "stays"), [(IntegrityError, False), (OperationalError, True)])
def test_a_row_that_cannot_be_written_kills_no_worker_and_leaves_no_file(
    monkeypatch, settings, tmp_path, error, stays
):
    def refuse(*args, **kwargs):
        raise error

    settings.MEDIA_ROOT = tmp_path
    given.a_completed_enrollment()
    with monkeypatch.context() as broken:
        broken.setattr("certificates.operations.issuing.queue_certificate", refuse)
        outcomes = [each.what for _run in range(3) for each in issue_due_certificates(at=AFTER)]
    certificate = Certificate.objects.get()
    assert outcomes == ["failed"] * 3
    assert (certificate.attempts, certificate.lease_until, certificate.fail_reason) == (
        0,
        None,
        error.__name__,
    )
    assert bool(list(tmp_path.rglob(f"{certificate.number}*"))) == stays
    assert [each.what for each in issue_due_certificates(at=AFTER)] == ["issued"]


def test_the_command_says_one_line_a_certificate_and_ends_well():
    enrollment = given.a_completed_enrollment()
    out = StringIO()
    call_command("issue_certificates", stdout=out)
    number = Certificate.objects.get().number
    assert out.getvalue() == f"certificate issued: {enrollment.order.code} {number}\n"


def test_the_stored_file_is_encrypted_and_every_reading_gives_the_same_bytes():
    certificate = issue_certificate(enrollment_id=given.a_completed_enrollment().pk, at=AFTER)
    with open(default_storage.path(certificate.file), "rb") as stored:
        sealed = stored.read()
    pdf = certificate_file(certificate)
    assert not sealed.startswith(b"%PDF")
    assert pdf.startswith(b"%PDF")
    assert (
        certificate_file(Certificate.objects.get())
        == pdf
        == certificate_attachment(certificate.number, at=AFTER)[0].content
    )


def test_a_file_that_is_not_the_one_issued_is_not_handed_out():
    certificate = issue_certificate(enrollment_id=given.a_completed_enrollment().pk, at=AFTER)
    Certificate.objects.update(sha256="0" * 64)
    certificate.refresh_from_db()
    with pytest.raises(StoredFileError):
        certificate_file(certificate)


def test_the_address_lies_nowhere_in_plain_text():
    enrollment = given.a_completed_enrollment(address="Құпия көшесі, 7")
    issue_certificate(enrollment_id=enrollment.pk, at=AFTER)
    with connection.cursor() as cursor:
        for table in ("certificates_certificate", "journal_entry", "notices_notice"):
            cursor.execute(f"SELECT * FROM {table}")
            assert "Құпия" not in repr(cursor.fetchall())
    assert Enrollment.objects.get().certificates.get().rows[1]["value"] == "Құпия көшесі, 7"
