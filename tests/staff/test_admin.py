"""The admin as a whole: who enters, what may be written, a journal row for every write,
both languages.
"""

import re

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group
from django.test import Client, RequestFactory
from django.urls import reverse

from enrollment.models import Academy, Course, Package
from offer_site.accounts.models import User
from offer_site.admin.pages import StaffAdmin
from offer_site.audit.nightly import audit_of_the_day
from offer_site.evidence import evidence_models
from offer_site.journal.models import Entry
from offer_site.journal.operations import actor
from offer_site.journal.sealing import seal_journal
from offer_site.journal.verbs import VERBS
from offer_site.staff.roles import set_staff_groups
from payments.models import LedgerEntry
from tests.enrollment.offering.scenes import a_coming_edition, an_edition_answer, told
from tests.given import NOON, a_completed_enrollment, a_paid_order, a_published_offer
from tests.payments.books.scenes import a_fiscal_receipt
from tests.processes import PROJECT
from tests.staff.conftest import signed_in

VERB_IN_CODE = re.compile(r'(?:Line\(|record\(|verb=)\s*"([a-z_]+\.[a-z_-]+)"')


def models():
    return sorted((model for model in admin.site._registry), key=lambda model: model._meta.label)


def page(model, name, *arguments):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{name}", args=arguments)


@pytest.fixture
def scene(db):
    """One order that went the whole road, so that most lists have a row."""
    enrollment = a_completed_enrollment()
    a_fiscal_receipt(LedgerEntry.objects.get())
    seal_journal(at=NOON)
    audit_of_the_day(at=NOON)
    return enrollment


@pytest.fixture
def told_scene(scene, tmp_path):
    """And a later edition of the offer, of which a contract holder was told."""
    order = a_paid_order(cohort=scene.cohort)
    a_coming_edition(tmp_path)
    an_edition_answer(told(order))
    return scene


def test_a_stranger_and_a_student_are_led_to_the_sign_in(db):
    student = User.objects.create_user("student@example.kz")
    for client in (Client(), signed_in(student)):
        for path in ("/admin/", reverse("admin:enrollment_order_changelist")):
            answer = client.get(path)
            assert answer.status_code == 302
            assert answer["Location"].startswith("/admin/login/")


def shown(model):
    """The things that its list shows to the owner."""
    request = RequestFactory().get("/")
    request.user = User.objects.get(is_superuser=True)
    return admin.site._registry[model].get_queryset(request)


@pytest.mark.parametrize("language", ["kk", "ru"])
def test_every_list_and_page_opens_in_both_languages(told_scene, language):
    desk = signed_in(User.objects.get(is_superuser=True))
    opened = 0
    for model in models():
        things = [page(model, "change", thing.pk) for thing in shown(model)[:1]]
        for address in (page(model, "changelist"), *things):
            answer = desk.get(address, headers={"accept-language": language})
            assert (address, answer.status_code) == (address, 200)
            opened += 1
    assert opened > 25


def test_whatever_staff_may_write_is_journalled(rf, db):
    request = rf.get("/admin/")
    request.user = User.objects.create_superuser("all@example.kz")
    written = {
        type(door)
        for door in admin.site._registry.values()
        if door.has_add_permission(request)
        or door.has_change_permission(request)
        or door.has_delete_permission(request)
    }
    assert {door.__name__ for door in written if not issubclass(door, StaffAdmin)} == {
        "DayExceptionAdmin"
    }
    assert len(written) >= 6


def test_who_is_made_staff_is_journalled_by_group_and_without_the_e_mail(db):
    desk = signed_in(User.objects.create_superuser("all@example.kz"))
    set_staff_groups()
    curators = Group.objects.get(name="curator")
    user = User.objects.create_user("new@example.kz")
    sent = {
        "email": "newer@example.kz",
        "is_active": "on",
        "is_staff": "on",
        "groups": [curators.pk],
    }
    assert desk.post(page(User, "change", user.pk), sent).status_code == 302
    row = Entry.objects.get(verb="user.changed")
    assert row.facts["fields"] == {
        "email": None,
        "is_staff": [False, True],
        "groups": [[], ["curator"]],
    }


def test_evidence_is_neither_added_nor_changed_nor_deleted_by_hand(told_scene):
    desk = signed_in(User.objects.get(is_superuser=True))
    evidence = [model for model in models() if model in evidence_models()]
    assert {"enrollment.Tariff", "journal.Entry", "payments.LedgerEntry"} <= {
        model._meta.label for model in evidence
    }
    without = set()
    for model in evidence:
        assert desk.post(page(model, "add"), {}).status_code == 403
        thing = shown(model).first()
        if thing is None:
            without.add(model._meta.label)
            continue
        assert desk.post(page(model, "change", thing.pk), {}).status_code == 403
        assert desk.post(page(model, "delete", thing.pk), {"post": "yes"}).status_code == 403
    # The scene has none of these; of any other kind it must.
    assert without == {"materials.MaterialOpening", "retention.Sight"}


def test_the_first_page_lists_the_contract_before_what_is_looked_at_now_and_then(scene):
    page = signed_in(User.objects.get(is_superuser=True)).get(reverse("admin:index"))
    labels = [app["app_label"] for app in page.context["app_list"]]
    assert labels[:3] == ["enrollment", "payments", "certificates"]
    assert labels[-2:] == ["telegram", "accounts"]


# --- Every write leaves a row (S1)
def test_the_texts_of_a_package_are_edited_and_its_name_is_not(at_managers_desk, manager):
    a_published_offer()
    package = Package.objects.get(slug="birge")
    sent = {
        "name": "Other",
        "position": package.position,
        "tagline_kk": "Куратормен бірге",
        "tagline_ru": "С куратором",
        "features_kk": "Сабақтар",
        "features_ru": "Уроки",
    }
    assert at_managers_desk.post(page(Package, "change", package.pk), sent).status_code == 302
    now = Package.objects.get(pk=package.pk)
    row = Entry.objects.get(verb="package.changed")
    assert (now.name, now.tagline_kk) == (package.name, "Куратормен бірге")
    assert (row.by, row.about_key) == (actor(manager), str(package.pk))
    assert row.facts["fields"]["tagline_kk"] == [package.tagline_kk, "Куратормен бірге"]


def test_a_course_is_edited_with_a_row(at_managers_desk):
    a_published_offer()
    course = Course.objects.get()
    at_managers_desk.post(page(Course, "change", course.pk), {})
    assert Entry.objects.get(verb="course.changed").facts == {
        "fields": {"content_is_sample": [True, False]}
    }


BANK = {
    "iin": "900101300811",
    "iban": "KZ86 125K ZT50 0410 0100",
    "bank": "«Банк» АҚ",
    "bic": "BANKKZKX",
}


@pytest.mark.clause("12.1.2")
def test_the_owner_edits_bank_details_and_the_journal_keeps_no_iin(at_owners_desk):
    a_published_offer()
    academy = Academy.objects.get()
    answer = at_owners_desk.post(page(Academy, "change", academy.pk), BANK | {"name_ru": "Other"})
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    now = Academy.objects.get()
    row = Entry.objects.get(verb="academy.changed")
    assert (now.iban, now.iin, now.name_ru) == (
        "KZ86125KZT5004100100",
        BANK["iin"],
        academy.name_ru,
    )
    assert row.facts["fields"]["iin"] is None
    assert BANK["iin"] not in str(row.facts)


@pytest.mark.parametrize(
    ("field", "typed"), [("iin", "900101300812"), ("iban", "KZ86125KZT5004100101")]
)
def test_bank_details_are_checked_to_the_digit(at_owners_desk, field, typed):
    a_published_offer()
    academy = Academy.objects.get()
    answer = at_owners_desk.post(page(Academy, "change", academy.pk), BANK | {field: typed})
    assert list(answer.context["adminform"].form.errors) == [field]
    assert not Entry.objects.filter(verb="academy.changed").exists()


def test_only_the_owner_edits_bank_details(at_managers_desk):
    a_published_offer()
    academy = Academy.objects.get()
    assert at_managers_desk.post(page(Academy, "change", academy.pk), BANK).status_code == 403
    assert Academy.objects.get().iban == academy.iban


# --- The journal
def test_the_journal_is_searched_by_an_orders_code_as_it_was_dictated(at_managers_desk, scene):
    code = scene.order.code
    answer = at_managers_desk.get(
        page(Entry, "changelist"), {"q": f"{code[:4]} {code[4:]}".lower()}
    )
    rows = answer.context["cl"].result_list
    assert {row.chain for row in rows} == {code}
    assert len(rows) == Entry.objects.of_order(code).count()


def test_every_verb_that_the_code_writes_has_words():
    written = {
        verb
        for app in ("offer_site", "enrollment", "payments", "certificates")
        for path in (PROJECT / app).rglob("*.py")
        for verb in VERB_IN_CODE.findall(path.read_text())
    }
    assert len(written) > 30
    assert written - set(VERBS) == set()


@pytest.mark.parametrize("language", ["kk", "ru"])
def test_lists_write_days_and_moments_in_one_way(at_owners_desk, language):
    """Columns that Django writes, and columns of our own."""
    order = a_paid_order()
    at_owners_desk.cookies["django_language"] = language
    for model, written in (
        ("enrollment_cohort", f"{order.cohort.starts_on:%d.%m.%Y}"),
        ("payments_ledgerentry", "23.11.2026 12:00"),
        ("enrollment_order", "23.11.2026 12:00"),
    ):
        text = at_owners_desk.get(reverse(f"admin:{model}_changelist")).text
        cells = " ".join(re.findall(r'<td class="field-.*?</td>', text, re.DOTALL))
        assert written in cells, model
        assert not re.search(r"2026 жылғы|2026 г\.|>\d{4}-\d\d-\d\d", cells), model
