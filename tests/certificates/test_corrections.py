"""A correction is a new certificate; a revocation is a decision; each says why."""

from datetime import timedelta

import pytest

from certificates.models import Certificate
from certificates.operations import (
    LearnerName,
    certificate_file,
    issue_certificate,
    issue_due_certificates,
    replace_certificate,
    revoke_certificate,
    send_again,
)
from offer_site.errors import RuleViolation
from offer_site.journal.models import Entry
from offer_site.notices.models import Notice
from tests import given
from tests.certificates.papers import words_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("issued")]
AFTER = given.NOON + timedelta(days=65)
LATER = AFTER + timedelta(days=7)
REASON = "Тегінде қате бар еді"


@pytest.fixture(autouse=True)
def without_broker(settings):
    settings.CELERY_TASK_ALWAYS_EAGER = True


def test_a_correction_is_a_new_certificate_and_the_old_one_reads_as_replaced(certificate):
    before = certificate_file(certificate)
    name = LearnerName("Әбілқасымқызы", "Гүлнұр")
    new = replace_certificate(
        certificate=certificate, reason=REASON, learner_name=name, by=given.an_owner(), at=LATER
    )
    certificate.refresh_from_db()
    assert (certificate.replaced_by, certificate.replaced_at, certificate.replace_reason) == (
        new,
        LATER,
        REASON,
    )
    assert new.number != certificate.number
    assert new.code != certificate.code
    assert "Әбілқасымқызы Гүлнұр" in words_of(certificate_file(new), 0)
    assert certificate_file(certificate) == before
    assert Notice.objects.filter(about_key=new.number).count() == 1


def test_a_certificate_is_replaced_once(certificate):
    new = replace_certificate(certificate=certificate, reason=REASON, by=given.an_owner(), at=LATER)
    with pytest.raises(RuleViolation):
        replace_certificate(certificate=certificate, reason=REASON, by=given.an_owner(), at=LATER)
    assert Certificate.objects.live().get() == new
    assert Certificate.objects.count() == 2


@pytest.mark.parametrize("decide", [replace_certificate, revoke_certificate])
@pytest.mark.parametrize("reason", ["", "  \n ", "а" * 301])
def test_a_decision_without_a_reason_changes_nothing(certificate, decide, reason):
    with pytest.raises(RuleViolation):
        decide(certificate=certificate, reason=reason, by=given.an_owner(), at=LATER)
    certificate.refresh_from_db()
    assert certificate.is_live
    assert Certificate.objects.count() == 1


def test_a_revoked_certificate_is_not_issued_anew_by_the_clock(certificate):
    revoke_certificate(certificate=certificate, reason=REASON, by=given.an_owner(), at=LATER)
    with pytest.raises(RuleViolation):
        issue_certificate(enrollment_id=certificate.enrollment_id, at=LATER)
    assert issue_due_certificates(at=LATER) == []
    assert not Certificate.objects.live().exists()


def test_a_revoked_certificate_is_issued_anew_by_a_decision(certificate):
    revoke_certificate(certificate=certificate, reason=REASON, by=given.an_owner(), at=LATER)
    new = replace_certificate(certificate=certificate, reason=REASON, by=given.an_owner(), at=LATER)
    assert Certificate.objects.live().get() == new


def test_a_certificate_that_does_not_stand_is_not_sent_nor_revoked_again(certificate):
    owner = given.an_owner()
    revoke_certificate(certificate=certificate, reason=REASON, by=owner, at=LATER)
    with pytest.raises(RuleViolation):
        send_again(certificate=certificate, by=owner, at=LATER)
    with pytest.raises(RuleViolation):
        revoke_certificate(certificate=certificate, reason=REASON, by=owner, at=LATER)
    assert Notice.objects.filter(kind="certificate-ready").count() == 1


def test_decisions_stand_in_the_journal_with_their_person_and_without_the_free_text(certificate):
    owner = given.an_owner()
    new = replace_certificate(certificate=certificate, reason=REASON, by=owner, at=LATER)
    revoke_certificate(certificate=new, reason=REASON, by=owner, at=LATER)
    rows = Entry.objects.filter(verb__in=["certificate.replaced", "certificate.revoked"]).order_by(
        "number"
    )
    assert [(row.verb, row.by) for row in rows] == [
        ("certificate.replaced", f"staff:{owner.pk}"),
        ("certificate.revoked", f"staff:{owner.pk}"),
    ]
    assert REASON not in str([row.facts for row in rows])
