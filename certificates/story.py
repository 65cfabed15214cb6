"""The certificate as a picture for a story: its face on a field of sky, with its code."""

from django.template.loader import render_to_string
from PIL.Image import Resampling

from certificates.models import Certificate
from certificates.rendering import QR_SAYS, as_png, first_page, verify_address, verify_host
from certificates.rules import code_lines
from offer_site.pdf import set_text, style
from offer_site.pdf.stamps import QrStamp

PIXELS_PER_INCH = 96
FACE_AT = (90, 698)  # pixels from the top left; the frame around it is drawn by story.css
FACE_SIZE = (900, 634)
FACE_DPI = 110  # the face is 1286 pixels wide, and is made smaller


def story_picture(certificate: Certificate, pdf: bytes) -> bytes:
    """A PNG of 1080 × 1920 pixels with the face of `pdf`; it states nothing besides (C4)."""
    code = QrStamp(1, 1, QR_SAYS, address=verify_address(certificate))
    html = render_to_string(
        "pdf/story.html",
        {
            "certificate": certificate,
            "code": code,
            "code_lines": code_lines(certificate.code),
            "host": verify_host(),
        },
    )
    page = set_text(html, style("story"), [], identifier=certificate.number.encode(), stamps=[code])
    picture = first_page(page, dpi=PIXELS_PER_INCH)
    face = first_page(pdf, dpi=FACE_DPI).resize(FACE_SIZE, Resampling.LANCZOS)
    picture.paste(face, FACE_AT)
    return as_png(picture, dpi=PIXELS_PER_INCH, colours=256)
