"""Long lists of sequences, of which `make test` tries a sample and `make faults` every one."""

from collections.abc import Iterable
from typing import TypeVar

import pytest

T = TypeVar("T")


def sampled(every: int) -> pytest.MarkDecorator:
    """Run a test twice, by its argument `step`: with every n-th sequence, and with all of them.

    Take a number that has no divisor in common with how many letters the sequences are made of.
    """
    sample = pytest.param(every, id=f"one in {every}")
    whole = pytest.param(1, id="all", marks=pytest.mark.faults)
    return pytest.mark.parametrize("step", [sample, whole])


def each(sequences: Iterable[T], *, step: int) -> list[T]:
    """List every n-th sequence."""
    return list(sequences)[::step]
