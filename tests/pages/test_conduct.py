"""The cabinet's pages of conduct and of the end by agreement, as their student uses them."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from enrollment.models import Breach, BreachStatement, EndingProposal, Order
from enrollment.rules.endings import Answer
from enrollment.rules.sides import Side
from offer_site.days import end_of_day
from tests.accounts.signing import signed_in
from tests.enrollment.conduct.scenes import (
    ENDS_ON,
    HOUR,
    SOON,
    a_breach,
    a_proposal,
    a_reviewed_breach,
    a_student,
)
from tests.given import a_cohort, a_paid_order
from tests.papers import a_file

pytestmark = pytest.mark.django_db
REFUSED = pytest.mark.django_db(transaction=True)  # a refusal ends the transaction of its door
LATER = SOON + HOUR


@pytest.fixture(autouse=True)
def _later():
    with time_machine.travel(LATER, tick=False):
        yield


def browser_of(order: Order) -> Client:
    return signed_in(order.party.email)


def ending_of(order: Order, *more: str) -> str:
    return reverse("_".join(["cabinet_ending", *more]), args=[order.code])


# --- Whose pages
def test_a_stranger_finds_none_of_them():
    order = a_student()
    a_breach(order)
    a_proposal(order, side=Side.ACADEMY)
    stranger = browser_of(a_student())
    pages = [
        reverse("cabinet_breach", args=[order.code, 1]),
        reverse("cabinet_lessons", args=[order.code]),
        ending_of(order),
    ]
    assert [stranger.get(page).status_code for page in pages] == [404] * 3
    accepts = {"answer": "accept"}
    assert stranger.post(ending_of(order, "answer"), accepts).status_code == 404
    assert [Client().get(page).status_code for page in pages] == [302] * 3
    assert EndingProposal.objects.get().answer == ""


# --- Conduct
@pytest.mark.clause("6.5")
def test_the_student_reads_the_breach_and_objects():
    breach = a_breach(rule="6.3-3")
    browser = browser_of(breach.order)
    page = reverse("cabinet_breach", args=[breach.order.code, 1])
    shown = browser.get(page).content.decode()
    assert breach.words_kk in shown
    assert breach.what in shown
    assert "lessbek.l@mail.ru" not in shown
    assert breach.order.edition.academy.email in shown
    assert "no-store" in browser.get(page)["Cache-Control"]
    empty = browser.post(page, {"text": "", "document": a_file()})
    assert empty.status_code == 200
    assert not BreachStatement.objects.exists()
    sent = browser.post(page, {"text": "Бұл мен емес", "document": a_file()})
    assert sent["Location"] == page
    said = BreachStatement.objects.get()
    assert (said.side, said.text, bool(said.document)) == (Side.USER, "Бұл мен емес", True)
    assert "Бұл мен емес" in browser.get(page).content.decode()
    assert Breach.objects.with_objection_to_read().count() == 1


def test_a_refused_file_loses_no_word_of_the_objection():
    breach = a_breach()
    page = reverse("cabinet_breach", args=[breach.order.code, 1])
    hostile = a_file(b"MZ program", name="x.exe")
    answer = browser_of(breach.order).post(page, {"text": "Бұл мен емес", "document": hostile})
    assert answer.status_code == 200
    assert "Бұл мен емес" in answer.content.decode()
    assert not BreachStatement.objects.exists()


def test_a_withdrawn_breach_stands_no_more_in_the_cabinet():
    breach = a_reviewed_breach("withdrawn")
    browser = browser_of(breach.order)
    page = reverse("cabinet_breach", args=[breach.order.code, 1])
    assert page not in browser.get(reverse("cabinet")).content.decode()
    assert "<textarea" not in browser.get(page).content.decode()


# --- The end by agreement
@pytest.mark.clause("12.4")
def test_the_student_proposes_and_takes_it_back():
    order = a_student()
    browser = browser_of(order)
    assert ending_of(order) in browser.get(reverse("cabinet")).content.decode()
    shown = browser.get(ending_of(order)).content.decode()
    assert 'datetime="2026-12-12"' in shown, "the last day to send a proposal"
    assert 'datetime="2026-12-23"' in shown, "the earliest end"
    sent = browser.post(
        ending_of(order), {"day": "2026-12-23", "returned": "40000", "why": "Басқа қалаға көшемін"}
    )
    assert sent["Location"] == ending_of(order)
    proposal = EndingProposal.objects.get()
    assert (proposal.side, proposal.ends_on.isoformat()) == (Side.USER, "2026-12-23")
    assert (proposal.returned, proposal.sent_by[:5]) == (40000, "user:")
    shown = browser.get(ending_of(order)).content.decode()
    assert ending_of(order, "withdrawal") in shown
    assert browser.post(ending_of(order, "withdrawal"), {"about": "1"})["Location"] == ending_of(
        order
    )
    proposal.refresh_from_db()
    assert proposal.answer == Answer.WITHDRAWN
    assert 'name="day"' in browser.get(ending_of(order)).content.decode()


@REFUSED
@pytest.mark.clause("12.4")
def test_a_wrong_day_is_told_at_its_field_and_nothing_typed_is_lost():
    order = a_student()
    browser = browser_of(order)
    typed = {"day": "another", "ends_on": "2026-12-22", "why": "Басқа қалаға көшемін"}
    answer = browser.post(ending_of(order), typed)
    shown = answer.content.decode()
    assert answer.status_code == 200
    assert "23.12.2026" in shown
    assert "Басқа қалаға көшемін" in shown
    empty = browser.post(ending_of(order), {"day": "another"})
    assert empty.status_code == 200
    assert empty.context["form"].errors.keys() == {"ends_on"}
    assert not EndingProposal.objects.exists()


@pytest.mark.clause("12.4")
@pytest.mark.parametrize(("answer", "kept"), [("accept", "accepted"), ("decline", "declined")])
def test_the_student_answers_the_academy(answer, kept):
    order = a_student()
    proposal = a_proposal(order, side=Side.ACADEMY, returned=50_000)
    browser = browser_of(order)
    assert ending_of(order, "answer") in browser.get(ending_of(order)).content.decode()
    nothing = browser.post(ending_of(order, "answer"), {"about": "1", "reason": "ойланамын"})
    assert nothing.status_code == 200
    assert "ойланамын" in nothing.content.decode()
    said = {"about": "1", "answer": answer, "reason": "ойландым"}
    done = browser.post(ending_of(order, "answer"), said)
    assert done["Location"] == ending_of(order)
    proposal.refresh_from_db()
    assert (proposal.answer, proposal.reason) == (kept, "ойландым")
    again = browser.post(ending_of(order, "answer"), said)
    assert EndingProposal.objects.get().answered_at == LATER
    assert "ойландым" in again.content.decode()


@pytest.mark.clause("12.4")
def test_after_the_last_day_the_page_says_so_and_has_no_form():
    order = a_paid_order(cohort=a_cohort())  # the course begins in two weeks
    shown = browser_of(order).get(ending_of(order)).content.decode()
    assert "07.11.2026" in shown or 'datetime="2026-11-07"' in shown
    assert 'name="day"' not in shown
    assert browser_of(order).post(ending_of(order), {"day": "2027-01-05"}).status_code == 200
    assert not EndingProposal.objects.exists()


def test_a_proposal_whose_day_has_come_asks_for_no_answer():
    order = a_student()
    a_proposal(order, side=Side.ACADEMY)
    browser = browser_of(order)
    with time_machine.travel(end_of_day(ENDS_ON - timedelta(days=1)), tick=False):
        again = browser_of(order)
        accepts = {"about": "1", "answer": "accept"}
        answer = again.post(ending_of(order, "answer"), accepts)
        assert 'role="alert"' in answer.content.decode()
    assert EndingProposal.objects.get().answer == ""
    assert browser.get(ending_of(order)).status_code == 200
