"""12.2 before anything was published: the page of the offer is there, and has no text."""

import pytest
from django.test import Client

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("nothing_published")]


def test_before_the_first_edition_the_page_says_so():
    client = Client()
    answer = client.get("/kk/offer/")
    assert answer.status_code == 200
    assert "legal-section" not in answer.content.decode()
    assert client.get("/kk/offer/offer.pdf").status_code == 404
