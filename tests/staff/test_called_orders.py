"""Staff take an order for a caller, and keep the register of partners (2.6)."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils.translation import override

from enrollment.forms.consents import CONSENTS
from enrollment.models import Consent, Edition, GuardianConsent, Order, OrderTaking, Partner
from enrollment.operations.links import partner_link
from enrollment.operations.offering.offers import withdraw_offer
from enrollment.rules.bounds import LETTERS_TO_A_STRANGER
from enrollment.rules.prices import webinar_code
from offer_site.journal.models import Entry
from offer_site.journal.operations import actor
from offer_site.notices.models import Notice
from tests.enrollment.called import a_called_order, a_partner
from tests.given import NOON, a_cohort, a_paid_order, a_placed_order, an_application, an_owner
from tests.staff.conftest import a_member, signed_in

pytestmark = pytest.mark.clause("2.6")

# What a refusal rolls back is a transaction of its own.
REFUSES = pytest.mark.django_db(transaction=True)
PAGE = "/admin/enrollment/order/add/"
PERSON = {
    "kind": "person",
    "surname": "Әбілқасымова",
    "name": "Гүлнұр",
    "patronymic": "Қайратқызы",
    "phone": "8 (701) 000-00-00",
    "email": "Caller@Example.kz",
    "address": "Алматы қ., Абай даңғылы, 1",
}
ALOUD = {"consents_by": "aloud", "consent_truth": "on", "consent_contract": "on"}
LINK = {"consents_by": "link"}
GUARDIAN = PERSON | {
    "kind": "guardian",
    "relation": "parent",
    "iin": "900101300811",
    "learner_surname": "Әбілқасым",
    "learner_name": "Іңкәр",
    "birth_date": "22.11.2012",
    "learner_iin": "121122500003",
}

MINOR = PERSON | {
    "kind": "minor",
    "own_birth_date": "22.11.2010",
    "iin": "101122600006",
    "guardian_surname": "Қайратұлы",
    "guardian_name": "Бауыржан",
    "guardian_relation": "parent",
    "guardian_email": "Father@Example.kz",
    "guardian_phone": "+7 702 000 00 00",
}


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOON, tick=False):
        yield


def package(slug="birge", price=149_990):
    return f"{slug}:{price}:{Edition.objects.get()}"


def send(desk, values=PERSON, consents=ALOUD, *, language="kk", ui="ru", **changes):
    typed = {"language": language, "read_in": language, "package": package()}
    return desk.post(PAGE, typed | values | consents | changes, headers={"accept-language": ui})


@pytest.mark.parametrize("values", [PERSON, GUARDIAN, MINOR], ids=["person", "guardian", "minor"])
def test_a_manager_takes_an_order_by_the_rules_of_the_checkout(at_managers_desk, manager, values):
    a_cohort()
    answer = send(at_managers_desk, values)
    order = Order.objects.select_related("party", "taking").get()
    assert answer["Location"] == reverse("admin:enrollment_order_change", args=[order.pk])
    assert (order.party.kind, order.party.email, order.party.phone) == (
        values["kind"],
        "caller@example.kz",
        "+77010000000",
    )
    assert (order.price, order.language, order.taking.staff) == (149_990, "kk", manager)
    assert order.party.origin_address is None
    assert Entry.objects.of_order(order.code).get(verb="order.placed").by == actor(manager)
    letter = Notice.objects.get(order_code=order.code, kind="order-placed")
    assert (letter.recipient, letter.facts["called"]) == ("caller@example.kz", "aloud")


@pytest.mark.clause("1.1")
def test_a_caller_of_16_orders_and_the_guardian_is_written_to(at_managers_desk):
    a_cohort()
    shown = at_managers_desk.get(PAGE).text
    for name in MINOR:
        assert f'name="{name}"' in shown, name
    wrong = send(at_managers_desk, MINOR, guardian_email="")
    assert list(wrong.context["form"].errors) == ["guardian_email"]
    assert "Бауыржан" in wrong.text
    assert send(at_managers_desk, MINOR).status_code == 302
    asked = GuardianConsent.objects.get()
    assert (asked.email, asked.is_given) == ("father@example.kz", False)
    assert Notice.objects.get(kind="guardian-asked").recipient == "father@example.kz"


def test_every_field_of_the_form_stands_on_the_page(at_managers_desk):
    a_cohort()
    form = at_managers_desk.get(PAGE).context["form"]
    # Each of these appears only when it is asked.
    asked_later = {"replace", "as_typed"}
    stand = {name for _title, part in form.fieldsets for name in part["fields"]}
    assert set(form.fields) - asked_later == stand - asked_later


@pytest.mark.clause("12.1")
def test_the_letters_that_are_a_callers_only_door_leave_whatever_strangers_have_typed(
    at_managers_desk,
):
    cohort = a_cohort()
    for number in range(LETTERS_TO_A_STRANGER + 1):
        a_placed_order(cohort=cohort, email=f"caller+{number}@example.kz")
        a_placed_order(cohort=cohort, email=f"father+{number}@example.kz")
    assert Notice.objects.filter(state="dead").count() == 2, "of a visitor they are withheld"
    assert send(at_managers_desk, MINOR, LINK).status_code == 302
    order = Order.objects.get(taken_by="staff")
    letters = Notice.objects.filter(order_code=order.code)
    assert {(each.kind, each.state) for each in letters} == {
        ("order-placed", "queued"),
        ("guardian-asked", "queued"),
    }


@pytest.mark.clause("5.1")
@pytest.mark.parametrize(("language", "ui"), [("kk", "ru"), ("ru", "kk")])
def test_consents_are_read_and_recorded_in_the_callers_language(at_managers_desk, language, ui):
    a_cohort()
    send(at_managers_desk, language=language, ui=ui)
    academy = Edition.objects.get().academy
    with override(language):
        texts = {each.full_text(academy) for each in CONSENTS if each.required}
    assert set(Consent.objects.values_list("text", flat=True)) == texts
    assert set(Consent.objects.values_list("language", flat=True)) == {language}


@pytest.mark.clause("5.1")
def test_another_language_takes_the_ticks_back_and_shows_the_texts_anew(at_managers_desk):
    a_cohort()
    answer = send(at_managers_desk, language="ru", read_in="kk")
    form = answer.context["form"]
    assert {"language", "consent_truth", "consent_contract"} == set(form.errors)
    assert form["surname"].value() == PERSON["surname"]
    with override("ru"):
        assert form.fields["consent_truth"].label == str(CONSENTS[0].line)
    assert form["read_in"].value() == "ru"
    assert not Order.objects.exists()


@pytest.mark.clause("3.1")
def test_a_doubt_is_asked_at_its_field_and_can_be_kept(at_managers_desk):
    a_cohort()
    answer = send(at_managers_desk, email="caller@gmial.com")
    assert list(answer.context["form"].errors) == ["email"]
    assert not Order.objects.exists()
    send(at_managers_desk, email="caller@gmial.com", as_typed="on")
    assert Order.objects.get().party.email == "caller@gmial.com"


@pytest.mark.clause("3.1")
@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"phone": "12"}, "phone"),
        ({"kind": ""}, "kind"),
        ({"consent_contract": ""}, "consent_contract"),
        ({"consents_by": ""}, "consents_by"),
        ({"package": ""}, "package"),
        ({"webinar": "made-up"}, "webinar"),
    ],
)
def test_what_is_wrong_stands_at_its_field_and_nothing_typed_is_lost(
    at_managers_desk, changes, field
):
    a_cohort()
    answer = send(at_managers_desk, **changes)
    assert field in answer.context["form"].errors
    assert answer.context["form"]["surname"].value() == PERSON["surname"]
    assert not Order.objects.exists()


@pytest.mark.clause("4.1")
def test_a_price_that_was_told_before_it_changed_is_chosen_again(at_managers_desk):
    a_cohort()
    answer = send(at_managers_desk, package=package(price=1))
    assert list(answer.context["form"].errors) == ["package"]
    assert not Order.objects.exists()


@pytest.mark.clause("4.1")
def test_a_caller_with_a_webinar_code_gets_the_webinars_price(at_managers_desk, settings):
    cohort = a_cohort()
    code = webinar_code(
        secret=settings.SECRET_KEY, cohort_id=cohort.pk, ends_at=NOON + timedelta(hours=1)
    )
    shown = send(at_managers_desk, webinar=code)
    assert list(shown.context["form"].errors) == ["package"]
    price = next(
        each.price for each in shown.context["form"].shop.packages if each.package.slug == "birge"
    )
    send(at_managers_desk, webinar=code, package=package(price=price))
    assert Order.objects.get().price == price < 149_990


@pytest.mark.clause("5.1")
def test_consents_by_the_link_need_no_tick_and_record_none(at_managers_desk):
    a_cohort()
    send(at_managers_desk, consents=LINK | {"consent_marketing": "on"})
    order = Order.objects.get()
    assert order.awaits_confirmation
    assert not Consent.objects.exists()


@REFUSES
def test_the_callers_unpaid_order_is_shown_and_another_package_asks_to_replace_it(
    at_managers_desk,
):
    a_cohort()
    send(at_managers_desk)
    again = send(at_managers_desk)
    assert again.status_code == 302
    assert Order.objects.count() == 1
    vip = package("vip", 259_990)
    asked = send(at_managers_desk, package=vip)
    assert list(asked.context["form"].errors) == ["replace"]
    send(at_managers_desk, package=vip, replace="on")
    assert Order.objects.count() == 2


@pytest.mark.clause("2.4")
def test_when_nothing_is_on_sale_staff_take_no_order(at_managers_desk):
    a_cohort()
    withdraw_offer(edition=Edition.objects.get(), reason="x", by=an_owner(), at=NOON)
    assert at_managers_desk.get(PAGE)["Location"] == "/admin/enrollment/order/"
    assert at_managers_desk.post(PAGE, PERSON | ALOUD).status_code == 302
    assert not Order.objects.exists()


@pytest.mark.parametrize("ui", ["kk", "ru"])
def test_the_page_opens_in_both_languages(at_managers_desk, ui):
    a_cohort()
    a_partner()
    a_partner("Closed", is_active=False)
    answer = at_managers_desk.get(PAGE, headers={"accept-language": ui})
    assert answer.status_code == 200
    assert "«Білім» ЖШС" in answer.text
    assert "Closed" not in answer.text
    assert answer.context["form"]["language"].value() == ui


@pytest.mark.clause("5.4")
@pytest.mark.parametrize("group", ["accountant", "curator"])
def test_others_take_no_orders_and_keep_no_partners(db, group):
    a_cohort()
    desk = signed_in(a_member(group))
    assert desk.get(PAGE).status_code == 403
    assert send(desk).status_code == 403
    assert desk.get("/admin/enrollment/partner/add/").status_code == 403
    assert not Order.objects.exists()


def test_staff_take_an_order_for_a_partner_and_the_orders_page_names_both(
    at_managers_desk, manager
):
    a_cohort()
    partner = a_partner()
    send(at_managers_desk, partner=partner.pk)
    order = Order.objects.get()
    shown = at_managers_desk.get(reverse("admin:enrollment_order_change", args=[order.pk]))
    assert f"«Білім» ЖШС, {manager}" in shown.text
    taken = Order.objects.filter(taken_by="partner")
    found = at_managers_desk.get("/admin/enrollment/order/", {"taken_by": "partner"})
    assert list(found.context["cl"].result_list) == list(taken)


def test_a_partner_is_added_named_closed_and_journalled_without_the_contact(at_managers_desk):
    sent = {"name": "«Білім» ЖШС", "contact": "Әсел, +7 701 000 00 00", "is_active": "on"}
    at_managers_desk.post("/admin/enrollment/partner/add/", sent)
    partner = Partner.objects.get()
    page = reverse("admin:enrollment_partner_change", args=[partner.pk])
    assert partner_link(partner) in at_managers_desk.get(page).text
    at_managers_desk.post(page, sent | {"is_active": ""})
    assert not Partner.objects.get().is_active
    rows = Entry.objects.filter(about_kind="partner")
    assert [row.verb for row in rows] == ["partner.added", "partner.changed"]
    assert rows[0].facts["fields"]["name"] == [None, "«Білім» ЖШС"]
    assert rows[0].facts["fields"]["contact"] is None
    assert "701" not in str([row.facts for row in rows])


def test_a_new_name_of_a_partner_changes_no_order_that_it_took(at_managers_desk):
    partner = a_partner()
    order = a_called_order(partner=partner)
    page = reverse("admin:enrollment_partner_change", args=[partner.pk])
    at_managers_desk.post(page, {"name": "Other", "contact": "x", "is_active": "on"})
    assert OrderTaking.objects.get(order=order).partner_name == "«Білім» ЖШС"


@REFUSES
def test_an_enrolled_caller_is_told_so(at_managers_desk):
    paid = a_paid_order(application=an_application(email="caller@example.kz"))
    answer = send(at_managers_desk)
    assert answer.context["form"].non_field_errors()
    assert Order.objects.count() == 1
    assert paid.pk


def test_a_visitor_takes_no_order_for_another(db):
    a_placed_order()
    assert Client().post(PAGE, PERSON | ALOUD)["Location"].startswith("/admin/login/")
