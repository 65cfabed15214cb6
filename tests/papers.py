"""Documents that buyers and staff send, whole and hostile; every number in them is invented."""

from django.core.files.uploadedfile import SimpleUploadedFile

from offer_site.documents import LARGEST_DOCUMENT, Document, read_document

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00\xff\xd9"
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + b"\x00" * 17 + b"\x00\x00\x00\x00IEND\xaeB`\x82"

HOSTILE = {
    "an SVG with a script": b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    "a page": b"<!doctype html><script>alert(1)</script>",
    "a page that says PDF further on": b"<html><!-- %PDF-1.4 --><script>alert(1)</script>%%EOF",
    "half a PDF": PDF[: len(PDF) // 2],
    "a program": b"MZ\x90\x00" + b"\x00" * 100,
    "an archive": b"PK\x03\x04" + b"\x00" * 100,
    "the head of a PNG alone": PNG[:12],
    "half a JPEG": JPEG[:8],
}
TOO_LARGE = PDF[:9] + b" " * (LARGEST_DOCUMENT + 1024 * 1024 - len(PDF)) + PDF[9:]


def a_document(content: bytes = PDF) -> Document:
    return read_document(content)


def a_file(
    content: bytes = PDF, name: str = "төлем тапсырмасы.pdf", kind: str = "application/pdf"
) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, content_type=kind)
