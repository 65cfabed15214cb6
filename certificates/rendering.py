"""The certificate as a PDF of two sheets in both languages, and as a colour picture (9.2–9.4)."""

from io import BytesIO
from threading import Lock
from urllib.parse import urlsplit

import pypdfium2
from django.conf import settings
from django.template.loader import render_to_string
from PIL.Image import Dither, Quantize

from certificates.models import Certificate
from certificates.rules import art_of, code_lines
from offer_site.pdf import Fit, Underlay, measure, qr_svg, set_text, style

NAME_WIDTH = 141  # millimetres of the column that holds the name
PERSON_SIZES = (44, 39, 28)  # points: the largest type for a name on one line, on two, on three
COMPANY_LEARNER_SIZES = (36, 30, 22)
COMPANY_SIZES = (12, 12, 10.5)
LONG_LETTERS, DENSE_LETTERS = 800, 900  # of all values on the second sheet
PRINT_DPI = 300
SAMPLE = b"sample"

# PDFium keeps its state in the process: one thread at a time.
_one_at_a_time = Lock()


def certificate_pdf(certificate: Certificate) -> bytes:
    """Set the two sheets; the same facts give the same bytes. Without a number it is a sample, with no code on it."""
    is_sample = not certificate.number
    html = render_to_string(
        "pdf/certificate.html",
        {
            "certificate": certificate,
            "rows": certificate.rows,
            "holder": fitted_holder(certificate),
            "company": fitted_company(certificate),
            "density": density(certificate),
            "qr": "" if is_sample else qr_svg(verify_address(certificate)),
            "host": verify_host(),
            "code_lines": [] if is_sample else code_lines(certificate.code),
        },
    )
    sheets = (Underlay.drawn(f"face-{art_of(certificate.face['art'])}"), Underlay.drawn("back"))
    return set_text(html, style("certificate"), sheets, identifier=certificate.number.encode() or SAMPLE)


def certificate_image(pdf: bytes, *, dpi: int = PRINT_DPI) -> bytes:
    """Draw the face as a colour PNG; 300 dpi is fit for print (9.4)."""
    with _one_at_a_time:
        document = pypdfium2.PdfDocument(pdf)
        try:
            picture = document[0].render(scale=dpi / 72).to_pil()
        finally:
            document.close()
    content = BytesIO()
    # Line art in a few colours: with a palette it is a quarter of the size, and the eye sees no difference.
    palette = picture.quantize(128, method=Quantize.FASTOCTREE, dither=Dither.NONE)
    palette.save(content, "PNG", dpi=(dpi, dpi))
    return content.getvalue()


def verify_address(certificate: Certificate) -> str:
    """Give the public address that says whether the certificate stands: what the QR code holds."""
    return f"{settings.SITE_URL}{certificate.get_absolute_url()}"


def verify_host() -> str:
    """Give the address at which a code is typed, as it is printed: without its scheme."""
    site = urlsplit(settings.SITE_URL)
    return f"{site.netloc}{site.path}/verify"


def fitted_holder(certificate: Certificate) -> Fit:
    """Choose the size and lines of the learner's name."""
    largest = COMPANY_LEARNER_SIZES if certificate.company_name else PERSON_SIZES
    lines = 3 if len(certificate.learner_name) > 60 else 2
    return measure("literata-400").fit(certificate.learner_name, NAME_WIDTH, largest, lines=lines)


def fitted_company(certificate: Certificate) -> Fit | None:
    """Choose the size and lines of the company's name, if a company holds the certificate."""
    if not certificate.company_name:
        return None
    return measure("onest-600").fit(certificate.company_name, NAME_WIDTH, COMPANY_SIZES, lines=3)


def density(certificate: Certificate) -> str:
    """Choose how densely the second sheet is set, so that its table ends above the frame."""
    letters = sum(len(row["value"]) for row in certificate.rows)
    if letters > DENSE_LETTERS:
        return "dense"
    return "long" if certificate.company_name or letters > LONG_LETTERS else ""
