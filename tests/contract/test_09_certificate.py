"""Section 9 of the offer: the certificate."""

from datetime import timedelta

import pytest

from certificates.models import Certificate
from certificates.operations import (
    certificate_attachment,
    certificate_file,
    confirm_sent,
    issue_due_certificates,
)
from enrollment.models import Deadline, PartyKind
from offer_site.notices.models import Notice
from offer_site.notices.outbox import send_due_notices
from tests import given
from tests.certificates.papers import is_coloured, words_of

pytestmark = pytest.mark.django_db
AFTER = given.NOON + timedelta(
    days=65
)  # 27.01.2027, three working days after the day of performance


@pytest.fixture(autouse=True)
def without_broker(settings):
    settings.CELERY_TASK_ALWAYS_EAGER = True


def issued(**wishes) -> Certificate:
    enrollment = given.a_completed_enrollment(**wishes)
    issue_due_certificates(at=AFTER)
    return Certificate.objects.get(enrollment=enrollment)


@pytest.mark.clause("9.1", "7.2.1")
@pytest.mark.usefixtures("short_contracts")
def test_the_certificate_goes_to_the_registered_e_mail_within_five_working_days():
    certificate = issued()
    send_due_notices(at=AFTER)
    confirm_sent(at=AFTER)
    letter = Notice.objects.get(kind="certificate-ready")
    term = Deadline.objects.get(clause="9.1")
    assert letter.recipient == certificate.enrollment.order.party.email
    assert term.event_on == certificate.ends_on
    assert term.days == 5
    assert term.met_at == letter.sent_at < term.due_before


@pytest.mark.clause("9.2")
def test_a_companys_certificate_states_the_company():
    certificate = issued(kind=PartyKind.COMPANY)
    party = certificate.enrollment.order.party
    record = words_of(certificate_file(certificate), 1)
    academy = certificate.enrollment.order.edition.academy
    stated = [
        party.company_name,
        party.address,
        party.postal_address,
        party.bin,
        party.email,
        party.full_name,
        party.position,
        "SMMARKETING",
        academy.name_kk,
        academy.name_ru,
        academy.signatory,
        academy.signatory_position_kk,
        academy.signatory_position_ru,
    ]
    assert [value for value in stated if value not in record] == []
    assert party.company_name in words_of(certificate_file(certificate), 0)


@pytest.mark.clause("9.3")
@pytest.mark.parametrize("kind", [PartyKind.PERSON, PartyKind.GUARDIAN])
def test_a_persons_certificate_states_the_person_taught(kind):
    certificate = issued(kind=kind)
    enrollment = certificate.enrollment
    pdf = certificate_file(certificate)
    academy = enrollment.order.edition.academy
    stated = [
        enrollment.learner.full_name,
        enrollment.order.party.address,
        enrollment.order.party.email,
        "SMMARKETING",
        academy.name_kk,
        academy.name_ru,
        academy.signatory,
        academy.signatory_position_kk,
    ]
    assert [value for value in stated if value not in words_of(pdf, 1)] == []
    assert enrollment.learner.full_name in words_of(pdf, 0)


@pytest.mark.clause("9.3")
def test_the_face_carries_no_address_no_e_mail_and_no_phone():
    certificate = issued()
    party = certificate.enrollment.order.party
    face = words_of(certificate_file(certificate), 0)
    assert [
        value for value in (party.address, party.email, party.phone, "@") if value in face
    ] == []


@pytest.mark.clause("9.4")
def test_the_certificate_is_sent_in_colour():
    pdf, picture = certificate_attachment(issued().number, at=AFTER)
    assert (pdf.content_type, picture.content_type) == ("application/pdf", "image/png")
    assert is_coloured(picture.content)
