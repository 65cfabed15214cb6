"""Fine line work for the academy's papers, from mathematics alone: `python scripts/guilloche.py`
writes the art anew (and `python scripts/underlays.py` after it).

The picture is a shanyraq, the crown of a yurt: sky seen through crossing bars, poles running out of
it, a lace around it. The lace tells the package: ӨЗІМ has one strand, БІРГЕ two, VIP three. Lengths
are millimetres; a path holds whole hundredths of one, relative, inside scale(.01). A curve is
written once and turned with <use>: that keeps the SVG small, and in a PDF the repetition compresses
to almost nothing.
"""

from collections import namedtuple
from math import cos, exp, pi, sin, sqrt
from pathlib import Path

MIST = "#93bac4"
TINT = "#dbe6e3"
PAPER = "#fdfbf6"
Inks = namedtuple("Inks", "sky line saffron disc rings")
DAY = Inks("#0a6480", "#3d8299", "#d9961f", "#074a5f", "#3d8299")  # on paper
NIGHT = Inks("#a9d3de", "#5b9fb4", "#f3b43a", "#0a6480", "#3d8fa8")  # on a field of sky
FIELD = "#074a5f"
FIELD_RAY = "#135a70"
SKY = DAY.sky
LINE = DAY.line
SAFFRON = DAY.saffron
WIDTH = 297
HEIGHT = 210
MARGIN = 9
BAND = 5
INNER = 0.8
FOLDER = Path(__file__).resolve().parent.parent / "offer_site" / "static" / "pdf" / "svg"


def path(points, closed=False, led=False):
    """A smooth line through the points: Catmull-Rom, written as cubic Béziers.

    A `led` line has one more point before its beginning and after its end: they say how it comes in
    and goes out, so that two such lines meet without a kink.
    """
    n = len(points)
    first = 1 if led else 0
    here = round(points[first][0] * 100), round(points[first][1] * 100)
    d = f"M{here[0]} {here[1]}c"
    for i in range(first, n if closed else n - 1 - first):
        (x0, y0), (x1, y1), (x2, y2), (x3, y3) = (
            points[k % n if closed else min(max(k, 0), n - 1)] for k in range(i - 1, i + 3)
        )
        for x, y in (
            (x1 + (x2 - x0) / 6, y1 + (y2 - y0) / 6),
            (x2 - (x3 - x1) / 6, y2 - (y3 - y1) / 6),
            (x2, y2),
        ):
            end = round(x * 100), round(y * 100)
            d += f" {end[0] - here[0]} {end[1] - here[1]}"
        here = end
    return d.replace("c ", "c").replace(" -", "-") + ("z" if closed else "")


def loop(radius, samples, turns=1):
    """A closed curve, from its radius as a function of the angle."""
    angles = (2 * pi * turns * i / samples for i in range(samples))
    return path([(radius(a) * cos(a), radius(a) * sin(a)) for a in angles], closed=True)


def ink(colour, width, body):
    return f'<g fill="none" stroke="{colour}" stroke-width="{width * 100:g}">{body}</g>'


def circles(*radii):
    return "".join(f'<circle r="{r * 100:.0f}"/>' for r in radii)


def repeat(name, d, places):
    """One curve, drawn at every place (an SVG transform)."""
    return f'<defs><path id="{name}" d="{d}"/></defs>' + "".join(
        f'<use href="#{name}" transform="{p}"/>' for p in places
    )


def turns(count, step=None, then=""):
    return [f"rotate({i * (step or 360 / count):.5g}){then}" for i in range(count)]


def at(x, y, angle=0):
    return f"translate({x * 100:g} {y * 100:g}) rotate({angle})"


def rosette(r, strands, pairs, size, inks=DAY):
    """The whole figure around the origin, from the sky outwards; r is the radius of its rim."""
    art = crown(r * 0.4, inks) + ink(inks.saffron, 0.3, circles(r * 0.412))
    art += ink(inks.sky, 0.22, circles(r * 0.425, r * 0.625))
    star = loop(lambda a: r * (0.525 + 0.092 * cos(a * 23 / 6)), 23 * 7, turns=6)
    art += ink(inks.sky, 0.1, repeat("star", star, turns(6, 360 / 23 / 6)))
    # A ribbon is one wave turned through part of its period, and the mirror image of that across
    # it.
    ribbons = (
        (15, 0.775, 0.140, 9, inks.sky),
        (30, 0.745, 0.062, 7, inks.line),
        (45, 0.862, 0.045, 6, inks.saffron),
    )
    for petals, middle, swing, copies, colour in ribbons[:strands]:
        wave = loop(ribbon(r, petals, middle, swing), petals * 8)
        angles = [(i - (copies - 1) / 2) * 108 / petals / copies for i in range(copies)]
        places = [f"rotate({angle:.4g}){flip}" for flip in ("", " scale(1-1)") for angle in angles]
        art += ink(colour, 0.11, repeat(f"lace{petals}", wave, places))
    rim = loop(lambda a: r * (0.964 + 0.026 * sin(60 * a)), 240)
    art += ink(
        inks.sky, 0.1, repeat("rim", rim, turns(4, 1.5)) + circles(r * 0.932, r * 0.996)
    ) + ink(inks.sky, 0.22, circles(r * 1.006))
    around = turns(pairs, then=f" translate(0 {r * 100.6:.0f})")  # the horns grow out of the rim
    return art + ink(inks.saffron, 0.12, repeat("wreath", horns(size, (0, 0.2, 0.4)), around))


def ribbon(r, petals, middle, swing):
    """A wave around a circle, as the radius at each angle."""
    return lambda a: r * (middle + swing * sin(petals * a))


def crown(r, inks=DAY):
    """Sky, and the bars that cross it: each a sheaf of fine lines, bowed the way the wood is."""
    places = [
        place + shift for place in (-0.34, 0, 0.34) for shift in (-0.045, -0.0225, 0, 0.0225, 0.045)
    ]
    bars = "".join(
        path(
            [
                (r * x * (1.3 - 0.3 * t * t), r * sqrt(1 - x * x) * t)
                for t in (-1, -0.66, -0.33, 0, 0.33, 0.66, 1)
            ]
        )
        for x in places
    )
    return (
        f'<circle r="{r * 100:.0f}" fill="{inks.disc}"/>'
        + ink(inks.rings, 0.09, circles(*(r * k / 30 for k in range(1, 30))))
        + ink(PAPER, 0.14, repeat(f"bars{r:.0f}", bars, ("rotate(45)", "rotate(135)")))
    )


def horns(size, echoes, curl=1.5, steps=240):
    """Қошқар мүйіз, a pair of ram's horns in parallel lines: curvature grows along a line,
    so that it curls.
    """
    d = ""
    for echo in echoes:
        x = 0
        y = 0
        heading = pi / 2
        side = []
        for i in range(steps + 1):
            if i % 12 == 0:
                side.append((x - echo * sin(heading), y + echo * cos(heading)))
            heading -= curl * 2 * pi / steps * (0.1 + 1.8 * i / steps)
            stride = size * 0.02 * exp(-1.5 * i / steps)
            x = x + stride * cos(heading)
            y = y + stride * sin(heading)
        d += path(side) + path([(-px, py) for px, py in side])
    return d


def sunburst(count, reach, swing, start=40, colour=TINT):
    """The poles run on to the edge of the sheet: one wave, turned,
    and its mirror image across it.
    """
    ray = path([(x, swing * x * sin(2 * pi * x / 54)) for x in range(start, reach, 9)])
    return ink(colour, 0.13, repeat("ray", ray, turns(count) + turns(count, then=" scale(1-1)")))


def braid(length, knots, depth=1.7, strands=3):
    """A plait along the x axis: the same wave, each strand a part of a period behind."""
    return "".join(
        path(
            [
                (length * i / knots / 4, depth * sin(pi * (i / 2 + 2 * s / strands)))
                for i in range(-1, knots * 4 + 2)
            ],
            led=True,
        )
        for s in range(strands)
    )


def frame(corners):
    """Hairlines, a double plait, a small crown in each corner, and pairs of horns inside."""
    w = WIDTH - 2 * MARGIN
    h = HEIGHT - 2 * MARGIN
    edge = MARGIN + BAND
    across = w - 2 * BAND
    down = h - 2 * BAND
    left = MARGIN + BAND / 2
    top = MARGIN + BAND / 2
    boxes = (
        (MARGIN, MARGIN, w, h),
        (edge, edge, across, down),
        (MARGIN, edge, w, down),
        (edge, MARGIN, across, h),
        (edge + INNER, edge + INNER, across - 2 * INNER, down - 2 * INNER),
    )
    lines = "".join(
        f'<path d="M{x * 100:g} {y * 100:g}h{a * 100:g}v{b * 100:g}h{a * -100:g}z"/>'
        for x, y, a, b in boxes
    )
    right = WIDTH - left
    bottom = HEIGHT - top
    rows = [at(edge + across * i / 6, y) for y in (top, bottom) for i in range(6)]
    sides = [at(x, edge + down * i / 4, 90) for x in (left, right) for i in range(4)]
    plait = "".join(
        ink(
            colour,
            0.11,
            repeat(f"h{knots}", braid(across / 6, knots), rows)
            + repeat(f"v{knots}", braid(down / 4, knots), sides),
        )
        for colour, knots in ((MIST, 9), (SKY, 5))
    )
    crowns = "".join(
        f'<g transform="{at(x, y)}">{crown(1.9)}</g>' for x in (left, right) for y in (top, bottom)
    )
    near = edge + 2.9
    far = WIDTH - edge - 2.9
    low = HEIGHT - edge - 2.9
    places = [at(near, near, -45), at(far, near, 45), at(near, low, 225), at(far, low, 135)][
        :corners
    ]
    return (
        ink(SKY, 0.14, lines)
        + plait
        + crowns
        + ink(LINE, 0.11, repeat("corner", horns(8, (0, 0.24, 0.48)), places))
    )


def svg(width, height, body, scale=1):
    size = f'width="{width * scale:g}mm" height="{height * scale:g}mm"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} viewBox="0 0 {width} {height}">'
        f'<g transform="scale(.01)">{body}</g></svg>\n'
    )


def sheet(x, y, r, strands, pairs, size, rays=(120, 268, 0.034), corners=4):
    """A framed sheet of the certificate: rays and rosette around (x, y), cut at the frame."""
    edge = round((MARGIN + BAND + INNER) * 100)
    field = f'd="M{edge} {edge}H{WIDTH * 100 - edge}V{HEIGHT * 100 - edge}H{edge}z"'
    art = (
        f'{sunburst(*rays)}<circle r="{r * 100}" fill="{PAPER}"/>{rosette(r, strands, pairs, size)}'
    )
    return svg(
        WIDTH,
        HEIGHT,
        f'<path {field} fill="{PAPER}"/><clipPath id="field"><path {field}/></clipPath>'
        f'<g clip-path="url(#field)"><g transform="{at(x, y)}">{art}</g></g>{frame(corners)}',
    )


def post(strands):
    """A field of sky for a picture in a feed, 4 to 5: the same figure by night,
    cut by two edges of the field.
    """
    width = 288
    height = 360
    x = 188
    y = 74
    r = 114
    rays = sunburst(120, 400, 0.034, start=80, colour=FIELD_RAY)
    art = f'{rays}<circle r="{r * 100}" fill="{FIELD}"/>{rosette(r, strands, 40, 9, NIGHT)}'
    field = f'<path d="M0 0H{width * 100}V{height * 100}H0z" fill="{FIELD}"/>'
    pixels = 1080 * 25.4 / 96 / width  # its sheet has 1080 pixels to its width
    return svg(width, height, f'{field}<g transform="{at(x, y)}">{art}</g>', scale=pixels)


if __name__ == "__main__":
    sheets = {
        f"face-{package}": sheet(49, 105, 66, strands, 32, 6)
        for strands, package in enumerate(("ozim", "birge", "vip"), 1)
    }
    sheets |= {
        f"post-{package}": post(strands)
        for strands, package in enumerate(("ozim", "birge", "vip"), 1)
    }
    sheets["back"] = sheet(282, 195, 34, 1, 24, 4.4, rays=(72, 340, 0.024), corners=3)
    sheets["cover"] = svg(210, 297, f'<g transform="{at(210, 297)}">{rosette(38, 2, 32, 4)}</g>')
    sheets["mark"] = svg(
        20, 20, f'<g transform="{at(10, 10)}">{crown(7.6)}{ink(SAFFRON, 0.3, circles(8.3, 9))}</g>'
    )
    for name, art in sheets.items():
        (FOLDER / f"{name}.svg").write_text(art)
