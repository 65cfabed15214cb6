"""A body that is larger than its page can need is refused before it is received (5.4)."""

import io

import pytest
from django.test import Client

from offer_site.web.bodies import WITH_A_DOCUMENT
from tests.accounts.signing import signed_in
from tests.given import a_paid_order, a_placed_order, an_owner
from tests.staff.conftest import signed_in as at_the_desk_of

pytestmark = pytest.mark.django_db
HUGE = 400 * 1024 * 1024


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
