"""The size and line breaks of a name, computed from the widths of its letters."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from fontTools.ttLib import TTFont

from .files import FOLDER

MM_PER_POINT = 0.3528


@dataclass(frozen=True)
class Fit:
    """The size of a name in points, and its lines."""

    size: float
    lines: list[str]


class Measure:
    """The widths of a font's letters."""

    def __init__(self, font: str) -> None:
        """`font` is a file of `static/pdf/fonts`, such as `literata-400`."""
        face = TTFont(FOLDER / "fonts" / f"{font}.ttf", lazy=True)
        self.glyphs: dict[int, str] = face.getBestCmap()
        self.widths = {name: width for name, (width, _) in face["hmtx"].metrics.items()}
        self.em: int = face["head"].unitsPerEm

    def width(self, text: str) -> float:
        """The width of a text, in ems."""
        return sum(self.widths[self.glyphs.get(ord(char), ".notdef")] for char in text) / self.em

    def fit(self, text: str, width_mm: float, largest: Sequence[float], lines: int = 2) -> Fit:
        """The split of a name over at most `lines` lines with the largest type.

        `largest` lists the limit in points for one line, two lines and so on. Fewer lines win
        unless more of them allow type a quarter larger.
        """
        words = text.split()
        best = Fit(0, [])
        for count in range(1, min(lines, len(words)) + 1):
            for split in _splits(words, count):
                widest = max(self.width(line) for line in split)
                size = min(largest[count - 1], width_mm / widest / MM_PER_POINT * 0.985)
                if size > best.size * (1.25 if count > len(best.lines) else 1.02):
                    best = Fit(round(size, 1), split)
        return best


@lru_cache
def measure(font: str) -> Measure:
    """One Measure for each font, kept for the process."""
    return Measure(font)


def _splits(words: list[str], count: int) -> Iterator[list[str]]:
    if count == 1:
        yield [" ".join(words)]
        return
    for cut in range(1, len(words) - count + 2):
        for rest in _splits(words[cut:], count - 1):
            yield [" ".join(words[:cut]), *rest]
