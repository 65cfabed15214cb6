"""Materials open only with access, carry the student's mark, and each opening is logged (11.5)."""

from datetime import timedelta

import pypdfium2
import pytest
import time_machine
from django.db import connection
from django.urls import reverse

from enrollment.models import Enrollment
from enrollment.operations.halves.suspensions import suspend_overdue
from enrollment.operations.training.terminations import end_refunded_order
from materials.errors import UnmarkablePdfError
from materials.marking import marked, page_sizes
from materials.models import Material, MaterialOpening
from materials.operations import open_material, withdraw_material
from offer_site.days import end_of_day
from offer_site.documents import Document
from offer_site.journal.models import Entry
from offer_site.renderers import a_renderer
from tests.accounts.signing import signed_in
from tests.at_once import at_once
from tests.enrollment.halves.scenes import REST_ON, a_half_paid_order, pay_the_rest
from tests.given import NOON, a_cohort, a_paid_order, an_owner, refusal
from tests.materials.pdfs import without_a_page
from tests.materials.scenes import VIDEO, a_file, a_material, a_pdf, a_video

OVERDUE = end_of_day(REST_ON)


def opening(order, material):
    return reverse("material_opening", args=[order.code, material.pk])


def open_it(order, material, at=NOON):
    enrollment = Enrollment.objects.get(order=order)
    return open_material(material=material, enrollment=enrollment, address="203.0.113.9", at=at)


def text_of_pages(pdf):
    document = pypdfium2.PdfDocument(pdf)
    try:
        return [page.get_textpage().get_text_range() for page in document]
    finally:
        document.close()


# --- The mark
@pytest.mark.clause("11.5")
def test_every_page_of_a_file_carries_the_students_mark(db):
    order = a_paid_order(surname="Әбілқасымова")
    material = a_file(order.cohort, (595, 842), (842, 595), (300, 300))
    with time_machine.travel(NOON, tick=False):
        answer = signed_in(order.party.email).get(opening(order, material))
    assert answer["Content-Type"] == "application/pdf"
    assert "no-store" in answer["Cache-Control"]
    pages = text_of_pages(answer.content)
    assert len(pages) == 3
    for text in pages:
        for words in (order.learner.full_name, order.code, "23.11.2026"):
            assert words in text


def test_the_sizes_of_pages_stay(db):
    pdf = a_pdf((595, 842), (842, 595))
    done = marked(pdf, name="Әсел", code="SM4K7Q2D", day="23.11.2026", words="11.5")
    assert page_sizes(done) == page_sizes(pdf) == [(595, 842), (842, 595)]


def test_what_no_mark_can_be_put_on_is_no_material():
    with pytest.raises(UnmarkablePdfError):
        page_sizes(b"%PDF-1.7 broken %%EOF")


def test_while_all_renderers_are_busy_nothing_is_opened_and_it_comes_later(db):
    order = a_paid_order()
    material = a_file(order.cohort)
    browser = signed_in(order.party.email)
    with time_machine.travel(NOON, tick=False):
        with a_renderer("held"):
            busy = browser.get(opening(order, material))
        assert (busy.status_code, busy["Retry-After"]) == (503, "3")
        assert not MaterialOpening.objects.exists()
        assert browser.get(opening(order, material)).status_code == 200


def test_a_file_that_carries_no_mark_is_not_handed_out_and_is_no_opening(db, caplog):
    order = a_paid_order()
    material = a_file(order.cohort, document=Document(without_a_page(), "application/pdf"))
    with time_machine.travel(NOON, tick=False):
        browser = signed_in(order.party.email)
        answer = browser.get(opening(order, material), follow=True)
    assert answer.redirect_chain[0][0] == reverse("course", args=[order.code])
    assert "carries no mark" in caplog.text
    assert not MaterialOpening.objects.exists()


# --- Access
@pytest.mark.clause("11.5")
def test_a_video_opens_to_a_student_with_access_and_is_logged(db):
    order = a_paid_order()
    material = a_video(order.cohort)
    browser = signed_in(order.party.email)
    with time_machine.travel(NOON, tick=False):
        page = browser.get(reverse("material", args=[order.code, material.pk]))
        assert VIDEO not in page.content.decode()
        assert order.learner.full_name in page.content.decode()
        assert not MaterialOpening.objects.exists()
        answer = browser.get(opening(order, material), REMOTE_ADDR="203.0.113.9")
    assert (answer.status_code, answer["Location"]) == (302, VIDEO)
    logged = MaterialOpening.objects.get()
    assert (logged.material, logged.enrollment, logged.at) == (material, order.enrollment, NOON)
    assert "203.0.113.9" not in logged.address_digest
    assert open_it(order, material).address_digest == logged.address_digest


@pytest.mark.clause("11.5", "11.6")
def test_nobody_else_opens_it(client, db):
    order = a_paid_order()
    material = a_video(order.cohort)
    elsewhere = a_paid_order()
    address = opening(order, material)
    assert client.get(address)["Location"].startswith(reverse("account_login"))
    browser = signed_in(elsewhere.party.email)
    assert browser.get(address).status_code == 404
    assert browser.get(opening(elsewhere, material)).status_code == 404
    with refusal():
        open_it(elsewhere, material)
    assert not MaterialOpening.objects.exists()


@pytest.mark.clause("11.5", "4.3.1")
@pytest.mark.django_db(transaction=True)  # what a refusal rolls back is a transaction of its own
def test_it_closes_with_access_in_every_session_and_opens_again():
    order = a_half_paid_order()
    material = a_video(order.cohort)
    browsers = [signed_in(order.party.email) for _number in range(2)]
    with time_machine.travel(OVERDUE - timedelta(minutes=1), tick=False):
        assert browsers[0].get(opening(order, material))["Location"] == VIDEO
    # The day of the rest is over: closed already before the clock's job.
    course = reverse("course", args=[order.code])
    for minutes in (0, 20):
        with time_machine.travel(OVERDUE + timedelta(minutes=minutes), tick=False):
            for browser in browsers:
                assert browser.get(opening(order, material))["Location"] == course
                shown = browser.get(course).content.decode()
                assert reverse("material", args=[order.code, material.pk]) not in shown
        suspend_overdue(at=OVERDUE + timedelta(minutes=1))
    assert MaterialOpening.objects.count() == 1
    later = OVERDUE + timedelta(hours=1)
    pay_the_rest(order, at=later)
    with time_machine.travel(later, tick=False):
        assert browsers[1].get(opening(order, material))["Location"] == VIDEO


def test_an_ended_contract_opens_nothing(db):
    order = a_paid_order()
    material = a_video(order.cohort)
    end_refunded_order(order=order, occasion="case 1", by=an_owner(), at=NOON)
    with refusal():
        open_it(order, material)


# --- How many, and when
def test_a_day_has_so_many_openings_and_the_next_one_anew(db, settings):
    settings.MATERIAL_OPENINGS_A_DAY = 3
    order = a_paid_order()
    material = a_video(order.cohort)
    for _number in range(3):
        open_it(order, material)
    with refusal():
        open_it(order, material)
    assert open_it(order, material, at=NOON + timedelta(days=1)).number == 1
    assert MaterialOpening.objects.count() == 4


def test_openings_of_one_moment_are_counted_one_by_one(transactional_db, settings):
    settings.MATERIAL_OPENINGS_A_DAY = 3
    order = a_paid_order()
    material = a_video(order.cohort)
    answers = at_once([lambda: open_it(order, material)] * 6, errors=Exception)
    opened = [each.number for each in answers if isinstance(each, MaterialOpening)]
    assert sorted(opened) == [1, 2, 3]


def test_an_opening_is_evidence(db):
    order = a_paid_order()
    logged = open_it(order, a_video(order.cohort))
    with pytest.raises(TypeError):
        logged.save()
    with refusal(Exception), connection.cursor() as cursor:
        cursor.execute("DELETE FROM materials_materialopening")


def test_before_its_day_and_after_it_is_taken_back_it_is_closed(db):
    order = a_paid_order()
    later = a_video(order.cohort, opens_on=(NOON + timedelta(days=2)).date())
    with refusal():
        open_it(order, later)
    open_it(order, later, at=NOON + timedelta(days=2))
    withdraw_material(material=later, by=an_owner(), at=NOON + timedelta(days=2))
    with refusal():
        open_it(order, later, at=NOON + timedelta(days=2))
    with refusal():
        withdraw_material(material=later, by=an_owner(), at=NOON + timedelta(days=3))
    assert Entry.objects.filter(verb="material.withdrawn").count() == 1


@pytest.mark.parametrize(
    ("field", "wishes"),
    [
        ("document", {"kind": "file"}),
        ("address", {"kind": "link"}),
        ("document", {"kind": "file", "document": Document(b"<html>", "text/html")}),
    ],
)
def test_a_file_is_of_the_list_and_a_link_has_an_address(db, field, wishes):
    with refusal() as refused:
        a_material(a_cohort(), **wishes)
    assert refused.value.field == field
    assert not Material.objects.exists()
