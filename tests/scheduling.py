"""A plugin of pytest: which tests of a run on several cores stay in one process.

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


class SharedWorlds(LoadScopeScheduling):
    """Give a process one test after the other, and what shares a world to one of them."""

    def _split_scope(self, nodeid: str) -> str:
        return next((world for path, world in WORLDS.items() if nodeid.startswith(path)), nodeid)


@pytest.hookimpl
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> SharedWorlds:
    """Replace the scheduler that `--dist` chose."""
    return SharedWorlds(config, log)
