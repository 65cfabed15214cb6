"""Force majeure in the cabinet and at the desks (8.3–8.6)."""

import pytest
import time_machine
from django.urls import reverse
from django.utils.translation import override

from enrollment.models import ForceMajeure
from enrollment.operations.force_majeure.events import call_for_talks
from offer_site.staff.attention import needs_attention
from tests.accounts.signing import signed_in
from tests.enrollment.claims.scenes import a_claim
from tests.enrollment.force_majeure.scenes import BEGAN_ON, DAY, a_report, confirmed, over
from tests.given import NOON, a_cohort, a_paid_order
from tests.papers import a_file
from tests.staff.conftest import a_member
from tests.staff.conftest import signed_in as at_the_desk_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _then():
    with time_machine.travel(NOON + 10 * DAY, tick=False):
        yield


def page(order, event):
    with override("kk"):
        return reverse("force_majeure", args=[order.code, event.pk])


def button(event, name):
    return reverse(f"admin:enrollment_forcemajeure_{name}", args=[event.pk])


@pytest.mark.clause("8.3", "8.4")
def test_a_student_reports_it_late_and_sends_the_document_afterwards():
    order = a_paid_order()
    browser = signed_in(order.party.email)
    address = reverse("force_majeure_create", args=[order.code])
    assert address in browser.get(reverse("cabinet")).content.decode()
    half = browser.post(address, {"kind": "flood", "words": "Үйді су басты"})
    assert "Үйді су басты" in half.content.decode()
    told = {"kind": "flood", "began_on": "23.11.2026", "words": "Үйді су басты"}
    answer = browser.post(address, told)
    event = ForceMajeure.objects.get()
    assert answer["Location"] == page(order, event)
    assert event.contracts.get().reported_late
    assert "Үйді су басты" in browser.get(page(order, event)).content.decode()
    browser.post(page(order, event), {"files": [a_file()]})
    assert event.files.count() == 1
    assert page(order, event) in browser.get(reverse("cabinet")).content.decode()


@pytest.mark.clause("8.6")
def test_the_student_sees_how_far_the_terms_moved():
    order = a_paid_order()
    a_claim(order)
    event = over(confirmed(a_report(order, side="academy")), BEGAN_ON + 4 * DAY)
    browser = signed_in(order.party.email)
    shown = browser.get(page(order, event)).content.decode()
    assert "5 күнге жылжыды" in shown
    assert "2026-12-08" in browser.get(reverse("cabinet")).content.decode()


def test_a_stranger_finds_no_event():
    order = a_paid_order()
    event = a_report(order)
    stranger = signed_in(a_paid_order().party.email)
    assert stranger.get(page(order, event)).status_code == 404


@pytest.mark.clause("8.3", "8.6")
def test_a_manager_reports_for_a_cohort_confirms_ends_and_settles():
    cohort = a_cohort()
    orders = [a_paid_order(cohort=cohort) for _each in range(2)]
    alone = a_paid_order()
    manager = a_member("manager")
    desk = at_the_desk_of(manager)
    values = {
        "kind": "flood",
        "began_on": "2026-12-01",
        "words_kk": "Су тасқыны",
        "words_ru": "Наводнение",
    }
    address = reverse("admin:enrollment_forcemajeure_add")
    assert desk.post(address, values).status_code == 200
    assert desk.post(address, values | {"codes": "SMXXXXXX"}).status_code == 200
    assert ForceMajeure.objects.count() == 0
    desk.post(address, values | {"cohorts": [cohort.pk], "codes": alone.code, "files": [a_file()]})
    event = ForceMajeure.objects.get()
    assert {each.order for each in event.contracts.all()} == {*orders, alone}
    queries = {matter.question.query for matter in needs_attention(user=manager, at=NOON)}
    assert "attention=to-confirm" in queries
    desk.post(button(event, "confirmation"))
    with time_machine.travel(event.talks_from, tick=False):
        call_for_talks(at=event.talks_from)
        agreed = {"contract": event.contracts.first().pk, "settlement": "otherwise"}
        desk.post(button(event, "settlement"), agreed)
        desk.post(button(event, "end"), {"ended_on": "2026-12-20"})
    event.refresh_from_db()
    assert (event.days, event.contracts.filter(settlement="otherwise").count()) == (20, 1)
    shown = desk.get(reverse("admin:enrollment_forcemajeure_change", args=[event.pk]))
    assert alone.code in shown.content.decode()


def test_a_curator_judges_nothing():
    event = a_report()
    desk = at_the_desk_of(a_member("curator"))
    assert desk.post(button(event, "confirmation")).status_code == 403
    event.refresh_from_db()
    assert not event.is_confirmed
