"""The order's page for staff: facts without protected values, and three buttons."""

import pytest
from django.urls import reverse
from django.utils.translation import override

from enrollment.models import Order, Party
from offer_site.journal.models import Entry
from offer_site.journal.operations import actor
from tests.given import a_completed_enrollment, a_paid_order, a_placed_order, an_application
from tests.staff.conftest import led_by_curators_desk

ADDRESS = "Алматы қ., Абай даңғылы, 1, 2-пәтер"


REFUSES = pytest.mark.django_db(
    transaction=True
)  # what a refusal rolls back is a transaction of its own


def page(name, *arguments):
    return reverse(f"admin:enrollment_order_{name}", args=arguments)


def chapters(answer):
    """The tables of a page by their titles."""
    with override("en"):
        return {str(chapter.title): chapter for chapter in answer.context["chapters"]}


@pytest.mark.parametrize("typed", ["{0}", " {0} ", "{1}"])
def test_an_order_is_found_by_its_code_as_it_was_dictated(at_managers_desk, typed):
    order = a_placed_order()
    a_placed_order(cohort=order.cohort)
    spelled = " ".join(order.code.lower())
    answer = at_managers_desk.get(page("changelist"), {"q": typed.format(order.code, spelled)})
    assert [found.code for found in answer.context["cl"].result_list] == [order.code]


def test_an_order_is_found_by_e_mail(at_managers_desk):
    order = a_placed_order(email="known@example.kz")
    a_placed_order(cohort=order.cohort)
    answer = at_managers_desk.get(page("changelist"), {"q": "known@example.kz"})
    assert [found.code for found in answer.context["cl"].result_list] == [order.code]


@pytest.mark.parametrize("language", ["kk", "ru"])
@pytest.mark.parametrize("kind", ["person", "guardian", "company"])
def test_an_orders_page_tells_all_but_the_protected_values(at_managers_desk, language, kind):
    order = a_paid_order(application=an_application(kind=kind))
    answer = at_managers_desk.get(page("change", order.pk), headers={"accept-language": language})
    assert answer.status_code == 200
    assert order.party.email in answer.text
    assert order.acceptance.digest in answer.text
    assert len(chapters(answer)["journal"].rows) == Entry.objects.of_order(order.code).count()
    assert order.party.address not in answer.text
    assert not order.party.iin or order.party.iin not in answer.text


@pytest.mark.clause("5.4")
def test_seeing_personal_data_leaves_who_and_what_for(at_managers_desk, manager):
    order = a_paid_order()
    assert ADDRESS not in at_managers_desk.get(page("personal-data", order.pk)).text
    answer = at_managers_desk.post(
        page("personal-data", order.pk), {"reason": "Сертификатқа мекенжай керек"}
    )
    row = Entry.objects.of_order(order.code).get(verb="personal_data.seen")
    assert ADDRESS in answer.text
    assert (row.by, row.facts, row.clause) == (
        actor(manager),
        {"reason": "Сертификатқа мекенжай керек"},
        "5.4",
    )


@pytest.mark.clause("5.4")
def test_personal_data_without_a_reason_stay_hidden(at_managers_desk):
    order = a_paid_order()
    answer = at_managers_desk.post(page("personal-data", order.pk), {"reason": ""})
    assert list(answer.context["form"].errors) == ["reason"]
    assert ADDRESS not in answer.text
    assert not Entry.objects.filter(verb="personal_data.seen").exists()


@pytest.mark.clause("5.4", "11.4")
def test_a_curator_reads_no_orders_and_no_addresses(at_curators_desk):
    order = a_paid_order()
    assert at_curators_desk.get(page("change", order.pk)).status_code == 403
    assert (
        at_curators_desk.post(page("personal-data", order.pk), {"reason": "x"}).status_code == 403
    )
    led_by_curators_desk(order.enrollment)
    learner = at_curators_desk.get(
        reverse("admin:enrollment_enrollment_change", args=[order.enrollment.pk])
    )
    assert learner.status_code == 200
    assert order.learner.full_name in learner.text
    assert ADDRESS not in learner.text
    assert order.party.email not in learner.text


@pytest.mark.clause("12.1.2.2")
def test_staff_correct_an_e_mail_with_a_document(at_managers_desk, manager):
    order = a_paid_order()
    answer = at_managers_desk.post(
        page("email", order.pk), {"email": "New@Example.kz", "document": "Өтініш № 7"}
    )
    row = Entry.objects.of_order(order.code).get(verb="email.corrected")
    assert answer.status_code == 302
    assert Party.objects.get(order=order).email == "new@example.kz"
    assert (row.by, row.facts["document"]) == (actor(manager), "Өтініш № 7")
    assert "new@example.kz" not in str(row.facts)


@pytest.mark.clause("12.1.2.2")
def test_an_e_mail_without_a_document_stays_as_it_is(at_managers_desk):
    order = a_paid_order()
    answer = at_managers_desk.post(
        page("email", order.pk), {"email": "new@example.kz", "document": ""}
    )
    assert list(answer.context["form"].errors) == ["document"]
    assert answer.context["form"]["email"].value() == "new@example.kz"
    assert Party.objects.get(order=order).email == order.party.email


def test_the_same_e_mail_again_changes_nothing(at_managers_desk):
    order = a_paid_order()
    for _again in range(2):
        at_managers_desk.post(
            page("email", order.pk), {"email": "new@example.kz", "document": "Өтініш № 7"}
        )
    assert Entry.objects.filter(verb="email.corrected").count() == 1


NAME = {"surname": "Қожағұлова", "name": "Ұлбосын", "patronymic": ""}


@pytest.mark.clause("9.5")
def test_staff_correct_a_name_until_the_certificate_states_it(at_managers_desk, manager):
    order = a_paid_order()
    assert at_managers_desk.post(page("name", order.pk), NAME).status_code == 302
    assert Order.objects.get(pk=order.pk).learner.full_name == "Қожағұлова Ұлбосын"
    row = Entry.objects.get(verb="learner.name_corrected")
    assert row.by == actor(manager)
    assert "Ұлбосын" not in str(row.facts)


@REFUSES
def test_a_name_that_is_taken_is_refused_beside_its_field(at_managers_desk):
    first = a_paid_order(
        email="family@example.kz", surname="Қожағұлова", name="Ұлбосын", patronymic=""
    )
    second = a_paid_order(
        cohort=first.cohort, email="family@example.kz", surname="Қожағұлова", name="Айнұр"
    )
    answer = at_managers_desk.post(page("name", second.pk), NAME)
    assert list(answer.context["form"].errors) == ["surname"]
    assert Order.objects.get(pk=second.pk).learner.name == "Айнұр"
    assert not Entry.objects.filter(verb="learner.name_corrected").exists()


def test_a_performed_order_shows_its_page(at_owners_desk):
    enrollment = a_completed_enrollment()
    answer = at_owners_desk.get(page("change", enrollment.order_id))
    assert answer.status_code == 200
    assert len(chapters(answer)["deadlines"].rows) == 1
    assert str(answer.context["original"].enrollment.get_state_display()) in answer.text


def test_an_order_is_neither_changed_nor_deleted_by_hand(at_owners_desk):
    order = a_placed_order()
    assert at_owners_desk.post(page("delete", order.pk), {"post": "yes"}).status_code == 403
    assert at_owners_desk.post(page("change", order.pk), {"state": "paid"}).status_code == 403
    assert Order.objects.get().state == "awaiting_payment"


@pytest.mark.clause("12.1.2.2")
def test_staff_are_asked_about_a_mailbox_typed_wrong_beside_the_present_one(at_managers_desk):
    order = a_paid_order(email="gulnur@gmail.com")
    values = {"email": "gulnur@gmial.com", "document": "Өтініш № 7"}
    form = at_managers_desk.get(page("email", order.pk))
    assert "gulnur@gmail.com" in form.text
    assert 'name="as_typed"' not in form.text
    asked = at_managers_desk.post(
        page("email", order.pk), values, headers={"accept-language": "ru"}
    )
    assert "Вы имели в виду «gulnur@gmail.com»?" in asked.text
    assert 'name="as_typed"' in asked.text
    assert Party.objects.get(order=order).email == "gulnur@gmail.com"
    at_managers_desk.post(page("email", order.pk), values | {"as_typed": "on"})
    assert Party.objects.get(order=order).email == "gulnur@gmial.com"


@REFUSES
@pytest.mark.clause("5.4", "12.1.2.2")
def test_a_mailbox_of_another_buyer_needs_a_confirmation(at_managers_desk):
    order = a_paid_order()
    a_placed_order(cohort=order.cohort, email="known@example.kz", surname="Омарова", name="Диана")
    values = {"email": "Known@Example.kz", "document": "Өтініш № 7"}
    asked = at_managers_desk.post(page("email", order.pk), values)
    assert asked.status_code == 200
    assert 'name="is_shared"' in asked.text
    assert Party.objects.get(order=order).email == order.party.email
    assert not Entry.objects.filter(verb="email.corrected").exists()
    at_managers_desk.post(page("email", order.pk), values | {"is_shared": "on"})
    assert Party.objects.get(order=order).email == "known@example.kz"


def test_the_mailbox_of_the_buyers_own_other_order_needs_none(at_managers_desk):
    order = a_paid_order()
    a_placed_order(email="known@example.kz")
    at_managers_desk.post(
        page("email", order.pk), {"email": "known@example.kz", "document": "Өтініш № 7"}
    )
    assert Party.objects.get(order=order).email == "known@example.kz"


def test_staff_are_asked_about_two_alphabets_in_a_name(at_managers_desk):
    order = a_paid_order()
    name = {"surname": "Әбілқасымовa", "name": "Гүлнұр", "patronymic": ""}
    asked = at_managers_desk.post(page("name", order.pk), name)
    assert "Әбілқасымова Гүлнұр" in asked.text
    assert Order.objects.get(pk=order.pk).learner.surname == "Әбілқасымова"
    at_managers_desk.post(page("name", order.pk), name | {"as_typed": "on"})
    assert Order.objects.get(pk=order.pk).learner.surname == "Әбілқасымовa"
