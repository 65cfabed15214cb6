"""Compares two folders of pictures, pixel by pixel."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageChops

FAINT = 2  # of 255: the edge of a rounded corner is drawn now so and now so
FADED = 0.75  # how much of what did not change is washed out in a picture of differences


@dataclass(frozen=True)
class Difference:
    """What differs between two pictures of one name."""

    name: str
    words: str

    def __str__(self) -> str:
        return f"{self.name}: {self.words}"


def differences(before: Path, after: Path, *, into: Path) -> Iterator[Difference]:
    """Name each picture that differs or is missing; draw in red where they differ."""
    names = {each.name for folder in (before, after) for each in folder.glob("*.png")}
    for name in sorted(names):
        if not (before / name).exists():
            yield Difference(name, "only after")
        elif not (after / name).exists():
            yield Difference(name, "only before")
        elif (before / name).read_bytes() != (after / name).read_bytes():
            yield from _of_two(before / name, after / name, into=into)


def _of_two(before: Path, after: Path, *, into: Path) -> Iterator[Difference]:
    old, new = (Image.open(each).convert("RGB") for each in (before, after))
    sizes = (
        ""
        if old.size == new.size
        else f"; {old.width}x{old.height} became {new.width}x{new.height}"
    )
    whole = (max(old.width, new.width), max(old.height, new.height))
    changed = _mask(_on_canvas(old, whole), _on_canvas(new, whole))
    count = changed.histogram()[255]
    if not count and not sizes:
        return
    into.mkdir(parents=True, exist_ok=True)
    _drawn(_on_canvas(new, whole), changed).save(into / after.name)
    yield Difference(after.name, f"{count} pixels in {changed.getbbox()}{sizes}")


def _on_canvas(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    canvas = Image.new("RGB", size, "magenta")
    canvas.paste(picture)
    return canvas


def _mask(old: Image.Image, new: Image.Image) -> Image.Image:
    """White where any of the three colours differs by more than a rounding of the browser's."""
    red, green, blue = ImageChops.difference(old, new).split()
    most = ImageChops.lighter(ImageChops.lighter(red, green), blue)
    return most.point(lambda value: 255 if value > FAINT else 0)


def _drawn(picture: Image.Image, changed: Image.Image) -> Image.Image:
    faded = Image.blend(picture, Image.new("RGB", picture.size, "white"), FADED)
    faded.paste("red", mask=changed)
    return faded
