"""Halves at staff's desk: the buttons, the picture and who saw it, what needs attention,
whose right it is (4.3.1).
"""

from datetime import timedelta

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from enrollment.models import HalvesAnswer, HalvesRequest, RestMove
from enrollment.operations.halves.suspensions import suspend_overdue
from offer_site.days import end_of_day
from offer_site.journal.models import Entry
from offer_site.staff.attention import needs_attention
from tests.enrollment.halves.scenes import (
    PNG,
    REST_ON,
    VALID_UNTIL,
    a_half_paid_order,
    a_proposal,
    a_request,
    an_agreement,
)
from tests.given import NOON, an_owner

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.clause("4.3.1")]
LATER = NOON + timedelta(hours=2)


@pytest.fixture(autouse=True)
def _later():
    with time_machine.travel(LATER, tick=False):
        yield


def page(name, request, *more):
    return reverse(f"admin:enrollment_halvesrequest_{name}", args=[request.pk, *more])


def a_picture(content=PNG):
    return SimpleUploadedFile("chat.png", content)


def asked(at):
    return {
        matter.question.query: matter.count
        for matter in needs_attention(user=an_owner(), at=at)
        if "halves" in matter.question.listed or matter.question.query == "attention=rest"
    }


def test_the_manager_proposes_from_the_page(at_managers_desk):
    request = a_request()
    wrong = at_managers_desk.post(
        page("propose", request), {"rest_on": "2027-01-22", "valid_on": "2026-11-25"}
    )
    assert "22.01.2027" in wrong.text
    answer = at_managers_desk.post(
        page("propose", request), {"rest_on": "2026-12-21", "valid_on": "2026-11-25"}
    )
    assert answer.status_code == 302
    request.refresh_from_db()
    assert (request.state, request.proposal.rest_on, request.valid_until) == (
        "proposed",
        REST_ON,
        VALID_UNTIL,
    )


def test_the_manager_declines_with_a_reason(at_managers_desk):
    request = a_request()
    assert at_managers_desk.post(page("decline", request), {"reason": ""}).status_code == 200
    at_managers_desk.post(page("decline", request), {"reason": "Топ толды"})
    request.refresh_from_db()
    assert (request.state, request.decline_reason) == ("declined", "Топ толды")


@pytest.mark.clause("5.4")
def test_the_manager_records_an_answer_and_who_sees_its_picture_is_journalled(at_managers_desk):
    request = a_proposal().request
    typed = {"said_at": "2026-11-23T13:00", "agrees": "yes"}
    at_managers_desk.post(page("answer", request), typed | {"picture": a_picture(b"<html>")})
    assert HalvesAnswer.objects.count() == 0
    at_managers_desk.post(page("answer", request), typed | {"picture": a_picture()})
    answer = HalvesAnswer.objects.get()
    assert (answer.agrees, answer.recorded_by.email) == (True, "manager@desk.example.kz")
    shown = at_managers_desk.get(page("change", request))
    assert page("picture", request, answer.pk) in shown.text
    file = at_managers_desk.get(page("picture", request, answer.pk))
    assert (file.content, "attachment" in file["Content-Disposition"]) == (PNG, True)
    assert Entry.objects.filter(verb="halves.picture_seen").count() == 1


def test_an_answer_said_before_the_proposal_is_refused_and_its_picture_forgotten(
    at_managers_desk, settings, tmp_path
):
    settings.MEDIA_ROOT = tmp_path
    request = a_proposal().request
    typed = {"said_at": "2026-11-22T13:00", "agrees": "yes", "picture": a_picture()}
    assert at_managers_desk.post(page("answer", request), typed).status_code == 200
    assert HalvesAnswer.objects.count() == 0
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_the_manager_moves_the_day_of_the_rest(at_managers_desk):
    order = a_half_paid_order()
    url = reverse("admin:enrollment_order_rest", args=[order.pk])
    typed = {
        "to_day": "2026-12-28",
        "reason": "Ауырып қалды",
        "said_at": "2026-11-23T13:00",
        "picture": a_picture(),
    }
    assert at_managers_desk.post(url, typed).status_code == 302
    assert RestMove.objects.get().reason == "Ауырып қалды"
    assert (
        "28.12.2026"
        in at_managers_desk.get(reverse("admin:enrollment_order_change", args=[order.pk])).text
    )


def test_what_waits_for_staff_is_asked_for_and_listed(at_owners_desk):
    a_request()
    an_agreement()
    order = a_half_paid_order()
    assert asked(NOON) == {"attention=asked": 1, "attention=not-ordered": 1}
    late = end_of_day(REST_ON)
    suspend_overdue(at=late)
    assert asked(late)["attention=rest"] == 1
    with time_machine.travel(late, tick=False):
        listed = at_owners_desk.get("/admin/enrollment/enrollment/?attention=rest")
    assert order.code in listed.text


def test_a_curator_and_an_accountant_have_no_part_in_it(at_curators_desk):
    request = a_request()
    for name in ("change", "propose", "decline"):
        assert at_curators_desk.get(page(name, request)).status_code == 403
    assert HalvesRequest.objects.get().state == "asked"
