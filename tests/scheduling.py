"""A plugin of pytest: which tests of a run on several cores stay in one process, and which begin.

pytest-xdist's own groups (`--dist loadgroup`) have no effect since pytest 9.1.
"""

import pytest
from xdist.scheduler import LoadScopeScheduling

# Which world each path shares with others; one takes half a minute to make.
WORLDS = {
    "tests/audit/": "the busy academy",
    "tests/staff/test_rights.py": "the busy academy",
    "tests/proof/test_full_contract.py": "the full contract",
}

# What takes longest begins: at the end of a run it would keep one core busy and the others idle.
FIRST = (
    "tests/machine/",
    "tests/browser/",
    "tests/faults/",
    "tests/certificates/test_by_worker.py",
    "tests/certificates/test_second_look.py",
    "tests/notices/test_priority.py",
    "tests/payments/statements/test_import_statement.py::test_an_operation_of_a_large_file",
)


class SharedWorlds(LoadScopeScheduling):
    """Give a process one test after the other, and what shares a world to one of them."""

    def _split_scope(self, nodeid: str) -> str:
        return next((world for path, world in WORLDS.items() if nodeid.startswith(path)), nodeid)


@pytest.hookimpl
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> SharedWorlds:
    """Replace the scheduler that `--dist` chose."""
    return SharedWorlds(config, log)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Order the tests for several processes; one process keeps the order in which they stand."""
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: not item.nodeid.startswith(FIRST))
