"""While Redis is away nothing fails that only counts attempts (9.1:
a certificate is verified at any time).
"""

import pytest
from django.core.cache import caches
from django.core.cache.backends.redis import RedisCache
from django.urls import reverse

from offer_site.cache import ForgivingRedisCache
from tests.processes import free_port


@pytest.fixture
def without_redis(settings):
    settings.CACHES = {
        "default": {
            "BACKEND": "offer_site.cache.ForgivingRedisCache",
            "LOCATION": f"redis://127.0.0.1:{free_port()}/0",
        }
    }
    return caches["default"]


def test_a_cache_that_is_away_is_an_empty_one(without_redis):
    assert isinstance(without_redis, ForgivingRedisCache)
    without_redis.set("a", 1, 60)
    assert without_redis.get("a", 7) == 7
    assert without_redis.add("a", 1) is False
    assert without_redis.delete("a") is False


@pytest.mark.clause("9.1")
def test_a_certificate_is_asked_about_and_a_person_signs_in_while_redis_is_away(
    db, client, without_redis
):
    assert client.get(reverse("verify_code", args=["2" * 26])).status_code == 404
    answer = client.post(reverse("account_login"), {"email": "nobody@example.kz"})
    assert answer.status_code in (200, 302)


def test_a_cache_that_is_there_counts(settings):
    caches["default"].set("there", 3, 60)
    assert caches["default"].get("there") == 3


def test_a_count_that_redis_began_by_itself_ends_too(without_redis, monkeypatch):
    """Redis forgets a count between two commands of one `incr`:
    the visitor must not be counted for ever.
    """
    ends = []
    monkeypatch.setattr(RedisCache, "add", lambda *args, **kwargs: False)
    monkeypatch.setattr(RedisCache, "incr", lambda *args, **kwargs: 1)
    monkeypatch.setattr(RedisCache, "touch", lambda self, key, seconds: ends.append((key, seconds)))
    assert without_redis.count("a", 60) == 1
    assert ends == [("a", 60)]
