"""Certificates at staff's desk: decided with a reason, read with a trace,
closed to those whose work they are not.
"""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse

from certificates.models import Certificate
from certificates.operations import issue_certificate
from certificates.operations.issuing import reserve_certificate
from enrollment.models import Clarification, Party
from enrollment.operations.corrections.answers import answer_question
from offer_site.accounts.models import User
from offer_site.journal.models import Entry
from offer_site.notices.models import Notice
from offer_site.staff.roles import set_staff_groups
from tests import given

pytestmark = pytest.mark.django_db
AFTER = given.NOON + timedelta(days=65)
CORRECTED = {
    "reason": "Тегінде қате бар еді",
    "surname": "Әбілқасымқызы",
    "name": "Гүлнұр",
    "patronymic": "",
}


@pytest.fixture
def certificate() -> Certificate:
    return issue_certificate(enrollment_id=given.a_completed_enrollment().pk, at=AFTER)


def desk_of(group: str) -> Client:
    set_staff_groups()
    member = User.objects.create_user(f"{group}@desk.example.kz", is_staff=True)
    member.groups.add(Group.objects.get(name=group))
    client = Client()
    client.force_login(member)
    return client


def button(name: str, certificate: Certificate) -> str:
    return reverse(f"admin:certificates_certificate_{name}", args=[certificate.pk])


def test_a_manager_issues_a_corrected_certificate(certificate):
    answer = desk_of("manager").post(button("replacement", certificate), CORRECTED)
    new = Certificate.objects.live().get()
    certificate.refresh_from_db()
    assert answer.status_code == 302
    assert certificate.replaced_by == new
    assert new.learner_name == "Әбілқасымқызы Гүлнұр"


def test_a_manager_revokes_and_says_why(certificate):
    desk = desk_of("manager")
    assert desk.post(button("revocation", certificate), {"reason": " "}).status_code == 200
    assert Certificate.objects.live().exists()
    desk.post(button("revocation", certificate), {"reason": "Қате берілген"})
    assert not Certificate.objects.live().exists()


def test_a_manager_sends_the_letter_again(certificate):
    desk_of("manager").post(button("sending", certificate))
    assert Notice.objects.filter(kind="certificate-ready").count() == 2


def test_what_was_set_apart_is_tried_again_and_says_why_it_still_fails():
    enrollment = given.a_completed_enrollment()
    Party.objects.update(address="")
    apart = reserve_certificate(enrollment_id=enrollment.pk, at=AFTER)
    desk = desk_of("manager")
    assert desk.post(button("issuing", apart)).status_code == 200
    answer_question(
        question=Clarification.objects.get(),
        values={"address": "Алматы қ., Абай даңғылы, 1"},
        confirmed=(),
        by="visitor",
        at=AFTER,
    )
    assert desk.post(button("issuing", apart)).status_code == 302
    assert Certificate.objects.get().is_rendered


def test_reading_the_paper_leaves_a_trace(certificate):
    response = desk_of("manager").get(button("file", certificate))
    assert response.content.startswith(b"%PDF")
    assert Entry.objects.filter(verb="certificate.read", about_key=certificate.number).count() == 1


@pytest.mark.parametrize("name", ["replacement", "revocation", "sending", "file"])
def test_an_accountant_reads_the_list_and_decides_nothing(certificate, name):
    desk = desk_of("accountant")
    assert desk.get(reverse("admin:certificates_certificate_changelist")).status_code == 200
    assert desk.get(button(name, certificate)).status_code == 403
    assert desk.post(button(name, certificate), CORRECTED).status_code == 403
    assert Certificate.objects.live().get() == certificate


@pytest.mark.parametrize("language", ["kk", "ru"])
def test_the_page_shows_no_address(certificate, language):
    url = reverse("admin:certificates_certificate_change", args=[certificate.pk])
    page = desk_of("manager").get(url, {"lang": language}).content.decode()
    assert certificate.number in page
    assert certificate.enrollment.order.party.address not in page
