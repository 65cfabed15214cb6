"""What a process of the bench of certificates does: print them in the plain way and in ours, and
count.

`python -m tests.bench.printing compare 20`, `… work 200`, `… grow 1000`; each prints one line of
JSON.
"""

import json
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import django

django.setup()

import segno  # noqa: E402
from django.core.files.base import ContentFile  # noqa: E402
from django.core.files.storage import default_storage  # noqa: E402
from django.utils.module_loading import import_string  # noqa: E402
from django.utils.safestring import SafeString  # noqa: E402

from certificates.models import Certificate  # noqa: E402
from certificates.rendering import (  # noqa: E402
    certificate_html,
    certificate_pdf,
    printed_signature,
    verify_address,
)
from enrollment.management.sample_signature import sample_signature  # noqa: E402
from enrollment.operations.paper.signatures import signature_pixels, stored_as  # noqa: E402
from offer_site.celery import app  # noqa: E402
from offer_site.pdf import FOLDER, TAGGED  # noqa: E402
from tests.certificates.papers import NAMES  # noqa: E402
from tests.certificates.test_paper import COMPANY, FACE, a_certificate  # noqa: E402

AT = datetime(2026, 11, 25, 7, 0, tzinfo=UTC)
SHEETS = """<link rel="stylesheet" href="css/paper.css">
<link rel="stylesheet" href="css/certificate.css">
<style>.face {{ background: url(svg/face-{art}.svg) 0 0 / 297mm 210mm no-repeat }}
.back {{ background: url(svg/back.svg) 0 0 / 297mm 210mm no-repeat }}</style></head>"""


@dataclass(frozen=True)
class Placed:
    """A code or a signature as the plain way has it: markup for WeasyPrint to draw."""

    place: SafeString
    width_mm: float = 0
    height_mm: float = 0


def people(signature: str) -> Iterator[Certificate]:
    """Certificates of different people, every fourth a company's, over all three faces."""
    number = 0
    while True:
        number += 1
        company = COMPANY if number % 4 == 0 else ""
        name = f"{NAMES[number % len(NAMES)]} {chr(0x410 + number % 32)}"
        one = a_certificate(name, company=company, art=("ozim", "birge", "vip")[number % 3])
        one.number = f"LZA-2026-{number:06d}"
        one.code = sha256(one.number.encode()).hexdigest()[:26]
        one.face = {**FACE, "art": one.face["art"], "signature": signature}
        yield one


def stored_signature() -> str:
    """Keep the sample signature as staff's upload would; return its digest."""
    pixels, _size = signature_pixels(sample_signature())
    digest = sha256(pixels).hexdigest()
    if not default_storage.exists(stored_as(digest)):
        default_storage.save(stored_as(digest), ContentFile(pixels))
    Path("signature.png").write_bytes(pixels)
    return digest


def plainly(certificate: Certificate) -> bytes:
    """Print it as a tutorial would: one page with everything in it, one call."""
    from weasyprint import HTML

    code = Placed(
        SafeString(
            segno.make(verify_address(certificate), error="m", micro=False).svg_inline(border=4)
        )
    )
    printed = printed_signature(certificate)
    assert printed
    image = SafeString(
        f'<img src="{Path("signature.png").resolve().as_uri()}" style="height: '
        f'100%" alt="{printed.alternative}">'
    )
    signature = Placed(image, printed.width_mm, printed.height_mm)
    html = certificate_html(certificate, codes=[code, code], signature=signature)
    html = html.replace("</head>", SHEETS.format(art=certificate.face["art"]))
    pdf: bytes = HTML(string=html, base_url=FOLDER.as_uri() + "/").write_pdf(
        pdf_variant=TAGGED, pdf_identifier=certificate.number.encode()
    )
    return pdf


def signer() -> Callable[[bytes], bytes] | None:
    """Find what signs a paper, where the product has it."""
    try:
        signed = import_string("certificates.signing.signed")
    except ImportError:
        return None
    return lambda pdf: signed(pdf, at=AT)


def compare(count: int) -> dict[str, Any]:
    """Print the same certificates in the plain way and in ours by turns, both warm;
    CPU milliseconds, medians.
    """
    certificates = people(stored_signature())
    sign = signer()
    for _warm in range(6):
        pdf = certificate_pdf(next(certificates))
        if sign:
            sign(pdf)
    plainly(next(certificates))
    plain = []
    ours = []
    signing = []
    sizes = []
    for _ in range(count):
        certificate = next(certificates)
        plain.append(cost(lambda one=certificate: plainly(one))[0])
        for one in (certificate, next(certificates), next(certificates), next(certificates)):
            milliseconds, pdf = cost(lambda one=one: certificate_pdf(one))
            ours.append(milliseconds)
            if sign:
                milliseconds, pdf = cost(lambda pdf=pdf: sign(pdf))
                signing.append(milliseconds)
            sizes.append(len(pdf))
    return {
        "plain": statistics.median(plain),
        "ours": statistics.median(ours),
        "signing": statistics.median(signing) if signing else None,
        "largest": max(sizes),
    }


def cost(work: Callable[[], bytes]) -> tuple[float, bytes]:
    before = time.process_time()
    done = work()
    return (time.process_time() - before) * 1000, done


def work(count: int) -> dict[str, Any]:
    """Print, warm, from the moment a line comes in: how long it took, by the clock and in CPU."""
    certificates = people(stored_signature())
    sign = signer()
    for _warm in range(6):
        certificate_pdf(next(certificates))
    print("ready", flush=True)
    sys.stdin.readline()
    began = time.perf_counter()
    used = time.process_time()
    for _ in range(count):
        pdf = certificate_pdf(next(certificates))
        if sign:
            sign(pdf)
    return {"seconds": time.perf_counter() - began, "cpu": time.process_time() - used}


def grow(count: int) -> dict[str, Any]:
    """Print as many as asked, each another person's, and watch the memory of the process:
    megabytes.
    """
    app.loader.import_default_modules()
    certificates = people(stored_signature())
    sign = signer()
    seen = []
    for number in range(1, count + 1):
        pdf = certificate_pdf(next(certificates))
        if sign:
            sign(pdf)
        if number % 100 == 0:
            seen.append(memory("VmRSS"))
    return {"seen": seen, "highest": memory("VmHWM")}


def memory(which: str) -> float:
    line = next(
        line
        for line in Path("/proc/self/status").read_text().splitlines()
        if line.startswith(which)
    )
    return int(line.split()[1]) / 1024


if __name__ == "__main__":
    print(
        json.dumps({"compare": compare, "work": work, "grow": grow}[sys.argv[1]](int(sys.argv[2])))
    )
