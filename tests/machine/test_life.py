"""The machine, on this run's engine and on the other one."""

import os
import subprocess
import sys

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.audit.asked import all_that_is_false
from tests.given import a_published_offer
from tests.machine.life import Life
from tests.processes import PROJECT
from tests.services import on_sqlite

# `make faults` asks for more; in the suite the same examples come every time.
EXAMPLES = int(os.environ.get("MACHINE_EXAMPLES", "40"))
STEPS = int(os.environ.get("MACHINE_STEPS", "30"))
SUITE = settings(
    max_examples=EXAMPLES,
    stateful_step_count=STEPS,
    derandomize="MACHINE_EXAMPLES" not in os.environ,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.clause("2.2.1", "2.4", "3.3", "4.3", "4.6")
def test_whatever_happens_in_whatever_order_nothing_is_false(transactional_db):
    a_published_offer()
    run_state_machine_as_test(Life, settings=SUITE)
    assert all_that_is_false() == []


@pytest.mark.faults
@pytest.mark.skipif(on_sqlite(), reason="this run is the one on SQLite")
def test_the_same_on_the_embedded_engine():
    """In a process of its own: a run has one engine."""
    ours = ("PYTEST_", "DATABASE_", "REDIS_", "TESTS_", "DJANGO_")
    env = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", __file__],
        cwd=PROJECT,
        env=env | {"TESTS_ENGINE": "sqlite"},
        text=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    assert done.returncode == 0, done.stdout[-20_000:]
    assert "1 passed, 1 deselected" in done.stdout
