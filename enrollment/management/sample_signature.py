"""A signature of nobody, for development sites and tests: drawn by arithmetic."""

from io import BytesIO
from math import cos, pi, sin

from PIL import Image, ImageDraw

INK = (26, 54, 112)
# SIZE is in pixels; it is drawn FINER times larger.
SIZE = (1100, 300)
FINER = 3
STEPS = 4000


def sample_signature() -> bytes:
    """A PNG with a transparent ground, the same bytes each time."""
    picture = Image.new("RGBA", (SIZE[0] * FINER, SIZE[1] * FINER), (*INK, 0))
    pen = ImageDraw.Draw(picture)
    for step in range(STEPS):
        x, y, width = _stroke(step / STEPS)
        x = x * picture.width
        y = y * picture.height
        width = width * FINER
        pen.ellipse((x - width, y - width, x + width, y + width), fill=(*INK, 255))
    content = BytesIO()
    picture.resize(SIZE, Image.Resampling.LANCZOS).save(content, "PNG")
    return content.getvalue()


def _stroke(t: float) -> tuple[float, float, float]:
    """A point of the pen's path, and half the width of its line there.

    A capital, a few loops, a long tail.
    """
    # The capital: one tall loop that begins at its foot.
    if t < 0.3:
        turn = 2 * pi * t / 0.3
        return (
            0.1 + 0.16 * t / 0.3 + 0.075 * sin(turn),
            0.5 + 0.42 * cos(turn * 0.93 + 0.35),
            2.2 + 1.4 * sin(turn / 2),
        )
    # Small letters, smaller and smaller.
    if t < 0.75:
        part = (t - 0.3) / 0.45
        turn = 2 * pi * part * 5
        less = 1 - 0.55 * part
        x = 0.245 + 0.36 * part + 0.022 * less * (sin(turn))
        return (
            x,
            0.62 - 0.17 * less * sin(turn + 0.9) * (1 - 0.4 * sin(turn / 5)),
            1.9 + 0.9 * cos(turn),
        )
    # The tail.
    part = (t - 0.75) / 0.25
    return (
        0.6 + 0.36 * part,
        0.56 + 0.05 * sin(2 * pi * part) - 0.3 * part * part,
        1.9 * (1 - part) + 0.6,
    )
