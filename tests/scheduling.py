"""A plugin of pytest: which tests of a run on several cores stay in one process.

pytest-xdist's own groups (`--dist loadgroup`) have no effect since pytest 9.1.
"""

import pytest
from xdist.scheduler import LoadScopeScheduling

# Their tests share a world that takes half a minute to make.
TOGETHER = ("tests/audit/", "tests/proof/test_full_contract.py")


class SharedWorlds(LoadScopeScheduling):
    """Give a process one test after the other, and what shares a world to one of them."""

    def _split_scope(self, nodeid: str) -> str:
        for path in TOGETHER:
            if nodeid.startswith(path):
                return path
        return nodeid


@pytest.hookimpl
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> SharedWorlds:
    """Replace the scheduler that `--dist` chose."""
    return SharedWorlds(config, log)
