"""A Merkle tree of SHA-256 that a shell with `sha256sum` can check, leaf by leaf.

A leaf is SHA-256 of `chain|number|digest`, the digest of a chain's last row. A node is SHA-256 of
the two digests below it, left and right, joined as 128 lower-case hexadecimal digits. A node
without a right neighbor moves up unchanged: nothing is counted twice. A tree without leaves is
SHA-256 of the empty text.
"""

import hashlib
from collections.abc import Sequence

LEFT = "left"
RIGHT = "right"
# From the leaf up: the side of the neighbor, and its digest.
Path = list[tuple[str, str]]


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def leaf(*, chain: str, number: int, digest: str) -> str:
    """The leaf of one chain; the row's digest in it prevents a guess at the order's code."""
    return sha256(f"{chain}|{number}|{digest}")


def top(leaves: Sequence[str]) -> str:
    """The root over all leaves."""
    level = list(leaves)
    while len(level) > 1:
        level = _above(level)
    return level[0] if level else sha256("")


def path(leaves: Sequence[str], place: int) -> Path:
    """The neighbors from one leaf up to the root: with them, that leaf alone gives the root."""
    level = list(leaves)
    steps = []
    while len(level) > 1:
        neighbor = place ^ 1
        if neighbor < len(level):
            steps.append((LEFT if neighbor < place else RIGHT, level[neighbor]))
        level = _above(level)
        place = place // 2
    return steps


def climb(digest: str, steps: Path) -> str:
    """The root computed from one leaf and its path."""
    for side, neighbor in steps:
        digest = sha256(neighbor + digest) if side == LEFT else sha256(digest + neighbor)
    return digest


def _above(level: list[str]) -> list[str]:
    return [
        sha256("".join(pair)) if len(pair := level[at : at + 2]) == 2 else pair[0]
        for at in range(0, len(level), 2)
    ]
