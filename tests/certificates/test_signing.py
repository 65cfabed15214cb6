"""The academy's signature on a certificate: an ordinary reader says it is valid,
and that a byte was changed.
"""

import subprocess
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pikepdf
import pytest
from django.core.files.storage import default_storage

from certificates.models import Certificate
from certificates.operations import certificate_file, issue_certificate, sample_of
from certificates.operations.issuing import CertificateSetApartError
from certificates.rendering import certificate_pdf
from certificates.signing import FIELD, signed
from offer_site.journal.models import Entry
from offer_site.signing import SigningKeyError, identity, new_key_file
from tests import given
from tests.certificates.papers import picture_of, words_of
from tests.certificates.test_paper import a_certificate

AT = datetime(2026, 2, 26, 7, tzinfo=UTC)  # 12:00 in Almaty
AFTER = datetime(2027, 1, 27, 7, tzinfo=UTC)


@pytest.fixture(scope="module")
def paper() -> bytes:
    return certificate_pdf(a_certificate())


@pytest.fixture(scope="module")
def certificate(paper) -> bytes:
    return signed(paper, at=AT)


def reader_says(pdf: bytes, folder: Path) -> str:
    """Ask poppler's pdfsig, which knows nothing of this software."""
    (folder / "certificate.pdf").write_bytes(pdf)
    asked = subprocess.run(
        ["pdfsig", "certificate.pdf"], cwd=folder, capture_output=True, text=True, timeout=30
    )
    return asked.stdout


def test_a_reader_says_that_the_signature_is_valid_and_covers_the_whole_file(certificate, tmp_path):
    said = reader_says(certificate, tmp_path)
    assert said.count("Signature #") == 1
    assert "Signature is Valid." in said
    assert "Total document signed" in said
    assert "ETSI.CAdES.detached" in said
    assert "Lessbek Zapusk Academy" in said


@pytest.mark.parametrize("part", [0.02, 0.3, 0.6, 0.9])
def test_a_reader_sees_one_changed_byte_anywhere(certificate, paper, tmp_path, part):
    place = int(len(paper) * part)
    changed = certificate[:place] + bytes([certificate[place] ^ 1]) + certificate[place + 1 :]
    assert "Signature is Valid." not in reader_says(changed, tmp_path)


def test_a_reader_sees_what_is_added_after_the_signature(certificate, tmp_path):
    with pikepdf.open(BytesIO(certificate)) as pdf:
        assert len(pdf.pages) == 2
    said = reader_says(certificate + b"\n% more\n", tmp_path)
    assert "Total document signed" not in said


def test_the_signature_allows_no_changes(certificate):
    with pikepdf.open(BytesIO(certificate)) as pdf:
        signature = pdf.Root.Perms.DocMDP
        (reference,) = signature.Reference
        assert reference.TransformMethod == "/DocMDP"
        assert reference.TransformParams.P == 1
        # What PDF/A forbids in a signature that certifies.
        assert not {"/DigestMethod", "/DigestValue", "/DigestLocation"} & set(reference.keys())
        assert set(pdf.Root.Perms.keys()) == {"/DocMDP"}


def test_the_signature_states_the_time_that_was_passed_in(certificate):
    with pikepdf.open(BytesIO(certificate)) as pdf:
        assert str(pdf.Root.Perms.DocMDP.M) == "D:20260226120000+05'00'"


def test_the_field_is_not_seen_and_is_named_for_who_hears_the_page(certificate):
    with pikepdf.open(BytesIO(certificate)) as pdf:
        (field,) = pdf.Root.AcroForm.Fields
        left, bottom, right, top = (float(side) for side in field.Rect)
        assert (left, bottom) == (right, top)
        assert right < 0
        assert top < 0
        assert int(field.F) & 0b110 == 0b100, "printed and not hidden, as PDF/A asks"
        assert field.T == FIELD
        assert "Подпись" in str(field.TU)
    assert (
        picture_of(certificate, 0, 60).tobytes()
        == picture_of(certificate_pdf(a_certificate()), 0, 60).tobytes()
    )


def test_the_paper_under_the_signature_is_the_paper_that_was_set(paper, certificate):
    assert certificate.startswith(paper), "an increment changes no byte before it"
    with pikepdf.open(BytesIO(paper)) as before, pikepdf.open(BytesIO(certificate)) as after:
        assert after.check_pdf_syntax() == before.check_pdf_syntax() == []
        kept = set(before.Root.keys()) - {"/AcroForm", "/Perms", "/Extensions"}
        assert kept <= set(after.Root.keys())
        for name in kept - {"/Pages"}:
            assert after.Root[name].objgen == before.Root[name].objgen
        assert after.Root.Metadata.read_bytes() == before.Root.Metadata.read_bytes()
        assert dict(after.attachments).keys() == dict(before.attachments).keys()
        assert after.trailer.ID[0] == before.trailer.ID[0]
        assert after.trailer.ID[1] != before.trailer.ID[1]
    assert words_of(certificate, 1) == words_of(paper, 1)


def test_the_same_paper_at_the_same_time_is_the_same_file(paper, certificate):
    assert signed(paper, at=AT) == certificate
    assert signed(paper, at=AFTER) != certificate


def test_a_signature_adds_little(paper, certificate):
    assert len(certificate) - len(paper) < 8_000
    assert len(certificate) < 120_000


def test_the_key_is_read_once_a_process(paper, certificate, tmp_path, settings):
    here = tmp_path / "key.pem"
    here.write_bytes(new_key_file(name="Academy", at=AT))
    settings.SIGNING_KEY = str(here)
    first = signed(paper, at=AT)
    here.unlink()
    assert signed(paper, at=AT) == first
    assert first != certificate


def test_the_certificates_above_the_academys_go_with_the_signature(certificate, settings, tmp_path):
    settings.SIGNING_KEY = str(tmp_path / "key.pem")
    above = identity_of(new_key_file(name="Authority", at=AT))
    Path(settings.SIGNING_KEY).write_bytes(new_key_file(name="Academy", at=AT) + above)
    assert identity().chain
    assert b"Authority".hex().upper().encode() in signed(certificate_pdf(a_certificate()), at=AT)
    assert b"Authority".hex().upper().encode() not in certificate


def identity_of(key_file: bytes) -> bytes:
    """Take the certificate out of a key file."""
    return key_file[key_file.index(b"-----BEGIN CERTIFICATE-----") :]


@pytest.mark.django_db
@pytest.mark.clause("9.1")
def test_what_is_issued_is_signed_and_its_digest_is_of_the_signed_bytes(tmp_path):
    issued = issue_certificate(enrollment_id=given.a_completed_enrollment().pk, at=AFTER)
    content = certificate_file(issued)
    said = reader_says(content, tmp_path)
    assert "Signature is Valid." in said
    assert "Total document signed" in said
    entry = Entry.objects.get(verb="certificate.issued")
    assert entry.facts == {"sha256": issued.sha256}


@pytest.mark.django_db
@pytest.mark.clause("9.1")
def test_without_a_key_no_certificate_goes_out(settings):
    settings.SIGNING_KEY = ""
    with pytest.raises(CertificateSetApartError) as apart:
        issue_certificate(enrollment_id=given.a_completed_enrollment().pk, at=AFTER)
    assert isinstance(apart.value.__cause__, SigningKeyError)
    assert not Certificate.objects.rendered().exists()


@pytest.mark.django_db
def test_a_sample_is_not_signed(tmp_path):
    sample = sample_of(given.a_completed_enrollment().order)
    assert "Signature #" not in reader_says(sample, tmp_path)


@pytest.mark.django_db
@pytest.mark.clause("5.4")
def test_neither_the_paper_nor_the_name_lies_in_plain_on_the_disk():
    issued = issue_certificate(enrollment_id=given.a_completed_enrollment().pk, at=AFTER)
    content = certificate_file(issued)
    files = [path for path in Path(default_storage.location).rglob("*") if path.is_file()]
    assert Path(default_storage.path(issued.file)) in files
    name = issued.learner_name.encode()
    for path in files:
        lies = path.read_bytes()
        assert b"%PDF" not in lies
        assert name not in lies
        assert issued.learner_name.encode("utf-16-be") not in lies
        assert content[:1000] not in lies
