"""The name on the certificate: corrected until it is issued (9.5)."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import time_machine
from django.db import connection, transaction
from django.urls import reverse

from certificates.operations import correct_certificate_name
from certificates.operations.issuing import reserve_certificate
from enrollment.models import Enrollment
from enrollment.operations.corrections.learners import correct_name
from enrollment.operations.ordering.applications import learner_key
from offer_site.errors import RuleViolation
from offer_site.journal.models import Entry
from tests.accounts.signing import signed_in
from tests.given import NOON, a_cohort, a_completed_enrollment, a_paid_order

pytestmark = pytest.mark.django_db
CORRECTED = {"surname": "Әбілқасымова", "name": "Гүлнұр", "patronymic": ""}


@pytest.fixture(autouse=True)
def _noon():
    with time_machine.travel(NOON, tick=False):
        yield


def corrected(order, *, issued=False, **values):
    return correct_name(
        learner=order.learner, **(CORRECTED | values), issued=issued, by="user:1", at=NOON
    )


@pytest.mark.clause("9.5")
def test_the_student_corrects_the_name():
    order = a_paid_order(surname="Абилкасымова")
    url = reverse("certificate_name", args=[order.code])
    browser = signed_in(order.party.email)
    assert browser.get(url).status_code == 200
    assert browser.post(url, CORRECTED)["Location"] == reverse("cabinet")
    order.learner.refresh_from_db()
    assert order.learner.full_name == "Әбілқасымова Гүлнұр"


@pytest.mark.clause("9.5")
def test_a_correction_is_recorded_by_digests_only():
    order = a_paid_order(surname="Абилкасымова")
    before = order.learner.digest()
    learner = corrected(order)
    row = Entry.objects.get(verb="learner.name_corrected")
    assert row.facts == {"learner_before": before, "learner": learner.digest()}
    assert row.clause == "9.5"


def test_the_same_name_again_records_nothing():
    order = a_paid_order(surname="Абилкасымова")
    corrected(order)
    corrected(order)
    assert Entry.objects.filter(verb="learner.name_corrected").count() == 1


@pytest.mark.clause("9.5")
def test_after_the_certificate_is_issued_the_name_stands():
    order = a_paid_order(surname="Абилкасымова")
    with pytest.raises(RuleViolation), transaction.atomic():
        corrected(order, issued=True)
    order.learner.refresh_from_db()
    assert order.learner.surname == "Абилкасымова"
    assert not Entry.objects.filter(verb="learner.name_corrected").exists()


def test_the_learner_is_recognized_by_the_corrected_name():
    order = a_paid_order(surname="Абилкасымова")
    learner = corrected(order)
    key = learner_key(email=order.party.email, full_name=learner.full_name)
    order.refresh_from_db()
    assert order.learner_key == key
    assert Enrollment.objects.get(order=order).learner_key == key


def test_a_name_cannot_be_corrected_into_a_learner_of_the_same_cohort():
    cohort = a_cohort()
    first = a_paid_order(cohort=cohort, email="family@example.kz")
    second = a_paid_order(cohort=cohort, email="family@example.kz", surname="Абилкасымова")
    values = {
        "surname": first.learner.surname,
        "name": first.learner.name,
        "patronymic": first.learner.patronymic,
    }
    with pytest.raises(RuleViolation) as refused, transaction.atomic():
        corrected(second, **values)
    assert refused.value.field == "surname"
    second.learner.refresh_from_db()
    assert second.learner.surname == "Абилкасымова"


def test_another_students_name_is_not_found():
    order = a_paid_order()
    other = a_paid_order()
    url = reverse("certificate_name", args=[order.code])
    browser = signed_in(other.party.email)
    assert browser.get(url).status_code == 404
    assert browser.post(url, CORRECTED).status_code == 404
    order.learner.refresh_from_db()
    assert order.learner.patronymic


def test_what_was_typed_comes_back_with_a_sentence():
    order = a_paid_order()
    url = reverse("certificate_name", args=[order.code])
    answer = signed_in(order.party.email).post(
        url, {"surname": "Serik1", "name": "", "patronymic": ""}
    )
    assert answer.status_code == 200
    assert set(answer.context["form"].errors) == {"surname", "name"}
    assert "Serik1" in answer.content.decode()


@pytest.mark.clause("9.5")
@pytest.mark.django_db(transaction=True)
def test_a_correction_waits_for_a_certificate_that_is_being_numbered():
    enrollment = a_completed_enrollment()
    order = enrollment.order

    with ThreadPoolExecutor(1) as other:
        with transaction.atomic():
            certificate = reserve_certificate(
                enrollment_id=enrollment.pk, at=enrollment.completed_at
            )
            correcting = other.submit(correct_and_hang_up, order)
            with pytest.raises(TimeoutError):
                correcting.result(timeout=0.7)
        with pytest.raises(RuleViolation):
            correcting.result(timeout=20)
    order.learner.refresh_from_db()
    assert order.learner.full_name == certificate.learner_name


@pytest.mark.django_db(transaction=True)
def test_a_correction_waits_for_nothing_else():
    order = a_paid_order()
    another = a_completed_enrollment()
    with ThreadPoolExecutor(1) as other, transaction.atomic():
        reserve_certificate(enrollment_id=another.pk, at=another.completed_at)
        correcting = other.submit(correct_and_hang_up, order)
        correcting.result(timeout=20)
    order.learner.refresh_from_db()
    assert order.learner.patronymic == ""


def correct_and_hang_up(order):
    try:
        correct_certificate_name(order=order, **CORRECTED, by="user:1", at=NOON)
    finally:
        connection.close()
