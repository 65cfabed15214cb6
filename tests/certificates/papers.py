"""Reading a certificate's PDF as a person would: its words, its picture, its QR code."""

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO

import pypdfium2
import segno
from PIL import Image

from certificates.models import Certificate
from offer_site.pdf.stamps import MASK

NAMES = (
    "Ли Анна Олег",
    "Әбілқасымова Гүлнұр Қайратқызы",
    "Әңгүшөғұл Һәнифа Іңкәрқызы",
    "Қожағұлова-Нұрмұхамбетова Жұлдызай Әбдіманапқызы",
    "Мұхаметжанова-Төлегенқызы Айгүлбаршын Нұрсұлтанбекқызы Әлима",
    "Бекмұхамбетұлы-Шоқанғазиев Ғабдулғазиз",
    "Преображенская-Рождественская Александра Константиновна",
    "Сәрсенбаева-Үмбетәлиева Өркен Ыбырайымқызы",
)


@contextmanager
def opened(pdf: bytes) -> Iterator[pypdfium2.PdfDocument]:
    document = pypdfium2.PdfDocument(pdf)
    try:
        yield document
    finally:
        document.close()


def words_of(pdf: bytes, sheet: int) -> str:
    """Copy the text out of one sheet, its lines joined."""
    with opened(pdf) as document:
        return " ".join(document[sheet].get_textpage().get_text_range().split())


def words_in_millimetres(pdf: bytes, sheet: int) -> list[tuple[float, ...]]:
    """Give the box of each run of text, from the sheet's left and bottom edge."""
    with opened(pdf) as document:
        text = document[sheet].get_textpage()
        return [
            tuple(edge * 0.352778 for edge in text.get_rect(index))
            for index in range(text.count_rects())
        ]


def sheets_of(pdf: bytes) -> int:
    with opened(pdf) as document:
        return len(document)


def picture_of(pdf: bytes, sheet: int, dpi: int = 300) -> Image.Image:
    with opened(pdf) as document:
        return document[sheet].render(scale=dpi / 72).to_pil()


def shows_qr_of(pdf: bytes, address: str) -> bool:
    """Say whether the second sheet's QR code, module by module, is the code of an address."""
    matrix = segno.make(address, error="m", micro=False, mask=MASK).matrix
    size = len(matrix) + 8
    picture = picture_of(pdf, 1).convert("L")
    millimetre = picture.width / 297
    left = 199.3 * millimetre
    top = 39.2 * millimetre
    side = 38 * millimetre
    for y, row in enumerate(matrix):
        for x, dark in enumerate(row):
            spot = (left + (x + 4.5) * side / size, top + (y + 4.5) * side / size)
            if (picture.getpixel((round(spot[0]), round(spot[1]))) < 128) != bool(dark):
                return False
    return True


def is_coloured(picture: bytes) -> bool:
    colours = (
        Image.open(BytesIO(picture)).convert("RGB").resize((300, 212)).getcolors(100_000) or []
    )
    return any(max(colour) - min(colour) > 60 for _count, colour in colours)


def row_of(certificate: Certificate, label: str) -> str:
    """Read one row of the second sheet by its Russian label."""
    return next(row["value"] for row in certificate.rows if row["ru"] == label)
