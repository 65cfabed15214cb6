"""The owner's two papers: how it will look, and the one that was issued."""

from datetime import timedelta
from io import BytesIO

import pytest
from django.test import Client
from django.urls import reverse
from PIL import Image

from certificates.operations import certificate_file, issue_certificate, replace_certificate
from enrollment.models import Order
from offer_site.accounts.models import User
from tests import given
from tests.certificates.papers import words_of

pytestmark = pytest.mark.django_db
AFTER = given.NOON + timedelta(days=65)


def signed_in(order: Order) -> Client:
    client = Client()
    email = order.party.email
    client.force_login(User.objects.filter(email=email).first() or User.objects.create_user(email))
    return client


def get(client: Client, page: str, order: Order, **query: str):
    return client.get(reverse(page, args=[order.code]), query)


def test_the_owner_sees_how_the_certificate_will_look_with_the_name_of_now():
    order = given.a_paid_order(surname="Қожағұлова-Нұрмұхамбетова")
    response = get(signed_in(order), "certificate_preview", order)
    assert response["Content-Type"] == "application/pdf"
    assert "Қожағұлова-Нұрмұхамбетова Гүлнұр Қайратқызы" in words_of(response.content, 0)
    assert "Үлгі · Образец" in words_of(response.content, 0)


def test_the_sample_is_shown_as_a_picture_too():
    order = given.a_paid_order()
    response = get(signed_in(order), "certificate_preview", order, **{"as": "png"})
    assert Image.open(BytesIO(response.content)).format == "PNG"


def test_the_issued_certificate_is_handed_out_with_the_same_bytes_each_time():
    enrollment = given.a_completed_enrollment()
    order = enrollment.order
    certificate = issue_certificate(enrollment_id=enrollment.pk, at=AFTER)
    client = signed_in(order)
    first, second = (get(client, "certificate_file", order).content for _ in range(2))
    assert first == second == certificate_file(certificate)
    assert get(client, "certificate_preview", order)["Location"] == reverse(
        "certificate_file", args=[order.code]
    )


def test_after_a_correction_the_owner_gets_the_new_one():
    enrollment = given.a_completed_enrollment()
    old = issue_certificate(enrollment_id=enrollment.pk, at=AFTER)
    new = replace_certificate(certificate=old, reason="қате", by=given.an_owner(), at=AFTER)
    assert get(
        signed_in(enrollment.order), "certificate_file", enrollment.order
    ).content == certificate_file(new)


@pytest.mark.parametrize("page", ["certificate_preview", "certificate_file"])
def test_a_stranger_finds_nothing_and_a_visitor_is_asked_who_they_are(page):
    enrollment = given.a_completed_enrollment()
    issue_certificate(enrollment_id=enrollment.pk, at=AFTER)
    stranger = given.a_paid_order()
    assert get(signed_in(stranger), page, enrollment.order).status_code == 404
    assert get(Client(), page, enrollment.order).status_code == 302


def test_there_is_no_file_before_there_is_a_certificate():
    order = given.a_paid_order()
    assert get(signed_in(order), "certificate_file", order).status_code == 404


def test_an_unpaid_order_has_no_sample():
    order = given.a_placed_order()
    assert get(signed_in(order), "certificate_preview", order).status_code == 404
