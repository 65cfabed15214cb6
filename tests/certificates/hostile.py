"""Files that a page must answer calmly: no PDF, half a PDF, and PDFs made to get lost in."""

import zlib
from datetime import datetime
from io import BytesIO
from pathlib import Path

import pikepdf
from asn1crypto import cms

from certificates.forms import LARGEST_FILE
from certificates.signatures import _signatures
from certificates.signing import signed
from offer_site.signing import new_key_file, sign

HEAD = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"


def hostile(pdf: bytes) -> dict[str, bytes]:
    """Name the files; `pdf` is a certificate that was issued."""
    return {
        "no PDF": b"\x89PNG\r\n\x1a\n" + bytes(5000),
        "a text": "Сертификат".encode() * 1000,
        "nulls": bytes(LARGEST_FILE),
        "half a PDF": pdf[: len(pdf) // 2],
        "a PDF without its end": pdf[:-700],
        "tables that lead back to each other": HEAD
        + (
            b"xref\n0 1\n0000000000 65535 f \ntrailer\n<</Size 1/Root 1 0 R/Prev 15>>\nstartxref\n"
            b"15\n%%EOF\n"
        ),
        "a bomb": HEAD + a_stream(zlib.compress(bytes(500_000_000), 9)),
        "a bomb of bombs": HEAD
        + a_stream(zlib.compress(zlib.compress(bytes(300_000_000), 9), 9), filters=2),
        "arrays in arrays": HEAD + b"[" * 500_000,
        "ten thousand pages": many_pages(10_000),
        "encrypted": encrypted(pdf),
        "a flood of ranges": HEAD + b"/ByteRange [0 10 20 30]" * 80_000,
        "ranges without end": HEAD + b"/ByteRange [ 0" + b" " * 2_000_000,
        "numbers without end": HEAD + b"/ByteRange [" + b"9" * 2_000_000,
        "ranges beyond the file": HEAD + b"/ByteRange [0 999999999 999999999 999999999]",
        "ranges that run backwards": HEAD + b"/ByteRange [0 90 30 10]" + b"<00>" * 50,
        "a signature of nonsense": with_digits(pdf, b"deadbeef"),
        "a signature that is deeper than it is long": with_digits(
            pdf, (b"\x30\x80" * 800).hex().encode()
        ),
        "a signature longer than the file": with_digits(pdf, b"3084ffffffff"),
        "a signature of nothing": with_digits(pdf, b""),
        "a signature over the content itself, as the journal's seal has": with_digits(
            pdf, bare_signature(pdf)
        ),
    }


def a_stream(content: bytes, filters: int = 1) -> bytes:
    names = b" ".join([b"/FlateDecode"] * filters)
    return b"1 0 obj\n<</Filter [%s]/Length %d>>\nstream\n%s\nendstream\nendobj\n" % (
        names,
        len(content),
        content,
    )


def many_pages(count: int) -> bytes:
    pdf = pikepdf.new()
    for _page in range(count):
        pdf.add_blank_page(page_size=(10, 10))
    content = BytesIO()
    pdf.save(content, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return content.getvalue()


def encrypted(pdf: bytes) -> bytes:
    content = BytesIO()
    with pikepdf.open(BytesIO(pdf)) as opened:
        opened.save(content, encryption=pikepdf.Encryption(owner="a", user="b"))
    return content.getvalue()


def with_digits(pdf: bytes, digits: bytes) -> bytes:
    """Put other digits where a signature stands, and leave its ranges as they are."""
    (signature,) = _signatures(pdf)
    room = signature.ends - signature.begins - 2
    return pdf[: signature.begins + 1] + digits[:room].ljust(room, b"0") + pdf[signature.ends - 1 :]


def digits_of(pdf: bytes) -> bytes:
    (signature,) = _signatures(pdf)
    return pdf[signature.begins + 1 : signature.ends - 1]


def bare_signature(pdf: bytes) -> bytes:
    """The academy's key over the content alone:
    what its seal of a text that somebody chose would look like.
    """
    (signature,) = _signatures(pdf)
    envelope = cms.ContentInfo.load(signature.der).copy()
    (signer,) = envelope["content"]["signer_infos"]
    del signer["signed_attrs"]
    signer["signature"] = sign(pdf[: signature.begins] + pdf[signature.ends :])
    return envelope.dump(force=True).hex().encode()


def signed_by_another(pdf: bytes, settings: object, folder: Path, *, at: datetime) -> bytes:
    """Sign a paper with a key in the academy's name that the academy does not know."""
    own = settings.SIGNING_KEY  # type: ignore[attr-defined]
    path = folder / "another.pem"
    path.write_bytes(new_key_file(name="Lessbek Zapusk Academy", at=at))
    settings.SIGNING_KEY = str(path)  # type: ignore[attr-defined]
    content = signed(pdf, at=at)
    settings.SIGNING_KEY = own  # type: ignore[attr-defined]
    return content
