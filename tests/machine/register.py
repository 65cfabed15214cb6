"""The invariants that are asked: each is a function that yields what it found false."""

from collections.abc import Callable, Iterable

from tests.machine.reading import Mark, Told

Invariant = Callable[[Mark, Told], Iterable[str]]
INVARIANTS: list[tuple[str, Invariant]] = []


def invariant(name: str) -> Callable[[Invariant], Invariant]:
    """Put a question among those that are asked of every example."""

    def add(question: Invariant) -> Invariant:
        INVARIANTS.append((name, question))
        return question

    return add
