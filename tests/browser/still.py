"""Everything that differs from run to run, held still: clock, chance, signing key, database.

A picture is worth comparing only if the same code takes the same one twice. This is for pictures
alone.
"""

import os
import random
import sqlite3
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any
from unittest.mock import patch

import django
import time_machine
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.services import set_environment

BEGINNING = datetime(2026, 11, 1, 5, 0, tzinfo=UTC)
PUBLIC_EXPONENT = 65537
_chance = random.Random()
_empty = sqlite3.connect(":memory:", check_same_thread=False)


@contextmanager
def a_still_site() -> Iterator[None]:
    """Set Django up on an empty database in memory; scenes make what a page needs."""
    hold_chance("the site")
    rsa.generate_private_key = a_known_key  # type: ignore[assignment]
    os.urandom = random._urandom = _chance.randbytes  # type: ignore[attr-defined]
    # Playwright's loop runs in this thread while the browser does, and Django takes it for async.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with time_machine.travel(BEGINNING, tick=False):
        set_environment()
        os.environ["DATABASE_URL"] = "sqlite://:memory:"
        os.environ.pop("REDIS_URL", None)
        django.setup()
        make_database()
        yield


def make_database() -> None:
    """Migrate the database in memory, and keep a copy of it to begin each scene from."""
    from django.core.management import call_command
    from django.db import connection, connections
    from django.test.utils import setup_test_environment

    from offer_site.celery import app

    # One connection for the thread: where Playwright's loop runs, Django would open another, to an
    # empty database.
    connections._connections = threading.local()  # type: ignore[assignment]
    app.conf.task_always_eager = False  # as in tests, nobody works off the queue
    setup_test_environment(debug=False)
    call_command("migrate", verbosity=0)
    connection.connection.backup(_empty)


@contextmanager
def a_scene(name: str, *, language: str, at: datetime) -> Iterator[time_machine.Traveller]:
    """Begin at a moment, from the empty database, in a language.

    Whichever scenes were played before: the last request of each leaves its language behind, in
    which builders would write down consents.
    """
    from django.conf import settings
    from django.db import connection
    from django.utils.translation import override

    hold_chance(f"{name}-{language}")
    begin_every_count()
    connection.ensure_connection()
    _empty.backup(connection.connection)
    Path(settings.SANDBOX_BANK_BOOK).unlink(missing_ok=True)
    with time_machine.travel(at, tick=False) as clock, override(language):
        yield clock


@contextmanager
def no_time_passing() -> Iterator[None]:
    """Hold the clock by which a machine measures how long its own work takes.

    Not for long: where a browser is asked meanwhile, its loop would wait for ever.
    """
    with patch("time.monotonic", return_value=0.0):
        yield


def hold_chance(name: str) -> None:
    """Let codes and tokens be the same in each run, whichever scenes were played before."""
    _chance.seed(name)
    random.seed(name)  # of this the boundaries in letters are made, whose digests are shown


def begin_every_count() -> None:
    """Begin anew the counts by which the builders of tests tell one buyer from another."""
    for name, module in list(sys.modules.items()):
        if name.startswith("tests."):
            for counter in [
                each for each, value in vars(module).items() if isinstance(value, count)
            ]:
                setattr(module, counter, count(1))


def a_known_key(*, public_exponent: int, key_size: int, **_more: Any) -> rsa.RSAPrivateKey:
    """Make the same RSA key each time."""
    source = random.Random(key_size)
    p, q = a_prime(source, key_size // 2), a_prime(source, key_size // 2)
    d = pow(public_exponent, -1, (p - 1) * (q - 1))
    public = rsa.RSAPublicNumbers(public_exponent, p * q)
    exponents = (d, rsa.rsa_crt_dmp1(d, p), rsa.rsa_crt_dmq1(d, q), rsa.rsa_crt_iqmp(p, q))
    return rsa.RSAPrivateNumbers(p, q, *exponents, public).private_key()


def a_prime(source: random.Random, bits: int) -> int:
    """Find a number that Fermat's test takes for a prime, its two highest bits set."""
    while True:
        number = source.getrandbits(bits) | (3 << (bits - 2)) | 1
        if pow(2, number - 1, number) == 1 and number % PUBLIC_EXPONENT != 1:
            return number
