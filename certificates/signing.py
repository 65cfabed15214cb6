"""The academy's signature on a PDF: PAdES over the whole file, with "no changes" certified.

An ordinary PDF reader shows who signed, and that nothing was changed since (9.1, C2). The signature
is an increment: pages, tags, attachments and metadata stay as they were drawn, and nothing is
visible on the pages. Its bytes depend on the paper, the key and the time that is passed in; a time-
stamp of another authority adds its own.
"""

import hashlib
from collections.abc import Coroutine
from datetime import datetime
from functools import lru_cache
from io import BytesIO
from typing import Any

from asn1crypto import cms, x509
from cryptography.hazmat.primitives.serialization import Encoding
from django.utils import timezone
from pyhanko.pdf_utils.generic import ArrayObject, ByteStringObject
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import InvisSigSettings, MDPPerm, SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.general import as_signing_certificate_v2, simple_cms_attribute
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner, Signer
from pyhanko.sign.signers.pdf_cms import PdfCMSSignedAttributes
from pyhanko_certvalidator.registry import SimpleCertificateStore

from certificates.timestamps import Authority
from offer_site.signing import Identity, identity, sign

FIELD = "Academy"
FIELD_IN_WORDS = "Академияның қолтаңбасы · Подпись академии"  # read aloud by readers for the blind
ROOM_FOR_TIMESTAMP = 25_000  # hexadecimal digits: more than the longest answer that is taken


def signed(pdf: bytes, *, at: datetime, authority: Authority | None = None) -> bytes:
    """A signed paper: PAdES B-B, or B-T with a time-stamp, which is asked for over the network.

    Raises SigningKeyError without a key, TimestampError if the authority gives no stamp.
    """
    pdf_signer = _signer(identity())
    session: Any = pdf_signer.init_signing_session(_Increment(pdf, at))
    session.system_time = timezone.localtime(at)
    session.timestamper = authority
    document = session.prepare_tbs_document(
        None, _room(pdf_signer) + (ROOM_FOR_TIMESTAMP if authority else 0)
    )
    output = BytesIO()
    digest, _written = document.digest_tbs_document(output=output)
    _at_once(document.perform_signature(digest.document_digest, PdfCMSSignedAttributes()))
    return output.getvalue()


class _AcademySigner(Signer):
    """A signer with the key that the process holds; pyHanko's own would load it for every paper."""

    def __init__(self, own: Identity) -> None:
        chain = SimpleCertificateStore.from_certs([_as_asn1(each) for each in own.chain])
        super().__init__(signing_cert=_as_asn1(own.certificate), cert_registry=chain)
        self._signature_mechanism = self.get_signature_mechanism_for_digest("sha256")
        self.length = own.key.key_size // 8
        named = simple_cms_attribute(
            "signing_certificate_v2", as_signing_certificate_v2(self.signing_cert)
        )
        self.named = cms.CMSAttribute.load(named.dump())

    async def async_sign_raw(
        self, data: bytes, digest_algorithm: str, dry_run: bool = False
    ) -> bytes:
        return bytes(self.length) if dry_run else sign(data)

    async def signed_attrs(
        self, data_digest: bytes, *args: Any, **kwargs: Any
    ) -> cms.CMSAttributes:
        """What is signed, and by which certificate; PAdES wants the time in the file, as /M."""
        return cms.CMSAttributes(
            [
                simple_cms_attribute("content_type", "data"),
                simple_cms_attribute("message_digest", data_digest),
                self.named,
            ]
        )

    async def unsigned_attrs(
        self,
        digest_algorithm: str,
        signature: bytes,
        *args: Any,
        timestamper: Any = None,
        **kwargs: Any,
    ) -> cms.CMSAttributes | None:
        if timestamper is None:
            return None
        token = timestamper.stamp(hashlib.sha256(signature).digest())
        return cms.CMSAttributes([simple_cms_attribute("signature_time_stamp_token", token)])


class _Increment(IncrementalPdfFileWriter):
    """An increment that keeps the paper's metadata; its identifier follows from its bytes."""

    def __init__(self, pdf: bytes, at: datetime) -> None:
        super().__init__(BytesIO(pdf))
        first, _second = self._document_id
        state = hashlib.sha256(pdf + at.isoformat().encode()).digest()[:16]
        self._document_id = ArrayObject([first, ByteStringObject(state)])

    def _update_meta(self) -> None:
        """Nothing: the XMP packet and the dates of the paper are those of its facts."""


@lru_cache
def _signer(own: Identity) -> PdfSigner:
    """One signer for each key, kept for the process."""
    how = PdfSignatureMetadata(
        field_name=FIELD,
        md_algorithm="sha256",
        subfilter=SigSeedSubFilter.PADES,
        certify=True,
        docmdp_permissions=MDPPerm.NO_CHANGES,
    )
    # PDF/A wants a field that prints, PDF/UA one that is tagged or outside the page:
    # this one is outside, without a size.
    unseen = InvisSigSettings(set_print_flag=True, set_hidden_flag=False, box_out_of_bounds=True)
    field = SigFieldSpec(FIELD, invis_sig_settings=unseen, readable_field_name=FIELD_IN_WORDS)
    return PdfSigner(how, _AcademySigner(own), new_field_spec=field)


@lru_cache
def _room(signer: PdfSigner) -> int:
    """The number of hexadecimal digits of a signature with this key, measured once."""
    attributes = PdfCMSSignedAttributes()
    trial = signer.signer.async_sign(
        bytes(32), "sha256", dry_run=True, use_pades=True, signed_attr_settings=attributes
    )
    return len(_at_once(trial).dump()) * 2


def _as_asn1(certificate: Any) -> x509.Certificate:
    return x509.Certificate.load(certificate.public_bytes(Encoding.DER))


def _at_once(work: Coroutine[Any, Any, Any]) -> Any:
    """The result of a coroutine that never waits: there may be no event loop here, or another's."""
    try:
        work.send(None)
    except StopIteration as done:
        return done.value
    raise RuntimeError("a signature waited for something")
