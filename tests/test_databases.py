"""Each test has a database of its own, whatever the one before it committed."""

import pytest
from django.core.cache import cache
from django.db import connection

from offer_site.accounts.models import User


@pytest.mark.parametrize("turn", [1, 2])
def test_what_a_test_commits_is_gone_in_the_next(transactional_db, turn):
    assert not connection.in_atomic_block
    assert User.objects.count() == 0
    User.objects.create_user(email="somebody@example.kz")


@pytest.mark.parametrize("turn", [1, 2])
def test_what_a_test_rolls_back_is_gone_in_the_next(db, turn):
    assert connection.in_atomic_block
    assert User.objects.count() == 0
    User.objects.create_user(email="somebody@example.kz")


@pytest.mark.parametrize("turn", [1, 2])
def test_what_a_test_leaves_in_the_cache_is_gone_in_the_next(turn):
    assert cache.add("left", turn)
