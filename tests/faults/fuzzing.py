"""A fuzzer guided by coverage: what reaches a new line of the watched code is kept and changed on.

It needs nothing but the interpreter: an edge is a step from one line of a watched module to
another, as `sys.settrace` tells it. The same seed tries the same inputs.
"""

import random
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import CodeType, FrameType, ModuleType
from typing import Any

Edge = int  # the function, the line before and the line, in one number
LINES = 1 << 13  # more than any watched file has
LONGEST = 6000  # bytes; a longer input shows nothing that a shorter one does not
DIGITS = b"0123456789"


@dataclass
class Found:
    """What a run tried: its inputs, the edges that they reached, and those that were kept."""

    inputs: int = 0
    edges: set[Edge] = field(default_factory=set)
    kept: list[bytes] = field(default_factory=list)


class InputError(AssertionError):
    """An input made the target fail; `content` repeats it."""

    def __init__(self, content: bytes, inputs: int) -> None:
        super().__init__(f"input {inputs} fails: {content!r}")
        self.content = content


def fuzz(
    target: Callable[[bytes], object],
    *,
    seeds: Sequence[bytes],
    words: Sequence[bytes],
    watched: Sequence[ModuleType],
    inputs: int,
    seed: int,
    is_guided: bool = True,
) -> Found:
    """Call the target with so many inputs; raise InputError from the first failure.

    `words` are put in between, as a dictionary. Without guidance only the seeds are changed.
    """
    chance = random.Random(seed)
    watch = Watch({module.__file__ or "" for module in watched})
    found = Found(kept=list(seeds))
    while found.inputs < inputs:
        is_seed = found.inputs < len(seeds)
        content = seeds[found.inputs] if is_seed else changed(found.kept, words, chance)
        found.inputs += 1
        watch.start()
        try:
            target(content)
        except Exception as error:
            raise InputError(content, found.inputs) from error
        finally:
            watch.stop()
        edges = watch.edges
        if not edges <= found.edges:
            found.edges |= edges
            if is_guided and not is_seed:
                found.kept.append(content)
    return found


class Watch:
    """Collects the edges of the functions of some files while it is on."""

    def __init__(self, files: set[str]) -> None:
        self.edges: set[Edge] = set()
        self._files = files
        self._bases: dict[CodeType, int] = {}

    def start(self) -> None:
        self.edges = set()
        sys.settrace(self._enter)

    def stop(self) -> None:
        sys.settrace(None)

    def _enter(self, frame: FrameType, event: str, argument: object) -> Any:
        code = frame.f_code
        base = self._bases.get(code)
        if base is None:
            is_watched = code.co_filename in self._files
            base = self._bases[code] = (len(self._bases) + 1) * LINES * LINES * is_watched
        if not base:
            return None
        add = self.edges.add
        last = base

        def step(frame: FrameType, event: str, argument: object) -> Any:
            nonlocal last
            line = frame.f_lineno
            add(last + line)
            last = base + line * LINES
            return step

        return step


def changed(kept: Sequence[bytes], words: Sequence[bytes], chance: random.Random) -> bytes:
    """A kept input with a few changes; a short one is chosen more often than a long one."""
    content = (
        chance.choice(kept) if chance.random() < 0.5 else min(chance.choices(kept, k=3), key=len)
    )
    for _each in range(chance.choice((1, 1, 1, 2, 2, 3, 5))):
        content = chance.choice(CHANGES)(content, kept, words, chance)
    return content[:LONGEST]


def _flip(content: bytes, _kept: Any, _words: Any, chance: random.Random) -> bytes:
    at = chance.randrange(len(content) + 1)
    return content[:at] + bytes([chance.randrange(256)]) + content[at + 1 :]


def _cut(content: bytes, _kept: Any, _words: Any, chance: random.Random) -> bytes:
    at = chance.randrange(len(content) + 1)
    return content[:at] + content[at + chance.choice((1, 2, 8, 40)) :]


def _put_word(content: bytes, _kept: Any, words: Any, chance: random.Random) -> bytes:
    at = chance.randrange(len(content) + 1)
    return content[:at] + chance.choice(words) + content[at:]


def _put_line(content: bytes, kept: Any, words: Any, chance: random.Random) -> bytes:
    """Put a line of a kept input, or a word as a line of its own, between two lines."""
    lines = content.split(b"\n")
    other = chance.choice(kept).split(b"\n")
    line = chance.choice(words) if chance.random() < 0.5 else chance.choice(other)
    lines.insert(chance.randrange(len(lines) + 1), line)
    return b"\n".join(lines)


def _repeat_lines(content: bytes, _kept: Any, _words: Any, chance: random.Random) -> bytes:
    lines = content.split(b"\n")
    first = chance.randrange(len(lines))
    some = lines[first : first + chance.choice((1, 1, 2, 5, 20))]
    at = chance.randrange(len(lines) + 1)
    return b"\n".join([*lines[:at], *some, *lines[at:]])


def _drop_lines(content: bytes, _kept: Any, _words: Any, chance: random.Random) -> bytes:
    lines = content.split(b"\n")
    first = chance.randrange(len(lines))
    return b"\n".join(lines[:first] + lines[first + chance.choice((1, 1, 2, 5)) :])


def _change_value(content: bytes, _kept: Any, words: Any, chance: random.Random) -> bytes:
    """Give one key the value of another one, or a word."""
    lines = content.split(b"\n")
    place = chance.randrange(len(lines))
    key, _equals, _value = lines[place].partition(b"=")
    other = chance.choice(lines).partition(b"=")[2]
    lines[place] = key + b"=" + (chance.choice(words) if chance.random() < 0.5 else other)
    return b"\n".join(lines)


def _change_digit(content: bytes, _kept: Any, _words: Any, chance: random.Random) -> bytes:
    places = [place for place, byte in enumerate(content) if byte in DIGITS]
    if not places:
        return content
    at = chance.choice(places)
    return content[:at] + bytes([chance.choice(DIGITS)]) + content[at + 1 :]


def _splice(content: bytes, kept: Any, _words: Any, chance: random.Random) -> bytes:
    other = chance.choice(kept)
    return content[: chance.randrange(len(content) + 1)] + other[chance.randrange(len(other) + 1) :]


CHANGES = (
    _flip,
    _cut,
    _put_word,
    _put_word,
    _put_line,
    _put_line,
    _repeat_lines,
    _drop_lines,
    _change_value,
    _change_value,
    _change_digit,
    _splice,
)
