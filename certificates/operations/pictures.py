"""Pictures of a certificate: drawn at the first request, then stored (9.4, C2)."""

import hashlib
from contextlib import nullcontext
from dataclasses import dataclass

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction

from certificates.models import Certificate, CertificatePicture, PictureKind
from certificates.post import post_picture
from certificates.rendering import PRINT_DPI, SCREEN_DPI, certificate_image
from certificates.story import story_picture
from offer_site.documents import read_stored
from offer_site.journal.papers import Within

from .files import certificate_file


@dataclass(frozen=True)
class Picture:
    """A picture's bytes and file name."""

    file_name: str
    content: bytes


def certificate_picture(
    *, certificate: Certificate, kind: str, within: Within = nullcontext
) -> Picture:
    """A picture of an issued certificate: the face at 300 dpi or on a page, or one to share (9.4).

    Of two first requests at once one stores its picture, and both return it.
    """
    row = certificate.pictures.filter(kind=kind).first()
    if row is None:
        with within():
            row = _store(certificate, kind, _drawn(certificate, kind))
    return Picture(row.file_name, read_stored(row.file, sha256=row.sha256))


def _drawn(certificate: Certificate, kind: str) -> bytes:
    if kind == PictureKind.POST:
        return post_picture(certificate)
    if kind == PictureKind.STORY:
        return story_picture(certificate, certificate_file(certificate))
    dpi = SCREEN_DPI if kind == PictureKind.SCREEN else PRINT_DPI
    return certificate_image(certificate_file(certificate), dpi=dpi)


def _store(certificate: Certificate, kind: str, content: bytes) -> CertificatePicture:
    name = f"certificates/{certificate.issued_on.year}/{certificate.number}-{kind}.png"
    path = default_storage.save(name, ContentFile(content))
    try:
        with transaction.atomic():
            return CertificatePicture.objects.create(
                certificate=certificate,
                kind=kind,
                file=path,
                sha256=hashlib.sha256(content).hexdigest(),
            )
    except IntegrityError:
        default_storage.delete(path)  # another request was faster with the same picture
        return CertificatePicture.objects.get(certificate=certificate, kind=kind)
