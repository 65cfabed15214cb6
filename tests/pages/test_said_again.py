"""What is said a second time keeps what it brought anew, or is told that it was not kept."""

import pytest
import time_machine
from django.core.files.storage import default_storage
from django.urls import reverse

from enrollment.models import Breach, BreachStatement, Claim, ForceMajeure
from offer_site.journal.models import Entry
from tests.accounts.signing import signed_in
from tests.enrollment.conduct.scenes import HOUR, SOON, a_student
from tests.given import a_paid_order, an_owner
from tests.papers import JPEG, PNG, a_file
from tests.staff.conftest import signed_in as at_desk

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("short_contracts")]
LATER = SOON + HOUR


@pytest.fixture(autouse=True)
def _later():
    with time_machine.travel(LATER, tick=False):
        yield


def screenshot():
    return a_file(PNG, "экран.png", "image/png")


def receipt():
    return a_file(JPEG, "чек.jpg", "image/jpeg")


def stored(folder):
    return len(default_storage.listdir(folder)[1]) if default_storage.exists(folder) else 0


@pytest.mark.clause("10.2.1", "10.2.2")
def test_a_claim_that_is_sent_again_gets_its_new_file_and_its_signature():
    order = a_paid_order()
    browser = signed_in(order.party.email)
    address = reverse("claim_create", args=[order.code])
    written = {"kind": "service", "demand": "Қайта өткізу", "circumstances": "Бейне ашылмады"}
    before = stored("claims")
    browser.post(address, written | {"files": [screenshot()]})
    shown = browser.post(
        address, written | {"files": [screenshot(), receipt()], "sign": "on"}, follow=True
    )
    claim = Claim.objects.get()
    assert [file.title for file in claim.files.all()] == ["экран.png", "чек.jpg"]
    assert claim.signed_at == LATER
    assert stored("claims") == before + 2
    assert Entry.objects.filter(verb="claim.documents_came").count() == 1
    assert Entry.objects.filter(verb="claim.signed").count() == 1
    assert "бұрын" in shown.content.decode(), "it is not told that a claim came"


@pytest.mark.clause("10.2.2")
def test_a_claim_with_more_evidence_is_not_taken_for_the_first_one():
    order = a_paid_order()
    browser = signed_in(order.party.email)
    address = reverse("claim_create", args=[order.code])
    written = {"kind": "service", "demand": "Қайта өткізу", "circumstances": "Бейне ашылмады"}
    browser.post(address, written)
    browser.post(address, written | {"evidence": "Хат алмасу"})
    assert sorted(claim.evidence for claim in Claim.objects.all()) == ["", "Хат алмасу"]


@pytest.mark.clause("8.3", "8.4")
def test_a_report_that_is_sent_again_gets_its_document():
    order = a_paid_order()
    browser = signed_in(order.party.email)
    address = reverse("force_majeure_create", args=[order.code])
    written = {"kind": "flood", "began_on": "23.11.2026", "words": "Су тасқыны"}
    browser.post(address, written)
    browser.post(address, written | {"files": [screenshot()]})
    event = ForceMajeure.objects.get()
    assert [file.title for file in event.files.all()] == ["экран.png"]
    other = browser.post(address, written | {"words": "Жол жабық", "files": [receipt()]})
    assert other.status_code == 200
    assert "Жол жабық" in other.content.decode()
    assert ForceMajeure.objects.get().words == "Су тасқыны"
    assert event.files.count() == 1


@pytest.mark.clause("6.5")
def test_a_breach_that_is_recorded_again_gets_its_evidence_and_loses_no_word():
    order = a_student()
    desk = at_desk(an_owner())
    address = reverse("admin:enrollment_enrollment_breach", args=[order.enrollment.pk])
    typed = {"rule": "11.5-1", "happened_at": "2026-11-23T12:30", "what": "Жазба таратты."}
    desk.post(address, typed)
    desk.post(address, typed | {"document": screenshot()})
    desk.post(address, typed | {"document": screenshot()})
    assert BreachStatement.objects.get().document
    other = desk.post(address, typed | {"what": "Топқа сілтеме берді."})
    assert other.status_code == 200
    assert "Топқа сілтеме берді." in other.text
    closing = desk.post(address, typed | {"also_shuts_off": "on"})
    assert closing.status_code == 200
    assert not Breach.objects.get().suspensions.exists()
