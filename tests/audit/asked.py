"""The audit for tests of other folders: what it finds false of a whole database, as one list."""

from offer_site.audit.asking import ask_everything
from tests.given import PUBLISHED

BEFORE = PUBLISHED  # anything was ordered: no letter is late yet, and no course is over


def all_that_is_false() -> list[str]:
    """Ask everything; what clocks and workers of no concern to a
    scene left undone is not false before it.
    """
    return [str(answer) for answer in ask_everything(at=BEFORE) if answer.found]
