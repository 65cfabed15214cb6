"""What must never be false, asked by SQL of its own: nothing here shares code with what it checks.

Rows are asked from a `Mark` on: an example of the machine only ever adds, so it looks at its own
rows and at nobody's faults. A new invariant is one more function under `@invariant`, in the module
of what it is about.
"""

from tests.machine import about_evidence, about_money, about_orders
from tests.machine.reading import Mark, Told
from tests.machine.register import INVARIANTS

__all__ = ["about_evidence", "about_money", "about_orders", "violations"]


def violations(mark: Mark, told: Told) -> list[str]:
    """Ask everything; say what is false."""
    return [f"{name}: {found}" for name, question in INVARIANTS for found in question(mark, told)]
