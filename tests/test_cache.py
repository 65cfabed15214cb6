"""While Redis is away nothing fails, and guessing is counted all the same (9.1: a certificate is
verified at any time).
"""

import pytest
from django.core.cache import caches
from django.urls import reverse

from certificates.views.verification import GUESSES
from offer_site import cache
from offer_site.breakers import Outage
from tests.processes import free_port


@pytest.fixture
def without_redis(settings, monkeypatch):
    monkeypatch.setattr(cache, "outage", Outage("the cache", pause=30))
    settings.CACHES = {
        "default": {
            "BACKEND": "offer_site.cache.ForgivingRedisCache",
            "LOCATION": f"redis://127.0.0.1:{free_port()}/0",
        }
    }
    return caches["default"]


@pytest.mark.clause("9.1")
def test_a_certificate_is_asked_about_and_a_person_signs_in_while_redis_is_away(
    db, client, without_redis
):
    unknown = reverse("verify_code", args=["2" * 26])
    answers = [client.get(unknown).status_code for _guess in range(GUESSES + 1)]
    assert answers == [404] * GUESSES + [429]
    answer = client.post(reverse("account_login"), {"email": "nobody@example.kz"})
    assert answer.status_code in (200, 302)


def test_a_cache_that_is_there_keeps():
    caches["default"].set("there", 3, 60)
    assert caches["default"].get("there") == 3
