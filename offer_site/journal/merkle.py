"""One digest over many: a tree of SHA-256 that a shell with `sha256sum` can climb, leaf by leaf.

A leaf is SHA-256 of `chain|number|digest`, the digest of a chain's last row; a knot is SHA-256 of
the two digests below it, left and right, written one after the other as 128 small hexadecimal
digits. Who has no neighbor on the right rises as he is: nothing is counted twice. A tree without
leaves is SHA-256 of nothing.
"""

import hashlib
from collections.abc import Sequence

LEFT = "left"
RIGHT = "right"
Path = list[
    tuple[str, str]
]  # on which side the neighbor stands, and its digest; from the leaf upwards


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def leaf(*, chain: str, number: int, digest: str) -> str:
    """Digest the end of one chain; the row's own digest in it keeps
    a stranger from guessing the order's code.
    """
    return sha256(f"{chain}|{number}|{digest}")


def top(leaves: Sequence[str]) -> str:
    """Climb from all leaves to the one digest over them."""
    level = list(leaves)
    while len(level) > 1:
        level = _above(level)
    return level[0] if level else sha256("")


def path(leaves: Sequence[str], place: int) -> Path:
    """List the neighbors on the way from one leaf to the top: with them,
    that leaf alone gives the same top.
    """
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
    """Climb from one leaf by its path."""
    for side, neighbor in steps:
        digest = sha256(neighbor + digest) if side == LEFT else sha256(digest + neighbor)
    return digest


def _above(level: list[str]) -> list[str]:
    return [
        sha256("".join(pair)) if len(pair := level[at : at + 2]) == 2 else pair[0]
        for at in range(0, len(level), 2)
    ]
