"""Every paper that a visitor can have made comes from few renderers; what is kept needs none."""

import pytest
from django.test import Client
from django.urls import reverse

from certificates.operations import issue_certificate
from enrollment.models import Order, PartyKind
from offer_site.accounts.models import User
from offer_site.journal.models import Entry
from offer_site.renderers import TRY_AGAIN_AFTER, a_renderer
from tests.certificates.test_owner_pages import AFTER
from tests.given import a_completed_enrollment, a_placed_order, an_application
from tests.payments.statements.scenes import bank_details

pytestmark = pytest.mark.django_db

PAPERS = (
    "order_invoice",
    "order_contract",
    "order_act",
    "certificate_preview",
    "certificate_file?as=post",
    "certificate_file?as=png",
    "proof",
)
KEPT = ("order_invoice", "order_contract", "order_act", "certificate_file?as=post")


@pytest.fixture(autouse=True)
def own_folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def an_order_with(paper: str) -> Order:
    """An order that may have this paper, which nobody asked for yet."""
    if paper == "order_invoice":
        order = a_placed_order()
        bank_details()
        return order
    kind = PartyKind.COMPANY if paper == "order_act" else PartyKind.PERSON
    enrollment = a_completed_enrollment(application=an_application(kind=kind))
    if paper.startswith("certificate_file"):
        issue_certificate(enrollment_id=enrollment.pk, at=AFTER)
    return Order.objects.with_people().get(pk=enrollment.order_id)


def owner_of(order: Order) -> Client:
    client = Client()
    email = order.party.email
    client.force_login(User.objects.filter(email=email).first() or User.objects.create_user(email))
    return client


def ask(client: Client, paper: str, order: Order):
    name, _mark, query = paper.partition("?")
    address = reverse(name, args=[order.code])
    return client.post(address) if name == "proof" else client.get(f"{address}?{query}")


@pytest.mark.parametrize("paper", PAPERS)
def test_a_paper_waits_for_a_renderer_and_comes_when_one_is_free(paper, time_machine):
    order = an_order_now(paper, time_machine)
    client = owner_of(order)
    with a_renderer("held"):
        busy = ask(client, paper, order)
    assert (busy.status_code, busy.headers["Retry-After"]) == (503, str(TRY_AGAIN_AFTER))
    assert not Entry.objects.filter(verb__in=["proof.made", "contract.made"]).exists()
    assert ask(client, paper, order).status_code == 200


@pytest.mark.parametrize("paper", KEPT)
def test_a_paper_that_was_made_is_handed_out_however_busy_the_renderers_are(paper, time_machine):
    order = an_order_now(paper, time_machine)
    client = owner_of(order)
    first = ask(client, paper, order)
    with a_renderer("held"):
        again = ask(client, paper, order)
    assert (first.status_code, again.status_code) == (200, 200)
    assert again.content == first.content


def an_order_now(paper: str, time_machine) -> Order:
    order = an_order_with(paper)
    time_machine.move_to(order.placed_at if paper == "order_invoice" else AFTER)
    return order
