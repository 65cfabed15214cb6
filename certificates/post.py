"""The certificate as a picture for a feed: the facts of its face, readable on a phone."""

from django.template.loader import render_to_string

from certificates.models import Certificate
from certificates.rendering import QR_SAYS, coloured_png, verify_address, verify_host
from certificates.rules import art_of, code_lines
from offer_site.pdf import Underlay, measure, set_text, style
from offer_site.pdf.stamps import QrStamp

SIZE = (1080, 1350)  # pixels: four to five, the tallest that a feed shows whole
SIZE_MM = (285.75, 357.1875)  # the same at 96 pixels an inch, as in CSS
PIXELS_PER_INCH = 96
NAME_MM = 238  # 900 pixels
PERSON_SIZES = (72, 66, 49)  # points on one line, on two, on three
COMPANY_LEARNER_SIZES = (60, 50, 38)
COMPANY_SIZES = (23, 22, 19)


def post_picture(certificate: Certificate) -> bytes:
    """A PNG of 1080 × 1350 pixels; it states nothing that the face does not (C4)."""
    company = certificate.company_name
    name = certificate.learner_name
    code = QrStamp(1, 1, QR_SAYS, address=verify_address(certificate))
    html = render_to_string(
        "pdf/post.html",
        {
            "certificate": certificate,
            "holder": measure("literata-400").fit(
                name, NAME_MM, COMPANY_LEARNER_SIZES if company else PERSON_SIZES, lines=3
            ),
            "company": measure("onest-600").fit(company, NAME_MM, COMPANY_SIZES, lines=3)
            if company
            else None,
            "code": code,
            "host": verify_host(),
            "code_lines": code_lines(certificate.code),
        },
    )
    field = Underlay.drawn(f"post-{art_of(certificate.face['art'])}", *SIZE_MM)
    pdf = set_text(
        html, style("post"), [field], identifier=certificate.number.encode(), stamps=[code]
    )
    return coloured_png(pdf, dpi=PIXELS_PER_INCH, colours=256)
