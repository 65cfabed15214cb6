"""The letter that carries the certificate, and the deadline that its sending meets."""

from datetime import timedelta

import pytest

from certificates.operations import (
    confirm_sent,
    issue_certificate,
    issue_due_certificates,
    revoke_certificate,
    send_again,
)
from enrollment.models import Deadline
from enrollment.operations.clarification.questions import ask_by_hand, withdraw_question
from offer_site.days import end_of_day
from offer_site.journal.models import Entry
from offer_site.notices.models import Notice
from offer_site.notices.outbox import send_due_notices
from tests import given
from tests.certificates.papers import is_coloured, sheets_of
from tests.mailbox import parse

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("short_contracts")]
AFTER = given.NOON + timedelta(days=65)  # 27.01.2027; the cohort ended on 22.01.2027


@pytest.fixture(autouse=True)
def without_broker(settings):
    settings.CELERY_TASK_ALWAYS_EAGER = True


def the_deadline() -> Deadline:
    return Deadline.objects.get(clause="9.1")


def accepted_services() -> list[dict[str, object]]:
    return [entry.facts for entry in Entry.objects.filter(verb="service.accepted", clause="7.2.1")]


@pytest.mark.clause("9.1", "7.2.1")
def test_sending_the_certificate_in_time_meets_the_deadline_and_is_the_acceptance_of_the_service():
    enrollment = given.a_completed_enrollment()
    issue_certificate(enrollment_id=enrollment.pk, at=AFTER)
    send_due_notices(at=AFTER)
    sent = confirm_sent(at=AFTER)
    notice = Notice.objects.get(kind="certificate-ready")
    assert [(one.order, one.in_time) for one in sent] == [(enrollment.order.code, True)]
    assert the_deadline().met_at == notice.sent_at
    assert [facts["performed_on"] for facts in accepted_services()] == [
        enrollment.day_of_performance.isoformat()
    ]


@pytest.mark.clause("9.1")
def test_a_letter_that_is_only_queued_meets_nothing():
    issue_certificate(enrollment_id=given.a_completed_enrollment().pk, at=AFTER)
    assert confirm_sent(at=AFTER) == []
    assert the_deadline().met_at is None


@pytest.mark.clause("9.1")
def test_a_letter_sent_late_is_recorded_as_late_and_is_no_acceptance():
    given.a_completed_enrollment()
    late = end_of_day(the_deadline().due_on)
    issue_due_certificates(at=late)
    send_due_notices(at=late)
    assert [one.in_time for one in confirm_sent(at=late)] == [False]
    assert the_deadline().met_at >= late
    assert accepted_services() == []


def test_what_was_confirmed_is_not_confirmed_again():
    enrollment = given.a_completed_enrollment()
    issue_certificate(enrollment_id=enrollment.pk, at=AFTER)
    send_due_notices(at=AFTER)
    first = issue_due_certificates(at=AFTER)
    assert [outcome.what for outcome in first] == ["sent"]
    assert issue_due_certificates(at=AFTER) == []
    assert confirm_sent(at=AFTER) == []
    assert len(accepted_services()) == 1


@pytest.mark.clause("9.1", "9.4")
def test_the_letter_carries_the_certificate_for_print_and_as_a_colour_picture():
    enrollment = given.a_completed_enrollment()
    certificate = issue_certificate(enrollment_id=enrollment.pk, at=AFTER)
    send_due_notices(at=AFTER)
    letter = parse(Notice.objects.get(kind="certificate-ready").stored_letter())
    pdf, picture = letter.iter_attachments()
    assert letter["To"] == enrollment.order.party.email
    assert (pdf.get_filename(), picture.get_filename()) == (
        f"Сертификат-Әбілқасымова-Гүлнұр-Қайратқызы-{certificate.number}.pdf",
        f"Сертификат-Әбілқасымова-Гүлнұр-Қайратқызы-{certificate.number}.png",
    )
    assert sheets_of(pdf.get_content()) == 2
    assert is_coloured(picture.get_content())


def test_a_certificate_sent_again_goes_to_the_e_mail_that_is_registered_now():
    enrollment = given.a_completed_enrollment()
    certificate = issue_certificate(enrollment_id=enrollment.pk, at=AFTER)
    enrollment.order.party.email = "new@example.kz"
    enrollment.order.party.save(update_fields=["email"])
    for _ in range(2):
        send_again(certificate=certificate, by=given.an_owner(), at=AFTER)
    recipients = (
        Notice.objects.filter(kind="certificate-ready")
        .order_by("pk")
        .values_list("recipient", flat=True)
    )
    assert list(recipients)[1:] == ["new@example.kz", "new@example.kz"]


@pytest.mark.clause("9.1", "9.5")
def test_the_letter_of_a_revoked_certificate_meets_no_term_that_a_question_started_anew_after_it():
    certificate = issue_certificate(enrollment_id=given.a_completed_enrollment().pk, at=AFTER)
    send_due_notices(at=AFTER)
    later = AFTER + timedelta(minutes=9)
    staff = given.an_owner()
    revoke_certificate(certificate=certificate, reason="Тегінде қате бар", by=staff, at=later)
    order = certificate.enrollment.order
    question = ask_by_hand(order=order, fields=["learner"], issued=False, by=staff, at=later)
    withdraw_question(question=question, reason="Құжат келді", by=staff, at=later)
    assert confirm_sent(at=later) == []
    assert [term.occasion for term in Deadline.objects.running().filter(clause="9.1")] == [
        "after-1"
    ]
