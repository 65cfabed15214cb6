"""Who saw a person's protected data is found by the person (5.4, 11.4)."""

import pytest
import time_machine
from django.urls import reverse

from enrollment.operations.personal_data import show_personal_data
from offer_site.retention.sights import sights_of
from tests.given import NOON, a_paid_order, an_owner
from tests.staff.conftest import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.clause("5.4")]


def test_it_is_found_by_the_persons_email_and_by_the_order():
    seen = a_paid_order(email="seen@example.kz")
    other = a_paid_order(email="other@example.kz")
    for order in (seen, other):
        show_personal_data(order=order, reason="сұрады", by="staff:7", at=NOON)
    for searched in ("Seen@Example.kz", seen.code.lower()):
        (row,) = sights_of(searched)
        assert (row.chain, row.by, row.facts["reason"]) == (seen.code, "staff:7", "сұрады")
    assert not sights_of("nobody@example.kz").exists()


def test_the_owner_finds_it_on_the_page_and_nobody_edits_it():
    order = a_paid_order(email="seen@example.kz")
    owner = an_owner()
    show_personal_data(order=order, reason="сұрады", by=f"staff:{owner.pk}", at=NOON)
    with time_machine.travel(NOON, tick=False):
        browser = signed_in(owner)
        listed = reverse("admin:retention_sight_changelist")
        page = browser.get(listed, {"q": "seen@example.kz"}).content.decode()
        assert order.code in page
        assert "сұрады" in page
        assert order.code not in browser.get(listed, {"q": "no@example.kz"}).content.decode()
        assert browser.post(reverse("admin:retention_sight_add")).status_code == 403
