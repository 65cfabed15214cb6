"""A curator sees and changes the own cohorts and students, and not who has paid (3.5, 5.4)."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from enrollment.models import Cohort, ProgrammeItem
from enrollment.operations.halves.suspensions import suspend_overdue
from materials.models import Material
from offer_site.days import end_of_day
from tests.enrollment.halves.scenes import REST_ON, a_half_paid_order
from tests.enrollment.training.scenes import a_curator, a_student, a_taught_cohort
from tests.given import NOON
from tests.materials.scenes import a_video
from tests.staff.conftest import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _noon():
    with time_machine.travel(NOON + timedelta(hours=1), tick=False):
        yield


def page(model, name, *arguments):
    return reverse(f"admin:{model}_{name}", args=arguments)


def item_form(item, **changed):
    names = ("cohort_id", "kind", "number", "title_kk", "title_ru", "text_kk", "text_ru")
    form = {name.removesuffix("_id"): getattr(item, name) for name in names}
    return form | {"day": item.day.isoformat()} | changed


@pytest.fixture
def two_cohorts():
    """A cohort of the curator's student, another cohort, and the curator's desk."""
    mine, other = a_taught_cohort(), a_taught_cohort()
    a_student(other)
    return mine, other, signed_in(a_curator("one", a_student(mine)))


# --- Cohorts
@pytest.mark.clause("3.5")
def test_a_curator_finds_no_cohort_but_the_own_ones(two_cohorts):
    mine, other, desk = two_cohorts
    for model in ("enrollment_cohort", "enrollment_programmeitem", "enrollment_enrollment"):
        listed = desk.get(page(model, "changelist")).text
        assert mine.name in listed
        assert other.name not in listed, model
    assert desk.get(page("enrollment_cohort", "change", mine.pk)).status_code == 200
    for address in (
        page("enrollment_cohort", "change", other.pk),
        page("enrollment_cohort", "results", other.pk, "lesson"),
        page("enrollment_cohort", "table", other.pk),
        page("enrollment_cohort", "results_file", other.pk),
        page("enrollment_programmeitem", "change", other.items.first().pk),
        page("materials_material", "change", a_video(other).pk),
    ):
        assert desk.get(address).status_code in (302, 404), address


@pytest.mark.clause("3.5", "11.5")
def test_a_curator_changes_no_cohort_but_the_own_ones(two_cohorts):
    _mine, other, desk = two_cohorts
    item, video = other.items.first(), a_video(other)
    desk.post(
        page("enrollment_cohort", "change", other.pk),
        {"telegram_group": "-1005", "joining_link": "https://t.me/mine"},
    )
    desk.post(page("enrollment_programmeitem", "change", item.pk), item_form(item, number=77))
    desk.post(page("enrollment_programmeitem", "removal", item.pk))
    new = item_form(item, number=78)
    refused = desk.post(page("enrollment_programmeitem", "add"), new)
    assert "cohort" in refused.context["adminform"].form.errors
    desk.post(page("materials_material", "withdrawal", video.pk))
    added = {
        "cohort": other.pk,
        "kind": "link",
        "title_kk": "Ө",
        "title_ru": "Ч",
        "address": "https://example.kz",
    }
    assert "cohort" in desk.post(page("materials_material", "add"), added).context["form"].errors
    assert Cohort.objects.get(pk=other.pk).telegram_group is None
    assert not ProgrammeItem.objects.filter(number__in=(77, 78)).exists()
    assert ProgrammeItem.objects.filter(pk=item.pk).exists()
    assert Material.objects.get(pk=video.pk).withdrawn_at is None
    assert Material.objects.count() == 1


def test_a_curator_goes_on_in_the_own_cohort(two_cohorts):
    mine, _other, desk = two_cohorts
    item = mine.items.first()
    changed = item_form(item, title_ru="Новая цель")
    assert (
        desk.post(page("enrollment_programmeitem", "change", item.pk), changed).status_code == 302
    )
    assert ProgrammeItem.objects.get(pk=item.pk).title_ru == "Новая цель"
    new = item_form(item, number=78)
    assert desk.post(page("enrollment_programmeitem", "add"), new).status_code == 302
    added = {
        "cohort": mine.pk,
        "item": item.pk,
        "kind": "link",
        "title_kk": "Ө",
        "title_ru": "Ч",
        "address": "https://example.kz",
    }
    assert desk.post(page("materials_material", "add"), added).status_code == 302


def test_a_student_who_is_led_by_another_now_takes_the_cohort_along(two_cohorts):
    mine, _other, desk = two_cohorts
    a_curator("two", mine.enrollments.get())
    assert desk.get(page("enrollment_cohort", "change", mine.pk)).status_code != 200


# --- Who has paid
@pytest.mark.clause("5.4", "4.3.1")
def test_no_filter_and_no_search_tells_a_curator_who_has_not_paid():
    owing = a_half_paid_order()
    paid = a_student(owing.cohort)
    desk = signed_in(a_curator("one", owing.enrollment, paid))
    after = end_of_day(REST_ON) + timedelta(minutes=5)
    with time_machine.travel(after, tick=False):
        suspend_overdue(at=after)
        address = page("enrollment_enrollment", "changelist")
        assert "attention=rest" not in desk.get(address).text
        for asked in (
            {"attention": "rest"},
            {"suspensions__isnull": "False"},
            {"suspensions__ground": "rest"},
            {"suspensions__gt": "0"},
            {"order__state": "prepaid"},
            {"order__installments__isnull": "False"},
            {"order__rest_paid_at__isnull": "True"},
            {"q": "prepaid"},
            {"q": owing.party.email},
        ):
            found = desk.get(address, asked, follow=True)
            if found.status_code != 400:
                assert (owing.code in found.text) == (paid.order.code in found.text), asked
