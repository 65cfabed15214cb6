"""Force majeure in the cabinet and at the desks (8.3–8.6)."""

from datetime import date

import pytest
import time_machine
from django.urls import reverse
from django.utils.translation import override

from enrollment.models import ForceMajeure
from enrollment.operations.force_majeure.events import call_for_talks
from offer_site.notices.models import Notice
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


def last_day(day):
    """What the form sends once a person has seen the new days that follow from it."""
    return {"ended_on": day, "shown_for": day}


@pytest.mark.clause("8.3", "8.4")
def test_a_student_reports_it_late_and_sends_the_document_afterwards():
    order = a_paid_order()
    browser = signed_in(order.party.email)
    address = reverse("force_majeure_create", args=[order.code])
    assert address in browser.get(reverse("what_if", args=[order.code])).content.decode()
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
    desk.post(button(event, "confirmation"), {"hinders": "both"})
    with time_machine.travel(event.talks_from, tick=False):
        call_for_talks(at=event.talks_from)
        agreed = {"contract": event.contracts.first().pk, "settlement": "otherwise"}
        desk.post(button(event, "settlement"), agreed)
        desk.post(button(event, "end"), last_day("2026-12-20"))
    event.refresh_from_db()
    assert (event.days, event.contracts.filter(settlement="otherwise").count()) == (20, 1)
    shown = desk.get(reverse("admin:enrollment_forcemajeure_change", args=[event.pk]))
    assert alone.code in shown.content.decode()


@pytest.mark.clause("8.6", "12.5")
def test_one_person_ends_no_contract_and_another_approves():
    order = a_paid_order()
    event = confirmed(a_report(order))
    contract = event.contracts.get()
    first = at_the_desk_of(a_member("manager"))
    second = at_the_desk_of(a_member("owner"))
    wish = {"contract": contract.pk, "settlement": "ended", "owed": "50000"}
    with time_machine.travel(event.talks_from, tick=False):
        call_for_talks(at=event.talks_from)
        first.post(button(event, "settlement"), wish)
        order.refresh_from_db()
        assert order.state == "paid"
        again = first.post(button(event, "approval"), {"contract": contract.pk})
        assert again.status_code == 200
        order.refresh_from_db()
        assert order.state == "paid"
        asked = second.get(button(event, "approval")).content.decode()
        assert order.code in asked
        second.post(button(event, "approval"), {"contract": contract.pk})
    order.refresh_from_db()
    contract.refresh_from_db()
    assert (order.state, contract.owed) == ("terminated", 50_000)
    assert (contract.proposed_by, contract.settled_by) != (contract.settled_by,) * 2
    letter = Notice.objects.filter(kind="force-majeure").latest("pk")
    assert (letter.facts["stage"], letter.facts["owed"]) == ("ended", 50_000)


@pytest.mark.clause("8.6")
def test_an_end_is_sent_back_and_the_contract_goes_on():
    event = confirmed(a_report(a_paid_order()))
    contract = event.contracts.get()
    desk = at_the_desk_of(a_member("manager"))
    told = {"contract": contract.pk, "reason": "Онлайн өтеміз"}
    with time_machine.travel(event.talks_from, tick=False):
        call_for_talks(at=event.talks_from)
        desk.post(button(event, "settlement"), {"contract": contract.pk, "settlement": "ended"})
        assert desk.post(button(event, "end"), last_day("2026-12-20")).status_code == 302
        desk.post(button(event, "return"), told)
        assert desk.post(button(event, "approval"), told).status_code in (200, 302)
    contract.refresh_from_db()
    assert (contract.proposed_by, contract.settled_at) == ("", None)
    assert contract.return_reason == "Онлайн өтеміз"
    assert contract.order.state == "paid"


@pytest.mark.clause("8.3", "8.6")
def test_a_slip_of_the_pen_in_the_first_day_is_corrected():
    order = a_paid_order()
    event = confirmed(a_report(order, began_on=BEGAN_ON + DAY, at=NOON + 5 * DAY))
    assert event.contracts.get().reported_late
    desk = at_the_desk_of(a_member("manager"))
    wish = {"began_on": "1926-11-23", "reason": "қате"}
    assert "began_on" in desk.post(button(event, "beginning"), wish).context["form"].errors
    desk.post(button(event, "beginning"), wish | {"began_on": "2026-11-26"})
    event.refresh_from_db()
    contract = event.contracts.get()
    assert (event.began_on, contract.reported_late) == (date(2026, 11, 26), False)
    assert contract.last_day_to_report == date(2026, 11, 30)  # the 29th is a Sunday
    assert order.deadlines.filter(clause="8.3").count() == 2
    letter = Notice.objects.filter(kind="force-majeure").latest("pk")
    assert (letter.facts["stage"], letter.facts["began_on"]) == ("corrected", "2026-11-26")
    desk.post(button(event, "end"), last_day("2026-11-27"))
    assert "қате" in desk.post(button(event, "beginning"), wish).text, "the words come back"
    event.refresh_from_db()
    assert event.began_on == date(2026, 11, 26)


def test_a_curator_judges_nothing():
    event = a_report()
    desk = at_the_desk_of(a_member("curator"))
    assert desk.post(button(event, "confirmation")).status_code == 403
    event.refresh_from_db()
    assert not event.is_confirmed
