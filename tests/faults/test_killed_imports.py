"""Imports of statements that are killed at any moment, on both engines,
beside a server that serves (M1, M11).
"""

import json
import random
import signal
import sys
import time

import pytest

from tests.bench.importing import scale
from tests.processes import Process
from tests.sites import Site

ORDERS = 20
OPERATIONS = 20_000
COUNT = """
import json
from enrollment.models import Acceptance, Order, Place
from offer_site.notices.models import Notice
from payments.models import Allocation, LedgerEntry, StatementFile, StatementLine
print(json.dumps({
    "files": StatementFile.objects.count(),
    "stored": StatementFile.objects.exclude(stored_at=None).count(),
    "lines": StatementLine.objects.count(),
    "matched": StatementLine.objects.filter(state="matched").count(),
    "unjudged": StatementLine.objects.unjudged().count(), "receipts": LedgerEntry.objects.count(),
    "total": int(LedgerEntry.objects.total()), "allocations": Allocation.objects.count(),
    "acceptances": Acceptance.objects.count(), "paid": Order.objects.filter(state="paid").count(),
    "sold": Place.objects.filter(held_until=None).exclude(order=None).count(),
    "letters": Notice.objects.filter(kind="contract-concluded").count(),
}))
"""


def counted(site: Site) -> dict[str, object]:
    return json.loads(site.manage("shell", "--verbosity", "0", "-c", COUNT).splitlines()[-1])


@pytest.mark.clause("4.4")
@pytest.mark.parametrize(
    ("engine", "rounds"),
    [
        ("production_like_site", 2),
        pytest.param("production_like_site", 6, marks=pytest.mark.faults),
        pytest.param("embedded_site", 6, marks=pytest.mark.faults),
    ],
)
def test_imports_killed_at_random_moments_end_as_one_that_was_not(
    request, tmp_path, engine, rounds
):
    site: Site = request.getfixturevalue(engine)
    env = site.env | {"DJANGO_SETTINGS_MODULE": "offer_site.settings", "LOG_LEVEL": "ERROR"}
    if worker := site.processes.pop("worker", None):
        worker.stop()  # it would make the contracts of all orders, which nobody asks for here
    laid = scale(env, "orders", str(ORDERS))
    path = tmp_path / "large.txt"
    chance = random.Random(engine)
    scale(env, "write", path, json.dumps(laid), str(OPERATIONS))
    command = (sys.executable, "manage.py", "import_statement", path)
    for round_ in range(rounds):
        running = Process(*command, log=tmp_path / f"{round_}.log", env=env)
        time.sleep(chance.uniform(0.5, 5))
        running.stop(how=signal.SIGKILL)
        now = counted(site)
        assert now["files"] in (0, 1)
        assert (
            now["receipts"]
            == now["allocations"]
            == now["matched"]
            == now["paid"]
            == now["acceptances"]
        )
        if now["files"] == 0:
            assert now["lines"] == 0

    site.manage("import_statement", str(path), check=False)
    once = counted(site)
    assert once == {
        "files": 1,
        "stored": 1,
        "lines": OPERATIONS - (OPERATIONS // 5),
        "matched": ORDERS,
        "unjudged": 0,
        "receipts": ORDERS,
        "total": ORDERS * laid["price"],
        "allocations": ORDERS,
        "acceptances": ORDERS,
        "paid": ORDERS,
        "sold": ORDERS,
        "letters": ORDERS,
    }
    site.manage("import_statement", str(path), check=False)
    assert counted(site) == once
