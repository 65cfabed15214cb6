"""The picture of a link to the home page, as a messenger shows it: one a language and price window.

It is drawn when its address is first asked for, and kept: the address has a digest of all that
the picture says, so that a new price has a new picture, and messengers fetch it anew.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from datetime import date
from functools import lru_cache
from io import BytesIO

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext
from PIL import Image, ImageDraw, ImageFont

from enrollment.views.shop import Shop
from offer_site.days import MONTHS, last_day
from offer_site.languages import current_language
from offer_site.money import NO_BREAK_SPACE, tenge_text

STATIC = settings.BASE_DIR / "offer_site" / "static"
SIZE = (1200, 630)
EDGE = 64  # pixels from the left edge
FIELD = 838  # where words on the blue field begin
WIDEST = 690  # of a line of the heading
ROOM = 228  # from the first line of the heading to its last
LEADING = 1.07
INK, SOFT, SKY, WHITE, PALE, SAFFRON = (
    "#14202a",
    "#4a565f",
    "#0a6480",
    "#ffffff",
    "#cfe6ec",
    "#f3b43a",
)
REGULAR, STRONG = 400, 600
HEADING_SIZES = (92, 80, 68, 56, 44)
DRAWING = 1  # raised when the drawing changes, so that its addresses do too


@dataclass(frozen=True)
class Card:
    """All that the picture says."""

    language: str
    brand: str
    heading: str
    eyebrow: str
    foot: str
    starts: tuple[str, str]
    price: tuple[str, str]
    until: str

    @property
    def name(self) -> str:
        return f"{self.language}-{_digest(self)}.png"


def card_of(shop: Shop) -> Card | None:
    """The picture of what is offered now, in the current language; None while nothing is sold."""
    if not shop.open or not shop.packages or shop.cohort is None or shop.edition is None:
        return None
    hours = shop.home["hours"]
    foot = [
        shop.duration_label,
        ngettext("%(hours)s hour a week", "%(hours)s hours a week", hours) % {"hours": hours}
        if hours
        else "",
        _("certificate"),
    ]
    return Card(
        language=current_language(),
        brand=shop.edition.academy.brand,
        heading=shop.home["promise"] or _("SMM and marketing."),
        eyebrow=_("SMMARKETING, an author's online course"),
        foot=" · ".join(filter(None, foot)),
        starts=(_("Begins"), _day(shop.cohort.starts_on)),
        price=(
            _("Price now"),
            pgettext("the lowest price", "from %(price)s")
            % {"price": tenge_text(shop.packages[0].price)},
        ),
        until=_("through %(day)s of this year") % {"day": _day(last_day(shop.level_ends_at))}
        if shop.level_ends_at
        else "",
    )


def kept_card(card: Card) -> bytes:
    """The picture as it was drawn first."""
    path = f"share/{card.name}"
    if not default_storage.exists(path):
        kept = default_storage.save(path, ContentFile(draw(card)))
        if kept != path:
            default_storage.delete(kept)  # two messengers asked at once
    with default_storage.open(path) as stored:
        return bytes(stored.read())


def draw(card: Card) -> bytes:
    """A PNG of 1200 × 630 pixels."""
    with Image.open(STATIC / "img" / "share.png") as ground:
        picture = ground.convert("RGB")
    pen = ImageDraw.Draw(picture)

    def write(
        words: str, left: int, line: float, size: int, color: str, weight: int = STRONG
    ) -> None:
        pen.text((left, line), words, fill=color, font=_font(weight, size), anchor="ls")

    write(card.brand, 124, 83, 26, INK)
    size, lines = _fitted(card.heading)
    for number, words in enumerate(lines):
        write(words, EDGE, 236 + number * round(size * LEADING), size, INK)
    write(card.eyebrow, EDGE, 530, 30, SKY)
    write(card.foot, EDGE, 574, 27, SOFT, REGULAR)
    for place, (label, words) in enumerate((card.starts, card.price)):
        write(label, FIELD, 104 + 124 * place, 27, PALE, REGULAR)
        write(words, FIELD, 158 + 124 * place, 44, WHITE)
    write(card.until, FIELD, 314, 22, PALE, REGULAR)
    pen.rectangle((FIELD, 334, FIELD + 44, 339), fill=SAFFRON)
    drawn = BytesIO()
    picture.save(drawn, "PNG", optimize=True)
    return drawn.getvalue()


def _fitted(words: str) -> tuple[int, Sequence[str]]:
    """The largest size in which the heading has room, and its lines."""
    for size in HEADING_SIZES:
        lines = _lines(words, _font(STRONG, size))
        if (len(lines) - 1) * size * LEADING <= ROOM:
            return size, lines
    return HEADING_SIZES[-1], lines[:5]


def _lines(words: str, font: ImageFont.FreeTypeFont) -> list[str]:
    lines = [""]
    for word in words.split():
        longer = f"{lines[-1]} {word}".strip()
        if font.getlength(longer) <= WIDEST or not lines[-1]:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


@lru_cache(maxsize=32)
def _font(weight: int, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(STATIC / "pdf" / "fonts" / f"onest-{weight}.ttf", size)


@lru_cache(maxsize=64)
def _digest(card: Card) -> str:
    said = repr((DRAWING, astuple(card)))
    return hashlib.sha256(said.encode()).hexdigest()[:20]


def _day(day: date) -> str:
    month = MONTHS[current_language()][day.month - 1]
    return f"{day.day}{NO_BREAK_SPACE}{month}"
