"""A body that is larger than its page can need is refused before it is received (5.4)."""

import io
from contextlib import suppress

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from enrollment.models import WorkFile
from offer_site.days import start_of_day
from offer_site.web.bodies import WITH_A_DOCUMENT
from tests.accounts.signing import signed_in
from tests.enrollment.training.scenes import a_student, a_taught_cohort
from tests.given import STARTS_ON, a_paid_order, a_placed_order, an_owner
from tests.papers import PDF, a_file
from tests.staff.conftest import signed_in as at_the_desk_of

pytestmark = pytest.mark.django_db
MEGABYTE = 1024 * 1024
HUGE = 400 * MEGABYTE


class ReadAllTheSame(Exception):
    """The site asked for a byte of the body."""


class Unread(io.BytesIO):
    """A body of which not a byte may be asked for."""

    def read(self, *args: object) -> bytes:
        raise ReadAllTheSame

    readline = read


def post_announcing(client: Client, path: str, size: int):
    kind = "multipart/form-data; boundary=x"
    return client.generic(
        "POST", path, CONTENT_LENGTH=str(size), CONTENT_TYPE=kind, **{"wsgi.input": Unread()}
    )


@pytest.mark.parametrize(
    "path",
    ["/kk/checkout/birge/", "/ru/sign-in/", "/theme/", "/admin/enrollment/order/", "/kk/cabinet/"],
)
def test_a_page_without_files_takes_no_large_body(client, path):
    answer = post_announcing(client, path, HUGE)
    assert answer.status_code == 413
    assert "10 МБ" in answer.text


def test_a_page_with_a_document_takes_one_and_no_more(client):
    path = f"/kk/orders/{a_placed_order().code}/report/"
    assert post_announcing(client, path, HUGE).status_code == 413
    assert post_announcing(client, path, WITH_A_DOCUMENT).status_code != 413


def test_the_office_takes_files_from_those_who_may_enter_it(client):
    path = "/admin/payments/statementfile/add/"
    student = signed_in(a_paid_order().party.email)
    staff = at_the_desk_of(an_owner())
    assert post_announcing(client, path, WITH_A_DOCUMENT).status_code == 413
    assert post_announcing(student, path, WITH_A_DOCUMENT).status_code == 413
    with pytest.raises(ReadAllTheSame):
        post_announcing(staff, path, WITH_A_DOCUMENT)
    assert post_announcing(staff, path, HUGE).status_code == 413


MATERIAL = "/admin/materials/material/add/"


@pytest.mark.parametrize(
    "path",
    [
        MATERIAL,
        "/kk/cabinet/SM4K7Q2X/works/1/",
        "/kk/cabinet/SM4K7Q2X/claims/",
        "/kk/cabinet/SM4K7Q2X/claims/1/documents/",
        "/kk/cabinet/SM4K7Q2X/force-majeure/",
        "/kk/cabinet/SM4K7Q2X/letters/",
    ],
)
def test_who_is_not_signed_in_sends_no_large_body_to_a_page_behind_the_sign_in(client, path):
    assert post_announcing(client, path, 2 * MEGABYTE).status_code == 413


def test_a_material_is_taken_from_staff_alone():
    student = signed_in(a_paid_order().party.email)
    assert post_announcing(student, MATERIAL, 40 * MEGABYTE).status_code == 413
    with pytest.raises(ReadAllTheSame):
        post_announcing(at_the_desk_of(an_owner()), MATERIAL, 40 * MEGABYTE)


@pytest.mark.parametrize("page", ["works", "claims", "force-majeure", "letters", "breaches"])
def test_a_student_sends_documents_to_each_page_that_asks_for_them(page):
    order = a_paid_order()
    student = signed_in(order.party.email)
    own = f"/kk/cabinet/{order.code}/{page}/"
    path = own + "1/" if page in ("works", "breaches") else own
    with suppress(ReadAllTheSame):
        assert post_announcing(student, path, WITH_A_DOCUMENT).status_code != 413


# --- On the disk
@pytest.fixture
def no_room_for_temporary_files(settings, tmp_path):
    """Whoever writes an upload to the disk fails."""
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path / "nowhere")


def weighing(size):
    """A whole PDF of so many bytes."""
    return PDF[:9] + b" " * (size - len(PDF)) + PDF[9:]


@pytest.mark.usefixtures("no_room_for_temporary_files")
def test_large_works_never_lie_on_the_disk_in_plain():
    """Two files that are more than any handler of Django's own holds in memory (S2)."""
    with time_machine.travel(start_of_day(STARTS_ON), tick=False):
        student = a_student(a_taught_cohort())
        item = student.cohort.items.get(kind="assignment")
        page = reverse("cabinet_work", args=[student.order.code, item.pk])
        files = [a_file(weighing(6 * MEGABYTE)), a_file(weighing(7 * MEGABYTE))]
        answer = signed_in(student.order.party.email).post(page, {"files": files})
    assert answer.status_code == 302
    assert [each.size // MEGABYTE for each in WorkFile.objects.all()] == [6, 7]


@pytest.mark.usefixtures("no_room_for_temporary_files")
def test_nor_do_materials():
    answer = at_the_desk_of(an_owner()).post(MATERIAL, {"document": a_file(bytes(12 * MEGABYTE))})
    assert "document" in answer.context["form"].errors
