"""A letter that went to a wrong mailbox opens nothing once the e-mail is corrected, and neither
does anything that its reader has seen.
"""

import pytest
from django.test import Client

from enrollment.models import HalvesRequest, Invoice, Order
from enrollment.operations.corrections.email import correct_email
from enrollment.operations.links import halves_link, invoice_link, order_link
from tests.enrollment.company import a_list, order_list
from tests.enrollment.halves.scenes import an_agreement, order_under
from tests.enrollment.ordering.test_checkout import PERSON, send
from tests.enrollment.ordering.test_company_checkout import send as send_list
from tests.given import NOON, a_cohort

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.clause("3.1", "12.1.2.2")]
SITE = "http://localhost:8000"
NAMES = [("Қожағұлова", "Жұлдызай", "Әбдіманапқызы"), ("Омаров", "Диас", "")]


@pytest.fixture(autouse=True)
def noon(time_machine):
    time_machine.move_to(NOON, tick=False)


def a_browser() -> Client:
    """A browser with a CSRF cookie of its own."""
    browser = Client()
    browser.get("/kk/checkout/birge/")
    return browser


def that_followed(link: str) -> Client:
    browser = a_browser()
    assert browser.get(link.removeprefix(SITE), follow=True).status_code == 200
    return browser


def placed_by(browser: Client) -> Order:
    send(browser, PERSON, email="wrong@example.kz")
    return Order.objects.select_related("party").get()


def test_who_read_the_name_at_the_wrong_mailbox_gets_in_by_no_form():
    a_cohort()
    buyer = a_browser()
    order = placed_by(buyer)
    stranger = that_followed(order_link(order))
    page = f"/kk/orders/{order.code}/"
    buyer.post(f"{page}email/", {"email": "gulnur@example.kz"})

    for tariff in ("birge", "vip"):
        for replace in ("", "on"):
            answer = send(stranger, PERSON, tariff=tariff, replace=replace)
            assert answer.status_code == 200
            assert order.code not in answer.content.decode()
            assert stranger.get(page).status_code == 404
    assert stranger.get(order_link(order).removeprefix(SITE)).status_code == 404
    assert Order.objects.get().state == "awaiting_payment"
    assert buyer.get(page).status_code == 200


def test_the_browser_that_ordered_is_out_too_once_another_one_corrected_the_email():
    a_cohort()
    shared = a_browser()
    order = placed_by(shared)
    phone = that_followed(order_link(order))
    phone.post(f"/kk/orders/{order.code}/email/", {"email": "gulnur@example.kz"})

    assert send(shared, PERSON).status_code == 200
    assert shared.get(f"/kk/orders/{order.code}/").status_code == 404
    assert phone.get(f"/kk/orders/{order.code}/").status_code == 200


def test_two_tabs_of_the_browser_that_ordered_stay_one_buyer():
    a_cohort()
    buyer = a_browser()
    first = send(buyer, PERSON)
    del buyer.cookies["orders"]
    assert send(buyer, PERSON)["Location"] == first["Location"]
    assert Order.objects.count() == 1


def test_a_list_is_no_way_back_either():
    cohort = a_cohort()
    applications = a_list(names=NAMES, email="wrong@example.kz")
    invoice, _is_new = order_list(applications, cohort=cohort)
    first = invoice.orders.select_related("party").first()
    stranger = that_followed(invoice_link(invoice, invoice.orders.select_related("party")))
    for order in invoice.orders.all():
        correct_email(order=order, email="hr@example.kz", by="visitor", at=NOON)

    for replace in ("", "on"):
        assert send_list(stranger, *NAMES, replace=replace).status_code == 200
    assert stranger.get(f"/kk/invoices/{invoice.code}/").status_code == 404
    assert stranger.get(f"/kk/orders/{first.code}/").status_code == 404
    assert Invoice.objects.count() == 1


def test_a_request_for_halves_closes_to_a_mailbox_that_its_order_does_not_have():
    request = an_agreement(email="wrong@example.kz")
    link = halves_link(request)
    stranger = that_followed(link)
    order = order_under(request, email="right@example.kz")
    assert order.halves_request == HalvesRequest.objects.get()

    page = f"/ru/halves/{request.code}/"
    assert stranger.get(page).status_code == 404
    assert stranger.get(f"{page}order/").status_code == 404
    assert Client().get(link.removeprefix(SITE)).status_code == 404
    request = HalvesRequest.objects.get()
    right = that_followed(halves_link(request))
    assert right.get(page).status_code == 200

    correct_email(order=order, email="righter@example.kz", by="visitor", at=NOON)
    assert right.get(page).status_code == 404


def test_a_list_corrected_in_part_opens_to_nobody_by_its_old_link():
    cohort = a_cohort()
    invoice, _is_new = order_list(a_list(2, email="wrong@example.kz"), cohort=cohort)
    link = invoice_link(invoice, invoice.orders.select_related("party"))
    stranger = that_followed(link)
    order = invoice.orders.first()
    correct_email(order=order, email="hr@example.kz", by="visitor", at=NOON)
    assert stranger.get(f"/kk/invoices/{invoice.code}/").status_code == 404
    assert stranger.get(f"/kk/orders/{order.code}/").status_code == 404
