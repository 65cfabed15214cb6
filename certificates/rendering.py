"""The certificate as a PDF of two sheets in both languages, and as a colour picture (9.2–9.4)."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC
from functools import lru_cache
from io import BytesIO
from threading import Lock
from typing import Any
from urllib.parse import urlsplit

import pypdfium2
from django.conf import settings
from django.template.loader import render_to_string
from PIL.Image import Dither, Image, Quantize

from certificates.models import Certificate
from certificates.rules import art_of, code_lines
from enrollment.operations.paper.signatures import signature_image
from offer_site.days import start_of_day
from offer_site.pdf import TAGGED, Enclosure, Fit, Underlay, measure, set_text, style
from offer_site.pdf.stamps import Drawing, PictureStamp, QrStamp

QR_SAYS = "QR-код: сертификатты тексеретін бет · QR-код: страница проверки сертификата"
FACTS_SAY = "Сертификаттың бірінші бетіндегі мәліметтер · Данные лицевой стороны сертификата"
SIGNATURE_MM = (60, 16)  # the largest width and height of a printed signature
NAME_WIDTH = 141  # millimetres of the column that holds the name
PERSON_SIZES = (44, 39, 28)  # points: the largest type for a name on one line, on two, on three
COMPANY_LEARNER_SIZES = (36, 30, 22)
COMPANY_SIZES = (12, 12, 10.5)
LONG_LETTERS = 800  # of all values on the second sheet
DENSE_LETTERS = 900
PRINT_DPI = 300
SCREEN_DPI = 110  # the face is 1286 pixels wide
SAMPLE = b"sample"


@dataclass(frozen=True, kw_only=True)
class PrintedSignature(PictureStamp):
    """The signature on its line."""

    height_mm: float

    @property
    def width_mm(self) -> float:
        return round(self.height_mm * self.width, 2)


# PDFium keeps its state in the process: one thread at a time.
_one_at_a_time = Lock()


def certificate_pdf(certificate: Certificate) -> bytes:
    """The PDF of both sheets; the same facts give the same bytes.

    Without a number it is a sample, with no code on it.
    """
    is_sample = not certificate.number
    codes = (
        []
        if is_sample
        else [QrStamp(sheet, 1, QR_SAYS, address=verify_address(certificate)) for sheet in (1, 2)]
    )
    signature = printed_signature(certificate)
    return set_text(
        certificate_html(certificate, codes=codes, signature=signature),
        style("certificate"),
        (Underlay.drawn(f"face-{art_of(certificate.face['art'])}"), Underlay.drawn("back")),
        identifier=certificate.number.encode() or SAMPLE,
        stamps=[*codes, *([signature] if signature else [])],
        enclosures=() if is_sample else [facts_of(certificate)],
        variant=TAGGED,
    )


def certificate_html(certificate: Certificate, *, codes: Sequence[Any], signature: Any) -> str:
    """The page; the codes and the signature have their places in it."""
    return render_to_string(
        "pdf/certificate.html",
        {
            "certificate": certificate,
            "rows": certificate.rows,
            "holder": fitted_holder(certificate),
            "company": fitted_company(certificate),
            "density": density(certificate),
            "codes": codes,
            "signature": signature,
            "host": verify_host(),
            "code_lines": code_lines(certificate.code) if codes else [],
        },
    )


def facts_of(certificate: Certificate) -> Enclosure:
    """The face's facts as JSON for a machine; nothing that the face does not show (C4)."""
    face = certificate.face
    facts = {
        "number": certificate.number,
        "code": certificate.code,
        "verify": verify_address(certificate),
        "learner": certificate.learner_name,
        "company": certificate.company_name or None,
        "course": certificate.course_name,
        "package": certificate.package_name,
        "starts_on": certificate.starts_on.isoformat(),
        "ends_on": certificate.ends_on.isoformat(),
        "duration": {"kk": face["duration_kk"], "ru": face["duration_ru"]},
        "issued_on": certificate.issued_on.isoformat(),
        "issuer": face["brand"],
        "signatory": face["signatory"],
        "position": {"kk": face["position_kk"], "ru": face["position_ru"]},
    }
    content = json.dumps(facts, ensure_ascii=False, indent=2).encode()
    return Enclosure(
        "facts.json", content, FACTS_SAY, start_of_day(certificate.issued_on).astimezone(UTC)
    )


def printed_signature(certificate: Certificate) -> PrintedSignature | None:
    """The signature that the certificate froze; without one its line stays empty."""
    digest = certificate.face.get("signature", "")
    if not digest:
        return None
    picture = signature_drawing(digest)
    height = min(SIGNATURE_MM[1], SIGNATURE_MM[0] * picture.height / picture.width)
    words = f"Қолы: {certificate.face['signatory']} · Подпись: {certificate.face['signatory']}"
    width = picture.width / picture.height
    return PrintedSignature(3, width, words, picture=picture, height_mm=round(height, 2))


@lru_cache(maxsize=8)
def signature_drawing(digest: str) -> Drawing:
    """A signature by its digest, kept for the process: few people sign many certificates."""
    return Drawing.of(signature_image(digest))


def certificate_image(pdf: bytes, *, dpi: int = PRINT_DPI) -> bytes:
    """The face as a colour PNG; 300 dpi is fit for print (9.4)."""
    return coloured_png(pdf, dpi=dpi)


def coloured_png(pdf: bytes, *, dpi: int, colours: int = 128) -> bytes:
    """The first page of a PDF as a PNG."""
    return as_png(first_page(pdf, dpi=dpi), dpi=dpi, colours=colours)


def first_page(pdf: bytes, *, dpi: int) -> Image:
    """The first page of a PDF as pixels."""
    with _one_at_a_time:
        document = pypdfium2.PdfDocument(pdf)
        try:
            picture: Image = document[0].render(scale=dpi / 72).to_pil()
        finally:
            document.close()
    return picture


def as_png(picture: Image, *, dpi: int, colours: int) -> bytes:
    """Line art in a few colours: a palette makes it four times smaller without a visible loss."""
    content = BytesIO()
    palette = picture.quantize(colours, method=Quantize.FASTOCTREE, dither=Dither.NONE)
    palette.save(content, "PNG", dpi=(dpi, dpi))
    return content.getvalue()


def verify_address(certificate: Certificate) -> str:
    """The public address in the QR code, which shows whether the certificate is valid."""
    return f"{settings.SITE_URL}{certificate.get_absolute_url()}"


def verify_host() -> str:
    """The address to type a code at, as it is printed: without its scheme."""
    site = urlsplit(settings.SITE_URL)
    return f"{site.netloc}{site.path}/verify"


def fitted_holder(certificate: Certificate) -> Fit:
    """The size and lines of the learner's name."""
    largest = COMPANY_LEARNER_SIZES if certificate.company_name else PERSON_SIZES
    lines = 3 if len(certificate.learner_name) > 60 else 2
    return measure("literata-400").fit(certificate.learner_name, NAME_WIDTH, largest, lines=lines)


def fitted_company(certificate: Certificate) -> Fit | None:
    """The size and lines of the company's name; None for a person's certificate."""
    if not certificate.company_name:
        return None
    return measure("onest-600").fit(certificate.company_name, NAME_WIDTH, COMPANY_SIZES, lines=3)


def density(certificate: Certificate) -> str:
    """A CSS class for the second sheet, so that its table ends above the frame."""
    letters = sum(len(row["value"]) for row in certificate.rows)
    if letters > DENSE_LETTERS:
        return "dense"
    return "long" if certificate.company_name or letters > LONG_LETTERS else ""
