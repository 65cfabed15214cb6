"""Time-stamps of another authority: had where one is set,
and never waited for by a certificate's term.
"""

import subprocess
import time
from datetime import UTC, datetime
from urllib.parse import urlsplit

import pytest
from asn1crypto import cms

from certificates.operations import certificate_file, issue_certificate
from certificates.signatures import SignatureVerdict, _signatures, read_signatures
from certificates.timestamps import Authority, TimestampError
from offer_site.breakers import breaker_of
from offer_site.journal.models import Entry
from offer_site.signing import known_certificates
from tests import given
from tests.certificates.authority import GENERATED, an_authority
from tests.processes import free_port
from tests.test_breakers import a_silent_server

AFTER = datetime(2027, 1, 27, 7, tzinfo=UTC)
DIGEST = bytes(range(32))


def stamp_in(pdf: bytes) -> cms.ContentInfo | None:
    (signature,) = _signatures(pdf)
    (signer,) = cms.ContentInfo.load(signature.der)["content"]["signer_infos"]
    if not signer["unsigned_attrs"]:
        return None
    (attribute,) = signer["unsigned_attrs"]
    assert attribute["type"].native == "signature_time_stamp_token"
    return attribute["values"][0]


def issue():
    certificate = issue_certificate(enrollment_id=given.a_completed_enrollment().pk, at=AFTER)
    facts = Entry.objects.filter(verb="certificate.issued").latest("pk").facts
    return certificate_file(certificate), facts


def test_a_stamp_is_over_the_digest_that_was_shown():
    with an_authority() as authority:
        token = Authority(authority.url).stamp(DIGEST)
    said = token["content"]["encap_content_info"]["content"].parsed
    assert said["message_imprint"]["hashed_message"].native == DIGEST
    assert said["gen_time"].native == GENERATED


@pytest.mark.parametrize("manner", ["refuses", "nonsense", "another", "never stops"])
def test_what_is_no_stamp_over_this_digest_is_refused(manner):
    with an_authority(manner) as authority, pytest.raises(TimestampError):
        Authority(authority.url).stamp(DIGEST)


def test_a_silent_authority_costs_a_process_two_waits():
    with a_silent_server() as (url, taken):
        began = time.monotonic()
        for _paper in range(6):
            with pytest.raises(TimestampError):
                Authority(f"{url}/tsa", seconds=1.2).stamp(DIGEST)
        assert time.monotonic() - began < 4
        assert len(taken) == 2


def test_an_authority_that_is_busy_with_our_own_papers_is_not_left_alone(db, settings):
    """More threads than may wait for it: theirs go out without a stamp, and later ones have one."""
    with a_silent_server() as (url, _taken):
        settings.SIGNING_TIMESTAMP_URL = f"{url}/tsa"
        breaker = breaker_of(urlsplit(url).netloc)
        with breaker.asking(), breaker.asking():
            _pdf, facts = issue()
    assert facts["timestamp"] == "missing"
    with an_authority() as authority:
        settings.SIGNING_TIMESTAMP_URL = authority.url
        _pdf, facts = issue()
    assert facts["timestamp"] == "given"


def test_an_authority_that_is_slow_or_away_is_not_waited_for():
    with an_authority("sleeps") as authority, pytest.raises(TimestampError, match="away"):
        Authority(authority.url, seconds=0.3).stamp(DIGEST)
    with pytest.raises(TimestampError, match="away"):
        Authority(f"http://127.0.0.1:{free_port()}/tsa").stamp(DIGEST)


@pytest.mark.django_db
@pytest.mark.clause("9.1")
def test_a_certificate_carries_the_stamp_and_is_valid_with_it(settings, tmp_path):
    with an_authority() as authority:
        settings.SIGNING_TIMESTAMP_URL = authority.url
        pdf, facts = issue()
    assert stamp_in(pdf)
    assert facts["timestamp"] == "given"
    assert read_signatures(pdf, known_certificates()).verdict is SignatureVerdict.WHOLE
    (tmp_path / "a.pdf").write_bytes(pdf)
    said = subprocess.run(["pdfsig", "a.pdf"], cwd=tmp_path, capture_output=True, text=True).stdout
    assert "Signature is Valid." in said
    assert "Total document signed" in said


@pytest.mark.django_db
@pytest.mark.clause("9.1")
def test_while_the_authority_is_away_certificates_go_out_and_the_journal_says_so(settings):
    with an_authority("refuses") as authority:
        settings.SIGNING_TIMESTAMP_URL = authority.url
        first, facts = issue()
        second, facts_of_second = issue()
    assert stamp_in(first) is stamp_in(second) is None
    assert facts["timestamp"] == facts_of_second["timestamp"] == "missing"
    assert read_signatures(first, known_certificates()).verdict is SignatureVerdict.WHOLE
    assert len(authority.asked) == 1, "an authority that failed is left alone for a while"


@pytest.mark.django_db
def test_nobody_is_asked_where_no_authority_is_set():
    pdf, facts = issue()
    assert stamp_in(pdf) is None
    assert "timestamp" not in facts
