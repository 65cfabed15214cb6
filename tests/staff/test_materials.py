"""Materials at staff's desks: added with a file or an address, taken back, openings looked at."""

from datetime import timedelta

import pytest
import time_machine
from django.core.files.storage import default_storage
from django.urls import reverse

from enrollment.models import Enrollment
from materials.models import Material
from materials.operations import open_material
from offer_site.encryption import decrypt
from tests.enrollment.training.scenes import a_curator
from tests.given import NOON, a_cohort, a_paid_order
from tests.materials.scenes import a_pdf, a_video
from tests.papers import PDF, a_file
from tests.staff.conftest import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _noon():
    with time_machine.travel(NOON + timedelta(hours=1), tick=False):
        yield


def page(name, *arguments, model="material"):
    return reverse(f"admin:materials_{model}_{name}", args=arguments)


@pytest.mark.clause("11.5")
def test_a_file_is_added_and_stored_encrypted(at_managers_desk):
    cohort = a_cohort()
    sent = {"cohort": cohort.pk, "kind": "file", "title_kk": "Кесте", "title_ru": "Таблица"}
    broken = at_managers_desk.post(page("add"), sent | {"document": a_file(PDF)})
    assert list(broken.context["form"].errors) == ["document"]
    assert "Кесте" in broken.content.decode()
    pdf = a_pdf()
    at_managers_desk.post(page("add"), sent | {"document": a_file(pdf)})
    material = Material.objects.get()
    with open(default_storage.path(material.document), "rb") as stored:
        kept = stored.read()
    assert pdf not in kept
    assert decrypt(kept) == pdf
    at_managers_desk.post(page("withdrawal", material.pk))
    assert Material.objects.get().withdrawn_at


@pytest.mark.clause("11.5", "3.5")
def test_openings_are_found_by_order_and_a_curator_sees_the_own_students(at_managers_desk):
    cohort = a_cohort()
    mine = a_paid_order(cohort=cohort, surname="Менікі")
    other = a_paid_order(cohort=cohort, surname="Бөгде")
    material = a_video(cohort)
    for order in (mine, other):
        enrollment = Enrollment.objects.get(order=order)
        open_material(material=material, enrollment=enrollment, address=None, at=NOON)
    listed = at_managers_desk.get(
        page("changelist", model="materialopening"), {"q": mine.code}
    ).content.decode()
    assert "Менікі" in listed
    assert "Бөгде" not in listed
    desk = signed_in(a_curator("one", mine.enrollment))
    shown = desk.get(page("change", material.pk)).content.decode()
    assert "Менікі" in shown
    assert "Бөгде" not in shown
    assert desk.get(page("changelist", model="materialopening")).status_code == 403
